//! Calls of functions that are not visible, or not followed: they do what the facts about libraries say, or anything.

use super::{Engine, Here, Key};
use crate::facts::{Effect, Library, Returns};
use crate::ir::{Call, Callee, Place, SinkPositions};
use crate::source::Span;
use crate::state::State;
use crate::state::location::Location;
use crate::value::{Cause, LocationId, Origin, Ranges, Source, TermId, Value};
use std::collections::BTreeSet;

/// A call of a function that is not visible, or not followed.
struct Unseen<'call> {
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
        let unseen = Unseen {
            call,
            name: "mremap",
            arguments,
            library,
        };
        self.library_call(here, state, &unseen, after);
    }

    /// A function that is not visible.
    pub(super) fn unseen(
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
        let unseen = Unseen {
            call,
            name: name.unwrap_or_default(),
            arguments,
            library,
        };
        self.library_call(here, state, &unseen, after);
    }

    fn library_call(&mut self, here: &Here, mut state: State, unseen: &Unseen, after: &mut Vec<State>) {
        let epoch = self.epoch_here(&state, here.frame);
        let library = unseen.library;
        if library.stops {
            return;
        }
        if library.effect != Effect::Nothing {
            for argument in unseen.arguments {
                let location = self.pointee(&state, argument.term);
                let known = matches!(self.locations.get(self.locations.root(location)), Location::Pointee(_));
                if library.effect == Effect::Everything {
                    state.escape(&self.terms, &self.locations, location);
                }
                if !known || library.effect == Effect::Arguments {
                    state.memory.forget(&self.locations, location, epoch);
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
                self.forget_all(&mut as_it_is, epoch, &self.left_alone(here, unseen));
                self.library_result(here, as_it_is, unseen, epoch, after);
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
            self.forget_all(&mut state, epoch, kept);
        }
        self.library_result(here, state, unseen, epoch, after);
    }

    /// The owned globals that the functions which a call may mean do not store to themselves.
    fn left_alone(&self, here: &Here, unseen: &Unseen) -> BTreeSet<LocationId> {
        let callees = self.visible(&here.body, unseen.call);
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

    /// Forgets all that code elsewhere may reach, except for constants and some globals.
    fn forget_all(&self, state: &mut State, epoch: u32, kept: &BTreeSet<LocationId>) {
        self.globals.havoc_shared(&self.locations, state, epoch, kept);
        for variable in state.escaped.clone() {
            state.memory.forget(&self.locations, variable, epoch);
        }
    }

    /// Stores what an unseen function returns.
    fn library_result(&mut self, here: &Here, mut state: State, unseen: &Unseen, epoch: u32, after: &mut Vec<State>) {
        let Unseen {
            call,
            arguments,
            library,
            ..
        } = unseen;
        let Some(to) = &call.to else { return after.push(state) };
        let bits = call.ty.bits();
        let source = Source::Result {
            callee: unseen.name.to_owned(),
            arguments: arguments.iter().map(|argument| argument.term).collect(),
            at: call.at,
            time: epoch,
        };
        let mut range = Ranges::full(bits);
        let applies = |returns: &Returns| match returns.only_for {
            Some((index, value)) => arguments
                .get(index)
                .is_some_and(|argument| self.terms.constant_of(argument.term) == Some(value)),
            None => true,
        };
        if let Some(returns) = library.result.filter(applies) {
            range = Ranges::between(returns.range.0, returns.range.1, bits);
            if returns.fails {
                range = range.union(&Ranges::single(u64::MAX >> (64 - bits), bits));
            }
        }
        let tested = library
            .positive
            .and_then(|index| arguments.get(index))
            .map(|argument| argument.term);
        if let Some(length) = tested
            && state.constraints.range(&self.terms, length).contains(0)
        {
            self.fails_for_zero(here, &mut state, to, (length, bits), call.at, after);
            range = range.without(u64::MAX >> (64 - bits));
            let nonzero = Ranges::full(self.terms.bits(length)).without(0);
            if !state.constraints.refine(&self.terms, length, &nonzero, None) {
                return;
            }
        }
        let result = self.terms.symbol(source, range, Vec::new());
        self.assign(here, &mut state, to, Value::unexplained(result));
        after.push(state);
    }

    /// The path on which a call that refuses length zero has failed.
    fn fails_for_zero(
        &mut self,
        here: &Here,
        state: &mut State,
        to: &Place,
        (_, bits): (TermId, u32),
        at: Span,
        after: &mut Vec<State>,
    ) {
        let mut failed = state.clone();
        let term = self.terms.constant(u64::MAX, bits);
        self.assign(
            here,
            &mut failed,
            to,
            Value {
                term,
                origin: Some(Origin::new(at, Cause::Returned)),
            },
        );
        after.push(failed);
    }
}
