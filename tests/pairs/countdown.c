unsigned long countdown(unsigned long n) {
    while (n > 4096) {
        n = n - 4096;
    }
    return n;
}
