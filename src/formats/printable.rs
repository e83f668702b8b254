//! Text from outside on its way to a terminal: file names and source may hold escape sequences and characters that turn
//! the direction of writing around.

use std::borrow::Cow;

/// Whether a character could change what a terminal shows instead of being shown.
pub(super) fn is_risky(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The text on one line, with risky characters written as `\u{1b}`, `\n` and the like.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_risky) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_risky(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// As many bytes as before, so that spans stay valid: risky characters become visible ones of the same length in UTF-8.
/// Tabs and line ends are kept.
pub(super) fn printable_in_place(text: &str) -> Cow<'_, str> {
    let must_go = |c: char| is_risky(c) && !matches!(c, '\t' | '\n');
    if !text.contains(must_go) {
        return Cow::Borrowed(text);
    }
    let visible = |c: char| match (must_go(c), c.len_utf8()) {
        (false, _) => c,
        (true, 1) => '?',
        (true, 2) => '\u{bf}',
        (true, _) => char::REPLACEMENT_CHARACTER,
    };
    Cow::Owned(text.chars().map(visible).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_survives() {
        assert_eq!(printable("plain é 😀"), "plain é 😀");
        assert_eq!(
            printable("a\u{1b}[31mb\n\u{9b}1m\u{202e}"),
            "a\\u{1b}[31mb\\n\\u{9b}1m\\u{202e}"
        );
    }

    #[test]
    fn lengths_stay() {
        for c in (0..=0x10ffff).filter_map(char::from_u32) {
            let text = c.to_string();
            let safe = printable_in_place(&text);
            assert_eq!(safe.len(), text.len());
            assert!(!safe.contains(is_risky) || matches!(c, '\t' | '\n'));
        }
    }
}
