//! Names that a macro declares for itself: variables of the caller with the same names are others.

use std::collections::BTreeSet;
use std::ops::Range;

use super::macro_text::{Definition, bracket};

/// Between a name that a macro declares and the number of its use: a letter that no source has there.
const MARK: char = '\u{2b9}';

/// The name of a variable that a macro declares for itself.
pub fn renamed(name: &str, mark: usize) -> String {
    format!("{name}{MARK}{mark}")
}

/// The names that the body of a macro declares: between `let` and `=`, between `for` and `in`, between the bars of a closure.
/// What it defines for other macros it shares with them.
pub fn own_names(definition: &Definition, body: &Range<usize>) -> BTreeSet<String> {
    let word = |at: usize| definition.word(at);
    let mut found = BTreeSet::new();
    if body.clone().any(|at| word(at) == "macro_rules") {
        return found;
    }
    for start in body.clone() {
        let before = if start > body.start { word(start - 1) } else { "(" };
        let ends: &[&str] = match word(start) {
            "let" => &["=", ";", ":"],
            "for" => &["in", "{", "<"],
            "|" if matches!(before, "(" | "," | "=" | "move" | "{" | ";" | "=>") => &["|"],
            _ => continue,
        };
        let end = (start + 1..body.end).find(|&at| ends.contains(&word(at)));
        for at in start + 1..end.unwrap_or(start + 1) {
            let name = word(at);
            if name == "{" {
                // Fields have the names that they have.
                break;
            }
            let plain = definition.is_name(at)
                && name.starts_with(|c: char| c.is_lowercase() || c == '_')
                && !matches!(name, "mut" | "ref" | "box" | "_" | "self" | "crate" | "super");
            let path = matches!(word(at + 1), "(" | "::" | "{" | "!") || matches!(word(at - 1), "::" | "$");
            if plain && !path {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

/// Whether a name in the body of a macro stands for a variable: it is no field, method, macro or part of a path.
pub fn is_variable(definition: &Definition, at: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |at| definition.word(at));
    let (next, label) = (definition.word(at + 1), matches!(before, "{" | ","));
    !(matches!(before, "." | "::" | "$" | "fn") || matches!(next, "::" | "!") || label && next == ":")
}

/// Whether a name stands for a field and its value: `Name { field }`.
pub fn is_shorthand(definition: &Definition, at: usize) -> bool {
    if !matches!(definition.word(at + 1), "," | "}") {
        return false;
    }
    let (mut depth, mut open) = (0_usize, at);
    while let Some(before) = open.checked_sub(1) {
        open = before;
        match bracket(definition.word(open)) {
            2 => depth += 1,
            1 if depth == 0 => break,
            1 => depth -= 1,
            _ => {}
        }
    }
    let name = open.checked_sub(1).map_or("", |at| definition.word(at));
    let direct = matches!(definition.word(at.saturating_sub(1)), "{" | ",");
    direct && definition.word(open) == "{" && name.starts_with(|c: char| c.is_uppercase())
}
