//! Operations that say whether the result fits: `checked_…`, `overflowing_…`, `saturating_…`.

use super::integers::{Operands, power, rounded_up};
use super::{Lower, options, types};
use crate::ir::{BinaryOp, Expr, Type};
use crate::lower::values::constant;

/// Whether an operation stays in its type, and what it gives.
fn exact(lowering: &mut Lower<'_>, operation: &str, operands: &Operands) -> Option<(Expr, Expr)> {
    let unknown = || Expr::Unknown(Type::BOOL, operands.at);
    let signed = operands.ty.signed();
    Some(match operation {
        "add" => {
            let sum = operands.binary(BinaryOp::Add);
            let test = Expr::Binary(
                BinaryOp::GreaterEqual,
                Box::new(sum.clone()),
                Box::new(operands.left.clone()),
                Type::BOOL,
                operands.at,
            );
            (if signed { signed_test(&sum) } else { test }, sum)
        }
        "sub" => {
            let difference = operands.binary(BinaryOp::Subtract);
            (
                if signed {
                    signed_test(&difference)
                } else {
                    operands.binary(BinaryOp::GreaterEqual)
                },
                difference,
            )
        }
        "mul" => {
            let product = operands.binary(BinaryOp::Multiply);
            let test = if signed {
                signed_test(&product)
            } else {
                no_overflow(lowering, operands, &product)
            };
            (test, product)
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
            let test = Expr::Binary(
                BinaryOp::Less,
                Box::new(operands.right.clone()),
                Box::new(width),
                Type::BOOL,
                operands.at,
            );
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

/// Of constants the result tells; else a signed operation may always overflow.
fn signed_test(result: &Expr) -> Expr {
    Expr::Unknown(Type::BOOL, result.at())
}

/// Whether a product of unsigned numbers is the true one: divided by one factor it gives the other.
fn no_overflow(lowering: &mut Lower<'_>, operands: &Operands, product: &Expr) -> Expr {
    let at = operands.at;
    let back = Expr::Binary(
        BinaryOp::Divide,
        Box::new(product.clone()),
        Box::new(operands.right.clone()),
        operands.ty.clone(),
        at,
    );
    let test = Expr::Binary(
        BinaryOp::Equal,
        Box::new(back),
        Box::new(operands.left.clone()),
        Type::BOOL,
        at,
    );
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
    let overflowed = Expr::Unary(crate::ir::UnaryOp::Not, Box::new(test), Type::BOOL, at);
    lowering.set(super::aggregates::part(&place, "0"), value, at);
    lowering.set(super::aggregates::part(&place, "1"), overflowed, at);
    Some(Expr::Load(place, ty, at))
}

pub fn saturating(lowering: &mut Lower<'_>, operation: &str, operands: &Operands) -> Option<Expr> {
    if operands.ty.signed() {
        return None;
    }
    let (test, value) = exact(lowering, operation, operands)?;
    // The largest number is one that no program means; that it is not zero is what counts.
    let most = Expr::NonZero(operands.ty.clone(), "the largest number", operands.at);
    Some(lowering.choose(test, operands.at, |_| value, |_| most))
}
