//! Which values a term can have, given what tests have taught about it and its parts.
//!
//! Assumptions, stated in `docs/manual.md`: sizes that the program does not fix do not overflow when they grow (`n + 1` is not
//! zero for an unknown `n`), -1 beside values of a page and more is a failure and no part of a sum or product, and a mask
//! `x & -m` rounds down to a multiple of a power of two `m`.

mod refine;

use super::fold::fold;
use super::origin::Origin;
use super::ranges::{Ranges, as_signed, mask};
use super::term::{Operator, Term, TermId, Terms};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is at least a page, as a size, has -1 beside it only for a failure.
const PAGE: u64 = 4096;
/// How deep terms are looked into; deeper parts can have any value.
const DEPTH: usize = 24;
/// Terms looked at in one question; terms share parts, so depth alone does not bound the work.
const FUEL: u32 = 96;

/// How far one question may still look.
#[derive(Clone, Copy)]
struct Budget<'a> {
    depth: usize,
    fuel: &'a Cell<u32>,
}

impl Budget<'_> {
    fn deeper(self) -> Self {
        Budget {
            depth: self.depth.saturating_sub(1),
            ..self
        }
    }

    /// Takes one term; false if there is nothing left.
    fn spend(self) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(1));
        left > 0 && self.depth > 0
    }
}

/// What the tests on a path have taught.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    /// Shared by the states of which none has learnt anything since they were one.
    known: Rc<BTreeMap<TermId, (Ranges, Option<Origin>)>>,
}

impl PartialEq for Constraints {
    fn eq(&self, other: &Constraints) -> bool {
        let same = || {
            let mut pairs = self.known.iter().zip(&*other.known);
            pairs.all(|(a, b)| a.0 == b.0 && a.1.0 == b.1.0)
        };
        Rc::ptr_eq(&self.known, &other.known) || self.known.len() == other.known.len() && same()
    }
}

impl Constraints {
    /// All terms that something is known of.
    pub fn terms(&self) -> impl Iterator<Item = (TermId, &Ranges)> {
        self.known.iter().map(|(term, known)| (*term, &known.0))
    }

    /// The test that last taught something about a term.
    pub fn origin(&self, term: TermId) -> Option<&Origin> {
        self.known.get(&term).and_then(|known| known.1.as_ref())
    }

    /// Keeps only what both know.
    pub fn join(&mut self, other: &Constraints) {
        if Rc::ptr_eq(&self.known, &other.known) {
            return;
        }
        Rc::make_mut(&mut self.known).retain(|term, known| match other.known.get(term) {
            Some(also) => {
                known.0 = known.0.union(&also.0);
                !known.0.is_full()
            }
            None => false,
        });
    }

    /// Drops what is known of terms for which the test fails.
    pub fn retain(&mut self, mut keep: impl FnMut(TermId) -> bool) {
        if !self.known.keys().all(|term| keep(*term)) {
            Rc::make_mut(&mut self.known).retain(|term, _| keep(*term));
        }
    }

    /// All values that the term can have.
    pub fn range(&self, terms: &Terms, term: TermId) -> Ranges {
        let fuel = Cell::new(FUEL);
        self.range_within(
            terms,
            term,
            Budget {
                depth: DEPTH,
                fuel: &fuel,
            },
        )
    }

    fn range_within(&self, terms: &Terms, term: TermId, budget: Budget) -> Ranges {
        let bits = terms.bits(term);
        let structural = match budget.spend() {
            false => Ranges::full(bits),
            true => self.structural(terms, term, budget.deeper()),
        };
        match self.known.get(&term) {
            Some((known, _)) => structural.intersect(known),
            None => structural,
        }
    }

    fn structural(&self, terms: &Terms, term: TermId, budget: Budget) -> Ranges {
        let bits = terms.bits(term);
        match terms.get(term) {
            Term::Const(value) => Ranges::single(*value, bits),
            Term::Symbol(symbol) => terms.symbol_data(*symbol).range.clone(),
            Term::Address(_) | Term::Function(_) => Ranges::between(1, 1 << 47, bits),
            Term::Not(inner) => {
                let range = self.range_within(terms, *inner, budget);
                truth(range.contains(0), range.without(0).is_empty())
            }
            Term::Cast(inner, signed) => self.range_within(terms, *inner, budget).resized(bits, *signed),
            Term::Sum(parts, constant) => self.sum(terms, parts, *constant, bits, budget),
            Term::Binary(operator, left, right) => self.binary(terms, *operator, *left, *right, budget),
        }
    }

    fn sum(&self, terms: &Terms, parts: &[(TermId, u64)], constant: u64, bits: u32, budget: Budget) -> Ranges {
        if let [(term, factor)] = *parts {
            let range = self.range_within(terms, term, budget);
            if factor == 1 {
                return match terms.is_fixed(term) {
                    true => range.shifted(constant),
                    false => range.grown(constant),
                };
            }
            let exact = |value: u64| value.wrapping_mul(factor).wrapping_add(constant);
            if let Some(range) = range.map_each(64, bits, exact) {
                return range;
            }
            // Each interval by itself: what a function returns when it fails is not between the values that it returns else.
            let scaled = range.intervals().iter().map(|&(low, high)| {
                let (min, max) = whole_bounds(&Ranges::between(low, high, range.bits()));
                let (factor, constant) = (
                    i128::from(as_signed(factor, bits)),
                    i128::from(as_signed(constant, bits)),
                );
                let ends = [min, max].map(|end| factor.saturating_mul(end).saturating_add(constant));
                whole_range(ends[0].min(ends[1]), ends[0].max(ends[1]), bits)
            });
            return scaled.fold(Ranges::empty(bits), |all, one| all.union(&one));
        }
        // Bounds as whole numbers: a coefficient with the top bit set is a subtraction.
        let mut low = i128::from(as_signed(constant, bits));
        let mut high = low;
        for &(term, factor) in parts {
            let range = self.range_within(terms, term, budget);
            let factor = i128::from(as_signed(factor, bits));
            let (min, max) = whole_bounds(&range);
            low = low.saturating_add(factor.saturating_mul(min).min(factor.saturating_mul(max)));
            high = high.saturating_add(factor.saturating_mul(min).max(factor.saturating_mul(max)));
        }
        match parts.iter().all(|part| terms.is_fixed(part.0)) {
            true => exact_range(low, high, bits),
            false => whole_range(low, high, bits),
        }
    }

    fn binary(&self, terms: &Terms, operator: Operator, left: TermId, right: TermId, budget: Budget) -> Ranges {
        let bits = terms.bits(left);
        let a = self.range_within(terms, left, budget);
        let b = self.range_within(terms, right, budget);
        if a.is_empty() || b.is_empty() {
            return Ranges::empty(if matches!(operator, Operator::Equal | Operator::Less(_)) {
                1
            } else {
                bits
            });
        }
        if let Some(range) = fold_each(operator, &a, &b, bits) {
            return range;
        }
        let full = Ranges::full(bits);
        match operator {
            Operator::Equal => {
                let both = a.intersect(&b);
                truth(!both.is_empty(), a.constant().is_some() && a == b)
            }
            Operator::Less(false) => truth(a.min() < b.max(), a.max() < b.min()),
            Operator::Less(true) => truth(a.min_signed() < b.max_signed(), a.max_signed() < b.min_signed()),
            Operator::Multiply => {
                let (low, high) = product(&a, &b);
                match terms.is_fixed(left) && terms.is_fixed(right) {
                    true => exact_range(low, high, bits),
                    false => whole_range(low, high, bits),
                }
            }
            Operator::Divide(signed) if !signed || nonnegative(&a) && nonnegative(&b) => {
                let low = if self.at_least(terms, left, right, budget) {
                    1
                } else {
                    a.min() / b.max().max(1)
                };
                Ranges::between(low, a.max() / b.min().max(1), bits)
            }
            Operator::Remainder(signed) if !signed || nonnegative(&a) && nonnegative(&b) => {
                if a.max() < b.min() {
                    return a;
                }
                Ranges::between(0, a.max().min(b.max().saturating_sub(1)), bits)
            }
            Operator::And => self.and(terms, (left, &a), (right, &b), bits, budget),
            Operator::Or => Ranges::between(a.min().max(b.min()), mask(bits), bits),
            Operator::ShiftRight(signed) if !signed || nonnegative(&a) => {
                let shift = |value: u64, by: u64| if by >= 64 { 0 } else { value >> by };
                Ranges::between(shift(a.min(), b.max()), shift(a.max(), b.min()), bits)
            }
            // Like a multiplication: a size is not shifted out of its width.
            Operator::ShiftLeft if a.min() > 0 && !(terms.is_fixed(left) && terms.is_fixed(right)) => {
                Ranges::between(a.min(), mask(bits), bits)
            }
            Operator::Min(_) | Operator::Max(_) => extreme(operator, &a, &b),
            Operator::SaturatingAdd(signed)
            | Operator::SaturatingSubtract(signed)
            | Operator::SaturatingMultiply(signed) => saturating(operator, &a, &b, signed),
            _ => full,
        }
    }

    /// `x & mask`, and the idiom `x & -m` that rounds down to a multiple of `m`.
    fn and(
        &self,
        terms: &Terms,
        left: (TermId, &Ranges),
        right: (TermId, &Ranges),
        bits: u32,
        budget: Budget,
    ) -> Ranges {
        let high = left.1.max().min(right.1.max());
        let mut low = 0;
        for (value, mask_side) in [(left, right), (right, left)] {
            if let Some(constant) = mask_side.1.constant()
                && constant == constant.wrapping_neg() & mask(bits) | constant
                && (constant | constant.wrapping_sub(1)) == mask(bits)
            {
                low = low.max(value.1.min() & constant);
            }
            if let Some(multiple) = negated(terms, mask_side.0)
                && self.at_least(terms, value.0, multiple, budget)
            {
                low = low.max(self.range_within(terms, multiple, budget).min().max(1));
            }
        }
        Ranges::between(low, high.max(low), bits)
    }

    /// Whether `value >= other > 0` follows without overflow: the difference as a sum has no negative lower bound.
    fn at_least(&self, terms: &Terms, value: TermId, other: TermId, budget: Budget) -> bool {
        let bits = terms.bits(value);
        if budget.depth == 0 || terms.bits(other) != bits || self.range_within(terms, other, budget).contains(0) {
            return false;
        }
        let (mut parts, constant) = terms.parts(value);
        let (others, other_constant) = terms.parts(other);
        let (parts_alone, others_alone) = (parts.is_empty(), others.is_empty());
        for (term, factor) in others {
            let factor = factor.wrapping_neg() & mask(bits);
            match parts.iter_mut().find(|part| part.0 == term) {
                Some(part) => part.1 = part.1.wrapping_add(factor) & mask(bits),
                None => parts.push((term, factor)),
            }
        }
        // A constant by itself is a size; in a sum it may be a subtraction.
        let whole = |alone: bool, constant: u64| {
            if alone {
                i128::from(constant)
            } else {
                i128::from(as_signed(constant, bits))
            }
        };
        let mut low = whole(parts_alone, constant) - whole(others_alone, other_constant);
        for (term, factor) in parts {
            let (min, max) = whole_bounds(&self.range_within(terms, term, budget.deeper()));
            let factor = i128::from(as_signed(factor, bits));
            low = low.saturating_add(factor.saturating_mul(min).min(factor.saturating_mul(max)));
        }
        low >= 0
    }
}

fn truth(can_hold: bool, must_hold: bool) -> Ranges {
    match (can_hold, must_hold) {
        (_, true) => Ranges::single(1, 1),
        (false, _) => Ranges::single(0, 1),
        _ => Ranges::full(1),
    }
}

fn nonnegative(range: &Ranges) -> bool {
    range.max() <= mask(range.bits()) / 2
}

/// The bounds of a range as whole numbers: unsigned where it lies in the lower half or spans everything, else signed.
fn whole_bounds(range: &Ranges) -> (i128, i128) {
    let (half, failed) = (mask(range.bits()) / 2, (mask(range.bits()), mask(range.bits())));
    if let [(low @ PAGE.., high), last] = *range.intervals()
        && last == failed
        && high <= half
    {
        return (low.into(), high.into());
    }
    if range.max() > half && (range.min() > half || range.intervals().len() == 2 && range.max() == mask(range.bits())) {
        (i128::from(range.min_signed()), i128::from(range.max_signed()))
    } else {
        (i128::from(range.min()), i128::from(range.max()))
    }
}

/// A range from whole-number bounds. What lies above the width is cut off (sizes do not overflow); a negative lower bound
/// leaves nothing to say, unless everything fits a signed number.
fn whole_range(low: i128, high: i128, bits: u32) -> Ranges {
    let top = i128::from(mask(bits));
    if low >= 0 && low <= top {
        return Ranges::between(low as u64, high.min(top) as u64, bits);
    }
    let half = top / 2;
    if low < 0 && low >= -half - 1 && high <= half {
        return Ranges::between_signed(low as i64, high as i64, bits);
    }
    Ranges::full(bits)
}

/// A range from whole-number bounds of what the program alone fixes: it may overflow.
fn exact_range(low: i128, high: i128, bits: u32) -> Ranges {
    match high > i128::from(mask(bits)) {
        true => Ranges::full(bits),
        false => whole_range(low, high, bits),
    }
}

/// The bounds of a product are among the products of the bounds.
fn product(a: &Ranges, b: &Ranges) -> (i128, i128) {
    let (left, right) = (whole_bounds(a), whole_bounds(b));
    let times = i128::saturating_mul;
    let corners = [
        times(left.0, right.0),
        times(left.0, right.1),
        times(left.1, right.0),
        times(left.1, right.1),
    ];
    let bound = |pick: fn(i128, i128) -> i128| corners.into_iter().fold(corners[0], pick);
    (bound(i128::min), bound(i128::max))
}

/// The smaller or the larger of two values.
fn extreme(operator: Operator, a: &Ranges, b: &Ranges) -> Ranges {
    let bits = a.bits();
    let unsigned = |of: fn(u64, u64) -> u64| Ranges::between(of(a.min(), b.min()), of(a.max(), b.max()), bits);
    let signed = |of: fn(i64, i64) -> i64| {
        let (low, high) = (of(a.min_signed(), b.min_signed()), of(a.max_signed(), b.max_signed()));
        Ranges::between_signed(low, high, bits)
    };
    match operator {
        Operator::Min(false) => unsigned(u64::min),
        Operator::Min(_) => signed(i64::min),
        Operator::Max(false) => unsigned(u64::max),
        _ => signed(i64::max),
    }
}

/// Operations that stop at the ends of their type grow with each operand, or fall: their ends are among the corners.
fn saturating(operator: Operator, a: &Ranges, b: &Ranges, signed: bool) -> Ranges {
    let bits = a.bits();
    let ends = |range: &Ranges| match signed {
        true => [range.min_signed() as u64, range.max_signed() as u64],
        false => [range.min(), range.max()],
    };
    let number = |value: u64| match signed {
        true => i128::from(as_signed(value, bits)),
        false => i128::from(value),
    };
    let corners = ends(a)
        .into_iter()
        .flat_map(|left| ends(b).map(|right| (left & mask(bits), right & mask(bits))));
    let results = corners.filter_map(|(left, right)| fold(operator, left, right, bits));
    let results: Vec<i128> = results.map(number).collect();
    let (Some(&low), Some(&high)) = (results.iter().min(), results.iter().max()) else {
        return Ranges::full(bits);
    };
    if signed {
        Ranges::between_signed(low as i64, high as i64, bits)
    } else {
        Ranges::between(low as u64, high as u64, bits)
    }
}

/// Computes every combination where both sides have few values.
fn fold_each(operator: Operator, a: &Ranges, b: &Ranges, bits: u32) -> Option<Ranges> {
    let result_bits = if matches!(operator, Operator::Equal | Operator::Less(_)) {
        1
    } else {
        bits
    };
    let mut defined = true;
    let mut results = Ranges::empty(result_bits);
    b.map_each(8, bits, |right| {
        let row = a.map_each(8, result_bits, |left| {
            fold(operator, left, right, bits).unwrap_or_else(|| {
                defined = false;
                0
            })
        });
        match row {
            Some(row) => results = results.union(&row),
            None => defined = false,
        }
        0
    })?;
    defined.then_some(results)
}

/// `m` if the term is `-m`.
fn negated(terms: &Terms, term: TermId) -> Option<TermId> {
    match terms.get(term) {
        Term::Sum(parts, 0) => match parts[..] {
            [(inner, factor)] if factor == mask(terms.bits(term)) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}
