//! Items lowered so far. What an item gives does not depend on when it is asked for.

use super::Program;
use crate::engine::{Body, GlobalBody, Shape};
use crate::ir::{Callee, Stmt};
use crate::lower;
use crate::source::{FileId, Problem, Span};
use crate::syntax::cut::TokenCall;
use crate::syntax::index::{Asked, Index, ItemId};
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
    /// What an earlier analysis lowered and would be the same today.
    before: BTreeMap<ItemId, Arc<Lowered>>,
}

impl Cache {
    /// For the next analysis, which has the files from `first` on besides.
    pub fn handed_on(self, index: &Index, first: FileId) -> Cache {
        let mut before = self.items.into_inner().unwrap_or_else(PoisonError::into_inner);
        before.retain(|_, lowered| lowered.asked.is_answered_as_before(index, first));
        Cache {
            items: Mutex::default(),
            before,
        }
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
        // Two threads may lower the same item at once: both get the same, and one is kept.
        let ready = match self.before.items.before.get(&id) {
            Some(known) => known.clone(),
            None => Arc::new(self.lower(id)),
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
