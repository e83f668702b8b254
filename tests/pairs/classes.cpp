// What only C++ has.
typedef unsigned long size_t;

struct Buffer {
    Buffer(void *start, size_t length) : start(start), length(length) {}
    size_t get() const { return length; }
    void *start = nullptr;
    size_t length = 0;
};

size_t member(void *p) {
    Buffer buffer(p, 16);
    return buffer.get();
}

void change(size_t &n) { n = 0; }

size_t changed() {
    size_t n = 4096;
    change(n);
    auto add = [&n](size_t more) { return n + more; };
    return add(1);
}

size_t caught(size_t n) {
    try {
        change(n);
    } catch (...) {
        return 1;
    }
    return n;
}
