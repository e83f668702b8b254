//! A light lexer for C, C++ and Rust: names, numbers, literals, punctuation and whole preprocessor lines, with comments
//! and blanks left out. It never fails and takes linear time. It does not know grammar, and it keeps no text: a token is
//! a kind and a range of bytes.

use crate::source::Language;
use memchr::{memchr, memchr2, memchr3, memmem};

mod comments;

pub use comments::comments;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A name or keyword; Rust raw identifiers with their `r#`.
    Identifier,
    /// A number with its suffix.
    Number,
    /// A string literal of any kind, with prefix and quotes.
    String,
    /// A character or byte literal.
    Character,
    /// A Rust lifetime or loop label.
    Lifetime,
    /// A whole preprocessor line with its continuations, from `#` to before the line break.
    Directive,
    /// An operator or bracket.
    Punctuation,
}

/// A token: a kind and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// What it is.
    pub kind: TokenKind,
}

impl Token {
    /// Its bytes as a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Its text.
    pub fn text(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or("")
    }

    /// Whether it is a name or keyword.
    pub fn is_name(self) -> bool {
        self.kind == TokenKind::Identifier
    }

    /// The byte of a punctuation token of one byte, else 0. Operators of two bytes (`==`, `::`, `->`, …) give 0.
    pub fn mark(self, text: &str) -> u8 {
        match self.kind {
            TokenKind::Punctuation if self.end - self.start == 1 => text.as_bytes()[self.start as usize],
            _ => 0,
        }
    }
}

/// All tokens of a text.
pub fn tokens(text: &str, language: Language) -> Vec<Token> {
    tokens_of(text, 0..text.len(), language, true)
}

/// The tokens of a part of a text, with offsets of the whole text. `directives` says whether `#` may start a preprocessor
/// line there; inside the body of a macro it may not.
pub fn tokens_of(text: &str, range: std::ops::Range<usize>, language: Language, directives: bool) -> Vec<Token> {
    let end = range.end.min(text.len());
    let mut lexer = Lexer {
        bytes: &text.as_bytes()[..end],
        at: range.start.min(end),
        rust: language == Language::Rust,
        line_start: directives && language != Language::Rust,
        directives: directives && language != Language::Rust,
        tokens: Vec::with_capacity((end - range.start.min(end)) / 6),
    };
    lexer.run();
    lexer.tokens
}

/// Classes of bytes, so that the main loop takes one look-up for each token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Newline,
    Letter,
    Digit,
    Slash,
    Quote,
    Apostrophe,
    Hash,
    Backslash,
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'\n' => Class::Newline,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | 0x80.. => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'/' => Class::Slash,
            b'"' => Class::Quote,
            b'\'' => Class::Apostrophe,
            b'#' => Class::Hash,
            b'\\' => Class::Backslash,
            0..=b' ' | 0x7f => Class::Blank,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

fn is_word(byte: u8) -> bool {
    matches!(CLASSES[byte as usize], Class::Letter | Class::Digit)
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    rust: bool,
    line_start: bool,
    directives: bool,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match CLASSES[byte as usize] {
                Class::Blank | Class::Backslash => self.at += 1,
                Class::Newline => {
                    self.at += 1;
                    self.line_start = self.directives;
                }
                Class::Slash if matches!(self.peek(1), b'/' | b'*') => self.at = self.comment_end(self.at),
                Class::Hash if self.line_start => {
                    let end = self.directive_end();
                    self.push(TokenKind::Directive, end);
                }
                Class::Letter => self.word(),
                Class::Digit => {
                    let end = self.number_end();
                    self.push(TokenKind::Number, end);
                }
                Class::Quote => {
                    let end = self.string_end(self.at);
                    self.push(TokenKind::String, end);
                }
                Class::Apostrophe => self.apostrophe(),
                Class::Slash | Class::Hash | Class::Other => self.punctuation(byte),
            }
        }
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        let end = end.min(self.bytes.len());
        self.tokens.push(Token {
            start: self.at as u32,
            end: end as u32,
            kind,
        });
        self.at = end;
        self.line_start = false;
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// One past the comment that starts at `at`; the line break that ends a line comment is not part of it.
    fn comment_end(&self, at: usize) -> usize {
        if self.bytes[at + 1] == b'/' {
            return if self.rust {
                find(self.bytes, at, b'\n')
            } else {
                logical_line_end(self.bytes, at)
            };
        }
        if !self.rust {
            return memmem::find(&self.bytes[at + 2..], b"*/").map_or(self.bytes.len(), |found| at + 2 + found + 2);
        }
        let (mut at, mut depth) = (at + 2, 1u32);
        while let Some(found) = memchr2(b'*', b'/', &self.bytes[at..]) {
            at += found;
            match (self.bytes[at], self.bytes.get(at + 1)) {
                (b'/', Some(b'*')) => (depth, at) = (depth + 1, at + 2),
                (b'*', Some(b'/')) if depth == 1 => return at + 2,
                (b'*', Some(b'/')) => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
        }
        self.bytes.len()
    }

    /// One past the preprocessor line that starts here. Comments in it may hold line breaks.
    fn directive_end(&self) -> usize {
        let name = directive_name(self.bytes, self.at);
        let prose = matches!(name, b"error" | b"warning" | b"pragma");
        let mut at = self.at + 1;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\n' if continued(self.bytes, at) => at += 1,
                b'\n' => break,
                b'/' if self.bytes.get(at + 1) == Some(&b'/') => return logical_line_end(self.bytes, at),
                b'/' if self.bytes.get(at + 1) == Some(&b'*') => at = self.comment_end(at),
                b'"' | b'\'' if !prose => at = self.quoted_end(at),
                _ => at += 1,
            }
        }
        if at > self.at + 1 && self.bytes[at - 1] == b'\r' {
            at - 1
        } else {
            at
        }
    }

    fn word(&mut self) {
        let mut end = self.at + 1;
        while end < self.bytes.len() && is_word(self.bytes[end]) {
            end += 1;
        }
        match self.bytes.get(end) {
            Some(b'"') if end - self.at <= 3 => self.prefixed(end),
            Some(b'\'') if end - self.at <= 2 && self.is_character_prefix(end) => {
                let end = self.quoted_end(end);
                self.push(TokenKind::Character, end);
            }
            Some(b'#') if self.rust && matches!(&self.bytes[self.at..end], b"r" | b"br" | b"cr") => self.prefixed(end),
            _ => self.push(TokenKind::Identifier, end),
        }
    }

    fn is_character_prefix(&self, end: usize) -> bool {
        let prefix = &self.bytes[self.at..end];
        if self.rust {
            prefix == b"b"
        } else {
            matches!(prefix, b"L" | b"u" | b"U" | b"u8")
        }
    }

    /// A word of up to three letters right before a quote, or before `#` in Rust: the prefix of a string, or a name.
    fn prefixed(&mut self, end: usize) {
        let prefix = &self.bytes[self.at..end];
        let raw = match (self.rust, prefix) {
            (true, b"r" | b"br" | b"cr") => true,
            (false, b"R" | b"LR" | b"uR" | b"UR" | b"u8R") => true,
            (true, b"b" | b"c") | (false, b"L" | b"u" | b"U" | b"u8") => false,
            _ => return self.push(TokenKind::Identifier, end),
        };
        if !raw {
            let end = self.string_end(end);
            return self.push(TokenKind::String, end);
        }
        let end = if self.rust {
            self.rust_raw_end(end)
        } else {
            self.cpp_raw_end(end)
        };
        match end {
            Some(end) => self.push(TokenKind::String, end),
            None => self.raw_identifier(),
        }
    }

    /// `r#"…"#` from its hashes or quote on; None if it is no string.
    fn rust_raw_end(&self, at: usize) -> Option<usize> {
        let hashes = self.bytes[at..].iter().take_while(|&&byte| byte == b'#').count();
        let mut at = at + hashes;
        if self.bytes.get(at) != Some(&b'"') {
            return None;
        }
        while let Some(found) = memchr(b'"', &self.bytes[at + 1..]) {
            at += found + 1;
            let closing = self.bytes[at + 1..]
                .iter()
                .take(hashes)
                .take_while(|&&byte| byte == b'#')
                .count();
            if closing == hashes {
                return Some(at + 1 + hashes);
            }
        }
        Some(self.bytes.len())
    }

    /// `R"mark(…)mark"` from its quote on; None if the delimiter is none.
    fn cpp_raw_end(&self, at: usize) -> Option<usize> {
        let mark = self.bytes[at + 1..].iter().take(17).position(|&byte| byte == b'(')?;
        let mut closing = vec![b')'];
        closing.extend_from_slice(&self.bytes[at + 1..at + 1 + mark]);
        closing.push(b'"');
        let body = at + 2 + mark;
        let found = memmem::find(&self.bytes[body..], &closing);
        Some(found.map_or(self.bytes.len(), |found| body + found + closing.len()))
    }

    fn raw_identifier(&mut self) {
        let mut end = self.at + 1;
        if self.rust && self.peek(1) == b'#' && CLASSES[self.peek(2) as usize] == Class::Letter {
            end += 2;
            while end < self.bytes.len() && is_word(self.bytes[end]) {
                end += 1;
            }
        } else {
            while end < self.bytes.len() && is_word(self.bytes[end]) {
                end += 1;
            }
        }
        self.push(TokenKind::Identifier, end);
    }

    fn number_end(&self) -> usize {
        let mut end = self.at + 1;
        while let Some(&byte) = self.bytes.get(end) {
            let before = self.bytes[end - 1];
            let next = self.bytes.get(end + 1).copied().unwrap_or(0);
            let goes_on = match byte {
                b'.' => !self.rust || (next.is_ascii_digit() && before != b'.'),
                b'+' | b'-' => matches!(before, b'e' | b'E' | b'p' | b'P') && self.is_float_exponent(end),
                b'\'' => !self.rust && before.is_ascii_alphanumeric() && next.is_ascii_alphanumeric(),
                _ => is_word(byte),
            };
            if !goes_on {
                break;
            }
            end += 1;
        }
        end
    }

    /// Whether a sign after the letter e or p belongs to the number: not in `0xe+1` and not in Rust's `1u8-x`.
    fn is_float_exponent(&self, sign: usize) -> bool {
        let hex = matches!(self.peek(1), b'x' | b'X');
        let power = matches!(self.bytes[sign - 1], b'p' | b'P');
        hex == power && self.bytes.get(sign + 1).is_some_and(u8::is_ascii_digit)
    }

    /// One past the string whose opening quote is at `at`. A C string ends at the line's end at the latest.
    fn string_end(&self, at: usize) -> usize {
        if !self.rust {
            return self.quoted_end(at);
        }
        let mut at = at + 1;
        while let Some(found) = memchr2(b'"', b'\\', &self.bytes[at..]) {
            at += found;
            if self.bytes[at] == b'"' {
                return at + 1;
            }
            at = (at + 2).min(self.bytes.len());
        }
        self.bytes.len()
    }

    /// One past the literal in single or double quotes that opens at `at`, or the end of its line.
    fn quoted_end(&self, at: usize) -> usize {
        let quote = self.bytes[at];
        let mut at = at + 1;
        while let Some(found) = memchr3(quote, b'\\', b'\n', &self.bytes[at..]) {
            at += found;
            match self.bytes[at] {
                b'\n' => return at,
                b'\\' if self.bytes.get(at + 1) == Some(&b'\r') => at = (at + 3).min(self.bytes.len()),
                b'\\' => at = (at + 2).min(self.bytes.len()),
                _ => return at + 1,
            }
        }
        self.bytes.len()
    }

    fn apostrophe(&mut self) {
        if !self.rust {
            let end = self.quoted_end(self.at);
            return self.push(TokenKind::Character, end);
        }
        // `'a'` is a character, `'a` a lifetime: what decides is a quote after one character or an escape.
        let width = match self.peek(1) {
            b'\\' => {
                let end = self.quoted_end(self.at);
                return self.push(TokenKind::Character, end);
            }
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            _ => 4,
        };
        if self.peek(1 + width) == b'\'' {
            return self.push(TokenKind::Character, self.at + width + 2);
        }
        let mut end = self.at + 1;
        while end < self.bytes.len() && is_word(self.bytes[end]) {
            end += 1;
        }
        let kind = if end > self.at + 1 {
            TokenKind::Lifetime
        } else {
            TokenKind::Punctuation
        };
        self.push(kind, end);
    }

    fn punctuation(&mut self, byte: u8) {
        let pair = match (byte, self.peek(1)) {
            (b':', b':') | (b'-', b'>') | (b'#', b'#') | (b'&', b'&') | (b'|', b'|') => true,
            (b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^', b'=') => true,
            (b'=', b'>') => self.rust,
            _ => false,
        };
        let end = self.at + if pair { 2 } else { 1 };
        self.push(TokenKind::Punctuation, end);
    }
}

/// The name of the directive whose `#` is at `at`.
pub fn directive_name(bytes: &[u8], at: usize) -> &[u8] {
    let mut start = at + 1;
    while matches!(bytes.get(start), Some(b' ' | b'\t')) {
        start += 1;
    }
    let mut end = start;
    while end < bytes.len() && is_word(bytes[end]) {
        end += 1;
    }
    &bytes[start.min(bytes.len())..end]
}

fn find(bytes: &[u8], from: usize, byte: u8) -> usize {
    memchr(byte, &bytes[from..]).map_or(bytes.len(), |found| from + found)
}

/// Whether the line break at `newline` is escaped.
fn continued(bytes: &[u8], newline: usize) -> bool {
    match newline.checked_sub(1).map(|before| bytes[before]) {
        Some(b'\\') => true,
        Some(b'\r') => newline >= 2 && bytes[newline - 2] == b'\\',
        _ => false,
    }
}

/// The line break that ends the line with its continuations, or the end of the text.
fn logical_line_end(bytes: &[u8], from: usize) -> usize {
    let mut at = find(bytes, from, b'\n');
    while at < bytes.len() && continued(bytes, at) {
        at = find(bytes, at + 1, b'\n');
    }
    at
}

#[cfg(test)]
mod tests;
