//! Calls of functions that are external, or not followed: they do what the facts about libraries say, or anything.

use super::call::structure;
use super::uses::ERRNO;
use super::{Engine, Here, Key};
use crate::facts::external::returns_again;
use crate::facts::{Effect, Library, Returns};
use crate::ir::{Call, Callee, Place, SinkPositions};
use crate::source::Span;
use crate::state::State;
use crate::state::location::Location;
use crate::state::memory::Cell;
use crate::value::{Cause, LocationId, Origin, Ranges, Source, TermId, Value};
use std::collections::BTreeSet;

/// A call of a function that is external, or not followed.
struct ExternalCall<'call> {
    call: &'call Call,
    /// Empty if it is not known.
    name: &'call str,
    arguments: &'call [Value],
    library: Library,
}

impl Engine<'_> {
    /// A sink returns an address or a failure; where it succeeds, the new size was not zero.
    pub(super) fn after_sink(
        &mut self,
        here: &Here,
        state: State,
        call: &Call,
        arguments: &[Value],
        positions: SinkPositions,
        after: &mut Vec<State>,
    ) {
        let library = Library {
            effect: Effect::Nothing,
            positive: positions.new_size,
            ..Library::default()
        };
        let external = ExternalCall {
            call,
            name: "mremap",
            arguments,
            library,
        };
        self.run_external(here, state, &external, after);
    }

    /// An external function.
    pub(super) fn external_call(
        &mut self,
        here: &Here,
        state: State,
        call: &Call,
        name: Option<&str>,
        arguments: &[Value],
        after: &mut Vec<State>,
    ) {
        let mut library = name.map(|name| self.code.library(name)).unwrap_or_default();
        let method = matches!(call.callee, Callee::Method(_));
        library.visible = name.is_none_or(|name| !self.functions(here.body.file, name, method).is_empty());
        let external = ExternalCall {
            call,
            name: name.unwrap_or_default(),
            arguments,
            library,
        };
        if returns_again(external.name) {
            let later = self.after_jump_back(here, state.clone());
            self.run_external(here, later, &external, after);
        }
        self.run_external(here, state, &external, after);
    }

    /// The state in which a call returns once more: what has run since may have changed whatever it stores to.
    fn after_jump_back(&mut self, here: &Here, mut state: State) -> State {
        let epoch = self.epoch_here(&state, here.frame);
        let stored = here
            .body
            .shape
            .stored_after(&here.body.function, (self.spot.block, self.spot.statement));
        let stored = stored.into_iter().map(|variable| self.local(here.frame, variable));
        let mut forgotten: BTreeSet<LocationId> = stored.collect();
        let addressed = self
            .terms
            .addressed()
            .iter()
            .map(|location| self.locations.root(*location));
        forgotten.extend(addressed.chain(state.escaped.iter().copied()));
        for root in forgotten {
            state.memory.havoc(&self.locations, root, epoch);
        }
        self.globals
            .havoc_shared(&self.locations, &mut state, epoch, &BTreeSet::new());
        state.wild = true;
        state
    }

    fn run_external(&mut self, here: &Here, mut state: State, external: &ExternalCall, after: &mut Vec<State>) {
        let epoch = self.epoch_here(&state, here.frame);
        let library = external.library;
        if library.stops {
            return;
        }
        if library.effect != Effect::Everything {
            self.forget_error(&mut state, epoch);
        }
        if library.effect != Effect::Nothing {
            for term in self.given(here, &mut state, external) {
                let location = self.pointee(&state, term);
                let outside = matches!(self.locations.get(self.locations.root(location)), Location::Pointee(_));
                for object in self.aim(term).objects {
                    self.note_stored(&state, object, None);
                    match library.effect {
                        Effect::Everything => state.escape(&self.terms, &self.locations, object),
                        _ if outside => state.memory.havoc(&self.locations, object, epoch),
                        _ => {}
                    }
                }
                if !outside || library.effect == Effect::Arguments {
                    state.memory.havoc(&self.locations, location, epoch);
                }
            }
        }
        if library.effect == Effect::Everything {
            // Before the function that is explored, it can only call back what is looked at there, too.
            if library.visible || self.context.runs_before {
                self.epochs.note_unfollowed(epoch);
            }
            // It may call back what stores to the owned globals, or not; and a visible one that is not followed need not store
            // to those that it does not name.
            if self.globals.are_known(&self.locations, &state) {
                let mut as_it_is = state.clone();
                self.havoc_all(&mut as_it_is, epoch, &self.left_alone(here, external));
                self.external_result(here, as_it_is, external, epoch, after);
                if self.context.runs_before {
                    // One state stands for all that this may come to.
                    self.context.called_back = true;
                    return;
                }
            }
            let nothing = BTreeSet::new();
            let kept = if library.visible {
                &nothing
            } else {
                &self.globals.sealed
            };
            self.havoc_all(&mut state, epoch, kept);
        }
        self.external_result(here, state, external, epoch, after);
    }

    /// The arguments of a call, and what the parts of structures hold that are passed by value.
    fn given(&mut self, here: &Here, state: &mut State, external: &ExternalCall) -> Vec<TermId> {
        let mut given: Vec<TermId> = external.arguments.iter().map(|argument| argument.term).collect();
        for argument in &external.call.arguments {
            let Some(place) = structure(&argument.value) else {
                continue;
            };
            let whole = self.locate(here, state, place);
            let parts = state.memory.cells().filter_map(|(id, cell)| match cell {
                Cell::Value(value) if id != whole && self.locations.is_within(id, whole) => Some(value.term),
                _ => None,
            });
            given.extend(parts);
        }
        given
    }

    /// Any function of a library may leave an error.
    fn forget_error(&mut self, state: &mut State, epoch: u32) {
        if self.focus.keys.contains(&Key::global(ERRNO)) {
            let errno = self.locations.intern(Location::Global(None, ERRNO.to_owned()));
            state.memory.havoc(&self.locations, errno, epoch);
        }
    }

    /// The owned globals that the functions which a call may mean do not store to themselves.
    fn left_alone(&self, here: &Here, external: &ExternalCall) -> BTreeSet<LocationId> {
        let callees = self.visible(&here.body, external.call);
        let is_stored = |global: &&LocationId| match self.locations.get(**global) {
            Location::Global(_, name) => callees
                .iter()
                .any(|callee| callee.shape.stores.contains(&Key::global(name))),
            _ => true,
        };
        self.globals
            .owned
            .iter()
            .filter(|global| !is_stored(global))
            .copied()
            .collect()
    }

    /// Havocs all that code elsewhere may reach, except for constants and some globals.
    fn havoc_all(&self, state: &mut State, epoch: u32, kept: &BTreeSet<LocationId>) {
        self.globals.havoc_shared(&self.locations, state, epoch, kept);
        for variable in state.escaped.clone() {
            state.memory.havoc(&self.locations, variable, epoch);
        }
    }

    /// Stores what an external function returns.
    fn external_result(
        &mut self,
        here: &Here,
        mut state: State,
        external: &ExternalCall,
        epoch: u32,
        after: &mut Vec<State>,
    ) {
        let ExternalCall { call, arguments, .. } = external;
        let Some(to) = &call.to else { return after.push(state) };
        let bits = call.ty.bits();
        let source = Source::Result {
            callee: external.name.to_owned(),
            arguments: arguments.iter().map(|argument| argument.term).collect(),
            at: call.at,
            epoch,
        };
        let mut range = self.result_range(external, bits);
        let tested = external.library.positive.and_then(|index| arguments.get(index));
        if let Some(length) = tested.map(|argument| argument.term)
            && state.constraints.range(&self.terms, length).contains(0)
        {
            self.fails_for_zero(here, &state, to, bits, call.at, after);
            range = range.without(failure(bits));
            let nonzero = Ranges::full(self.terms.bits(length)).without(0);
            if !state.constraints.refine(&self.terms, length, &nonzero, None) {
                return;
            }
        }
        let result = self.terms.symbol(source, range, Vec::new());
        self.assign(here, &mut state, to, Value::unexplained(result));
        after.push(state);
    }

    /// What an external function can return.
    fn result_range(&self, external: &ExternalCall, bits: u32) -> Ranges {
        let applies = |returns: &Returns| match returns.only_for {
            Some((index, value)) => {
                let argument = external.arguments.get(index);
                argument.is_some_and(|argument| self.terms.constant_of(argument.term) == Some(value))
            }
            None => true,
        };
        match external.library.result.filter(applies) {
            Some(returns) => {
                let range = Ranges::between(returns.range.0, returns.range.1, bits);
                match returns.fails {
                    true => range.union(&Ranges::single(failure(bits), bits)),
                    false => range,
                }
            }
            None => Ranges::full(bits),
        }
    }

    /// The path on which a call that refuses length zero has failed.
    fn fails_for_zero(&mut self, here: &Here, state: &State, to: &Place, bits: u32, at: Span, after: &mut Vec<State>) {
        let mut failed = state.clone();
        let value = Value {
            term: self.terms.constant(u64::MAX, bits),
            origin: Some(Origin::new(at, Cause::Returned)),
        };
        self.assign(here, &mut failed, to, value);
        after.push(failed);
    }
}

/// What says that a call has failed: -1.
fn failure(bits: u32) -> u64 {
    u64::MAX >> (64 - bits)
}
