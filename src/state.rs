//! What is known at one point of one path: what memory holds, and what tests have taught.

pub mod location;
pub mod memory;

use crate::source::Span;
use crate::value::bounds::Constraints;
use crate::value::{LocationId, Ranges, Source, SymbolId, Term, TermId, Terms};
use location::{Location, Locations};
use memory::{Cell, Memory};
use std::collections::{BTreeMap, BTreeSet};

/// A state of the exploration.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What locations hold.
    pub memory: Memory,
    /// What tests have taught.
    pub constraints: Constraints,
    /// Local variables whose address is known to external code.
    pub escaped: BTreeSet<LocationId>,
    /// For each loop that control is in: its rounds.
    pub loops: BTreeMap<LoopKey, Rounds>,
    /// Globals whose initialisers were performed.
    pub initialized: BTreeSet<LocationId>,
    /// Sinks that the path went through, as indices into what the exploration has reached.
    pub passed: BTreeSet<u32>,
    /// Pieces of source that the path went through and that are not understood.
    pub unread: BTreeSet<Span>,
    /// Unknowns about which external functions were asked, with the path going by the answer.
    pub asked: BTreeSet<SymbolId>,
    /// Something was stored through a pointer that may lead to any global: none is known to hold its initial value.
    pub wild: bool,
    /// The path has read or written through a null pointer: no program goes on from there.
    pub ended: bool,
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
    /// Whether the states go on in the same way: they agree on values, constraints and loops. Reasons do not count.
    pub fn goes_on_like(&self, other: &State) -> bool {
        fn rounds(state: &State) -> impl Iterator<Item = (&LoopKey, u32, &Option<Widened>)> {
            let loops = state.loops.iter();
            loops.map(|(key, rounds)| (key, rounds.visits, &rounds.widened))
        }
        self.memory == other.memory
            && self.constraints == other.constraints
            && self.escaped == other.escaped
            && self.initialized == other.initialized
            && self.wild == other.wild
            && rounds(self).eq(rounds(other))
    }

    /// Takes in a state that goes on in the same way: the way that it came.
    pub fn absorb(&mut self, other: &State) {
        self.passed.extend(&other.passed);
        self.unread.extend(&other.unread);
        self.asked.extend(&other.asked);
        for (key, rounds) in &other.loops {
            let known = self.loops.entry(*key).or_default();
            known.undecided = known.undecided.max(rounds.undecided);
        }
    }

    /// Takes in a state that does not go on in the same way: what it has been through, besides memory and constraints.
    pub fn join_history(&mut self, other: State) {
        self.escaped.extend(other.escaped);
        self.wild |= other.wild;
        self.passed.extend(other.passed);
        self.unread.extend(other.unread);
        self.asked.extend(other.asked);
        self.initialized.retain(|global| other.initialized.contains(global));
        for (key, rounds) in other.loops {
            let known = self.loops.entry(key).or_default();
            known.visits = known.visits.max(rounds.visits);
            known.undecided = known.undecided.max(rounds.undecided);
            known.widened = known.widened.take().or(rounds.widened);
        }
    }

    /// Drops what no path from here on can ask about: what lies in variables that are not `live`, and what is known of
    /// unknowns that nothing holds any more.
    pub fn prune(&mut self, terms: &Terms, locations: &Locations, mut live: impl FnMut(LocationId) -> bool) {
        self.memory.retain_roots(locations, &mut live);
        let mut held = Held::new(terms, locations);
        self.held_terms().for_each(|term| held.add(term));
        // What a pointer points to that nothing holds cannot be reached, and may have held the only other way elsewhere.
        self.memory.retain_roots(locations, |root| held.is_reachable(root));
        self.constraints.retain(|term| held.can_be_asked(term));
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

    /// Whether external code may read a location.
    pub fn is_visible_outside(&self, locations: &Locations, location: LocationId) -> bool {
        let root = locations.root(location);
        locations.is_shared(root) || self.escaped.contains(&root)
    }

    /// How much there is to go through whenever the state is copied or compared.
    pub fn size(&self) -> usize {
        self.memory.cells().count() + self.constraints.terms().count() + self.loops.len()
    }

    /// Terms that the memory holds.
    pub fn held_terms(&self) -> impl Iterator<Item = TermId> {
        self.memory.values().map(|value| value.term)
    }
}

/// The unknowns that a state holds.
struct Held<'terms> {
    terms: &'terms Terms,
    locations: &'terms Locations,
    /// By number of the unknown.
    symbols: Vec<bool>,
}

impl<'terms> Held<'terms> {
    fn new(terms: &'terms Terms, locations: &'terms Locations) -> Held<'terms> {
        Held {
            terms,
            locations,
            symbols: vec![false; terms.symbol_count()],
        }
    }

    fn add(&mut self, term: TermId) {
        for &symbol in self.terms.symbols_in(term) {
            if std::mem::replace(&mut self.symbols[symbol.0 as usize], true) {
                continue;
            }
            // What lies beside it in the same object may be asked about.
            if let Source::Memory(location, _) = self.terms.symbol_data(symbol).source
                && let Location::Pointee(pointer) = self.locations.get(self.locations.root(location))
            {
                self.add(*pointer);
            }
        }
    }

    /// Whether anything still leads to a root. Callers keep what they have passed.
    fn is_reachable(&self, root: LocationId) -> bool {
        let Location::Pointee(pointer) = self.locations.get(root) else {
            return true;
        };
        self.terms.symbols_in(*pointer).iter().all(|&symbol| {
            self.symbols[symbol.0 as usize]
                || match self.terms.symbol_data(symbol).source {
                    Source::Parameter(_) => true,
                    Source::Memory(location, _) => self.is_reachable(self.locations.root(location)),
                    _ => false,
                }
        })
    }

    fn can_be_asked(&self, term: TermId) -> bool {
        self.terms.symbols_in(term).iter().all(|&symbol| {
            self.symbols[symbol.0 as usize]
                || match self.terms.symbol_data(symbol).source {
                    Source::Memory(location, _) => self.is_reachable(self.locations.root(location)),
                    _ => false,
                }
        })
    }
}
