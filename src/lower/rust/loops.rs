//! `for`: over ranges as counting loops, over arrays and slices by index, over anything else with unknown elements.

use super::aggregates::part;
use super::iteration::{Iteration, iteration};
use super::operators::{common_type, convert};
use super::{Lower, calls, closures, declarations, methods, options, patterns, sequences, types};
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
        return lowering.opaque(node);
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
    if let Some(bounds) = Bounds::of(lowering, &iteration.base, at) {
        let bounds = bounds.narrowed(lowering, iteration);
        return count(lowering, &bounds, iteration, label, each);
    }
    let place = lowering.place_or_copy(&iteration.base);
    let through = matches!(lowering.place_type(&place), Type::Pointer(_));
    let place = super::aggregates::behind(lowering, place, at);
    let ty = lowering.place_type(&place);
    if types::base(&ty).is_some_and(|base| matches!(base, "Range" | "RangeInclusive")) {
        let bounds = Bounds::at(lowering, &place, &ty, at).narrowed(lowering, iteration);
        return count(lowering, &bounds, iteration, label, each);
    }
    if let Some(next) = methods::own_method(lowering, &ty, "next") {
        return own(lowering, &place, next, label, at, each);
    }
    let bounds = Bounds {
        start: constant(0, Type::SIZE, at),
        end: sequences::length(lowering, &place, at),
        inclusive: false,
        ty: Type::SIZE,
        at,
    }
    .narrowed(lowering, iteration);
    let elements = Elements {
        place,
        ty,
        borrowed: (iteration.borrowed || through) && !iteration.copied,
    };
    let enumerated = iteration.enumerated;
    let mut by_index = iteration.clone();
    by_index.enumerated = false;
    count(lowering, &bounds, &by_index, label, |lowering, index| {
        let element = elements.element(lowering, index.clone(), at);
        let element = if enumerated {
            pair(lowering, index, element, at)
        } else {
            element
        };
        each(lowering, element);
    });
}

/// A loop over what the unit's own `next` gives.
fn own(
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
    let ty = types::tuple(&[index.ty(), declarations::value_type(lowering, &element)]);
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
        let bound = |lowering: &mut Lower<'_>, node: &Option<Node>| {
            let value = node.as_ref().map(|node| lowering.value(node))?;
            Some(super::operators::as_type(value, &self.ty))
        };
        let (skipped, taken) = (bound(lowering, &iteration.skipped), bound(lowering, &iteration.taken));
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

/// A loop over numbers.
fn count(
    lowering: &mut Lower<'_>,
    bounds: &Bounds,
    iteration: &Iteration,
    label: Option<String>,
    each: impl FnOnce(&mut Lower<'_>, Expr),
) {
    let at = bounds.at;
    let step = match &iteration.step {
        Some(step) => {
            let value = lowering.value(step);
            lowering.steady(super::operators::as_type(value, &bounds.ty), at)
        }
        None => bounds.number(1),
    };
    let (enumerated, reversed) = (iteration.enumerated, iteration.reversed);
    let counter = lowering.fresh(bounds.ty.clone(), at);
    let position = lowering.fresh(Type::SIZE, at);
    let current = Expr::Load(counter.clone(), bounds.ty.clone(), at);
    let first = first(bounds, &step, iteration);
    lowering.body.assign(counter.clone(), first, at);
    if enumerated {
        lowering.body.assign(position.clone(), constant(0, Type::SIZE, at), at);
    }
    let index = Expr::Load(position.clone(), Type::SIZE, at);
    let test = test(bounds, &current, reversed);
    let form = LoopForm {
        label,
        after: false,
        test: Box::new(|lowering: &mut Lower<'_>, again, exit| lowering.body.branch(test, again, exit, at)),
        body: Box::new(|lowering: &mut Lower<'_>| {
            if reversed {
                let less = bounds.binary(BinaryOp::Subtract, current.clone(), bounds.number(1));
                lowering.body.assign(counter.clone(), less, at);
            }
            let element = lowering.kept_copy(current.clone());
            let element = if enumerated {
                pair(lowering, index.clone(), element, at)
            } else {
                element
            };
            each(lowering, element);
        }),
        step: Box::new(|lowering: &mut Lower<'_>| {
            if enumerated {
                let one = constant(1, Type::SIZE, at);
                let next = Expr::binary(BinaryOp::Add, index.clone(), one, Type::SIZE, at);
                lowering.body.assign(position.clone(), next, at);
            }
            if let Some(next) = next(bounds, &step, &current, reversed) {
                lowering.body.assign(counter.clone(), next, at);
            }
        }),
    };
    lowering.run_loop(form, None);
}

/// Where the counter starts: backwards from one after the last element.
fn first(bounds: &Bounds, step: &Expr, iteration: &Iteration) -> Expr {
    if !iteration.reversed {
        return bounds.start.clone();
    }
    let end = match bounds.inclusive {
        true => bounds.binary(BinaryOp::Add, bounds.end.clone(), bounds.number(1)),
        false => bounds.end.clone(),
    };
    if iteration.step.is_none() || !iteration.step_after {
        return end;
    }
    // `(a..b).step_by(k).rev()` begins at the last element that the steps from `a` reach.
    let last = bounds.binary(BinaryOp::Subtract, end, bounds.number(1));
    let length = bounds.binary(BinaryOp::Subtract, last.clone(), bounds.start.clone());
    let beyond = bounds.binary(BinaryOp::Remainder, length, step.clone());
    let last = bounds.binary(BinaryOp::Subtract, last, beyond);
    bounds.binary(BinaryOp::Add, last, bounds.number(1))
}

/// What the counter is set to between two rounds.
fn next(bounds: &Bounds, step: &Expr, current: &Expr, reversed: bool) -> Option<Expr> {
    if !reversed {
        return Some(bounds.binary(BinaryOp::Add, current.clone(), step.clone()));
    }
    // One less is taken off at the start of the round.
    let single = matches!(step, Expr::Const { bits: 1, .. });
    (!single).then(|| {
        let rest = bounds.binary(BinaryOp::Subtract, step.clone(), bounds.number(1));
        bounds.binary(BinaryOp::SaturatingSubtract, current.clone(), rest)
    })
}

/// Whether there is another round.
fn test(bounds: &Bounds, current: &Expr, reversed: bool) -> Expr {
    if matches!(bounds.end, Expr::Unknown(..)) && !reversed {
        return Expr::Unknown(Type::BOOL, bounds.at);
    }
    match (reversed, bounds.inclusive) {
        (true, _) => bounds.binary(BinaryOp::Greater, current.clone(), bounds.start.clone()),
        (false, true) => bounds.binary(BinaryOp::LessEqual, current.clone(), bounds.end.clone()),
        (false, false) => bounds.binary(BinaryOp::Less, current.clone(), bounds.end.clone()),
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
