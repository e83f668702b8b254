//! What an exploration has cost so far, and what it may still cost: one bound for all of it, and within it an allowance for
//! each function that does not lead to a sink.

use super::{BodyKey, Limits};
use rustc_hash::FxHashMap;

/// The part of an exploration's steps that a function may take which does not lead to a sink, in all its calls.
const ALLOWANCE: usize = 8;
/// What entering a block costs, in parts of a step: so much by itself, and one for each thing that the state holds.
const ENTRY: usize = 8;
/// Parts of a step.
const PARTS: usize = 256;

/// The steps of one exploration.
pub(super) struct Budget {
    /// The bounds that hold now.
    pub limits: Limits,
    /// Statements executed over all states.
    pub steps: usize,
    /// The bound on steps was hit.
    pub exhausted: bool,
    /// Parts of a step that entering blocks has cost.
    parts: usize,
    /// Steps at which the innermost call that has an allowance of its own, or the exploration, must have ended.
    ceiling: usize,
    /// Steps of functions that went beyond their allowance, which do not count.
    wasted: usize,
    /// Of functions which do not lead to a sink.
    allowances: FxHashMap<BodyKey, Allowance>,
    /// Of all such functions together that have used up their own: they run with fewer disjuncts.
    coarse: Allowance,
    /// Such a function is running.
    runs_coarsely: bool,
}

/// How much of an allowance is spent.
#[derive(Clone, Copy, Default)]
pub(super) struct Allowance {
    spent: usize,
}

/// An allowance that something runs within, and what held outside.
pub(super) struct Opened {
    allowance: Allowance,
    steps: usize,
    ceiling: usize,
}

impl Budget {
    /// Nothing is spent yet.
    pub fn new(limits: Limits) -> Budget {
        Budget {
            limits,
            steps: 0,
            exhausted: false,
            parts: 0,
            ceiling: limits.steps,
            wasted: 0,
            allowances: FxHashMap::default(),
            coarse: Allowance::default(),
            runs_coarsely: false,
        }
    }

    /// Charges for statements. Returns whether they may be executed.
    pub fn spend(&mut self, steps: usize) -> bool {
        self.steps += steps;
        self.exhausted |= self.steps > self.ceiling;
        self.steps <= self.ceiling
    }

    /// Charges for a state of a size that enters a block. Where many variables are alive and many tests were passed this costs
    /// more than the statements do.
    pub fn charge_entry(&mut self, size: usize) {
        self.parts += ENTRY + size;
        self.spend(self.parts / PARTS);
        self.parts %= PARTS;
    }

    /// Whether nothing more is to be run.
    pub fn is_over(&mut self) -> bool {
        self.exhausted |= self.limits.deadline.is_over();
        self.exhausted
    }

    /// Starts anew, but for what was wasted and what functions have spent.
    pub fn restart(&mut self, steps: usize) {
        self.limits.steps = steps;
        self.steps = 0;
        self.exhausted = false;
    }

    /// The allowance of a function.
    pub fn allowance_of(&self, function: BodyKey) -> Allowance {
        self.allowances.get(&function).copied().unwrap_or_default()
    }

    /// Keeps what a function has spent.
    pub fn set_allowance(&mut self, function: BodyKey, allowance: Allowance) {
        self.allowances.insert(function, allowance);
    }

    /// Lowers the ceiling to what is left of an allowance. `None` if nothing is.
    pub fn open(&mut self, allowance: Allowance) -> Option<Opened> {
        let left = (self.limits.steps / ALLOWANCE).checked_sub(allowance.spent);
        let left = left.filter(|left| *left > 0)?;
        let opened = Opened {
            allowance,
            steps: self.steps,
            ceiling: self.ceiling,
        };
        self.ceiling = self.ceiling.min(self.steps + left);
        Some(opened)
    }

    /// Lifts the ceiling again. Returns what is spent now, and whether what ran has stayed within the allowance.
    pub fn close(&mut self, opened: Opened) -> (Allowance, bool) {
        let cost = self.steps - opened.steps;
        let beyond = self.exhausted && self.ceiling < opened.ceiling;
        self.ceiling = opened.ceiling;
        if beyond {
            // What came of it is thrown away, and so is what it cost, once over for all.
            self.exhausted = false;
            if self.wasted + cost <= self.limits.steps {
                self.wasted += cost;
                self.steps = opened.steps;
            }
        }
        let spent = opened.allowance.spent + cost;
        (Allowance { spent }, !beyond)
    }

    /// Lets what follows run with fewer disjuncts, within the allowance that all such runs share. `None` if one is running.
    pub fn begin_coarse(&mut self) -> Option<(Limits, Allowance)> {
        let outside = self.limits;
        let first = !std::mem::replace(&mut self.runs_coarsely, true);
        first.then(|| {
            self.limits = outside.coarse();
            (outside, self.coarse)
        })
    }

    /// Goes on as before: the allowance is bound enough, so that the steps do not count.
    pub fn end_coarse(&mut self, outside: Limits, steps: usize, allowance: Allowance) {
        self.runs_coarsely = false;
        self.limits = outside;
        self.steps = steps;
        self.coarse = allowance;
    }
}
