//! Pointers that stand for several since a join: a store through one may hit what each of these points to.

use super::Engine;
use crate::state::State;
use crate::state::location::Locations;
use crate::state::memory::Cell;
use crate::value::{LocationId, Value};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// What is behind pointers that stand for several.
#[derive(Default)]
pub(super) struct Aliases {
    /// What such a pointer leads to, and what each of those leads to that it stands for.
    stands_for: FxHashMap<LocationId, BTreeSet<LocationId>>,
    /// The other way round.
    stood_for: FxHashMap<LocationId, BTreeSet<LocationId>>,
}

impl Aliases {
    /// Notes that one object stands for another from now on.
    pub fn note(&mut self, joined: LocationId, target: LocationId) {
        self.stands_for.entry(joined).or_default().insert(target);
        self.stood_for.entry(target).or_default().insert(joined);
    }

    /// The objects that a store to a location may hit besides its own: each with the object, of those that the location lies
    /// in, that it is another name of.
    fn of(&self, locations: &Locations, location: LocationId) -> BTreeSet<(LocationId, LocationId)> {
        let mut found = BTreeSet::new();
        for whole in locations.enclosing(location) {
            for related in [&self.stands_for, &self.stood_for] {
                let mut pending = vec![whole];
                while let Some(next) = pending.pop() {
                    let further = related.get(&next).into_iter().flatten();
                    pending.extend(further.filter(|other| found.insert((whole, **other))));
                }
            }
        }
        found
    }
}

impl Engine<'_> {
    /// A store through a pointer that stands for several may hit what each of them points to, and a store to that may hit
    /// what it points to: what is known there holds the old value or the new one.
    pub(super) fn store_behind(&mut self, state: &mut State, location: LocationId, value: &Value) {
        for (whole, other) in self.aliases.of(&self.locations, location) {
            let Some(place) = self.locations.rebased(location, whole, other) else {
                continue;
            };
            let bits = self.terms.bits(value.term);
            let old = self.content(state, place, bits);
            let range = state.constraints.range(&self.terms, old.term);
            if range.bits() != bits || range.is_full() && state.memory.cell(place).is_none() {
                continue;
            }
            let mut witnesses = Vec::new();
            self.collect_witnesses(state, &old, &mut witnesses);
            self.collect_witnesses(state, value, &mut witnesses);
            let range = range.union(&state.constraints.range(&self.terms, value.term));
            let made = self.terms.made(old.term).max(self.terms.made(value.term));
            let either = Value::unexplained(self.joined_symbol(range, witnesses, made));
            state.memory.put(place, Cell::Value(either));
        }
    }
}
