//! The exploration of one function: what it finds, within what bounds, and what it leaves behind. What an earlier analysis
//! has explored is taken over where it still holds (`memo`).

use super::Program;
use crate::engine::snapshot::Snapshot;
use crate::engine::{Body, Code, Engine, Exploration, GivenUp, Key, Limits};
use crate::ir::Linkage;
use crate::source::Span;
use crate::value::Cause;
use crate::verdict::{Class, Evidence, Missing, Record, agrees};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Rounds of callers in which what memory holds is followed, too.
const NEAR: usize = 5;

/// What objects look like after a function, and whether its exploration hit its limit.
pub(super) type LeftBehind = Arc<Left>;

/// What a function leaves.
#[derive(Default)]
pub(super) struct Left {
    /// What objects look like after it.
    pub snapshots: Vec<Snapshot>,
    /// The globals that it stores to, with whether what it stores may be zero.
    pub stored: BTreeMap<String, bool>,
    /// The exploration hit its limit: there may be more.
    pub exhausted: bool,
}

/// What an exploration has asked of the program and what it did not follow.
#[derive(Clone, Default)]
pub struct Consulted {
    /// Definitions by name; none if the name is not visible.
    pub(super) definitions: BTreeMap<String, BTreeSet<Span>>,
    pub(super) given_up: BTreeSet<(Span, GivenUp)>,
}

/// What exploring one function gave.
#[derive(Clone)]
pub(super) struct Explored {
    /// What it says of the sinks.
    pub(super) evidence: Evidence,
    /// The analysis itself failed.
    pub(super) failed: bool,
    /// It met globals of which every store is visible.
    pub(super) owns_globals: bool,
    /// The round in which it was explored, from 1.
    pub(super) round: usize,
    /// What it cost.
    pub(super) runs: Vec<Run>,
    /// What it has asked for, if somebody asks for an explanation.
    pub(super) consulted: Consulted,
}

impl AsRef<Evidence> for Explored {
    fn as_ref(&self) -> &Evidence {
        &self.evidence
    }
}

impl AsMut<Evidence> for Explored {
    fn as_mut(&mut self) -> &mut Evidence {
        &mut self.evidence
    }
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
            evidence: Evidence::none(body),
            failed: false,
            owns_globals: false,
            round: 0,
            runs: Vec::new(),
            consulted: Consulted::default(),
        }
    }

    /// Nothing is left to be found out: no state that reaches a sink brings a zero, or something unknown.
    fn is_settled(&self) -> bool {
        let mut records = self.evidence.records.iter();
        !self.evidence.exhausted && records.all(|record| matches!(record.class, Class::NonZero(_)) && !record.assumed)
    }

    /// What it cost.
    pub(super) fn steps(&self) -> usize {
        self.runs.iter().map(|run| run.steps).sum()
    }

    /// It took too much before it came to a sink.
    fn is_hopeless(&self) -> bool {
        self.evidence.exhausted && self.evidence.records.is_empty() && !self.failed
    }

    /// What comes of a run with few disjuncts and one with all.
    fn detailed_by(self, detailed: Explored) -> Explored {
        let runs = [self.runs, detailed.runs.clone()].concat();
        if !detailed.evidence.exhausted || detailed.failed {
            return Explored { runs, ..detailed };
        }
        Explored {
            evidence: self.evidence.with_detailed(detailed.evidence),
            runs,
            ..detailed
        }
    }

    /// The function.
    pub(super) fn body(&self) -> &Arc<Body> {
        &self.evidence.body
    }
}

/// How many disjuncts a run keeps, or what it begins with.
#[derive(Clone, Copy)]
pub(super) enum How {
    Detailed,
    Coarse,
    External,
    ExternalCoarse,
}

impl Program<'_> {
    /// What to keep of an exploration.
    pub(super) fn consulted(&self, exploration: &Exploration) -> Consulted {
        let mut definitions: BTreeMap<String, BTreeSet<Span>> = BTreeMap::new();
        #[allow(clippy::iter_over_hash_type, reason = "what they give is in order")]
        for (name, bodies) in exploration.callees.values().flatten() {
            let known = definitions.entry(name.clone()).or_default();
            known.extend(bodies.iter().map(|body| body.function.at));
        }
        for (file, name) in &exploration.globals {
            let known = definitions.entry(name.clone()).or_default();
            known.extend(self.global(*file, name).map(|global| global.global.at));
        }
        Consulted {
            definitions,
            given_up: exploration.given_up.clone(),
        }
    }

    /// Explores a function from unknown parameters: first with few disjuncts, which settles most; with all of them where that
    /// does not, but for callers, of which there are many, that take too much already before they come to a sink.
    pub(super) fn explore(&self, body: &Arc<Body>) -> Explored {
        let mut limits = self.options.limits;
        let starts = body.function.linkage == Linkage::Entry;
        let is_caller = !starts && body.function.calls().all(|call| call.sink.is_none());
        if is_caller {
            limits.steps /= 4;
        }
        let coarse = self.explore_within(body, How::Coarse, false, limits.coarse());
        if self.coarse || coarse.is_settled() || coarse.failed || is_caller && coarse.is_hopeless() {
            return coarse;
        }
        coarse.detailed_by(self.explore_within(body, How::Detailed, false, limits))
    }

    /// Explores a function anew that only external code calls, after any others of the unit.
    pub(super) fn explore_from_external_code(&self, one: &Explored) -> Explored {
        let mut limits = self.options.limits;
        if one.body().function.calls().all(|call| call.sink.is_none()) {
            limits.steps /= 4;
        }
        let coarse = self.explore_within(one.body(), How::ExternalCoarse, true, limits.coarse());
        let took_too_much = one.runs.iter().any(|run| !run.complete);
        if coarse.is_settled() || coarse.failed || coarse.evidence.exhausted || took_too_much {
            return coarse;
        }
        coarse.detailed_by(self.explore_within(one.body(), How::External, true, limits))
    }

    fn explore_within(&self, body: &Arc<Body>, how: How, from_external: bool, limits: Limits) -> Explored {
        let key = (body.key(), from_external, limits.states);
        // What took too much with less in sight takes no less with more.
        let hopeless = |known: &Explored| limits.states < self.options.limits.states && known.is_hopeless();
        self.before
            .explored
            .get_or_explore(key, self, body, hopeless, |inquiry| {
                self.explore_anew(inquiry, body, how, from_external, limits)
            })
    }

    fn explore_anew(
        &self,
        code: &dyn Code,
        body: &Arc<Body>,
        how: How,
        from_external: bool,
        limits: Limits,
    ) -> Explored {
        if self.is_late() {
            return Explored::nothing(body);
        }
        self.options.progress.function();
        let run = AssertUnwindSafe(|| match from_external {
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
        let explain = self.options.explain.is_some();
        let reached = std::mem::take(&mut exploration.reached);
        let records = reached.iter();
        let records = records.map(|one| Record::of(&mut exploration, one, self.sources, explain));
        let evidence = Evidence {
            body: body.clone(),
            records: records.collect(),
            exhausted: exploration.exhausted,
            callers_left_out: false,
        };
        let run = Run {
            how,
            steps: exploration.steps,
            limit: limits.steps,
            complete: !exploration.exhausted,
        };
        Explored {
            evidence,
            round: 0,
            runs: vec![run],
            consulted: match explain {
                true => self.consulted(&exploration),
                false => Consulted::default(),
            },
            failed: false,
            owns_globals: !exploration.owned.is_empty(),
        }
    }

    /// What objects look like after a function, and whether the exploration hit its limit.
    pub(super) fn snapshots(&self, body: &Arc<Body>, wanted: BTreeSet<Key>) -> LeftBehind {
        let mut limits = self.options.limits;
        limits.steps /= 4;
        let key = (body.key(), wanted.clone());
        self.before.snapshots.get_or_explore(
            key,
            self,
            body,
            |_| false,
            |inquiry| {
                let exploration = Engine::explore(inquiry, body, limits, wanted);
                Arc::new(Left {
                    snapshots: exploration.snapshots,
                    stored: exploration.stored,
                    exhausted: exploration.exhausted || self.is_late(),
                })
            },
        )
    }
}

/// Whether who calls a function decides what reaches its sinks: something is unknown, or differs from state to state in a
/// function of which all callers are visible. Far from the sink only those matter that hand the value itself on.
pub(super) fn needs_callers(explored: &Explored, all_calls: bool) -> bool {
    let evidence = &explored.evidence;
    let linkage = explored.body().function.linkage;
    if linkage == Linkage::Entry || evidence.exhausted {
        return false;
    }
    let near = explored.round <= NEAR;
    // Whoever brings what the program believes can be zero is on the way to it.
    let undecided = |record: &Record| match &record.class {
        Class::Unknown(Missing::Parameter(_)) => true,
        Class::Unknown(_) => near,
        Class::Maybe(origin) => origin.birth() == Cause::Believed && !record.parameters.is_empty(),
        Class::NonZero(_) => near && record.assumed,
        _ => false,
    };
    let unknown = evidence.records.iter().any(undecided);
    let private = near && linkage == Linkage::Private && !agrees(&evidence.records.iter().collect::<Vec<_>>());
    let brings = all_calls
        && evidence
            .records
            .iter()
            .any(|record| record.parameters.iter().any(|brought| !brought.in_memory));
    let one_of_many = explored.body().function.stands_for().is_some();
    unknown || brings || (private || one_of_many) && !evidence.records.is_empty()
}
