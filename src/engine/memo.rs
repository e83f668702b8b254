//! What an exploration has worked out of functions already.

use super::slice::Slice;
use super::{Body, BodyKey, Engine, Key};
use crate::source::FileId;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// Functions by file, name and whether the name is a method's.
pub type Callees = FxHashMap<(FileId, String, bool), Rc<[Arc<Body>]>>;

/// What a function stores to, itself or in what it calls.
#[derive(Default)]
pub(super) struct Stores {
    /// Fields, globals, and kinds of what lies behind pointers.
    pub keys: BTreeSet<Key>,
    /// It calls what is not visible and may change more.
    pub more: bool,
}

/// What is known of functions.
#[derive(Default)]
pub(super) struct Memo {
    /// What of them is run.
    pub slices: FxHashMap<BodyKey, Arc<Slice>>,
    /// Whether every path through them ends the program.
    pub never_return: FxHashMap<BodyKey, bool>,
    /// What they store to, themselves or in what they call.
    pub stores: FxHashMap<BodyKey, Rc<Stores>>,
    /// The visible functions that names mean.
    pub callees: RefCell<Callees>,
}

impl Engine<'_> {
    /// The visible functions that a name, called from a file, may mean.
    pub(super) fn functions(&self, from: FileId, name: &str, method: bool) -> Rc<[Arc<Body>]> {
        let key = (from, name.to_owned(), method);
        if let Some(known) = self.memo.callees.borrow().get(&key) {
            return known.clone();
        }
        let found: Rc<[Arc<Body>]> = self.code.functions(from, name, method).into();
        self.memo.callees.borrow_mut().insert(key, found.clone());
        found
    }
}
