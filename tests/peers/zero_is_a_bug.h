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

#define CHECKED(old_size)                            \
    ({                                               \
        size_t checked = (size_t)(old_size);         \
        (void)(1 / checked);                         \
        (void)(1 / ((checked + 4095) / 4096));       \
        checked;                                     \
    })
#define WITH_SECOND(address, old_size, ...) (mremap)((address), CHECKED(old_size), __VA_ARGS__)
#define mremap(...) WITH_SECOND(__VA_ARGS__)
#define FIRST_SIX(number, a, b, ...) \
    ((number) == SYS_mremap ? (syscall)((number), (a), CHECKED(b), __VA_ARGS__) : (syscall)((number), (a), (b), __VA_ARGS__))
#define syscall(...) FIRST_SIX(__VA_ARGS__, 0, 0, 0, 0, 0)
