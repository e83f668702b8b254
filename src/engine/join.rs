//! Fewer disjuncts: equal ones are one, and above the bound all of a block are joined. A join never loses a constant: where
//! states differ, the location holds an unknown that remembers the constants it stands for, with their reasons.

use super::{Engine, Here, Returned};
use crate::state::State;
use crate::state::location::Location;
use crate::state::memory::{Cell, Content};
use crate::value::ranges::mask;
use crate::value::{LocationId, Made, Ranges, Source, Term, TermId, Value, Witness};
use std::collections::{BTreeMap, BTreeSet};

/// Constants that are tried for a value's unknowns when it is joined with others.
const TRIED: usize = 48;

/// The states that wait for a block to be run.
pub(super) struct Waiting {
    pub(super) block: u32,
    pub(super) states: Vec<State>,
    /// So many of them, the first, were charged for.
    charged: usize,
}

impl Waiting {
    pub(super) fn new(block: u32, states: Vec<State>) -> Waiting {
        Waiting {
            block,
            states,
            charged: 0,
        }
    }
}

impl Engine<'_> {
    /// The states with which a block is run: without repetitions, joined if there are too many, widened at a loop head that
    /// has had its rounds.
    pub(super) fn admit(&mut self, here: &Here, mut waiting: Waiting) -> Vec<State> {
        self.gather(here, &mut waiting);
        let Waiting { block, mut states, .. } = waiting;
        if here.body.shape.loops.contains_key(&block)
            && states.iter().any(|state| self.needs_widening(here, block, state))
        {
            let joined = self.join(states);
            states = joined.map(|state| self.widen(here, block, state)).into_iter().collect();
        }
        states
    }

    /// Joins the states that wait for a block already before it is run where there are many: each may hold much.
    pub(super) fn limit_waiting(&mut self, here: &Here, waiting: &mut Waiting) {
        // Twice the bound, so that states which stay are not gone through with every one that comes.
        if waiting.states.len() > 2 * self.budget.limits.states {
            self.gather(here, waiting);
        }
    }

    /// Makes the states that wait for a block few.
    fn gather(&mut self, here: &Here, waiting: &mut Waiting) {
        let mut distinct: Vec<State> = Vec::with_capacity(waiting.states.len());
        for (index, mut state) in std::mem::take(&mut waiting.states).into_iter().enumerate() {
            state.prune(&self.terms, &self.locations, |root| match self.locations.get(root) {
                Location::Local(frame, variable) => {
                    *frame != here.frame
                        || (here.slice).is_live(&here.body.function, &here.body.shape, waiting.block, *variable)
                }
                _ => true,
            });
            if index >= waiting.charged {
                self.budget.charge_entry(state.size());
            }
            match distinct.iter_mut().find(|other| other.goes_on_like(&state)) {
                Some(other) => other.absorb(&state),
                None => distinct.push(state),
            }
        }
        waiting.states = self.limit_states(distinct);
        waiting.charged = waiting.states.len();
    }

    /// Joins states if there are too many: those first whose memory agrees, so that what is known of what a pointer points to
    /// does not get lost with the pointer.
    pub(super) fn limit_states(&mut self, states: Vec<State>) -> Vec<State> {
        if states.len() <= self.budget.limits.states {
            return states;
        }
        let mut groups: Vec<Vec<State>> = Vec::new();
        for state in states {
            match groups.iter_mut().find(|group| group[0].memory == state.memory) {
                Some(group) => group.push(state),
                None => groups.push(vec![state]),
            }
        }
        if groups.len() > self.budget.limits.states {
            groups = vec![groups.into_iter().flatten().collect()];
        }
        groups.into_iter().filter_map(|states| self.join(states)).collect()
    }

    /// Joins the ends of a function if there are more than the bound: one for each value returned.
    pub(super) fn limit_returned(&mut self, here: &Here, returned: Vec<Returned>) -> Vec<Returned> {
        let mut distinct: Vec<Returned> = Vec::with_capacity(returned.len());
        for mut one in returned {
            one.state.memory.drop_frame(&self.locations, here.frame);
            let same = |other: &&mut Returned| other.value == one.value && other.state.goes_on_like(&one.state);
            match distinct.iter_mut().find(same) {
                Some(other) => other.state.absorb(&one.state),
                None => distinct.push(one),
            }
        }
        if distinct.len() <= self.budget.limits.states / 4 {
            return distinct;
        }
        let mut groups: Vec<(Option<Value>, Vec<State>)> = Vec::new();
        for Returned { state, value } in distinct {
            match groups.iter_mut().find(|group| group.0 == value) {
                Some(group) => group.1.push(state),
                None => groups.push((value, vec![state])),
            }
        }
        let mut joined = Vec::with_capacity(groups.len());
        for (value, states) in groups {
            joined.extend(self.join(states).map(|state| Returned { state, value }));
        }
        joined
    }

    /// What a call that was only asking leaves: one state for each answer to what is zero, which knows what holds however
    /// the call went otherwise.
    pub(super) fn join_returned(&mut self, returned: Vec<Returned>) -> Vec<Returned> {
        let mut groups: BTreeMap<Vec<TermId>, Vec<State>> = BTreeMap::new();
        for one in returned {
            let unknown = |term: &TermId| matches!(self.terms.get(*term), Term::Symbol(_));
            let tested = one.state.constraints.terms();
            let mut zeros: Vec<TermId> = tested
                .filter(|(term, range)| range.constant() == Some(0) && unknown(term))
                .map(|(term, _)| term)
                .collect();
            zeros.sort_unstable();
            groups.entry(zeros).or_default().push(one.state);
        }
        let joined: Vec<State> = groups.into_values().filter_map(|states| self.join(states)).collect();
        let returned = joined.into_iter().map(|state| Returned { state, value: None });
        returned.collect()
    }

    /// One state that stands for all.
    pub(super) fn join(&mut self, states: Vec<State>) -> Option<State> {
        let mut states = states.into_iter();
        let mut joined = states.next()?;
        let others: Vec<State> = states.collect();
        if others.is_empty() {
            return Some(joined);
        }
        let cells = self.joined_cells(&joined, &others);
        let apart = self.kept_differences(&cells, &joined, &others);
        let behind = self.kept_behind(&cells, &joined, &others);
        let epoch = self.joined_epoch(&joined, &others);
        joined.memory.set_shared_epoch(epoch);
        for (id, cell) in cells {
            joined.memory.put(id, cell);
        }
        for other in others {
            joined.constraints.join(&other.constraints);
            joined.join_history(other);
        }
        for (difference, range, origin) in apart {
            joined
                .constraints
                .refine(&self.terms, difference, &range, Some(&origin));
        }
        self.know_behind(behind, &mut joined);
        Some(joined)
    }

    /// The epoch of what is shared: a new one, unless all states agree on it.
    fn joined_epoch(&mut self, first: &State, others: &[State]) -> u32 {
        let epoch = first.memory.shared_epoch();
        let epochs = || others.iter().map(|state| state.memory.shared_epoch());
        if epochs().all(|other| other == epoch) {
            return epoch;
        }
        let unfollowed = [epoch]
            .into_iter()
            .chain(epochs())
            .all(|epoch| self.epochs.is_unfollowed(epoch));
        let joined = self.epochs.fresh();
        if unfollowed {
            self.epochs.note_unfollowed(joined);
        }
        joined
    }

    /// What the locations hold on which the states do not agree.
    fn joined_cells(&mut self, first: &State, others: &[State]) -> Vec<(LocationId, Cell)> {
        let states = [first].into_iter().chain(others);
        let everywhere: BTreeSet<LocationId> = states
            .flat_map(|state| state.memory.cells().map(|(id, _)| id))
            .collect();
        let number = self.epochs.fresh();
        let mut cells = Vec::new();
        for id in everywhere {
            let known = first.memory.cell(id);
            let alike = known.is_some() && others.iter().all(|other| other.memory.cell(id) == known);
            if !alike {
                cells.push((id, self.joined_cell(id, number, first, others)));
            }
        }
        cells
    }

    fn joined_cell(&mut self, id: LocationId, number: u32, first: &State, others: &[State]) -> Cell {
        let states: Vec<&State> = std::iter::once(first).chain(others).collect();
        let contents: Vec<Content> = states
            .iter()
            .map(|state| state.memory.load(&self.locations, id))
            .collect();
        let mut values = contents.iter().filter_map(|content| match content {
            Content::Value(value) => Some(value.term),
            _ => None,
        });
        let Some(first_term) = values.next() else {
            return self.joined_without_value(id, &contents);
        };
        if values.all(|term| term == first_term) && contents.iter().all(|content| matches!(content, Content::Value(_)))
        {
            let Content::Value(value) = &contents[0] else {
                return Cell::Unknown(self.epochs.fresh());
            };
            return Cell::Value(value.clone());
        }
        let bits = self.terms.bits(first_term);
        let mut range = Ranges::empty(bits);
        let mut witnesses = Vec::new();
        let made = contents.iter().map(|content| self.made(id, content)).max();
        for (index, (state, content)) in states.iter().zip(&contents).enumerate() {
            let mut brought = Vec::new();
            match content {
                Content::Value(value) if self.terms.bits(value.term) == bits => {
                    range = range.union(&state.constraints.range(&self.terms, value.term));
                    self.collect_witnesses(state, value, &mut brought);
                }
                Content::Zero(origin) => {
                    range = range.union(&Ranges::single(0, bits));
                    brought.push(Witness::new(0, origin.clone()));
                }
                _ => range = Ranges::full(bits),
            }
            for mut witness in brought {
                witness.paths = witness.paths.through(number, index);
                witness.add(&mut witnesses);
            }
        }
        let made = made.unwrap_or(Made::Open);
        let joined = self.joined_symbol(range, witnesses, made);
        let led_to = contents.iter().filter_map(|content| match content {
            Content::Value(value) => Some(Some(value.term)),
            Content::Zero(_) => None,
            Content::Unknown(epoch) => (*epoch != 0).then_some(None),
            Content::PartOf(..) => Some(None),
        });
        self.note_aim(joined, led_to);
        Cell::Value(Value::unexplained(joined))
    }

    /// What a location holds that has a value of its own in no state.
    fn joined_without_value(&mut self, id: LocationId, contents: &[Content]) -> Cell {
        let zero = contents.iter().find_map(|content| match content {
            Content::Zero(origin) => Some(origin.clone()),
            _ => None,
        });
        let only_zero = contents.iter().all(|content| matches!(content, Content::Zero(_)));
        match zero {
            Some(origin) if only_zero => Cell::Zero(origin),
            origin => {
                let before = contents.iter().find_map(|content| match content {
                    Content::Unknown(epoch) => self.epochs.zero_before(*epoch).cloned(),
                    _ => None,
                });
                let epoch = self.epochs.after_zero(origin.or(before));
                if contents.iter().all(|content| self.made(id, content) != Made::Open) {
                    self.epochs.note_unfollowed(epoch);
                }
                Cell::Unknown(epoch)
            }
        }
    }

    /// What makes what a location holds what it is.
    pub(super) fn made(&self, location: LocationId, content: &Content) -> Made {
        match content {
            Content::Value(value) => self.terms.made(value.term),
            Content::Zero(_) => Made::Constant,
            Content::Unknown(epoch) => {
                let root = self.locations.root(location);
                match self.globals.fixed.contains(&root)
                    || self.epochs.is_unfollowed(*epoch) && self.globals.owned.contains(&root)
                {
                    true => Made::Fixed,
                    false => Made::Open,
                }
            }
            Content::PartOf(..) => Made::Open,
        }
    }

    /// A new unknown that stands for several values, and what makes these what they are.
    pub(super) fn joined_symbol(&mut self, range: Ranges, witnesses: Vec<Witness>, made: Made) -> TermId {
        let number = self.epochs.fresh();
        // What may be negative does not grow by being multiplied.
        let made = match made {
            Made::Constant if range.max() > mask(range.bits()) / 2 => Made::Fixed,
            made => made,
        };
        self.terms.unknown(Source::Joined(number), range, witnesses, made)
    }

    /// Adds the constants that a value stands for on a path.
    pub(super) fn collect_witnesses(&mut self, state: &State, value: &Value, witnesses: &mut Vec<Witness>) {
        let range = state.constraints.range(&self.terms, value.term);
        let known = self.terms.constant_of(value.term);
        if let Some(origin) = &value.origin {
            let counted = value.is_counted() && range == Ranges::between(0, 1, range.bits());
            let constants = known.into_iter().chain([0, 1].into_iter().filter(|_| counted));
            constants.for_each(|constant| Witness::new(constant, origin.clone()).add(witnesses));
        }
        self.terms.try_witnesses(value.term, TRIED, |terms, choice| {
            let Some(constant) = terms.constant_of(choice.result) else {
                return true;
            };
            if range.contains(constant) {
                let mut witness = Witness::new(constant, choice.origin.clone());
                witness.paths = choice.paths.clone();
                witness.add(witnesses);
            }
            false
        });
    }
}
