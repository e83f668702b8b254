//! Constructs as text. A maker builds statements from what is in scope; what a language has besides that is told by examples: an
//! [`Element`] is a piece of a program with blanks, stands for itself, and gives the sizes that it has made to what follows.
//!
//! In its texts `@` is a number of its own, `$K` a constant, zero often, `$P` one that is not zero, `$T` a test that the input decides,
//! `$C[n]` a call of mremap with this size, `$W[...]` a call that leads to one. What stands in `$A[...]` is only analyzed, what stands in
//! `$D[...]`, one line, only compiled: so functions are made that the analysis does not see.

use crate::execution::random::Random;
use crate::execution::tree::{Node, node};
use crate::execution::variable;

/// A piece of a program.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    /// What it has at file level.
    items: &'static str,
    /// Its statements.
    code: &'static str,
    /// The sizes that it gives, with blanks between them.
    gives: &'static str,
    /// All that it does is visible and bounded, so that each zero must be found. Of others an analysis may say that it does not know.
    pub visible: bool,
}

/// An element of which all is visible.
pub const fn clear(items: &'static str, code: &'static str, gives: &'static str) -> Element {
    let visible = true;
    Element {
        items,
        code,
        gives,
        visible,
    }
}

/// An element of which not all is visible, or of which an analysis need not know what it does, as long as it knows that.
pub const fn vague(items: &'static str, code: &'static str, gives: &'static str) -> Element {
    let visible = false;
    Element {
        items,
        code,
        gives,
        visible,
    }
}

/// One of the elements that a language has. Those of which it is known that the analysis is wrong, each with a fixture of its kind, are
/// left out, unless `EXECUTION_KNOWN` is set; `EXECUTION_ELEMENT=n` takes one alone.
pub fn choose(random: &mut Random, elements: &[Element], known: &[Element]) -> Element {
    let all: Vec<Element> = elements.iter().chain(known).copied().collect();
    match (variable("EXECUTION_ELEMENT"), variable("EXECUTION_KNOWN")) {
        (Some(number), _) => all[number % all.len()],
        (None, Some(_)) => random.one(&all),
        (None, None) => random.one(elements),
    }
}

/// What fills the blanks: a maker.
pub trait Fill {
    /// A constant.
    fn any(&mut self) -> Node;
    /// A constant that is not zero.
    fn plain(&mut self) -> Node;
    /// A test.
    fn test(&mut self) -> Node;
    /// A call of mremap.
    fn call(&mut self, old: Node) -> Node;
}

/// An element with its blanks filled.
pub struct Filled {
    /// What belongs at file level.
    pub items: Node,
    /// The statements.
    pub code: Node,
    /// What later statements may use.
    pub gives: Vec<String>,
}

impl Element {
    /// Whether it can reach mremap.
    pub fn calls(&self) -> bool {
        self.code.contains("$C[") || self.code.contains("$W[")
    }

    /// The element with this number.
    pub fn filled(&self, number: &str, maker: &mut dyn Fill) -> Filled {
        Filled {
            items: filled(self.items, number, maker).optional(),
            code: filled(self.code, number, maker),
            gives: self
                .gives
                .split_whitespace()
                .map(|text| text.replace('@', number))
                .collect(),
        }
    }
}

/// A text with its blanks filled.
fn filled(text: &str, number: &str, maker: &mut dyn Fill) -> Node {
    let mut pieces: Vec<Node> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['@', '$']) {
        pieces.push(rest[..at].into());
        let (mark, inside) = (&rest[at..], rest.get(at + 2..).unwrap_or_default());
        let (piece, length) = match mark.as_bytes() {
            [b'@', ..] => (number.into(), 1),
            [b'$', b'K', ..] => (maker.any(), 2),
            [b'$', b'P', ..] => (maker.plain(), 2),
            [b'$', b'T', ..] => (maker.test(), 2),
            [b'$', kind @ (b'A' | b'C' | b'D' | b'W'), b'[', ..] => {
                let inner = bracketed(inside);
                let piece = match kind {
                    b'A' => Node::Analyzed(inner.replace('@', number)),
                    b'D' => Node::Compiled(inner.replace('@', number)),
                    b'W' => filled(inner, number, maker).call(),
                    _ => {
                        let old = filled(inner, number, maker);
                        maker.call(old)
                    }
                };
                (piece, inner.len() + 4)
            }
            _ => ("$".into(), 1),
        };
        pieces.push(piece);
        rest = &rest[at + length..];
    }
    pieces.push(rest.into());
    node![pieces]
}

/// What a bracket holds that a text begins with.
fn bracketed(text: &str) -> &str {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        depth += i32::from(character == '[') - i32::from(character == ']');
        if depth == 0 {
            return &text[1..at];
        }
    }
    panic!("a bracket that is not closed: {text}")
}
