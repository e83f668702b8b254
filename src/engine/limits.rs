//! Bounds on what an exploration may cost.

use crate::progress::Deadline;

/// Bounds on one exploration.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Statements executed over all states.
    pub steps: usize,
    /// Disjuncts of one block: states that are kept beside each other before they are joined.
    pub states: usize,
    /// Nesting of followed calls.
    pub depth: usize,
    /// Rounds of a loop that are run exactly when its tests can go either way.
    pub undecided_rounds: u32,
    /// Rounds of a loop that are run exactly when its tests are decided by constants.
    pub rounds: u32,
    /// When it must end in any case.
    pub deadline: Deadline,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            steps: 8_000,
            states: 32,
            depth: 8,
            undecided_rounds: 24,
            rounds: 300,
            deadline: Deadline::default(),
        }
    }
}

impl Limits {
    /// The same bound on the work, with fewer disjuncts, for functions that are too long to be explored in detail.
    pub fn coarse(self) -> Limits {
        Limits {
            states: (self.states / 8).max(1),
            undecided_rounds: (self.undecided_rounds / 12).max(1),
            rounds: (self.rounds / 8).max(1),
            ..self
        }
    }
}
