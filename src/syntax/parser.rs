//! Runs the parser, within bounds that do not depend on the clock: a text costs steps of the parser, and whoever parses many
//! texts for one purpose may spend only so many of them.

use super::grammar::Grammar;
use super::{Node, Text, Tree};
use crate::source::Language;
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::sync::Arc;
use tree_sitter::{ParseOptions, Parser};

/// What the parser may cost for one purpose besides what the purpose's own text costs, in the parser's reports of progress.
/// One stands for about a hundred steps: a text of some hundred bytes, or less where it is broken. Real items take below 2,000.
const ALLOWANCE: u64 = 10_000;
/// Bytes of the text of the purpose that allow one more report: several times what any parsable text takes.
const BYTES_OWN: u64 = 32;
/// The most that any purpose may cost, for the sake of memory: a tree takes dozens of times the memory of its text.
const GREATEST: u64 = 100_000;
/// Bytes that cost as much as a report, for what is done with a text besides parsing it.
const BYTES: usize = 1_024;

thread_local! {
    static PARSERS: RefCell<[Option<Parser>; 3]> = const { RefCell::new([None, None, None]) };
    /// Progress reports that are left on this thread.
    static LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// Does some work that parses texts on account of a text of so many bytes. Also gives whether what it may cost ran out: then
/// the last texts were not parsed.
pub fn within_allowance<T>(bytes: usize, work: impl FnOnce() -> T) -> (T, bool) {
    let outer = LEFT.replace((ALLOWANCE + bytes as u64 / BYTES_OWN).min(GREATEST));
    let result = work();
    let spent = is_spent();
    LEFT.set(outer);
    (result, spent)
}

/// Whether nothing more will be parsed within the allowance.
pub fn is_spent() -> bool {
    LEFT.get() == 0
}

fn spend(reports: u64) -> ControlFlow<()> {
    LEFT.set(LEFT.get().saturating_sub(reports));
    match is_spent() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

/// What some work costs of the allowance, as [`charge`] takes it.
pub fn cost_of<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = LEFT.get();
    let result = work();
    (result, before - LEFT.get())
}

/// Takes from the allowance what was done before, on another account, at this cost: whoever comes first, each pays the same.
pub fn charge(cost: u64) {
    let _ = spend(cost);
}

/// Parses a text. `None` if it takes more than the allowance has left.
pub fn parse(mut text: Text, language: Language) -> Option<Node> {
    if spend((text.text.len() / BYTES) as u64).is_break() {
        return None;
    }
    if language == Language::C
        && let Some(clear) = super::ambiguity::without_called_casts(&text.text)
    {
        text.text = clear;
    }
    let grammar = Grammar::of(language);
    let tree = PARSERS.with_borrow_mut(|parsers| {
        let parser = parsers[language as usize].get_or_insert_with(|| {
            let mut parser = Parser::new();
            parser
                .set_language(&grammar.language)
                .expect("the grammars fit the library");
            parser
        });
        let mut progress = |_: &tree_sitter::ParseState| spend(1);
        let bytes = text.text.as_bytes();
        let options = ParseOptions::new().progress_callback(&mut progress);
        let tree = parser.parse_with_options(&mut |offset, _| bytes.get(offset..).unwrap_or(&[]), None, Some(options));
        parser.reset();
        tree
    })?;
    let tree = Tree::build(text, language, grammar, &tree);
    Some(Node {
        tree: Arc::new(tree),
        index: 0,
    })
}
