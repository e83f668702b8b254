//! Names inside the body of a type: enumerators, methods with bodies, nested types, constants of a class.

use super::{Found, Reader};
use crate::syntax::cut::NameKind;

/// Adds the names inside the body of a type that opens at an index of the reader's tokens.
pub fn names(reader: &Reader, found: &mut Found, body: usize) {
    let end = reader.after_group(body);
    let (open, start) = (Vec::new(), body + 1);
    let mut members = Members {
        reader,
        found,
        open,
        start,
        called: None,
        initializers: false,
    };
    let mut index = body;
    while index < end {
        index = members.step(index);
    }
}

/// A walk over the body of a type.
struct Members<'r, 'a, 'f> {
    reader: &'r Reader<'a>,
    found: &'f mut Found,
    /// Open bodies: whether each is an enumeration.
    open: Vec<bool>,
    /// Where the member began.
    start: usize,
    /// The name before the member's first round bracket.
    called: Option<usize>,
    /// The `:` before the initialisers of a constructor was passed.
    initializers: bool,
}

impl Members<'_, '_, '_> {
    fn step(&mut self, index: usize) -> usize {
        match self.reader.word(index) {
            "{" => return self.open_brace(index),
            "}" => {
                self.enumerator(index);
                self.open.pop();
                self.begin(index + 1);
            }
            "," if self.open.last() == Some(&true) => {
                self.enumerator(index);
                self.begin(index + 1);
            }
            ":" if self.called.is_some() => self.initializers = true,
            ":" if self.names_access(index) => self.start = index + 1,
            ";" => {
                self.member(index);
                self.begin(index + 1);
            }
            "(" | "[" => {
                let before = index - 1;
                // A call-like thing in front is a macro; the method comes after it.
                let open = self
                    .called
                    .is_none_or(|called| called == self.start && !self.initializers);
                if open && self.reader.is_declared_name(before) && self.reader.word(index) == "(" {
                    self.called = Some(before);
                }
                return self.reader.after_group(index);
            }
            _ => {}
        }
        index + 1
    }

    fn names_access(&self, colon: usize) -> bool {
        matches!(
            self.reader.word(colon - 1),
            "public" | "private" | "protected" | "slots" | "signals"
        )
    }

    fn begin(&mut self, index: usize) {
        self.start = index;
        self.called = None;
        self.initializers = false;
    }

    fn enumerator(&mut self, _end: usize) {
        if self.open.last() == Some(&true) && self.reader.is_name(self.start) {
            let name = self.reader.word(self.start).to_owned();
            self.found.names.push((NameKind::Enumerator, name));
        }
    }

    /// A member that ends with a semicolon: of interest if it is a constant of the class.
    fn member(&mut self, end: usize) {
        let constant = (self.start..end).any(|index| matches!(self.reader.word(index), "static" | "constexpr"));
        let Some(equals) = (self.start..end).find(|index| self.reader.word(*index) == "=") else {
            return;
        };
        if constant && self.called.is_none() && equals > self.start && self.reader.is_name(equals - 1) {
            let name = self.reader.word(equals - 1).to_owned();
            self.found.names.push((NameKind::Variable, name));
        }
    }

    fn open_brace(&mut self, index: usize) -> usize {
        let head = self.start..index;
        let keyword = head
            .clone()
            .rev()
            .find(|at| matches!(self.reader.word(*at), "struct" | "union" | "class" | "enum"));
        let first = self.open.is_empty();
        if first || (self.called.is_none() && keyword.is_some()) {
            let keyword = keyword.or_else(|| (0..index).rev().find(|at| is_tag_keyword(self.reader.word(*at))));
            // `enum class` is found by its second word.
            let is_enum =
                keyword.is_some_and(|at| self.reader.word(at) == "enum" || self.reader.word(at.max(1) - 1) == "enum");
            if !first
                && let Some(keyword) = keyword
                && self.reader.is_name(keyword + 1)
            {
                self.found
                    .names
                    .push((NameKind::Type, self.reader.word(keyword + 1).to_owned()));
                if let Some(colon) = (keyword..index).find(|at| self.reader.word(*at) == ":") {
                    self.reader.bases(self.found, colon..index);
                }
            }
            self.open.push(is_enum);
            self.begin(index + 1);
            return index + 1;
        }
        if let Some(name) = self.called {
            self.found.names.push((NameKind::Function, self.reader.spelling(name)));
        }
        let after = self.reader.after_group(index);
        // A body ends its member, an initialiser in braces goes on.
        if self.called.is_some() && !matches!(self.reader.word(after), "," | "{" | "(") {
            self.begin(after);
        }
        after
    }
}

fn is_tag_keyword(word: &str) -> bool {
    matches!(word, "struct" | "union" | "class" | "enum")
}
