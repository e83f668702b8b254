// For the clang static analyzer, which knows nothing of mremap: an old_size that is zero, or that rounds up to zero pages,
// becomes a division by zero (core.DivideZero). An unknown old_size stays silent there, one that a path makes zero does not.
// The divisions stand at the call itself, since the analyzer reports each place once.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHECKED(applies, old_size)                       \
    ({                                                   \
        size_t checked = (size_t)(old_size);             \
        if (applies) {                                   \
            (void)(1 / checked);                         \
            (void)(1 / ((checked + 4095) / 4096));       \
        }                                                \
        checked;                                         \
    })
#define CHECKED_SECOND(address, old_size, ...) mremap((address), CHECKED(1, old_size), __VA_ARGS__)
#define CHECKED_THIRD(number, a, b, ...) syscall((number), (a), CHECKED((number) == SYS_mremap, b), __VA_ARGS__)
#define mremap(...) CHECKED_SECOND(__VA_ARGS__)
#define syscall(...) CHECKED_THIRD(__VA_ARGS__, 0, 0, 0, 0, 0)
