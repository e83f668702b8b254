//! Constants of the system's headers, which are seldom among the files that are read.
//!
//! Sources: ISO C (`limits.h`, `stdint.h`, `stdlib.h`), POSIX, the Linux headers for x86-64.

use crate::ir::Type;

/// `unsigned int`
const UNSIGNED: Type = Type::Int {
    bits: 32,
    signed: false,
};
/// `long`
const LONG: Type = Type::Int { bits: 64, signed: true };

/// Macros and constants of the system's headers (Linux, x86-64).
const CONSTANTS: &[(&str, u64, Type)] = &[
    ("MREMAP_MAYMOVE", 1, Type::INT),
    ("MREMAP_FIXED", 2, Type::INT),
    ("MREMAP_DONTUNMAP", 4, Type::INT),
    ("PROT_NONE", 0, Type::INT),
    ("PROT_READ", 1, Type::INT),
    ("PROT_WRITE", 2, Type::INT),
    ("PROT_EXEC", 4, Type::INT),
    ("MAP_SHARED", 1, Type::INT),
    ("MAP_PRIVATE", 2, Type::INT),
    ("MAP_SHARED_VALIDATE", 3, Type::INT),
    ("MAP_FIXED", 0x10, Type::INT),
    ("MAP_ANONYMOUS", 0x20, Type::INT),
    ("MAP_ANON", 0x20, Type::INT),
    ("MAP_32BIT", 0x40, Type::INT),
    ("MAP_GROWSDOWN", 0x100, Type::INT),
    ("MAP_DENYWRITE", 0x800, Type::INT),
    ("MAP_LOCKED", 0x2000, Type::INT),
    ("MAP_NORESERVE", 0x4000, Type::INT),
    ("MAP_POPULATE", 0x8000, Type::INT),
    ("MAP_NONBLOCK", 0x10000, Type::INT),
    ("MAP_STACK", 0x20000, Type::INT),
    ("MAP_HUGETLB", 0x40000, Type::INT),
    ("MAP_FIXED_NOREPLACE", 0x10_0000, Type::INT),
    ("EPERM", 1, Type::INT),
    ("ENOENT", 2, Type::INT),
    ("EINTR", 4, Type::INT),
    ("EIO", 5, Type::INT),
    ("EAGAIN", 11, Type::INT),
    ("ENOMEM", 12, Type::INT),
    ("EACCES", 13, Type::INT),
    ("EFAULT", 14, Type::INT),
    ("EBUSY", 16, Type::INT),
    ("EEXIST", 17, Type::INT),
    ("ENODEV", 19, Type::INT),
    ("EINVAL", 22, Type::INT),
    ("ENOSYS", 38, Type::INT),
    ("EOVERFLOW", 75, Type::INT),
    ("EXIT_SUCCESS", 0, Type::INT),
    ("EXIT_FAILURE", 1, Type::INT),
    ("CHAR_BIT", 8, Type::INT),
    ("CHAR_MAX", 127, Type::INT),
    ("UCHAR_MAX", 255, Type::INT),
    ("SHRT_MAX", 0x7fff, Type::INT),
    ("USHRT_MAX", 0xffff, Type::INT),
    ("INT_MAX", 0x7fff_ffff, Type::INT),
    ("INT_MIN", 0x8000_0000, Type::INT),
    ("UINT_MAX", 0xffff_ffff, UNSIGNED),
    ("LONG_MAX", 0x7fff_ffff_ffff_ffff, LONG),
    ("LONG_MIN", 0x8000_0000_0000_0000, LONG),
    ("ULONG_MAX", u64::MAX, Type::SIZE),
    ("LLONG_MAX", 0x7fff_ffff_ffff_ffff, LONG),
    ("LLONG_MIN", 0x8000_0000_0000_0000, LONG),
    ("ULLONG_MAX", u64::MAX, Type::SIZE),
    ("SIZE_MAX", u64::MAX, Type::SIZE),
    ("SSIZE_MAX", 0x7fff_ffff_ffff_ffff, LONG),
    ("PTRDIFF_MAX", 0x7fff_ffff_ffff_ffff, LONG),
    ("UINTPTR_MAX", u64::MAX, Type::SIZE),
    ("INTPTR_MAX", 0x7fff_ffff_ffff_ffff, LONG),
    ("INT8_MAX", 0x7f, Type::INT),
    ("INT16_MAX", 0x7fff, Type::INT),
    ("INT32_MAX", 0x7fff_ffff, Type::INT),
    ("INT64_MAX", 0x7fff_ffff_ffff_ffff, LONG),
    ("UINT8_MAX", 0xff, Type::INT),
    ("UINT16_MAX", 0xffff, Type::INT),
    ("UINT32_MAX", 0xffff_ffff, UNSIGNED),
    ("UINT64_MAX", u64::MAX, Type::SIZE),
    ("SEEK_SET", 0, Type::INT),
    ("SEEK_CUR", 1, Type::INT),
    ("SEEK_END", 2, Type::INT),
    ("O_RDONLY", 0, Type::INT),
    ("O_WRONLY", 1, Type::INT),
    ("O_RDWR", 2, Type::INT),
    ("STDIN_FILENO", 0, Type::INT),
    ("STDOUT_FILENO", 1, Type::INT),
    ("STDERR_FILENO", 2, Type::INT),
    ("_SC_PAGESIZE", 30, Type::INT),
    ("_SC_PAGE_SIZE", 30, Type::INT),
    ("AT_PAGESZ", 6, Type::INT),
    ("__LINE__", 1, Type::INT),
    ("__cplusplus", 201_703, LONG),
];

/// Page sizes are set by the system, and never zero.
const NONZERO: &[&str] = &[
    "PAGE_SIZE",
    "PAGESIZE",
    "EXEC_PAGESIZE",
    "NBPG",
    "PAGE_SHIFT",
    "HPAGE_SIZE",
    "HUGE_PAGE_SIZE",
    "BUFSIZ",
    "PATH_MAX",
    "LINE_MAX",
    "NAME_MAX",
    "SHMLBA",
];

/// The value and type of a constant of the system's headers.
pub fn constant(name: &str) -> Option<(u64, Type)> {
    CONSTANTS
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, bits, ty)| (*bits, ty.clone()))
}

/// Whether a name stands for a number that is never zero.
pub fn is_nonzero(name: &str) -> bool {
    NONZERO.contains(&name)
}
