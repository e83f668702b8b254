//! Tests: which ways a path can go, and what each way teaches.

use super::{Engine, Here};
use crate::facts::Library;
use crate::ir::Expr;
use crate::sinks::is_name;
use crate::source::Span;
use crate::state::State;
use crate::state::location::Location;
use crate::value::{Cause, Operator, Origin, Ranges, Source, Term, TermId};

/// Unknowns of one test that are tried for zero, and the depth to which the test is worked out with it.
const EXCLUDED: usize = 4;
const EXCLUDED_DEPTH: usize = 16;

impl Engine<'_> {
    /// The blocks that a branch leads to, with the state on the way there.
    pub(super) fn branch(
        &mut self,
        here: &Here,
        block: u32,
        mut state: State,
        (test, at): (&Expr, Span),
        (yes, no): (u32, u32),
    ) -> Vec<(u32, State)> {
        if here.slice.passes_over(block) {
            return self.pass_over(here, block, state, (yes, no));
        }
        let counts = here.body.shape.counts_up(&here.body.function, block, test);
        let test = self.evaluate(here, &mut state, test).term;
        if state.ended {
            return Vec::new();
        }
        match self.decided(&state, test) {
            Some(true) => return vec![(yes, state)],
            Some(false) => return vec![(no, state)],
            None => {}
        }
        note_undecided(here, block, &mut state);
        self.note_zero_test(&state, test, at);
        self.note_asked(here, &mut state, test);
        let cause = |truth| if counts { Cause::Uncounted } else { Cause::Tested(truth) };
        let mut ways = Vec::with_capacity(2);
        let mut other = state.clone();
        if self.assume(&mut state, test, Origin::new(at, cause(true)), true) {
            ways.push((yes, state));
        }
        if self.assume(&mut other, test, Origin::new(at, cause(false)), false) {
            ways.push((no, other));
        }
        ways
    }

    /// A branch that decides nothing of interest: on to where its ways meet, or both ways.
    fn pass_over(&self, here: &Here, block: u32, mut state: State, (yes, no): (u32, u32)) -> Vec<(u32, State)> {
        match here.body.shape.dependence.meeting[block as usize] {
            Some(meeting) => vec![(meeting, state)],
            None => {
                note_undecided(here, block, &mut state);
                vec![(yes, state.clone()), (no, state)]
            }
        }
    }

    /// Whether a truth value can only be true, or only false.
    pub(super) fn decided(&self, state: &State, test: TermId) -> Option<bool> {
        let range = state.constraints.range(&self.terms, test);
        if !range.contains(0) {
            Some(true)
        } else if range.constant() == Some(0) {
            Some(false)
        } else {
            None
        }
    }

    /// Takes a test as true or false. Returns false if that cannot be.
    pub(super) fn assume(&mut self, state: &mut State, test: TermId, origin: Origin, truth: bool) -> bool {
        let zero = Ranges::single(0, self.terms.bits(test));
        let range = if truth { zero.complement() } else { zero };
        state.constraints.refine(&self.terms, test, &range, Some(&origin))
            && self.assume_difference(state, test, &origin, truth)
            && self.exclude_zeros(state, test, &origin, &range)
    }

    /// Unknowns for which the test would have gone the other way if they were zero are not: `if (round_up(n) > 0)`,
    /// `if (at >= start && at < start + n)`.
    fn exclude_zeros(&mut self, state: &mut State, test: TermId, origin: &Origin, range: &Ranges) -> bool {
        let mut symbols = self.terms.symbols_in(test).to_vec();
        symbols.sort_unstable();
        symbols.dedup();
        if symbols.len() > EXCLUDED {
            return true;
        }
        symbols.into_iter().all(|symbol| {
            let unknown = self.terms.of_symbol(symbol);
            if !state.constraints.range(&self.terms, unknown).contains(0) {
                return true;
            }
            let at_zero = self.terms.substituted(test, symbol, 0, EXCLUDED_DEPTH);
            let possible = state.constraints.range(&self.terms, at_zero).intersect(range);
            let nonzero = Ranges::full(self.terms.bits(unknown)).without(0);
            !possible.is_empty() || state.constraints.refine(&self.terms, unknown, &nonzero, Some(origin))
        })
    }

    /// Whether neither the unit nor the table of the library says what a function does.
    fn is_foreign(&self, here: &Here, name: &str) -> bool {
        self.code.library(name) == Library::default() && self.code.sink(here.body.file, name).is_none()
    }

    /// Remembers what functions of which nothing is known, and whose answers decide, were asked about.
    fn note_asked(&mut self, here: &Here, state: &mut State, test: TermId) {
        let symbols = self.terms.symbols_in(test);
        for &symbol in symbols {
            match &self.terms.symbol_data(symbol).source {
                Source::Result { callee, arguments, .. } if self.is_foreign(here, callee) => {
                    for &argument in arguments {
                        for &about in self.terms.symbols_in(argument) {
                            state.asked.insert(about);
                            self.reports.asked.entry(about).or_default().insert(callee.clone());
                        }
                    }
                }
                Source::Memory(location, _) => {
                    // What only one file sees no other tells more of.
                    if let Location::Global(None, name) | Location::Setting(name) = self.locations.get(*location)
                        && is_name(name)
                    {
                        for &about in symbols.iter().filter(|about| **about != symbol) {
                            self.reports.asked.entry(about).or_default().insert(name.clone());
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// A comparison of two unknowns says whether their difference can be zero: `end > start`.
    fn assume_difference(&mut self, state: &mut State, mut test: TermId, origin: &Origin, mut truth: bool) -> bool {
        while let Term::Not(inner) = self.terms.get(test) {
            (test, truth) = (*inner, !truth);
        }
        let Term::Binary(operator, left, right) = *self.terms.get(test) else {
            return true;
        };
        let known = |term| self.terms.constant_of(term).is_some();
        if known(left)
            || known(right)
            || !(operator == Operator::Equal || truth && matches!(operator, Operator::Less(_)))
        {
            return true;
        }
        let zero = Ranges::single(0, self.terms.bits(left));
        let range = if operator == Operator::Equal && truth {
            zero
        } else {
            zero.complement()
        };
        [(left, right), (right, left)].into_iter().all(|(from, what)| {
            let difference = self.terms.subtract(from, what);
            state.constraints.refine(&self.terms, difference, &range, Some(origin))
        })
    }

    /// Remembers with the sinks already passed that something is tested for zero.
    fn note_zero_test(&mut self, state: &State, test: TermId, at: Span) {
        let mut subject = test;
        while let Term::Not(inner) = self.terms.get(subject) {
            subject = *inner;
        }
        if let Term::Binary(Operator::Equal, left, right) = *self.terms.get(subject) {
            if self.terms.constant_of(right) != Some(0) {
                return;
            }
            subject = left;
        } else if self.terms.bits(subject) == 1 {
            return;
        }
        for &index in &state.passed {
            let tests = &mut self.reports.reached[index as usize].later_tests;
            if tests.len() < 16 && !tests.contains(&(subject, at)) {
                tests.push((subject, at));
            }
        }
    }
}

/// Counts a test that can go either way for the loops that it is in.
fn note_undecided(here: &Here, block: u32, state: &mut State) {
    for (head, members) in &here.body.shape.loops {
        if members.contains(block)
            && let Some(rounds) = state.loops.get_mut(&(here.frame, *head))
        {
            rounds.undecided += 1;
        }
    }
}
