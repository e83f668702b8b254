//! Looks past brackets to tell what pieces of C and C++ without a clear end are: macro uses without semicolon, old-style
//! parameter declarations, definitions that begin while something is open.

use super::c::{Cutter, LOOKAHEAD};
use crate::syntax::lexer::{Token, TokenKind};

impl Cutter<'_> {
    /// Whether what is pending is a whole `NAME(…)` without semicolon, as macros that define things are written, and the
    /// token starts something else on a new line.
    pub(super) fn is_complete_call(&self, at: usize, token: Token) -> bool {
        let Some(first) = self.state.first else { return false };
        let call = self.state.head.function && self.state.head.open == first + 1 && !self.state.head.old_style;
        if !call || self.mark(at - 1) != b')' || !token.is_name() || !self.is_line_start(token) {
            return false;
        }
        let next = self.pre.next(at);
        let declares = next.is_some_and(|next| self.pre.tokens[next].is_name() || self.mark(next) == b'*');
        declares || is_declaration_keyword(token.text(self.text)) || self.is_call_without_body(at)
    }

    /// Whether `NAME(…)` stands at the token, and no body after it.
    pub(super) fn is_call_without_body(&self, at: usize) -> bool {
        let mut depth = 0u32;
        for ahead in at + 1..(at + LOOKAHEAD).min(self.pre.tokens.len()) {
            match self.mark(ahead) {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b'{' | b'}' | b';' => return false,
                _ => {}
            }
            if depth == 0 {
                return self.mark(ahead) == b')' && !matches!(self.mark(ahead + 1), b'{' | b':' | b'(');
            }
        }
        false
    }

    pub(super) fn is_line_start(&self, token: Token) -> bool {
        token.start == 0 || self.text.as_bytes()[token.start as usize - 1] == b'\n'
    }

    /// Whether the bracket that closes here held a list of bare names, and declarations up to a `{` follow.
    pub(super) fn is_old_style(&self, close: usize) -> bool {
        let list = &self.pre.tokens[self.state.head.open + 1..close];
        let bare = list.iter().enumerate().all(|(index, token)| match index % 2 {
            0 => token.is_name(),
            _ => token.mark(self.text) == b',',
        });
        if self.cpp || list.is_empty() || !bare {
            return false;
        }
        let (mut names, mut ended) = (0, false);
        for (at, token) in self.pre.tokens.iter().enumerate().skip(close + 1).take(LOOKAHEAD) {
            match token.mark(self.text) {
                // A function of its own.
                b'(' if self.pre.tokens[at - 1].is_name() && names > 1 => return false,
                b'{' => return ended && names == 0,
                b';' if names < 2 => return false,
                b';' => (names, ended) = (0, true),
                b'}' | b'=' => return false,
                _ if token.kind == TokenKind::Directive => {}
                _ if token.is_name() => names += 1,
                _ if names == 0 => return false,
                _ => {}
            }
        }
        false
    }

    /// Whether a token at the start of a line begins the head of a definition.
    pub(super) fn starts_definition(&self, at: usize, token: Token) -> bool {
        if !token.is_name() || !self.is_line_start(token) || is_statement_keyword(token.text(self.text)) {
            return false;
        }
        if matches!(token.text(self.text), "typedef" | "namespace" | "template") {
            return true;
        }
        let (mut depth, mut called) = (0u32, false);
        for ahead in at + 1..(at + LOOKAHEAD).min(self.pre.tokens.len()) {
            match self.mark(ahead) {
                b'(' => {
                    (depth, called) = (
                        depth + 1,
                        called || (depth == 0 && self.pre.tokens[ahead - 1].is_name()),
                    )
                }
                b')' if depth == 0 => return false,
                b')' => depth -= 1,
                b'{' if depth == 0 => return called || matches!(token.text(self.text), "static" | "struct" | "enum"),
                b'{' | b'}' | b';' => return false,
                b'=' if depth == 0 => return token.text(self.text) == "static",
                _ => {}
            }
        }
        false
    }

    pub(super) fn end_complete_call(&mut self, at: usize) {
        let Some(first) = self.state.first else { return };
        let head = self.state.head;
        let call = head.function && head.open == first + 1 && !head.old_style && !self.state.is_inside();
        if call && self.state.body.is_none() && self.mark(at - 1) == b')' {
            self.end_piece(at);
        }
    }

    /// The token after `<…>` that starts at `at`, or `at` if nothing of the kind is there.
    pub(super) fn after_angles(&self, at: usize) -> usize {
        let mut depth = 0u32;
        for (ahead, token) in self.pre.tokens.iter().enumerate().skip(at).take(LOOKAHEAD) {
            match token.mark(self.text) {
                b'<' => depth += 1,
                b'>' => depth = depth.saturating_sub(1),
                b';' | b'{' | b'}' => return at,
                _ => {}
            }
            if depth == 0 {
                return if ahead == at { at } else { ahead + 1 };
            }
        }
        at
    }
}

/// Words that take brackets in a head and name no function.
pub fn is_attribute(word: &str) -> bool {
    matches!(
        word,
        "__attribute__"
            | "__attribute"
            | "__declspec"
            | "alignas"
            | "_Alignas"
            | "decltype"
            | "typeof"
            | "__typeof__"
            | "__typeof"
            | "typeof_unqual"
            | "asm"
            | "__asm__"
            | "__asm"
            | "noexcept"
            | "throw"
            | "requires"
            | "explicit"
            | "_Static_assert"
            | "static_assert"
            | "_Atomic"
            | "__extension__"
    )
}

fn is_statement_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "else"
            | "for"
            | "while"
            | "do"
            | "switch"
            | "case"
            | "default"
            | "return"
            | "goto"
            | "break"
            | "continue"
            | "sizeof"
            | "public"
            | "private"
            | "protected"
            | "catch"
            | "try"
    )
}

fn is_declaration_keyword(word: &str) -> bool {
    matches!(
        word,
        "static"
            | "extern"
            | "typedef"
            | "struct"
            | "union"
            | "enum"
            | "const"
            | "void"
            | "int"
            | "char"
            | "long"
            | "short"
            | "unsigned"
            | "signed"
            | "float"
            | "double"
            | "inline"
            | "template"
            | "class"
            | "namespace"
            | "using"
    )
}
