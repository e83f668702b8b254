//! Statements: what one does to memory. Calls are left to `call`.

use super::evaluate::{is_plain_target, leads_by_pointer};
use super::{Engine, Here};
use crate::ir::{Place, Stmt, Type};
use crate::state::State;
use crate::state::location::Location;
use crate::state::memory::Cell;
use crate::value::{Cause, LocationId, Origin, Value};

impl Engine<'_> {
    /// Runs one statement; `after` receives the states behind it.
    pub(super) fn statement(&mut self, here: &Here, mut state: State, statement: &Stmt, after: &mut Vec<State>) {
        match statement {
            Stmt::Set { to, value, at } => {
                let value = self.evaluate(here, &mut state, value).then(*at, Cause::Assigned);
                self.assign(here, &mut state, to, value);
            }
            Stmt::Copy { to, from, .. } => {
                let from = self.locate_whole(here, &mut state, from);
                let to = self.locate_whole(here, &mut state, to);
                self.hit_aimed(here, &mut state, to, (None, None));
                self.note_stored(&state, to, None);
                self.copy(&mut state, from, to);
            }
            Stmt::Clear { place, at } => {
                let location = self.locate_whole(here, &mut state, place);
                self.hit_aimed(here, &mut state, location, (None, None));
                self.note_stored(&state, location, None);
                state
                    .memory
                    .clear(&self.locations, location, Origin::new(*at, Cause::Cleared));
            }
            Stmt::Havoc { place, .. } => {
                let location = self.locate_whole(here, &mut state, place);
                self.hit_aimed(here, &mut state, location, (None, None));
                self.note_stored(&state, location, None);
                let epoch = self.epoch_here(&state, here.frame);
                state.memory.havoc(&self.locations, location, epoch);
            }
            Stmt::Call(call) => return self.call(here, state, call, after),
        }
        after.push(state);
    }

    pub(super) fn assign(&mut self, here: &Here, state: &mut State, to: &Place, value: Value) {
        let location = self.locate(here, state, to);
        if leads_by_pointer(to) {
            self.end_at_null(state, location);
        } else {
            // As many bytes as the type has, which is not visible.
            self.hit_aimed(here, state, location, (None, None));
        }
        let bits = self.terms.bits(value.term);
        let within = is_plain_target(to) && self.held_bits(here, state, location).is_some_and(|held| held > bits);
        self.store(here, state, location, value);
        if within {
            // The other bytes stay.
            let epoch = self.epoch_here(state, here.frame);
            state.memory.havoc(&self.locations, location, epoch);
        }
    }

    /// The width of the number that a location holds.
    fn held_bits(&self, here: &Here, state: &State, location: LocationId) -> Option<u32> {
        match (state.memory.cell(location), self.locations.get(location)) {
            (Some(Cell::Value(value)), _) => Some(self.terms.bits(value.term)),
            (_, Location::Local(frame, variable)) if *frame == here.frame => {
                let ty = &here.body.function.variable(*variable).ty;
                matches!(ty, Type::Int { .. } | Type::Pointer(_)).then(|| ty.bits())
            }
            _ => None,
        }
    }

    pub(super) fn store(&mut self, here: &Here, state: &mut State, location: LocationId, value: Value) {
        let epoch = self.epoch_here(state, here.frame);
        if state.is_visible_outside(&self.locations, location) {
            for object in self.aim(value.term).objects {
                state.escape(&self.terms, &self.locations, object);
            }
        }
        let bits = self.terms.bits(value.term);
        self.hit_aimed(here, state, location, (Some(bits), Some(&value)));
        self.note_stored(state, location, Some(&value));
        self.hit_views(here, state, location, &value);
        self.store_behind(state, location, &value);
        state.memory.store(&self.locations, location, value, epoch);
    }
}
