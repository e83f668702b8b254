//! Operations on terms. Their results are in a normal form, so that equal values are the same term: sums are linear
//! (`n + ps - 1 - ps` is `n - 1`), comparisons are `==` and `<` and their negations.

use super::fold::fold;
use super::ranges::{as_signed, mask};
use super::term::{Operator, SymbolId, Term, TermId, Terms};
use rustc_hash::FxHashMap;

impl Terms {
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
            // What was only widened to be lessened: `n += 4294967295` is `n - 1` in 32 bits.
            Term::Sum(ref parts, constant)
                if bits < from && constant & mask(bits) > mask(bits) / 2 && self.is_widened(parts, bits) =>
            {
                let inner = self.cast(parts[0].0, bits, false);
                self.offset(inner, constant)
            }
            _ => self.intern(Term::Cast(id, signed && bits > from && from > 1), bits),
        }
    }

    /// Whether the parts of a sum are one value of at most so many bits.
    fn is_widened(&self, parts: &[(TermId, u64)], bits: u32) -> bool {
        match *parts {
            [(part, 1)] => matches!(self.get(part), Term::Cast(inner, _) if self.bits(*inner) <= bits),
            _ => false,
        }
    }

    /// An operation in normal form. Comparisons give 1 bit, the others the operands' width. Constants are folded; division
    /// by a constant zero is left as it is.
    pub fn binary(&mut self, operator: Operator, left: TermId, right: TermId) -> TermId {
        let bits = self.bits(left);
        if let (Some(a), Some(b)) = (self.constant_of(left), self.constant_of(right))
            && let Some(value) = fold(operator, a, b, bits)
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
}
