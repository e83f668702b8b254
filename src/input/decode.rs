//! Bytes → text. Source is UTF-8 nearly always; what is not is made readable without moving columns.

use std::borrow::Cow;

/// How a file's bytes are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// UTF-8, or any superset of ASCII with one byte a character.
    Ascii,
    /// UTF-16 or UTF-32: bytes in a unit, and whether the low byte comes first.
    Wide { width: usize, little: bool },
}

/// Text and whether all bytes went into it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    pub text: String,
    /// Some bytes are no text in the file's own encoding; U+FFFD stands for each.
    pub lossy: bool,
}

/// The encoding by byte order mark, or by the zeros that the first two ASCII characters leave in UTF-16; and the length of
/// the mark.
fn encoding(bytes: &[u8]) -> (Encoding, usize) {
    let wide = |width, little| Encoding::Wide { width, little };
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::Ascii, 3),
        [0xFF, 0xFE, 0, 0, ..] => (wide(4, true), 4),
        [0, 0, 0xFE, 0xFF, ..] => (wide(4, false), 4),
        [0xFF, 0xFE, ..] => (wide(2, true), 2),
        [0xFE, 0xFF, ..] => (wide(2, false), 2),
        [1..=0x7F, 0, 1..=0x7F, 0, ..] => (wide(2, true), 0),
        [0, 1..=0x7F, 0, 1..=0x7F, ..] => (wide(2, false), 0),
        _ => (Encoding::Ascii, 0),
    }
}

/// Whether a word in ASCII stands in the file as these very bytes, so that it can be searched before decoding.
pub(super) fn is_searchable(bytes: &[u8]) -> bool {
    encoding(bytes).0 == Encoding::Ascii
}

/// Decodes a file. Byte order marks are dropped; zeros become blanks of the same length.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let (encoding, mark) = encoding(bytes);
    let rest = &bytes[mark..];
    let (text, lossy) = match encoding {
        Encoding::Ascii => (ascii(rest), false),
        Encoding::Wide { width: 2, little } => utf16(rest, little),
        Encoding::Wide { little, .. } => utf32(rest, little),
    };
    let text = if text.contains('\0') {
        Cow::from(text.replace('\0', " "))
    } else {
        text
    };
    Decoded {
        text: text.into_owned(),
        lossy,
    }
}

/// Bytes that are not UTF-8 are taken for Latin-1, one character each. Latin-1's control characters become U+FFFD: they
/// occur in binary data only, and a terminal would obey them.
fn ascii(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::from(text);
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| {
            if byte < 0xA0 {
                char::REPLACEMENT_CHARACTER
            } else {
                byte.into()
            }
        }));
    }
    Cow::from(text)
}

fn utf16(bytes: &[u8], little: bool) -> (Cow<'_, str>, bool) {
    let units = bytes.chunks_exact(2);
    let mut lossy = !units.remainder().is_empty();
    let units = units.map(|unit| if little { [unit[0], unit[1]] } else { [unit[1], unit[0]] });
    let decoded = char::decode_utf16(units.map(u16::from_le_bytes)).map(|unit| {
        lossy |= unit.is_err();
        unit.unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    (Cow::from(decoded.collect::<String>()), lossy)
}

fn utf32(bytes: &[u8], little: bool) -> (Cow<'_, str>, bool) {
    let units = bytes.chunks_exact(4);
    let mut lossy = !units.remainder().is_empty();
    let decoded = units.map(|unit| {
        let number = unit.iter().enumerate().map(|(index, &byte)| {
            let place = if little { index } else { 3 - index };
            u32::from(byte) << (8 * place)
        });
        let unit = char::from_u32(number.sum());
        lossy |= unit.is_none();
        unit.unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    (Cow::from(decoded.collect::<String>()), lossy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> String {
        let decoded = decode(bytes);
        assert!(!decoded.lossy);
        decoded.text
    }

    #[test]
    fn marks_are_dropped_and_zeros_become_blanks() {
        assert_eq!(whole(b"\xEF\xBB\xBFint a;\r\n"), "int a;\r\n");
        assert_eq!(whole(b"a\0b"), "a b");
        assert_eq!(whole(b""), "");
        assert_eq!(whole(b"\xEF\xBB\xBF"), "");
    }

    #[test]
    fn latin_1_is_readable_and_keeps_columns() {
        assert_eq!(whole(b"/* gr\xFC\xDFe */ x"), "/* grüße */ x");
        assert_eq!(whole(b"\x9B31m"), "\u{FFFD}31m");
        assert_eq!(whole("ü\u{1F600}".as_bytes()), "ü\u{1F600}");
    }

    #[test]
    fn wide_encodings_in_both_byte_orders() {
        let text = "int mremap; // ü\u{1F600}";
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide_big: Vec<u8> = text.chars().flat_map(|unit| u32::from(unit).to_be_bytes()).collect();
        let wide_little: Vec<u8> = text.chars().flat_map(|unit| u32::from(unit).to_le_bytes()).collect();
        for (mark, bytes) in [
            (&[0xFE, 0xFF][..], &big),
            (&[0xFF, 0xFE], &little),
            (&[], &big),
            (&[], &little),
            (&[0, 0, 0xFE, 0xFF], &wide_big),
            (&[0xFF, 0xFE, 0, 0], &wide_little),
        ] {
            let file = [mark, bytes].concat();
            assert!(!is_searchable(&file));
            assert_eq!(whole(&file), text);
        }
    }

    #[test]
    fn what_is_no_text_is_told() {
        assert!(decode(b"\xFF\xFEa\0b").lossy, "odd length");
        assert!(decode(b"\xFF\xFEa\0\x00\xD8b\0").lossy, "half a surrogate pair");
        assert!(decode(b"\xFF\xFE\0\0a\0\0\0\0\0\0\x7F").lossy, "no character");
    }
}
