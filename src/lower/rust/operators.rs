//! Literals, operators and casts as they are written.

use super::conversions::{as_type, common_type, convert};
use super::parts::{TAG, part};
use super::{Lower, literals};
use crate::ir::{BinaryOp, Expr, Place, Type, UnaryOp};
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// A literal.
pub fn literal(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let (at, text) = (node.span(), node.text());
    match node.role() {
        Some(Role::Integer) => match literals::integer(text) {
            Some((bits, ty)) => constant(bits, ty.unwrap_or(Type::Unknown), at),
            None => Expr::Unknown(Type::Float, at),
        },
        Some(Role::Character) => match literals::character(text) {
            Some((bits, byte)) => constant(
                u64::from(bits),
                Type::Int {
                    bits: if byte { 8 } else { 32 },
                    signed: false,
                },
                at,
            ),
            None => Expr::Unknown(
                Type::Int {
                    bits: 32,
                    signed: false,
                },
                at,
            ),
        },
        Some(Role::Boolean) => constant(u64::from(text == "true"), Type::BOOL, at),
        Some(Role::String) => string(lowering, node),
        Some(Role::Float) => Expr::Unknown(Type::Float, at),
        _ => Expr::Unknown(Type::Unknown, at),
    }
}

/// A string: a reference to bytes of known number.
fn string(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let at = node.span();
    let bytes = Type::Array(
        Box::new(Type::Int { bits: 8, signed: false }),
        literals::string_length(node.text()),
    );
    let place = Place::Var(lowering.body.temporary(bytes, at));
    Expr::Address(place, at)
}

/// `!x`: of a truth value its opposite, of an integer all bits the other way.
pub fn negation(value: Expr, at: Span) -> Expr {
    match value.ty() {
        Type::Int { bits: 1, .. } => Expr::unary(UnaryOp::Not, value, Type::BOOL, at),
        ty @ (Type::Int { .. } | Type::Unknown) => Expr::unary(UnaryOp::BitNot, value, ty, at),
        _ => Expr::Unknown(Type::Unknown, at),
    }
}

/// Two operands as the operator computes with them: the one whose type is not known takes the other's.
pub fn balance(operator: &str, left: Expr, right: Expr) -> (Expr, Expr, Type) {
    let (left, right) = (through_reference(left), through_reference(right));
    let ty = match operator {
        "<<" | ">>" => left.ty(),
        _ => common_type(&[&left, &right]),
    };
    let shift = matches!(operator, "<<" | ">>");
    let right = if shift {
        as_type(right, &ty)
    } else {
        convert(right, &ty)
    };
    let left = convert(left, &ty);
    let result = match crate::lower::values::binary_operator(operator).is_some_and(BinaryOp::is_comparison) {
        true => Type::BOOL,
        false => ty,
    };
    (left, right, result)
}

/// Operators work on references as on what they point to.
fn through_reference(value: Expr) -> Expr {
    match value.ty() {
        Type::Pointer(to) if matches!(*to, Type::Int { .. }) && is_reference(&value) => {
            let at = value.at();
            Expr::Load(crate::lower::places::deref(value), *to, at)
        }
        _ => value,
    }
}

/// Whether a value of pointer type is known to be a reference, by where it comes from: raw pointers are cast.
fn is_reference(value: &Expr) -> bool {
    matches!(value, Expr::Address(..) | Expr::Load(..))
}

/// `value as type`: of an enumeration its discriminant, of a literal with a fraction the number before it.
pub fn cast(lowering: &mut Lower<'_>, node: &Node) -> Option<Expr> {
    let (value, ty) = (node.part(Part::Value)?, node.part(Part::Type)?);
    let (at, text) = (node.span(), ty.text().to_owned());
    let ty = lowering.read_type(&text);
    if value.role() == Some(Role::Float) {
        let text: String = value.text().chars().filter(|c| *c != '_').collect();
        let number: f64 = text.trim_end_matches("f64").trim_end_matches("f32").parse().ok()?;
        // What the type does not hold becomes its largest value.
        let most = u64::MAX >> (64 - ty.bits()) >> u8::from(ty.signed());
        return matches!(ty, Type::Int { .. }).then(|| constant((number as u64).min(most), ty, at));
    }
    let value = lowering.value(&value);
    let held = lowering.value_type(&value);
    lowering.note_dynamic(&text, &held);
    let value = match value.ty() {
        of @ Type::Aggregate(_) if lowering.is_enumeration(&of) => {
            let place = lowering.place_of_value(value);
            lowering.load(part(&place, TAG), at)
        }
        _ => value,
    };
    let address = match &value {
        Expr::Address(place, _) => Some(place.clone()),
        _ => None,
    };
    match (address, &ty) {
        // A cast of a reference: what it points to stays known if the new type does not tell.
        (Some(place), Type::Pointer(to)) if **to == Type::Unknown => Some(lowering.reference(place, at)),
        _ => Some(lowering.cast_to(value, &ty, at)),
    }
}
