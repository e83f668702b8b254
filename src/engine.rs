//! Bounded symbolic execution of one function and all that it calls, on states that hold values and constraints.
//!
//! The engine knows memory, control flow and calls. It does not know what mremap is: it reports the arguments of calls that
//! lowering or [`Code`] marks as sinks, and whoever reads the reports judges them.
//!
//! # Bounds
//! See [`Limits`]. Above the number of states that a block may have, its states are joined: what differs becomes an unknown
//! that remembers the constants it stands for, and which of them one path brings together; what all of them agree on, such
//! as a test of what their pointers lead to, stays known (`engine/agreement.rs`). Where few steps are left, a block may
//! have fewer states. A loop runs exactly for a number of rounds and is then widened: what it
//! changes becomes unknown within bounds that are checked to hold in every further round. Above the number of steps the
//! exploration ends and says so.

mod agreement;
mod branch;
mod call;
mod call_effects;
mod code;
mod dominance;
mod earlier_calls;
mod evaluate;
mod external;
mod flow;
mod join;
mod limits;
mod slice;
pub mod snapshot;
mod statement;
mod uses;
mod widen;

pub use code::{Body, Code, GlobalBody, Initial};
pub use flow::Shape;
pub use limits::Limits;
pub use uses::Key;

use rustc_hash::FxHashMap;
use slice::{Purpose, Slice};

use crate::ir::{Call, SinkPositions};
use crate::source::{FileId, Span};
use crate::state::State;
use crate::state::location::Locations;
use crate::state::memory::Memory;
use crate::value::{LocationId, Origin, SymbolId, Terms, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// A call on the way from the start of the exploration to a sink.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The call, in the function named.
    pub call: Arc<Call>,
    /// The function that holds it.
    pub caller: Arc<Body>,
}

/// A sink call that was reached, once for each state that reached it.
#[derive(Debug)]
pub struct Reached {
    /// Calls from the start of the exploration to the function that holds the sink, outermost first.
    pub stack: Vec<Frame>,
    /// The sink call.
    pub call: Arc<Call>,
    /// The function that holds it.
    pub holder: Arc<Body>,
    /// Where mremap's operands are among its arguments.
    pub positions: SinkPositions,
    /// Values of the arguments.
    pub arguments: Vec<Value>,
    /// The state, for what is known of them.
    pub state: State,
    /// Terms that the path tests for zero after the sink, with the places of the tests.
    pub later_tests: Vec<(crate::value::TermId, Span)>,
}

/// Functions by file, name and whether the name is a method's.
pub type Callees = FxHashMap<(FileId, String, bool), Rc<[Arc<Body>]>>;

/// One exploration.
pub struct Engine<'code> {
    code: &'code dyn Code,
    limits: Limits,
    /// The terms of all states.
    pub terms: Terms,
    /// The memory locations of all states.
    pub locations: Locations,
    frames: FxHashMap<(u32, Spot), u32>,
    spot: Spot,
    moments: FxHashMap<Moment, u32>,
    /// Forgettings of what was zero on some path, with the reason.
    cleared: FxHashMap<u32, Origin>,
    /// What pointers that stand for several since a join point to, and what each of these points to.
    stands_for: FxHashMap<LocationId, BTreeSet<LocationId>>,
    /// The other way round.
    stood_for: FxHashMap<LocationId, BTreeSet<LocationId>>,
    stack: Vec<Frame>,
    steps: usize,
    /// Parts of a step that entering blocks has cost.
    entries: usize,
    /// Steps at which the innermost call that has an allowance of its own, or the exploration, must have ended.
    ceiling: usize,
    /// Steps that went into functions which do not lead to a sink.
    spent: FxHashMap<(Span, usize), usize>,
    /// Steps that went into further calls of such functions, with less kept apart.
    spent_coarsely: usize,
    /// Such a call is running.
    running_coarsely: bool,
    /// Steps of functions that went beyond their allowance, which do not count.
    wasted: usize,
    starts_program: bool,
    /// Nobody but unseen code calls the function, in any order with others that can be called from elsewhere.
    in_library: bool,
    /// What runs before the function is being run.
    runs_before: bool,
    /// Something that ran before called code that may call back.
    called_back: bool,
    /// The forgetting that stands for what the program's own functions leave in states that were not listed.
    unlisted: Option<u32>,
    /// Forgettings that stand for what functions of the program leave that were not followed.
    unfollowed: BTreeSet<u32>,
    exhausted: bool,
    unknowns: u32,
    initializing: u32,
    /// Globals that keep their initial values, and these.
    constants: BTreeSet<LocationId>,
    initial: Memory,
    initial_known: BTreeSet<LocationId>,
    /// Globals that functions which are not visible cannot change.
    sealed: BTreeSet<LocationId>,
    /// Globals of which every store is visible.
    owned: BTreeSet<LocationId>,
    /// Owned globals in which the program alone leaves what they hold.
    fixed: BTreeSet<LocationId>,
    /// Globals of which it is known whether they are any of these.
    judged: BTreeSet<LocationId>,
    /// Globals that matter, by the file that names them.
    met: BTreeSet<(FileId, String)>,
    /// The exploration is about what is stored, not about sinks.
    only_stores: bool,
    /// Fields and globals that matter to some function on the way.
    wanted: BTreeSet<Key>,
    /// For unknowns, the names of functions and globals that are not visible in tests of them.
    asked: BTreeMap<SymbolId, BTreeSet<String>>,
    slices: FxHashMap<(Span, usize), Arc<Slice>>,
    ends: FxHashMap<(Span, usize), bool>,
    /// The fields and globals that functions store to, themselves or in what they call, by how deep calls are looked through.
    stores: FxHashMap<(Span, usize, usize), Rc<BTreeSet<Key>>>,
    /// The visible functions that names mean, by file and whether it is a method's.
    callees: RefCell<Callees>,
    reached: Vec<Reached>,
    /// Calls of visible functions that were not followed.
    given_up: BTreeSet<(Span, GivenUp)>,
}

/// The bound that kept a call of visible functions from being followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GivenUp {
    /// It lies too deep in other calls.
    Depth,
    /// It may mean too many functions.
    Candidates,
    /// What it calls, which leads to no sink, took more than its allowance of steps.
    Allowance,
}

/// What came of an exploration.
pub struct Exploration {
    /// All sinks reached.
    pub reached: Vec<Reached>,
    /// The terms that their values are made of.
    pub terms: Terms,
    /// The memory locations that these mention.
    pub locations: Locations,
    /// For unknowns, the names of functions and globals that are not visible in tests of them.
    pub asked: BTreeMap<SymbolId, BTreeSet<String>>,
    /// What objects look like when the function has returned.
    pub snapshots: Vec<snapshot::Snapshot>,
    /// The bound on steps was hit: there may be more.
    pub exhausted: bool,
    /// Statements executed.
    pub steps: usize,
    /// Globals of which every store is visible.
    pub owned: BTreeSet<LocationId>,
    /// What may have run before was run, so that states say all that is known of these.
    pub in_library: bool,
    /// The visible functions that names of calls were found to mean.
    pub callees: Callees,
    /// Globals that matter, by the file that names them.
    pub met: BTreeSet<(FileId, String)>,
    /// Calls of visible functions that were not followed.
    pub given_up: BTreeSet<(Span, GivenUp)>,
}

/// A state after a call or function, with the value returned.
struct Returned {
    state: State,
    value: Option<Value>,
}

/// Where in the program a step is executed.
#[derive(Clone)]
struct Here {
    body: Arc<Body>,
    frame: u32,
    slice: Arc<Slice>,
}

/// The statement at work in a frame, and how many unknowns it has made.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Spot {
    block: u32,
    statement: u32,
    unknowns: u32,
}

impl Spot {
    fn new(block: u32, statement: u32) -> Spot {
        Spot {
            block,
            statement,
            unknowns: 0,
        }
    }
}

/// When on a path something happens: where, and in which rounds of which loops. Paths that come by in the same rounds share
/// the unknowns that are made there, so that they can be found to be the same; no path sees the same moment twice.
#[derive(PartialEq, Eq, Hash)]
struct Moment {
    frame: u32,
    spot: Spot,
    rounds: Vec<(u32, u32, u32)>,
}

impl<'code> Engine<'code> {
    /// Runs a function from unknown parameters (and, if it is where the program starts, initialised globals).
    /// `wanted`: fields and globals that matter besides what the function's sinks need.
    pub fn explore(code: &'code dyn Code, body: &Arc<Body>, limits: Limits, wanted: BTreeSet<Key>) -> Exploration {
        Engine::new(code, body, limits, wanted, false).finish(body)
    }

    /// Runs a function that only unseen code calls, before or after any others of the unit.
    pub fn explore_library(code: &'code dyn Code, body: &Arc<Body>, limits: Limits) -> Exploration {
        Engine::new(code, body, limits, BTreeSet::new(), true).finish(body)
    }

    fn new(
        code: &'code dyn Code,
        body: &Arc<Body>,
        limits: Limits,
        wanted: BTreeSet<Key>,
        in_library: bool,
    ) -> Engine<'code> {
        Engine {
            code,
            limits,
            terms: Terms::default(),
            locations: Locations::default(),
            frames: FxHashMap::default(),
            spot: Spot::default(),
            moments: FxHashMap::default(),
            cleared: FxHashMap::default(),
            stands_for: FxHashMap::default(),
            stood_for: FxHashMap::default(),
            stack: Vec::new(),
            steps: 0,
            entries: 0,
            ceiling: limits.steps,
            spent: FxHashMap::default(),
            spent_coarsely: 0,
            running_coarsely: false,
            wasted: 0,
            starts_program: body.function.linkage == crate::ir::Linkage::Entry,
            in_library,
            runs_before: false,
            called_back: false,
            unlisted: None,
            unfollowed: BTreeSet::new(),
            exhausted: false,
            unknowns: 0,
            initializing: 0,
            constants: BTreeSet::new(),
            initial: Memory::default(),
            initial_known: BTreeSet::new(),
            sealed: BTreeSet::new(),
            owned: BTreeSet::new(),
            fixed: BTreeSet::new(),
            judged: BTreeSet::new(),
            met: BTreeSet::new(),
            only_stores: !wanted.is_empty(),
            wanted,
            asked: BTreeMap::new(),
            slices: FxHashMap::default(),
            ends: FxHashMap::default(),
            stores: FxHashMap::default(),
            callees: RefCell::default(),
            reached: Vec::new(),
            given_up: BTreeSet::new(),
        }
    }

    fn finish(mut self, body: &Arc<Body>) -> Exploration {
        self.prepare(body);
        let mut states = self.starts();
        let here = self.here(body, 0);
        for (index, &parameter) in body.function.parameters.iter().enumerate() {
            if !here.slice.follows(parameter) {
                continue;
            }
            let bits = body.function.variable(parameter).ty.bits();
            let value = self.terms.symbol(
                crate::value::Source::Parameter(index as u32),
                crate::value::Ranges::full(bits),
                Vec::new(),
            );
            let location = self.local(0, parameter);
            for state in &mut states {
                state
                    .memory
                    .store(&self.locations, location, Value::unexplained(value), 0);
            }
        }
        let returned = self.run(&here, states);
        Exploration {
            snapshots: self.snapshots(&returned),
            reached: self.reached,
            asked: self.asked,
            terms: self.terms,
            locations: self.locations,
            exhausted: self.exhausted,
            steps: self.steps,
            owned: self.owned,
            in_library: self.in_library,
            callees: self.callees.into_inner(),
            met: self.met,
            given_up: self.given_up,
        }
    }

    /// A function at work, with its slice.
    fn here(&mut self, body: &Arc<Body>, frame: u32) -> Here {
        let key = (body.function.whole, body.variant);
        let slice = match self.slices.get(&key) {
            Some(slice) => slice.clone(),
            None => {
                let slice = Arc::new(self.slice(body, Purpose::Result));
                self.wanted.extend(slice.shared.iter().cloned());
                self.slices.insert(key, slice.clone());
                slice
            }
        };
        Here {
            body: body.clone(),
            frame,
            slice,
        }
    }

    /// The visible functions that a name, called from a file, may mean.
    fn functions(&self, from: FileId, name: &str, method: bool) -> Rc<[Arc<Body>]> {
        let key = (from, name.to_owned(), method);
        if let Some(known) = self.callees.borrow().get(&key) {
            return known.clone();
        }
        let found: Rc<[Arc<Body>]> = self.code.functions(from, name, method).into();
        self.callees.borrow_mut().insert(key, found.clone());
        found
    }

    fn local(&mut self, frame: u32, variable: crate::ir::VarId) -> LocationId {
        self.locations
            .intern(crate::state::location::Location::Local(frame, variable))
    }

    /// The frame of a call in a frame. The same call in the same frame always has the same.
    fn frame_of(&mut self, frame: u32, call: Spot) -> u32 {
        let next = self.frames.len() as u32 + 1;
        let spot = Spot { unknowns: 0, ..call };
        *self.frames.entry((frame, spot)).or_insert(next)
    }

    /// A number for a new forgetting, different from all before.
    fn fresh(&mut self) -> u32 {
        self.unknowns += 1;
        self.unknowns
    }

    /// A number for what becomes unknown here and now.
    fn moment(&mut self, state: &State, frame: u32) -> u32 {
        self.spot.unknowns += 1;
        let rounds = state.loops.iter();
        let moment = Moment {
            frame,
            spot: self.spot,
            rounds: rounds
                .map(|((frame, head), rounds)| (*frame, *head, rounds.visits))
                .collect(),
        };
        if let Some(&known) = self.moments.get(&moment) {
            return known;
        }
        let number = self.fresh();
        self.moments.insert(moment, number);
        number
    }

    fn report(&mut self, here: &Here, call: &Call, positions: SinkPositions, arguments: &[Value], state: &mut State) {
        // Only the path asks what it passed; kept with every sink, it would grow with the square of their number.
        let passed = std::mem::take(&mut state.passed);
        self.reached.push(Reached {
            stack: self.stack.clone(),
            call: Arc::new(call.clone()),
            holder: here.body.clone(),
            positions,
            arguments: arguments.to_vec(),
            state: state.clone(),
            later_tests: Vec::new(),
        });
        state.passed = passed;
        state.passed.insert(self.reached.len() as u32 - 1);
    }
}
