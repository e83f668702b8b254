//! What runs before `main`: initialisers of C++ globals that call functions or change other globals.

use super::Program;
use super::code::touches;
use crate::engine::Body;
use crate::ir::Callee;
use crate::source::{FileId, Language};
use crate::syntax::cut::ItemKind;
use crate::syntax::index::ItemId;
use std::sync::{Arc, PoisonError};

/// Bytes of a declaration above which it is a table.
const TABLE: usize = 4_000;
/// Functions at most that the initialisers of a file are followed through.
const FUNCTIONS: usize = 64;

impl Program<'_> {
    /// Whether a global of a file is set before `main` by what initialises another one of the file.
    pub(super) fn is_set_at_start(&self, file: FileId, name: &str) -> bool {
        if self.sources.file(file).language != Language::Cpp {
            return false;
        }
        let bodies = self.started(file);
        bodies
            .iter()
            .any(|body| body.function.name != name && touches(&body.function, name))
    }

    /// The initialisers of a file that do something, and the functions that they call.
    fn started(&self, file: FileId) -> Arc<Vec<Arc<Body>>> {
        if let Some(known) = self.started.lock().unwrap_or_else(PoisonError::into_inner).get(&file) {
            return known.clone();
        }
        let mut found = self.initializers(file);
        let mut next = 0;
        while next < found.len() && found.len() < FUNCTIONS {
            let body = found[next].clone();
            next += 1;
            for call in body.function.calls() {
                let Callee::Named(name) = &call.callee else { continue };
                for callee in self.definitions(file, name, false) {
                    if !found.iter().any(|known| known.function.whole == callee.function.whole) {
                        found.push(callee);
                    }
                }
            }
        }
        let found = Arc::new(found);
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        started.entry(file).or_insert(found).clone()
    }

    fn initializers(&self, file: FileId) -> Vec<Arc<Body>> {
        let items = self.index.cut(file).items.iter().enumerate();
        let small = items.filter(|(_, item)| item.kind == ItemKind::Variable && item.span.range().len() <= TABLE);
        let text = &self.index.cut(file).clean;
        // What neither calls nor makes anything has no bracket.
        let dynamic = small.filter(|(_, item)| {
            let text = text.get(item.span.range()).unwrap_or("");
            text.contains('(') || text.contains("++") || text.contains("--") || !text.contains('=')
        });
        let ids: Vec<ItemId> = dynamic
            .map(|(index, _)| ItemId {
                file,
                index: index as u32,
            })
            .collect();
        let mut found = Vec::new();
        for id in ids {
            let lowered = self.lowered(id);
            found.extend(lowered.globals.iter().filter_map(|global| global.initializer.clone()));
        }
        found
    }
}
