//! The text of a macro's definition, token by token.

use crate::source::Language;
use crate::syntax::Text;
use crate::syntax::lexer::{self, Token, TokenKind};

/// The definition of a macro: text with its tokens.
pub struct Definition {
    /// All arms with the brackets around them.
    pub text: Text,
    /// Its tokens.
    pub tokens: Vec<Token>,
}

impl Definition {
    /// `text` is all arms with the brackets around them.
    pub fn new(text: Text) -> Definition {
        let tokens = lexer::tokens_of(&text.text, 0..text.text.len(), Language::Rust, false);
        Definition { text, tokens }
    }

    /// The text of a token.
    pub fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text(&self.text.text))
    }

    /// Whether a token is a name.
    pub fn is_name(&self, at: usize) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.kind == TokenKind::Identifier)
    }
}

/// The token after the group that opens at a token; the end if it never closes.
pub fn after_group(word: &dyn Fn(usize) -> usize, open: usize, end: usize) -> usize {
    let mut depth = 0_usize;
    for at in open..end {
        match word(at) {
            1 => depth += 1,
            2 => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    end
}

/// 1: opens, 2: closes.
pub fn bracket(word: &str) -> usize {
    match word {
        "(" | "[" | "{" => 1,
        ")" | "]" | "}" => 2,
        _ => 0,
    }
}
