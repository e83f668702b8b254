//! Items lowered so far. What an item gives does not depend on when it is asked for. What an earlier analysis lowered of it is
//! taken over where all that was asked on the way is answered as before; else it is lowered anew, and of that what has come out
//! the same is the one of before, so that what hangs on it still holds.

use super::Program;
use crate::engine::{Body, GlobalBody, Shape};
use crate::ir::{Callee, Function, Stmt};
use crate::lower;
use crate::source::{FileId, Language, Problem, Span};
use crate::syntax::cut::TokenCall;
use crate::syntax::index::{Asked, Change, Index, ItemId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// What an item lowered to, ready to run.
pub struct Lowered {
    /// Functions, in source order.
    pub bodies: Vec<Arc<Body>>,
    /// Globals, local statics included.
    pub globals: Vec<Arc<GlobalBody>>,
    problems: Vec<Problem>,
    uncovered: Vec<TokenCall>,
    asked: Asked,
}

/// The cache.
#[derive(Default)]
pub struct Cache {
    items: Mutex<BTreeMap<ItemId, Arc<Lowered>>>,
    /// What earlier analyses lowered, and what has come since.
    before: Vec<(Given, Since)>,
}

/// What one analysis lowered.
pub type Given = Arc<BTreeMap<ItemId, Arc<Lowered>>>;

/// What an analysis has got that an earlier one had not.
#[derive(Clone)]
pub enum Since {
    /// The files from this one on.
    Files(FileId),
    /// Other texts.
    Change(Arc<Change>),
}

impl Cache {
    /// Takes over what an earlier analysis lowered.
    pub fn take_over(&mut self, given: Given, since: Since) {
        self.before.push((given, since));
    }

    /// For later analyses.
    pub fn given(self) -> Given {
        Arc::new(self.items.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// What earlier analyses have of an item, each with whether it is the same today.
    fn known(&self, index: &Index, language: Language, id: ItemId) -> Vec<(&Arc<Lowered>, bool)> {
        let mut all = Vec::new();
        for (given, since) in &self.before {
            let id = match since {
                Since::Files(_) => Some(id),
                Since::Change(change) => change.before(id),
            };
            let Some(known) = id.and_then(|id| given.get(&id)) else {
                continue;
            };
            let is_same = match since {
                Since::Files(first) => known.asked.is_answered_as_before(index, *first),
                Since::Change(change) => known.asked.is_left_by(change, language),
            };
            all.push((known, is_same));
        }
        all
    }

    /// What could not be lowered, over all items asked for.
    pub fn problems(&self) -> Vec<Problem> {
        self.all()
            .iter()
            .flat_map(|lowered| lowered.problems.iter().cloned())
            .collect()
    }

    /// Calls that the trees did not show, over all items asked for.
    pub fn uncovered(&self) -> Vec<TokenCall> {
        self.all()
            .iter()
            .flat_map(|lowered| lowered.uncovered.iter().cloned())
            .collect()
    }

    /// Pieces of source that are not understood, over all items asked for. What is lowered several times is one piece.
    pub fn unread(&self) -> usize {
        let items = self.all();
        let mut places: BTreeSet<Span> = BTreeSet::new();
        for lowered in &items {
            let initializers = lowered.globals.iter().flat_map(|global| &global.initializer);
            for body in lowered.bodies.iter().chain(initializers) {
                let statements = body.function.blocks.iter().flat_map(|block| &block.statements);
                places.extend(statements.filter_map(|statement| match statement {
                    Stmt::Call(call) if call.callee == Callee::Unread => Some(call.at),
                    _ => None,
                }));
            }
        }
        places.len()
    }

    fn all(&self) -> Vec<Arc<Lowered>> {
        self.items
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }
}

impl Lowered {
    /// Takes from what was lowered of the item before what has come out the same.
    fn share_with(&mut self, before: &Lowered) {
        for (body, known) in self.bodies.iter_mut().zip(&before.bodies) {
            if body.function == known.function {
                *body = Arc::clone(known);
            }
        }
        for (global, known) in self.globals.iter_mut().zip(&before.globals) {
            if global.global == known.global && initializer(global) == initializer(known) {
                *global = Arc::clone(known);
            }
        }
    }
}

fn initializer(global: &GlobalBody) -> Option<&Function> {
    global.initializer.as_ref().map(|body| &body.function)
}

impl Program<'_> {
    /// Lowers an item, once.
    pub(super) fn lowered(&self, id: ItemId) -> Arc<Lowered> {
        if let Some(known) = self
            .before
            .items
            .items
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
        {
            return known.clone();
        }
        let language = self.sources.file(id.file).language;
        let known = self.before.items.known(self.index, language, id);
        // Two threads may lower the same item at once: both get the same, and one is kept.
        let ready = match known.iter().find(|(_, is_same)| *is_same) {
            Some((known, _)) => Arc::clone(known),
            None => {
                let mut ready = self.lower(id);
                known.iter().for_each(|(known, _)| ready.share_with(known));
                Arc::new(ready)
            }
        };
        let mut items = self.before.items.items.lock().unwrap_or_else(PoisonError::into_inner);
        items.entry(id).or_insert(ready).clone()
    }

    fn lower(&self, id: ItemId) -> Lowered {
        let lowered = match self.is_late() {
            true => lower::Lowered::default(),
            false => lower::item(self.sources, self.index, &self.options.sinks, id),
        };
        let body = |variant, function| {
            let shape = Shape::of(&function);
            Arc::new(Body {
                function,
                file: id.file,
                shape,
                variant,
            })
        };
        let globals = lowered.globals.into_iter().map(|mut global| {
            let initializer = global.initializer.take().map(|function| body(0, function));
            Arc::new(GlobalBody {
                global,
                file: id.file,
                initializer,
            })
        });
        Lowered {
            globals: globals.collect(),
            bodies: lowered
                .functions
                .into_iter()
                .enumerate()
                .map(|(index, function)| body(index, function))
                .collect(),
            problems: lowered.problems,
            uncovered: lowered.uncovered,
            asked: lowered.asked,
        }
    }
}
