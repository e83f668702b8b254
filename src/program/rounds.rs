//! The rounds: from the functions that may call a sink outwards to their callers, as long as these may decide something.

use super::Program;
use super::callers::Callers;
use super::explain::Trail;
use super::explored::{Explored, needs_callers};
use crate::engine::{Body, BodyKey, FunctionKey};
use crate::ir::Linkage;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Callers explored for one unit.
const CALLERS: usize = 6_000;
/// Callers explored besides for each function that may call a sink: whole files of wrappers are explored, too.
const CALLERS_OF_ONE: usize = 4;

/// Steps that the rounds of callers may take together, nearest callers first; further ones are left out.
const STEPS: usize = 100_000;
/// Functions that are explored before it is looked at again how much is left.
const AT_ONCE: usize = 16;

/// What the rounds have explored, and what is left.
pub(super) struct Rounds {
    pub(super) callers: Callers,
    pub(super) explored: Vec<Explored>,
    /// Callers that were not explored because there are too many.
    pub(super) left_out: Vec<Arc<Body>>,
    /// Functions to explore in the next round.
    wanted: Vec<Arc<Body>>,
    seen: BTreeSet<BodyKey>,
    /// So many callers may still be explored.
    room: usize,
    /// What exploring callers has cost.
    steps: usize,
}

impl Rounds {
    /// The first round is of the functions that may call a sink.
    pub(super) fn of(program: &Program) -> Rounds {
        let mut callers = Callers::new();
        let wanted = callers.with_sinks(program);
        Rounds {
            callers,
            explored: Vec::new(),
            left_out: Vec::new(),
            seen: BTreeSet::new(),
            room: CALLERS + CALLERS_OF_ONE * wanted.len(),
            steps: 0,
            wanted,
        }
    }

    /// The functions that a round explores.
    fn next(&mut self, round: usize) -> Vec<Arc<Body>> {
        let mut next = std::mem::take(&mut self.wanted);
        next.retain(|body| self.seen.insert(body.key()));
        if round > 1 {
            self.left_out.extend(next.drain(self.room.min(next.len())..));
            self.room -= next.len();
        }
        next
    }
}

impl Program<'_> {
    /// Callers of callers, as far out as calls are followed inwards.
    pub(super) fn explore_rounds(&mut self, trail: &mut Trail) -> Rounds {
        // What was learnt when the rounds were gone through with few disjuncts is learnt again, in the same order.
        self.wrappers.clear();
        self.stored.clear();
        let mut rounds = Rounds::of(self);
        let depth = self.options.limits.depth;
        for round in 1..=depth + 1 {
            let next = rounds.next(round);
            if next.is_empty() {
                break;
            }
            self.stored = rounds.callers.stored_functions().clone();
            self.wrappers.extend(next.iter().map(|body| body.function.name.clone()));
            let program = &*self;
            let explore = |body| Explored {
                round,
                ..program.explore(body)
            };
            let mut new: Vec<Explored> = Vec::with_capacity(next.len());
            for some in next.chunks(AT_ONCE) {
                if round > 1 && rounds.steps > STEPS {
                    rounds.left_out.extend_from_slice(some);
                    continue;
                }
                let explored: Vec<Explored> = some.par_iter().map(explore).collect();
                if round > 1 {
                    rounds.steps += explored.iter().map(Explored::steps).sum::<usize>();
                }
                new.extend(explored);
            }
            let unsettled = new.iter().filter(|one| needs_callers(one, self.options.all_calls));
            if round > depth {
                trail.left = unsettled.clone().map(|one| one.body().function.name.clone()).collect();
            }
            if !self.is_late() {
                rounds.wanted = rounds.callers.of(self, unsettled.map(|one| &**one.body()));
            }
            rounds.explored.extend(new);
        }
        self.stored = rounds.callers.stored_functions().clone();
        self.held = rounds.callers.held_functions().clone();
        rounds
    }

    /// Notes of which functions not all callers were explored.
    pub(super) fn note_callers_left_out(&self, rounds: &mut Rounds) {
        let any = self.is_late() || !rounds.left_out.is_empty();
        for one in &mut rounds.explored {
            let evidence = &mut one.evidence;
            evidence.callers_left_out = any || rounds.callers.are_too_many(&evidence.body.function.name);
        }
    }

    /// Explores functions anew that only external code calls: what they find in globals is what the others of the unit leave.
    pub(super) fn explore_from_external(&self, explored: &mut [Explored]) {
        let of_programs = |one: &&Explored| one.body().function.linkage == Linkage::Entry;
        let mut called: BTreeSet<FunctionKey> = BTreeSet::new();
        for record in explored
            .iter()
            .filter(of_programs)
            .flat_map(|one| &one.evidence.records)
        {
            called.insert(record.caller.function.whole);
            called.extend(record.stack.iter().map(|frame| frame.caller.function.whole));
        }
        explored.par_iter_mut().for_each(|one| {
            let function = &one.body().function;
            // What took too much from one start takes more from many.
            let ends = !one.evidence.exhausted;
            if ends && one.owns_globals && function.linkage == Linkage::Public && !called.contains(&function.whole) {
                let again = self.explore_from_external_code(one);
                if again.evidence.exhausted && self.is_late() {
                    // What was cut off for want of time says less than what is there.
                    one.evidence.exhausted = true;
                    return;
                }
                let (round, callers_left_out) = (one.round, one.evidence.callers_left_out);
                *one = Explored { round, ..again };
                one.evidence.callers_left_out = callers_left_out;
            }
        });
    }
}
