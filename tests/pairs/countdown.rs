pub fn countdown(mut n: usize) -> usize {
    while n > 4096 {
        n = n - 4096;
    }
    return n;
}
