//! What other functions leave in the fields and globals that undecided records have read: their writers are explored for it.

use super::Program;
use super::code::touches;
use super::explored::Explored;
use crate::engine::snapshot::Field;
use crate::engine::{Body, Code, Key};
use crate::ir::{Function, Linkage, Place, Stmt};
use crate::sinks::last_segment;
use crate::source::FileId;
use crate::verdict::Class;
use crate::verdict::written::{Unit, Written};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Functions explored at most because they store to one field or global.
const WRITERS: usize = 32;

impl Program<'_> {
    /// Settles unknown records by what other functions leave in the field or global that they read.
    pub(super) fn settle_by_memory(&self, explored: &mut [Explored], mentioning: impl Fn(&str) -> Vec<Arc<Body>>) {
        let siblings = siblings(explored);
        let mut known: BTreeMap<FieldOrGlobal, Written> = BTreeMap::new();
        let initial = |file: FileId, name: &str| self.initial(file, name);
        let unit = Unit {
            code: self,
            initial: &initial,
        };
        for evidence in explored.iter_mut().map(|one| &mut one.evidence) {
            for record in &mut evidence.records {
                let (Class::Unknown(_), Some(entry)) = (&record.class, &record.entry) else {
                    continue;
                };
                let key = (entry.name.clone(), entry.global);
                let written = known
                    .entry(key)
                    .or_insert_with_key(|key| self.written(key, siblings.get(key), &mentioning));
                record.settle_by_memory(&evidence.body, written, &unit);
            }
        }
    }

    /// What functions leave in a field or global, and in those beside it.
    fn written(
        &self,
        (name, global): &FieldOrGlobal,
        siblings: Option<&BTreeSet<Key>>,
        mentioning: &impl Fn(&str) -> Vec<Arc<Body>>,
    ) -> Written {
        let wanted = siblings.cloned().unwrap_or_default();
        let mut writers = mentioning(last_segment(name));
        writers.retain(|body| match global {
            true => touches(&body.function, name),
            false => stores(&body.function, name),
        });
        let mut written = Written {
            complete: !writers.is_empty() && writers.len() <= WRITERS,
            ..Written::default()
        };
        for body in writers.into_iter().take(WRITERS) {
            let left = self.snapshots(&body, wanted.clone());
            written.complete &= !left.exhausted;
            let stored = left.stored.get(name).filter(|_| *global);
            written.stores_zero = written.stores_zero.max(stored.copied());
            if *global && stored.is_none() {
                // What it only takes the address of it leaves as it is.
                written.writers.insert(body.function.whole);
                continue;
            }
            written.starts_program |= body.function.linkage == Linkage::Entry;
            let fitting = left.snapshots.iter().filter(|snapshot| snapshot.globals == *global);
            let fitting = fitting.map(|snapshot| (body.file, snapshot.clone()));
            written.snapshots.extend(fitting);
            written.writers.insert(body.function.whole);
        }
        written
    }

    /// What a global holds when the program starts.
    fn initial(&self, file: FileId, name: &str) -> Option<Field> {
        let global = self.global(file, name)?;
        let wanted = BTreeSet::from([Key::global(name)]);
        let left = self.snapshots(global.initializer.as_ref()?, wanted);
        let snapshot = left.snapshots.iter().find(|snapshot| snapshot.globals)?;
        snapshot.fields.get(name).cloned()
    }
}

/// A field or a global by its name. The flag: it is a global.
type FieldOrGlobal = (String, bool);

/// What is asked of the same objects besides, over all records: a writer is run once for all.
fn siblings(explored: &[Explored]) -> BTreeMap<FieldOrGlobal, BTreeSet<Key>> {
    let mut siblings: BTreeMap<FieldOrGlobal, BTreeSet<Key>> = BTreeMap::new();
    let records = explored.iter().flat_map(|one| &one.evidence.records);
    for entry in records.filter_map(|record| record.entry.as_ref()) {
        let keys = entry.siblings.keys().map(|name| entry.key(name));
        let all = siblings.entry((entry.name.clone(), entry.global)).or_default();
        all.extend(keys.chain([entry.key(&entry.name)]));
    }
    siblings
}

/// Whether a function stores to a field of the name.
fn stores(function: &Function, name: &str) -> bool {
    let mut pending: Vec<&Place> = Vec::new();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match statement {
            Stmt::Set { to, .. } | Stmt::Copy { to, .. } => pending.push(to),
            Stmt::Clear { place, .. } => pending.push(place),
            Stmt::Call(call) => pending.extend(&call.to),
            Stmt::Havoc { .. } => {}
        }
    }
    pending
        .into_iter()
        .any(|place| matches!(place, Place::Field(_, field) if field == name))
}
