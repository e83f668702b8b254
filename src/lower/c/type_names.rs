//! Types that need no definition: the language's own, and names that everybody uses.

use crate::ir::Type;

/// Integer types that programs use without defining them: the language's own, the libraries', the usual abbreviations.
/// Each line: bits, signed, names.
const INTEGERS: [(u8, bool, &[&str]); 9] = [
    (1, false, &["bool", "_Bool"]),
    (
        8,
        true,
        &[
            "char",
            "int8_t",
            "s8",
            "__s8",
            "i8",
            "gchar",
            "gint8",
            "sint8",
            "SInt8",
            "int_least8_t",
            "INT8",
            "int_fast8_t",
            "__INT8_TYPE__",
            "__INT_LEAST8_TYPE__",
            "__INT_FAST8_TYPE__",
        ],
    ),
    (
        8,
        false,
        &[
            "uint8_t",
            "u8",
            "__u8",
            "u_char",
            "uchar",
            "guchar",
            "guint8",
            "byte",
            "BYTE",
            "UCHAR",
            "char8_t",
            "UInt8",
            "u_int8_t",
            "uint_least8_t",
            "UINT8",
            "uint_fast8_t",
            "__uint8_t",
            "__UINT8_TYPE__",
            "__UINT_LEAST8_TYPE__",
            "__UINT_FAST8_TYPE__",
        ],
    ),
    (
        16,
        true,
        &[
            "int16_t",
            "s16",
            "__s16",
            "i16",
            "gshort",
            "gint16",
            "SHORT",
            "int_least16_t",
            "INT16",
            "__INT16_TYPE__",
            "__INT_LEAST16_TYPE__",
        ],
    ),
    (
        16,
        false,
        &[
            "uint16_t",
            "u16",
            "__u16",
            "u_short",
            "ushort",
            "gushort",
            "guint16",
            "WORD",
            "USHORT",
            "char16_t",
            "u_int16_t",
            "__le16",
            "__be16",
            "uint_least16_t",
            "UINT16",
            "in_port_t",
            "__UINT16_TYPE__",
            "__UINT_LEAST16_TYPE__",
            "__CHAR16_TYPE__",
        ],
    ),
    (
        32,
        true,
        &[
            "int",
            "int32_t",
            "s32",
            "__s32",
            "i32",
            "gint",
            "gint32",
            "gboolean",
            "INT",
            "BOOL",
            "wchar_t",
            "pid_t",
            "int_least32_t",
            "INT32",
            "__int32_t",
            "key_t",
            "sig_atomic_t",
            "__INT32_TYPE__",
            "__INT_LEAST32_TYPE__",
            "__WCHAR_TYPE__",
            "__SIG_ATOMIC_TYPE__",
        ],
    ),
    (
        32,
        false,
        &[
            "uint32_t",
            "u32",
            "__u32",
            "uint",
            "u_int",
            "guint",
            "guint32",
            "DWORD",
            "UINT",
            "char32_t",
            "u_int32_t",
            "__le32",
            "__be32",
            "uid_t",
            "gid_t",
            "mode_t",
            "uint_least32_t",
            "UINT32",
            "ULONG32",
            "socklen_t",
            "wint_t",
            "__uint32_t",
            "id_t",
            "gunichar",
            "__UINT32_TYPE__",
            "__UINT_LEAST32_TYPE__",
            "__CHAR32_TYPE__",
            "__WINT_TYPE__",
        ],
    ),
    (
        64,
        true,
        &[
            "ssize_t",
            "ptrdiff_t",
            "intptr_t",
            "int64_t",
            "off_t",
            "off64_t",
            "loff_t",
            "__off_t",
            "__off64_t",
            "s64",
            "__s64",
            "i64",
            "sptr",
            "gssize",
            "glong",
            "gint64",
            "goffset",
            "gintptr",
            "time_t",
            "clock_t",
            "LONG64",
            "LONGLONG",
            "SSIZE_T",
            "LONG_PTR",
            "INT_PTR",
            "intmax_t",
            "blkcnt_t",
            "suseconds_t",
            "int_fast16_t",
            "int_fast32_t",
            "int_fast64_t",
            "int_least64_t",
            "INT64",
            "sqlite3_int64",
            "isize",
            "__int64",
            "__int64_t",
            "__ssize_t",
            "abi_long",
            "__INT64_TYPE__",
            "__INT_LEAST64_TYPE__",
            "__INT_FAST16_TYPE__",
            "__INT_FAST32_TYPE__",
            "__INT_FAST64_TYPE__",
            "__INTPTR_TYPE__",
            "__INTMAX_TYPE__",
            "__PTRDIFF_TYPE__",
        ],
    ),
    (
        64,
        false,
        &[
            "size_t",
            "uintptr_t",
            "uint64_t",
            "u64",
            "__u64",
            "uptr",
            "usize",
            "usize_t",
            "u_long",
            "ulong",
            "gsize",
            "gulong",
            "guint64",
            "guintptr",
            "SIZE_T",
            "ULONG_PTR",
            "UINT_PTR",
            "DWORD64",
            "DWORD_PTR",
            "ULONGLONG",
            "QWORD",
            "vm_size_t",
            "vm_offset_t",
            "vm_address_t",
            "mach_vm_size_t",
            "uintmax_t",
            "dev_t",
            "ino_t",
            "ino64_t",
            "nlink_t",
            "rlim_t",
            "fsblkcnt_t",
            "__le64",
            "__be64",
            "u_int64_t",
            "uint_fast16_t",
            "uint_fast32_t",
            "uint_fast64_t",
            "uint_least64_t",
            "UINT64",
            "sqlite3_uint64",
            "paddr_t",
            "vaddr_t",
            "psize_t",
            "vsize_t",
            "__size_t",
            "__uint64_t",
            "phys_addr_t",
            "dma_addr_t",
            "resource_size_t",
            "hwaddr",
            "ram_addr_t",
            "target_ulong",
            "abi_ulong",
            "kernel_ulong_t",
            "__kernel_size_t",
            "Word",
            "SizeT",
            "Addr",
            "UWord",
            "size_type",
            "uword",
            "__UINT64_TYPE__",
            "__UINT_LEAST64_TYPE__",
            "__UINT_FAST16_TYPE__",
            "__UINT_FAST32_TYPE__",
            "__UINT_FAST64_TYPE__",
            "__UINTPTR_TYPE__",
            "__UINTMAX_TYPE__",
            "__SIZE_TYPE__",
        ],
    ),
];

/// The type of a name that needs no definition.
pub fn named(name: &str) -> Option<Type> {
    match name {
        "void" => return Some(Type::Void),
        "float" | "double" | "_Float16" | "_Float32" | "_Float64" | "__float128" | "gfloat" | "gdouble" => {
            return Some(Type::Float);
        }
        // No number that is followed: wider than what values have here.
        "__int128" | "__int128_t" | "__uint128_t" | "_BitInt" => return Some(Type::Aggregate(WIDE.to_owned())),
        "nullptr_t" | "gpointer" | "gconstpointer" | "PVOID" | "LPVOID" | "HANDLE" | "caddr_t" => {
            return Some(Type::pointer(Type::Void));
        }
        _ => {}
    }
    let (bits, signed, _) = INTEGERS.iter().find(|(.., names)| names.contains(&name))?;
    Some(Type::Int {
        bits: *bits,
        signed: *signed,
    })
}

/// Vectors, and integers that values have no room for here: objects that are copied, and not computed with.
pub const VECTOR: &str = "__vector";
const WIDE: &str = "__int128";

/// Whether what operators make of such values is not followed.
pub fn is_opaque(ty: &Type) -> bool {
    matches!(ty, Type::Aggregate(name) if name == VECTOR || name == WIDE)
}

/// The type that words such as `unsigned long int` make.
pub fn sized(words: &[&str]) -> Option<Type> {
    let count = |word: &str| words.iter().filter(|&&other| other == word).count();
    let unsigned = count("unsigned") > 0;
    let bits = match (count("long"), count("short")) {
        (1.., _) if count("double") > 0 => return Some(Type::Float),
        (1.., _) => 64,
        (_, 1..) => 16,
        _ if count("char") > 0 => 8,
        _ => {
            let other = words.iter().find(|word| !["unsigned", "signed", "int"].contains(word));
            match other.and_then(|word| named(word)) {
                Some(Type::Int { bits, .. }) => bits,
                Some(named) => return Some(named),
                // A word that is no type's, a macro perhaps.
                None if other.is_some() => return None,
                None => 32,
            }
        }
    };
    Some(Type::Int {
        bits,
        signed: !unsigned,
    })
}

/// The class of smart pointers whose ends are not followed.
pub const OWNER: &str = "~owner";

/// Whether a type is a class of the library that is followed.
pub fn is_library(ty: &Type) -> bool {
    matches!(ty, Type::Aggregate(name) if name == OWNER || name.contains('<'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_several_words() {
        let int = |bits, signed| Some(Type::Int { bits, signed });
        assert_eq!(sized(&["unsigned"]), int(32, false));
        assert_eq!(sized(&["unsigned", "long", "int"]), int(64, false));
        assert_eq!(sized(&["long", "long", "unsigned"]), int(64, false));
        assert_eq!(sized(&["short", "int"]), int(16, true));
        assert_eq!(sized(&["unsigned", "char"]), int(8, false));
        assert_eq!(sized(&["long", "double"]), Some(Type::Float));
    }
}
