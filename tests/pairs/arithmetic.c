unsigned long arithmetic(unsigned long n, unsigned long m) {
    unsigned long sum = n + m * 4096;
    return sum & ~4095ul;
}
