//! The traits that functions belong to.

use super::Lower;
use super::generics::head_around;
use super::names::segments;
use crate::source::Language;
use crate::syntax::index::ItemId;
use crate::syntax::lexer;

/// The trait that a function belongs to: the one that it stands in, or that the `impl` around it implements.
pub fn trait_of(lowering: &Lower<'_>, id: ItemId) -> Option<String> {
    let (file, item) = lowering.index.item(id);
    if item.scope.is_empty() {
        return None;
    }
    implemented(head_around(&lowering.index.cut(file).clean, item.span.start as usize)?)
}

/// The name of the trait in a head: `unsafe impl<T> a::Trait<T> for Type`, `pub trait Trait`.
fn implemented(head: &str) -> Option<String> {
    let tokens = lexer::tokens(head, Language::Rust);
    let word = |index: usize| tokens.get(index).map_or("", |token| token.text(head));
    let first = (0..tokens.len()).find(|&index| matches!(word(index), "impl" | "trait"))?;
    if word(first) == "trait" {
        return Some(word(first + 1).to_owned());
    }
    let (mut depth, mut start) = (0_usize, None);
    for (index, token) in tokens.iter().enumerate().skip(first + 1) {
        let before = depth;
        match word(index) {
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            ">>" => depth = depth.saturating_sub(2),
            "for" if depth == 0 && word(index + 1) != "<" => {
                let text = head.get(start?..token.start as usize)?;
                return segments(text).pop();
            }
            "where" if depth == 0 => return None,
            _ => {}
        }
        if depth == 0 && before == 0 && start.is_none() {
            start = Some(token.start as usize);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits() {
        let cases = [
            (
                "pub(crate) unsafe impl<T: Into<Vec<u8>>> a::Len<T> for Cut<T>",
                Some("Len"),
            ),
            ("impl Cut", None),
            ("impl<F> Cut<F> where F: for<'a> Fn(&'a u8)", None),
            ("impl<F> Len for Cut<F> where F: for<'a> Fn(&'a u8)", Some("Len")),
            ("pub trait Len: Sized", Some("Len")),
            ("mod a", None),
        ];
        for (head, expected) in cases {
            assert_eq!(implemented(head).as_deref(), expected, "{head}");
        }
    }
}
