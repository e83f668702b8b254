//! All cuts of a unit, and where its names are defined and mentioned.

use super::cut::{self, Cut, Item, ItemKind, NameKind, TokenCall};
use super::imports::Imports;
use super::lexer;
use super::words::Words;
use crate::sinks::{self, Sinks};
use crate::source::{FileId, Language, SourceFile, Sources};
use rayon::prelude::*;
pub use renewal::Change;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::OnceLock;
pub use trees::SharedTree;
pub use watched::{Asked, Watched};

mod renewal;
mod trees;
mod watched;

/// How many items that use another name of the call are taken for each such name.
const USERS: usize = 400;

/// An item of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId {
    /// The file.
    pub file: FileId,
    /// Index into [`Cut::items`].
    pub index: u32,
}

/// One file of the index.
#[derive(Debug)]
struct Indexed {
    cut: Cut,
    language: Language,
    /// The modules that the file stands for, as far as its path tells: Rust only.
    module: Vec<String>,
    words: Words,
}

/// The items of all files of a unit by name. All lists are in the order of files and places.
#[derive(Clone, Debug, Default)]
pub struct Index {
    files: Vec<Arc<Indexed>>,
    names: HashMap<NameKind, HashMap<String, Vec<ItemId>>>,
    sinks: Sinks,
    /// Made when first asked for.
    imports: OnceLock<Arc<Imports>>,
    trees: trees::Trees,
}

impl Index {
    /// Cuts all files.
    pub fn new(sources: &Sources, sinks: &Sinks) -> Index {
        let mut index = Index {
            sinks: sinks.clone(),
            ..Index::default()
        };
        index.update(sources);
        index
    }

    /// Takes in the files that were added to the sources since.
    pub fn update(&mut self, sources: &Sources) {
        let known = self.files.len();
        self.imports = OnceLock::new();
        self.trees = trees::Trees::default();
        let new: Vec<(FileId, &SourceFile)> = sources.iter().skip(known).collect();
        for (file, indexed) in indexed(&new, &self.sinks) {
            self.add_names(file, &indexed.cut);
            self.files.push(Arc::new(indexed));
        }
    }

    fn add_names(&mut self, file: FileId, cut: &Cut) {
        for name in &cut.names {
            let id = ItemId { file, index: name.item };
            let ids = self
                .names
                .entry(name.kind)
                .or_default()
                .entry(name.text.clone())
                .or_default();
            let place = ids.partition_point(|known| *known < id);
            if ids.get(place) != Some(&id) {
                ids.insert(place, id);
            }
        }
    }

    /// The cut of a file.
    pub fn cut(&self, file: FileId) -> &Cut {
        &self.files[file.0 as usize].cut
    }

    /// What the modules of the unit bring in: Rust only.
    pub fn imports(&self) -> &Imports {
        self.imports
            .get_or_init(|| Arc::new(Imports::new(self.files.iter().map(|file| (&file.cut, file.language)))))
    }

    /// The modules that a file stands for, as far as its path tells: Rust only. Crates' roots are not known, so the path
    /// begins with folders that are none.
    pub fn module(&self, file: FileId) -> &[String] {
        &self.files[file.0 as usize].module
    }

    /// An item and its file.
    pub fn item(&self, id: ItemId) -> (FileId, &Item) {
        (id.file, &self.cut(id.file).items[id.index as usize])
    }

    /// Macros whose names end in the word, however it is spelled: they may stand for a pointer to the function.
    pub fn macros_named_after_sinks(&self) -> Vec<ItemId> {
        let macros = self.names.get(&NameKind::Macro).into_iter().flatten();
        let named = macros.filter(|(name, _)| sinks::is_named_after_mremap(name));
        let found: BTreeSet<ItemId> = named.flat_map(|(_, items)| items.iter().copied()).collect();
        found.into_iter().collect()
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
        let calls = &self.cut(id.file).calls;
        let first = calls.partition_point(|call| call.callee.start < span.start);
        calls[first..]
            .iter()
            .take_while(move |call| call.callee.start < span.end)
            .filter(move |call| span.contains(call.callee))
    }

    /// Items whose code holds the name as a word; comments and strings don't count.
    pub fn mentions(&self, name: &str) -> Vec<ItemId> {
        (0..self.files.len())
            .flat_map(|file| self.mentions_in(FileId(file as u32), name))
            .collect()
    }

    /// As [`Index::mentions`], in one file.
    pub fn mentions_in(&self, file: FileId, name: &str) -> Vec<ItemId> {
        let words = &self.files[file.0 as usize].words;
        words.items_with(name).map(|index| ItemId { file, index }).collect()
    }

    /// Items that hold a call by their tokens or a sink's name as a word, macros included, and the items that use another
    /// name which one of those gives it: a variable that holds the function, a `use … as …`.
    pub fn sink_items(&self) -> Vec<ItemId> {
        let mut found = BTreeSet::new();
        // A system call by number may have the number from a variable.
        for name in self.sinks.names().chain(["syscall"]) {
            found.extend(self.mentions(name));
        }
        for (file, indexed) in self.files.iter().enumerate() {
            let file = FileId(file as u32);
            let calls = indexed.cut.calls.iter();
            found.extend(calls.filter_map(|call| self.item_at(file, call.callee.start as usize)));
            let named_after = indexed.cut.named_after.iter();
            found.extend(named_after.filter_map(|at| self.item_at(file, *at as usize)));
        }
        let holders: Vec<ItemId> = found.iter().copied().collect();
        for holder in holders {
            for name in self.other_names(holder) {
                found.extend(self.mentions(&name).into_iter().take(USERS));
            }
        }
        found.into_iter().collect()
    }

    /// The names under which an item that names a sink passes it on.
    fn other_names(&self, id: ItemId) -> Vec<String> {
        let (file, item) = self.item(id);
        let cut = self.cut(file);
        match item.kind {
            ItemKind::Import => {
                let text = &cut.clean;
                let tokens = lexer::tokens_of(text, item.span.range(), self.files[file.0 as usize].language, true);
                let words: Vec<&str> = tokens.iter().map(|token| token.text(text)).collect();
                let renames = words
                    .windows(3)
                    .filter(|words| words[1] == "as" && self.is_sink_word(words[0]));
                renames.map(|words| words[2].to_owned()).collect()
            }
            ItemKind::Variable => {
                let names = cut.names.iter().filter(|name| name.item == id.index);
                names
                    .filter(|name| name.kind == NameKind::Variable)
                    .map(|name| name.text.clone())
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn is_sink_word(&self, word: &str) -> bool {
        self.sinks.names().any(|name| name == word) || sinks::is_number_of_mremap(word)
    }
}

/// Items by the names that they bring into being. All lists are in the order of files and places.
pub trait ByName {
    /// Items that bring a name of a kind into being.
    fn defining(&self, kind: NameKind, name: &str) -> &[ItemId];

    /// As [`ByName::defining`], but if `file` has such items, only those.
    fn defining_from(&self, file: FileId, kind: NameKind, name: &str) -> Vec<ItemId> {
        near(self.defining(kind, name), file)
    }

    /// Items that hold a function or method of the name, with a body.
    fn functions(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Function, name)
    }

    /// Those of the file if it has any, else all.
    fn functions_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Function, name)
    }

    /// Prototypes of the name.
    fn declarations(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Declaration, name)
    }

    /// Macros of the name.
    fn macros(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Macro, name)
    }

    /// Those of the file if it has any, else all.
    fn macros_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Macro, name)
    }

    /// Items that define a variable or constant of the name.
    fn variables(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Variable, name)
    }

    /// Variables of the name that are declared to be defined elsewhere.
    fn externals(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::External, name)
    }

    /// Those of the file if it has any, else all.
    fn variables_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Variable, name)
    }

    /// Items that define a type of the name.
    fn types(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Type, name)
    }

    /// Items that hold a class which derives from one of the name.
    fn derived(&self, name: &str) -> &[ItemId] {
        self.defining(NameKind::Base, name)
    }

    /// Those of the file if it has any, else all.
    fn types_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Type, name)
    }

    /// Items that hold an enumerator of the name: those of the file if it has any, else all.
    fn enumerators_from(&self, file: FileId, name: &str) -> Vec<ItemId> {
        self.defining_from(file, NameKind::Enumerator, name)
    }
}

/// Cuts files. Every file's words are asked for at once ([`Index::mentions`]), so they are collected here, where all threads
/// have work.
fn indexed(files: &[(FileId, &SourceFile)], sinks: &Sinks) -> Vec<(FileId, Indexed)> {
    let of_file = |&(id, file): &(FileId, &SourceFile)| {
        let cut = cut::cut(id, &file.text, file.language, sinks);
        let indexed = Indexed {
            words: Words::new(&cut, file.language),
            cut,
            language: file.language,
            module: module(file),
        };
        (id, indexed)
    };
    files.par_iter().map(of_file).collect()
}

fn near(all: &[ItemId], file: FileId) -> Vec<ItemId> {
    let near: Vec<ItemId> = all.iter().copied().filter(|id| id.file == file).collect();
    if near.is_empty() { all.to_vec() } else { near }
}

impl ByName for Index {
    fn defining(&self, kind: NameKind, name: &str) -> &[ItemId] {
        self.names
            .get(&kind)
            .and_then(|names| names.get(name))
            .map_or(&[], Vec::as_slice)
    }
}

fn module(file: &SourceFile) -> Vec<String> {
    if file.language != Language::Rust {
        return Vec::new();
    }
    let path = file.path.with_extension("");
    let mut names: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if names
        .last()
        .is_some_and(|name| matches!(name.as_str(), "mod" | "lib" | "main"))
    {
        names.pop();
    }
    names
}
