//! Rust's literals: integers with suffixes and underscores, characters and bytes.

use super::types;
use crate::ir::Type;

/// The bits and the type of an integer literal. Without a suffix the type is not known from the literal. `None`: it has more
/// bits than the IR's integers.
pub fn integer(text: &str) -> Option<(u64, Option<Type>)> {
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x', ..] => (16, &text[2..]),
        [b'0', b'o', ..] => (8, &text[2..]),
        [b'0', b'b', ..] => (2, &text[2..]),
        _ => (10, text),
    };
    let end = digits
        .find(|c: char| !(c.is_digit(radix) || c == '_'))
        .unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(end);
    let mut any = false;
    let value = digits
        .chars()
        .filter_map(|c| c.to_digit(radix))
        .fold(0_u128, |value, digit| {
            any = true;
            value
                .saturating_mul(u128::from(radix))
                .saturating_add(u128::from(digit))
        });
    let value = u64::try_from(value).ok()?;
    let ty = match suffix {
        "" => None,
        suffix => Some(types::integer(suffix)?),
    };
    any.then_some((value, ty))
}

/// The value of a character (`'a'`) or byte (`b'a'`) literal and whether it is a byte.
pub fn character(text: &str) -> Option<(u32, bool)> {
    let byte = text.starts_with('b');
    let inner = text.trim_start_matches('b').strip_prefix('\'')?.strip_suffix('\'')?;
    let mut rest = inner.chars();
    let first = rest.next()?;
    let value = match (first, rest.as_str()) {
        ('\\', escape) => self::escape(escape)?,
        (plain, "") => u32::from(plain),
        _ => return None,
    };
    Some((value, byte))
}

fn escape(text: &str) -> Option<u32> {
    let simple = match text {
        "n" => '\n',
        "r" => '\r',
        "t" => '\t',
        "0" => '\0',
        "\\" => '\\',
        "'" => '\'',
        "\"" => '"',
        _ => return code(text),
    };
    Some(u32::from(simple))
}

/// `x41` and `u{1F600}`.
fn code(text: &str) -> Option<u32> {
    let digits = match text.strip_prefix("u{") {
        Some(digits) => digits.strip_suffix('}')?.replace('_', ""),
        None => text.strip_prefix('x')?.to_owned(),
    };
    u32::from_str_radix(&digits, 16).ok()
}

/// How many bytes a string literal (`"…"`, `b"…"`, `c"…"`, `r#"…"#`) stands for, the terminator of a C string not counted.
pub fn string_length(text: &str) -> Option<u64> {
    let raw = text.split('"').next()?.contains('r');
    let open = text.find('"')?;
    let hashes = text[..open].bytes().filter(|&byte| byte == b'#').count();
    let close = text.len().checked_sub(1 + hashes)?;
    let inner = text.get(open + 1..close)?;
    if raw || !inner.contains('\\') {
        return Some(inner.len() as u64);
    }
    escaped_length(inner)
}

fn escaped_length(inner: &str) -> Option<u64> {
    let (mut rest, mut length) = (inner, 0);
    while let Some(at) = rest.find('\\') {
        length += at as u64;
        let escaped = &rest[at + 1..];
        let (size, after) = match escaped.as_bytes().first()? {
            b'x' => (1, 3),
            b'u' => {
                let end = escaped.find('}')? + 1;
                (char::from_u32(code(&escaped[..end])?)?.len_utf8() as u64, end)
            }
            b'\n' | b'\r' => (0, escaped.len() - escaped.trim_start().len()),
            _ => (1, 1),
        };
        length += size;
        rest = escaped.get(after..)?;
    }
    Some(length + rest.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        let usize = Some(Type::SIZE);
        let cases = [
            ("0", Some((0, None))),
            ("0usize", Some((0, usize.clone()))),
            (
                "0x1_0000_u32",
                Some((
                    0x10000,
                    Some(Type::Int {
                        bits: 32,
                        signed: false,
                    }),
                )),
            ),
            ("0b1010_1010", Some((0xaa, None))),
            ("0o17i8", Some((15, Some(Type::Int { bits: 8, signed: true })))),
            ("1_000__usize", Some((1000, usize.clone()))),
            ("0_usize", Some((0, usize))),
            ("0xffff_ffff_ffff_ffff", Some((u64::MAX, None))),
            ("18446744073709551616", None),
            ("1u128", None),
            ("1.5", None),
            ("0x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(integer(text), expected, "{text}");
        }
    }

    #[test]
    fn characters() {
        let cases = [
            ("'a'", Some((97, false))),
            ("b'a'", Some((97, true))),
            (r"'\0'", Some((0, false))),
            (r"b'\0'", Some((0, true))),
            (r"'\x41'", Some((0x41, false))),
            (r"'\u{1F600}'", Some((0x1f600, false))),
            (r"'\''", Some((39, false))),
            ("'é'", Some((0xe9, false))),
            ("'ab'", None),
        ];
        for (text, expected) in cases {
            assert_eq!(character(text), expected, "{text}");
        }
    }

    #[test]
    fn strings() {
        let cases = [
            (r#""""#, 0),
            (r#""abc""#, 3),
            (r#"b"a\0b""#, 3),
            (r#""\x41\u{e9}""#, 3),
            (r##"r#"a"b\n"#"##, 5),
            ("\"a\\\n   b\"", 2),
            (r#"c"x""#, 1),
        ];
        for (text, expected) in cases {
            assert_eq!(string_length(text), Some(expected), "{text}");
        }
    }
}
