//! Operations that say whether the result fits: `checked_…`, `overflowing_…`, `saturating_…`.

use super::integers::{Operands, power, rounded_up};
use super::{Lower, options, types};
use crate::ir::{BinaryOp, Expr, Type, UnaryOp};
use crate::lower::values::constant;

/// Whether an operation stays in its type, and what it gives.
fn exact(lowering: &mut Lower<'_>, operation: &str, operands: &Operands) -> Option<(Expr, Expr)> {
    let unknown = || Expr::Unknown(Type::BOOL, operands.at);
    Some(match operation {
        "add" | "sub" => {
            let sum = operands.binary(if operation == "add" {
                BinaryOp::Add
            } else {
                BinaryOp::Subtract
            });
            (fits(operation, operands, &sum), sum)
        }
        "mul" => {
            let product = operands.binary(BinaryOp::Multiply);
            (no_overflow(lowering, operands, &product), product)
        }
        "div" | "rem" | "div_euclid" | "rem_euclid" => {
            let op = if operation.starts_with("div") {
                BinaryOp::Divide
            } else {
                BinaryOp::Remainder
            };
            let test = operands.is_not_zero(&operands.right);
            (test, operands.binary(op))
        }
        "next_multiple_of" => (
            operands.is_not_zero(&operands.right),
            rounded_up(lowering, operation, operands),
        ),
        "shl" | "shr" => {
            let op = if operation == "shl" {
                BinaryOp::ShiftLeft
            } else {
                BinaryOp::ShiftRight
            };
            let width = operands.number(u64::from(operands.ty.bits()));
            let test = Expr::comparison(BinaryOp::Less, operands.right.clone(), width, operands.at);
            (test, operands.binary(op))
        }
        "pow" => (unknown(), power(lowering, operands)),
        "add_signed" | "sub_unsigned" | "add_unsigned" | "sub_signed" => {
            let op = if operation.starts_with("add") {
                BinaryOp::Add
            } else {
                BinaryOp::Subtract
            };
            (unknown(), operands.binary(op))
        }
        _ => return None,
    })
}

/// Whether a sum or difference is the true one: it lies on that side of the left operand to which the right one moves it.
fn fits(operation: &str, operands: &Operands, result: &Expr) -> Expr {
    let compared = |op, left: &Expr, right: &Expr| Expr::comparison(op, left.clone(), right.clone(), operands.at);
    let (left, right) = (&operands.left, &operands.right);
    match (operation, operands.ty.signed()) {
        ("add", false) => compared(BinaryOp::GreaterEqual, result, left),
        (_, false) => compared(BinaryOp::GreaterEqual, left, right),
        (_, true) => {
            let fallen = match operation {
                "add" => compared(BinaryOp::Less, result, left),
                _ => compared(BinaryOp::Less, left, result),
            };
            let negative = compared(BinaryOp::Less, right, &operands.number(0));
            compared(BinaryOp::Equal, &fallen, &negative)
        }
    }
}

/// Whether a product is the true one: divided by one factor it gives the other.
fn no_overflow(lowering: &mut Lower<'_>, operands: &Operands, product: &Expr) -> Expr {
    let at = operands.at;
    let back = Expr::binary(
        BinaryOp::Divide,
        product.clone(),
        operands.right.clone(),
        operands.ty.clone(),
        at,
    );
    let test = Expr::comparison(BinaryOp::Equal, back, operands.left.clone(), at);
    lowering.choose(
        operands.is_not_zero(&operands.right),
        at,
        |_| test,
        |_| constant(1, Type::BOOL, at),
    )
}

pub fn checked(lowering: &mut Lower<'_>, operation: &str, operands: &Operands) -> Option<Expr> {
    let (test, value) = exact(lowering, operation, operands)?;
    Some(options::where_true(lowering, "Option", test, value, operands.at))
}

pub fn overflowing(lowering: &mut Lower<'_>, operation: &str, operands: &Operands) -> Option<Expr> {
    let (test, value) = exact(lowering, operation, operands)?;
    let at = operands.at;
    let ty = types::tuple(&[value.ty(), Type::BOOL]);
    let place = lowering.fresh(ty.clone(), at);
    let overflowed = Expr::unary(UnaryOp::Not, test, Type::BOOL, at);
    lowering.body.assign(super::aggregates::part(&place, "0"), value, at);
    lowering
        .body
        .assign(super::aggregates::part(&place, "1"), overflowed, at);
    Some(Expr::Load(place, ty, at))
}
