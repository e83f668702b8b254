//! What has run before a function where a program starts, and may have before one that anybody may call: the functions that
//! the system runs first, then those of the unit that store to what it reads, in any order, since the globals got their
//! initial values.
//!
//! Only globals count of which every store is visible. What they hold is told by constants and ranges: which unknown one
//! function left in two places, another one does not rely on. States beyond a bound are joined. Where all orders come to the
//! same states after a few calls, these are all states that there are; else one more stands for the others, and proves
//! nothing.

use super::{Body, Engine, Key, Keys, Spot};
use crate::ir::{Expr, Linkage};
use crate::state::State;
use crate::state::location::Location;
use crate::state::memory::{Cell, Content};
use crate::value::witness::Paths;
use crate::value::{LocationId, Made, Ranges, Term, TermId, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Functions that run one after the other before the one that is explored.
const CALLS: usize = 3;
/// Functions that are run in all orders; where there are more, this would take more than there is, and nothing is known of what
/// they leave.
const WRITERS: usize = 32;
/// States that calls leave before further ones are joined.
const STATES: usize = 16;
/// Marks the frames of what runs before.
const FRAMES: u32 = u32::MAX - 1;

/// Unknowns that functions leave: the same location with the same possible values holds the same unknown.
#[derive(Default)]
struct Leftovers {
    known: Vec<(LocationId, Ranges, Vec<u64>, TermId)>,
    /// Unknowns that joined states hold: which go together, they remember themselves.
    joined: BTreeSet<TermId>,
    /// The epoch that stands for everything else.
    epoch: u32,
    /// The epoch that stands for everything else that the program alone fixes.
    fixed: u32,
}

impl Leftovers {
    fn epoch(&self, fixed: bool) -> u32 {
        if fixed { self.fixed } else { self.epoch }
    }
}

impl Engine<'_> {
    /// The states in which the function may start.
    pub(super) fn starts(&mut self, root: &Arc<Body>) -> Vec<State> {
        let mut start = State::default();
        let mut writers = self.initialize_met(&mut start);
        let of_program = |writer: &Arc<Body>| writer.function.linkage == Linkage::Entry;
        if self.context.from_external && writers.iter().any(of_program) {
            // A program that runs them in its own order, though that is not seen.
            self.context.from_external = false;
            return vec![State::default()];
        }
        if !self.context.from_external {
            writers.clear();
        }
        let constructors = self.constructors(root);
        if writers.is_empty() && constructors.is_empty() {
            return vec![start];
        }
        let slices = std::mem::take(&mut self.memo.slices);
        self.memo.prepared.clear();
        let focus = self.focus.clone();
        self.focus.only_stores = true;
        self.context.runs_before = self.context.from_external;
        let limit = self.budget.limits.steps;
        self.budget.limits.steps /= 2;
        // What these need may bring in further globals, and further functions that store to them.
        for _ in 0..CALLS {
            if writers.len() > WRITERS {
                break;
            }
            let all = constructors.iter().chain(&writers);
            all.for_each(|body| self.prepare(body));
            let more = self.initialize_met(&mut start);
            if writers.is_empty() || more.len() == writers.len() {
                break;
            }
            writers = more;
        }
        let begun = self.begun(start, &constructors, root);
        let left = match self.context.from_external {
            true => self.orders(begun, &writers),
            false => begun,
        };
        let mut states = Vec::new();
        for mut state in left {
            // Of what only the others need there is nothing to tell.
            state.memory.retain(|id| self.is_read(id, &focus.keys));
            if !states.iter().any(|known: &State| known.goes_on_like(&state)) {
                states.push(state);
            }
        }
        self.focus = focus;
        self.memo.slices = slices;
        self.memo.prepared.clear();
        self.context.runs_before = false;
        self.budget.restart(limit);
        self.reports.reached.clear();
        states
    }

    /// The functions that the system runs before the one that is explored and that may store to what matters.
    fn constructors(&mut self, root: &Arc<Body>) -> Vec<Arc<Body>> {
        if !self.context.from_external && !self.context.starts_program {
            return Vec::new();
        }
        let all = self.code.before_main();
        let is_root = |body: &Arc<Body>| body.key() == root.key();
        let earlier = all.iter().take_while(|body| !is_root(body)).cloned();
        let mut found: Vec<Arc<Body>> = Vec::new();
        for body in earlier.collect::<Vec<_>>() {
            let stores = self.stores(&body);
            let matters = |key: &Key| matches!(key, Key::Behind(_)) || self.focus.keys.contains(key);
            if stores.keys.iter().any(matters) {
                found.push(body);
            }
        }
        // What one leaves in what a later one reads is found by running all that are in the same file.
        let files: BTreeSet<_> = found.iter().map(|body| body.file).collect();
        let earlier = all.iter().take_while(|body| !is_root(body));
        let found = earlier.filter(|body| files.contains(&body.file)).cloned();
        found.take(WRITERS).collect()
    }

    /// What the functions leave that the system runs before all others. Those of other files need not be of the same program.
    fn begun(&mut self, start: State, constructors: &[Arc<Body>], root: &Arc<Body>) -> Vec<State> {
        let mut states = vec![start];
        for (number, constructor) in constructors.iter().enumerate() {
            let mut after = match constructor.file == root.file {
                true => Vec::new(),
                false => states.clone(),
            };
            for state in states {
                after.extend(self.run_before((WRITERS + number) as u32, constructor, state));
            }
            states = after;
            if states.len() > STATES {
                states = self.join(states).into_iter().collect();
            }
        }
        if states.is_empty() || self.budget.exhausted {
            let unknown = State {
                wild: true,
                ..State::default()
            };
            states.push(unknown);
        }
        states
    }

    /// Gives the globals that matter their initial values. Returns the functions that may store to those that are owned.
    fn initialize_met(&mut self, state: &mut State) -> Vec<Arc<Body>> {
        let mut writers: Vec<Arc<Body>> = Vec::new();
        for (file, name) in self.focus.globals.clone() {
            let Some(global) = self.code.global(file, &name) else {
                continue;
            };
            if global.global.constant || self.code.is_frozen(&global) {
                continue;
            }
            let location = self.global(file, state, &name);
            if self.globals.owned.contains(&location) {
                for writer in self.code.writers(&global).unwrap_or_default() {
                    // Each variant of a definition stores in its own way.
                    let same = |known: &Arc<Body>| {
                        known.function.whole == writer.function.whole && known.variant == writer.variant
                    };
                    if !writers.iter().any(same) {
                        writers.push(writer);
                    }
                }
            }
        }
        writers
    }

    /// Whether a location matters, as far as its name tells.
    fn is_read(&self, id: LocationId, read: &Keys) -> bool {
        self.locations.enclosing(id).all(|part| match self.locations.get(part) {
            Location::Field(_, name) => read.contains(&Key::Field(name.clone())),
            Location::Global(_, name) => read.contains(&Key::global(name)),
            _ => true,
        })
    }

    /// What the functions leave, run in all orders.
    fn orders(&mut self, starts: Vec<State>, writers: &[Arc<Body>]) -> Vec<State> {
        let mut left = Leftovers {
            known: Vec::new(),
            joined: BTreeSet::new(),
            epoch: self.epochs.fresh(),
            fixed: self.epochs.fresh(),
        };
        self.epochs.note_unfollowed(left.fixed);
        let mut states: Vec<State> = Vec::new();
        for state in starts {
            let state = self.left_behind(state, &mut left);
            if !states.iter().any(|known| known.goes_on_like(&state)) {
                states.push(state);
            }
        }
        let mut done = 0;
        let too_many = writers.len() > WRITERS;
        for _ in 0..CALLS {
            if too_many {
                break;
            }
            let last = states.len();
            self.one_more_call(&mut states, done, writers, &mut left);
            done = last;
            if states.len() == last || self.budget.exhausted {
                break;
            }
        }
        if !too_many {
            self.globals.fixed = self.fixed_in(&states);
        }
        let unlisted = too_many || states.len() > done || self.budget.exhausted;
        // Stands for what the program's own functions leave in states that were not listed.
        let own = unlisted.then(|| self.epochs.fresh());
        own.into_iter().for_each(|epoch| self.epochs.note_unfollowed(epoch));
        if unlisted || self.context.called_back {
            let mut other = states[0].clone();
            for &global in &self.globals.owned {
                let epoch = own.filter(|_| self.grows(&states, done, global));
                let epoch = epoch.unwrap_or(left.epoch);
                other.memory.havoc(&self.locations, global, epoch);
            }
            states.push(other);
        }
        states
    }

    /// Adds the states that one more call leaves after those from `done` on, joined where they are many.
    fn one_more_call(&mut self, states: &mut Vec<State>, done: usize, writers: &[Arc<Body>], left: &mut Leftovers) {
        let last = states.len();
        for index in done..last {
            for (number, writer) in writers.iter().enumerate() {
                for state in self.run_before(number as u32, writer, states[index].clone()) {
                    let state = self.left_behind(state, left);
                    if !states.iter().any(|known| known.goes_on_like(&state)) {
                        states.push(state);
                    }
                }
            }
        }
        let room = last.max(STATES);
        if states.len() > room {
            let beyond = states.split_off(room);
            states.extend(self.join_left(beyond, left));
        }
    }

    /// The owned globals in which the program alone has left what they hold in all states.
    fn fixed_in(&self, states: &[State]) -> BTreeSet<LocationId> {
        let mut fixed = self.globals.owned.clone();
        for (id, cell) in states.iter().flat_map(|state| state.memory.cells()) {
            let content = match cell {
                Cell::Value(value) => Content::Value(value.clone()),
                Cell::Zero(origin) => Content::Zero(origin.clone()),
                Cell::Unknown(epoch) => Content::Unknown(*epoch),
            };
            if self.made(id, &content) == Made::Open {
                fixed.remove(&self.locations.root(id));
            }
        }
        fixed
    }

    /// Joins what calls leave.
    fn join_left(&mut self, states: Vec<State>, left: &mut Leftovers) -> Option<State> {
        let joined = self.join(states)?;
        let unknown = |term: &TermId| matches!(self.terms.get(*term), Term::Symbol(_));
        left.joined.extend(joined.held_terms().filter(unknown));
        Some(joined)
    }

    /// Whether the last calls have left something in a global that none left before.
    fn grows(&self, states: &[State], done: usize, global: LocationId) -> bool {
        let (before, last) = states.split_at(done.min(states.len()));
        let is_new = |(id, cell): (LocationId, &Cell)| {
            self.locations.root(id) == global && before.iter().all(|state| state.memory.cell(id) != Some(cell))
        };
        last.iter().any(|state| state.memory.cells().any(is_new))
    }

    /// Runs a function from unknown parameters.
    fn run_before(&mut self, number: u32, writer: &Arc<Body>, mut state: State) -> Vec<State> {
        self.spot = Spot::new(number, 0);
        let frame = self.frame_of(FRAMES, self.spot);
        let here = self.here(writer, frame);
        for &parameter in &writer.function.parameters {
            if here.slice.follows(parameter) {
                let variable = writer.function.variable(parameter);
                let unknown = Expr::Unknown(variable.ty.clone(), variable.at);
                let value = self.evaluate(&here, &mut state, &unknown);
                let location = self.local(frame, parameter);
                state.memory.store(&self.locations, location, value, 0);
            }
        }
        let returned = self.run(&here, vec![state]);
        let mut states: Vec<State> = returned.into_iter().map(|one| one.state).collect();
        for state in &mut states {
            state.memory.drop_frame(&self.locations, frame);
            state.loops.retain(|key, _| key.0 != frame);
        }
        states
    }

    /// What others find when a function has returned.
    fn left_behind(&mut self, state: State, left: &mut Leftovers) -> State {
        let mut found = State {
            initialized: state.initialized.clone(),
            ..State::default()
        };
        // What became unknown in the havoc of all that is shared has no cell.
        let epoch = left.epoch(self.epochs.is_unfollowed(state.memory.shared_epoch()));
        for &global in &state.initialized {
            if self.globals.owned.contains(&global) && state.memory.cell(global).is_none() {
                found.memory.put(global, Cell::Unknown(epoch));
            }
        }
        let cells: Vec<(LocationId, Cell)> = state
            .memory
            .cells()
            .filter(|(id, _)| self.globals.owned.contains(&self.locations.root(*id)))
            .map(|(id, cell)| (id, cell.clone()))
            .collect();
        for (id, cell) in cells {
            let cell = match cell {
                Cell::Value(value) => self.left_value(&state, id, value, left),
                Cell::Unknown(epoch) => Cell::Unknown(left.epoch(self.epochs.is_unfollowed(epoch))),
                zero => zero,
            };
            found.memory.put(id, cell);
        }
        found
    }

    fn left_value(&mut self, state: &State, id: LocationId, value: Value, left: &mut Leftovers) -> Cell {
        match *self.terms.get(value.term) {
            Term::Address(target) if self.locations.is_local(self.locations.root(target)) => {
                return Cell::Unknown(left.epoch);
            }
            _ if left.joined.contains(&value.term) => return Cell::Value(value),
            _ if self.terms.symbols_in(value.term).is_empty() => return Cell::Value(value),
            _ => {}
        }
        let made = self.terms.made(value.term);
        let range = state.constraints.range(&self.terms, value.term);
        let mut witnesses = Vec::new();
        self.collect_witnesses(state, &value, &mut witnesses);
        if range.is_full() && witnesses.is_empty() {
            return Cell::Unknown(left.epoch(made != Made::Open));
        }
        witnesses
            .iter_mut()
            .for_each(|witness| witness.paths = Paths::default());
        let constants: Vec<u64> = witnesses.iter().map(|witness| witness.value).collect();
        let same =
            |known: &&(LocationId, Ranges, Vec<u64>, TermId)| known.0 == id && known.1 == range && known.2 == constants;
        let term = match left.known.iter().find(same) {
            Some(known) => known.3,
            None => {
                let term = self.joined_symbol(range.clone(), witnesses, made);
                left.known.push((id, range, constants, term));
                term
            }
        };
        Cell::Value(Value::unexplained(term))
    }
}
