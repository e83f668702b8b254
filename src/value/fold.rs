//! Operations on constants.

use super::ranges::{as_signed, mask};
use super::term::Operator;

/// Computes an operation on constants as C and Rust do at the width; `None` where the result is undefined.
pub fn fold(operator: Operator, a: u64, b: u64, bits: u32) -> Option<u64> {
    let (sa, sb) = (as_signed(a, bits), as_signed(b, bits));
    let value = match operator {
        Operator::Multiply => a.wrapping_mul(b),
        Operator::Divide(_) | Operator::Remainder(_) if b == 0 => return None,
        Operator::Divide(false) => a / b,
        Operator::Divide(true) => sa.wrapping_div(sb) as u64,
        Operator::Remainder(false) => a % b,
        Operator::Remainder(true) => sa.wrapping_rem(sb) as u64,
        Operator::And => a & b,
        Operator::Or => a | b,
        Operator::Xor => a ^ b,
        Operator::ShiftLeft | Operator::ShiftRight(_) if b >= u64::from(bits) => return None,
        Operator::ShiftLeft => a << b,
        Operator::ShiftRight(false) => a >> b,
        Operator::ShiftRight(true) => (sa >> b) as u64,
        Operator::Equal => u64::from(a == b),
        Operator::Less(false) => u64::from(a < b),
        Operator::Less(true) => u64::from(sa < sb),
        Operator::Min(false) => a.min(b),
        Operator::Min(true) => sa.min(sb) as u64,
        Operator::Max(false) => a.max(b),
        Operator::Max(true) => sa.max(sb) as u64,
        Operator::SaturatingAdd(signed) => saturated(exact(a, bits, signed) + exact(b, bits, signed), bits, signed),
        Operator::SaturatingSubtract(signed) => {
            saturated(exact(a, bits, signed) - exact(b, bits, signed), bits, signed)
        }
        Operator::SaturatingMultiply(signed) => {
            let product = exact(a, bits, signed).saturating_mul(exact(b, bits, signed));
            saturated(product, bits, signed)
        }
    };
    Some(value & mask(bits))
}

/// The number that a bit pattern stands for.
fn exact(value: u64, bits: u32, signed: bool) -> i128 {
    if signed {
        i128::from(as_signed(value, bits))
    } else {
        i128::from(value)
    }
}

/// The bit pattern of the nearest number of the width.
fn saturated(number: i128, bits: u32, signed: bool) -> u64 {
    let all = i128::from(mask(bits));
    let (least, most) = if signed { (-(all >> 1) - 1, all >> 1) } else { (0, all) };
    number.clamp(least, most) as u64 & mask(bits)
}
