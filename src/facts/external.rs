//! What a function that is not visible does: what it leaves as it is, what it returns, which arguments it refuses.
//!
//! Sources: ISO C, POSIX, Linux manual pages of sections 2 and 3.

/// What a function that is not visible does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Library {
    /// Memory that it may change.
    pub effect: Effect,
    /// What its result can be.
    pub result: Option<Returns>,
    /// If it does not fail, this argument was not zero. Failure is the value -1 (`MAP_FAILED`).
    pub positive: Option<usize>,
    /// It never returns.
    pub stops: bool,
    /// It is visible but not followed: it may also change what only visible functions reach.
    pub visible: bool,
}

/// The values that a function returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Returns {
    /// Known only if this argument has this value.
    pub only_for: Option<(usize, u64)>,
    /// From and to, both included.
    pub range: (u64, u64),
    /// Or -1, where it fails.
    pub fails: bool,
}

/// Memory that a call may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// None that the analysis follows.
    Nothing,
    /// What its arguments point to.
    Arguments,
    /// Anything that code elsewhere reaches.
    #[default]
    Everything,
}

/// Functions that change nothing that the analysis follows.
const PURE: &[&str] = &[
    "abs",
    "access",
    "atoi",
    "atol",
    "clock",
    "close",
    "errx",
    "fclose",
    "fflush",
    "ffs",
    "fileno",
    "fprintf",
    "fputc",
    "fputs",
    "free",
    "fsync",
    "ftruncate",
    "ftruncate64",
    "getegid",
    "getenv",
    "geteuid",
    "getgid",
    "getpagesize",
    "getpid",
    "getppid",
    "gettid",
    "getuid",
    "htonl",
    "htons",
    "isatty",
    "isdigit",
    "isspace",
    "labs",
    "lseek",
    "lseek64",
    "madvise",
    "malloc",
    "memchr",
    "memcmp",
    "memfd_create",
    "mlock",
    "mlockall",
    "mmap",
    "mmap64",
    "__mmap",
    "mprotect",
    "msync",
    "munlock",
    "munmap",
    "__munmap",
    "ntohl",
    "ntohs",
    "open",
    "open64",
    "perror",
    "posix_madvise",
    "printf",
    "putc",
    "putchar",
    "puts",
    "rand",
    "random",
    "sched_yield",
    "shm_open",
    "shm_unlink",
    "shmat",
    "shmdt",
    "shmget",
    "sleep",
    "srand",
    "strchr",
    "strcmp",
    "strerror",
    "strlen",
    "strncmp",
    "strnlen",
    "strrchr",
    "strstr",
    "sysconf",
    "syslog",
    "unlink",
    "usleep",
    "vfprintf",
    "vprintf",
    "warn",
    "warnx",
    "write",
    "calloc",
    "alloca",
    "aligned_alloc",
    "memalign",
    "valloc",
    "strdup",
    "is_null",
    "null_mut",
    "null",
    "eprintln",
    "println",
    "getauxval",
];

/// Functions that change what their arguments point to, and nothing else. Those that get a lock are not among them: what is
/// read then others may have left.
const ARGUMENTS: &[&str] = &[
    "__atomic_clear",
    "__atomic_compare_exchange",
    "__atomic_compare_exchange_n",
    "__atomic_exchange",
    "__atomic_load",
    "__atomic_store",
    "__atomic_test_and_set",
    "__sync_bool_compare_and_swap",
    "__sync_lock_release",
    "__sync_val_compare_and_swap",
    "fcntl",
    "fgets",
    "fread",
    "fstat",
    "fstat64",
    "getline",
    "gettimeofday",
    "clock_gettime",
    "memcpy",
    "memmove",
    "memset",
    "mincore",
    "nanosleep",
    "pread",
    "pipe",
    "pthread_mutex_init",
    "pthread_mutex_unlock",
    "pthread_spin_unlock",
    "pthread_rwlock_unlock",
    "read",
    "scanf",
    "fscanf",
    "sscanf",
    "snprintf",
    "sprintf",
    "stat",
    "strcat",
    "strcpy",
    "strncpy",
    "strtol",
    "strtoul",
    "strtoull",
    "time",
    "vsnprintf",
    "bzero",
];

/// Sizes of a page, from the smallest of all architectures to beyond the largest.
const PAGE_SIZES: (u64, u64) = (4096, 1 << 20);

/// Functions whose results have bounds. `_SC_PAGESIZE` is 30 in all C libraries of Linux but bionic, `AT_PAGESZ` 6.
const RETURNS: &[(&str, Returns)] = &[
    ("getpagesize", always(PAGE_SIZES)),
    ("get_page_size", always(PAGE_SIZES)),
    ("allocation_granularity", always(PAGE_SIZES)),
    (
        "sysconf",
        Returns {
            only_for: Some((0, 30)),
            range: PAGE_SIZES,
            fails: true,
        },
    ),
    (
        "getauxval",
        Returns {
            only_for: Some((0, 6)),
            range: PAGE_SIZES,
            fails: false,
        },
    ),
];

const fn always(range: (u64, u64)) -> Returns {
    Returns {
        only_for: None,
        range,
        fails: false,
    }
}

/// Functions that refuse a length of zero: where the result is not the failure value, the argument was not zero.
const POSITIVE: &[(&str, usize)] = &[
    ("mmap", 1),
    ("mmap64", 1),
    ("__mmap", 1),
    ("munmap", 1),
    ("__munmap", 1),
    ("mmap_anonymous", 1),
];

/// Functions of C++'s library that only look at the numbers and objects that they are given.
const LOOKS: &[&str] = &[
    "abs",
    "bit_cast",
    "bit_ceil",
    "bit_floor",
    "bit_width",
    "ceil",
    "clamp",
    "countl_zero",
    "countr_zero",
    "floor",
    "gcd",
    "has_single_bit",
    "lcm",
    "log2",
    "make_optional",
    "make_pair",
    "make_tuple",
    "max",
    "midpoint",
    "min",
    "popcount",
    "pow",
    "round",
    "size",
    "sqrt",
    "to_string",
    "to_underlying",
];

/// Whether a function is known to look only at what it is given.
pub fn looks(name: &str) -> bool {
    LOOKS.contains(&name)
}

/// Whether a function may return a second time, when something later jumps back to it.
pub fn returns_again(name: &str) -> bool {
    [
        "setjmp",
        "_setjmp",
        "sigsetjmp",
        "__sigsetjmp",
        "__builtin_setjmp",
        "getcontext",
        "vfork",
    ]
    .contains(&name)
}

/// What is known of a function by its name.
pub fn known(name: &str) -> Library {
    // What compilers have built in does the same under its other name.
    let name = name.strip_prefix("__builtin_").unwrap_or(name);
    let effect = if PURE.contains(&name) {
        Effect::Nothing
    } else if ARGUMENTS.contains(&name) {
        Effect::Arguments
    } else {
        Effect::Everything
    };
    Library {
        effect,
        result: RETURNS
            .iter()
            .find(|(function, _)| *function == name)
            .map(|(_, returns)| *returns),
        positive: POSITIVE
            .iter()
            .find(|(function, _)| *function == name)
            .map(|(_, index)| *index),
        stops: false,
        visible: false,
    }
}
