//! What stands in front of a bracket: the callee, its path, and whether it can be the system's function.

use super::{Callee, CalleeKind, Finder};
use crate::sinks;
use crate::source::Language;

/// How many segments of a path are read.
const SEGMENTS: usize = 16;

impl Finder<'_> {
    /// The callee before an opening bracket, if it is of interest.
    pub(super) fn callee(&self, open: usize) -> Option<Callee> {
        let before = self.pre.previous(open)?;
        let name = match self.word(before) {
            "!" if self.source.language == Language::Rust => self.pre.previous(before)?,
            ")" => return self.bracketed_callee(before),
            _ => before,
        };
        if !self.is_name(name) {
            return None;
        }
        let word = self.word(name);
        let (first, path) = self.path(name);
        if before == name
            && let Some(positions) = self.source.sinks.by_name(self.source.language, word)
        {
            let wanted = self.source.sinks.is_added(word) || self.is_plain_path(first, name);
            return wanted.then_some(Callee {
                first,
                name,
                kind: CalleeKind::Direct(positions),
            });
        }
        sinks::is_system_call(&path).then_some(Callee {
            first,
            name,
            kind: CalleeKind::Raw,
        })
    }

    /// `(name)(…)`, `PASTE(name)(…)`, `VG_(do_syscall5)(…)`.
    fn bracketed_callee(&self, close: usize) -> Option<Callee> {
        let (frame, _) = self.closed.filter(|(_, at)| *at == close)?;
        let open = self.frames[frame].open;
        let name = self
            .pre
            .next(open)
            .filter(|name| self.is_name(*name) && self.pre.next(*name) == Some(close))?;
        let word = self.word(name);
        let before = self
            .pre
            .previous(open)
            .filter(|before| self.is_name(*before) && !is_expression_word(self.word(*before)));
        let first = before.unwrap_or(open);
        if let Some(positions) = self.source.sinks.by_name(self.source.language, word) {
            let kind = CalleeKind::Direct(positions);
            return Some(Callee {
                first: if self.is_declared_here(name) { name } else { open },
                name,
                kind,
            });
        }
        sinks::is_system_call(word).then_some(Callee {
            first,
            name,
            kind: CalleeKind::Raw,
        })
    }

    /// The first token of the path that ends at a name, and its text. Member accesses belong to it.
    fn path(&self, name: usize) -> (usize, String) {
        let (mut first, mut path) = (name, self.word(name).to_owned());
        for _ in 0..SEGMENTS {
            let Some(link) = self
                .pre
                .previous(first)
                .filter(|link| matches!(self.word(*link), "::" | "." | "->"))
            else {
                break;
            };
            first = link;
            path.insert_str(0, self.word(link));
            let Some(before) = self.pre.previous(link).filter(|before| self.is_name(*before)) else {
                break;
            };
            if is_expression_word(self.word(before)) {
                break;
            }
            first = before;
            path.insert_str(0, self.word(before));
        }
        (first, path)
    }

    /// Whether the path can lead to the function of the system: no member, no C++ class, no Rust type.
    fn is_plain_path(&self, first: usize, name: usize) -> bool {
        let words = (first..name).map(|at| self.word(at)).collect::<Vec<_>>();
        if self.source.language != Language::Rust {
            return words.is_empty() || words == ["::"];
        }
        let module =
            |word: &&str| *word == "::" || *word == "r" || word.starts_with(|c: char| c.is_lowercase() || c == '_');
        words.iter().all(module) && !words.contains(&".")
    }
}

/// Words after which an expression follows.
pub(super) fn is_expression_word(word: &str) -> bool {
    matches!(
        word,
        "return"
            | "goto"
            | "throw"
            | "case"
            | "sizeof"
            | "co_return"
            | "co_await"
            | "co_yield"
            | "delete"
            | "new"
            | "and"
            | "or"
            | "not"
            | "typeof"
            | "__typeof__"
            | "decltype"
            | "if"
            | "while"
            | "switch"
            | "for"
            | "else"
            | "do"
            | "in"
            | "match"
            | "let"
            | "move"
            | "await"
            | "break"
            | "as"
            | "mut"
            | "ref"
            | "unsafe"
            | "__extension__"
            | "alignof"
    )
}
