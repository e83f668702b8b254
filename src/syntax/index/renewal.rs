//! An index of sources of which some have changed, and what the change leaves as it was.

use super::trees::Trees;
use super::{Index, Indexed, ItemId, indexed};
use crate::source::{FileId, Language, SourceFile, Sources};
use crate::syntax::cut::NameKind;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What is another in an index than in the one before.
#[derive(Debug, Default)]
pub struct Change {
    /// Names that items bring into being which were not there before, or are not there any more.
    names: BTreeMap<NameKind, BTreeSet<String>>,
    /// Of each file that has changed: which of the items before each item is, unless it is new.
    items: BTreeMap<FileId, Vec<Option<u32>>>,
    /// A file has changed that is Rust, or was: what is said of its items stands around them, too.
    rust: bool,
}

impl Change {
    /// What an item was called before; nothing if there was none such, at the same place with the same text.
    pub fn before(&self, id: ItemId) -> Option<ItemId> {
        match self.items.get(&id.file) {
            None => Some(id),
            Some(items) => items[id.index as usize].map(|index| ItemId { index, ..id }),
        }
    }

    /// Whether no item has come or gone that brings a name into being.
    pub(super) fn leaves(&self, kind: NameKind, name: &str) -> bool {
        self.names.get(&kind).is_none_or(|names| !names.contains(name))
    }

    /// Whether what was lowered of a language may read of more than the items that it asks for by name.
    pub(super) fn is_about(&self, language: Language) -> bool {
        self.rust && language == Language::Rust
    }
}

impl Index {
    /// The index of other sources, of which this one's are an earlier state: what has not changed is taken over.
    pub fn renewed(mut self, before: &Sources, sources: &Sources) -> (Index, Change) {
        let mut change = Change::default();
        self.trees = Trees::default();
        let is_same = |id: FileId, file: &SourceFile| {
            before
                .files()
                .get(id.0 as usize)
                .is_some_and(|old| old.is_same_as(file))
        };
        let new: Vec<(FileId, &SourceFile)> = sources.iter().filter(|(id, file)| !is_same(*id, file)).collect();
        let kept = sources.files().len().min(self.files.len());
        let gone: Vec<Arc<Indexed>> = self.files.drain(kept..).collect();
        for (index, old) in gone.iter().enumerate() {
            self.take_away(FileId((kept + index) as u32), old, |_| true, &mut change);
        }
        for (id, indexed) in indexed(&new, &self.sinks) {
            let index = id.0 as usize;
            let file = sources.file(id);
            match self.files.get(index).cloned() {
                Some(old) => {
                    let texts = (&*before.file(id).text, &*file.text);
                    let is_renamed = before.file(id).path != file.path;
                    let items = match is_renamed {
                        true => vec![None; indexed.cut.items.len()],
                        false => same_items(&old, &indexed, texts),
                    };
                    let same: BTreeSet<u32> = items.iter().flatten().copied().collect();
                    self.take_away(id, &old, |item| !same.contains(&item), &mut change);
                    change.add(id, &indexed, items);
                    self.files[index] = Arc::new(indexed);
                }
                None => {
                    change.add(id, &indexed, vec![None; indexed.cut.items.len()]);
                    self.files.push(Arc::new(indexed));
                }
            }
            let indexed = Arc::clone(&self.files[index]);
            self.add_names(id, &indexed.cut);
        }
        if change.rust {
            self.imports = std::sync::OnceLock::new();
        }
        (self, change)
    }

    /// Takes the names of a file away. Those of items that are `gone` are told.
    fn take_away(&mut self, id: FileId, old: &Indexed, gone: impl Fn(u32) -> bool, change: &mut Change) {
        change.rust |= old.language == Language::Rust;
        for name in &old.cut.names {
            if gone(name.item) {
                change.names.entry(name.kind).or_default().insert(name.text.clone());
            }
            if let Some(ids) = self
                .names
                .get_mut(&name.kind)
                .and_then(|names| names.get_mut(&name.text))
            {
                ids.retain(|known| known.file != id);
            }
        }
    }
}

impl Change {
    fn add(&mut self, id: FileId, indexed: &Indexed, items: Vec<Option<u32>>) {
        self.rust |= indexed.language == Language::Rust;
        let is_new = |item: u32| items[item as usize].is_none();
        for name in indexed.cut.names.iter().filter(|name| is_new(name.item)) {
            self.names.entry(name.kind).or_default().insert(name.text.clone());
        }
        self.items.insert(id, items);
    }
}

/// Which of the items of an earlier state of a file each item is: of the same text at the same place.
fn same_items(old: &Indexed, new: &Indexed, (old_text, new_text): (&str, &str)) -> Vec<Option<u32>> {
    if old.language != new.language || old.cut.pragmas != new.cut.pragmas {
        return vec![None; new.cut.items.len()];
    }
    let places = old.cut.items.iter().enumerate();
    let places: HashMap<(u32, u32), usize> = places
        .map(|(index, item)| ((item.span.start, item.span.end), index))
        .collect();
    let calls = |of: &Indexed, start: u32, end: u32| {
        let first = of.cut.calls.partition_point(|call| call.callee.start < start);
        let last = of.cut.calls.partition_point(|call| call.callee.start < end);
        first..last.max(first)
    };
    let items = new.cut.items.iter();
    let before = items.map(|item| {
        let index = *places.get(&(item.span.start, item.span.end))?;
        let range = item.span.range();
        let is_same = old.cut.items[index] == *item
            && old_text.get(range.clone()) == new_text.get(range.clone())
            && old.cut.clean.get(range.clone()) == new.cut.clean.get(range)
            && old.cut.calls[calls(old, item.span.start, item.span.end)]
                == new.cut.calls[calls(new, item.span.start, item.span.end)];
        is_same.then_some(index as u32)
    });
    before.collect()
}
