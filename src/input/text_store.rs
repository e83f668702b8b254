//! Texts kept one behind the other in one piece of memory, which goes back to the system as a whole.

use std::ops::Range;

/// The texts, as long as all together are not too large.
#[derive(Debug)]
pub(super) struct TextStore {
    /// `None` once they were too large.
    bytes: Option<Vec<u8>>,
    limit: usize,
}

impl TextStore {
    /// Room for this many bytes; what is not used of it costs nothing.
    pub fn new(limit: u64) -> TextStore {
        TextStore {
            bytes: Some(Vec::new()),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        }
    }

    /// Adds a text. Where it is too much, all are dropped.
    pub fn add(&mut self, text: &[u8]) -> Range<usize> {
        let Some(bytes) = &mut self.bytes else { return 0..0 };
        let start = bytes.len();
        if self.limit - start < text.len() {
            self.bytes = None;
            return 0..0;
        }
        if bytes.capacity() == 0 {
            // Growing would copy, and would leave holes between what is kept for longer.
            let _ = bytes.try_reserve_exact(self.limit);
        }
        bytes.extend_from_slice(text);
        start..bytes.len()
    }

    /// The bytes that ranges are of, if all were kept.
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_until_they_are_too_large() {
        let mut store = TextStore::new(5);
        assert_eq!(
            (store.add(b"abc"), store.add(b""), store.add(b"de")),
            (0..3, 3..3, 3..5)
        );
        assert_eq!(store.into_bytes().as_deref(), Some(&b"abcde"[..]));
        let mut store = TextStore::new(5);
        store.add(b"abc");
        assert_eq!((store.add(b"def"), store.add(b"g")), (0..0, 0..0));
        assert_eq!(store.into_bytes(), None, "nothing of it is of use any more");
    }
}
