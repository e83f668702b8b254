#include <stddef.h>

size_t first(size_t old, size_t limit) {
    if (old == 0 || old > limit)
        return 1;
    return old;
}

size_t both(size_t old, size_t limit) {
    if (old != 0 && old < limit)
        return old;
    return limit;
}
