pub fn count(mut n: usize) -> usize {
    let mut total: usize = 0;
    while n > 3 {
        n -= 2;
        if n == 10 {
            break;
        }
        if n == 7 {
            continue;
        }
        total += n;
    }
    return total;
}
