#include <stddef.h>

size_t count(size_t n) {
    size_t total = 0;
    while (n > 3) {
        n -= 2;
        if (n == 10)
            break;
        if (n == 7)
            continue;
        total += n;
    }
    return total;
}
