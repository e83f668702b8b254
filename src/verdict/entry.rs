//! What a field or global holds when a function starts that reads it: the constants that other functions leave in it.
//!
//! A function that leaves a zero in a field is evidence only if the rest of what it leaves in the object fits what the
//! reader's path has found there: where pointer and length are always set together, a path on which the pointer is not null
//! does not see the zero that came with a null. If no function of the unit leaves anything but non-zero values, the field is
//! not zero.

use super::Class;
use super::record::Record;
use crate::engine::snapshot::{Field, Snapshot};
use crate::engine::{Body, Code, Exploration, FunctionKey, Key, Reached};
use crate::source::FileId;
use crate::state::location::Location;
use crate::value::{LocationId, Origin, Ranges, Source, Term, TermId};
use std::collections::{BTreeMap, BTreeSet};

/// Pointers from one object to the next.
const CHAIN: usize = 8;
/// A field or global as it was when the explored function started, which decides whether old_size is zero.
#[derive(Clone, Debug)]
pub struct EntryValue {
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

impl EntryValue {
    /// The key of a field of the same object, or of a global beside it.
    pub fn key(&self, name: &str) -> Key {
        if self.global {
            Key::global(name)
        } else {
            Key::Field(name.to_owned())
        }
    }
}

/// The entry value that decides whether the term is zero.
pub fn entry_value(exploration: &Exploration, reached: &Reached, symbol_term: TermId) -> Option<EntryValue> {
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
    Some(EntryValue {
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

/// What functions leave in one field or global.
#[derive(Default)]
pub struct Written {
    /// What objects, or globals, look like after them.
    pub snapshots: Vec<(FileId, Snapshot)>,
    /// The functions that store to it.
    pub writers: BTreeSet<FunctionKey>,
    /// Every one of them was explored to its end.
    pub complete: bool,
    /// One of them is where the program starts.
    pub starts_program: bool,
}

/// What a reader asks of the rest of the unit.
pub struct Unit<'a> {
    /// The code around the reader.
    pub code: &'a dyn Code,
    /// What a global, named in a file, holds when the program starts.
    pub initial: &'a dyn Fn(FileId, &str) -> Option<Field>,
}

impl Record {
    /// Settles what is unknown by what other functions leave in the field or global that the record's function has read.
    pub fn settle_by_memory(&mut self, reader: &Body, written: &Written, unit: &Unit) {
        let Some(entry) = self.entry.as_ref().filter(|_| matches!(self.class, Class::Unknown(_))) else {
            return;
        };
        let class = written
            .left_before(reader.file, entry)
            .or_else(|| written.first_use(reader, entry, unit))
            .or_else(|| written.never_set_to_zero(entry, unit));
        if let Some(class) = class {
            self.class = class;
            self.left_by_others = true;
        }
    }
}

impl Written {
    /// What the functions leave, as far as it fits what the reader has found.
    fn left_before(&self, reader: FileId, entry: &EntryValue) -> Option<Class> {
        // Fields of one name in other files are mostly fields of other structures.
        let near = self
            .snapshots
            .iter()
            .filter(|(file, _)| entry.global || *file == reader)
            .map(|(_, snapshot)| snapshot);
        if let Some(origin) = near.into_iter().find_map(|snapshot| zero_that_fits(snapshot, entry)) {
            return Some(Class::Maybe(origin));
        }
        // A global has its initial value until the program sets it: at its start, or nobody knows when.
        (self.complete && self.never_zero(&entry.name) && self.starts_program && entry.global).then(|| {
            let name = &entry.name;
            Class::NonZero(format!(
                "every store to `{name}` in these sources is of a non-zero value"
            ))
        })
    }

    /// A private global that only the reader itself sets still has its initial value when the reader is first called.
    fn first_use(&self, reader: &Body, entry: &EntryValue, unit: &Unit) -> Option<Class> {
        let only_here = self.writers.iter().all(|writer| *writer == reader.function.whole);
        if !entry.global || !entry.at_start || !only_here || self.writers.is_empty() {
            return None;
        }
        let initial = |name: &str| (unit.initial)(reader.file, name);
        let origin = initial(&entry.name)?.zero?;
        let fits = entry
            .siblings
            .iter()
            .all(|(name, found)| initial(name).is_none_or(|field| !field.range.intersect(found).is_empty()));
        fits.then_some(Class::Maybe(origin))
    }

    /// A private global that is not zero when the program starts, and that no function sets to zero.
    fn never_set_to_zero(&self, entry: &EntryValue, unit: &Unit) -> Option<Class> {
        let (file, name) = (entry.private?, &entry.name);
        let writers = unit.code.writers(&unit.code.global(file, name)?)?;
        let all_seen = writers
            .iter()
            .all(|writer| self.writers.contains(&writer.function.whole));
        let starts_at_zero = || (unit.initial)(file, name).is_none_or(|field| field.range.contains(0));
        (self.complete && all_seen && self.never_zero(name) && !starts_at_zero())
            .then(|| Class::NonZero(format!("`{name}` starts with and is only given non-zero values")))
    }

    /// Whether functions leave non-zero values in the place, and nothing else.
    fn never_zero(&self, name: &str) -> bool {
        let snapshots = || self.snapshots.iter().map(|(_, snapshot)| snapshot);
        let fields = || snapshots().filter_map(|snapshot| snapshot.fields.get(name));
        let cleared = snapshots().any(|snapshot| snapshot.rest_zero.is_some());
        fields().next().is_some() && fields().all(|field| !field.range.contains(0)) && !cleared
    }
}

/// The zero that a function leaves, if the rest of what it leaves fits what the reader has found.
fn zero_that_fits(snapshot: &Snapshot, entry: &EntryValue) -> Option<Origin> {
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
