//! Does a name that stands in a file look as if it were defined there? Judged by the bytes around it, without a parse: files
//! that only use a name that everybody uses are not worth reading, the few that define it are.

use std::ops::Range;

/// Bytes of a parameter list that are looked over for its end.
const PARAMETERS: usize = 4_000;
/// Words before a name that make it no definition.
const STATEMENTS: [&[u8]; 8] = [
    b"return", b"else", b"case", b"goto", b"sizeof", b"new", b"throw", b"delete",
];
/// Words right before a name that say that it is defined.
const DEFINERS: [&[u8]; 5] = [b"define", b"fn", b"const", b"static", b"macro_rules!"];

/// Whether the name at a place is that of a macro, a constant with its value, or a function with its body.
pub(super) fn looks_defined(bytes: &[u8], name: Range<usize>) -> bool {
    let before = bytes[..name.start].trim_ascii_end();
    let after = bytes[name.end..].trim_ascii_start();
    let word = last_word(before);
    if DEFINERS.contains(&word) {
        // `const N: usize = 1`, `#define N 1`, `fn n(`; but `static n(…)`, `const n;` need more.
        let plain = matches!(word, b"define" | b"fn" | b"macro_rules!");
        if plain || matches!(after.first(), Some(b':' | b'=' | b'{')) {
            return true;
        }
    }
    let has_type = !word.is_empty() || matches!(before.last(), Some(b'*' | b'&' | b'>' | b']'));
    // `obj->n = 1`: the last word before an arrow or dot is the object, not a type.
    let is_member = before.ends_with(b"->") || before.ends_with(b".");
    if !has_type || is_member || STATEMENTS.contains(&word) {
        return false;
    }
    match after {
        [b'=', next, ..] => *next != b'=',
        [b'{' | b'[', ..] => true,
        [b'(', ..] => has_body(after),
        _ => false,
    }
}

/// The word that ends a text; with the `!` of a macro.
fn last_word(text: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'!');
    let start = text.iter().rposition(|byte| !is_part(byte)).map_or(0, |at| at + 1);
    &text[start..]
}

/// Whether a parameter list is followed by what can only come before a body.
fn has_body(text: &[u8]) -> bool {
    let mut depth = 0usize;
    for (at, byte) in text.iter().enumerate().take(PARAMETERS) {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b';' | b'{' => return false,
            _ => {}
        }
        if depth == 0 {
            let next = text[at + 1..].trim_ascii_start();
            return match next {
                [b'-', b'>', ..] | [b'{', ..] => true,
                // A list of member initialisers, but not the end of a label or of a conditional expression.
                [b':', other, ..] => *other != b':',
                // Old parameter declarations, `const`, `noexcept`, an attribute.
                [first, ..] => first.is_ascii_alphabetic() || *first == b'_',
                [] => false,
            };
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::looks_defined;

    fn defined(text: &str) -> bool {
        let start = text.find("name").expect("the name is in the text");
        looks_defined(text.as_bytes(), start..start + 4)
    }

    #[test]
    fn definitions_are_told_from_uses() {
        for text in [
            "#define name 4096",
            "#  define name(x) ((x) + 1)",
            "constexpr size_t name = 4096;",
            "inline const std::size_t name{4096};",
            "static const int name[] = { 1 };",
            "size_t\nname (size_t n)\n{",
            "struct buffer *name(int a, int (*b)(int)) {",
            "T name(T value) const noexcept {",
            "auto name(T value) -> T {",
            "pub const name: usize = 1;",
            "pub(crate) fn name<T>(t: T) {",
            "macro_rules! name { }",
            "static name = 3;",
        ] {
            assert!(defined(text), "{text}");
        }
        for text in [
            "x = name;",
            "return name(x) + 1;",
            "x = name(3);",
            "if (name == 3)",
            "object->name = 3;",
            "extern const size_t name;",
            "size_t name(size_t n);",
            "f(a, name, b)",
            "name(x);",
            "else name(x) ;",
        ] {
            assert!(!defined(text), "{text}");
        }
    }
}
