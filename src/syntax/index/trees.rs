//! The trees of declarations that every file sees alike, because no name in them is a macro of the unit. They are wanted again
//! and again: each function that uses a class wants the class.

use super::ItemId;
use crate::source::Language;
use crate::syntax::Node;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A tree that is shared.
#[derive(Debug)]
pub struct SharedTree {
    /// Its root, if it could be parsed.
    pub root: Option<Node>,
    /// The names in its text: should one become a macro, the tree is another.
    pub names: Vec<String>,
    /// What it has cost to parse it.
    pub cost: u64,
}

/// The trees, by the language that they are read as.
#[derive(Debug, Default)]
pub(super) struct Trees(Mutex<HashMap<(Language, ItemId), Arc<SharedTree>>>);

/// A copy of an index is made to be changed, and has to find out anew what is no macro.
impl Clone for Trees {
    fn clone(&self) -> Trees {
        Trees::default()
    }
}

impl Trees {
    pub fn get(&self, language: Language, id: ItemId) -> Option<Arc<SharedTree>> {
        let trees = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trees.get(&(language, id)).cloned()
    }

    /// Of two threads that have parsed the same, the first counts.
    pub fn insert(&self, language: Language, id: ItemId, tree: SharedTree) {
        let mut trees = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trees.entry((language, id)).or_insert_with(|| Arc::new(tree));
    }
}
