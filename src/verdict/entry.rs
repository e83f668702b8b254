//! The field or global that decides whether old_size is zero, as a function finds it when it starts, and what its path has found
//! of the object around it.

use crate::engine::{Exploration, Key, Reached};
use crate::source::FileId;
use crate::state::location::Location;
use crate::value::{LocationId, Ranges, Source, Term, TermId};
use std::collections::BTreeMap;

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
