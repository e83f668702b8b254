//! Comments: what lies between tokens and is not blank.

use super::{Lexer, TokenKind, tokens_of};
use crate::source::Language;
use memchr::memchr;
use std::ops::Range;

/// The comments of a text in their order, those inside of preprocessor lines too.
pub fn comments(text: &str, language: Language) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    collect(text, 0..text.len(), language, true, &mut found);
    found
}

fn collect(text: &str, range: Range<usize>, language: Language, directives: bool, found: &mut Vec<Range<usize>>) {
    let mut at = range.start;
    for token in tokens_of(text, range.clone(), language, directives) {
        gap(text, at..token.start as usize, language, found);
        at = token.end as usize;
        if token.kind == TokenKind::Directive {
            collect(text, token.start as usize + 1..at, language, false, found);
        }
    }
    gap(text, at..range.end, language, found);
}

/// Between two tokens a slash begins a comment, or it would be a token.
fn gap(text: &str, range: Range<usize>, language: Language, found: &mut Vec<Range<usize>>) {
    let bytes = &text.as_bytes()[..range.end];
    let lexer = Lexer {
        bytes,
        at: range.start,
        rust: language == Language::Rust,
        line_start: false,
        directives: false,
        tokens: Vec::new(),
    };
    let mut at = range.start;
    while let Some(slash) = memchr(b'/', &bytes[at..]) {
        let start = at + slash;
        if !matches!(bytes.get(start + 1), Some(b'/' | b'*')) {
            return;
        }
        at = lexer.comment_end(start);
        found.push(start..at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, language: Language) -> Vec<&str> {
        let found = comments(text, language);
        found.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn comments_are_not_looked_for_in_literals() {
        let text = "a / b; \"// no\" '/' // one\n#define X \"/* no\" /* two */ 1 // three \\\n goes on\nR\"(// no)\" /* four\n */ /**/";
        let expected = ["// one", "/* two */", "// three \\\n goes on", "/* four\n */", "/**/"];
        assert_eq!(texts(text, Language::Cpp), expected);
        let text = "r#\"// no\"# 'a /* one /* nested */ */ b'/' /// two \\\n// three";
        assert_eq!(
            texts(text, Language::Rust),
            ["/* one /* nested */ */", "/// two \\", "// three"]
        );
    }

    #[test]
    fn what_never_ends_ends_with_the_text() {
        for language in [Language::C, Language::Rust] {
            for text in ["/* a", "// a", "/", "x /", "/*/", "#define /* a", "\"a // b"] {
                for range in comments(text, language) {
                    assert!(range.start < range.end && range.end <= text.len(), "{text}");
                }
            }
        }
    }
}
