//! An index with notes of what was asked: what was worked out with it stays true as long as nothing new bears these names.

use super::{ByName, Change, Index, ItemId, SharedTree, near};
use crate::source::{FileId, Language};
use crate::syntax::cut::{Cut, Item, NameKind, TokenCall};
use crate::syntax::imports::Imports;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The names that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    names: BTreeMap<NameKind, BTreeSet<String>>,
    /// Names that the file has itself, which hide those of all others.
    own: BTreeMap<NameKind, BTreeSet<String>>,
    /// Trees in which no name is a macro.
    trees: BTreeMap<ItemId, Arc<SharedTree>>,
    /// What the modules of the unit bring in was asked for.
    imports: bool,
}

impl Asked {
    /// Whether the index gives the answers that it gave when it had only the files before `first`.
    pub fn is_answered_as_before(&self, index: &Index, first: FileId) -> bool {
        let is_old = |kind, name: &String| index.defining(kind, name).last().is_none_or(|id| id.file < first);
        let mut new = index.files[first.0 as usize..].iter();
        self.names
            .iter()
            .all(|(kind, names)| names.iter().all(|name| is_old(*kind, name)))
            && self.names_in_trees().all(|name| is_old(NameKind::Macro, name))
            && !(self.imports && new.any(|file| file.language == Language::Rust))
    }

    /// Whether a change leaves what was lowered with the answers as it is.
    pub fn is_left_by(&self, change: &Change, language: Language) -> bool {
        let mut names = self.names.iter().chain(&self.own);
        !change.is_about(language)
            && names.all(|(kind, names)| names.iter().all(|name| change.leaves(*kind, name)))
            && self.names_in_trees().all(|name| change.leaves(NameKind::Macro, name))
    }

    fn names_in_trees(&self) -> impl Iterator<Item = &String> {
        self.trees.values().flat_map(|tree| &tree.names)
    }
}

/// An index that is watched.
#[derive(Debug)]
pub struct Watched<'a> {
    index: &'a Index,
    names: RefCell<BTreeMap<NameKind, BTreeSet<String>>>,
    own: RefCell<BTreeMap<NameKind, BTreeSet<String>>>,
    trees: RefCell<BTreeMap<ItemId, Arc<SharedTree>>>,
    imports: Cell<bool>,
}

impl<'a> Watched<'a> {
    /// Nothing was asked yet.
    pub fn new(index: &'a Index) -> Watched<'a> {
        Watched {
            index,
            names: RefCell::default(),
            own: RefCell::default(),
            trees: RefCell::default(),
            imports: Cell::new(false),
        }
    }

    /// What was asked.
    pub fn asked(self) -> Asked {
        Asked {
            names: self.names.into_inner(),
            own: self.own.into_inner(),
            trees: self.trees.into_inner(),
            imports: self.imports.get(),
        }
    }

    /// See [`Index::cut`].
    pub fn cut(&self, file: FileId) -> &'a Cut {
        self.index.cut(file)
    }

    /// See [`Index::item`].
    pub fn item(&self, id: ItemId) -> (FileId, &'a Item) {
        self.index.item(id)
    }

    /// See [`Index::calls`].
    pub fn calls(&self, id: ItemId) -> impl Iterator<Item = &'a TokenCall> {
        self.index.calls(id)
    }

    /// The tree of a declaration, if one is known that every file sees alike.
    pub fn shared_tree(&self, language: Language, id: ItemId) -> Option<Arc<SharedTree>> {
        let tree = self.index.trees.get(language, id)?;
        self.trees.borrow_mut().insert(id, Arc::clone(&tree));
        Some(tree)
    }

    /// Shares the tree of a declaration if every file sees it alike.
    pub fn share_tree(&self, language: Language, id: ItemId, tree: SharedTree) {
        let is_macro = |name: &String| !self.index.defining(NameKind::Macro, name).is_empty();
        if !tree.names.iter().any(is_macro) {
            self.index.trees.insert(language, id, tree);
        }
    }

    /// See [`Index::module`].
    pub fn module(&self, file: FileId) -> &'a [String] {
        self.index.module(file)
    }

    /// See [`Index::imports`].
    pub fn imports(&self) -> &'a Imports {
        self.imports.set(true);
        self.index.imports()
    }
}

impl ByName for Watched<'_> {
    fn defining(&self, kind: NameKind, name: &str) -> &[ItemId] {
        note(&self.names, kind, name);
        self.index.defining(kind, name)
    }

    fn defining_from(&self, file: FileId, kind: NameKind, name: &str) -> Vec<ItemId> {
        let all = self.index.defining(kind, name);
        // What the file has itself hides all that others may have.
        match all.iter().any(|id| id.file == file) {
            true => note(&self.own, kind, name),
            false => note(&self.names, kind, name),
        }
        near(all, file)
    }
}

fn note(names: &RefCell<BTreeMap<NameKind, BTreeSet<String>>>, kind: NameKind, name: &str) {
    let mut names = names.borrow_mut();
    let names = names.entry(kind).or_default();
    if !names.contains(name) {
        names.insert(name.to_owned());
    }
}
