//! Conditions of `#[cfg(…)]`, `cfg!(…)` and `cfg_attr` from their text, taken apart so that each leaf is a setting of its
//! own.

use super::lexer::{self, Token};
use crate::source::Language;

/// How deep conditions may nest.
const DEPTH: u32 = 64;

/// A condition on how the program is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// One test, by its text in one spelling: `unix`, `target_os = "linux"`.
    Setting(String),
    /// All of them.
    All(Vec<Condition>),
    /// One of them at least.
    Any(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
}

impl Condition {
    /// Whether it holds, as far as the truths of its settings say.
    pub fn truth(&self, setting: fn(&str) -> Option<bool>) -> Option<bool> {
        // One part with the truth `deciding` decides.
        let decide = |parts: &[Condition], deciding: bool| {
            let truths: Vec<_> = parts.iter().map(|part| part.truth(setting)).collect();
            match truths.contains(&Some(deciding)) {
                true => Some(deciding),
                false => truths.iter().all(Option::is_some).then_some(!deciding),
            }
        };
        match self {
            Condition::Setting(text) => setting(text),
            Condition::Not(inner) => inner.truth(setting).map(|truth| !truth),
            Condition::All(parts) => decide(parts, false),
            Condition::Any(parts) => decide(parts, true),
        }
    }
}

/// Whether a condition holds on Linux; `None` if the build decides.
pub fn on_linux(predicate: &str) -> Option<bool> {
    read(predicate).truth(|setting| match setting.split_once(" = ") {
        None => match setting {
            "unix" | "true" => Some(true),
            "windows" | "false" => Some(false),
            _ => None,
        },
        Some((name, value)) => match (name, value.trim_matches('"')) {
            ("target_os", "linux") | ("target_family", "unix") => Some(true),
            // Android is a Linux too, and Emscripten has the function of the name.
            ("target_os", "android" | "emscripten") => None,
            ("target_os", _) | ("target_family", "windows") | ("target_vendor", "apple") | ("target_env", "msvc") => {
                Some(false)
            }
            _ => None,
        },
    })
}

/// The truth of a setting in code that is followed. What Linux excludes as an item or a statement is gone from it already; of
/// a test for a system in an expression both ways are followed.
pub fn everywhere(setting: &str) -> Option<bool> {
    match setting {
        "unix" | "true" => Some(true),
        "false" => Some(false),
        _ => None,
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
                Condition::Setting(format!("{name} = {}", self.next()))
            }
            _ => Condition::Setting(name.to_owned()),
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
        assert_eq!(read("all(true, miri)").truth(everywhere), None);
        assert_eq!(read("all(false, miri)").truth(everywhere), Some(false));
        assert_eq!(read("any(true, miri)").truth(everywhere), Some(true));
        assert_eq!(read("not(false)").truth(everywhere), Some(true));
        assert_eq!(read("all()").truth(everywhere), Some(true));
        assert_eq!(read("any()").truth(everywhere), Some(false));
    }

    #[test]
    fn linux_decides_some() {
        assert_eq!(on_linux(r#"target_os = "linux""#), Some(true));
        assert_eq!(on_linux(r#"not(any(target_os = "linux", windows))"#), Some(false));
        assert_eq!(on_linux(r#"all(unix, feature = "x")"#), None);
        assert_eq!(
            on_linux(r#"any(target_os = "netbsd", target_os = "macos")"#),
            Some(false)
        );
        assert_eq!(on_linux(r#"any(target_os = "android", target_os = "macos",)"#), None);
        assert_eq!(on_linux("test"), None);
        assert_eq!(on_linux(&"all(".repeat(100_000)), None);
    }

    #[test]
    fn nonsense_ends() {
        for text in ["", "(", "all(", "not()", "all(,)", "= = =", "any(a b c, d"] {
            read(text);
        }
        read(&"not(".repeat(100_000));
    }
}
