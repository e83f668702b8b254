//! `for`: over ranges as counting loops, over arrays and slices by index, over anything else with unknown elements.

use super::conversions::{as_type, common_type, convert};
use super::iteration::{Direction, Iteration, iteration};
use super::parts::part;
use super::{Lower, calls, closures, methods, options, patterns, sequences, types};
use crate::ir::{Argument, BinaryOp, Expr, Place, Type};
use crate::lower::loops::LoopForm;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::ItemId;
use crate::syntax::roles::{Part, Role};

/// `for pattern in subject body`
pub fn for_each(lowering: &mut Lower<'_>, node: &Node) {
    let (Some(pattern), Some(subject), Some(body)) = (
        node.part(Part::Pattern),
        node.part(Part::Subject),
        node.part(Part::Body),
    ) else {
        return lowering.unread(node);
    };
    let label = node.part(Part::Label).map(|label| label.text().to_owned());
    lowering.body.open_scope();
    let iteration = iteration(&subject);
    let each = |lowering: &mut Lower<'_>, element: Expr| {
        let place = lowering.place_of_value(element);
        patterns::bind_all(lowering, &place, &pattern);
        lowering.statement(&body);
    };
    run(lowering, &iteration, label, subject.span(), each);
    lowering.body.close_scope();
}

/// `subject.for_each(function)`
pub fn for_each_call(lowering: &mut Lower<'_>, subject: &Node, function: &Node) -> Expr {
    let at = function.span();
    let each = |lowering: &mut Lower<'_>, element: Expr| {
        closures::apply(lowering, function, vec![element], at);
    };
    run(lowering, &iteration(subject), None, at, each);
    Expr::Unknown(Type::Void, at)
}

/// Runs `each` for every element.
fn run(
    lowering: &mut Lower<'_>,
    iteration: &Iteration,
    label: Option<String>,
    at: Span,
    each: impl FnOnce(&mut Lower<'_>, Expr),
) {
    let each = |lowering: &mut Lower<'_>, element: Expr| iteration.passed_on(lowering, element, at, each);
    let enumerated = iteration.is_enumerated();
    match Subject::of(lowering, iteration, at) {
        Subject::Numbers(bounds) => count(lowering, bounds, iteration, label, |lowering, number, position| {
            let element = if enumerated {
                pair(lowering, position, number, at)
            } else {
                number
            };
            each(lowering, element);
        }),
        Subject::Given(place, next) => given(lowering, &place, next, label, at, each),
        Subject::Elements(elements) => {
            let bounds = Bounds {
                start: constant(0, Type::SIZE, at),
                end: sequences::length(lowering, &elements.place, at),
                inclusive: false,
                ty: Type::SIZE,
                at,
            };
            count(lowering, bounds, iteration, label, |lowering, index, position| {
                let mut element = elements.element(lowering, index.clone(), at);
                if enumerated {
                    let number = if iteration.is_rearranged() { position } else { index };
                    element = pair(lowering, number, element, at);
                }
                each(lowering, element);
            });
        }
    }
}

/// What a loop gets its elements from.
enum Subject {
    /// A range.
    Numbers(Bounds),
    /// The unit's own `next`, called for what is at a place.
    Given(Place, ItemId),
    /// Something with an index.
    Elements(Elements),
}

impl Subject {
    fn of(lowering: &mut Lower<'_>, iteration: &Iteration, at: Span) -> Subject {
        if let Some(bounds) = Bounds::of(lowering, &iteration.base, at) {
            return Subject::Numbers(bounds);
        }
        let place = lowering.place_or_copy(&iteration.base);
        let through = matches!(lowering.place_type(&place), Type::Pointer(_));
        let place = super::aggregates::behind(lowering, place, at);
        let ty = lowering.place_type(&place);
        if matches!(types::base(&ty), Some("Range" | "RangeInclusive")) {
            return Subject::Numbers(Bounds::at(lowering, &place, &ty, at));
        }
        if let Some(next) = methods::own_method(lowering, &ty, "next") {
            return Subject::Given(place, next);
        }
        Subject::Elements(Elements {
            place,
            ty,
            borrowed: (iteration.is_borrowed() || through) && !iteration.is_copied(),
        })
    }
}

/// A loop over what the unit's own `next` gives.
fn given(
    lowering: &mut Lower<'_>,
    place: &Place,
    next: ItemId,
    label: Option<String>,
    at: Span,
    each: impl FnOnce(&mut Lower<'_>, Expr),
) {
    let given = lowering.fresh(lowering.signature(next).returns.clone(), at);
    let form = LoopForm {
        label,
        after: false,
        test: Box::new(|lowering: &mut Lower<'_>, again, exit| {
            let value = lowering.reference(place.clone(), at);
            let element = calls::call_item(lowering, next, "next", vec![Argument { value, at }], at);
            lowering.body.assign(given.clone(), element, at);
            lowering.body.branch(options::tag(&given, at), again, exit, at);
        }),
        body: Box::new(|lowering: &mut Lower<'_>| {
            let element = options::payload(lowering, &given, at);
            each(lowering, element);
        }),
        step: Box::new(|_| {}),
    };
    lowering.run_loop(form, None);
}

/// The elements of something with an index.
struct Elements {
    place: Place,
    ty: Type,
    borrowed: bool,
}

impl Elements {
    fn element(&self, lowering: &mut Lower<'_>, index: Expr, at: Span) -> Expr {
        let element = match &self.ty {
            Type::Array(..) => lowering.element_of(Expr::Load(self.place.clone(), self.ty.clone(), at), index),
            ty => {
                // Elements that are not followed: anything, and another thing in each round.
                let inner = types::arguments(ty).into_iter().next().unwrap_or(Type::Unknown);
                let known = matches!(types::base(ty), Some("Vec" | "VecDeque"));
                let ty = if known && self.borrowed {
                    Type::pointer(inner)
                } else if known {
                    inner
                } else {
                    Type::Unknown
                };
                return Expr::Unknown(ty, at);
            }
        };
        match self.borrowed {
            true => lowering.reference(element, at),
            false => lowering.load(element, at),
        }
    }
}

fn pair(lowering: &mut Lower<'_>, index: Expr, element: Expr, at: Span) -> Expr {
    let ty = types::tuple(&[index.ty(), lowering.value_type(&element)]);
    let place = lowering.fresh(ty.clone(), at);
    lowering.body.assign(part(&place, "0"), index, at);
    lowering.body.assign(part(&place, "1"), element, at);
    Expr::Load(place, ty, at)
}

/// The numbers of a range, evaluated.
struct Bounds {
    start: Expr,
    end: Expr,
    inclusive: bool,
    ty: Type,
    at: Span,
}

impl Bounds {
    /// The bounds of a range that is written down; without an end it goes on for ever.
    fn of(lowering: &mut Lower<'_>, node: &Node, at: Span) -> Option<Bounds> {
        if node.role() != Some(Role::Range) {
            return None;
        }
        let (start, end, inclusive) = range_parts(node);
        let start = start.map(|start| lowering.value(&start))?;
        let start = lowering.steady(start, at);
        let end = match end {
            Some(end) => {
                let value = lowering.value(&end);
                lowering.steady(value, at)
            }
            None => {
                return Some(Bounds {
                    ty: start.ty(),
                    end: Expr::Unknown(start.ty(), at),
                    start,
                    inclusive,
                    at,
                });
            }
        };
        let ty = common_type(&[&start, &end]);
        Some(Bounds {
            start: convert(start, &ty),
            end: convert(end, &ty),
            inclusive,
            ty,
            at,
        })
    }

    /// The bounds of a range that stands at a place.
    fn at(lowering: &mut Lower<'_>, place: &Place, ty: &Type, at: Span) -> Bounds {
        let start = lowering.load(part(place, "start"), at);
        let end = lowering.load(part(place, "end"), at);
        Bounds {
            ty: start.ty(),
            start,
            end,
            inclusive: types::base(ty) == Some("RangeInclusive"),
            at,
        }
    }

    /// Without the elements that `skip` leaves out and those that `take` leaves.
    fn narrowed(mut self, lowering: &mut Lower<'_>, iteration: &Iteration) -> Bounds {
        let bound = |lowering: &mut Lower<'_>, node: Option<&Node>| {
            let value = lowering.value(node?);
            Some(as_type(value, &self.ty))
        };
        let (skipped, taken) = (bound(lowering, iteration.skipped()), bound(lowering, iteration.taken()));
        if skipped.is_none() && taken.is_none() {
            return self;
        }
        if std::mem::take(&mut self.inclusive) {
            self.end = self.binary(BinaryOp::Add, self.end.clone(), self.number(1));
        }
        if let Some(count) = skipped {
            let start = self.binary(BinaryOp::SaturatingAdd, self.start.clone(), count);
            self.start = lowering.steady(start, self.at);
        }
        if let Some(count) = taken {
            let end = self.binary(BinaryOp::SaturatingAdd, self.start.clone(), count);
            let end = match self.end {
                Expr::Unknown(..) => end,
                _ => self.binary(BinaryOp::Min, self.end.clone(), end),
            };
            self.end = lowering.steady(end, self.at);
        }
        self
    }

    fn number(&self, bits: u64) -> Expr {
        constant(bits, self.ty.clone(), self.at)
    }

    fn binary(&self, op: BinaryOp, left: Expr, right: Expr) -> Expr {
        let ty = if op.is_comparison() {
            Type::BOOL
        } else {
            self.ty.clone()
        };
        Expr::binary(op, left, right, ty, self.at)
    }
}

/// Start, end and whether the end belongs to the range.
fn range_parts(node: &Node) -> (Option<Node>, Option<Node>, bool) {
    let operator = node.part(Part::Operator);
    let Some(operator) = operator else {
        return (None, None, false);
    };
    let before = node
        .children()
        .find(|child| child.range().end <= operator.range().start);
    let after = node
        .children()
        .find(|child| child.range().start >= operator.range().end);
    (before, after, operator.text() == "..=")
}

/// Whether a range that is written down goes on to the end of what it is a part of. `None`: its last number belongs to it, or
/// it is not written down.
pub fn open_end(node: &Node) -> Option<bool> {
    if node.role() != Some(Role::Range) {
        return None;
    }
    let (_, end, inclusive) = range_parts(node);
    (!inclusive).then(|| end.is_none())
}

/// A loop over numbers: what is done with each number and its position.
fn count(
    lowering: &mut Lower<'_>,
    bounds: Bounds,
    iteration: &Iteration,
    label: Option<String>,
    each: impl FnOnce(&mut Lower<'_>, Expr, Expr),
) {
    let (at, enumerated) = (bounds.at, iteration.is_enumerated());
    let counter = Counter::new(lowering, bounds, iteration);
    let position = lowering.fresh(Type::SIZE, at);
    counter.start(lowering);
    if enumerated {
        lowering.body.assign(position.clone(), constant(0, Type::SIZE, at), at);
    }
    let index = Expr::Load(position.clone(), Type::SIZE, at);
    let form = LoopForm {
        label,
        after: false,
        test: Box::new(|lowering: &mut Lower<'_>, again, exit| {
            lowering.body.branch(counter.goes_on(), again, exit, at);
        }),
        body: Box::new(|lowering: &mut Lower<'_>| {
            let number = counter.number(lowering);
            each(lowering, number, index.clone());
        }),
        step: Box::new(|lowering: &mut Lower<'_>| {
            if enumerated {
                let one = constant(1, Type::SIZE, at);
                let next = Expr::binary(BinaryOp::Add, index.clone(), one, Type::SIZE, at);
                lowering.body.assign(position.clone(), next, at);
            }
            counter.advance(lowering);
        }),
    };
    lowering.run_loop(form, None);
}

/// A variable that runs through a range. Backwards it is one more than the number of the round, as the first number may be
/// the smallest of its type.
struct Counter {
    place: Place,
    bounds: Bounds,
    step: Expr,
    direction: Direction,
}

impl Counter {
    fn new(lowering: &mut Lower<'_>, bounds: Bounds, iteration: &Iteration) -> Counter {
        let bounds = bounds.narrowed(lowering, iteration);
        let step = match iteration.step() {
            Some(step) => {
                let value = lowering.value(step);
                lowering.steady(as_type(value, &bounds.ty), bounds.at)
            }
            None => bounds.number(1),
        };
        let place = lowering.fresh(bounds.ty.clone(), bounds.at);
        lowering.note_number(&place, &bounds.start);
        Counter {
            place,
            bounds,
            step,
            direction: iteration.direction(),
        }
    }

    fn current(&self) -> Expr {
        Expr::Load(self.place.clone(), self.bounds.ty.clone(), self.bounds.at)
    }

    fn set(&self, lowering: &mut Lower<'_>, value: Expr) {
        lowering.body.assign(self.place.clone(), value, self.bounds.at);
    }

    /// Before the first round.
    fn start(&self, lowering: &mut Lower<'_>) {
        let bounds = &self.bounds;
        let one = || bounds.number(1);
        let after_end = match bounds.inclusive {
            true => bounds.binary(BinaryOp::Add, bounds.end.clone(), one()),
            false => bounds.end.clone(),
        };
        let first = match self.direction {
            Direction::Up => bounds.start.clone(),
            Direction::Down => after_end,
            Direction::DownInStep => {
                let end = after_end.clone();
                let last = bounds.binary(BinaryOp::Subtract, after_end, one());
                let length = bounds.binary(BinaryOp::Subtract, last.clone(), bounds.start.clone());
                let beyond = bounds.binary(BinaryOp::Remainder, length, self.step.clone());
                let last = bounds.binary(BinaryOp::Subtract, last, beyond);
                let first = bounds.binary(BinaryOp::Add, last, one());
                // Without elements there is no last one.
                let some = bounds.binary(BinaryOp::Greater, end, bounds.start.clone());
                lowering.choose(some, bounds.at, |_| first, |_| bounds.start.clone())
            }
        };
        self.set(lowering, first);
    }

    /// Whether there is another round.
    fn goes_on(&self) -> Expr {
        let Bounds { start, end, .. } = &self.bounds;
        let (op, bound) = match self.direction {
            Direction::Up if matches!(end, Expr::Unknown(..)) => return Expr::Unknown(Type::BOOL, self.bounds.at),
            Direction::Up if self.bounds.inclusive => (BinaryOp::LessEqual, end),
            Direction::Up => (BinaryOp::Less, end),
            Direction::Down | Direction::DownInStep => (BinaryOp::Greater, start),
        };
        self.bounds.binary(op, self.current(), bound.clone())
    }

    /// The number of a round, at its start.
    fn number(&self, lowering: &mut Lower<'_>) -> Expr {
        if self.direction != Direction::Up {
            let less = self
                .bounds
                .binary(BinaryOp::Subtract, self.current(), self.bounds.number(1));
            self.set(lowering, less);
        }
        let number = lowering.kept_copy(self.current());
        if let Expr::Load(place, ..) = &number {
            lowering.note_number(place, &self.current());
        }
        number
    }

    /// Between two rounds.
    fn advance(&self, lowering: &mut Lower<'_>) {
        let single = matches!(self.step, Expr::Const { bits: 1, .. });
        if self.direction == Direction::Up {
            let next = self.bounds.binary(BinaryOp::Add, self.current(), self.step.clone());
            self.set(lowering, next);
        } else if !single {
            // One has been taken off at the start of the round.
            let rest = self
                .bounds
                .binary(BinaryOp::Subtract, self.step.clone(), self.bounds.number(1));
            let next = self.bounds.binary(BinaryOp::SaturatingSubtract, self.current(), rest);
            self.set(lowering, next);
        }
    }
}

/// A range as a value.
pub fn range_value(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let at = node.span();
    let (start, end, inclusive) = range_parts(node);
    let value = |lowering: &mut Lower<'_>, node: Option<Node>| node.map(|node| lowering.value(&node));
    let (start, end) = (value(lowering, start), value(lowering, end));
    let types: Vec<&Expr> = start.iter().chain(&end).collect();
    let ty = common_type(&types);
    let range = types::generic(
        if inclusive { "RangeInclusive" } else { "Range" },
        std::slice::from_ref(&ty),
    );
    let place = lowering.fresh(range.clone(), at);
    // A start that is not written is zero for numbers; of an end that is not written nothing is known.
    for (name, bound) in [
        ("start", start.unwrap_or(constant(0, ty.clone(), at))),
        ("end", end.unwrap_or(Expr::Unknown(ty.clone(), at))),
    ] {
        lowering.body.assign(part(&place, name), convert(bound, &ty), at);
    }
    Expr::Load(place, range, at)
}
