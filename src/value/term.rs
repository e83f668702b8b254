//! Symbolic values: interned terms over constants, symbols and addresses, kept in a normal form so that equal values are
//! the same term: sums are linear (`n + ps - 1 - ps` is `n - 1`), comparisons are `==` and `<` and their negations.

use super::ranges::{Ranges, as_signed, mask};
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
    /// What a location held at the start, or after all was forgotten for the n-th time.
    Memory(LocationId, u32),
    /// The result of a call of a function by name with these arguments, for the n-th time on the path.
    Result {
        /// The callee's name, or empty.
        callee: String,
        /// What it was given.
        arguments: Vec<TermId>,
        /// Where.
        at: Span,
        /// Which time.
        time: u32,
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
    /// The program's own constants and arithmetic alone make it what it is: no assumption is made of what it can be.
    pub fixed: bool,
}

#[derive(Debug)]
struct Entry {
    term: Term,
    bits: u32,
    /// Whether the program alone fixes it.
    fixed: bool,
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
}

impl Terms {
    fn intern(&mut self, term: Term, bits: u32) -> TermId {
        let key = (term, bits);
        if let Some(&id) = self.index.get(&key) {
            return id;
        }
        let id = TermId(self.terms.len() as u32);
        let fixed = self.is_made_of_fixed(&key.0);
        self.terms.push(Entry {
            term: key.0.clone(),
            bits,
            fixed,
            symbols: OnceCell::new(),
        });
        self.index.insert(key, id);
        id
    }

    /// How many terms there are: what the exploration's memory is measured by.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there is no term yet.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The term of an id.
    pub fn get(&self, id: TermId) -> &Term {
        &self.terms[id.0 as usize].term
    }

    fn is_made_of_fixed(&self, term: &Term) -> bool {
        match term {
            Term::Const(_) => true,
            Term::Symbol(symbol) => self.symbol_data(*symbol).fixed,
            Term::Sum(parts, _) => parts.iter().all(|part| self.is_fixed(part.0)),
            Term::Binary(_, left, right) => self.is_fixed(*left) && self.is_fixed(*right),
            Term::Not(inner) | Term::Cast(inner, _) => self.is_fixed(*inner),
            Term::Address(_) | Term::Function(_) => false,
        }
    }

    /// Whether the program's own constants and arithmetic alone make a term what it is.
    pub fn is_fixed(&self, id: TermId) -> bool {
        self.terms[id.0 as usize].fixed
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
        self.unknown(source, range, witnesses, false)
    }

    /// An unknown; `fixed` if the program alone makes it what it is.
    pub fn unknown(&mut self, source: Source, range: Ranges, witnesses: Vec<Witness>, fixed: bool) -> TermId {
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
                    fixed,
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
        self.intern(Term::Address(location), 64)
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

    /// `left * factor + right`.
    pub fn add_scaled(&mut self, left: TermId, factor: u64, right: TermId) -> TermId {
        let bits = self.bits(right);
        let (mut parts, mut constant) = self.parts(right);
        let (more, more_constant) = self.parts(left);
        constant = constant.wrapping_add(more_constant.wrapping_mul(factor));
        for (term, coefficient) in more {
            let coefficient = coefficient.wrapping_mul(factor);
            match parts.iter_mut().find(|part| part.0 == term) {
                Some(part) => part.1 = part.1.wrapping_add(coefficient),
                None => parts.push((term, coefficient)),
            }
        }
        for part in &mut parts {
            part.1 &= mask(bits);
        }
        parts.retain(|part| part.1 != 0);
        parts.sort_unstable();
        constant &= mask(bits);
        match parts[..] {
            [] => self.constant(constant, bits),
            [(term, 1)] if constant == 0 => term,
            _ => self.intern(Term::Sum(parts, constant), bits),
        }
    }

    /// A term as a sum: parts and constant.
    pub fn parts(&self, id: TermId) -> (Vec<(TermId, u64)>, u64) {
        match self.get(id) {
            Term::Const(value) => (Vec::new(), *value),
            Term::Sum(parts, constant) => (parts.clone(), *constant),
            _ => (vec![(id, 1)], 0),
        }
    }

    /// `left + right`.
    pub fn add(&mut self, left: TermId, right: TermId) -> TermId {
        self.add_scaled(left, 1, right)
    }

    /// `left - right`.
    pub fn subtract(&mut self, left: TermId, right: TermId) -> TermId {
        self.add_scaled(right, u64::MAX, left)
    }

    /// `left - right`, if both have the same width.
    pub fn difference(&mut self, left: TermId, right: TermId) -> Option<TermId> {
        (self.bits(left) == self.bits(right)).then(|| self.subtract(left, right))
    }

    /// `term + value`.
    pub fn offset(&mut self, term: TermId, value: u64) -> TermId {
        let value = self.constant(value, self.bits(term));
        self.add(value, term)
    }

    /// 1 if the term is 0, else 0.
    pub fn not(&mut self, id: TermId) -> TermId {
        match *self.get(id) {
            Term::Const(value) => self.constant(u64::from(value == 0), 1),
            Term::Not(inner) if self.bits(inner) == 1 => inner,
            Term::Address(_) | Term::Function(_) => self.constant(0, 1),
            _ => self.intern(Term::Not(id), 1),
        }
    }

    /// Converts to another width. A truth value keeps its form when widened, so that tests see through C's `int` results.
    pub fn cast(&mut self, id: TermId, bits: u32, signed: bool) -> TermId {
        let from = self.bits(id);
        if from == bits {
            return id;
        }
        match *self.get(id) {
            Term::Const(value) if bits < from || !signed => self.constant(value, bits),
            Term::Const(value) => self.constant(as_signed(value, from) as u64, bits),
            // Down again to a width that the inner value was not cut below: the extension does not matter.
            Term::Cast(inner, inner_signed) if bits < from && self.bits(inner) <= from => {
                self.cast(inner, bits, inner_signed)
            }
            Term::Cast(inner, false) if self.bits(inner) < from && bits > from => self.cast(inner, bits, false),
            _ => self.intern(Term::Cast(id, signed && bits > from && from > 1), bits),
        }
    }

    /// An operation in normal form. Comparisons give 1 bit, the others the operands' width. Constants are folded; division
    /// by a constant zero is left as it is.
    pub fn binary(&mut self, operator: Operator, left: TermId, right: TermId) -> TermId {
        let bits = self.bits(left);
        if let (Some(a), Some(b)) = (self.constant_of(left), self.constant_of(right))
            && let Some(value) = super::fold::fold(operator, a, b, bits)
        {
            let result_bits = if matches!(operator, Operator::Equal | Operator::Less(_)) {
                1
            } else {
                bits
            };
            return self.constant(value, result_bits);
        }
        match operator {
            Operator::Multiply => self.multiply(left, right),
            Operator::ShiftLeft => match self.constant_of(right) {
                Some(count) if count < u64::from(bits) => {
                    let zero = self.constant(0, bits);
                    self.add_scaled(left, 1 << count, zero)
                }
                _ if self.constant_of(left) == Some(0) => left,
                _ => self.intern(Term::Binary(operator, left, right), bits),
            },
            Operator::Equal => self.equal(left, right),
            Operator::Less(_) => match self.is_below(left, right) {
                Some(truth) => self.constant(u64::from(truth), 1),
                None => self.intern(Term::Binary(operator, left, right), 1),
            },
            _ => self.simplified(operator, left, right),
        }
    }

    /// Whether one term is less than another, if that stands in their form: they are equal, or places in one object, which
    /// does not lie across the end of the address space.
    fn is_below(&self, left: TermId, right: TermId) -> Option<bool> {
        let ((left, before), (right, after)) = (self.parts(left), self.parts(right));
        let in_object = matches!(left[..], [(base, 1)] if matches!(self.get(base), Term::Address(_)));
        let same = left == right;
        (same && (in_object || before == after)).then_some((before as i64) < after as i64)
    }

    fn multiply(&mut self, left: TermId, right: TermId) -> TermId {
        let bits = self.bits(left);
        let zero = self.constant(0, bits);
        match (self.constant_of(left), self.constant_of(right)) {
            (Some(factor), _) => self.add_scaled(right, factor, zero),
            (_, Some(factor)) => self.add_scaled(left, factor, zero),
            _ => self.intern(Term::Binary(Operator::Multiply, left.min(right), left.max(right)), bits),
        }
    }

    fn equal(&mut self, left: TermId, right: TermId) -> TermId {
        if left == right {
            return self.constant(1, 1);
        }
        if self.bits(left) == 1 {
            // A truth value compared with a constant is itself or its negation.
            for (constant, other) in [(left, right), (right, left)] {
                if let Some(value) = self.constant_of(constant) {
                    return if value == 0 { self.not(other) } else { other };
                }
            }
        }
        if let (Term::Address(_) | Term::Function(_), Term::Address(_) | Term::Function(_)) =
            (self.get(left), self.get(right))
            && matches!(self.get(left), Term::Function(_)) == matches!(self.get(right), Term::Function(_))
        {
            return self.constant(0, 1);
        }
        // Everything that does not depend on a part goes to the right: `n + 1 == 5` is `n == 4`.
        let difference = self.subtract(left, right);
        if let Some(value) = self.constant_of(difference) {
            return self.constant(u64::from(value == 0), 1);
        }
        let (parts, constant) = self.parts(difference);
        let bits = self.bits(left);
        let negated = constant.wrapping_neg() & mask(bits);
        match parts[..] {
            [(term, 1)] => self.equal_constant(term, negated),
            [(term, factor)] if factor == mask(bits) => self.equal_constant(term, constant),
            _ => self.intern(Term::Binary(Operator::Equal, left.min(right), left.max(right)), 1),
        }
    }

    fn equal_constant(&mut self, term: TermId, value: u64) -> TermId {
        let value = self.constant(value, self.bits(term));
        self.intern(Term::Binary(Operator::Equal, term, value), 1)
    }

    fn simplified(&mut self, operator: Operator, left: TermId, right: TermId) -> TermId {
        let bits = self.bits(left);
        let (a, b) = (self.constant_of(left), self.constant_of(right));
        let all = mask(bits);
        match (operator, a, b) {
            (Operator::And | Operator::Or, ..) if left == right => return left,
            (Operator::Min(_) | Operator::Max(_), ..) if left == right => return left,
            (Operator::Xor | Operator::SaturatingSubtract(_), ..) if left == right => return self.constant(0, bits),
            (Operator::And, Some(0), _) | (Operator::And, _, Some(0)) => return self.constant(0, bits),
            (Operator::And, Some(value), _) if value == all => return right,
            (Operator::And, _, Some(value)) if value == all => return left,
            (Operator::Or | Operator::Xor | Operator::SaturatingAdd(_), Some(0), _) => return right,
            (Operator::Or | Operator::Xor | Operator::ShiftRight(_), _, Some(0)) => return left,
            (Operator::ShiftRight(_), Some(0), _) => return left,
            // Who divides by zero does not go on.
            (Operator::Divide(_) | Operator::Remainder(_), Some(0), divisor) if divisor != Some(0) => return left,
            (Operator::Divide(_), ..) if left == right => return self.constant(1, bits),
            (Operator::Remainder(_), ..) if left == right => return self.constant(0, bits),
            (Operator::SaturatingAdd(_) | Operator::SaturatingSubtract(_), _, Some(0)) => return left,
            (Operator::SaturatingMultiply(_), Some(1), _) => return right,
            (Operator::Divide(_) | Operator::SaturatingMultiply(_), _, Some(1)) => return left,
            (Operator::Remainder(_), _, Some(1)) => return self.constant(0, bits),
            _ => {}
        }
        let commutes = matches!(
            operator,
            Operator::And | Operator::Or | Operator::Xor | Operator::Min(_) | Operator::Max(_)
        );
        let (left, right) = if commutes {
            (left.min(right), left.max(right))
        } else {
            (left, right)
        };
        self.intern(Term::Binary(operator, left, right), bits)
    }

    /// Rebuilds a term with a symbol replaced by a constant. `depth` bounds the recursion; too deep terms stay as they are.
    pub fn substituted(&mut self, id: TermId, symbol: SymbolId, value: u64, depth: usize) -> TermId {
        self.replaced(id, (symbol, value), depth, &mut FxHashMap::default())
    }

    fn replaced(
        &mut self,
        id: TermId,
        replacement: (SymbolId, u64),
        depth: usize,
        known: &mut FxHashMap<TermId, TermId>,
    ) -> TermId {
        if depth == 0 || known.len() > 512 {
            return id;
        }
        if let Some(&done) = known.get(&id) {
            return done;
        }
        let bits = self.bits(id);
        let depth = depth - 1;
        let done = match self.get(id).clone() {
            Term::Symbol(this) if this == replacement.0 => self.constant(replacement.1, bits),
            Term::Sum(parts, constant) => {
                let mut sum = self.constant(constant, bits);
                for (term, factor) in parts {
                    let term = self.replaced(term, replacement, depth, known);
                    sum = self.add_scaled(term, factor, sum);
                }
                sum
            }
            Term::Binary(operator, left, right) => {
                let left = self.replaced(left, replacement, depth, known);
                let right = self.replaced(right, replacement, depth, known);
                self.binary(operator, left, right)
            }
            Term::Not(inner) => {
                let inner = self.replaced(inner, replacement, depth, known);
                self.not(inner)
            }
            Term::Cast(inner, signed) => {
                let inner = self.replaced(inner, replacement, depth, known);
                self.cast(inner, bits, signed)
            }
            _ => id,
        };
        known.insert(id, done);
        done
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
