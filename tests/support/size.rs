//! How much is tried where input is made at random or there is no end of it.

/// The first number; with `FULL_TESTS=1` the second one, which finds rarer mistakes and takes minutes.
pub fn size(usual: usize, full: usize) -> usize {
    if std::env::var_os("FULL_TESTS").is_some() {
        full
    } else {
        usual
    }
}
