//! `(f()) - 1` in C: the grammar, which knows no types, takes it for the value `-1` cast to the type of a function, though no
//! cast goes to one. Without the parentheses around the call there is only one way to read it.

/// Bytes between the parentheses that are looked at.
const INSIDE: usize = 400;

/// The text with blanks for such parentheses; nothing moves. `None`: it has none.
pub fn without_called_casts(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut blanks: Vec<usize> = Vec::new();
    for close in memchr::memchr_iter(b')', bytes) {
        let operator = bytes[close + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
        if matches!(operator, Some(b'-' | b'+' | b'*' | b'&'))
            && let Some(open) = opening_of_call(bytes, close)
        {
            blanks.extend([open, close]);
        }
    }
    if blanks.is_empty() {
        return None;
    }
    let mut blanked = bytes.to_vec();
    blanks.into_iter().for_each(|at| blanked[at] = b' ');
    String::from_utf8(blanked).ok()
}

/// The parenthesis that opens what ends at `close`, if just a call of a name stands between the two and the whole is a value.
fn opening_of_call(bytes: &[u8], close: usize) -> Option<usize> {
    let inner = last_before(bytes, close).filter(|&at| bytes[at] == b')')?;
    let arguments = opening(bytes, inner)?;
    let last = last_before(bytes, arguments).filter(|&at| is_word(bytes[at]))?;
    let first = (0..=last).rev().take_while(|&at| is_word(bytes[at])).last()?;
    let open = last_before(bytes, first).filter(|&at| bytes[at] == b'(' && !bytes[first].is_ascii_digit())?;
    let is_value = match last_before(bytes, open) {
        None => true,
        Some(at) if is_word(bytes[at]) => bytes[..=at].ends_with(b"return"),
        // The end of a cast, or the arguments of another call.
        Some(at) if bytes[at] == b')' => {
            let before = opening(bytes, at).and_then(|start| last_before(bytes, start));
            before.is_none_or(|before| !is_word(bytes[before]) && bytes[before] != b')')
        }
        Some(at) => bytes[at] != b']',
    };
    is_value.then_some(open)
}

/// The parenthesis that opens the one at `close`, if it is near.
fn opening(bytes: &[u8], close: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in (close.saturating_sub(INSIDE)..=close).rev() {
        match bytes[at] {
            b')' => depth += 1,
            b'(' => depth -= 1,
            b';' | b'{' | b'}' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn last_before(bytes: &[u8], end: usize) -> Option<usize> {
    bytes[..end].iter().rposition(|byte| !byte.is_ascii_whitespace())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_around_a_call_before_an_operator_go() {
        let cases = [
            ("x & ~((f()) - 1)", "x & ~( f()  - 1)"),
            ("return (f(a, (b))) * 2;", "return  f(a, (b))  * 2;"),
            ("(size_t)(f()) + 1", "(size_t) f()  + 1"),
        ];
        for (text, wanted) in cases {
            assert_eq!(without_called_casts(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn other_parentheses_stay() {
        for text in [
            "(n) - 1",
            "g(f()) - 1",
            "g(a)(f()) - 1",
            "if (f()) *p = 1;",
            "while (f()) -- n;",
            "(a + f()) - 1",
            "(size_t (*)(void)) & f",
            "t[1](f()) - 1",
        ] {
            assert_eq!(without_called_casts(text), None, "{text}");
        }
    }
}
