//! Which items of a file hold which words in their code; comments and strings don't count.

use super::cut::{Cut, ItemKind};
use super::lexer;
use crate::source::Language;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// The words of a file. Words are kept as 64-bit hashes: two that share one make an item be looked at in vain.
#[derive(Debug)]
pub struct Words {
    /// Hash of the word and index of the item, sorted.
    pairs: Vec<(u64, u32)>,
}

impl Words {
    /// Collects the words of all items.
    pub fn new(cut: &Cut, language: Language) -> Words {
        let mut pairs = Vec::new();
        let mut of_item = Vec::new();
        for (index, item) in cut.items.iter().enumerate() {
            let (range, directives) = match &item.kind {
                // What a macro is called is no mention of it.
                ItemKind::Macro { body, .. } => (body.range(), false),
                _ => (item.span.range(), true),
            };
            let tokens = lexer::tokens_of(&cut.clean, range, language, directives);
            let names = tokens.iter().filter(|token| token.is_name());
            of_item.extend(names.map(|token| hash(token.text(&cut.clean))));
            of_item.sort_unstable();
            of_item.dedup();
            pairs.extend(of_item.drain(..).map(|word| (word, index as u32)));
        }
        pairs.sort_unstable();
        pairs.shrink_to_fit();
        Words { pairs }
    }

    /// The items that hold a word, in order.
    pub fn items_with(&self, word: &str) -> impl Iterator<Item = u32> + '_ {
        let wanted = hash(word);
        let first = self.pairs.partition_point(|(word, _)| *word < wanted);
        self.pairs[first..]
            .iter()
            .take_while(move |(word, _)| *word == wanted)
            .map(|(_, item)| *item)
    }
}

fn hash(word: &str) -> u64 {
    // The same in every run, because the hasher has no random keys.
    BuildHasherDefault::<DefaultHasher>::default().hash_one(word.trim_start_matches("r#"))
}
