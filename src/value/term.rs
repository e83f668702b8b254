//! Symbolic values: interned terms over constants, symbols and addresses. Operations that build terms of others, in a normal
//! form, are in [`normal`](super::normal).

use super::ranges::{Ranges, mask};
use super::witness::Witness;
use crate::source::Span;
use rustc_hash::FxHashMap;
use std::cell::OnceCell;

/// Index of a term in its [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TermId(pub u32);

/// Index of a memory location (see `state::memory`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocationId(pub u32);

/// Index of an unknown value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolId(pub u32);

/// A symbolic value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// A constant.
    Const(u64),
    /// An unknown.
    Symbol(SymbolId),
    /// Sum of terms with coefficients and a constant, modulo the width. Parts are sorted, none is constant or a sum.
    Sum(Vec<(TermId, u64)>, u64),
    /// An operation on two operands, neither of which is foldable.
    Binary(Operator, TermId, TermId),
    /// 1 if the operand is 0, else 0.
    Not(TermId),
    /// Truncation, or extension by sign if the flag is set.
    Cast(TermId, bool),
    /// The address of a location.
    Address(LocationId),
    /// A function, by index into [`Terms::function_name`].
    Function(u32),
}

/// Operations that have no better normal form. The flag says whether operands are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the operation of that name")]
pub enum Operator {
    Multiply,
    Divide(bool),
    Remainder(bool),
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight(bool),
    Equal,
    Less(bool),
    Min(bool),
    Max(bool),
    SaturatingAdd(bool),
    SaturatingSubtract(bool),
    SaturatingMultiply(bool),
}

/// Where an unknown comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Parameter of the function that the exploration started in.
    Parameter(u32),
    /// What a location held in an epoch: 0 at the start, else since a havoc.
    Memory(LocationId, u32),
    /// The result of a call of a function by name with these arguments, in an epoch.
    Result {
        /// The callee's name, or empty.
        callee: String,
        /// What it was given.
        arguments: Vec<TermId>,
        /// Where.
        at: Span,
        /// When on the path.
        epoch: u32,
    },
    /// Different states met here: the n-th such place for the location.
    Joined(u32),
    /// An expression that lowering did not understand.
    Opaque(Span, u32),
}

/// An unknown and what is known of it for ever.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Where it comes from.
    pub source: Source,
    /// All values it can have.
    pub range: Ranges,
    /// Values that it does have on some path, with the reason. Empty for true unknowns.
    pub witnesses: Vec<Witness>,
    /// What makes it what it is.
    pub made: Made,
}

/// What makes a value what it is. What is made of several is made by the last of them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// Constants.
    Constant,
    /// Constants and a loop that only grows them, or only lessens them, which is assumed not to overflow.
    Growing,
    /// The program's own constants and arithmetic alone: no assumption is made of what it can be.
    Fixed,
    /// Something from outside, too.
    Open,
}

impl Made {
    /// Whether nothing but the program's own constants and arithmetic made it, and no assumption is made of what it can be.
    pub fn is_fixed(self) -> bool {
        matches!(self, Made::Constant | Made::Fixed)
    }
}

#[derive(Debug)]
struct Entry {
    term: Term,
    bits: u32,
    made: Made,
    /// Worked out when first asked for.
    symbols: OnceCell<Box<[SymbolId]>>,
}

/// The terms of one exploration.
#[derive(Debug, Default)]
pub struct Terms {
    terms: Vec<Entry>,
    index: FxHashMap<(Term, u32), TermId>,
    symbols: Vec<Symbol>,
    symbol_index: FxHashMap<(Source, u32), SymbolId>,
    functions: Vec<String>,
    /// The locations whose addresses were taken.
    addressed: Vec<LocationId>,
}

impl Terms {
    pub(super) fn intern(&mut self, term: Term, bits: u32) -> TermId {
        let key = (term, bits);
        if let Some(&id) = self.index.get(&key) {
            return id;
        }
        let id = TermId(self.terms.len() as u32);
        let made = self.made_of(&key.0, bits);
        self.terms.push(Entry {
            term: key.0.clone(),
            bits,
            made,
            symbols: OnceCell::new(),
        });
        self.index.insert(key, id);
        id
    }

    /// The term of an id.
    pub fn get(&self, id: TermId) -> &Term {
        &self.terms[id.0 as usize].term
    }

    fn made_of(&self, term: &Term, bits: u32) -> Made {
        match term {
            Term::Const(_) => Made::Constant,
            Term::Symbol(symbol) => self.symbol_data(*symbol).made,
            Term::Sum(parts, _) => {
                // What is subtracted does not grow.
                let made = |&(part, factor): &(TermId, u64)| match self.made(part) {
                    Made::Growing if factor > mask(bits) / 2 => Made::Fixed,
                    made => made,
                };
                parts.iter().map(made).max().unwrap_or(Made::Constant)
            }
            Term::Binary(_, left, right) => self.made(*left).max(self.made(*right)),
            Term::Not(inner) | Term::Cast(inner, _) => self.made(*inner),
            Term::Address(_) | Term::Function(_) => Made::Open,
        }
    }

    /// What makes a term what it is.
    pub fn made(&self, id: TermId) -> Made {
        self.terms[id.0 as usize].made
    }

    /// Whether the program's own constants and arithmetic alone make a term what it is.
    pub fn is_fixed(&self, id: TermId) -> bool {
        self.made(id).is_fixed()
    }

    /// Its width in bits.
    pub fn bits(&self, id: TermId) -> u32 {
        self.terms[id.0 as usize].bits
    }

    /// Its value, if it is a constant.
    pub fn constant_of(&self, id: TermId) -> Option<u64> {
        match self.get(id) {
            Term::Const(value) => Some(*value),
            _ => None,
        }
    }

    /// A constant cut to the width.
    pub fn constant(&mut self, value: u64, bits: u32) -> TermId {
        self.intern(Term::Const(value & mask(bits)), bits)
    }

    /// The unknown of a source; `range` and `witnesses` count at its first mention.
    pub fn symbol(&mut self, source: Source, range: Ranges, witnesses: Vec<Witness>) -> TermId {
        self.unknown(source, range, witnesses, Made::Open)
    }

    /// An unknown, and what makes it what it is.
    pub fn unknown(&mut self, source: Source, range: Ranges, witnesses: Vec<Witness>, made: Made) -> TermId {
        let bits = range.bits();
        let key = (source, bits);
        let id = match self.symbol_index.get(&key) {
            Some(&id) => id,
            None => {
                let id = SymbolId(self.symbols.len() as u32);
                self.symbols.push(Symbol {
                    source: key.0.clone(),
                    range,
                    witnesses,
                    made,
                });
                self.symbol_index.insert(key, id);
                id
            }
        };
        self.intern(Term::Symbol(id), bits)
    }

    /// The term that is just an unknown.
    pub fn of_symbol(&mut self, id: SymbolId) -> TermId {
        let bits = self.symbol_data(id).range.bits();
        self.intern(Term::Symbol(id), bits)
    }

    /// How many unknowns there are.
    pub fn symbol_count(&self) -> usize {
        self.symbols.len()
    }

    /// What is known of an unknown.
    pub fn symbol_data(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.0 as usize]
    }

    /// The address of a location.
    pub fn address(&mut self, location: LocationId) -> TermId {
        let known = self.terms.len();
        let term = self.intern(Term::Address(location), 64);
        if self.terms.len() > known {
            self.addressed.push(location);
        }
        term
    }

    /// The locations whose addresses were taken.
    pub fn addressed(&self) -> &[LocationId] {
        &self.addressed
    }

    /// The locations that were read where memory did not say what they hold, with the widths of these unknowns.
    pub fn read_from(&self) -> impl Iterator<Item = (LocationId, u32)> {
        self.symbols.iter().filter_map(|symbol| match symbol.source {
            Source::Memory(location, _) => Some((location, symbol.range.bits())),
            _ => None,
        })
    }

    /// A function as a value.
    pub fn function(&mut self, name: &str) -> TermId {
        let index = self
            .functions
            .iter()
            .position(|known| known == name)
            .unwrap_or_else(|| {
                self.functions.push(name.to_owned());
                self.functions.len() - 1
            });
        self.intern(Term::Function(index as u32), 64)
    }

    /// The name of a function value.
    pub fn function_name(&self, index: u32) -> &str {
        &self.functions[index as usize]
    }

    /// The unknowns that a term is made of, in order of first mention, at most a few dozen.
    pub fn symbols_in(&self, id: TermId) -> &[SymbolId] {
        let symbols = &self.terms[id.0 as usize].symbols;
        symbols.get_or_init(|| self.find_symbols(id).into())
    }

    fn find_symbols(&self, id: TermId) -> Vec<SymbolId> {
        // Most tests are of one unknown.
        let mut single = id;
        loop {
            single = match *self.get(single) {
                Term::Symbol(symbol) => return vec![symbol],
                Term::Not(inner) | Term::Cast(inner, _) => inner,
                Term::Binary(_, inner, other) if self.constant_of(other).is_some() => inner,
                _ => break,
            };
        }
        let mut found = Vec::new();
        let mut pending = vec![id];
        let mut steps = 0;
        while let Some(id) = pending.pop() {
            steps += 1;
            if steps > 256 {
                break;
            }
            match self.get(id) {
                Term::Symbol(symbol) if !found.contains(symbol) => found.push(*symbol),
                Term::Sum(parts, _) => pending.extend(parts.iter().map(|part| part.0)),
                Term::Binary(_, left, right) => pending.extend([*right, *left]),
                Term::Not(inner) | Term::Cast(inner, _) => pending.push(*inner),
                _ => {}
            }
        }
        found
    }
}
