//! Conditions of `#if` as branches on settings of the build: `&&`, `||` and `!` are taken apart, so that two conditions
//! that share a test agree on it.

use super::{Language, Lowering};
use crate::ir::{BlockId, Expr, Place, Type};
use crate::source::Span;
use crate::syntax::condition;

/// A condition taken apart.
#[derive(Debug, PartialEq)]
enum Formula<'t> {
    Not(&'t str),
    And(&'t str, &'t str),
    Or(&'t str, &'t str),
    /// One test, in the spelling that stands for all its spellings.
    Atom(String),
}

impl<L: Language> Lowering<'_, L> {
    /// Goes to `yes` if a condition of the preprocessor holds, else to `no`.
    pub fn settings(&mut self, text: &str, yes: BlockId, no: BlockId, at: Span) {
        self.deeper(at, (), |lowering| {
            if let Some(truth) = condition::truth(text, lowering.sources.file(lowering.file).language) {
                return lowering.body.goto(if truth { yes } else { no });
            }
            match parse(text) {
                Formula::Not(inner) => lowering.settings(inner, no, yes, at),
                Formula::And(first, second) => {
                    let both = lowering.body.block();
                    lowering.settings(first, both, no, at);
                    lowering.body.switch_to(both);
                    lowering.settings(second, yes, no, at);
                }
                Formula::Or(first, second) => {
                    let other = lowering.body.block();
                    lowering.settings(first, yes, other, at);
                    lowering.body.switch_to(other);
                    lowering.settings(second, yes, no, at);
                }
                Formula::Atom(name) => {
                    let test = Expr::Load(Place::Setting(name), Type::BOOL, at);
                    lowering.body.branch(test, yes, no, at);
                }
            }
        });
        self.body.branch(Expr::Unknown(Type::BOOL, at), yes, no, at);
    }
}

fn parse(text: &str) -> Formula<'_> {
    let text = text.trim();
    if let Some(inner) = enclosed(text) {
        return parse(inner);
    }
    for (operator, both) in [("||", false), ("&&", true)] {
        if let Some(at) = outside_parentheses(text, operator) {
            let (first, second) = (&text[..at], &text[at + 2..]);
            return if both {
                Formula::And(first, second)
            } else {
                Formula::Or(first, second)
            };
        }
    }
    match text.strip_prefix('!') {
        Some(inner) if !inner.starts_with('=') && is_one_test(inner.trim()) => Formula::Not(inner),
        _ => Formula::Atom(spelling(text)),
    }
}

/// Whether `!` in front of the text negates all of it.
fn is_one_test(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let rest = text.trim_start_matches(word).trim_start();
    let called = text.starts_with("defined") && rest.starts_with(word);
    rest.is_empty() || enclosed(rest).is_some() || called && rest.trim_start_matches(word).is_empty()
}

/// What is inside if one pair of parentheses holds all of the text.
fn enclosed(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_i32;
    for byte in inner.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    Some(inner)
}

/// The first place of an operator that is in no parentheses.
fn outside_parentheses(text: &str, operator: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ if depth == 0 && text.as_bytes()[offset..].starts_with(operator.as_bytes()) => return Some(offset),
            _ => {}
        }
    }
    None
}

/// `defined(A)` and `defined A` are `A`; blanks don't count.
fn spelling(text: &str) -> String {
    let defined = text.strip_prefix("defined").map(str::trim);
    let name = defined.and_then(|rest| enclosed(rest).or(Some(rest)).filter(|_| is_one_test(text)));
    name.unwrap_or(text).split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_apart() {
        assert_eq!(
            parse("defined(A) && !defined(B)"),
            Formula::And("defined(A) ", " !defined(B)")
        );
        assert_eq!(parse("((A) || B && C)"), Formula::Or("(A) ", " B && C"));
        assert_eq!(parse("!defined ( A )"), Formula::Not("defined ( A )"));
        assert_eq!(parse("!(A && B)"), Formula::Not("(A && B)"));
        assert_eq!(parse("!A == B"), Formula::Atom("!A==B".to_owned()));
        assert_eq!(parse("defined A"), Formula::Atom("A".to_owned()));
        assert_eq!(parse(" defined ( A ) "), Formula::Atom("A".to_owned()));
        assert_eq!(parse("X >= 3"), Formula::Atom("X>=3".to_owned()));
    }
}
