//! What a place that looks like a call is: a call, a prototype, the head of a definition.

use super::callee::is_expression_word;
use super::{Callee, CalleeKind, Finder};
use crate::source::Language;
use crate::syntax::cut::keywords::is_type_word;
use crate::syntax::cut::{CallContext, ItemKind};
use std::ops::Range;

/// How many words are passed on the way from parameters to body.
const SUFFIXES: usize = 8;

impl<'a> Finder<'a> {
    pub(super) fn context(&self, callee: Callee, close: usize, arguments: &[Range<usize>]) -> CallContext {
        let shape = self.around.shape;
        let next = self.after_suffixes(close);
        if self.source.language == Language::Rust {
            let defined = self
                .pre
                .previous(callee.first)
                .is_some_and(|before| self.word(before) == "fn");
            return match (defined, self.around.in_macro) {
                (true, _) if self.has_body(close) => CallContext::Definition,
                (true, _) => CallContext::Declaration,
                (_, true) => CallContext::MacroDefinition,
                _ => CallContext::Call,
            };
        }
        if self.is_declared_here(callee.name) {
            let defines = self.around.item.kind == ItemKind::Function;
            return if defines {
                CallContext::Definition
            } else {
                CallContext::Declaration
            };
        }
        if next == "{" {
            return CallContext::Definition;
        }
        let start = self.pre.tokens[callee.first].start;
        let in_head = !self.around.in_macro && !shape.initialized && shape.body.is_none_or(|body| start < body);
        if (in_head && self.around.item.kind != ItemKind::Other) || self.defines_stub(callee) {
            return CallContext::Declaration;
        }
        if callee.kind != CalleeKind::Raw && self.declares(callee, next, arguments) {
            return CallContext::Declaration;
        }
        if self.around.in_macro {
            CallContext::MacroDefinition
        } else {
            CallContext::Call
        }
    }

    /// The word after the token, and after what may stand between parameters and body.
    fn after_suffixes(&self, close: usize) -> &'a str {
        let mut at = close;
        for _ in 0..SUFFIXES {
            let Some(next) = self.pre.next(at).filter(|next| *next < self.end) else {
                return "";
            };
            at = next;
            if !matches!(
                self.word(at),
                "const" | "volatile" | "noexcept" | "override" | "final" | "try"
            ) {
                break;
            }
        }
        self.word(at)
    }

    /// Whether a brace comes after the token before any semicolon.
    fn has_body(&self, close: usize) -> bool {
        let mut rest = self.pre.tokens[close.min(self.end)..self.end].iter();
        let marks = rest.by_ref().map(|token| token.mark(self.source.text));
        marks.take(400).find(|mark| matches!(mark, b';' | b'{')) == Some(b'{')
    }

    /// `_syscall5(type, name, …)`: the old way to define a system call's stub.
    fn defines_stub(&self, callee: Callee) -> bool {
        let name = self.word(callee.name).trim_end_matches(|c: char| c.is_ascii_digit());
        callee.kind == CalleeKind::Raw && matches!(name, "_syscall" | "__syscall_stub" | "SYSCALL_DEFINE")
    }

    /// Whether a statement is a prototype: names and stars back to its start, and arguments that look like parameters.
    fn declares(&self, callee: Callee, next: &str, arguments: &[Range<usize>]) -> bool {
        let (mut at, mut names, mut typed) = (callee.first, 0, false);
        while let Some(before) = self.pre.previous(at) {
            at = before;
            let word = self.word(at);
            match word {
                ";" | "{" | "}" | ":" => break,
                "*" | "&" | "::" | "&&" | "<" | ">" => {}
                "else" | "do" => break,
                _ if !self.is_name(at) || is_expression_word(word) => return false,
                _ => (names, typed) = (names + 1, typed || is_type_word(word)),
            }
            if self.pre.is_directive(at.saturating_sub(1)) {
                break;
            }
        }
        let ends = matches!(next, ";" | "," | "") || next.starts_with("__") || next == "noexcept" || next == "throw";
        names > 0
            && ends
            && (typed || arguments.is_empty() || arguments.iter().any(|argument| self.is_parameter(argument)))
    }

    /// Whether an argument looks like a parameter declaration.
    fn is_parameter(&self, argument: &Range<usize>) -> bool {
        let word = |at: usize| if at < argument.end { self.word(at) } else { "" };
        let first = argument.start;
        let typed = is_type_word(word(first)) && word(first + 1) != "(";
        let named = self.is_name(first) && !is_expression_word(word(first));
        let pair = named && first + 1 < argument.end && self.is_name(first + 1);
        let pointer = named && argument.clone().next_back().is_some_and(|last| self.word(last) == "*");
        let rest = argument.len() == 3 && argument.clone().all(|at| self.word(at) == ".");
        typed || pair || pointer || rest
    }
}
