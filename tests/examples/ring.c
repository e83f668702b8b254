/* A ring buffer whose two views show the same memory, made by mremap with an old_size of zero. */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>

struct ring {
    char *first;
    char *second;
    size_t size;
};

static char *view(char *memory, size_t old_size, size_t size)
{
    return mremap(memory, old_size, size, MREMAP_MAYMOVE);
}

int ring_open(struct ring *ring, size_t size)
{
    ring->size = size;
    ring->first = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ring->first == MAP_FAILED)
        return -1;
    ring->second = view(ring->first, 0, size);
    return ring->second == MAP_FAILED ? -1 : 0;
}

int ring_grow(struct ring *ring, size_t size)
{
    if (ring->size == 0)
        return ring_open(ring, size);
    ring->first = mremap(ring->first, ring->size, size, MREMAP_MAYMOVE); /* never zero here */
    return ring->first == MAP_FAILED ? -1 : 0;
}
