//! Conditions of `#[cfg(…)]`, `cfg!(…)` and `cfg_attr` from their text, taken apart so that each leaf is a setting of its
//! own.

use crate::source::Language;
use crate::syntax::condition;
use crate::syntax::lexer::{self, Token};

/// How deep conditions may nest.
const DEPTH: u32 = 64;

/// A condition on how the program is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Decided for Linux.
    Known(bool),
    /// The build decides: the text in one spelling.
    Setting(String),
    /// All of them.
    All(Vec<Condition>),
    /// One of them at least.
    Any(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
}

impl Condition {
    /// Whether it holds whatever the build.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Condition::Known(truth) => Some(*truth),
            Condition::Setting(_) => None,
            Condition::Not(inner) => inner.truth().map(|truth| !truth),
            Condition::All(parts) => decide(parts, false),
            Condition::Any(parts) => decide(parts, true),
        }
    }
}

/// The truth of parts of which one with the truth `deciding` decides.
fn decide(parts: &[Condition], deciding: bool) -> Option<bool> {
    let truths: Vec<_> = parts.iter().map(Condition::truth).collect();
    match truths.contains(&Some(deciding)) {
        true => Some(deciding),
        false => truths.iter().all(|truth| truth.is_some()).then_some(!deciding),
    }
}

/// The condition of an attribute: what stands in `#[cfg(…)]`; `None` if it is another attribute.
pub fn attribute(text: &str) -> Option<Condition> {
    let tokens = lexer::tokens(text, Language::Rust);
    let at = tokens.iter().position(|token| token.text(text) == "[")? + 1;
    if tokens.get(at)?.text(text) != "cfg" || tokens.get(at + 1)?.text(text) != "(" {
        return None;
    }
    Some(
        Reader {
            text,
            tokens: &tokens,
            at: at + 2,
        }
        .condition(0),
    )
}

/// The condition in the brackets of `cfg!(…)`.
pub fn read(text: &str) -> Condition {
    let tokens = lexer::tokens(text, Language::Rust);
    Reader {
        text,
        tokens: &tokens,
        at: 0,
    }
    .condition(0)
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |token| token.text(self.text))
    }

    fn next(&mut self) -> &'a str {
        let text = self.peek();
        self.at += 1;
        text
    }

    fn condition(&mut self, depth: u32) -> Condition {
        let name = self.next();
        match self.peek() {
            "(" if depth < DEPTH => {
                self.at += 1;
                let mut parts = self.list(depth + 1);
                match name {
                    "all" => Condition::All(parts),
                    "any" => Condition::Any(parts),
                    "not" if parts.len() == 1 => Condition::Not(Box::new(parts.swap_remove(0))),
                    _ => Condition::Setting(name.to_owned()),
                }
            }
            "=" => {
                self.at += 1;
                leaf(format!("{name} = {}", self.next()))
            }
            _ => leaf(name.to_owned()),
        }
    }

    fn list(&mut self, depth: u32) -> Vec<Condition> {
        let mut parts = Vec::new();
        while self.at < self.tokens.len() && self.peek() != ")" {
            parts.push(self.condition(depth));
            while !matches!(self.peek(), "," | ")" | "") {
                self.at += 1;
            }
            self.at += usize::from(self.peek() == ",");
        }
        self.at += 1;
        parts
    }
}

fn leaf(text: String) -> Condition {
    match (text.as_str(), condition::truth(&text, Language::Rust)) {
        ("true", _) => Condition::Known(true),
        ("false", _) => Condition::Known(false),
        (_, Some(truth)) => Condition::Known(truth),
        (_, None) => Condition::Setting(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes() {
        let setting = |text: &str| Condition::Setting(text.to_owned());
        assert_eq!(attribute("#[cfg(miri)]"), Some(setting("miri")));
        assert_eq!(attribute("#[cfg(feature=\"big\")]"), Some(setting("feature = \"big\"")));
        let both = Condition::All(vec![setting("miri"), Condition::Not(Box::new(setting("test")))]);
        assert_eq!(attribute("#[ cfg ( all ( miri , not(test), ) ) ]"), Some(both));
        assert_eq!(attribute("#[inline]"), None);
        assert_eq!(attribute("#[cfg_attr(miri, inline)]"), None);
    }

    #[test]
    fn truths() {
        assert_eq!(read("all(true, miri)").truth(), None);
        assert_eq!(read("all(false, miri)").truth(), Some(false));
        assert_eq!(read("any(true, miri)").truth(), Some(true));
        assert_eq!(read("not(false)").truth(), Some(true));
        assert_eq!(read("all()").truth(), Some(true));
        assert_eq!(read("any()").truth(), Some(false));
    }

    #[test]
    fn nonsense_ends() {
        for text in ["", "(", "all(", "not()", "all(,)", "= = =", "any(a b c, d"] {
            read(text);
        }
        read(&"not(".repeat(100_000));
    }
}
