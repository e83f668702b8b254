//! The run of a function: the worklist of its blocks.

use super::join::Waiting;
use super::{Engine, Here, Returned, Spot};
use crate::ir::End;
use crate::state::State;
use crate::value::Cause;
use std::collections::BTreeMap;

impl Engine<'_> {
    /// Runs a function from states to all its returns.
    pub(super) fn run(&mut self, here: &Here, states: Vec<State>) -> Vec<Returned> {
        let body = here.body.clone();
        let outside = self.spot;
        let mut pending: BTreeMap<usize, Waiting> = BTreeMap::new();
        pending.insert(0, Waiting::new(0, states));
        let mut returned = Vec::new();
        while let Some((_, waiting)) = pending.pop_first() {
            let block = waiting.block;
            for state in self.admit(here, waiting) {
                for state in self.statements(here, block, state) {
                    for (to, mut state) in self.leave(here, block, state, &mut returned) {
                        if self.enter(here, block, to, &mut state) {
                            let number = body.shape.order[to as usize];
                            let waiting = pending.entry(number).or_insert_with(|| Waiting::new(to, Vec::new()));
                            waiting.states.push(state);
                            self.limit_waiting(here, waiting);
                        }
                    }
                }
            }
            if self.budget.is_over() {
                break;
            }
        }
        self.spot = outside;
        self.limit_returned(here, returned)
    }

    /// The blocks that control goes on to from the end of one, with the states on the way there. Ways out of the function are
    /// among what is `returned`.
    fn leave(&mut self, here: &Here, block: u32, mut state: State, returned: &mut Vec<Returned>) -> Vec<(u32, State)> {
        self.spot = Spot::new(block, u32::MAX);
        match &here.body.function.blocks[block as usize].end {
            End::Stop => Vec::new(),
            End::Goto(to) => vec![(to.0, state)],
            End::Branch { test, yes, no, at } => self.branch(here, block, state, (test, *at), (yes.0, no.0)),
            End::Return(expression, at) => {
                let value = expression
                    .as_ref()
                    .map(|value| self.evaluate(here, &mut state, value).then(*at, Cause::Returned));
                self.keep_returned(here, &mut state, expression);
                if !state.ended {
                    returned.push(Returned { state, value });
                }
                Vec::new()
            }
        }
    }

    /// Runs a block's statements. Calls may give several states.
    fn statements(&mut self, here: &Here, block: u32, state: State) -> Vec<State> {
        let body = here.body.clone();
        let mut states = vec![state];
        for (index, statement) in body.function.blocks[block as usize].statements.iter().enumerate() {
            if !here.slice.runs(block, index) {
                continue;
            }
            if !self.budget.spend(states.len()) {
                return Vec::new();
            }
            let mut after = Vec::with_capacity(states.len());
            for state in states {
                self.spot = Spot::new(block, index as u32);
                self.statement(here, state, statement, &mut after);
            }
            after.retain(|state| !state.ended);
            states = if after.len() > self.budget.limits.states {
                self.limit_states(after)
            } else {
                after
            };
        }
        states
    }

    /// Keeps the rounds of the loops that an edge stays in, enters or leaves. Returns false if the edge leads back to the head
    /// of a widened loop with nothing new.
    fn enter(&mut self, here: &Here, from: u32, to: u32, state: &mut State) -> bool {
        let body = here.body.clone();
        state.loops.retain(|(frame, head), _| {
            *frame != here.frame || body.shape.loops.get(head).is_some_and(|members| members.contains(to))
        });
        let Some(members) = body.shape.loops.get(&to) else {
            return true;
        };
        let rounds = state.loops.entry((here.frame, to)).or_default();
        if !members.contains(from) {
            *rounds = crate::state::Rounds::default();
            return true;
        }
        rounds.visits += 1;
        rounds.widened.is_none() || self.breaks_assumption(here, to, state)
    }
}
