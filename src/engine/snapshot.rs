//! What objects look like when a function has returned: which values their fields have together. This is how one function
//! tells another, which it does not call, what it may find.

use super::{Engine, Returned};
use crate::state::State;
use crate::state::location::Location;
use crate::state::memory::Cell;
use crate::value::{LocationId, Origin, Ranges, Source, Term, Value};
use std::collections::BTreeMap;

/// Objects recorded for one exploration.
const SNAPSHOTS: usize = 256;

/// The fields of one object, or all globals, at the end of one path.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Values of the fields (or globals) that the path has set, with the reason where it is one constant.
    pub fields: BTreeMap<String, Field>,
    /// All fields not named are zero.
    pub rest_zero: Option<Origin>,
    /// Whether these are globals and not fields.
    pub globals: bool,
}

/// The value of a field in a snapshot.
#[derive(Clone, Debug)]
pub struct Field {
    /// All values it can have.
    pub range: Ranges,
    /// Why it is zero, if it is or if zero is among the constants that it stands for.
    pub zero: Option<Origin>,
}

impl Engine<'_> {
    /// Notes that a global gets a value, or something that is not known, where an exploration is about what is stored.
    pub(super) fn note_stored(&mut self, state: &State, location: LocationId, value: Option<&Value>) {
        if !self.focus.only_stores || self.globals.are_initializing() {
            return;
        }
        let root = self.locations.root(location);
        let Location::Global(_, name) = self.locations.get(root) else {
            return;
        };
        let value = value.filter(|_| root == location);
        let may_be_zero = value.is_none_or(|value| state.constraints.range(&self.terms, value.term).contains(0));
        *self.reports.stored.entry(name.clone()).or_default() |= may_be_zero;
    }

    /// The objects that outlive a function, over all its returns.
    pub(super) fn snapshots(&self, returned: &[Returned]) -> Vec<Snapshot> {
        let mut snapshots = Vec::new();
        for one in returned {
            let mut objects: BTreeMap<Option<LocationId>, Snapshot> = BTreeMap::new();
            for (id, cell) in one.state.memory.cells() {
                let returned = *self.locations.get(self.locations.root(id)) == Location::Returned;
                if !self.locations.is_shared(id) && !returned || !self.is_left_behind(one, id) {
                    continue;
                }
                self.note_cell(&one.state, id, cell, &mut objects);
            }
            snapshots.extend(objects.into_values());
            if snapshots.len() >= SNAPSHOTS {
                break;
            }
        }
        snapshots.truncate(SNAPSHOTS);
        snapshots
    }

    /// Whether others can reach an object when the function has returned: what it made itself must be returned or stored.
    fn is_left_behind(&self, returned: &Returned, id: LocationId) -> bool {
        let Location::Pointee(pointer) = *self.locations.get(self.locations.root(id)) else {
            return true;
        };
        let made_here = match self.terms.get(pointer) {
            Term::Symbol(symbol) => matches!(self.terms.symbol_data(*symbol).source, Source::Result { .. }),
            _ => false,
        };
        let given_back = returned.value.as_ref().is_some_and(|value| value.term == pointer);
        let stored = || {
            returned.state.memory.cells().any(|(place, cell)| {
                self.locations.is_shared(place) && matches!(cell, Cell::Value(value) if value.term == pointer)
            })
        };
        !made_here || given_back || stored()
    }

    fn note_cell(
        &self,
        state: &State,
        id: LocationId,
        cell: &Cell,
        objects: &mut BTreeMap<Option<LocationId>, Snapshot>,
    ) {
        let (object, name) = match self.locations.get(id) {
            Location::Field(object, name) => (Some(*object), name),
            Location::Global(_, name) => (None, name),
            _ => {
                if let Cell::Zero(origin) = cell {
                    new_snapshot(objects, Some(id)).rest_zero = Some(origin.clone());
                }
                return;
            }
        };
        match cell {
            Cell::Value(value) => {
                let field = self.field(state, value);
                new_snapshot(objects, object).fields.insert(name.clone(), field);
            }
            Cell::Zero(origin) => {
                let field = Field {
                    range: Ranges::single(0, 64),
                    zero: Some(origin.clone()),
                };
                new_snapshot(objects, object).fields.insert(name.clone(), field);
                new_snapshot(objects, Some(id)).rest_zero = Some(origin.clone());
            }
            Cell::Unknown(_) => {}
        }
    }

    fn field(&self, state: &State, value: &Value) -> Field {
        let range = state.constraints.range(&self.terms, value.term).resized(64, false);
        let mut zero = None;
        if range.constant() == Some(0) {
            zero = value.origin.clone();
        } else if let Term::Symbol(symbol) = self.terms.get(value.term) {
            let witnesses = &self.terms.symbol_data(*symbol).witnesses;
            zero = witnesses
                .iter()
                .find(|witness| witness.value == 0 && range.contains(0))
                .map(|witness| witness.origin.clone());
        }
        Field { range, zero }
    }
}

fn new_snapshot(objects: &mut BTreeMap<Option<LocationId>, Snapshot>, object: Option<LocationId>) -> &mut Snapshot {
    objects.entry(object).or_insert_with(|| Snapshot {
        fields: BTreeMap::new(),
        rest_zero: None,
        globals: object.is_none(),
    })
}
