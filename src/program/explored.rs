//! The exploration of one function: what it finds, within what bounds, and what it leaves behind. What an earlier analysis
//! has explored is taken over where it still holds (`kept`).

use super::explain::Consulted;
use super::sites::RawRecord;
use super::{Program, objects};
use crate::engine::snapshot::Snapshot;
use crate::engine::{Body, Code, Engine, Exploration, Key, Limits, Reached};
use crate::ir::Linkage;
use crate::verdict::{classify, shown};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What objects look like after a function, and whether its exploration hit its limit.
pub(super) type LeftBehind = (Vec<Snapshot>, bool);

/// What exploring one function gave.
#[derive(Clone)]
pub(super) struct Explored {
    pub(super) body: Arc<Body>,
    pub(super) records: Vec<RawRecord>,
    pub(super) exhausted: bool,
    /// The analysis itself failed.
    pub(super) failed: bool,
    /// More code may call it than was looked at.
    pub(super) callers_left_out: bool,
    /// It met globals of which every store is visible.
    pub(super) owns_globals: bool,
    /// The round in which it was explored, from 1.
    pub(super) round: usize,
    /// What it cost.
    pub(super) runs: Vec<Run>,
    /// What it has asked for, if somebody asks for an explanation.
    pub(super) consulted: Consulted,
}

/// One run of the engine.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) how: How,
    pub(super) steps: usize,
    pub(super) limit: usize,
    pub(super) complete: bool,
}

impl Explored {
    /// The exploration did not take place.
    fn nothing(body: &Arc<Body>) -> Explored {
        Explored {
            body: body.clone(),
            records: Vec::new(),
            exhausted: true,
            failed: false,
            callers_left_out: false,
            owns_globals: false,
            round: 0,
            runs: Vec::new(),
            consulted: Consulted::default(),
        }
    }
}

/// What a run keeps apart, or what it begins with.
#[derive(Clone, Copy)]
pub(super) enum How {
    Detailed,
    Coarse,
    Library,
}

impl Program<'_> {
    pub(super) fn explore(&self, body: &Arc<Body>) -> Explored {
        self.explore_from(body, false)
    }

    pub(super) fn explore_from(&self, body: &Arc<Body>, library: bool) -> Explored {
        let mut limits = self.options.limits;
        let starts = body.function.linkage == Linkage::Entry;
        if !starts && body.function.calls().all(|call| call.sink.is_none()) {
            // Callers are many, and most are settled soon.
            limits.steps /= 4;
        }
        let how = if library { How::Library } else { How::Detailed };
        let explored = self.explore_within(body, how, library, limits);
        if !explored.exhausted || explored.failed {
            return explored;
        }
        // Once more with fewer states kept apart: what that proves is proven, and zeros found before stay found. What it
        // has joined fits too much of what other functions leave in objects.
        let mut all = self.explore_within(body, How::Coarse, library, limits.coarse());
        for record in &mut all.records {
            record.entry.take_if(|entry| !entry.global);
        }
        let complete = !all.exhausted;
        all.records.extend(explored.records.into_iter().map(|record| RawRecord {
            only_evidence: complete,
            ..record
        }));
        all.runs.splice(0..0, explored.runs);
        all
    }

    fn explore_within(&self, body: &Arc<Body>, how: How, library: bool, limits: Limits) -> Explored {
        let key = (body.function.whole, body.variant, library, limits.states);
        self.before.explored.outcome(key, self, body, |inquiry| {
            self.explore_anew(inquiry, body, how, library, limits)
        })
    }

    fn explore_anew(&self, code: &dyn Code, body: &Arc<Body>, how: How, library: bool, limits: Limits) -> Explored {
        if self.is_late() {
            return Explored::nothing(body);
        }
        self.options.progress.function();
        let run = AssertUnwindSafe(|| match library {
            true => Engine::explore_external(code, body, limits),
            false => Engine::explore(code, body, limits, BTreeSet::new()),
        });
        // A failure of the analysis costs one function: its sinks are then unproven.
        let Ok(mut exploration) = catch_unwind(run) else {
            return Explored {
                failed: true,
                ..Explored::nothing(body)
            };
        };
        // What was lowered last may not have been.
        exploration.exhausted |= self.is_late();
        let reached = std::mem::take(&mut exploration.reached);
        let records = reached.iter().map(|one| self.record(&mut exploration, one)).collect();
        let run = Run {
            how,
            steps: exploration.steps,
            limit: limits.steps,
            complete: !exploration.exhausted,
        };
        let explain = self.options.explain.is_some();
        Explored {
            body: body.clone(),
            records,
            round: 0,
            runs: vec![run],
            consulted: if explain {
                self.consulted(&exploration)
            } else {
                Consulted::default()
            },
            exhausted: exploration.exhausted,
            failed: false,
            callers_left_out: false,
            owns_globals: !exploration.owned.is_empty(),
        }
    }

    /// What one state says at one sink.
    fn record(&self, exploration: &mut Exploration, one: &Reached) -> RawRecord {
        let (class, parameters) = classify::classify(exploration, one, self.sources);
        let by_callers = parameters.iter().any(|brought| !brought.in_memory);
        let explain = self.options.explain.is_some();
        RawRecord {
            stack: one.stack.clone(),
            call: one.call.clone(),
            caller: one.caller.clone(),
            positions: one.positions,
            class,
            parameters,
            asked: classify::asked(exploration, one),
            left_by_others: false,
            settled: false,
            only_evidence: false,
            assumed: by_callers && classify::may_round_to_zero(exploration, one),
            facts: classify::facts(exploration, one),
            entry: classify::deciding_term(exploration, one)
                .and_then(|term| objects::entry_place(exploration, one, term)),
            shown: if explain {
                shown::operands(exploration, one, self.sources)
            } else {
                Vec::new()
            },
        }
    }

    /// What objects look like after a function, and whether the exploration hit its limit.
    pub(super) fn snapshots(&self, body: &Arc<Body>, wanted: BTreeSet<Key>) -> LeftBehind {
        let mut limits = self.options.limits;
        limits.steps /= 4;
        let key = (body.function.whole, body.variant, wanted.clone());
        self.before.snapshots.outcome(key, self, body, |inquiry| {
            let exploration = Engine::explore(inquiry, body, limits, wanted);
            (exploration.snapshots, exploration.exhausted || self.is_late())
        })
    }
}
