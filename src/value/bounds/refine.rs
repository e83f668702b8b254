//! What a test teaches of a term and of the parts that it is made of.

use super::Constraints;
use crate::value::origin::Origin;
use crate::value::ranges::{Ranges, as_signed, mask};
use crate::value::term::{Operator, Term, TermId, Terms};
use std::rc::Rc;

/// How deep a test teaches about the parts of what it tests.
const REFINED: usize = 7;

impl Constraints {
    /// Takes as known that the term has a value of the range, and what follows from it for the term's parts.
    /// Returns false if that is not possible.
    pub fn refine(&mut self, terms: &Terms, term: TermId, range: &Ranges, origin: Option<&Origin>) -> bool {
        self.refine_within(terms, term, range, origin, REFINED)
    }

    fn refine_within(
        &mut self,
        terms: &Terms,
        term: TermId,
        range: &Ranges,
        origin: Option<&Origin>,
        depth: usize,
    ) -> bool {
        let before = self.range(terms, term);
        let after = before.intersect(range);
        if after.is_empty() {
            return false;
        }
        if after == before || depth == 0 {
            return true;
        }
        if terms.constant_of(term).is_none() {
            Rc::make_mut(&mut self.known).insert(term, (after.clone(), origin.cloned()));
        }
        let bits = terms.bits(term);
        match terms.get(term).clone() {
            Term::Not(inner) => {
                let inner_bits = terms.bits(inner);
                let zero = Ranges::single(0, inner_bits);
                match after.constant() {
                    Some(0) => self.refine_within(terms, inner, &zero.complement(), origin, depth - 1),
                    Some(_) => self.refine_within(terms, inner, &zero, origin, depth - 1),
                    None => true,
                }
            }
            Term::Cast(inner, signed) => {
                let inner_bits = terms.bits(inner);
                if bits < inner_bits {
                    // A truncation that is not zero tells that the whole is not zero.
                    let nonzero = Ranges::full(inner_bits).without(0);
                    return after.contains(0) || self.refine_within(terms, inner, &nonzero, origin, depth - 1);
                }
                let possible = Ranges::full(inner_bits).resized(bits, signed).intersect(&after);
                let inverse = possible.resized(inner_bits, false);
                self.refine_within(terms, inner, &inverse, origin, depth - 1)
            }
            Term::Sum(parts, constant) => self.refine_sum(terms, (&parts, constant), &after, origin, depth - 1),
            Term::Binary(operator, left, right) => {
                self.refine_binary(terms, operator, (left, right), &after, origin, depth - 1)
            }
            _ => true,
        }
    }

    /// A sum of one part tells what its part is.
    fn refine_sum(
        &mut self,
        terms: &Terms,
        (parts, constant): (&[(TermId, u64)], u64),
        after: &Ranges,
        origin: Option<&Origin>,
        depth: usize,
    ) -> bool {
        let bits = after.bits();
        match parts[..] {
            [(inner, 1)] => {
                let inverse = after.shifted(constant.wrapping_neg());
                self.refine_within(terms, inner, &inverse, origin, depth)
            }
            [(inner, factor)] if factor == mask(bits) => {
                let negated = after.shifted(constant.wrapping_neg());
                let Some(inverse) = negated.map_each(64, bits, u64::wrapping_neg) else {
                    return true;
                };
                self.refine_within(terms, inner, &inverse, origin, depth)
            }
            [(inner, _)] if constant == 0 && !after.contains(0) => {
                self.refine_within(terms, inner, &Ranges::full(bits).without(0), origin, depth)
            }
            _ => true,
        }
    }

    fn refine_binary(
        &mut self,
        terms: &Terms,
        operator: Operator,
        (left, right): (TermId, TermId),
        after: &Ranges,
        origin: Option<&Origin>,
        depth: usize,
    ) -> bool {
        let bits = terms.bits(left);
        let nonzero = Ranges::full(bits).without(0);
        match operator {
            Operator::Equal => self.refine_equal(terms, left, right, after.constant() == Some(1), origin, depth),
            Operator::Less(signed) => {
                let less = after.constant() == Some(1);
                self.refine_order(terms, (left, right), signed, less, origin, depth)
            }
            // A truth value made of two.
            Operator::And if bits == 1 && after.constant() == Some(1) => {
                let one = Ranges::single(1, 1);
                self.refine_within(terms, left, &one, origin, depth)
                    && self.refine_within(terms, right, &one, origin, depth)
            }
            Operator::Or | Operator::SaturatingAdd(false) if after.constant() == Some(0) => {
                let zero = Ranges::single(0, bits);
                self.refine_within(terms, left, &zero, origin, depth)
                    && self.refine_within(terms, right, &zero, origin, depth)
            }
            Operator::And | Operator::Multiply | Operator::SaturatingMultiply(_) | Operator::Min(false)
                if !after.contains(0) =>
            {
                self.refine_within(terms, left, &nonzero, origin, depth)
                    && self.refine_within(terms, right, &nonzero, origin, depth)
            }
            Operator::Divide(_)
            | Operator::ShiftRight(_)
            | Operator::ShiftLeft
            | Operator::SaturatingSubtract(false)
                if !after.contains(0) =>
            {
                self.refine_within(terms, left, &nonzero, origin, depth)
            }
            Operator::ShiftRight(false) | Operator::Divide(false) => {
                let before = terms.constant_of(right).and_then(|by| dividends(operator, after, by));
                before.is_none_or(|before| self.refine_within(terms, left, &before, origin, depth))
            }
            _ => true,
        }
    }

    fn refine_equal(
        &mut self,
        terms: &Terms,
        left: TermId,
        right: TermId,
        equal: bool,
        origin: Option<&Origin>,
        depth: usize,
    ) -> bool {
        let (a, b) = (self.range(terms, left), self.range(terms, right));
        if equal {
            return self.refine_within(terms, left, &b, origin, depth)
                && self.refine_within(terms, right, &a, origin, depth);
        }
        match (a.constant(), b.constant()) {
            (_, Some(value)) => self.refine_within(terms, left, &a.without(value), origin, depth),
            (Some(value), _) => self.refine_within(terms, right, &b.without(value), origin, depth),
            _ => true,
        }
    }

    fn refine_order(
        &mut self,
        terms: &Terms,
        (left, right): (TermId, TermId),
        signed: bool,
        less: bool,
        origin: Option<&Origin>,
        depth: usize,
    ) -> bool {
        let bits = terms.bits(left);
        // `!(left < right)` is `right <= left`.
        let (low, high, apart) = if less { (left, right, 1) } else { (right, left, 0) };
        let (low_range, high_range) = (self.range(terms, low), self.range(terms, high));
        let (below, above) = if signed {
            let smallest = as_signed(1 << (bits - 1), bits);
            let below = high_range
                .max_signed()
                .checked_sub(apart as i64)
                .filter(|&top| top >= smallest);
            let above = low_range.min_signed().checked_add(apart as i64);
            let greatest = as_signed(mask(bits) >> 1, bits);
            (
                below.map(|top| Ranges::between_signed(smallest, top, bits)),
                above.map(|bottom| Ranges::between_signed(bottom, greatest, bits)),
            )
        } else {
            let below = high_range.max().checked_sub(apart);
            let above = low_range.min().checked_add(apart);
            (
                below.map(|top| Ranges::between(0, top, bits)),
                above.map(|bottom| Ranges::between(bottom, mask(bits), bits)),
            )
        };
        let (Some(below), Some(above)) = (below, above) else {
            return false;
        };
        self.refine_within(terms, low, &below, origin, depth) && self.refine_within(terms, high, &above, origin, depth)
    }
}

/// What an unsigned number was that gives one of the range when divided, or shifted down, by a constant.
fn dividends(operator: Operator, after: &Ranges, by: u64) -> Option<Ranges> {
    let bits = after.bits();
    match operator {
        Operator::ShiftRight(false) if by < u64::from(bits) => {
            let high = (after.max() << by) | mask(by as u32);
            Some(Ranges::between(after.min() << by, high, bits))
        }
        Operator::Divide(false) if by > 0 => {
            let high = after.max().saturating_mul(by).saturating_add(by - 1);
            Some(Ranges::between(after.min().saturating_mul(by), high, bits))
        }
        _ => None,
    }
}
