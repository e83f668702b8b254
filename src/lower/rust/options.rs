//! `Option` and `Result`: how they are made, tested and taken apart.

use super::conversions::convert;
use super::parts::{ERROR, TAG, part};
use super::{Lower, aggregates, closures, patterns, types};
use crate::ir::{BinaryOp, Expr, Place, Type, UnaryOp};
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::Part;

/// `Some(value)`
pub fn some(lowering: &mut Lower<'_>, value: Expr, at: Span) -> Expr {
    let ty = types::generic("Option", &[value.ty()]);
    filled(lowering, ty, 1, Some(("0", value)), at)
}

/// `None`
pub fn none(lowering: &mut Lower<'_>, at: Span) -> Expr {
    filled(lowering, types::generic("Option", &[Type::Unknown]), 0, None, at)
}

/// Nothing, in another type that holds one value or none.
pub fn none_as(lowering: &mut Lower<'_>, ty: Type, at: Span) -> Expr {
    filled(lowering, ty, 0, None, at)
}

/// `Ok(value)`
pub fn ok(lowering: &mut Lower<'_>, value: Expr, at: Span) -> Expr {
    let ty = types::generic("Result", &[value.ty(), Type::Unknown]);
    filled(lowering, ty, 1, Some(("0", value)), at)
}

/// `Err(value)`
pub fn err(lowering: &mut Lower<'_>, value: Expr, at: Span) -> Expr {
    let ty = types::generic("Result", &[Type::Unknown, value.ty()]);
    filled(lowering, ty, 0, Some((ERROR, value)), at)
}

/// An `Option` or `Result` that holds the value where the test holds.
pub fn where_true(lowering: &mut Lower<'_>, name: &str, test: Expr, value: Expr, at: Span) -> Expr {
    let ty = types::generic(name, &[value.ty()]);
    let place = lowering.fresh(ty.clone(), at);
    lowering.body.assign(part(&place, TAG), truth(test, at), at);
    lowering.body.assign(part(&place, "0"), value, at);
    Expr::Load(place, ty, at)
}

fn truth(test: Expr, at: Span) -> Expr {
    match test.ty() {
        Type::Int { bits: 1, .. } => test,
        ty => {
            let zero = constant(0, ty, at);
            Expr::comparison(BinaryOp::NotEqual, test, zero, at)
        }
    }
}

fn filled(lowering: &mut Lower<'_>, ty: Type, tag: u64, held: Option<(&str, Expr)>, at: Span) -> Expr {
    let place = lowering.fresh(ty.clone(), at);
    lowering
        .body
        .assign(part(&place, TAG), constant(tag, Type::BOOL, at), at);
    if let Some((field, value)) = held {
        lowering.note_number(&part(&place, field), &value);
        lowering.body.assign(part(&place, field), value, at);
    }
    Expr::Load(place, ty, at)
}

/// Whether there is a value.
pub fn tag(place: &Place, at: Span) -> Expr {
    Expr::Load(part(place, TAG), Type::BOOL, at)
}

/// The value, whether there is one or not.
pub fn payload(lowering: &mut Lower<'_>, place: &Place, at: Span) -> Expr {
    lowering.load(part(place, "0"), at)
}

/// `x?`
pub fn question(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let at = node.span();
    let Some(inner) = node.part(Part::Value) else {
        return lowering.unread_value(node);
    };
    let value = lowering.value(&inner);
    question_value(lowering, value, at)
}

/// `?` on a value.
pub fn question_value(lowering: &mut Lower<'_>, value: Expr, at: Span) -> Expr {
    let place = lowering.place_of_value(value);
    let (yes, no) = (lowering.body.block(), lowering.body.block());
    lowering.body.branch(tag(&place, at), yes, no, at);
    lowering.body.switch_to(no);
    let error = match types::base(&lowering.place_type(&place)) {
        Some("Option") => none(lowering, at),
        _ => {
            let error = lowering.load(part(&place, ERROR), at);
            err(lowering, error, at)
        }
    };
    closures::return_value(lowering, Some(error), at);
    lowering.body.switch_to(yes);
    payload(lowering, &place, at)
}

/// A method of `Option` or `Result` called on a place of such a type, or of a type that is not visible.
pub fn method(lowering: &mut Lower<'_>, name: &str, place: &Place, arguments: &[Node], at: Span) -> Option<Expr> {
    let known = types::is_fallible(&lowering.place_type(place));
    match (name, arguments) {
        ("is_some" | "is_ok", []) => Some(tag(place, at)),
        ("is_none" | "is_err", []) => Some(Expr::unary(UnaryOp::Not, tag(place, at), Type::BOOL, at)),
        ("unwrap" | "unwrap_unchecked", []) | ("expect" | "expect_throw", [_]) => {
            arguments.iter().for_each(|argument| lowering.statement(argument));
            lowering.assume(tag(place, at), at);
            Some(payload(lowering, place, at))
        }
        ("unwrap_err" | "err", []) | ("expect_err", [_]) => Some(error_of(lowering, name, place, at)),
        ("is_some_and" | "is_ok_and", [test]) => Some(tested(lowering, test, place, 0, at)),
        ("is_none_or", [test]) => Some(tested(lowering, test, place, 1, at)),
        ("unwrap_or" | "unwrap_or_default" | "unwrap_or_else" | "map_or" | "map_or_else" | "map_or_default", _) => {
            defaulted(lowering, name, place, arguments, at)
        }
        ("map" | "and_then" | "filter" | "inspect" | "is_ok_then", [function]) => {
            Some(mapped(lowering, name, place, function, at))
        }
        (
            "map_err" | "ok_or" | "ok_or_else" | "with_context" | "context" | "wrap_err" | "wrap_err_with"
            | "ok_or_eyre",
            [error],
        ) => Some(with_error(lowering, name, place, error, at)),
        ("ok", []) => Some(relabelled(lowering, "Option", place, at)),
        ("or" | "or_else" | "and" | "xor" | "zip", [other]) if known => {
            Some(combined(lowering, name, place, other, at))
        }
        ("as_ref" | "as_mut" | "as_deref" | "as_deref_mut", []) if known => Some(borrowed(lowering, place, at)),
        ("copied" | "cloned", []) if known => Some(owned(lowering, place, at)),
        ("clone" | "as_slice" | "into_iter" | "by_ref", []) if known => Some(lowering.load(place.clone(), at)),
        ("flatten", []) if known => Some(lowering.choose(
            tag(place, at),
            at,
            |lowering| payload(lowering, place, at),
            |lowering| none(lowering, at),
        )),
        ("take", []) if known => {
            let before = lowering.load(place.clone(), at);
            let before = lowering.kept_copy(before);
            lowering.body.assign(part(place, TAG), constant(0, Type::BOOL, at), at);
            Some(before)
        }
        ("replace" | "insert" | "get_or_insert" | "get_or_insert_with", [value]) if known => {
            Some(stored(lowering, name, place, value, at))
        }
        ("transpose", []) if known => None,
        _ => None,
    }
}

/// A test applied to the value held; `otherwise` where there is none.
fn tested(lowering: &mut Lower<'_>, test: &Node, place: &Place, otherwise: u64, at: Span) -> Expr {
    lowering.choose(
        tag(place, at),
        at,
        |lowering| apply(lowering, test, place, at),
        |_| constant(otherwise, Type::BOOL, at),
    )
}

/// A closure applied to the value held.
fn apply(lowering: &mut Lower<'_>, function: &Node, place: &Place, at: Span) -> Expr {
    let value = payload(lowering, place, at);
    closures::apply(lowering, function, vec![value], at)
}

fn error_of(lowering: &mut Lower<'_>, name: &str, place: &Place, at: Span) -> Expr {
    let error = part(place, ERROR);
    if name == "err" {
        return lowering.choose(
            tag(place, at),
            at,
            |lowering| none(lowering, at),
            |lowering| {
                let error = lowering.load(error, at);
                some(lowering, error, at)
            },
        );
    }
    let failed = Expr::unary(UnaryOp::Not, tag(place, at), Type::BOOL, at);
    lowering.assume(failed, at);
    lowering.load(error, at)
}

/// The value, or another where there is none.
fn defaulted(lowering: &mut Lower<'_>, name: &str, place: &Place, arguments: &[Node], at: Span) -> Option<Expr> {
    let held = lowering.place_type(&part(place, "0"));
    // Arguments are evaluated before the call, closures only where they are called.
    let (function, mut fallback) = match (name, arguments) {
        ("unwrap_or", [value]) => (None, Some(lowering.value(value))),
        ("map_or", [value, function]) => (Some(function), Some(lowering.value(value))),
        ("unwrap_or_else", [_]) | ("unwrap_or_default", []) => (None, None),
        ("map_or_else", [_, function]) | ("map_or_default", [function]) => (Some(function), None),
        _ => return None,
    };
    if function.is_none()
        && let Some(value) = fallback.take()
    {
        fallback = Some(convert(value, &held));
    }
    let failure = part(place, ERROR);
    Some(lowering.choose(
        tag(place, at),
        at,
        |lowering| match function {
            Some(function) => apply(lowering, function, place, at),
            None => payload(lowering, place, at),
        },
        |lowering| match (fallback, arguments.first()) {
            (Some(value), _) => value,
            (None, Some(closure)) if name.ends_with("_else") => {
                let error = lowering.load(failure, at);
                let value = closures::apply(lowering, closure, vec![error], at);
                convert(value, &held)
            }
            _ => default_value(lowering, &held, at),
        },
    ))
}

/// The default value of a type.
pub fn default_value(lowering: &mut Lower<'_>, ty: &Type, at: Span) -> Expr {
    match ty {
        Type::Int { .. } | Type::Pointer(_) => constant(0, ty.clone(), at),
        _ => {
            let place = lowering.fresh(ty.clone(), at);
            aggregates::default(lowering, &place, ty, at);
            lowering.load(place, at)
        }
    }
}

fn mapped(lowering: &mut Lower<'_>, name: &str, place: &Place, function: &Node, at: Span) -> Expr {
    let ty = lowering.place_type(place);
    let result = types::base(&ty) == Some("Result");
    let failure = place.clone();
    lowering.choose(
        tag(place, at),
        at,
        |lowering| match name {
            "map" => {
                let value = apply(lowering, function, place, at);
                if result {
                    ok(lowering, value, at)
                } else {
                    some(lowering, value, at)
                }
            }
            "and_then" => apply(lowering, function, place, at),
            "inspect" => {
                lend(lowering, function, place, at);
                lowering.load(place.clone(), at)
            }
            _ => {
                let kept = lend(lowering, function, place, at);
                lowering.choose(
                    kept,
                    at,
                    |lowering| lowering.load(place.clone(), at),
                    |lowering| none(lowering, at),
                )
            }
        },
        |lowering| match result {
            true => {
                let error = lowering.load(part(&failure, ERROR), at);
                err(lowering, error, at)
            }
            false => none(lowering, at),
        },
    )
}

/// A closure applied to a reference to the value held.
fn lend(lowering: &mut Lower<'_>, function: &Node, place: &Place, at: Span) -> Expr {
    let reference = lowering.reference(part(place, "0"), at);
    closures::apply(lowering, function, vec![reference], at)
}

fn with_error(lowering: &mut Lower<'_>, name: &str, place: &Place, error: &Node, at: Span) -> Expr {
    let lazy = matches!(name, "map_err" | "ok_or_else" | "with_context" | "wrap_err_with");
    let ready = if lazy { None } else { Some(lowering.value(error)) };
    lowering.choose(
        tag(place, at),
        at,
        |lowering| {
            let value = payload(lowering, place, at);
            ok(lowering, value, at)
        },
        |lowering| {
            let error = match ready {
                Some(error) => error,
                None => {
                    let before = lowering.load(part(place, ERROR), at);
                    closures::apply(lowering, error, vec![before], at)
                }
            };
            err(lowering, error, at)
        },
    )
}

/// The same value under the other name: `ok()` of a `Result`.
fn relabelled(lowering: &mut Lower<'_>, name: &str, place: &Place, at: Span) -> Expr {
    let value = payload(lowering, place, at);
    where_true(lowering, name, tag(place, at), value, at)
}

/// Two of a kind made one. The second is evaluated before the call, the closure of `or_else` only where it is called.
fn combined(lowering: &mut Lower<'_>, name: &str, place: &Place, other: &Node, at: Span) -> Expr {
    let full = tag(place, at);
    let first = |lowering: &mut Lower<'_>| lowering.load(place.clone(), at);
    if name == "or_else" {
        return lowering.choose(full, at, first, |lowering| {
            let error = lowering.load(part(place, ERROR), at);
            closures::apply(lowering, other, vec![error], at)
        });
    }
    let second = lowering.value(other);
    match name {
        "or" => lowering.choose(full, at, first, |_| second),
        "and" => lowering.choose(full, at, |_| second, first),
        "xor" => {
            let alone = |lowering: &mut Lower<'_>| {
                let other = lowering.place_of_value(second.clone());
                lowering.choose(tag(&other, at), at, |lowering| none(lowering, at), first)
            };
            lowering.choose(full, at, alone, |_| second.clone())
        }
        _ => {
            let zipped = |lowering: &mut Lower<'_>| {
                let other = lowering.place_of_value(second);
                let both = |lowering: &mut Lower<'_>| pair(lowering, place, &other, at);
                lowering.choose(tag(&other, at), at, both, |lowering| none(lowering, at))
            };
            lowering.choose(full, at, zipped, first)
        }
    }
}

fn pair(lowering: &mut Lower<'_>, left: &Place, right: &Place, at: Span) -> Expr {
    let values = [left, right].map(|place| payload(lowering, place, at));
    let ty = types::tuple(&[values[0].ty(), values[1].ty()]);
    let place = lowering.fresh(ty.clone(), at);
    for (index, value) in values.into_iter().enumerate() {
        lowering.body.assign(part(&place, &index.to_string()), value, at);
    }
    some(lowering, Expr::Load(place, ty, at), at)
}

/// The same with a reference to the value.
fn borrowed(lowering: &mut Lower<'_>, place: &Place, at: Span) -> Expr {
    let name = types::base(&lowering.place_type(place)).unwrap_or("Option").to_owned();
    let reference = lowering.reference(part(place, "0"), at);
    where_true(lowering, &name, tag(place, at), reference, at)
}

/// The same with what the reference held points to.
fn owned(lowering: &mut Lower<'_>, place: &Place, at: Span) -> Expr {
    let name = types::base(&lowering.place_type(place)).unwrap_or("Option").to_owned();
    let held = part(place, "0");
    let inner = aggregates::behind(lowering, held, at);
    let value = lowering.load(inner, at);
    where_true(lowering, &name, tag(place, at), value, at)
}

fn stored(lowering: &mut Lower<'_>, name: &str, place: &Place, value: &Node, at: Span) -> Expr {
    let before = lowering.load(place.clone(), at);
    let before = if name == "replace" {
        Some(lowering.kept_copy(before))
    } else {
        None
    };
    let held = part(place, "0");
    let fill = |lowering: &mut Lower<'_>| {
        let value = match name {
            "get_or_insert_with" => closures::apply(lowering, value, Vec::new(), at),
            _ => lowering.value(value),
        };
        lowering.store(&held, value, at);
        lowering.body.assign(part(place, TAG), constant(1, Type::BOOL, at), at);
    };
    if name.starts_with("get_or") {
        let (full, empty) = (lowering.body.block(), lowering.body.block());
        lowering.body.branch(tag(place, at), full, empty, at);
        lowering.body.switch_to(empty);
        fill(lowering);
        lowering.body.goto_and_switch(full);
    } else {
        fill(lowering);
    }
    match before {
        Some(before) => before,
        None => lowering.reference(held, at),
    }
}

/// Goes to `yes` where an `Option` or `Result` at a place holds a value that fits a pattern.
pub fn test_payload(
    lowering: &mut Lower<'_>,
    matching: &mut patterns::Matching,
    place: &Place,
    variant: &str,
    inner: Option<&Node>,
    at: Span,
) {
    let wanted = matches!(variant, "Some" | "Ok");
    let field = if variant == "Err" { ERROR } else { "0" };
    let fits = lowering.body.block();
    let (yes, no) = if wanted {
        (fits, matching.no)
    } else {
        (matching.no, fits)
    };
    lowering.body.branch(tag(place, at), yes, no, at);
    lowering.body.switch_to(fits);
    if let Some(inner) = inner {
        patterns::fit(lowering, matching, &part(place, field), inner);
    }
}
