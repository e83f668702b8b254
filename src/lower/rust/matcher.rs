//! Matchers of `macro_rules!` against the tokens of a use.

use std::ops::Range;

use super::expansion::{Binding, Bindings, DEPTH, Definition, Input, after_group, bracket};
use crate::syntax::lexer::TokenKind;

/// A matcher against arguments.
pub struct Match<'m> {
    /// The macro.
    pub definition: &'m Definition,
    /// The arguments.
    pub input: &'m Input,
}

impl Match<'_> {
    /// The bindings if the matcher fits all of the arguments.
    pub fn whole(&self, matcher: Range<usize>) -> Option<Bindings> {
        let (bindings, at) = self.sequence(matcher, 0, 0)?;
        (at == self.input.tokens.len()).then_some(bindings)
    }

    /// Matches from a token of the arguments on; gives the token after.
    fn sequence(&self, matcher: Range<usize>, start: usize, depth: u32) -> Option<(Bindings, usize)> {
        let (mut bindings, mut at, mut next) = (Bindings::new(), start, matcher.start);
        while next < matcher.end {
            let word = self.definition.word(next);
            if word == "$" && self.definition.word(next + 1) == "(" && depth < DEPTH {
                let repetition = self.repetition(next + 1, matcher.end)?;
                let (found, after) = self.rounds(&repetition, at, depth)?;
                bindings.extend(found);
                (at, next) = (after, repetition.after);
            } else if let Some(name) = word.strip_prefix('$').filter(|_| self.definition.word(next + 1) == ":") {
                let kind = self.definition.word(next + 2);
                let after = self.fragment(kind, at)?;
                bindings.insert(name.to_owned(), Binding::One(at..after, kind == "expr"));
                (at, next) = (after, next + 3);
            } else {
                if self.input.word(at) != word || at >= self.input.tokens.len() {
                    return None;
                }
                (at, next) = (at + 1, next + 1);
            }
        }
        Some((bindings, at))
    }

    /// `$( … ) separator operator` whose bracket opens at a token.
    fn repetition(&self, open: usize, end: usize) -> Option<Repetition> {
        Repetition::read(self.definition, open, end)
    }

    fn rounds(&self, repetition: &Repetition, start: usize, depth: u32) -> Option<(Bindings, usize)> {
        let (mut at, mut rounds) = (start, Vec::new());
        let mut resume = start;
        while at < self.input.tokens.len() && (repetition.operator != "?" || rounds.is_empty()) {
            let Some((bindings, after)) = self.sequence(repetition.inner.clone(), at, depth + 1) else {
                break;
            };
            if after == at {
                break;
            }
            rounds.push(bindings);
            resume = after;
            match repetition.separator.as_str() {
                "" => at = after,
                separator if self.input.word(after) == separator => at = after + 1,
                _ => break,
            }
        }
        if rounds.is_empty() && repetition.operator == "+" {
            return None;
        }
        let mut found = Bindings::new();
        for name in repetition.names(self.definition) {
            let each = rounds.iter().filter_map(|round| round.get(&name).cloned()).collect();
            found.insert(name, Binding::Many(each));
        }
        Some((found, resume))
    }

    /// The token after a fragment of a kind.
    fn fragment(&self, kind: &str, at: usize) -> Option<usize> {
        let token = self.input.tokens.get(at)?;
        let word = self.input.word(at);
        let group = || after_group(&|at| bracket(self.input.word(at)), at, self.input.tokens.len());
        match kind {
            "ident" => (token.kind == TokenKind::Identifier).then_some(at + 1),
            "lifetime" => (token.kind == TokenKind::Lifetime).then_some(at + 1),
            "tt" => match bracket(word) {
                0 => Some(at + 1),
                1 => Some(group()),
                _ => None,
            },
            "literal" => {
                let at = at + usize::from(word == "-");
                let literal = self.input.tokens.get(at)?;
                let named = matches!(self.input.word(at), "true" | "false");
                (named
                    || matches!(
                        literal.kind,
                        TokenKind::Number | TokenKind::String | TokenKind::Character
                    ))
                .then_some(at + 1)
            }
            "block" => (word == "{").then(group),
            "vis" if word != "pub" => Some(at),
            "vis" => Some(if self.input.word(at + 1) == "(" {
                after_group(&|at| bracket(self.input.word(at)), at + 1, self.input.tokens.len())
            } else {
                at + 1
            }),
            "expr" | "stmt" | "expr_2021" => self.until(at, &[",", ";", "=>"]),
            "ty" | "path" => self.until(at, &[",", ";", "=>", "=", "{", "|", ":", "as", "where", ">"]),
            "pat" | "pat_param" => self.until(at, &["=>", ",", "=", "if", "in"]),
            "meta" | "item" => self.until(at, &[",", ";", "]"]),
            _ => None,
        }
    }

    /// The token before which a fragment ends: the first of the words outside of brackets.
    fn until(&self, start: usize, stops: &[&str]) -> Option<usize> {
        let end = self.input.tokens.len();
        let mut at = self.after_parameters(start);
        let mut angles = 0_usize;
        while at < end {
            let word = self.input.word(at);
            match word {
                "<" if at > start && (self.input.word(at - 1) == "::" || stops.contains(&"where")) => angles += 1,
                ">" if angles > 0 => angles -= 1,
                ">>" if angles > 0 => angles = angles.saturating_sub(2),
                _ if angles == 0 && stops.contains(&word) => break,
                _ if bracket(word) == 2 => break,
                _ if bracket(word) == 1 => {
                    at = after_group(&|at| bracket(self.input.word(at)), at, end);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        (at > start).then_some(at)
    }

    /// A closure's parameters hold commas.
    fn after_parameters(&self, start: usize) -> usize {
        let open = start + usize::from(self.input.word(start) == "move");
        if self.input.word(open) != "|" {
            return start;
        }
        (open + 1..self.input.tokens.len())
            .find(|&at| self.input.word(at) == "|")
            .map_or(start, |close| close + 1)
    }
}

/// `$( … ) separator operator`
pub struct Repetition {
    /// What is repeated.
    pub inner: Range<usize>,
    /// What stands between.
    pub separator: String,
    operator: String,
    /// The token after it.
    pub after: usize,
}

impl Repetition {
    /// The repetition whose bracket opens at a token.
    pub fn read(definition: &Definition, open: usize, end: usize) -> Option<Repetition> {
        let close = after_group(&|at| bracket(definition.word(at)), open, end) - 1;
        let operator = |word: &str| matches!(word, "*" | "+" | "?");
        let word = definition.word(close + 1);
        let (separator, at) = if operator(word) {
            (String::new(), close + 1)
        } else {
            (word.to_owned(), close + 2)
        };
        let found = definition.word(at);
        operator(found).then(|| Repetition {
            inner: open + 1..close,
            separator,
            operator: found.to_owned(),
            after: at + 1,
        })
    }

    /// The names bound or used in it.
    pub fn names(&self, definition: &Definition) -> Vec<String> {
        let names = self
            .inner
            .clone()
            .filter_map(|at| definition.word(at).strip_prefix('$'));
        names
            .filter(|name| !name.is_empty() && *name != "crate")
            .map(str::to_owned)
            .collect()
    }
}
