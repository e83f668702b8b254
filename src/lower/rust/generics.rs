//! The names that the generic parameters of a function, and of the block around it, have as their own: they hide types and
//! constants of these names.

use std::collections::BTreeSet;

use crate::lower::Unit;
use crate::source::Language;
use crate::syntax::index::ItemId;
use crate::syntax::lexer;

/// How far the head of a block is looked for.
const HEAD: usize = 1 << 16;

/// How many pieces between semicolons and braces a head may have.
const PIECES: usize = 4;

/// The names of the parameters that an item sees.
pub fn parameters(unit: Unit<'_>, id: ItemId) -> BTreeSet<String> {
    let (file, item) = unit.index.item(id);
    let text = &unit.index.cut(file).clean;
    let own = text.get(item.span.range()).unwrap_or("");
    let own = own.split(['(', '{', ';', '=']).next().unwrap_or("");
    let mut found = BTreeSet::new();
    let around = (!item.scope.is_empty()).then(|| head_around(text, item.span.start as usize));
    for head in [own, around.flatten().unwrap_or("")] {
        collect(head, &mut found);
    }
    found
}

/// Adds the names in the first angle brackets behind the word that begins a head.
fn collect(head: &str, found: &mut BTreeSet<String>) {
    let tokens = lexer::tokens(head, Language::Rust);
    let word = |index: usize| tokens.get(index).map_or("", |token| token.text(head));
    let begins = |index: &usize| matches!(word(*index), "impl" | "trait" | "fn");
    let Some(first) = (0..tokens.len()).find(begins) else {
        return;
    };
    let open = first + if word(first) == "impl" { 1 } else { 2 };
    if word(open) != "<" {
        return;
    }
    let mut depth = 0_usize;
    for index in open..tokens.len() {
        match word(index) {
            "<" | "(" | "[" => depth += 1,
            ">" | ")" | "]" => depth = depth.saturating_sub(1),
            ">>" => depth = depth.saturating_sub(2),
            _ => {}
        }
        if depth == 0 {
            return;
        }
        let name = index + 1 + usize::from(word(index + 1) == "const");
        let named = tokens.get(name).is_some_and(|token| token.is_name());
        if depth == 1 && matches!(word(index), "<" | ",") && named {
            found.insert(word(name).to_owned());
        }
    }
}

/// The text between what stands before a block and its brace, for the innermost block around a place.
pub fn head_around(text: &str, start: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let open = (start.saturating_sub(HEAD)..start).rev().find(|&at| {
        match bytes.get(at) {
            Some(b'}') => depth += 1,
            Some(b'{') if depth == 0 => return true,
            Some(b'{') => depth -= 1,
            _ => {}
        }
        false
    })?;
    // A length of an array among the bounds has a semicolon.
    let mut from = open;
    for _ in 0..PIECES {
        let before = text.get(..from)?.rfind([';', '{', '}']);
        let head = text.get(before.map_or(0, |at| at + 1)..open)?;
        let tokens = lexer::tokens(head, Language::Rust);
        let heads = ["impl", "trait", "mod", "fn", "extern"];
        if tokens.iter().any(|token| heads.contains(&token.text(head))) {
            return Some(head);
        }
        from = before?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let names = |head: &str| {
            let mut found = BTreeSet::new();
            collect(head, &mut found);
            found.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("impl<'a, T: Into<Vec<u8>>, const N: usize> A<T, N>"), "N T");
        assert_eq!(names("pub fn f<A, B: Fn(A) -> u8>"), "A B");
        assert_eq!(names("impl A<u8>"), "");
    }

    #[test]
    fn heads() {
        let text = "impl A { fn a() { \"{}\"; } fn b() {} } impl T for A where [(); 3]: { fn c() {} }";
        let around = |place: &str| head_around(text, text.find(place).unwrap_or(0)).map(str::trim);
        assert_eq!(around("fn b"), Some("impl A"));
        assert_eq!(around("fn c"), Some("impl T for A where [(); 3]:"));
    }
}
