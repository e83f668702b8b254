//! Values known when the program is compiled: enumerators, array lengths, `case` labels.

use crate::ir::{BinaryOp, Expr, Type, UnaryOp};
use crate::lower::values::{constant, extend};

/// How deep an expression may nest; lowering makes none that is deeper.
const DEPTH: u32 = 1_000;

/// The bits of a constant expression, in its type.
pub fn fold(value: &Expr) -> Option<u64> {
    folded(value, DEPTH)
}

/// The expression as a constant where it is one.
pub fn simplified(value: Expr) -> Expr {
    match fold(&value) {
        Some(bits) => constant(bits, value.ty(), value.at()),
        None => value,
    }
}

fn folded(value: &Expr, depth: u32) -> Option<u64> {
    let depth = depth.checked_sub(1)?;
    let bits = match value {
        Expr::Const { bits, .. } => *bits,
        Expr::Cast(inner, _, _) => extend(folded(inner, depth)?, &inner.ty()),
        Expr::Unary(op, inner, _, _) => {
            let bits = folded(inner, depth)?;
            match op {
                UnaryOp::Negate => bits.wrapping_neg(),
                UnaryOp::BitNot => !bits,
                UnaryOp::Not => u64::from(bits == 0),
            }
        }
        Expr::Binary(op, left, right, _, _) => {
            let ty = left.ty();
            let (left, right) = (
                extend(folded(left, depth)?, &ty),
                extend(folded(right, depth)?, &right.ty()),
            );
            operation(*op, left, right, &ty)?
        }
        _ => return None,
    };
    match constant(bits, value.ty(), value.at()) {
        Expr::Const { bits, .. } => Some(bits),
        _ => None,
    }
}

fn operation(op: BinaryOp, left: u64, right: u64, ty: &Type) -> Option<u64> {
    let (a, b) = (left as i64, right as i64);
    let less = if ty.signed() { a < b } else { left < right };
    let shift = u32::try_from(right).ok().filter(|&by| by < ty.bits());
    Some(match op {
        BinaryOp::Add => left.wrapping_add(right),
        BinaryOp::Subtract => left.wrapping_sub(right),
        BinaryOp::Multiply => left.wrapping_mul(right),
        BinaryOp::Divide if ty.signed() => a.checked_div(b)? as u64,
        BinaryOp::Divide => left.checked_div(right)?,
        BinaryOp::Remainder if ty.signed() => a.checked_rem(b)? as u64,
        BinaryOp::Remainder => left.checked_rem(right)?,
        BinaryOp::And => left & right,
        BinaryOp::Or => left | right,
        BinaryOp::Xor => left ^ right,
        BinaryOp::ShiftLeft => left << shift?,
        BinaryOp::ShiftRight if ty.signed() => (a >> shift?) as u64,
        BinaryOp::ShiftRight => left >> shift?,
        BinaryOp::Equal => u64::from(left == right),
        BinaryOp::NotEqual => u64::from(left != right),
        BinaryOp::Less => u64::from(less),
        BinaryOp::LessEqual => u64::from(less || left == right),
        BinaryOp::Greater => u64::from(!less && left != right),
        BinaryOp::GreaterEqual => u64::from(!less),
        BinaryOp::Min => {
            if less {
                left
            } else {
                right
            }
        }
        BinaryOp::Max => {
            if less {
                right
            } else {
                left
            }
        }
        BinaryOp::SaturatingAdd => saturated(exact(left, ty) + exact(right, ty), ty),
        BinaryOp::SaturatingSubtract => saturated(exact(left, ty) - exact(right, ty), ty),
        BinaryOp::SaturatingMultiply => saturated(exact(left, ty).saturating_mul(exact(right, ty)), ty),
    })
}

/// A number of the type as it is meant.
fn exact(bits: u64, ty: &Type) -> i128 {
    if ty.signed() {
        i128::from(bits as i64)
    } else {
        i128::from(bits)
    }
}

/// The number of the type that is nearest.
fn saturated(number: i128, ty: &Type) -> u64 {
    let all = i128::from(u64::MAX >> (64 - ty.bits()));
    let (least, most) = if ty.signed() {
        (-(all >> 1) - 1, all >> 1)
    } else {
        (0, all)
    };
    number.clamp(least, most) as u64
}
