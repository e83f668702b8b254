//! Constants that unknowns stand for, with the paths that bring them: where states were joined, those of one path belong
//! together.

use super::origin::Origin;
use super::term::{SymbolId, TermId, Terms};
use std::collections::VecDeque;

/// Constants that an unknown remembers at most.
const WITNESSES: usize = 24;
/// Joins that a witness remembers at most, the newest.
const JOINS: usize = 6;
/// Unknowns of a term that are tried together.
const TOGETHER: usize = 4;
/// Depth to which a term is rebuilt with a constant.
const DEPTH: usize = 32;

/// A constant that an unknown does have on some path.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The constant.
    pub value: u64,
    /// Why.
    pub origin: Origin,
    /// Where it comes from.
    pub paths: Paths,
}

impl Witness {
    /// A constant of whatever path.
    pub fn new(value: u64, origin: Origin) -> Witness {
        let paths = Paths::default();
        Witness { value, origin, paths }
    }

    /// Adds a constant to those that an unknown remembers; zero always finds room.
    pub fn add(self, witnesses: &mut Vec<Witness>) {
        let same = |known: &&mut Witness| known.value == self.value;
        if witnesses
            .iter_mut()
            .filter(same)
            .any(|known| known.paths.take_in(&self.paths))
        {
            return;
        }
        if witnesses.len() < WITNESSES {
            witnesses.push(self);
        } else if self.value == 0
            && let Some(other) = witnesses.iter_mut().rfind(|known| known.value != 0)
        {
            *other = self;
        }
    }
}

/// Which of the states that met at joins a value comes from: for each join, by its number, a set of states. What is said of
/// no join is possible with all of its states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths(Vec<(u32, u128)>);

impl Paths {
    /// Those of the paths that go through one of the states of a join, the newest of all.
    pub fn through(mut self, join: u32, state: usize) -> Paths {
        if self.0.len() == JOINS {
            self.0.remove(0);
        }
        // All beyond the last bit are taken for one.
        self.0.push((join, 1 << state.min(127)));
        self
    }

    /// The paths that are among both.
    pub fn both(&self, other: &Paths) -> Option<Paths> {
        let mut joins = self.0.clone();
        for &(join, states) in &other.0 {
            match joins.binary_search_by_key(&join, |known| known.0) {
                Ok(at) if joins[at].1 & states == 0 => return None,
                Ok(at) => joins[at].1 &= states,
                Err(at) => joins.insert(at, (join, states)),
            }
        }
        Some(Paths(joins))
    }

    /// Adds further paths, if one set can tell all of them exactly.
    fn take_in(&mut self, other: &Paths) -> bool {
        let pairs = || self.0.iter().zip(&other.0);
        let alike = self.0.len() == other.0.len() && pairs().all(|(mine, its)| mine.0 == its.0);
        if !alike || pairs().filter(|(mine, its)| mine.1 != its.1).count() > 1 {
            return self.0.is_empty();
        }
        for (mine, its) in self.0.iter_mut().zip(&other.0) {
            mine.1 |= its.1;
        }
        true
    }
}

/// A term for constants that some of its unknowns stand for together.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The constants.
    pub chosen: Vec<(SymbolId, u64)>,
    /// The term with these.
    pub result: TermId,
    /// Why the first of them is what it is.
    pub origin: Origin,
    /// The paths that bring all of them.
    pub paths: Paths,
}

impl Terms {
    /// Tries the constants that the unknowns of a term stand for: of each alone, then of several that one path can bring, at
    /// most so many in all. `look` says whether to go on with more unknowns from a choice.
    pub fn try_witnesses(&mut self, term: TermId, most: usize, mut look: impl FnMut(&mut Terms, &Choice) -> bool) {
        let symbols = self.symbols_in(term).to_vec();
        // Each choice with the first unknown that it may be extended by.
        let mut pending: VecDeque<(Option<Choice>, usize)> = VecDeque::from([(None, 0)]);
        let mut tried = 0;
        while let Some((choice, first)) = pending.pop_front() {
            for (index, &symbol) in symbols.iter().enumerate().skip(first) {
                for witness in self.symbol_data(symbol).witnesses.clone() {
                    let Some(next) = self.chosen(term, choice.as_ref(), symbol, &witness) else {
                        continue;
                    };
                    tried += 1;
                    if tried > most {
                        return;
                    }
                    if look(self, &next) && next.chosen.len() < TOGETHER {
                        pending.push_back((Some(next), index + 1));
                    }
                }
            }
        }
    }

    /// A choice with one more constant, if one path can bring all of them.
    fn chosen(&mut self, term: TermId, before: Option<&Choice>, symbol: SymbolId, witness: &Witness) -> Option<Choice> {
        let paths = before.map_or_else(
            || Some(witness.paths.clone()),
            |before| before.paths.both(&witness.paths),
        )?;
        let so_far = before.map_or(term, |before| before.result);
        let mut chosen = before.map_or_else(Vec::new, |before| before.chosen.clone());
        chosen.push((symbol, witness.value));
        Some(Choice {
            chosen,
            result: self.substituted(so_far, symbol, witness.value, DEPTH),
            origin: before.map_or(&witness.origin, |before| &before.origin).clone(),
            paths,
        })
    }
}
