//! Bounded symbolic execution of one function and all that it calls, on states that hold values and constraints.
//!
//! The engine knows memory, control flow and calls. It does not know what mremap is: it reports the arguments of calls that
//! lowering or [`Code`] marks as sinks, and whoever reads the reports judges them.
//!
//! # Bounds
//! See [`Limits`]. A block keeps its states beside each other as disjuncts. Above their bound they are joined: what differs
//! becomes an unknown that remembers as witnesses the constants it stands for, and which of them one path brings together;
//! what all of them agree on, such as a test of what their pointers lead to, stays known (`engine/agreement.rs`). A loop runs
//! exactly for a number of rounds and is then widened: what it changes becomes unknown within bounds that are checked to hold
//! in every further round. Above the number of steps the exploration ends and says so; functions that lead to no sink have
//! an allowance of it (`engine/budget.rs`).
//!
//! # What is not followed
//! A havoc makes unknown what external code, or a call that is not followed, may have changed, and begins an epoch: what is
//! read of the same location in the same epoch is the same unknown (`engine/epochs.rs`).

mod agreement;
mod aliases;
mod branch;
mod budget;
mod call;
mod call_effects;
mod code;
mod dominance;
mod earlier_calls;
mod epochs;
mod evaluate;
mod exploration;
mod external;
mod globals;
mod join;
mod limits;
mod memo;
mod run;
mod shape;
mod slice;
pub mod snapshot;
mod statement;
mod uses;
mod widen;

pub use code::{Body, BodyKey, Code, FunctionKey, GlobalBody, Initial};
pub use exploration::{Exploration, Frame, GivenUp, Reached};
pub use limits::Limits;
pub use shape::Shape;
pub use uses::Key;

use crate::ir::{Linkage, VarId};
use crate::source::FileId;
use crate::state::State;
use crate::state::location::{Location, Locations};
use crate::value::{LocationId, Ranges, Source, Terms, Value};
use aliases::Aliases;
use budget::Budget;
use epochs::Epochs;
use exploration::Reports;
use globals::Globals;
use indexmap::IndexSet;
use memo::Memo;
use rustc_hash::{FxBuildHasher, FxHashMap};
use slice::{Purpose, Slice};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Explorations of one function at most, each with all that has turned out to be of interest.
const ROUNDS: u32 = 4;

/// One exploration.
pub struct Engine<'code> {
    code: &'code dyn Code,
    /// The terms of all states.
    terms: Terms,
    /// The memory locations of all states.
    locations: Locations,
    budget: Budget,
    epochs: Epochs,
    aliases: Aliases,
    globals: Globals,
    memo: Memo,
    context: Context,
    focus: Focus,
    reports: Reports,
    /// Calls from the start of the exploration to the function at work.
    stack: Vec<Frame>,
    /// The numbers of frames, by the frame of the caller and the call.
    frames: FxHashMap<(u32, Spot), u32>,
    spot: Spot,
}

/// From where the explored function is called.
struct Context {
    /// It is where the program starts.
    starts_program: bool,
    /// Only external code calls it, in any order with others that can be called from elsewhere.
    from_external: bool,
    /// What runs before it is being run.
    runs_before: bool,
    /// Something that ran before called code that may call back.
    called_back: bool,
}

/// What matters, besides the sinks.
#[derive(Clone)]
struct Focus {
    /// Fields and globals that matter to some function on the way.
    keys: Keys,
    /// Globals that matter, by the file that names them.
    globals: BTreeSet<(FileId, String)>,
    /// The exploration is about what is stored, not about sinks.
    only_stores: bool,
    /// Some of it may be changed by code that is not visible, otherwise than through functions of the unit.
    open: bool,
}

/// Fields and globals in the order in which they came to matter.
type Keys = IndexSet<Key, FxBuildHasher>;

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

impl<'code> Engine<'code> {
    /// Runs a function from unknown parameters (and, if it is where the program starts, initialised globals).
    /// `wanted`: fields and globals that matter besides what the function's sinks need.
    pub fn explore(code: &'code dyn Code, body: &Arc<Body>, limits: Limits, wanted: BTreeSet<Key>) -> Exploration {
        Engine::explore_whole(code, body, limits, wanted, false)
    }

    /// Runs a function that only external code calls, before or after any others of the unit.
    pub fn explore_external(code: &'code dyn Code, body: &Arc<Body>, limits: Limits) -> Exploration {
        Engine::explore_whole(code, body, limits, BTreeSet::new(), true)
    }

    /// Explores a function anew as long as functions that pointers led to have brought up what was not of interest before:
    /// what was stored to that was left out.
    fn explore_whole(
        code: &'code dyn Code,
        body: &Arc<Body>,
        limits: Limits,
        wanted: BTreeSet<Key>,
        from_external: bool,
    ) -> Exploration {
        let mut known = Keys::default();
        let mut rounds = 1;
        loop {
            let mut engine = Engine::new(code, body, limits, wanted.clone(), from_external);
            engine.focus.keys.extend(known);
            let (mut exploration, keys) = engine.finish(body);
            let Some(keys) = keys.filter(|_| !exploration.exhausted) else {
                return exploration;
            };
            if rounds == ROUNDS {
                exploration.exhausted = true;
                return exploration;
            }
            rounds += 1;
            known = keys;
        }
    }

    fn new(
        code: &'code dyn Code,
        body: &Arc<Body>,
        limits: Limits,
        wanted: BTreeSet<Key>,
        from_external: bool,
    ) -> Engine<'code> {
        Engine {
            code,
            terms: Terms::default(),
            locations: Locations::default(),
            budget: Budget::new(limits),
            epochs: Epochs::default(),
            aliases: Aliases::default(),
            globals: Globals::default(),
            memo: Memo::default(),
            context: Context {
                starts_program: body.function.linkage == Linkage::Entry
                    || code.before_main().iter().any(|first| first.key() == body.key()),
                from_external,
                runs_before: false,
                called_back: false,
            },
            focus: Focus {
                only_stores: !wanted.is_empty(),
                keys: wanted.into_iter().collect(),
                globals: BTreeSet::new(),
                open: false,
            },
            reports: Reports::default(),
            stack: Vec::new(),
            frames: FxHashMap::default(),
            spot: Spot::default(),
        }
    }

    /// Explores the function; gives what was of interest in the end if that is more than when it started.
    fn finish(mut self, body: &Arc<Body>) -> (Exploration, Option<Keys>) {
        self.prepare(body);
        let mut states = self.starts(body);
        let prepared = self.focus.keys.len();
        let here = self.here(body, 0);
        for (index, &parameter) in body.function.parameters.iter().enumerate() {
            if here.slice.follows(parameter) {
                let bits = body.function.variable(parameter).ty.bits();
                let source = Source::Parameter(index as u32);
                let value = Value::unexplained(self.terms.symbol(source, Ranges::full(bits), Vec::new()));
                let location = self.local(0, parameter);
                for state in &mut states {
                    state.memory.store(&self.locations, location, value.clone(), 0);
                }
            }
        }
        let returned = self.run(&here, states);
        let more = self.focus.keys.len() > prepared;
        let keys = more.then(|| self.focus.keys.clone());
        let exploration = Exploration {
            snapshots: self.snapshots(&returned),
            reached: self.reports.reached,
            asked: self.reports.asked,
            terms: self.terms,
            locations: self.locations,
            exhausted: self.budget.exhausted,
            steps: self.budget.steps,
            owned: self.globals.owned,
            from_external: self.context.from_external,
            callees: self.memo.callees.into_inner(),
            globals: self.focus.globals,
            given_up: self.reports.given_up,
            stored: self.reports.stored,
        };
        (exploration, keys)
    }

    /// A function at work, with its slice.
    fn here(&mut self, body: &Arc<Body>, frame: u32) -> Here {
        let slice = match self.memo.slices.get(&body.key()) {
            Some(slice) => slice.clone(),
            None => {
                let slice = Arc::new(self.slice(body, Purpose::Result));
                self.focus.keys.extend(slice.shared.iter().cloned());
                self.memo.slices.insert(body.key(), slice.clone());
                slice
            }
        };
        Here {
            body: body.clone(),
            frame,
            slice,
        }
    }

    fn local(&mut self, frame: u32, variable: VarId) -> LocationId {
        self.locations.intern(Location::Local(frame, variable))
    }

    /// The frame of a call in a frame. The same call in the same frame always has the same.
    fn frame_of(&mut self, frame: u32, call: Spot) -> u32 {
        let next = self.frames.len() as u32 + 1;
        let spot = Spot { unknowns: 0, ..call };
        *self.frames.entry((frame, spot)).or_insert(next)
    }
}
