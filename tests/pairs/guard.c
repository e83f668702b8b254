unsigned long guard(unsigned long n) {
    if (n == 0) {
        return 1;
    }
    return n;
}
