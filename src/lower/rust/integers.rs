//! Methods and limits of integers, and the operations that say whether their result fits: `checked_…`, `overflowing_…`,
//! `saturating_…`.

use super::conversions::{as_type, common_type, convert};
use super::parts::{TAG, part};
use super::{Lower, operators, options, types};
use crate::ir::{BinaryOp, Expr, Type, UnaryOp};
use crate::lower::values::constant;
use crate::source::Span;

/// `MAX`, `MIN` or `BITS` of an integer type.
pub fn limit(ty: &Type, name: &str, at: Span) -> Expr {
    let all = u64::MAX >> (64 - ty.bits());
    match (name, ty.signed()) {
        ("BITS", _) => constant(
            u64::from(ty.bits()),
            Type::Int {
                bits: 32,
                signed: false,
            },
            at,
        ),
        ("MAX", true) => constant(all >> 1, ty.clone(), at),
        ("MAX", false) => constant(all, ty.clone(), at),
        (_, true) => constant((all >> 1) + 1, ty.clone(), at),
        (_, false) => constant(0, ty.clone(), at),
    }
}

/// The tag of a variant of `Ordering`.
pub fn ordering(name: &str) -> Option<i64> {
    match name {
        "Less" => Some(-1),
        "Equal" => Some(0),
        "Greater" => Some(1),
        _ => None,
    }
}

/// Operands of a method in one type.
pub struct Operands {
    /// The receiver.
    pub left: Expr,
    /// The argument.
    pub right: Expr,
    /// Their type.
    pub ty: Type,
    /// The call.
    pub at: Span,
}

impl Operands {
    pub fn binary(&self, op: BinaryOp) -> Expr {
        let ty = if op.is_comparison() {
            Type::BOOL
        } else {
            self.ty.clone()
        };
        Expr::binary(op, self.left.clone(), self.right.clone(), ty, self.at)
    }

    pub fn number(&self, bits: u64) -> Expr {
        constant(bits, self.ty.clone(), self.at)
    }

    /// A comparison of the receiver with a number.
    fn compared(&self, op: BinaryOp, with: u64) -> Expr {
        let number = self.number(with);
        Expr::comparison(op, self.left.clone(), number, self.at)
    }

    pub fn is_zero(&self, value: &Expr) -> Expr {
        let zero = self.number(0);
        Expr::comparison(BinaryOp::Equal, value.clone(), zero, self.at)
    }

    pub fn is_not_zero(&self, value: &Expr) -> Expr {
        let zero = self.number(0);
        Expr::comparison(BinaryOp::NotEqual, value.clone(), zero, self.at)
    }
}

/// A method of an integer, called with its operands as values. `None`: no integer has it, or nothing is known of it.
pub fn method(lowering: &mut Lower<'_>, name: &str, receiver: Expr, arguments: &[Expr], at: Span) -> Option<Expr> {
    let ty = match common_type(&std::iter::once(&receiver).chain(arguments).collect::<Vec<_>>()) {
        Type::Unknown => Type::SIZE,
        ty @ Type::Int { .. } => ty,
        _ => return None,
    };
    let own = match receiver.ty() {
        Type::Int { .. } => receiver.ty(),
        _ => ty,
    };
    if let Some(value) = folded(name, &receiver, arguments, at) {
        return Some(value);
    }
    let left = lowering.steady(convert(receiver, &own), at);
    let fit = |value: &Expr| match name {
        "pow" | "checked_pow" | "wrapping_pow" | "saturating_pow" => value.clone(),
        _ => as_type(value.clone(), &own),
    };
    match arguments {
        [] => alone(lowering, name, left, &own, at),
        [right] => {
            let right = lowering.steady(fit(right), at);
            // Only as many bits of the distance count as there are places.
            let right = match name {
                "wrapping_shl" | "wrapping_shr" if own.bits().is_power_of_two() => {
                    let places = constant(u64::from(own.bits() - 1), own.clone(), at);
                    Expr::binary(BinaryOp::And, right, places, own.clone(), at)
                }
                _ => right,
            };
            pair(
                lowering,
                name,
                &Operands {
                    left,
                    right,
                    ty: own,
                    at,
                },
            )
        }
        [low, high] if name == "clamp" => {
            let (low, high) = (fit(low), fit(high));
            let raised = Expr::binary(BinaryOp::Max, left, low, own.clone(), at);
            Some(Expr::binary(BinaryOp::Min, raised, high, own, at))
        }
        _ => None,
    }
}

/// What methods that count or move bits give for constants whose width is known.
fn folded(name: &str, receiver: &Expr, arguments: &[Expr], at: Span) -> Option<Expr> {
    let Expr::Const {
        bits,
        ty: ty @ Type::Int { bits: 2..=64, .. },
        ..
    } = receiver
    else {
        return None;
    };
    let (bits, width) = (*bits, ty.bits());
    let unused = 64 - width;
    let all = u64::MAX >> unused;
    let count = |number: u32| {
        let ty = Type::Int {
            bits: 32,
            signed: false,
        };
        constant(u64::from(number), ty, at)
    };
    let same = |bits: u64| constant(bits & all, ty.clone(), at);
    let negative = ty.signed() && bits >> (width - 1) & 1 == 1;
    Some(match (name, arguments) {
        ("count_ones", []) => count(bits.count_ones()),
        ("count_zeros", []) => count(width - bits.count_ones()),
        ("leading_zeros", []) => count(bits.leading_zeros() - unused),
        ("trailing_zeros", []) => count(bits.trailing_zeros().min(width)),
        ("leading_ones", []) => count((bits << unused).leading_ones()),
        ("trailing_ones", []) => count(bits.trailing_ones()),
        ("ilog2", []) if bits != 0 && !negative => count(bits.ilog2()),
        ("isqrt", []) if !negative => same(bits.isqrt()),
        ("signum", []) => same(if negative { u64::MAX } else { u64::from(bits != 0) }),
        ("swap_bytes" | "to_be" | "from_be", []) => same(bits.swap_bytes() >> unused),
        ("reverse_bits", []) => same(bits.reverse_bits() >> unused),
        ("rotate_left" | "rotate_right", [Expr::Const { bits: by, .. }]) => {
            let by = u32::try_from(by % u64::from(width)).ok()?;
            let left = if name == "rotate_left" {
                by
            } else {
                (width - by) % width
            };
            same(bits.checked_shl(left)? | bits.checked_shr(width - left).unwrap_or(0))
        }
        _ => return None,
    })
}

/// The type of the same width without a sign.
fn unsigned(ty: &Type) -> Type {
    match ty {
        Type::Int { bits, .. } => Type::Int {
            bits: *bits,
            signed: false,
        },
        ty => ty.clone(),
    }
}

/// Methods without arguments.
fn alone(lowering: &mut Lower<'_>, name: &str, value: Expr, ty: &Type, at: Span) -> Option<Expr> {
    let one = Operands {
        left: value.clone(),
        right: value.clone(),
        ty: ty.clone(),
        at,
    };
    let negated = || Expr::unary(UnaryOp::Negate, value.clone(), ty.clone(), at);
    Some(match name {
        "next_power_of_two" | "checked_next_power_of_two" => next_power_of_two(lowering, name, &one),
        "is_power_of_two" => is_power_of_two(lowering, &one),
        "abs" | "wrapping_abs" | "unsigned_abs" | "saturating_abs" => {
            let below = one.compared(BinaryOp::Less, 0);
            let opposite = match name {
                // The smallest number has no opposite.
                "saturating_abs" => Expr::NonZero(ty.clone(), "an absolute value", at),
                _ => negated(),
            };
            let magnitude = lowering.choose(below, at, |_| opposite, |_| value);
            if name == "unsigned_abs" {
                as_type(magnitude, &unsigned(ty))
            } else {
                magnitude
            }
        }
        "wrapping_neg" | "neg" => negated(),
        "checked_neg" => {
            let opposite = negated();
            let test = if ty.signed() {
                Expr::Unknown(Type::BOOL, at)
            } else {
                one.is_zero(&value)
            };
            options::where_true(lowering, "Option", test, opposite, at)
        }
        "swap_bytes" | "reverse_bits" | "to_be" | "to_le" | "from_be" | "from_le" => {
            zero_if_zero(lowering, &one, "a permutation of bits")
        }
        "is_positive" => one.compared(BinaryOp::Greater, 0),
        "is_negative" => one.compared(BinaryOp::Less, 0),
        "clone" | "to_owned" | "borrow" | "as_usize" | "to_usize" | "into" | "bits" => value,
        "not" => operators::negation(value, at),
        "count_ones" | "count_zeros" | "leading_zeros" | "trailing_zeros" | "ilog2" | "trailing_ones"
        | "leading_ones" => counted(lowering, name, &one),
        "ilog10" | "checked_ilog2" | "checked_ilog10" => Expr::Unknown(
            Type::Int {
                bits: 32,
                signed: false,
            },
            at,
        ),
        "isqrt" => zero_if_zero(lowering, &one, "a root"),
        "signum" => zero_if_zero(lowering, &one, "a sign"),
        _ => return None,
    })
}

/// The power of two that is not below the operand.
fn next_power_of_two(lowering: &mut Lower<'_>, name: &str, operands: &Operands) -> Expr {
    let at = operands.at;
    let small = operands.compared(BinaryOp::LessEqual, 1);
    let power = match &operands.left {
        Expr::Const { bits, .. } => operands.number(bits.checked_next_power_of_two().unwrap_or(0)),
        _ => {
            let power = Expr::NonZero(operands.ty.clone(), "a power of two", at);
            lowering.choose(small, at, |_| operands.number(1), |_| power)
        }
    };
    match name.starts_with("checked") {
        true => options::where_true(lowering, "Option", Expr::Unknown(Type::BOOL, at), power, at),
        false => power,
    }
}

/// Whether the operand is not zero, and has no bit in common with one less than it.
fn is_power_of_two(lowering: &mut Lower<'_>, operands: &Operands) -> Expr {
    let Operands { left, ty, at, .. } = operands;
    let one = operands.number(1);
    let less = Expr::binary(BinaryOp::Subtract, left.clone(), one, ty.clone(), *at);
    let rest = Expr::binary(BinaryOp::And, left.clone(), less, ty.clone(), *at);
    let single = operands.is_zero(&rest);
    let nonzero = operands.is_not_zero(left);
    lowering.choose(nonzero, *at, |_| single, |_| constant(0, Type::BOOL, *at))
}

/// A number of bits: where it is zero is told by some bits of the operand.
fn counted(lowering: &mut Lower<'_>, name: &str, operands: &Operands) -> Expr {
    let at = operands.at;
    let all = u64::MAX >> (64 - operands.ty.bits());
    let (mask, wanted) = match name {
        "count_ones" => (all, 0),
        "count_zeros" => (all, all),
        "leading_zeros" => (all ^ (all >> 1), all ^ (all >> 1)),
        "leading_ones" => (all ^ (all >> 1), 0),
        "trailing_zeros" => (1, 1),
        "trailing_ones" => (1, 0),
        // The logarithm of 1.
        _ => (all, 1),
    };
    let masked = operands.number(mask);
    let masked = Expr::binary(BinaryOp::And, operands.left.clone(), masked, operands.ty.clone(), at);
    let wanted = operands.number(wanted);
    let none = Expr::comparison(BinaryOp::Equal, masked, wanted, at);
    let ty = Type::Int {
        bits: 32,
        signed: false,
    };
    let zero = constant(0, ty.clone(), at);
    lowering.choose(none, at, |_| zero, |_| Expr::NonZero(ty, "a number of bits", at))
}

/// Zero if the left operand is, else something else.
fn zero_if_zero(lowering: &mut Lower<'_>, operands: &Operands, reason: &'static str) -> Expr {
    let (value, ty, at) = (operands.left.clone(), operands.ty.clone(), operands.at);
    lowering.choose(
        operands.is_not_zero(&value),
        at,
        |_| Expr::NonZero(ty, reason, at),
        |_| value.clone(),
    )
}

/// Methods with one argument.
fn pair(lowering: &mut Lower<'_>, name: &str, operands: &Operands) -> Option<Expr> {
    if let Some(op) = plain(name) {
        return Some(operands.binary(op));
    }
    let at = operands.at;
    let (family, operation) = name.split_once('_').unwrap_or((name, ""));
    match (family, operation) {
        ("checked", _) => checked(lowering, operation, operands),
        ("overflowing", _) => overflowing(lowering, operation, operands),
        ("unchecked" | "strict", "pow") | ("pow", "") => Some(power(lowering, operands)),
        // What does not fit may leave nothing.
        ("wrapping", "pow") => Some(match power(lowering, operands) {
            power @ Expr::Const { .. } => power,
            _ => Expr::Unknown(operands.ty.clone(), at),
        }),
        ("abs", "diff") => {
            let (left, right) = (
                operands.binary(BinaryOp::Subtract),
                swapped(operands).binary(BinaryOp::Subtract),
            );
            let distance = lowering.choose(operands.binary(BinaryOp::Greater), at, |_| left, |_| right);
            Some(as_type(distance, &unsigned(&operands.ty)))
        }
        ("div" | "rem", "euclid") => Some(euclid(lowering, family, operands)),
        ("wrapping" | "strict", "div_euclid") => Some(euclid(lowering, "div", operands)),
        ("wrapping" | "strict", "rem_euclid") => Some(euclid(lowering, "rem", operands)),
        ("unbounded", "shl" | "shr") => {
            let op = if operation == "shl" {
                BinaryOp::ShiftLeft
            } else {
                BinaryOp::ShiftRight
            };
            let shifted = operands.binary(op);
            let (ty, signed) = (operands.ty.clone(), operands.ty.signed());
            let all = |_: &mut Lower<'_>| {
                if signed {
                    Expr::Unknown(ty, at)
                } else {
                    constant(0, ty, at)
                }
            };
            Some(lowering.choose(within_width(operands), at, |_| shifted, all))
        }
        ("div", "ceil") | ("next", "multiple_of") => Some(rounded_up(lowering, name, operands)),
        ("is", "multiple_of") => {
            let rest = operands.binary(BinaryOp::Remainder);
            Some(operands.is_zero(&rest))
        }
        ("rotate", _) => Some(zero_if_zero(lowering, operands, "a rotation")),
        ("cmp", "") => Some(compare(lowering, operands)),
        ("partial", "cmp") => {
            let order = compare(lowering, operands);
            Some(options::some(lowering, order, at))
        }
        _ => None,
    }
}

fn swapped(operands: &Operands) -> Operands {
    Operands {
        left: operands.right.clone(),
        right: operands.left.clone(),
        ty: operands.ty.clone(),
        at: operands.at,
    }
}

/// Methods that are an operator.
fn plain(name: &str) -> Option<BinaryOp> {
    Some(match name {
        "max" => BinaryOp::Max,
        "min" => BinaryOp::Min,
        "wrapping_add" | "unchecked_add" | "strict_add" | "add" => BinaryOp::Add,
        "wrapping_sub" | "unchecked_sub" | "strict_sub" | "sub" => BinaryOp::Subtract,
        "wrapping_mul" | "unchecked_mul" | "strict_mul" | "mul" => BinaryOp::Multiply,
        "wrapping_div" | "strict_div" | "div" | "saturating_div" => BinaryOp::Divide,
        "saturating_add" => BinaryOp::SaturatingAdd,
        "saturating_sub" => BinaryOp::SaturatingSubtract,
        "saturating_mul" => BinaryOp::SaturatingMultiply,
        "wrapping_rem" | "strict_rem" | "rem" => BinaryOp::Remainder,
        "wrapping_shl" | "unchecked_shl" | "shl" => BinaryOp::ShiftLeft,
        "wrapping_shr" | "unchecked_shr" | "shr" => BinaryOp::ShiftRight,
        "bitand" => BinaryOp::And,
        "bitor" => BinaryOp::Or,
        "bitxor" => BinaryOp::Xor,
        "eq" => BinaryOp::Equal,
        "ne" => BinaryOp::NotEqual,
        "lt" => BinaryOp::Less,
        "le" => BinaryOp::LessEqual,
        "gt" => BinaryOp::Greater,
        "ge" => BinaryOp::GreaterEqual,
        _ => return None,
    })
}

/// The quotient or remainder of a division whose remainder is not negative.
fn euclid(lowering: &mut Lower<'_>, family: &str, operands: &Operands) -> Expr {
    let at = operands.at;
    let (quotient, rest) = (operands.binary(BinaryOp::Divide), operands.binary(BinaryOp::Remainder));
    let plain = if family == "div" { quotient } else { rest.clone() };
    if !operands.ty.signed() {
        return plain;
    }
    let plain = lowering.steady(plain, at);
    let below = |value: Expr| Expr::comparison(BinaryOp::Less, value, operands.number(0), at);
    // Of a negative remainder one divisor more, of the quotient one step in its direction.
    let step = if family == "div" {
        operands.number(1)
    } else {
        operands.right.clone()
    };
    let (more, less) = match family {
        "div" => (BinaryOp::Add, BinaryOp::Subtract),
        _ => (BinaryOp::Subtract, BinaryOp::Add),
    };
    let moved = |op, from: &Expr| Expr::binary(op, from.clone(), step.clone(), operands.ty.clone(), at);
    let corrected = |lowering: &mut Lower<'_>| {
        let divisor = below(operands.right.clone());
        lowering.choose(divisor, at, |_| moved(more, &plain), |_| moved(less, &plain))
    };
    lowering.choose(below(rest), at, corrected, |_| plain.clone())
}

/// Whether a shift is by less than the width.
fn within_width(operands: &Operands) -> Expr {
    let width = operands.number(u64::from(operands.ty.bits()));
    Expr::comparison(BinaryOp::Less, operands.right.clone(), width, operands.at)
}

/// Zero if the base is zero and the exponent is not.
pub fn power(lowering: &mut Lower<'_>, operands: &Operands) -> Expr {
    let at = operands.at;
    match (&operands.left, &operands.right) {
        (_, Expr::Const { bits: 0, .. }) => operands.number(1),
        (_, Expr::Const { bits: 1, .. }) => operands.left.clone(),
        (Expr::Const { bits: base, .. }, Expr::Const { bits: exponent, .. }) => {
            operands.number(base.wrapping_pow(u32::try_from(*exponent).unwrap_or(u32::MAX)))
        }
        (base, Expr::Const { .. }) => {
            let (base, ty) = (base.clone(), operands.ty.clone());
            lowering.choose(
                operands.is_not_zero(&base),
                at,
                |_| Expr::NonZero(ty, "a power", at),
                |_| base.clone(),
            )
        }
        (Expr::Const { bits, .. }, _) if *bits != 0 => Expr::NonZero(operands.ty.clone(), "a power", at),
        _ => Expr::Unknown(operands.ty.clone(), at),
    }
}

/// Division that rounds up, or the next multiple: zero only of zero.
fn rounded_up(lowering: &mut Lower<'_>, name: &str, operands: &Operands) -> Expr {
    if let (Expr::Const { bits: left, .. }, Expr::Const { bits: right, .. }) = (&operands.left, &operands.right)
        && *right != 0
    {
        let quotient = left.div_ceil(*right);
        return operands.number(if name == "div_ceil" {
            quotient
        } else {
            quotient.wrapping_mul(*right)
        });
    }
    let reason = if name == "div_ceil" {
        "rounded up"
    } else {
        "a multiple of something"
    };
    zero_if_zero(lowering, operands, reason)
}

/// `a.cmp(&b)`
fn compare(lowering: &mut Lower<'_>, operands: &Operands) -> Expr {
    let at = operands.at;
    let tag = |value: i64| constant(value as u64, Type::Int { bits: 8, signed: true }, at);
    let equal = operands.binary(BinaryOp::Equal);
    let tag = lowering.choose(
        operands.binary(BinaryOp::Less),
        at,
        |_| tag(-1),
        |lowering| lowering.choose(equal, at, |_| tag(0), |_| tag(1)),
    );
    let ty = Type::Aggregate("Ordering".to_owned());
    let place = lowering.fresh(ty.clone(), at);
    lowering.body.assign(part(&place, TAG), tag, at);
    Expr::Load(place, ty, at)
}

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
            let test = divides(lowering, operands);
            let value = match operation.strip_suffix("_euclid") {
                Some(family) => euclid(lowering, family, operands),
                None => operands.binary(op),
            };
            (test, value)
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
            (within_width(operands), operands.binary(op))
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

/// Whether a division has a result: the smallest number has no opposite.
fn divides(lowering: &mut Lower<'_>, operands: &Operands) -> Expr {
    let at = operands.at;
    let divisor = operands.is_not_zero(&operands.right);
    if !operands.ty.signed() || matches!(operands.right, Expr::Const { bits, .. } if (bits as i64) > 0 && bits < 1 << 7)
    {
        return divisor;
    }
    let opposite = operands.number(u64::MAX);
    let opposite = Expr::comparison(BinaryOp::Equal, operands.right.clone(), opposite, at);
    lowering.choose(
        divisor,
        at,
        |lowering| {
            lowering.choose(
                opposite,
                at,
                |_| Expr::Unknown(Type::BOOL, at),
                |_| constant(1, Type::BOOL, at),
            )
        },
        |_| constant(0, Type::BOOL, at),
    )
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
    let at = operands.at;
    let (test, value) = match operation {
        // Only as many bits of the distance count as there are places.
        "shl" | "shr" => {
            let places = operands.number(u64::from(operands.ty.bits()) - 1);
            let right = Expr::binary(BinaryOp::And, operands.right.clone(), places, operands.ty.clone(), at);
            let (test, left) = (within_width(operands), operands.left.clone());
            let ty = operands.ty.clone();
            (test, exact(lowering, operation, &Operands { left, right, ty, at })?.1)
        }
        "pow" => (Expr::Unknown(Type::BOOL, at), Expr::Unknown(operands.ty.clone(), at)),
        _ => exact(lowering, operation, operands)?,
    };
    let ty = types::tuple(&[value.ty(), Type::BOOL]);
    let place = lowering.fresh(ty.clone(), at);
    let overflowed = Expr::unary(UnaryOp::Not, test, Type::BOOL, at);
    lowering.body.assign(part(&place, "0"), value, at);
    lowering.body.assign(part(&place, "1"), overflowed, at);
    Some(Expr::Load(place, ty, at))
}
