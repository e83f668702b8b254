//! All cuts of a unit, and where its names are defined and mentioned.

use super::cut::{self, Cut, Item, NameKind, TokenCall};
use super::lexer;
use crate::sinks::Sinks;
use crate::source::{FileId, Language, Sources};
use memchr::memmem;
use rayon::prelude::*;
use std::collections::HashMap;

/// An item of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId {
    /// The file.
    pub file: FileId,
    /// Index into [`Cut::items`].
    pub index: u32,
}

/// The items of all files of a unit by name. All lists are in the order of files and places.
#[derive(Debug)]
pub struct Index {
    cuts: Vec<Cut>,
    languages: Vec<Language>,
    names: HashMap<(NameKind, String), Vec<ItemId>>,
}

impl Index {
    /// Cuts all files.
    pub fn new(sources: &Sources, sinks: &Sinks) -> Index {
        let files: Vec<_> = sources.iter().collect();
        let cuts: Vec<Cut> = files
            .par_iter()
            .map(|(id, file)| cut::cut(*id, &file.text, file.language, sinks))
            .collect();
        let mut names: HashMap<(NameKind, String), Vec<ItemId>> = HashMap::new();
        for ((file, _), cut) in files.iter().zip(&cuts) {
            for name in &cut.names {
                let ids = names.entry((name.kind, name.text.clone())).or_default();
                let id = ItemId {
                    file: *file,
                    index: name.item,
                };
                if ids.last() != Some(&id) {
                    ids.push(id);
                }
            }
        }
        Index {
            cuts,
            languages: files.iter().map(|(_, file)| file.language).collect(),
            names,
        }
    }

    /// The cut of a file.
    pub fn cut(&self, file: FileId) -> &Cut {
        &self.cuts[file.0 as usize]
    }

    /// An item and its file.
    pub fn item(&self, id: ItemId) -> (FileId, &Item) {
        (id.file, &self.cut(id.file).items[id.index as usize])
    }

    /// Items that bring a name of a kind into being.
    pub fn defining(&self, kind: NameKind, name: &str) -> &[ItemId] {
        self.names.get(&(kind, name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// As [`Index::defining`], but if `file` has such items, only those.
    pub fn defining_from(&self, file: FileId, kind: NameKind, name: &str) -> Vec<ItemId> {
        let all = self.defining(kind, name);
        let near: Vec<ItemId> = all.iter().copied().filter(|id| id.file == file).collect();
        if near.is_empty() { all.to_vec() } else { near }
    }

    /// Items that hold a function or method of the name, with a body.
    pub fn functions(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Function, name)
    }

    /// Those of the file if it has any, else all.
    pub fn functions_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Function, name)
    }

    /// Prototypes of the name.
    pub fn declarations(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Declaration, name)
    }

    /// Macros of the name.
    pub fn macros(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Macro, name)
    }

    /// Those of the file if it has any, else all.
    pub fn macros_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Macro, name)
    }

    /// Items that define a variable or constant of the name.
    pub fn variables(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Variable, name)
    }

    /// Those of the file if it has any, else all.
    pub fn variables_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Variable, name)
    }

    /// Items that define a type of the name.
    pub fn types(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Type, name)
    }

    /// Those of the file if it has any, else all.
    pub fn types_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Type, name)
    }

    /// Items that hold an enumerator of the name.
    pub fn enumerators(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Enumerator, name)
    }

    /// Those of the file if it has any, else all.
    pub fn enumerators_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Enumerator, name)
    }

    /// The innermost item that holds a byte of a file.
    pub fn item_at(&self, file: FileId, offset: usize) -> Option<ItemId> {
        let items = &self.cut(file).items;
        let after = items.partition_point(|item| item.span.start as usize <= offset);
        let index = (0..after)
            .rev()
            .find(|&index| items[index].span.range().contains(&offset))?;
        Some(ItemId {
            file,
            index: index as u32,
        })
    }

    /// Token calls that lie in an item.
    pub fn calls(&self, id: ItemId) -> impl Iterator<Item = &TokenCall> {
        let span = self.item(id).1.span;
        self.cut(id.file)
            .calls
            .iter()
            .filter(move |call| span.contains(call.callee))
    }

    /// Items whose code holds the name as a word; comments and strings don't count.
    pub fn mentions(&self, name: &str) -> Vec<ItemId> {
        (0..self.cuts.len())
            .flat_map(|file| self.mentions_in(FileId(file as u32), name))
            .collect()
    }

    /// As [`Index::mentions`], in one file.
    pub fn mentions_in(&self, file: FileId, name: &str) -> Vec<ItemId> {
        let cut = self.cut(file);
        let language = self.languages[file.0 as usize];
        let mut found = Vec::new();
        for offset in memmem::find_iter(cut.clean.as_bytes(), name) {
            let Some(id) = self.item_at(file, offset) else { continue };
            if found.last() != Some(&id)
                && !found.contains(&id)
                && holds(&cut.clean, &cut.items[id.index as usize], name, language)
            {
                found.push(id);
            }
        }
        found.sort();
        found
    }

    /// Items that hold a token call or the word as a name, macros included.
    pub fn sink_items(&self) -> Vec<ItemId> {
        self.mentions("mremap")
    }
}

fn holds(text: &str, item: &Item, name: &str, language: Language) -> bool {
    let body = match &item.kind {
        cut::ItemKind::Macro { body, .. } => body.range(),
        _ => item.span.range(),
    };
    lexer::tokens_of(text, body, language, true)
        .iter()
        .any(|token| token.is_name() && token.text(text) == name)
}
