pub fn arithmetic(n: usize, m: usize) -> usize {
    let sum: usize = n + m * 4096;
    return sum & !4095usize;
}
