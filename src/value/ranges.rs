//! Sets of machine integers as sorted, disjoint, inclusive intervals of unsigned bit patterns.

use smallvec::{SmallVec, smallvec};

/// Intervals. Nearly all sets have one or two, which need no memory of their own.
type List = SmallVec<[(u64, u64); 2]>;

/// A set of `bits`-wide values. Over-approximated when it would need more than [`Ranges::LIMIT`] intervals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ranges {
    bits: u32,
    list: List,
}

/// The largest value of a width.
pub fn mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

/// Reads a bit pattern as two's complement.
pub fn as_signed(value: u64, bits: u32) -> i64 {
    let unused = 64 - bits.clamp(1, 64);
    ((value << unused) as i64) >> unused
}

impl Ranges {
    /// How many intervals a set may have; the narrowest gaps are filled above it.
    pub const LIMIT: usize = 32;

    /// Every value of the width.
    pub fn full(bits: u32) -> Ranges {
        Ranges {
            bits,
            list: smallvec![(0, mask(bits))],
        }
    }

    /// No value.
    pub fn empty(bits: u32) -> Ranges {
        Ranges {
            bits,
            list: List::new(),
        }
    }

    /// One value, cut to the width.
    pub fn single(value: u64, bits: u32) -> Ranges {
        let value = value & mask(bits);
        Ranges {
            bits,
            list: smallvec![(value, value)],
        }
    }

    /// From `low` to `high`, both included; empty if `low > high`.
    pub fn between(low: u64, high: u64, bits: u32) -> Ranges {
        Ranges::from_list(smallvec![(low, high.min(mask(bits)))], bits)
    }

    /// From `low` to `high` as signed numbers, both included.
    pub fn between_signed(low: i64, high: i64, bits: u32) -> Ranges {
        if low > high {
            return Ranges::empty(bits);
        }
        let (from, to) = (low as u64 & mask(bits), high as u64 & mask(bits));
        let list = if low < 0 && high >= 0 {
            smallvec![(0, to), (from, mask(bits))]
        } else {
            smallvec![(from, to)]
        };
        Ranges::from_list(list, bits)
    }

    fn from_list(mut list: List, bits: u32) -> Ranges {
        list.retain(|(low, high)| low <= high);
        list.sort_unstable();
        list.dedup_by(|next, last| {
            let touches = next.0 <= last.1.saturating_add(1);
            if touches {
                last.1 = last.1.max(next.1);
            }
            touches
        });
        while list.len() > Ranges::LIMIT {
            let gap = |pair: usize| list[pair + 1].0 - list[pair].1;
            let narrowest = (0..list.len() - 1).min_by_key(|&pair| gap(pair)).unwrap_or(0);
            list[narrowest].1 = list[narrowest + 1].1;
            list.remove(narrowest + 1);
        }
        Ranges { bits, list }
    }

    /// The width.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The intervals, ascending.
    pub fn intervals(&self) -> &[(u64, u64)] {
        &self.list
    }

    /// Whether no value is left.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether every value of the width is in the set.
    pub fn is_full(&self) -> bool {
        self.list[..] == [(0, mask(self.bits))]
    }

    /// The value, if there is exactly one.
    pub fn constant(&self) -> Option<u64> {
        match self.list[..] {
            [(low, high)] if low == high => Some(low),
            _ => None,
        }
    }

    /// Whether the value is in the set.
    pub fn contains(&self, value: u64) -> bool {
        self.list.iter().any(|&(low, high)| low <= value && value <= high)
    }

    /// Smallest value, unsigned. 0 for the empty set.
    pub fn min(&self) -> u64 {
        self.list.first().map_or(0, |interval| interval.0)
    }

    /// Largest value, unsigned.
    pub fn max(&self) -> u64 {
        self.list.last().map_or(0, |interval| interval.1)
    }

    /// Smallest value, signed.
    pub fn min_signed(&self) -> i64 {
        self.signed_bounds().0
    }

    /// Largest value, signed.
    pub fn max_signed(&self) -> i64 {
        self.signed_bounds().1
    }

    fn signed_bounds(&self) -> (i64, i64) {
        let top = 1u64 << (self.bits - 1);
        let mut bounds = (i64::MAX, i64::MIN);
        for &(low, high) in &self.list {
            let mut include = |low: u64, high: u64| {
                bounds.0 = bounds.0.min(as_signed(low, self.bits));
                bounds.1 = bounds.1.max(as_signed(high, self.bits));
            };
            if low < top && high >= top {
                include(low, top - 1);
                include(top, high);
            } else {
                include(low, high);
            }
        }
        if self.list.is_empty() { (0, 0) } else { bounds }
    }

    /// Values in both sets.
    pub fn intersect(&self, other: &Ranges) -> Ranges {
        let mut list = List::new();
        let (mut left, mut right) = (0, 0);
        while let (Some(a), Some(b)) = (self.list.get(left), other.list.get(right)) {
            let (low, high) = (a.0.max(b.0), a.1.min(b.1));
            if low <= high {
                list.push((low, high));
            }
            if a.1 < b.1 { left += 1 } else { right += 1 }
        }
        Ranges::from_list(list, self.bits)
    }

    /// Values in either set.
    pub fn union(&self, other: &Ranges) -> Ranges {
        Ranges::from_list(self.list.iter().chain(&other.list).copied().collect(), self.bits)
    }

    /// Values not in the set.
    pub fn complement(&self) -> Ranges {
        let mut list = List::new();
        let mut next = Some(0u64);
        for &(low, high) in &self.list {
            if let Some(from) = next
                && from < low
            {
                list.push((from, low - 1));
            }
            next = high.checked_add(1).filter(|&after| after <= mask(self.bits));
        }
        if let Some(from) = next {
            list.push((from, mask(self.bits)));
        }
        Ranges { bits: self.bits, list }
    }

    /// Whether every value is also in `other`.
    pub fn is_subset(&self, other: &Ranges) -> bool {
        self.list
            .iter()
            .all(|a| other.list.iter().any(|b| b.0 <= a.0 && a.1 <= b.1))
    }

    /// The set without 0.
    pub fn without(&self, value: u64) -> Ranges {
        self.intersect(&Ranges::single(value, self.bits).complement())
    }

    /// Adds a constant to every value, wrapping at the width exactly.
    pub fn shifted(&self, by: u64) -> Ranges {
        let mask = mask(self.bits);
        let mut list = List::new();
        for &(low, high) in &self.list {
            let (from, to) = (low.wrapping_add(by) & mask, high.wrapping_add(by) & mask);
            if high - low == mask {
                list.push((0, mask));
            } else if from <= to {
                list.push((from, to));
            } else {
                list.extend([(from, mask), (0, to)]);
            }
        }
        Ranges::from_list(list, self.bits)
    }

    /// Adds a constant as a program does that never overflows: an interval that reaches up to the largest value, signed or
    /// unsigned, which is what an unknown size looks like, loses the part that would wrap. Everything else wraps exactly.
    pub fn grown(&self, by: u64) -> Ranges {
        let mask = mask(self.bits);
        let half = mask / 2;
        if by == 0 || by > half {
            return self.shifted(by);
        }
        let is_open = |&(low, high): &(u64, u64)| (high == mask || high == half) && low < half - by.min(half);
        let open = self
            .list
            .iter()
            .filter(|interval| is_open(interval))
            .map(|&(low, high)| (low + by, high));
        let closed = Ranges {
            bits: self.bits,
            list: self.list.iter().filter(|i| !is_open(i)).copied().collect(),
        };
        Ranges::from_list(closed.shifted(by).list.into_iter().chain(open).collect(), self.bits)
    }

    /// Applies a function to every value if there are at most `limit` of them.
    pub fn map_each(&self, limit: u64, bits: u32, mut apply: impl FnMut(u64) -> u64) -> Option<Ranges> {
        let count = self
            .list
            .iter()
            .try_fold(0u64, |sum, &(low, high)| sum.checked_add((high - low).checked_add(1)?))?;
        if count > limit {
            return None;
        }
        let values = self.list.iter().flat_map(|&(low, high)| low..=high);
        Some(Ranges::from_list(
            values.map(|value| apply(value) & mask(bits)).map(|v| (v, v)).collect(),
            bits,
        ))
    }

    /// Converts to another width: truncates, or extends by sign or with zeros.
    pub fn resized(&self, bits: u32, signed: bool) -> Ranges {
        let mut list = List::new();
        for &(low, high) in &self.list {
            if bits < self.bits {
                if high - low >= mask(bits) {
                    return Ranges::full(bits);
                }
                let (from, to) = (low & mask(bits), high & mask(bits));
                if from <= to {
                    list.push((from, to))
                } else {
                    list.extend([(from, mask(bits)), (0, to)])
                }
            } else {
                let top = 1u64 << (self.bits - 1);
                let extend = |value: u64| as_signed(value, self.bits) as u64 & mask(bits);
                if !signed || high < top {
                    list.push((low, high));
                } else if low >= top {
                    list.push((extend(low), extend(high)));
                } else {
                    list.extend([(low, top - 1), (extend(top), extend(high))]);
                }
            }
        }
        Ranges::from_list(list, bits)
    }
}
