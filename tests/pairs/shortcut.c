unsigned long shortcut(unsigned long n, unsigned long m) {
    if (n == 0 || m == 0) {
        return 0;
    }
    return n;
}
