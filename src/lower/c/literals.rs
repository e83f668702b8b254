//! C's and C++'s literals: every spelling, with the type that the standard gives it on 64-bit Linux.

use std::iter::Peekable;
use std::str::Chars;

use crate::ir::{Expr, Type};
use crate::lower::values::constant;
use crate::source::Span;

/// What a number's text means. `None`: not an integer, or none that fits 64 bits.
pub fn integer(text: &str) -> Option<(u64, Type)> {
    let text: String = text
        .chars()
        .filter(|&c| c != '\'')
        .collect::<String>()
        .to_ascii_lowercase();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (radix, digits) = match text {
        _ if text.starts_with("0x") => (16, &text[2..]),
        _ if text.starts_with("0b") => (2, &text[2..]),
        _ if text.starts_with('0') && text.len() > 1 => (8, &text[1..]),
        _ => (10, text),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(end);
    let bits = match (digits, radix) {
        // `0u` is octal with no digit after the zero.
        ("", 8) => 0,
        _ => u64::from_str_radix(digits, radix).ok()?,
    };
    let ty = integer_type(bits, radix == 10, suffix)?;
    Some((if negative { bits.wrapping_neg() } else { bits }, ty))
}

/// The first type of the standard's list that holds the value (C17, 6.4.4.1).
fn integer_type(bits: u64, decimal: bool, suffix: &str) -> Option<Type> {
    let size_suffix = matches!(suffix, "z" | "uz" | "zu");
    let unsigned = suffix.contains('u');
    let long = suffix.contains('l') || size_suffix;
    if !matches!(
        suffix,
        "" | "u" | "l" | "ul" | "lu" | "ll" | "ull" | "llu" | "z" | "uz" | "zu"
    ) {
        return None;
    }
    let fits = |bits_of_type: u32, signed: bool| bits < 1 << (bits_of_type - u32::from(signed));
    let ty = if !long && fits(32, true) && !unsigned {
        Type::INT
    } else if !long && fits(32, false) && (unsigned || !decimal) {
        Type::Int {
            bits: 32,
            signed: false,
        }
    } else {
        Type::Int {
            bits: 64,
            signed: !unsigned && bits >> 63 == 0,
        }
    };
    Some(ty)
}

/// The value of a number literal; fractions are of floating-point type and unknown.
pub fn number(text: &str, at: Span) -> Expr {
    match integer(text) {
        Some((bits, ty)) => constant(bits, ty, at),
        None if is_fraction(text) => match fraction(text) {
            Some(value) => Expr::Const {
                bits: value.to_bits(),
                ty: Type::Float,
                at,
            },
            None => Expr::Unknown(Type::Float, at),
        },
        None => Expr::Unknown(Type::Unknown, at),
    }
}

/// The value of a decimal fraction: it is followed into a conversion to an integer and no further.
fn fraction(text: &str) -> Option<f64> {
    let plain = text.replace('\'', "");
    let value: f64 = plain.trim_end_matches(['f', 'F', 'l', 'L']).parse().ok()?;
    let single = plain.ends_with(['f', 'F']);
    Some(if single { f64::from(value as f32) } else { value })
}

fn is_fraction(text: &str) -> bool {
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    text.contains('.') || text.contains(['p', 'P']) || !hexadecimal && text.contains(['e', 'E', 'f', 'F'])
}

/// The value of a character literal. Several characters make an `int`, the last in the lowest byte (as GCC and Clang do).
pub fn character(text: &str, cpp: bool, at: Span) -> Expr {
    let open = text.find('\'').unwrap_or(0);
    let prefix = &text[..open];
    let inner = text.get(open + 1..text.len().max(open + 2) - 1).unwrap_or("");
    let Some(values) = characters(inner) else {
        return Expr::Unknown(Type::INT, at);
    };
    let ty = match prefix {
        "L" => Type::INT,
        "u" => Type::Int {
            bits: 16,
            signed: false,
        },
        "U" => Type::Int {
            bits: 32,
            signed: false,
        },
        "u8" => Type::Int { bits: 8, signed: false },
        _ if cpp && values.len() == 1 => Type::Int { bits: 8, signed: true },
        _ => Type::INT,
    };
    let bits = match values[..] {
        [] => return Expr::Unknown(ty, at),
        // A plain `char` is signed here: '\xff' is -1.
        [one] if prefix.is_empty() && one < 0x100 => one as u8 as i8 as u64,
        [one] => u64::from(one),
        _ => values.iter().fold(0, |bits, value| bits << 8 | u64::from(value & 0xff)),
    };
    constant(bits, ty, at)
}

/// The characters of a literal's inside, escapes resolved. `None` if an escape is malformed.
pub fn characters(inner: &str) -> Option<Vec<u32>> {
    let mut values = Vec::new();
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        let value = if c == '\\' { escape(&mut rest)? } else { c as u32 };
        values.push(value);
    }
    Some(values)
}

/// The character that an escape stands for, after its backslash.
fn escape(rest: &mut Peekable<Chars<'_>>) -> Option<u32> {
    let kind = rest.next()?;
    let (radix, most, start) = match kind {
        'x' => (16, 8, String::new()),
        'u' => (16, 4, String::new()),
        'U' => (16, 8, String::new()),
        '0'..='7' => (8, 3, kind.to_string()),
        'a' => return Some(7),
        'b' => return Some(8),
        't' => return Some(9),
        'n' => return Some(10),
        'v' => return Some(11),
        'f' => return Some(12),
        'r' => return Some(13),
        'e' => return Some(27),
        other => return Some(other as u32),
    };
    let mut digits = start;
    while digits.len() < most
        && let Some(digit) = rest.next_if(|c| c.is_digit(radix))
    {
        digits.push(digit);
    }
    u32::from_str_radix(&digits, radix).ok()
}

/// The bytes of a string literal with its final zero, which `sizeof` counts. `None` for wide and malformed ones.
pub fn string_bytes(text: &str) -> Option<u64> {
    Some(joined(text)?.iter().map(bytes_of).sum::<u64>() + 1)
}

/// The bytes of a string before its first zero.
pub fn string_length(text: &str) -> Option<u64> {
    let characters = joined(text)?;
    Some(characters.iter().take_while(|c| **c != 0).map(bytes_of).sum())
}

/// The characters of literals that stand side by side and are one. `None` if anything else is between them.
pub fn joined(text: &str) -> Option<Vec<u32>> {
    // A character of two bytes is not told from an escape.
    if text.chars().any(|c| ('\u{80}'..='\u{ff}').contains(&c)) {
        return None;
    }
    let text = text.replace("\\\r\n", "").replace("\\\n", "");
    let mut all = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('"')?;
        let mut escaped = false;
        let end = inner.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?;
        all.extend(characters(&inner[..end])?);
        rest = inner[end + 1..].trim_start();
    }
    Some(all)
}

fn bytes_of(character: &u32) -> u64 {
    let wide = char::from_u32(*character).filter(|_| *character > 0xff);
    wide.map_or(1, char::len_utf8) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        assert_eq!(string_bytes("\"ab\" \"c\""), Some(4));
        assert_eq!(string_bytes("\"a\\\nb\""), Some(3));
        assert_eq!(string_bytes("\"\\\"\" \"\""), Some(2));
        assert_eq!(string_bytes("\"a\" NAME"), None);
        assert_eq!(string_length("\"a\\0b\""), Some(1));
    }

    use crate::source::FileId;

    const UINT: Type = Type::Int {
        bits: 32,
        signed: false,
    };
    const LONG: Type = Type::Int { bits: 64, signed: true };

    #[test]
    fn integers() {
        let cases = [
            ("0", 0, Type::INT),
            ("00", 0, Type::INT),
            ("0u", 0, UINT),
            ("0UL", 0, Type::SIZE),
            ("0x0", 0, Type::INT),
            ("0b101", 5, Type::INT),
            ("017", 15, Type::INT),
            ("1'000'000", 1_000_000, Type::INT),
            ("2147483648", 1 << 31, LONG),
            ("0x80000000", 1 << 31, UINT),
            ("4294967296u", 1 << 32, Type::SIZE),
            ("0xffffffffffffffff", u64::MAX, Type::SIZE),
            ("10llu", 10, Type::SIZE),
            ("7z", 7, LONG),
            ("7uz", 7, Type::SIZE),
        ];
        for (text, bits, ty) in cases {
            assert_eq!(integer(text), Some((bits, ty)), "{text}");
        }
        for text in [
            "1.0",
            "1e3",
            "0x1p3",
            "1f",
            "08",
            "123456789012345678901234567890",
            "0x",
        ] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    fn bits(text: &str, cpp: bool) -> Option<(u64, Type)> {
        match character(text, cpp, Span::new(FileId(0), 0, 1)) {
            Expr::Const { bits, ty, .. } => Some((bits, ty)),
            _ => None,
        }
    }

    #[test]
    fn characters_of_all_kinds() {
        assert_eq!(bits("'\\0'", false), Some((0, Type::INT)));
        assert_eq!(bits("'\\0'", true), Some((0, Type::Int { bits: 8, signed: true })));
        assert_eq!(bits("'a'", false), Some((97, Type::INT)));
        assert_eq!(bits("'ab'", true), Some((0x6162, Type::INT)));
        assert_eq!(bits("'\\x00'", false), Some((0, Type::INT)));
        assert_eq!(bits("'\\xff'", false), Some((0xffff_ffff, Type::INT)));
        assert_eq!(bits("'\\101'", false), Some((65, Type::INT)));
        assert_eq!(bits("L'\\0'", false), Some((0, Type::INT)));
        assert_eq!(
            bits("u'x'", false),
            Some((
                120,
                Type::Int {
                    bits: 16,
                    signed: false
                }
            ))
        );
        assert_eq!(bits("'\\''", false), Some((39, Type::INT)));
        assert_eq!(bits("''", false), None);
    }

    #[test]
    fn string_sizes() {
        assert_eq!(string_bytes("\"\""), Some(1));
        assert_eq!(string_bytes("\"a\\n\\0\""), Some(4));
        assert_eq!(string_bytes("L\"a\""), None);
    }
}
