//! Statements: what one does to memory. Calls are left to `call`.

use super::{Engine, Here};
use crate::ir::{Place, Stmt};
use crate::state::State;
use crate::state::location::Location;
use crate::value::{Cause, LocationId, Origin, Source, Term, Value};

impl Engine<'_> {
    /// Runs one statement; `after` receives the states behind it.
    pub(super) fn statement(&mut self, here: &Here, mut state: State, statement: &Stmt, after: &mut Vec<State>) {
        match statement {
            Stmt::Set { to, value, at } => {
                let value = self.evaluate(here, &mut state, value).then(*at, Cause::Assigned);
                self.assign(here, &mut state, to, value);
            }
            Stmt::Copy { to, from, .. } => {
                let from = self.locate(here, &mut state, from);
                let to = self.locate(here, &mut state, to);
                self.copy(&mut state, from, to);
            }
            Stmt::Clear { place, at } => {
                let location = self.locate(here, &mut state, place);
                state
                    .memory
                    .clear(&self.locations, location, Origin::new(*at, Cause::Cleared));
            }
            Stmt::Havoc { place, .. } => {
                let location = self.locate(here, &mut state, place);
                let epoch = self.epoch_here(&state, here.frame);
                state.memory.havoc(&self.locations, location, epoch);
            }
            Stmt::Call(call) => return self.call(here, state, call, after),
        }
        after.push(state);
    }

    pub(super) fn assign(&mut self, here: &Here, state: &mut State, to: &Place, value: Value) {
        let location = self.locate(here, state, to);
        self.end_at_null(state, location);
        self.store(here, state, location, value);
    }

    pub(super) fn store(&mut self, here: &Here, state: &mut State, location: LocationId, value: Value) {
        let epoch = self.epoch_here(state, here.frame);
        let root = self.locations.root(location);
        if let Term::Address(target) = self.terms.get(value.term)
            && state.is_visible_outside(&self.locations, root)
        {
            state.escape(&self.terms, &self.locations, *target);
        }
        self.store_behind(state, location, &value);
        state.memory.store(&self.locations, location, value, epoch);
        // A pointer that is one of several: any variable whose address is known may have been meant.
        if let Location::Pointee(pointer) = self.locations.get(root)
            && let Term::Symbol(symbol) = self.terms.get(*pointer)
            && matches!(self.terms.symbol_data(*symbol).source, Source::Joined(_))
        {
            for variable in state.escaped.clone() {
                state.memory.havoc(&self.locations, variable, epoch);
            }
        }
    }
}
