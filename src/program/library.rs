//! What is known of functions that are not visible: facts as data (ISO C, POSIX, Linux man-pages section 2 and 3).

use crate::engine::{Effect, Library};

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
    "fcntl",
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
    "nanosleep",
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
    "raise",
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
    "strtol",
    "strtoul",
    "strtoull",
    "sysconf",
    "syslog",
    "time",
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

/// Functions that change what their arguments point to, and nothing else.
const ARGUMENTS: &[&str] = &[
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
    "pread",
    "pipe",
    "pthread_mutex_init",
    "pthread_mutex_lock",
    "pthread_mutex_unlock",
    "pthread_mutex_trylock",
    "pthread_spin_lock",
    "pthread_spin_unlock",
    "pthread_rwlock_rdlock",
    "pthread_rwlock_wrlock",
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
    "vsnprintf",
    "bzero",
];

/// Functions whose result is never zero.
const NONZERO: &[&str] = &[
    "getpagesize",
    "get_page_size",
    "getauxval_pagesize",
    "allocation_granularity",
];

/// Functions whose result is not zero if an argument has a value: `_SC_PAGESIZE` is 30 in all C libraries of Linux but bionic.
const NONZERO_FOR: &[(&str, usize, u64)] = &[("sysconf", 0, 30), ("getauxval", 0, 6)];

/// Functions that refuse a length of zero: where the result is not the failure value, the argument was not zero.
const POSITIVE: &[(&str, usize)] = &[
    ("mmap", 1),
    ("mmap64", 1),
    ("__mmap", 1),
    ("munmap", 1),
    ("__munmap", 1),
    ("mmap_anonymous", 1),
];

/// What is known of a function by its name.
pub fn facts(name: &str) -> Library {
    let effect = if PURE.contains(&name) {
        Effect::Nothing
    } else if ARGUMENTS.contains(&name) {
        Effect::Arguments
    } else {
        Effect::Everything
    };
    Library {
        effect,
        nonzero: NONZERO.contains(&name),
        nonzero_for: NONZERO_FOR
            .iter()
            .find(|fact| fact.0 == name)
            .map(|fact| (fact.1, fact.2)),
        positive: POSITIVE
            .iter()
            .find(|(function, _)| *function == name)
            .map(|(_, index)| *index),
        visible: false,
    }
}
