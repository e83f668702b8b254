//! What comes of an exploration.

use super::memo::Callees;
use super::snapshot::Snapshot;
use super::{Body, Engine, Here};
use crate::ir::{Call, SinkPositions};
use crate::source::{FileId, Span};
use crate::state::State;
use crate::state::location::Locations;
use crate::value::{LocationId, SymbolId, TermId, Terms, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What came of an exploration.
pub struct Exploration {
    /// All sinks reached.
    pub reached: Vec<Reached>,
    /// The terms that their values are made of.
    pub terms: Terms,
    /// The memory locations that these mention.
    pub locations: Locations,
    /// For unknowns, the names of external functions and globals in tests of them.
    pub asked: BTreeMap<SymbolId, BTreeSet<String>>,
    /// What objects look like when the function has returned.
    pub snapshots: Vec<Snapshot>,
    /// The bound on steps was hit: there may be more.
    pub exhausted: bool,
    /// Statements executed.
    pub steps: usize,
    /// Globals of which every store is visible.
    pub owned: BTreeSet<LocationId>,
    /// What may have run before was run, so that states say all that is known of these.
    pub from_external: bool,
    /// The visible functions that names of calls were found to mean.
    pub callees: Callees,
    /// Globals that matter, by the file that names them.
    pub globals: BTreeSet<(FileId, String)>,
    /// Calls of visible functions that were not followed.
    pub given_up: BTreeSet<(Span, GivenUp)>,
    /// The globals that were stored to, by name, with whether what was stored may be zero.
    pub stored: BTreeMap<String, bool>,
}

/// A sink call that was reached, once for each state that reached it.
#[derive(Debug)]
pub struct Reached {
    /// Calls from the start of the exploration to the function that holds the sink, outermost first.
    pub stack: Vec<Frame>,
    /// The sink call.
    pub call: Arc<Call>,
    /// The function that holds it.
    pub caller: Arc<Body>,
    /// Where mremap's operands are among its arguments.
    pub positions: SinkPositions,
    /// Values of the arguments.
    pub arguments: Vec<Value>,
    /// The state, for what is known of them.
    pub state: State,
    /// Terms that the path tests for zero after the sink, with the places of the tests.
    pub later_tests: Vec<(TermId, Span)>,
}

/// A call on the way from the start of the exploration to a sink.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The call, in the function named.
    pub call: Arc<Call>,
    /// The function that holds it.
    pub caller: Arc<Body>,
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

/// What a running exploration has to report.
#[derive(Default)]
pub(super) struct Reports {
    /// All sinks reached.
    pub reached: Vec<Reached>,
    /// For unknowns, the names of external functions and globals in tests of them.
    pub asked: BTreeMap<SymbolId, BTreeSet<String>>,
    /// Calls of visible functions that were not followed.
    pub given_up: BTreeSet<(Span, GivenUp)>,
    /// The globals that were stored to, by name, with whether what was stored may be zero.
    pub stored: BTreeMap<String, bool>,
}

impl Engine<'_> {
    /// Reports a state that reaches a sink.
    pub(super) fn report(
        &mut self,
        here: &Here,
        call: &Call,
        positions: SinkPositions,
        arguments: &[Value],
        state: &mut State,
    ) {
        // Only the path asks what it passed; kept with every sink, it would grow with the square of their number.
        let passed = std::mem::take(&mut state.passed);
        let reached = &mut self.reports.reached;
        reached.push(Reached {
            stack: self.stack.clone(),
            call: Arc::new(call.clone()),
            caller: here.body.clone(),
            positions,
            arguments: arguments.to_vec(),
            state: state.clone(),
            later_tests: Vec::new(),
        });
        state.passed = passed;
        state.passed.insert(reached.len() as u32 - 1);
    }
}
