//! Calls: which visible functions a call may mean, and what comes of running these within what the exploration may cost.
//! What is external, or not followed, is left to `external`.

use super::budget::Allowance;
use super::call_effects::takes_by_value;
use super::{Body, Engine, Frame, GivenUp, Here, Initial, Returned};
use crate::ir::{Argument, Call, Callee, Expr, Function, Place, SinkPositions, Type, VarId};
use crate::sinks::is_named_after_mremap;
use crate::source::Span;
use crate::state::State;
use crate::state::location::Location;
use crate::state::memory::{Cell, Content};
use crate::value::{Cause, Term, Value};
use std::sync::Arc;

/// How many functions a call may mean; above it, it may mean anything.
const CANDIDATES: usize = 6;

/// The functions that a call means.
struct Meant {
    /// Any of those of these names.
    names: Vec<String>,
    /// They are names of methods.
    method: bool,
    /// Or any others.
    others: bool,
    /// Nothing tells what it is, but where such pointers are stored.
    open: bool,
}

impl Meant {
    fn only(name: &str, method: bool) -> Meant {
        Meant {
            names: vec![name.to_owned()],
            method,
            others: false,
            open: false,
        }
    }

    fn anything() -> Meant {
        Meant {
            names: Vec::new(),
            method: false,
            others: true,
            open: true,
        }
    }
}

impl Engine<'_> {
    pub(super) fn call(&mut self, here: &Here, mut state: State, call: &Call, after: &mut Vec<State>) {
        let arguments = self.arguments(here, &mut state, call);
        let meant = self.meant(here, &mut state, (&call.callee, call.at));
        if state.ended {
            return;
        }
        for name in &meant.names {
            self.call_by_name(here, state.clone(), call, Some((name, meant.method)), &arguments, after);
        }
        if meant.others {
            match meant.open {
                true => self.call_by_name(here, state, call, None, &arguments, after),
                // What lies behind the pointer may be something else.
                false => self.external_call(here, state, call, None, &arguments, after),
            }
        }
    }

    /// A call of the functions that a name, if there is one, may mean. The flag: a method name.
    fn call_by_name(
        &mut self,
        here: &Here,
        mut state: State,
        call: &Call,
        named: Option<(&str, bool)>,
        arguments: &[Value],
        after: &mut Vec<State>,
    ) {
        let name = named.map(|(name, _)| name);
        let sink = call.sink.or_else(|| self.sink_of_pointer(here, call, name));
        let is_sink = sink.is_some_and(|positions| positions.old_size < arguments.len());
        let candidates = self.candidates(here, call, named, is_sink);
        if let Some(positions) = sink.filter(|_| is_sink) {
            self.report(here, call, positions, arguments, &mut state);
            // A definition of the same name that is there may be what is called, and lead on to the system call.
            for body in &candidates {
                self.follow(here, state.clone(), call, body, arguments);
            }
            return self.after_sink(here, state, call, arguments, positions, after);
        }
        if candidates.is_empty() || candidates.len() > CANDIDATES {
            if self.stack.len() >= self.budget.limits.depth {
                self.reports.given_up.insert((call.at, GivenUp::Depth));
            } else if !candidates.is_empty() {
                self.reports.given_up.insert((call.at, GivenUp::Candidates));
            }
            return self.external_call(here, state, call, name, arguments, after);
        }
        let spot = self.spot;
        let asks = here.slice.asks(spot.block, spot.statement as usize);
        if name.is_none() {
            // What lies behind the pointer may be something else.
            self.external_call(here, state.clone(), call, None, arguments, after);
        }
        for body in candidates {
            let Some(mut all_returned) = self.follow_within_allowance(here, &state, call, &body, arguments) else {
                self.reports.given_up.insert((call.at, GivenUp::Allowance));
                self.external_call(here, state.clone(), call, name, arguments, after);
                continue;
            };
            if asks {
                all_returned = self.join_returned(all_returned);
            }
            for returned in all_returned {
                after.push(self.resumed(here, call, returned));
            }
        }
    }

    /// The state behind a call that was followed: what was returned is where the call stores it.
    fn resumed(&mut self, here: &Here, call: &Call, returned: Returned) -> State {
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
                    let epoch = self.epoch_here(&state, here.frame);
                    state.memory.havoc(&self.locations, location, epoch);
                }
            }
        }
        state.memory.remove(&self.locations, parts);
        state
    }

    /// The visible functions that a call, by a name that may be a method's or through a pointer, may lead to.
    fn candidates(&self, here: &Here, call: &Call, name: Option<(&str, bool)>, is_sink: bool) -> Vec<Arc<Body>> {
        let candidates = match (name, &call.callee) {
            _ if self.stack.len() >= self.budget.limits.depth => Vec::new(),
            (Some((name, _)), _) if is_sink && !self.code.is_wrapper(name) => Vec::new(),
            (Some((name, method)), _) => self.functions(here.body.file, name, method).to_vec(),
            (None, Callee::Pointer(Expr::Load(Place::Field(_, field), ..))) => {
                // A table of operations may hold many functions; those that do not lead on are not worth a guess.
                let mut stored = self.code.stored(here.body.file, field);
                stored.retain(|body| self.code.is_wrapper(&body.function.name));
                stored
            }
            _ => Vec::new(),
        };
        if let Some(chosen) = &call.chosen {
            let meant: Vec<Arc<Body>> = candidates
                .iter()
                .filter(|body| has_types(&body.function, chosen))
                .cloned()
                .collect();
            if !meant.is_empty() {
                return meant
                    .into_iter()
                    .filter(|body| !self.is_running_too_often(here, body))
                    .collect();
            }
        }
        // Of several overloads those that take so many arguments.
        let given = call.arguments.len();
        let fits = |body: &Arc<Body>| match body.function.parameters.len() {
            taken if body.function.variadic => taken <= given + 1,
            taken => taken == given,
        };
        let overloaded = candidates.iter().any(fits);
        let named = matches!(call.callee, Callee::Named(_));
        let typed = named && candidates.iter().any(|body| fits(body) && takes(&body.function, call));
        if !named && candidates.iter().any(|body| !takes_by_value(&body.function, call)) {
            // What is passed is not what it takes: it is not followed.
            return Vec::new();
        }
        candidates
            .into_iter()
            .filter(|body| !overloaded || fits(body))
            .filter(|body| !typed || takes(&body.function, call))
            .filter(|body| !self.is_running_too_often(here, body))
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

    /// What a call means.
    fn meant(&mut self, here: &Here, state: &mut State, (callee, at): (&Callee, Span)) -> Meant {
        match callee {
            Callee::Named(name) => Meant::only(name, false),
            Callee::Method(name) => Meant::only(name, true),
            Callee::Unread => {
                state.unread.insert(at);
                Meant::anything()
            }
            Callee::Pointer(pointer) => {
                let value = self.evaluate(here, state, pointer);
                match self.terms.get(value.term) {
                    Term::Function(index) => Meant::only(self.terms.function_name(*index), false),
                    _ => match self.initial_function(here, pointer) {
                        Initial::Functions { names, lasting } => self.meant_by_table(here, names, lasting),
                        _ => Meant::anything(),
                    },
                }
            }
        }
    }

    /// Any of the functions that a pointer is initialised with, and others if it may have been changed since. Of too many
    /// those that lead to a sink. What is external does no more than what is not known.
    fn meant_by_table(&self, here: &Here, mut names: Vec<String>, lasting: bool) -> Meant {
        let too_many = names.len() > CANDIDATES;
        if !lasting {
            let is_external = |name: &String| {
                self.code.sink(here.body.file, name).is_none() && self.functions(here.body.file, name, false).is_empty()
            };
            names.retain(|name| !is_external(name));
        }
        if too_many {
            names.retain(|name| self.code.is_wrapper(name) || self.code.sink(here.body.file, name).is_some());
            names.truncate(CANDIDATES);
        }
        Meant {
            names,
            method: false,
            others: too_many || !lasting,
            open: false,
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
        match name {
            Some(name) => self.code.sink(here.body.file, name),
            None if call.expansion.iter().any(|use_| is_named_after_mremap(&use_.name)) => {
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
    /// its calls: what it costs beyond that is better spent on the way to the sinks. Where that is used up, there is one more
    /// for all such functions together, which are then run with fewer disjuncts. `None` if that is used up as well.
    fn follow_within_allowance(
        &mut self,
        here: &Here,
        state: &State,
        call: &Call,
        body: &Arc<Body>,
        arguments: &[Value],
    ) -> Option<Vec<Returned>> {
        if self.leads_to_sink(&here.body, call) {
            return Some(self.follow(here, state.clone(), call, body, arguments));
        }
        let run = |engine: &mut Self| engine.follow(here, state.clone(), call, body, arguments);
        let steps = self.budget.steps;
        let mut allowance = self.budget.allowance_of(body.key());
        let returned = self.within(&mut allowance, run);
        self.budget.set_allowance(body.key(), allowance);
        if returned.is_some() {
            return returned;
        }
        let (outside, mut allowance) = self.budget.begin_coarse()?;
        let returned = self.within(&mut allowance, run);
        self.budget.end_coarse(outside, steps, allowance);
        returned
    }

    /// Runs something within an allowance. `None` if it went beyond, or nothing was left of it.
    fn within(
        &mut self,
        allowance: &mut Allowance,
        run: impl FnOnce(&mut Self) -> Vec<Returned>,
    ) -> Option<Vec<Returned>> {
        let opened = self.budget.open(*allowance)?;
        let returned = run(self);
        let (spent, kept) = self.budget.close(opened);
        *allowance = spent;
        kept.then_some(returned)
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
            if inside.slice.follows(parameter) {
                let passed = arguments.get(index).map(|value| (&call.arguments[index], value));
                self.pass(here, &mut state, call.at, passed, &inside, parameter);
            }
        }
        // What has no name in it is found in ways that are not followed.
        for argument in arguments.iter().skip(body.function.parameters.len()) {
            for object in self.aim(argument.term).objects {
                state.escape(&self.terms, &self.locations, object);
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

    /// Gives a parameter what a call passes for it, or nothing that is known.
    fn pass(
        &mut self,
        here: &Here,
        state: &mut State,
        at: Span,
        passed: Option<(&Argument, &Value)>,
        inside: &Here,
        parameter: VarId,
    ) {
        let location = self.local(inside.frame, parameter);
        let Some((argument, value)) = passed else {
            let epoch = self.epoch_here(state, here.frame);
            return state.memory.havoc(&self.locations, location, epoch);
        };
        let ty = &inside.body.function.variable(parameter).ty;
        let term = self.fitted(value.term, ty.bits(), argument.value.ty().signed());
        let value = self.narrowed(state, term, value.origin.clone()).then(at, Cause::Passed);
        let epoch = self.epoch_here(state, here.frame);
        state.memory.store(&self.locations, location, value, epoch);
        if let Some(place) = structure(&argument.value) {
            let from = self.locate(here, state, place);
            if let Content::Zero(origin) = self.read(state, from) {
                state.memory.put(location, Cell::Zero(origin.then(at, Cause::Passed)));
            }
            state
                .memory
                .copy_parts(&mut self.locations, from, location, (at, Cause::Passed));
        }
    }
}

/// Whether a function can take what is passed, as far as types tell: no pointer becomes a number.
fn takes(function: &Function, call: &Call) -> bool {
    let mut passed = function.parameters.iter().zip(&call.arguments);
    passed.all(|(&parameter, argument)| {
        let number = matches!(function.variable(parameter).ty, Type::Int { bits: 2.., .. });
        !(number && matches!(argument.value.ty(), Type::Pointer(_)))
    })
}

/// Whether the parameters of a function have the types; `this` has none among them.
fn has_types(function: &Function, types: &[Type]) -> bool {
    let own: Vec<&Type> = function
        .parameters
        .iter()
        .map(|&id| &function.variable(id).ty)
        .collect();
    let this = function
        .parameters
        .first()
        .is_some_and(|&id| function.variable(id).name == "this");
    own[usize::from(this)..].iter().copied().eq(types)
}

/// The place of a structure that is passed or returned by value: its parts go with it.
pub(super) fn structure(value: &Expr) -> Option<&Place> {
    match value {
        Expr::Load(place, Type::Aggregate(_) | Type::Unknown, _) => Some(place),
        _ => None,
    }
}
