//! What a join keeps of things that belong together although each of them differs between the states: numbers that were
//! told apart, and what tests have taught of the object that a pointer leads to.

use super::Engine;
use crate::state::State;
use crate::state::location::Location;
use crate::state::memory::Cell;
use crate::value::{LocationId, Origin, Ranges, Source, SymbolId, Term, TermId};
use std::collections::BTreeSet;

/// Numbers of a join of which the differences are looked at.
const PAIRED: usize = 12;
/// Places behind one pointer that are looked at.
const BEHIND: usize = 8;

/// A place behind a pointer that stands for several from a join on, and what the place holds in all states.
pub(super) struct Behind {
    location: LocationId,
    range: Ranges,
    origin: Origin,
}

impl Engine<'_> {
    /// The differences of numbers that differ in all states, as `end > start` has taught, for the numbers that stand for them
    /// from now on.
    pub(super) fn kept_differences(
        &mut self,
        cells: &[(LocationId, Cell)],
        first: &State,
        others: &[State],
    ) -> Vec<(TermId, Ranges, Origin)> {
        let number = |cell: &Cell| match cell {
            Cell::Value(value) => Some(value.term),
            _ => None,
        };
        let teaches =
            |(term, range): &(TermId, &Ranges)| matches!(self.terms.get(*term), Term::Sum(..)) && !range.contains(0);
        let taught = first.constraints.terms().filter(teaches);
        let of: BTreeSet<SymbolId> = taught
            .flat_map(|(term, _)| self.terms.symbols_in(term))
            .copied()
            .collect();
        let is_of = |id: LocationId| {
            let held = first.memory.cell(id).and_then(number);
            held.is_some_and(|term| self.terms.symbols_in(term).iter().any(|symbol| of.contains(symbol)))
        };
        let numbers = cells.iter().filter_map(|(id, cell)| Some((*id, number(cell)?)));
        let numbers: Vec<(LocationId, TermId)> = numbers.filter(|(id, _)| is_of(*id)).take(PAIRED).collect();
        let pairs = numbers
            .iter()
            .flat_map(|one| numbers.iter().map(move |two| (*one, *two)));
        let mut apart = Vec::new();
        for ((high, high_now), (low, low_now)) in pairs.filter(|(one, two)| one != two) {
            let mut differ = |state: &State| {
                let held = |id| state.memory.cell(id).and_then(number);
                let difference = self.terms.difference(held(high)?, held(low)?)?;
                let range = state.constraints.range(&self.terms, difference);
                (!range.contains(0)).then(|| (range, state.constraints.origin(difference).cloned()))
            };
            let Some((range, Some(origin))) = differ(first) else {
                continue;
            };
            let all = others
                .iter()
                .try_fold(range, |all, state| Some(all.union(&differ(state)?.0)));
            if let (Some(range), Some(difference)) = (all, self.terms.difference(high_now, low_now)) {
                apart.push((difference, range, origin));
            }
        }
        apart
    }

    /// What is not zero behind a pointer in all states, for the pointer that stands for all of them from now on. Behind a null
    /// pointer there is nothing.
    pub(super) fn kept_behind(&mut self, cells: &[(LocationId, Cell)], first: &State, others: &[State]) -> Vec<Behind> {
        let mut found = Vec::new();
        for (id, cell) in cells {
            let Cell::Value(pointer) = cell else { continue };
            if !matches!(self.terms.get(pointer.term), Term::Symbol(_)) {
                continue;
            }
            let Some(led) = self.led_to(*id, first, others) else {
                continue;
            };
            let Some(&(leader, from)) = led.first() else { continue };
            let to = self.locations.intern(Location::Pointee(pointer.term));
            for (_, target) in &led {
                self.aliases.note(to, *target);
            }
            for (place, bits) in self.told_behind(leader, from) {
                let told = self.told_by_all(&led, place, bits);
                if let Some((range, origin)) = told
                    && let Some(location) = self.locations.rebased(place, from, to)
                {
                    found.push(Behind {
                        location,
                        range,
                        origin,
                    });
                }
            }
        }
        found
    }

    /// What the pointers lead to that a place holds in each state, those left out in which it is null. `None` if it holds
    /// something else in one of them.
    fn led_to<'s>(
        &mut self,
        place: LocationId,
        first: &'s State,
        others: &'s [State],
    ) -> Option<Vec<(&'s State, LocationId)>> {
        let states = std::iter::once(first).chain(others);
        let held = states.map(|state| match state.memory.cell(place) {
            Some(Cell::Value(value)) => Some((state, value.term)),
            _ => None,
        });
        let mut held: Vec<(&State, TermId)> = held.collect::<Option<_>>()?;
        held.retain(|(_, term)| self.terms.constant_of(*term) != Some(0));
        let led = held.into_iter().map(|(state, term)| (state, self.pointee(state, term)));
        Some(led.collect())
    }

    /// What all states know of a place, which is one in the object of the first, in their objects.
    fn told_by_all(&mut self, led: &[(&State, LocationId)], place: LocationId, bits: u32) -> Option<(Ranges, Origin)> {
        let ((first, from), others) = led.split_first()?;
        let (mut range, origin) = self.told_at(first, place, bits)?;
        for (state, target) in others {
            let location = self.locations.rebased(place, *from, *target)?;
            range = range.union(&self.told_at(state, location, bits)?.0);
        }
        Some((range, origin))
    }

    /// Makes a joined state know what its parts agreed on.
    pub(super) fn know_behind(&mut self, behind: Vec<Behind>, joined: &mut State) {
        for Behind {
            location,
            range,
            origin,
        } in behind
        {
            let held = self.content(joined, location, range.bits()).term;
            joined.constraints.refine(&self.terms, held, &range, Some(&origin));
        }
    }

    /// Places in an object of which a state knows that they are not zero, with their widths.
    fn told_behind(&self, state: &State, object: LocationId) -> Vec<(LocationId, u32)> {
        let tested = state
            .constraints
            .terms()
            .filter_map(|(term, range)| match self.terms.get(term) {
                Term::Symbol(symbol) if !range.contains(0) => match self.terms.symbol_data(*symbol).source {
                    Source::Memory(location, _) => Some((location, range.bits())),
                    _ => None,
                },
                _ => None,
            });
        let is_part = |location: LocationId| location != object && self.locations.is_within(location, object);
        tested.filter(|(location, _)| is_part(*location)).take(BEHIND).collect()
    }

    /// What a state knows of a place that is not zero, and how.
    fn told_at(&mut self, state: &State, location: LocationId, bits: u32) -> Option<(Ranges, Origin)> {
        let value = self.content(state, location, bits);
        let range = state.constraints.range(&self.terms, value.term);
        let origin = state.constraints.origin(value.term).cloned().or(value.origin);
        (range.bits() == bits && !range.contains(0)).then_some((range, origin?))
    }
}
