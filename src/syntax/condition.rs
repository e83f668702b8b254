//! Conditions of the preprocessor: their text in one spelling, and their truth where Linux decides it.

use super::lexer::{self, Token, TokenKind};
use crate::source::Language;

/// How deeply brackets may nest before a condition counts as undecided.
const DEPTH: u32 = 64;

/// Macros that a compiler for Linux never defines.
const NEVER: [&str; 51] = [
    "_WIN32",
    "_WIN64",
    "WIN32",
    "WIN64",
    "__WIN32__",
    "__WIN64__",
    "_WINDOWS",
    "__WINDOWS__",
    "_MSC_VER",
    "_WIN32_WCE",
    "__CYGWIN__",
    "__CYGWIN32__",
    "__MINGW32__",
    "__MINGW64__",
    "__MSYS__",
    "__MSDOS__",
    "MSDOS",
    "__DJGPP__",
    "__OS2__",
    "__EMX__",
    "__APPLE__",
    "__MACH__",
    "TARGET_OS_MAC",
    "TARGET_OS_OSX",
    "TARGET_OS_IPHONE",
    "__FreeBSD__",
    "__FreeBSD_kernel__",
    "__NetBSD__",
    "__OpenBSD__",
    "__DragonFly__",
    "__bsdi__",
    "__sun",
    "__sun__",
    "sun",
    "__SVR4",
    "__svr4__",
    "__hpux",
    "__hpux__",
    "_AIX",
    "__sgi",
    "__osf__",
    "__VMS",
    "__HAIKU__",
    "__BEOS__",
    "__QNX__",
    "__QNXNTO__",
    "__Fuchsia__",
    "__minix",
    "__vxworks",
    "__GNU__",
    "__amigaos__",
];

/// Macros that a compiler for Linux always defines, as something other than 0.
const ALWAYS: [&str; 6] = ["__linux__", "__linux", "linux", "__unix__", "__unix", "unix"];

/// Limits and sizes that are the same wherever Linux runs.
const LIMITS: [(&str, i64); 34] = [
    ("CHAR_BIT", 8),
    ("SCHAR_MAX", 0x7f),
    ("SCHAR_MIN", -0x80),
    ("UCHAR_MAX", 0xff),
    ("SHRT_MAX", 0x7fff),
    ("SHRT_MIN", -0x8000),
    ("USHRT_MAX", 0xffff),
    ("INT_MAX", 0x7fff_ffff),
    ("INT_MIN", -0x8000_0000),
    ("UINT_MAX", 0xffff_ffff),
    ("LLONG_MAX", i64::MAX),
    ("INT8_MAX", 0x7f),
    ("INT16_MAX", 0x7fff),
    ("INT32_MAX", 0x7fff_ffff),
    ("INT64_MAX", i64::MAX),
    ("UINT8_MAX", 0xff),
    ("UINT16_MAX", 0xffff),
    ("UINT32_MAX", 0xffff_ffff),
    ("__CHAR_BIT__", 8),
    ("__SCHAR_MAX__", 0x7f),
    ("__SHRT_MAX__", 0x7fff),
    ("__INT_MAX__", 0x7fff_ffff),
    ("__LONG_LONG_MAX__", i64::MAX),
    ("__INT8_MAX__", 0x7f),
    ("__INT16_MAX__", 0x7fff),
    ("__INT32_MAX__", 0x7fff_ffff),
    ("__INT64_MAX__", i64::MAX),
    ("__UINT8_MAX__", 0xff),
    ("__UINT16_MAX__", 0xffff),
    ("__UINT32_MAX__", 0xffff_ffff),
    ("__SIZEOF_SHORT__", 2),
    ("__SIZEOF_INT__", 4),
    ("__SIZEOF_LONG_LONG__", 8),
    ("__SIZEOF_FLOAT__", 4),
];

/// The condition of a directive: the text of what is tested, and whether it is tested for truth (`#ifndef A` and
/// `#if !defined(A)` test `A` for falsehood). `#if A`, `#ifdef A` and `#if defined(A)` have the same text, because code
/// mixes them freely for one setting. `name` is the directive's name (`if`, `elifdef`, …), `rest` what stands after it.
pub fn setting(name: &str, rest: &str) -> (String, bool) {
    let tokens = lexer::tokens_of(rest, 0..rest.len(), Language::C, false);
    if name.ends_with("def") {
        let text = tokens.first().map_or("", |token| token.text(rest));
        return (text.to_owned(), !name.ends_with("ndef"));
    }
    let words: Vec<&str> = tokens.iter().map(|token| token.text(rest)).collect();
    let words = without_defined(&words);
    let closing = closing_brackets(&words);
    let is_group = |start: usize, end: usize| start + 2 < end && closing.get(start) == Some(&(end - 1));
    let (mut start, mut end) = (0, words.len());
    let mut positive = true;
    loop {
        let negations = words[start..end].iter().take_while(|word| **word == "!").count();
        let operand = start + negations;
        if is_group(start, end) {
            (start, end) = (start + 1, end - 1);
        } else if negations > 0 && (operand + 1 == end || is_group(operand, end)) {
            (start, positive) = (operand, positive == negations.is_multiple_of(2));
        } else {
            return (spell(&words[start..end]), positive);
        }
    }
}

/// The text of the opposite.
pub fn negation(text: &str) -> String {
    format!("!({text})")
}

/// `defined(A)` and `defined A` → `A`.
fn without_defined<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let (mut result, mut rest) = (Vec::with_capacity(words.len()), words);
    while let Some((word, after)) = rest.split_first() {
        rest = match (*word, after) {
            ("defined", ["(", name, ")", after @ ..]) | ("defined", [name, after @ ..]) => {
                result.push(*name);
                after
            }
            _ => {
                result.push(*word);
                after
            }
        };
    }
    result
}

/// For each opening bracket the index of the one that closes it; the number of words for all else.
fn closing_brackets(words: &[&str]) -> Vec<usize> {
    let mut closing = vec![words.len(); words.len()];
    let mut open = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match *word {
            "(" => open.push(index),
            ")" => {
                if let Some(opening) = open.pop() {
                    closing[opening] = index;
                }
            }
            _ => {}
        }
    }
    closing
}

fn spell(words: &[&str]) -> String {
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).map_or("", |before| words[before]);
        let tight = text.is_empty() || matches!(*word, ")" | "," | "(") || matches!(before, "(" | "!" | "~");
        if !tight || (*word == "(" && matches!(before, "&&" | "||" | ",")) {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Whether a condition holds on Linux, as far as its text says; None if the build decides.
pub fn truth(condition: &str, language: Language) -> Option<bool> {
    let tokens = lexer::tokens_of(condition, 0..condition.len(), Language::C, false);
    let mut reader = Reader {
        text: condition,
        tokens: &tokens,
        at: 0,
        language,
    };
    let value = reader.either(DEPTH);
    if reader.at == tokens.len() { value.truth() } else { None }
}

/// What is known of a preprocessor expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Exactly(i64),
    NotZero,
    Nothing,
}

impl Known {
    fn truth(self) -> Option<bool> {
        match self {
            Known::Exactly(value) => Some(value != 0),
            Known::NotZero => Some(true),
            Known::Nothing => None,
        }
    }

    fn of(truth: Option<bool>) -> Known {
        truth.map_or(Known::Nothing, |truth| Known::Exactly(i64::from(truth)))
    }
}

/// A reader of preprocessor expressions. What it does not know is `Nothing`.
struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    language: Language,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |token| token.text(self.text))
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.at < self.tokens.len() && self.peek() == text;
        self.at += usize::from(found);
        found
    }

    fn either(&mut self, depth: u32) -> Known {
        let mut value = self.both(depth);
        while self.eat("||") {
            value = Known::of(match (value.truth(), self.both(depth).truth()) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            });
        }
        value
    }

    fn both(&mut self, depth: u32) -> Known {
        let mut value = self.compare(depth);
        while self.eat("&&") {
            value = Known::of(match (value.truth(), self.compare(depth).truth()) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            });
        }
        value
    }

    fn compare(&mut self, depth: u32) -> Known {
        let first = self.peek();
        let left = self.operand(depth);
        let operator = self.peek();
        if !matches!(operator, "==" | "!=" | "<" | ">" | "<=" | ">=") {
            return left;
        }
        self.at += 1;
        let second = self.peek();
        let right = self.operand(depth);
        let (Known::Exactly(left), Known::Exactly(right)) = (limit(first, left), limit(second, right)) else {
            return Known::Nothing;
        };
        Known::of(Some(match operator {
            "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            ">" => left > right,
            "<=" => left <= right,
            _ => left >= right,
        }))
    }

    fn operand(&mut self, depth: u32) -> Known {
        let Some(token) = self.tokens.get(self.at).copied() else {
            return Known::Nothing;
        };
        let Some(depth) = depth.checked_sub(1) else {
            return Known::Nothing;
        };
        let word = self.peek();
        self.at += 1;
        match (token.kind, word) {
            (TokenKind::Punctuation, "!") => Known::of(self.operand(depth).truth().map(|truth| !truth)),
            (TokenKind::Punctuation, "(") => {
                let value = self.either(depth);
                if self.eat(")") { value } else { Known::Nothing }
            }
            (TokenKind::Number, _) => number(word).map_or(Known::Nothing, Known::Exactly),
            (TokenKind::Identifier, "defined") => {
                let open = self.eat("(");
                let value = self.name();
                if open && !self.eat(")") { Known::Nothing } else { value }
            }
            (TokenKind::Identifier, _) => {
                self.at -= 1;
                self.name()
            }
            _ => Known::Nothing,
        }
    }

    /// A macro; with its arguments if it has some, which makes it unknown.
    fn name(&mut self) -> Known {
        let name = self.peek();
        self.at += 1;
        if self.eat("(") {
            let mut depth = 1u32;
            while depth > 0 && self.at < self.tokens.len() {
                depth = match self.peek() {
                    "(" => depth + 1,
                    ")" => depth - 1,
                    _ => depth,
                };
                self.at += 1;
            }
            return Known::Nothing;
        }
        match name {
            "true" => Known::Exactly(1),
            "false" => Known::Exactly(0),
            "__cplusplus" if self.language == Language::Cpp => Known::NotZero,
            "__cplusplus" => Known::Exactly(0),
            _ if ALWAYS.contains(&name) => Known::Exactly(1),
            _ if NEVER.contains(&name) => Known::Exactly(0),
            _ => Known::Nothing,
        }
    }
}

/// What is compared: a limit if nothing else is known of it. That one is defined at all is another question.
fn limit(name: &str, known: Known) -> Known {
    let limit = LIMITS.iter().find(|(limit, _)| *limit == name);
    match (known, limit) {
        (Known::Nothing, Some((_, value))) => Known::Exactly(*value),
        _ => known,
    }
}

/// A C integer without its suffix.
fn number(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&digits[2..], 16),
        [b'0', b'b' | b'B', ..] => (&digits[2..], 2),
        [b'0', _, ..] => (&digits[1..], 8),
        _ => (digits, 10),
    };
    i64::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_one_setting() {
        let positive = ("HAVE_X".to_owned(), true);
        assert_eq!(setting("ifdef", " HAVE_X /* yes */"), positive);
        assert_eq!(setting("if", "defined(HAVE_X)"), positive);
        assert_eq!(setting("if", "((defined HAVE_X))"), positive);
        assert_eq!(setting("elif", "HAVE_X"), positive);
        assert_eq!(setting("if", "!!HAVE_X"), positive);
        let negative = ("HAVE_X".to_owned(), false);
        assert_eq!(setting("ifndef", "HAVE_X"), negative);
        assert_eq!(setting("if", "!defined (HAVE_X)"), negative);
        assert_eq!(setting("if", "!(HAVE_X)"), negative);
        assert_eq!(setting("if", "!A&&B"), ("!A && B".to_owned(), true));
        assert_eq!(setting("if", "!(A||( B )) "), ("A || (B)".to_owned(), false));
        assert_eq!(setting("if", "(A) && (B)"), ("(A) && (B)".to_owned(), true));
        assert_eq!(setting("if", "AT_LEAST(2,3)"), ("AT_LEAST(2, 3)".to_owned(), true));
    }

    #[test]
    fn linux_decides_some_conditions() {
        let c = |text: &str| truth(text, Language::C);
        assert_eq!(c("0"), Some(false));
        assert_eq!(c("0x1"), Some(true));
        assert_eq!(c("0 && WHATEVER"), Some(false));
        assert_eq!(c("WHATEVER || 1"), Some(true));
        assert_eq!(c("_WIN32"), Some(false));
        assert_eq!(c("defined(__linux__) && !defined(_WIN32)"), Some(true));
        assert_eq!(c("__linux__ && HAVE_X"), None);
        assert_eq!(c("__NetBSD__ || (__APPLE__ && X)"), Some(false));
        assert_eq!(c("_MSC_VER >= 1900"), Some(false));
        assert_eq!(c("INT_MAX == 32767"), Some(false));
        assert_eq!(c("UINT_MAX >= 0xffffffffu && __SIZEOF_INT__ == 4"), Some(true));
        assert_eq!(c("__GNUC__ > 3"), None);
        assert_eq!(c("__has_include(<x.h>)"), None);
        assert_eq!(c("LEVEL(1, (2)) && 0"), Some(false));
        assert_eq!(c("__cplusplus"), Some(false));
        assert_eq!(truth("__cplusplus", Language::Cpp), Some(true));
        assert_eq!(truth("__cplusplus >= 201103L", Language::Cpp), None);
        assert_eq!(c(""), None);
        assert_eq!(c("1 2"), None);
        assert_eq!(c(&"(".repeat(100_000)), None);
        assert_eq!(c(&"!".repeat(100_000)), None);
    }
}
