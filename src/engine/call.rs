//! Statements and calls: visible functions are run, the others do what the library table says, or anything.

use super::{Body, Effect, Engine, Frame, GivenUp, Here, Initial, Key, Library, Returned, Returns};
use crate::ir::{Call, Callee, Expr, Place, SinkPositions, Stmt, Type};
use crate::source::Span;
use crate::state::State;
use crate::state::location::Location;
use crate::state::memory::{Cell, Content};
use crate::value::{Cause, LocationId, Origin, Ranges, Source, Term, TermId, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many functions a call may mean; above it, it may mean anything.
const CANDIDATES: usize = 6;
/// The part of an exploration's steps that a call may take which does not lead to a sink.
const ALLOWANCE: usize = 8;

/// A call of a function that is not visible, or not followed.
struct Unseen<'call> {
    call: &'call Call,
    /// Empty if it is not known.
    name: &'call str,
    arguments: &'call [Value],
    library: Library,
}

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
            Stmt::Forget { place, .. } => {
                let location = self.locate(here, &mut state, place);
                let epoch = self.moment(&state, here.frame);
                state.memory.forget(&self.locations, location, epoch);
            }
            Stmt::Call(call) => return self.call(here, state, call, after),
        }
        after.push(state);
    }

    fn assign(&mut self, here: &Here, state: &mut State, to: &Place, value: Value) {
        let location = self.locate(here, state, to);
        self.end_at_null(state, location);
        self.store(here, state, location, value);
    }

    fn store(&mut self, here: &Here, state: &mut State, location: LocationId, value: Value) {
        let epoch = self.moment(state, here.frame);
        let root = self.locations.root(location);
        if let Term::Address(target) = self.terms.get(value.term)
            && state.is_visible_outside(&self.locations, root)
        {
            state.escape(&self.terms, &self.locations, *target);
        }
        state.memory.store(&self.locations, location, value, epoch);
        // A pointer that is one of several: any variable whose address is known may have been meant.
        if let Location::Pointee(pointer) = self.locations.get(root)
            && let Term::Symbol(symbol) = self.terms.get(*pointer)
            && matches!(self.terms.symbol_data(*symbol).source, Source::Joined(_))
        {
            for variable in state.escaped.clone() {
                state.memory.forget(&self.locations, variable, epoch);
            }
        }
    }

    fn call(&mut self, here: &Here, mut state: State, call: &Call, after: &mut Vec<State>) {
        let arguments = self.arguments(here, &mut state, call);
        let (name, method) = self.callee_name(here, &mut state, &call.callee);
        if state.ended {
            return;
        }
        let sink = call.sink.or_else(|| self.sink_of_pointer(here, call, name.as_deref()));
        let is_sink = sink.is_some_and(|positions| positions.old_size < arguments.len());
        let named = name.as_deref().map(|name| (name, method));
        let candidates = self.candidates(here, call, named, is_sink);
        if let Some(positions) = sink.filter(|_| is_sink) {
            self.report(here, call, positions, &arguments, &mut state);
            // A definition of the same name that is there may be what is called, and lead on to the system call.
            for body in &candidates {
                self.follow(here, state.clone(), call, body, &arguments);
            }
            return self.after_sink(here, state, call, &arguments, positions, after);
        }
        if candidates.is_empty() || candidates.len() > CANDIDATES {
            if self.stack.len() >= self.limits.depth {
                self.given_up.insert((call.at, GivenUp::Depth));
            } else if !candidates.is_empty() {
                self.given_up.insert((call.at, GivenUp::Candidates));
            }
            return self.unseen(here, state, call, name.as_deref(), &arguments, after);
        }
        let spot = self.spot;
        let asks = here.slice.asks(spot.block, spot.statement as usize);
        for body in candidates {
            let Some(mut all_returned) = self.follow_within_allowance(here, &state, call, &body, &arguments) else {
                self.given_up.insert((call.at, GivenUp::Allowance));
                self.unseen(here, state.clone(), call, name.as_deref(), &arguments, after);
                continue;
            };
            if asks {
                all_returned = self.join_returned(all_returned);
            }
            for returned in all_returned {
                let Returned { mut state, value } = returned;
                let parts = self.locations.intern(Location::Returned);
                if let Some(to) = &call.to {
                    match value {
                        Some(value) => {
                            self.assign(here, &mut state, to, value);
                            let to = self.locate(here, &mut state, to);
                            let link = (call.at, Cause::Returned);
                            if let Some(Cell::Zero(origin)) = state.memory.cell(parts) {
                                let origin = origin.then(link.0, link.1);
                                state.memory.put(to, Cell::Zero(origin));
                            }
                            state.memory.copy_parts(&mut self.locations, parts, to, link);
                        }
                        None => {
                            let location = self.locate(here, &mut state, to);
                            let epoch = self.moment(&state, here.frame);
                            state.memory.forget(&self.locations, location, epoch);
                        }
                    }
                }
                state.memory.remove(&self.locations, parts);
                after.push(state);
            }
        }
    }

    /// The visible functions that a call, by a name that may be a method's or through a pointer, may lead to.
    fn candidates(&self, here: &Here, call: &Call, name: Option<(&str, bool)>, is_sink: bool) -> Vec<Arc<Body>> {
        let candidates = match (name, &call.callee) {
            _ if self.stack.len() >= self.limits.depth => Vec::new(),
            (Some((name, _)), _) if is_sink && !self.code.leads(name) => Vec::new(),
            (Some((name, method)), _) => self.functions(here.body.file, name, method).to_vec(),
            (None, Callee::Pointer(Expr::Load(Place::Field(_, field), ..))) => {
                // A table of operations may hold many functions; those that do not lead on are not worth a guess.
                let mut stored = self.code.stored(here.body.file, field);
                stored.retain(|body| self.code.leads(&body.function.name));
                stored
            }
            _ => Vec::new(),
        };
        // Of several overloads those that take so many arguments.
        let fits = |body: &Arc<Body>| body.function.parameters.len() == call.arguments.len();
        let overloaded = candidates.iter().any(fits);
        candidates
            .into_iter()
            .filter(|body| (!overloaded || fits(body)) && !self.is_running_too_often(here, body))
            .collect()
    }

    /// Keeps the parts of a structure that is returned where the caller finds them.
    pub(super) fn keep_returned(&mut self, here: &Here, state: &mut State, value: &Option<Expr>) {
        let kept = self.locations.intern(Location::Returned);
        state.memory.remove(&self.locations, kept);
        if let Some(value) = value
            && let Some(place) = structure(value)
        {
            let from = self.locate(here, state, place);
            self.copy(state, from, kept);
        }
    }

    /// The values of a call's arguments; those that are outside of the slice may not be up to date.
    fn arguments(&mut self, here: &Here, state: &mut State, call: &Call) -> Vec<Value> {
        let body = here.body.clone();
        let spot = self.spot;
        let uses = &body.shape.uses(&body.function).blocks[spot.block as usize].0[spot.statement as usize];
        let mut values = Vec::with_capacity(call.arguments.len());
        for (argument, reads) in call.arguments.iter().zip(&uses.arguments) {
            values.push(if here.slice.reads(reads) {
                self.evaluate(here, state, &argument.value)
            } else {
                let unknown = Expr::Unknown(argument.value.ty(), argument.at);
                self.evaluate(here, state, &unknown)
            });
        }
        values
    }

    fn callee_name(&mut self, here: &Here, state: &mut State, callee: &Callee) -> (Option<String>, bool) {
        match callee {
            Callee::Named(name) => (Some(name.clone()), false),
            Callee::Method(name) => (Some(name.clone()), true),
            Callee::Pointer(pointer) => {
                let value = self.evaluate(here, state, pointer);
                match self.terms.get(value.term) {
                    Term::Function(index) => (Some(self.terms.function_name(*index).to_owned()), false),
                    // What is stored there later mostly does what was there at the start.
                    _ => match self.initial_function(here, pointer) {
                        Initial::Function(name) => (Some(name), false),
                        _ => (None, false),
                    },
                }
            }
        }
    }

    fn initial_function(&self, here: &Here, pointer: &Expr) -> Initial {
        match pointer.uncast() {
            Expr::Load(place, _, at) => self.code.initial_function(here.body.file, place, *at),
            _ => Initial::Unknown,
        }
    }

    /// A call through a pointer reaches a sink if the pointer is known to be one, or if a macro named after mremap stands for
    /// the pointer and nothing is known of where it points.
    fn sink_of_pointer(&self, here: &Here, call: &Call, name: Option<&str>) -> Option<SinkPositions> {
        let Callee::Pointer(pointer) = &call.callee else {
            return None;
        };
        let named_after = |name: &str| name.to_ascii_lowercase().ends_with("mremap");
        match name {
            Some(name) => self.code.sink(here.body.file, name),
            None if call.expansion.iter().any(|use_| named_after(&use_.name)) => {
                self.code.sink(here.body.file, "mremap")
            }
            None if self.initial_function(here, pointer) == Initial::Other => None,
            None => match pointer.uncast() {
                Expr::Load(Place::Field(_, field), ..) => self.code.stored_sink(here.body.file, field),
                _ => None,
            },
        }
    }

    /// Recursion is followed twice.
    fn is_running_too_often(&self, here: &Here, body: &Arc<Body>) -> bool {
        let running = self.stack.iter().map(|frame| &frame.caller).chain([&here.body]);
        running
            .filter(|running| running.function.whole == body.function.whole)
            .count()
            > 2
    }

    /// Runs a visible function within the steps that are left, or, if it does not lead to a sink, within an allowance for all
    /// its calls: what it costs beyond that is better spent on the way to the sinks. `None` if it went beyond.
    fn follow_within_allowance(
        &mut self,
        here: &Here,
        state: &State,
        call: &Call,
        body: &Arc<Body>,
        arguments: &[Value],
    ) -> Option<Vec<Returned>> {
        if self.leads_on(&here.body, call) {
            return Some(self.follow(here, state.clone(), call, body, arguments));
        }
        let key = (body.function.whole, body.variant);
        let allowance = self.limits.steps / ALLOWANCE;
        let spent = self.spent.get(&key).copied().unwrap_or(0);
        if spent >= allowance {
            return None;
        }
        let (before, ceiling) = (self.steps, self.ceiling);
        self.ceiling = ceiling.min(before + allowance - spent);
        let returned = self.follow(here, state.clone(), call, body, arguments);
        let beyond = self.exhausted && self.ceiling < ceiling;
        self.ceiling = ceiling;
        self.spent.insert(key, spent + self.steps - before);
        if !beyond {
            return Some(returned);
        }
        // What came of it is thrown away, and so is what it cost, once over for all.
        self.exhausted = false;
        let wasted = self.steps - before;
        if self.wasted + wasted <= self.limits.steps {
            self.wasted += wasted;
            self.steps = before;
        }
        None
    }

    /// Runs a visible function.
    fn follow(
        &mut self,
        here: &Here,
        mut state: State,
        call: &Call,
        body: &Arc<Body>,
        arguments: &[Value],
    ) -> Vec<Returned> {
        let frame = self.frame_of(here.frame, self.spot);
        state.memory.drop_frame(&self.locations, frame);
        let inside = self.here(body, frame);
        for (index, &parameter) in body.function.parameters.iter().enumerate() {
            if !inside.slice.follows(parameter) {
                continue;
            }
            let ty = body.function.variable(parameter).ty.clone();
            let location = self.local(frame, parameter);
            match arguments.get(index) {
                Some(argument) => {
                    let signed = call.arguments[index].value.ty().signed();
                    let term = self.fitted(argument.term, ty.bits(), signed);
                    let value = self
                        .settled(&state, term, argument.origin.clone())
                        .then(call.at, Cause::Passed);
                    let epoch = self.moment(&state, here.frame);
                    state.memory.store(&self.locations, location, value, epoch);
                    if let Some(place) = structure(&call.arguments[index].value) {
                        let from = self.locate(here, &mut state, place);
                        let link = (call.at, Cause::Passed);
                        if let Content::Zero(origin) = self.read(&state, from) {
                            state.memory.put(location, Cell::Zero(origin.then(link.0, link.1)));
                        }
                        state.memory.copy_parts(&mut self.locations, from, location, link);
                    }
                }
                None => {
                    let epoch = self.moment(&state, here.frame);
                    state.memory.forget(&self.locations, location, epoch);
                }
            }
        }
        self.stack.push(Frame {
            call: Arc::new(call.clone()),
            caller: here.body.clone(),
        });
        let mut returned = self.run(&inside, vec![state]);
        self.stack.pop();
        for one in &mut returned {
            one.state.memory.drop_frame(&self.locations, frame);
            one.state.loops.retain(|key, _| key.0 != frame);
        }
        returned
    }

    /// A sink returns an address or a failure; where it succeeds, the new size was not zero.
    fn after_sink(
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
    fn unseen(
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
        let epoch = self.moment(&state, here.frame);
        let library = unseen.library;
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
            // It may call back what stores to the owned globals, or not; and a visible one that is not followed need not store
            // to those that it does not name.
            if self.holds_owned(&state) {
                let mut as_it_is = state.clone();
                self.forget_all(&mut as_it_is, epoch, &self.left_alone(here, unseen));
                self.library_result(here, as_it_is, unseen, epoch, after);
                if self.runs_before {
                    // One state stands for all that this may come to.
                    self.called_back = true;
                    return;
                }
            }
            let nothing = BTreeSet::new();
            let kept = if library.visible { &nothing } else { &self.sealed };
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
        self.owned.iter().filter(|global| !is_stored(global)).copied().collect()
    }

    /// Forgets all that code elsewhere may reach, except for constants and some globals.
    fn forget_all(&self, state: &mut State, epoch: u32, kept: &BTreeSet<LocationId>) {
        let keep = |root| self.constants.contains(&root) || kept.contains(&root);
        state.memory.forget_shared(&self.locations, epoch, keep);
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

/// The place of a structure that is passed or returned by value: its parts go with it.
fn structure(value: &Expr) -> Option<&Place> {
    match value {
        Expr::Load(place, Type::Aggregate(_) | Type::Unknown, _) => Some(place),
        _ => None,
    }
}
