//! Macros in the head of a function that stand for attributes, or for nothing: a grammar can only guess what they are, and
//! guesses wrong often enough to lose the function. They are blanked before parsing.

use super::Reader;
use crate::syntax::cut::c::is_attribute;
use crate::syntax::cut::keywords::is_type_word;
use std::ops::Range;

/// The bytes to blank in the head of the function whose name is at an index of the reader's tokens.
pub fn noise(reader: &Reader, name: usize, end: usize) -> Vec<Range<usize>> {
    let mut noise = Noise {
        reader,
        found: Vec::new(),
    };
    let mut open = name + 1;
    if reader.word(open) == ")" {
        open += 1;
        noise.pasted_name(name);
    } else if name > 0 {
        noise.specifiers(name);
    }
    if reader.word(open) == "(" {
        let after = reader.after_group(open);
        noise.parameters(open + 1, after - 1);
        // Another list of arguments: the name may be a wrong guess.
        if reader.word(after) != "(" {
            noise.trailing(after, end);
        }
    }
    noise.found
}

struct Noise<'r, 'a> {
    reader: &'r Reader<'a>,
    found: Vec<Range<usize>>,
}

impl Noise<'_, '_> {
    fn blank(&mut self, from: usize, after: usize) {
        let token = |index: usize| self.reader.pre.tokens[self.reader.flow[index]];
        self.found
            .push(token(from).start as usize..token(after - 1).end as usize);
    }

    /// `PASTE(name)(…)` → `name(…)`; `(name)(…)` is fine.
    fn pasted_name(&mut self, name: usize) {
        let open = (0..name)
            .rev()
            .find(|index| self.reader.word(*index) == "(")
            .unwrap_or(0);
        // Without anything before it, it reads like a type of its own, which parses.
        if open > 1 && self.reader.is_name(open - 1) && !is_type_word(self.reader.word(open - 1)) {
            self.blank(open - 1, name);
            self.blank(name + 1, name + 2);
            self.specifiers(open - 1);
        }
    }

    /// What stands before the name. One name may be the type; if a keyword says what the type is, none.
    fn specifiers(&mut self, end: usize) {
        let Some(names) = self.names(0, end) else { return };
        let typed = (0..end).any(|index| is_builtin(self.reader.word(index)));
        let written = |index: &usize| !is_macro_like(self.reader.word(*index));
        let kept = if typed {
            None
        } else {
            names.iter().copied().find(written).or(names.last().copied())
        };
        for index in names.into_iter().filter(|index| Some(*index) != kept) {
            self.blank(index, self.after_arguments(index, end));
        }
    }

    fn parameters(&mut self, open: usize, close: usize) {
        let (mut start, mut index) = (open, open);
        while index <= close {
            if index == close || self.reader.word(index) == "," {
                self.parameter(start, index);
                start = index + 1;
            }
            index = if matches!(self.reader.word(index), "(" | "[" | "{") {
                self.reader.after_group(index)
            } else {
                index + 1
            };
        }
    }

    /// A parameter has one name, and one more for its type if no keyword says what the type is.
    fn parameter(&mut self, start: usize, end: usize) {
        let Some(names) = self.names(start, end) else { return };
        let typed = (start..end).any(|index| is_builtin(self.reader.word(index)));
        let spare = names.len().saturating_sub(if typed { 1 } else { 2 });
        // Behind the name, then in front of it.
        let written = names.iter().rposition(|index| !is_macro_like(self.reader.word(*index)));
        let behind = names.iter().skip(written.map_or(names.len(), |written| written + 1));
        let in_front = names.iter().take(written.unwrap_or(0));
        let spared: Vec<usize> = behind.chain(in_front).copied().collect();
        for index in spared
            .into_iter()
            .filter(|index| is_macro_like(self.reader.word(*index)))
            .take(spare)
        {
            self.blank(index, self.after_arguments(index, end));
        }
    }

    /// What stands between the parameters and the body.
    fn trailing(&mut self, start: usize, end: usize) {
        if self.reader.piece.head.is_old_style() {
            return;
        }
        let mut index = start;
        while index < end && self.reader.is_name(index) {
            let word = self.reader.word(index);
            let after = self.after_arguments(index, end);
            if !is_attribute(word) && !is_function_suffix(word) {
                self.blank(index, after);
            }
            index = after;
        }
    }

    /// The plain names between two indices outside brackets; None if a path or template makes it too hard to tell.
    fn names(&self, start: usize, end: usize) -> Option<Vec<usize>> {
        let (mut names, mut index, mut before) = (Vec::new(), start, "");
        while index < end {
            let word = self.reader.word(index);
            match word {
                "::" | "<" | ">" | "=" | "~" | "operator" | "template" | "typename" => return None,
                "(" | "[" | "{" => {
                    index = self.reader.after_group(index);
                    continue;
                }
                _ => {}
            }
            let tag = matches!(before, "struct" | "union" | "enum" | "class");
            if self.reader.is_name(index) && !tag && !is_attribute(word) && !is_type_word(word) && !is_specifier(word) {
                names.push(index);
            }
            (index, before) = (index + 1, word);
        }
        Some(names)
    }

    /// The index after a name and the bracket that follows it.
    fn after_arguments(&self, index: usize, end: usize) -> usize {
        let open = index + 1 < end && self.reader.word(index + 1) == "(";
        if open {
            self.reader.after_group(index + 1).min(end)
        } else {
            index + 1
        }
    }
}

/// Keywords that make a type.
fn is_builtin(word: &str) -> bool {
    let makes = |word: &str| {
        !matches!(
            word,
            "const"
                | "volatile"
                | "restrict"
                | "__restrict"
                | "__restrict__"
                | "static"
                | "extern"
                | "inline"
                | "register"
        )
    };
    is_type_word(word) && makes(word) && !is_specifier(word)
}

fn is_specifier(word: &str) -> bool {
    matches!(
        word,
        "__inline"
            | "__inline__"
            | "__const"
            | "__volatile__"
            | "_Noreturn"
            | "noreturn"
            | "thread_local"
            | "override"
            | "constexpr"
            | "mutable"
            | "typedef"
            | "virtual"
            | "friend"
            | "explicit"
            | "consteval"
            | "typename"
    )
}

/// Written as macros are, in capitals or with two underscores in front, and not as types such as `__u32` are.
fn is_macro_like(word: &str) -> bool {
    let typed = word.ends_with("_t") || word.ends_with(|last: char| last.is_ascii_digit());
    !typed && (word.starts_with("__") || !word.contains(|c: char| c.is_lowercase()))
}

fn is_function_suffix(word: &str) -> bool {
    matches!(
        word,
        "const" | "volatile" | "override" | "final" | "try" | "mutable" | "noexcept" | "throw"
    )
}
