//! What is known at one point of one path: what memory holds, and what tests have taught.

pub mod location;
pub mod memory;

use crate::value::bounds::Constraints;
use crate::value::{LocationId, Ranges, Term, TermId, Terms};
use location::Locations;
use memory::{Cell, Memory};
use std::collections::{BTreeMap, BTreeSet};

/// A state of the exploration. Two states are the same when they agree on values and constraints; reasons do not count.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct State {
    /// What locations hold.
    pub memory: Memory,
    /// What tests have taught.
    pub constraints: Constraints,
    /// Local variables whose address is known to code that is not visible.
    pub escaped: BTreeSet<LocationId>,
    /// How often a place that makes unknowns was passed on this path.
    pub times: BTreeMap<u64, u32>,
    /// For each loop that control is in: its rounds.
    pub loops: BTreeMap<LoopKey, Rounds>,
    /// Globals whose initialisers were performed.
    pub initialized: BTreeSet<LocationId>,
    /// Sinks that the path went through, as indices into what the exploration has reached.
    pub passed: BTreeSet<u32>,
}

/// A loop of one running function: frame and head block.
pub type LoopKey = (u32, u32);

/// How far a loop has come on a path.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Rounds {
    /// Times that the head was reached.
    pub visits: u32,
    /// Tests within the loop that could go either way.
    pub undecided: u32,
    /// Once the loop was widened: what was assumed.
    pub widened: Option<Widened>,
}

/// What a widened loop assumes of each location that it changes: a range that must hold at the end of every round.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Widened {
    /// How often the assumptions were given up already.
    pub attempt: u32,
    /// The assumptions.
    pub ranges: Vec<(LocationId, Ranges)>,
}

impl State {
    /// Counts a passage of a place; the number keeps the unknowns made there apart.
    pub fn next_time(&mut self, place: u64) -> u32 {
        let time = self.times.entry(place).or_insert(0);
        *time += 1;
        *time
    }

    /// Marks a local variable as reachable from outside, and those whose addresses it holds. The whole root counts.
    pub fn escape(&mut self, terms: &Terms, locations: &Locations, location: LocationId) {
        let mut pending = vec![locations.root(location)];
        while let Some(root) = pending.pop() {
            if !locations.is_local(root) || !self.escaped.insert(root) {
                continue;
            }
            for (part, cell) in self.memory.cells() {
                if locations.root(part) == root
                    && let Cell::Value(value) = cell
                    && let Term::Address(target) = terms.get(value.term)
                {
                    pending.push(locations.root(*target));
                }
            }
        }
    }

    /// Whether code that is not visible may read a location.
    pub fn is_visible_outside(&self, locations: &Locations, location: LocationId) -> bool {
        let root = locations.root(location);
        locations.is_shared(root) || self.escaped.contains(&root)
    }

    /// Terms that the memory holds.
    pub fn held_terms(&self) -> impl Iterator<Item = TermId> {
        self.memory.values().map(|value| value.term)
    }
}
