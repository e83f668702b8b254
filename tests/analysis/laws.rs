//! Laws of the abstract domain: exhaustively at 4 bits for sets, at random for terms and constraints.

use mremap_lint::inside::value::{Constraints, Operator, Ranges, Source, Term, TermId, Terms, as_signed, fold, mask};
use proptest::prelude::*;

const BITS: u32 = 4;

/// Every set of 4-bit values that has at most three intervals would be 65,536 sets; all intervals and unions of two are enough.
fn sets() -> Vec<Ranges> {
    let mut sets = vec![Ranges::empty(BITS)];
    for low in 0..16 {
        for high in low..16 {
            sets.push(Ranges::between(low, high, BITS));
        }
    }
    let pairs: Vec<Ranges> = sets
        .iter()
        .step_by(7)
        .flat_map(|a| sets.iter().step_by(5).map(move |b| a.union(b)))
        .collect();
    sets.extend(pairs);
    sets
}

fn values(set: &Ranges) -> Vec<u64> {
    (0..16).filter(|&value| set.contains(value)).collect()
}

#[test]
fn union_and_intersection_are_those_of_sets() {
    let sets = sets();
    for a in &sets {
        for b in sets.iter().step_by(3) {
            for value in 0..16 {
                assert_eq!(a.union(b).contains(value), a.contains(value) || b.contains(value));
                assert_eq!(a.intersect(b).contains(value), a.contains(value) && b.contains(value));
            }
            assert_eq!(a.union(b), b.union(a));
            assert_eq!(a.intersect(b), b.intersect(a));
            assert_eq!(
                a.is_subset(b),
                values(a).iter().all(|&value| b.contains(value)),
                "{a:?} {b:?}"
            );
        }
        assert_eq!(a.union(a), *a);
        assert_eq!(a.intersect(a), *a);
        for value in 0..16 {
            assert_eq!(a.complement().contains(value), !a.contains(value));
        }
    }
}

#[test]
fn union_is_associative_and_an_upper_bound() {
    let sets: Vec<Ranges> = sets().into_iter().step_by(11).collect();
    for a in &sets {
        for b in &sets {
            assert!(a.is_subset(&a.union(b)));
            for c in &sets {
                assert_eq!(a.union(b).union(c), a.union(&b.union(c)));
            }
        }
    }
}

#[test]
fn shifting_wraps_every_value() {
    for set in sets() {
        for by in 0..16 {
            let expected: Vec<u64> = {
                let mut moved: Vec<u64> = values(&set).into_iter().map(|value| (value + by) & 15).collect();
                moved.sort_unstable();
                moved
            };
            assert_eq!(values(&set.shifted(by)), expected, "{set:?} + {by}");
        }
    }
}

#[test]
fn growing_keeps_every_value_that_does_not_overflow() {
    for set in sets() {
        for by in 0..8 {
            for value in values(&set) {
                if value + by < 16 && as_signed(value, BITS) + (by as i64) < 8 {
                    assert!(set.grown(by).contains(value + by), "{set:?} + {by}: {value}");
                }
            }
        }
    }
}

#[test]
fn conversions_hold_every_converted_value() {
    for set in sets() {
        for bits in [1, 2, 3, 4, 5, 8] {
            for signed in [false, true] {
                let converted = set.resized(bits, signed);
                for value in values(&set) {
                    let extended = if signed { as_signed(value, BITS) as u64 } else { value };
                    assert!(
                        converted.contains(extended & mask(bits)),
                        "{set:?} to {bits} signed {signed}: {value}"
                    );
                }
            }
        }
    }
}

#[test]
fn saturating_operations_hold_every_result() {
    let sets: Vec<Ranges> = sets().into_iter().filter(|set| !set.is_empty()).step_by(9).collect();
    let operators = [false, true].map(|signed| {
        let all = [
            Operator::SaturatingAdd,
            Operator::SaturatingSubtract,
            Operator::SaturatingMultiply,
        ];
        all.map(|operator| operator(signed))
    });
    for operator in operators.into_iter().flatten() {
        for a in &sets {
            for b in &sets {
                let mut terms = Terms::default();
                let (left, right) = (
                    terms.symbol(Source::Parameter(0), a.clone(), Vec::new()),
                    terms.symbol(Source::Parameter(1), b.clone(), Vec::new()),
                );
                let term = terms.binary(operator, left, right);
                let range = Constraints::default().range(&terms, term);
                for left in values(a) {
                    for right in values(b) {
                        let result = fold(operator, left, right, BITS).expect("always defined");
                        assert!(
                            range.contains(result),
                            "{operator:?} {left} {right}: {result} not in {range:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn signed_bounds_are_reached() {
    for set in sets() {
        let signed: Vec<i64> = values(&set).into_iter().map(|value| as_signed(value, BITS)).collect();
        if let (Some(&min), Some(&max)) = (signed.iter().min(), signed.iter().max()) {
            assert_eq!((set.min_signed(), set.max_signed()), (min, max), "{set:?}");
        }
    }
}

/// A random expression over two unknowns of 4 bits.
#[derive(Clone, Debug)]
enum Shape {
    Unknown(u8),
    Const(u64),
    Add(Box<Shape>, Box<Shape>),
    Subtract(Box<Shape>, Box<Shape>),
    Apply(Operator, Box<Shape>, Box<Shape>),
    Not(Box<Shape>),
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![(0..2u8).prop_map(Shape::Unknown), (0..16u64).prop_map(Shape::Const)];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let operators = prop::sample::select(vec![
            Operator::Multiply,
            Operator::Divide(false),
            Operator::Remainder(false),
            Operator::And,
            Operator::Or,
            Operator::Xor,
            Operator::ShiftRight(false),
            Operator::Min(false),
            Operator::Max(true),
            Operator::SaturatingAdd(false),
            Operator::SaturatingSubtract(false),
            Operator::SaturatingMultiply(false),
        ]);
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Shape::Add(a.into(), b.into())),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Shape::Subtract(a.into(), b.into())),
            (operators, inner.clone(), inner.clone()).prop_map(|(op, a, b)| Shape::Apply(op, a.into(), b.into())),
            inner.prop_map(|a| Shape::Not(a.into())),
        ]
    })
}

fn build(terms: &mut Terms, shape: &Shape) -> TermId {
    match shape {
        Shape::Unknown(index) => terms.symbol(Source::Parameter(u32::from(*index)), Ranges::full(BITS), Vec::new()),
        Shape::Const(value) => terms.constant(*value, BITS),
        Shape::Add(a, b) => {
            let (a, b) = (build(terms, a), build(terms, b));
            terms.add(a, b)
        }
        Shape::Subtract(a, b) => {
            let (a, b) = (build(terms, a), build(terms, b));
            terms.subtract(a, b)
        }
        Shape::Apply(operator, a, b) => {
            let (a, b) = (build(terms, a), build(terms, b));
            terms.binary(*operator, a, b)
        }
        Shape::Not(a) => {
            let a = build(terms, a);
            let not = terms.not(a);
            terms.cast(not, BITS, false)
        }
    }
}

/// The value under an assignment; `None` where it is undefined or an intermediate result overflows, which the analysis assumes
/// sizes not to do.
fn compute(shape: &Shape, unknowns: [u64; 2]) -> Option<u64> {
    Some(match shape {
        Shape::Unknown(index) => unknowns[usize::from(*index)],
        Shape::Const(value) => (*value < 8).then_some(*value)?,
        Shape::Add(a, b) => {
            let sum = compute(a, unknowns)? + compute(b, unknowns)?;
            (sum < 8).then_some(sum)?
        }
        Shape::Subtract(a, b) => compute(a, unknowns)?.checked_sub(compute(b, unknowns)?)?,
        Shape::Apply(operator, a, b) => {
            let (a, b) = (compute(a, unknowns)?, compute(b, unknowns)?);
            if *operator == Operator::Multiply && a * b >= 8 {
                return None;
            }
            fold(*operator, a, b, BITS)?
        }
        Shape::Not(a) => u64::from(compute(a, unknowns)? == 0),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    /// What a term can be holds what it is, before and after tests that the assignment passes.
    #[test]
    fn ranges_hold_every_value_that_passes_the_tests(
        shape in shapes(),
        tests in prop::collection::vec((shapes(), shapes(), prop::sample::select(vec![Operator::Equal, Operator::Less(false), Operator::Less(true)])), 0..3),
    ) {
        let mut terms = Terms::default();
        let term = build(&mut terms, &shape);
        let test_terms: Vec<TermId> = tests.iter().map(|(a, b, operator)| {
            let (a, b) = (build(&mut terms, a), build(&mut terms, b));
            terms.binary(*operator, a, b)
        }).collect();
        for x in 0..8 {
            for y in 0..8 {
                let Some(value) = compute(&shape, [x, y]) else { continue };
                let outcomes: Option<Vec<bool>> = tests.iter().map(|(a, b, operator)| {
                    Some(fold(*operator, compute(a, [x, y])?, compute(b, [x, y])?, BITS)? == 1)
                }).collect();
                let Some(outcomes) = outcomes else { continue };
                let mut constraints = Constraints::default();
                for (test, outcome) in test_terms.iter().zip(&outcomes) {
                    let range = Ranges::single(u64::from(*outcome), 1);
                    prop_assert!(
                        constraints.refine(&terms, *test, &range, None),
                        "x={} y={}: test {:?} = {} is thought infeasible", x, y, terms.get(*test), outcome
                    );
                }
                let range = constraints.range(&terms, term);
                prop_assert!(range.contains(value), "x={} y={}: {} not in {:?} for {:?}", x, y, value, range, terms.get(term));
            }
        }
    }

    /// Replacing unknowns by their values computes the value, wrapping and all.
    #[test]
    fn terms_are_what_they_are_built_from(shape in shapes(), x in 0..16u64, y in 0..16u64) {
        let mut terms = Terms::default();
        let mut term = build(&mut terms, &shape);
        for (index, value) in [(0, x), (1, y)] {
            let unknown = terms.symbol(Source::Parameter(index), Ranges::full(BITS), Vec::new());
            if let Term::Symbol(symbol) = *terms.get(unknown) {
                term = terms.substituted(term, symbol, value, 64);
            }
        }
        if let Some(expected) = wrapping(&shape, [x, y]) {
            prop_assert_eq!(terms.constant_of(term), Some(expected));
        }
    }
}

fn wrapping(shape: &Shape, unknowns: [u64; 2]) -> Option<u64> {
    Some(match shape {
        Shape::Unknown(index) => unknowns[usize::from(*index)],
        Shape::Const(value) => *value,
        Shape::Add(a, b) => wrapping(a, unknowns)?.wrapping_add(wrapping(b, unknowns)?) & 15,
        Shape::Subtract(a, b) => wrapping(a, unknowns)?.wrapping_sub(wrapping(b, unknowns)?) & 15,
        Shape::Apply(operator, a, b) => fold(*operator, wrapping(a, unknowns)?, wrapping(b, unknowns)?, BITS)?,
        Shape::Not(a) => u64::from(wrapping(a, unknowns)? == 0),
    })
}
