//! What a field or global holds when a function starts that reads it: the constants that other functions leave in it.
//!
//! A function that leaves a zero in a field is evidence only if the rest of what it leaves in the object fits what the
//! reader's path has found there: where pointer and length are always set together, a path on which the pointer is not null
//! does not see the zero that came with a null. If no function of the unit leaves anything but non-zero values, the field is
//! not zero.

use super::explored::Explored;
use super::{FunctionKey, Program};
use crate::engine::snapshot::{Field, Snapshot};
use crate::engine::{Body, Code, Exploration, Key, Reached};
use crate::ir::{Function, Linkage, Place, Stmt};
use crate::sinks::last_segment;
use crate::source::FileId;
use crate::state::location::Location;
use crate::value::{LocationId, Origin, Ranges, Source, Term, TermId};
use crate::verdict::Class;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Pointers from one object to the next.
const CHAIN: usize = 8;
/// Functions explored at most because they store to one field or global.
const WRITERS: usize = 32;

/// A field or global as it was when the explored function started, which decides whether old_size is zero.
#[derive(Clone, Debug)]
pub struct EntryPlace {
    /// Its name.
    pub name: String,
    /// It is a global, not a field.
    pub global: bool,
    /// The file that it is private to.
    pub private: Option<FileId>,
    /// It is what it was when the function started, and not after something that may have changed it.
    pub at_start: bool,
    /// What the path has found of the object's other fields (or of other globals), as they were at the start.
    pub siblings: BTreeMap<String, Ranges>,
}

impl EntryPlace {
    /// The key of a field of the same object, or of a global beside it.
    fn key(&self, name: &str) -> Key {
        if self.global {
            Key::global(name)
        } else {
            Key::Field(name.to_owned())
        }
    }
}

/// The entry place that decides whether the term is zero.
pub fn entry_place(exploration: &Exploration, reached: &Reached, symbol_term: TermId) -> Option<EntryPlace> {
    let terms = &exploration.terms;
    let &[symbol] = terms.symbols_in(symbol_term) else {
        return None;
    };
    // Also after calls that may have changed it: what other functions leave there is what it may then hold.
    let Source::Memory(location, epoch) = terms.symbol_data(symbol).source else {
        return None;
    };
    // A variable of a running function is nobody else's.
    let root = exploration.locations.root(location);
    if !exploration.locations.is_shared(root) || exploration.from_external && exploration.owned.contains(&root) {
        return None;
    }
    if !is_handed_over(exploration, location, CHAIN) {
        return None;
    }
    let named = |location| match exploration.locations.get(location) {
        // Parts of `Option`s, tuples and variants have the same names in all of them, and come from anywhere.
        Location::Field(_, name) if is_positional(name) => None,
        Location::Field(object, name) => Some((Some(*object), name.clone())),
        Location::Global(_, name) => Some((None, name.clone())),
        _ => None,
    };
    let (object, name) = named(location)?;
    let private = match exploration.locations.get(location) {
        Location::Global(file, _) => file.map(FileId),
        _ => None,
    };
    let mut siblings = BTreeMap::new();
    for (term, _) in reached.state.constraints.terms() {
        if let &[other] = terms.symbols_in(term)
            && let Source::Memory(place, _) = terms.symbol_data(other).source
            && let Some((its_object, its_name)) = named(place)
            && its_object == object
            && matches!(terms.get(term), Term::Symbol(_))
        {
            // Tests before a call that may have changed the field count too: what holds for the object is tested once.
            let found = reached.state.constraints.range(terms, term).resized(64, false);
            let known = siblings.entry(its_name).or_insert_with(|| Ranges::full(64));
            *known = known.intersect(&found);
        }
    }
    Some(EntryPlace {
        name,
        global: object.is_none(),
        private,
        at_start: epoch == 0,
        siblings,
    })
}

/// Whether the function was handed the object: it is a global or what a parameter leads to. What it has searched for, computed
/// or been given by another function is one of many, of which the others keep some invariant.
fn is_handed_over(exploration: &Exploration, object: LocationId, depth: usize) -> bool {
    let (terms, locations) = (&exploration.terms, &exploration.locations);
    let &Location::Pointee(pointer) = locations.get(locations.root(object)) else {
        return true;
    };
    // What lies before an object is another one, found by computing.
    let lies_before = |part: LocationId| match locations.get(part) {
        Location::Element(_, index, _) => {
            let index = terms.constant_of(*index);
            index.is_some_and(|index| index > i64::MAX as u64)
        }
        _ => false,
    };
    if locations.enclosing(object).any(lies_before) {
        return false;
    }
    let Term::Symbol(symbol) = *terms.get(pointer) else {
        return false;
    };
    match terms.symbol_data(symbol).source {
        Source::Parameter(_) => true,
        Source::Memory(location, _) => depth > 0 && is_handed_over(exploration, location, depth - 1),
        _ => false,
    }
}

fn is_positional(name: &str) -> bool {
    // No program writes a name with brackets: sizes of containers are fields of that kind.
    matches!(name, "tag" | "err") || name.ends_with("()") || name.bytes().all(|byte| byte.is_ascii_digit())
}

impl Program<'_> {
    /// Decides unknown records by what other functions leave in the field or global that they read.
    pub(super) fn resolve_entries(&self, explored: &mut [Explored], mentioning: impl Fn(&str) -> Vec<Arc<Body>>) {
        let mut left: BTreeMap<(String, bool), Left> = BTreeMap::new();
        // What is asked of the same objects besides, over all records: a writer is run once for all.
        let mut siblings: BTreeMap<(String, bool), BTreeSet<Key>> = BTreeMap::new();
        let records = explored.iter().flat_map(|one| &one.records);
        for entry in records.filter_map(|record| record.entry.as_ref()) {
            let keys = entry.siblings.keys().map(|name| entry.key(name));
            let all = siblings.entry((entry.name.clone(), entry.global)).or_default();
            all.extend(keys.chain([entry.key(&entry.name)]));
        }
        for one in explored {
            for record in &mut one.records {
                let (Class::Unknown(_), Some(entry)) = (&record.class, &record.entry) else {
                    continue;
                };
                let key = (entry.name.clone(), entry.global);
                let wanted = siblings.get(&key).cloned().unwrap_or_default();
                let known = left
                    .entry(key)
                    .or_insert_with(|| self.left_in(&entry.name, entry.global, wanted, &mentioning));
                let class = decide(one.body.file, known, entry)
                    .or_else(|| self.first_use(&one.body, known, entry))
                    .or_else(|| self.never_set_to_zero(known, entry));
                if let Some(class) = class {
                    record.class = class;
                    record.left_by_others = true;
                }
            }
        }
    }

    fn left_in(
        &self,
        name: &str,
        global: bool,
        wanted: BTreeSet<Key>,
        mentioning: &impl Fn(&str) -> Vec<Arc<Body>>,
    ) -> Left {
        let mut writers = mentioning(last_segment(name));
        writers.retain(|body| stores(&body.function, name, global));
        let mut left = Left {
            complete: !writers.is_empty() && writers.len() <= WRITERS,
            ..Left::default()
        };
        for body in writers.into_iter().take(WRITERS) {
            let (snapshots, exhausted) = self.snapshots(&body, wanted.clone());
            left.complete &= !exhausted;
            left.starts_program |= body.function.linkage == Linkage::Entry;
            let fitting = snapshots.into_iter().filter(|snapshot| snapshot.globals == global);
            left.snapshots.extend(fitting.map(|snapshot| (body.file, snapshot)));
            left.writers.insert(body.function.whole);
        }
        left
    }

    /// What a global holds when the program starts.
    fn initial(&self, file: FileId, name: &str) -> Option<Field> {
        let global = self.global(file, name)?;
        let wanted = BTreeSet::from([Key::global(name)]);
        let (snapshots, _) = self.snapshots(global.initializer.as_ref()?, wanted);
        let snapshot = snapshots.into_iter().find(|snapshot| snapshot.globals)?;
        snapshot.fields.get(name).cloned()
    }

    /// A private global that is not zero when the program starts, and that no function sets to zero.
    fn never_set_to_zero(&self, left: &Left, entry: &EntryPlace) -> Option<Class> {
        let file = entry.private?;
        let writers = self.writers(&self.global(file, &entry.name)?)?;
        let all_seen = writers
            .iter()
            .all(|writer| left.writers.contains(&writer.function.whole));
        let starts_at_zero = || {
            self.initial(file, &entry.name)
                .is_none_or(|field| field.range.contains(0))
        };
        (left.complete && all_seen && left.never_zero(&entry.name) && !starts_at_zero()).then(|| {
            Class::NonZero(format!(
                "`{}` starts with and is only given non-zero values",
                entry.name
            ))
        })
    }

    /// A private global that only the reader itself sets still has its initial value when the reader is first called.
    fn first_use(&self, reader: &Arc<Body>, left: &Left, entry: &EntryPlace) -> Option<Class> {
        let only_here = left.writers.iter().all(|writer| *writer == reader.function.whole);
        if !entry.global || !entry.at_start || !only_here || left.writers.is_empty() {
            return None;
        }
        let initial = |name: &str| self.initial(reader.file, name);
        let origin = initial(&entry.name)?.zero?;
        let fits = entry
            .siblings
            .iter()
            .all(|(name, found)| initial(name).is_none_or(|field| !field.range.intersect(found).is_empty()));
        fits.then_some(Class::Maybe(origin))
    }
}

/// What functions leave in one field or global.
#[derive(Default)]
struct Left {
    snapshots: Vec<(FileId, Snapshot)>,
    /// The functions that store to it.
    writers: BTreeSet<FunctionKey>,
    /// Every one of them was explored to its end.
    complete: bool,
    /// One of them is where the program starts.
    starts_program: bool,
}

impl Left {
    /// Whether functions leave non-zero values in the place, and nothing else.
    fn never_zero(&self, name: &str) -> bool {
        let fields = || {
            self.snapshots
                .iter()
                .filter_map(|(_, snapshot)| snapshot.fields.get(name))
        };
        let cleared = self.snapshots.iter().any(|(_, snapshot)| snapshot.rest_zero.is_some());
        fields().next().is_some() && fields().all(|field| !field.range.contains(0)) && !cleared
    }
}

fn decide(reader: FileId, left: &Left, entry: &EntryPlace) -> Option<Class> {
    // Fields of one name in other files are mostly fields of other structures.
    let near = left
        .snapshots
        .iter()
        .filter(|(file, _)| entry.global || *file == reader)
        .map(|(_, snapshot)| snapshot);
    if let Some(origin) = near.into_iter().find_map(|snapshot| zero_that_fits(snapshot, entry)) {
        return Some(Class::Maybe(origin));
    }
    // A global has its initial value until the program sets it: at its start, or nobody knows when.
    let set_before = left.starts_program;
    (left.complete && left.never_zero(&entry.name) && set_before && entry.global).then(|| {
        Class::NonZero(format!(
            "every store to `{}` in these sources is of a non-zero value",
            entry.name
        ))
    })
}

/// The zero that a function leaves, if the rest of what it leaves fits what the reader has found.
fn zero_that_fits(snapshot: &Snapshot, entry: &EntryPlace) -> Option<Origin> {
    let zero = match snapshot.fields.get(&entry.name) {
        Some(field) => field.zero.clone()?,
        None => snapshot.rest_zero.clone()?,
    };
    let fits = entry
        .siblings
        .iter()
        .all(|(name, found)| match snapshot.fields.get(name) {
            _ if *name == entry.name => found.contains(0),
            Some(field) => !field.range.intersect(found).is_empty(),
            None => snapshot.rest_zero.is_none() || found.contains(0),
        });
    fits.then_some(zero)
}

/// Whether a function stores to a field or global of the name.
fn stores(function: &Function, name: &str, global: bool) -> bool {
    let mut pending: Vec<&Place> = Vec::new();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match statement {
            Stmt::Set { to, .. } | Stmt::Copy { to, .. } => pending.push(to),
            Stmt::Clear { place, .. } => pending.push(place),
            Stmt::Call(call) => pending.extend(&call.to),
            Stmt::Forget { .. } => {}
        }
    }
    pending.into_iter().any(|place| match place {
        Place::Field(_, field) => !global && field == name,
        Place::Global(variable) => global && variable == name,
        _ => false,
    })
}
