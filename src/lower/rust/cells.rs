//! Methods of structures that hold one value (`NonZero`, `Cell`, …), of `Layout`, `Ordering` and ranges.

use super::conversions::convert;
use super::parts::{TAG, part};
use super::{Lower, closures, integers, options, types};
use crate::ir::{BinaryOp, Expr, Place, Type};
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;

/// A method called on a place of the type.
pub fn method(
    lowering: &mut Lower<'_>,
    name: &str,
    place: &Place,
    ty: &Type,
    nodes: &[Node],
    at: Span,
) -> Option<Expr> {
    match types::base(ty)? {
        "NonZero" => non_zero(lowering, name, place, nodes, at),
        "OnceCell" | "OnceLock" => once(lowering, name, place, nodes, at),
        "Cell" | "RefCell" | "UnsafeCell" | "Mutex" | "RwLock" | "LazyCell" => cell(lowering, name, place, nodes, at),
        "Atomic" => atomic(lowering, name, place, nodes, at),
        "Layout" if name == "size" => Some(lowering.load(part(place, "size"), at)),
        "Layout" if name == "align" => Some(Expr::NonZero(Type::SIZE, "an alignment", at)),
        "Ordering" => ordering(lowering, name, place, at),
        "Range" | "RangeInclusive" => range(lowering, name, place, ty, nodes, at),
        _ => None,
    }
}

/// Whether a type is there to be changed by all who point to it.
pub fn is_shared(ty: &Type) -> bool {
    matches!(
        types::base(ty),
        Some("Cell" | "RefCell" | "UnsafeCell" | "Mutex" | "RwLock" | "Atomic" | "OnceCell" | "OnceLock")
    )
}

/// The number at a place: that in a `NonZero` is not zero.
pub fn held_number(lowering: &mut Lower<'_>, place: &Place, at: Span) -> Expr {
    match types::base(&lowering.place_type(place)) {
        Some("NonZero") => {
            let held = part(place, "0");
            let value = lowering.load(held, at);
            let zero = constant(0, value.ty(), at);
            let test = Expr::comparison(BinaryOp::NotEqual, value.clone(), zero, at);
            lowering.assume(test, at);
            value
        }
        Some("Wrapping" | "Saturating") => lowering.load(part(place, "0"), at),
        _ => lowering.load(place.clone(), at),
    }
}

fn non_zero(lowering: &mut Lower<'_>, name: &str, place: &Place, nodes: &[Node], at: Span) -> Option<Expr> {
    let value = held_number(lowering, place, at);
    if matches!(name, "get" | "into" | "clone") {
        return if name == "clone" {
            Some(lowering.load(place.clone(), at))
        } else {
            Some(value)
        };
    }
    let mut arguments = Vec::new();
    for node in nodes {
        let argument = lowering.value(node);
        arguments.push(match argument.ty() {
            Type::Aggregate(_) => {
                let place = lowering.place_of_value(argument);
                held_number(lowering, &place, at)
            }
            _ => argument,
        });
    }
    // Arithmetic on such numbers gives one of them again.
    let result = integers::method(lowering, name, value, &arguments, at)?;
    match result.ty() {
        Type::Int { bits: 1, .. } | Type::Aggregate(_) => Some(result),
        inner => {
            let ty = types::generic("NonZero", &[inner]);
            let place = lowering.fresh(ty.clone(), at);
            lowering.body.assign(part(&place, "0"), result, at);
            Some(Expr::Load(place, ty, at))
        }
    }
}

fn cell(lowering: &mut Lower<'_>, name: &str, place: &Place, nodes: &[Node], at: Span) -> Option<Expr> {
    let held = part(place, "0");
    let ty = lowering.place_type(&held);
    match (name, nodes) {
        ("get" | "into_inner", []) => Some(lowering.load(held, at)),
        ("borrow" | "borrow_mut" | "get_mut", []) => Some(lowering.reference(held, at)),
        // What a lock in a global holds, other threads may have changed.
        ("lock" | "read" | "write", []) if place.root_global().is_none() => {
            let inside = lowering.reference(held, at);
            Some(options::ok(lowering, inside, at))
        }
        ("set", [node]) => {
            let value = lowering.value(node);
            lowering.store(&held, convert(value, &ty), at);
            Some(Expr::Unknown(Type::Void, at))
        }
        ("replace", [node]) => {
            let before = lowering.load(held.clone(), at);
            let before = lowering.kept_copy(before);
            let value = lowering.value(node);
            lowering.store(&held, convert(value, &ty), at);
            Some(before)
        }
        ("take", []) => {
            let before = lowering.load(held.clone(), at);
            let before = lowering.kept_copy(before);
            super::aggregates::default(lowering, &held, &ty, at);
            Some(before)
        }
        ("update", [function]) => {
            let before = lowering.load(held.clone(), at);
            let value = closures::apply(lowering, function, vec![before], at);
            lowering.store(&held, value, at);
            Some(Expr::Unknown(Type::Void, at))
        }
        _ => None,
    }
}

/// A cell that is filled once. Whether one in a global is, other threads decide.
fn once(lowering: &mut Lower<'_>, name: &str, place: &Place, nodes: &[Node], at: Span) -> Option<Expr> {
    let held = part(place, "0");
    let tag = options::tag(place, at);
    match (name, nodes) {
        ("get", []) => {
            let inside = lowering.reference(held, at);
            Some(options::where_true(lowering, "Option", tag, inside, at))
        }
        ("get_or_init", [function]) => Some(lowering.choose(
            tag,
            at,
            |lowering| lowering.reference(held.clone(), at),
            |lowering| {
                let value = closures::apply(lowering, function, Vec::new(), at);
                let own = lowering.place_of_value(value.clone());
                lowering.store(&held, value, at);
                lowering.body.assign(part(place, TAG), constant(1, Type::BOOL, at), at);
                let shown = if place.root_global().is_some() {
                    own
                } else {
                    held.clone()
                };
                lowering.reference(shown, at)
            },
        )),
        ("set", [node]) => {
            let value = lowering.value(node);
            Some(lowering.choose(
                tag,
                at,
                |lowering| options::err(lowering, value.clone(), at),
                |lowering| {
                    lowering.store(&held, value.clone(), at);
                    lowering.body.assign(part(place, TAG), constant(1, Type::BOOL, at), at);
                    options::ok(lowering, Expr::Unknown(Type::Void, at), at)
                },
            ))
        }
        _ => None,
    }
}

/// An atomic: the same as a number in a cell, for nothing is assumed of when other threads run.
fn atomic(lowering: &mut Lower<'_>, name: &str, place: &Place, nodes: &[Node], at: Span) -> Option<Expr> {
    let held = part(place, "0");
    let ty = lowering.place_type(&held);
    let before = lowering.load(held.clone(), at);
    let operation = match (name, nodes) {
        ("load", [_]) | ("into_inner", []) => return Some(before),
        ("get_mut", []) => return Some(lowering.reference(held, at)),
        ("store" | "swap", [..]) => None,
        (_, [_, _]) => Some(match name.strip_prefix("fetch_")? {
            "add" => BinaryOp::Add,
            "sub" => BinaryOp::Subtract,
            "and" => BinaryOp::And,
            "or" => BinaryOp::Or,
            "xor" => BinaryOp::Xor,
            "max" => BinaryOp::Max,
            "min" => BinaryOp::Min,
            _ => return None,
        }),
        _ => return None,
    };
    let before = lowering.kept_copy(before);
    let value = convert(lowering.value(nodes.first()?), &ty);
    let after = match operation {
        Some(op) => Expr::binary(op, before.clone(), value, ty, at),
        None => value,
    };
    lowering.store(&held, after, at);
    Some(before)
}

fn ordering(lowering: &mut Lower<'_>, name: &str, place: &Place, at: Span) -> Option<Expr> {
    let op = match name {
        "is_eq" => BinaryOp::Equal,
        "is_ne" => BinaryOp::NotEqual,
        "is_lt" => BinaryOp::Less,
        "is_le" => BinaryOp::LessEqual,
        "is_gt" => BinaryOp::Greater,
        "is_ge" => BinaryOp::GreaterEqual,
        _ => return None,
    };
    let tag = lowering.load(part(place, TAG), at);
    let zero = constant(0, tag.ty(), at);
    Some(Expr::comparison(op, tag, zero, at))
}

fn range(lowering: &mut Lower<'_>, name: &str, place: &Place, ty: &Type, nodes: &[Node], at: Span) -> Option<Expr> {
    let bound = |lowering: &mut Lower<'_>, name: &str| lowering.load(part(place, name), at);
    let end = if types::base(ty) == Some("Range") { "<" } else { "<=" };
    match (name, nodes) {
        ("contains", [node]) => {
            let value = lowering.value(node);
            let value = lowering.place_behind(value);
            let value = lowering.load(value, at);
            let (low, high) = (bound(lowering, "start"), bound(lowering, "end"));
            let above = lowering.operation("<=", low, value.clone(), at);
            Some(lowering.choose(
                above,
                at,
                |lowering| lowering.operation(end, value, high, at),
                |_| constant(0, Type::BOOL, at),
            ))
        }
        ("is_empty", []) => {
            let (low, high) = (bound(lowering, "start"), bound(lowering, "end"));
            Some(lowering.operation(if end == "<" { ">=" } else { ">" }, low, high, at))
        }
        ("len", []) if end == "<" => {
            let (low, high) = (bound(lowering, "start"), bound(lowering, "end"));
            let arguments = [low];
            integers::method(lowering, "saturating_sub", high, &arguments, at)
        }
        ("start" | "end", []) => Some(lowering.reference(part(place, name), at)),
        _ => None,
    }
}
