pub fn guard(n: usize) -> usize {
    if n == 0 {
        return 1;
    }
    return n;
}
