//! What runs before `main`: functions with the attribute `constructor`, and initialisers of C++ globals that call functions or
//! change other globals.

use super::Program;
use super::code::touches;
use crate::engine::Body;
use crate::ir::Callee;
use crate::source::{FileId, Language};
use crate::syntax::cut::ItemKind;
use crate::syntax::index::ItemId;
use crate::syntax::lexer;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

/// Bytes of a declaration above which it is a table.
const TABLE: usize = 4_000;
/// Functions at most that the initialisers of a file are followed through.
const FUNCTIONS: usize = 64;

/// The words of the attribute.
const CONSTRUCTOR: [&str; 2] = ["constructor", "__constructor__"];

impl Program<'_> {
    /// The functions that the system runs before `main`: those of the lowest priority first, those without one last.
    pub(super) fn constructors(&self) -> Arc<Vec<Arc<Body>>> {
        let find = || Arc::new(self.find_constructors());
        self.constructors.get_or_init(find).clone()
    }

    fn find_constructors(&self) -> Vec<Arc<Body>> {
        let mut found: Vec<(u64, Arc<Body>)> = Vec::new();
        let mut pending: Vec<String> = CONSTRUCTOR.map(str::to_owned).to_vec();
        let mut seen = BTreeSet::new();
        while let Some(word) = pending.pop() {
            if !seen.insert(word.clone()) || seen.len() > FUNCTIONS {
                continue;
            }
            for id in self.index.mentions(&word) {
                let (file, item) = self.index.item(id);
                let end = item.body.map_or(item.span.end, |body| body.min(item.span.end)) as usize;
                let head = self.sources.slice(item.span);
                let head = head.get(..end - item.span.start as usize).unwrap_or(head);
                let Some(priority) = self.priority(file, head, &word) else {
                    continue;
                };
                let functions = match item.kind {
                    ItemKind::Function => self.lowered(id).bodies.clone(),
                    ItemKind::Declaration => self.definitions(file, &item.name, false),
                    ItemKind::Macro { .. } => {
                        pending.push(item.name.clone());
                        continue;
                    }
                    _ => continue,
                };
                let new = functions.into_iter().filter(|body| body.function.name == item.name);
                found.extend(new.map(|body| (priority, body)));
            }
        }
        found.sort_by_key(|(priority, body)| (*priority, body.key()));
        found.dedup_by_key(|(_, body)| body.key());
        found.into_iter().map(|(_, body)| body).collect()
    }

    /// The priority that the head of a function gives it by the attribute, or by a macro that stands for that. `None` if the
    /// word is something else there.
    fn priority(&self, file: FileId, head: &str, word: &str) -> Option<u64> {
        let tokens = lexer::tokens_of(head, 0..head.len(), self.sources.file(file).language, false);
        let words: Vec<&str> = tokens.iter().map(|token| token.text(head)).collect();
        let at = words.iter().position(|other| *other == word)?;
        let attribute = |word: &&str| matches!(*word, "__attribute__" | "__attribute" | "[");
        if CONSTRUCTOR.contains(&word) && !words[..at].iter().any(attribute) {
            return None;
        }
        let given = match words.get(at + 1..at + 4) {
            Some(["(", priority, ")"]) => priority.parse().ok(),
            _ => None,
        };
        Some(given.unwrap_or(u64::MAX))
    }

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
