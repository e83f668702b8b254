//! Values as other types. Rust converts nothing by itself; what is converted here are literals and values whose type could
//! not be seen, once the other side tells it.

use crate::ir::{Expr, Type};
use crate::lower::values::{constant, extend};

/// The value as a type: only what has no type of its own changes.
pub fn convert(value: Expr, to: &Type) -> Expr {
    match (&value, to) {
        (
            Expr::Const {
                bits,
                ty: Type::Unknown,
                at,
            },
            Type::Int { .. } | Type::Pointer(_),
        ) => constant(*bits, to.clone(), *at),
        (Expr::Unknown(Type::Unknown, at), to) => Expr::Unknown(to.clone(), *at),
        (_, Type::Int { .. }) if value.ty() == Type::Unknown => Expr::cast(value.clone(), to.clone(), value.at()),
        (_, Type::Int { bits, .. }) if is_other_width(&value.ty(), *bits) => {
            let at = value.at();
            Expr::cast(value, to.clone(), at)
        }
        _ => value,
    }
}

/// The types of a program that compiles agree; where they don't, one was read wrongly, and the value must fit all the same.
fn is_other_width(ty: &Type, width: u8) -> bool {
    matches!(ty, Type::Int { bits, .. } if *bits != width)
}

/// A value of any integer type as another.
pub fn as_type(value: Expr, ty: &Type) -> Expr {
    let from = value.ty();
    match value {
        value if from == *ty || matches!(ty, Type::Unknown | Type::Aggregate(_)) => value,
        Expr::Const { bits, at, .. } => constant(extend(bits, &from), ty.clone(), at),
        value => {
            let at = value.at();
            Expr::cast(value, ty.clone(), at)
        }
    }
}

/// The type of the first value that tells one.
pub fn common_type(values: &[&Expr]) -> Type {
    let types: Vec<Type> = values.iter().map(|value| value.ty()).collect();
    let rank = |ty: &Type| match ty {
        Type::Void => 0,
        Type::Unknown => 1,
        Type::Aggregate(name) if name.contains('_') => 2,
        _ => 3,
    };
    // The first of those that tell most.
    let best = types.iter().rev().max_by_key(|ty| rank(ty));
    best.cloned().unwrap_or(Type::Unknown)
}
