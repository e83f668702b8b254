//! What a term is for the constants that its unknowns have on some path.

use super::origin::Origin;
use super::term::{SymbolId, TermId, Terms};
use super::witness::{Paths, Witness};
use std::collections::VecDeque;

/// Unknowns of a term that are tried together.
const TOGETHER: usize = 4;
/// Depth to which a term is rebuilt with a constant.
const DEPTH: usize = 32;

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
