pub fn first(old: usize, limit: usize) -> usize {
    if old == 0 || old > limit {
        return 1;
    }
    return old;
}

pub fn both(old: usize, limit: usize) -> usize {
    if old != 0 && old < limit {
        return old;
    }
    return limit;
}
