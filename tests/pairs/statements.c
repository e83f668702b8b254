// What only C has: its types, its jumps, its operators.
typedef unsigned long size_t;

struct header {
    unsigned char kind;
    unsigned int flags : 3;
    size_t length;
};

union word {
    int number;
    long wide;
};

size_t jumps(int n) {
    size_t old = 0;
again:
    switch (n) {
    case 1:
        old = 1;
    case 2 ... 4:
        old += 2;
        break;
    default:
        goto out;
    }
    if (n++ < 3)
        goto again;
out:
    return old;
}

size_t conversions(unsigned char small, int number, unsigned int wide) {
    size_t sum = small + number;
    sum += number * wide;
    number = sum;
    return -number ? sum >> 3 : ~small;
}

size_t places(struct header *h, size_t *list, char *start, char *end) {
    union word w;
    h->flags = 9;
    w.number = 0;
    list[1] = h->length--;
    *list = end - start;
    return w.wide + sizeof(struct header) + *(list + 2);
}
