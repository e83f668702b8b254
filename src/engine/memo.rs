//! What an exploration has worked out of functions already.

use super::call_effects::{KnownCalls, Prepared, Stores};
use super::slice::Slice;
use super::{Body, BodyKey, Engine};
use crate::source::FileId;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Functions by file and whether the name is a method's, and by name.
pub type Callees = FxHashMap<(FileId, bool), FxHashMap<String, Rc<[Arc<Body>]>>>;

/// What is known of functions.
#[derive(Default)]
pub(super) struct Memo {
    /// What of them is run.
    pub slices: FxHashMap<BodyKey, Arc<Slice>>,
    /// Slices made before the exploration starts, of which it is known whether they are to be made again.
    pub prepared: FxHashMap<BodyKey, Prepared>,
    /// What their calls do; the flag: where sinks do not count.
    pub calls: FxHashMap<(BodyKey, bool), Rc<KnownCalls>>,
    /// Whether every path through them ends the program.
    pub never_return: FxHashMap<BodyKey, bool>,
    /// What they store to, themselves or in what they call.
    pub stores: FxHashMap<BodyKey, Rc<Stores>>,
    /// The visible functions whose addresses they take.
    pub taken: RefCell<FxHashMap<BodyKey, Rc<[Arc<Body>]>>>,
    /// The visible functions that names mean.
    pub callees: RefCell<Callees>,
}

impl Engine<'_> {
    /// The visible functions that a name, called from a file, may mean.
    pub(super) fn functions(&self, from: FileId, name: &str, method: bool) -> Rc<[Arc<Body>]> {
        let known = (self.memo.callees.borrow().get(&(from, method))).and_then(|names| names.get(name).cloned());
        known.unwrap_or_else(|| {
            let found: Rc<[Arc<Body>]> = self.code.functions(from, name, method).into();
            let mut callees = self.memo.callees.borrow_mut();
            let names = callees.entry((from, method)).or_default();
            names.insert(name.to_owned(), found.clone());
            found
        })
    }
}
