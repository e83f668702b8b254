pub fn shortcut(n: usize, m: usize) -> usize {
    if n == 0 || m == 0 {
        return 0;
    }
    return n;
}
