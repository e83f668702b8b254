//! C's integer types as gcc has them on 64-bit Linux, and expressions that carry their type and the values they may take,
//! so that nothing undefined is written: no signed overflow, no shift out of range, no division by zero.

use crate::execution::random::Random;
use crate::execution::tree::{Node, node};

/// An integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer {
    /// How a declaration spells it.
    pub name: &'static str,
    /// Its width.
    pub bits: u32,
    /// Whether it has a sign.
    pub signed: bool,
}

const fn integer(name: &'static str, bits: u32, signed: bool) -> Integer {
    Integer { name, bits, signed }
}

pub const INT: Integer = integer("int", 32, true);
pub const UNSIGNED: Integer = integer("unsigned", 32, false);
pub const LONG: Integer = integer("long", 64, true);
pub const UNSIGNED_LONG: Integer = integer("unsigned long", 64, false);
pub const SIZE: Integer = integer("size_t", 64, false);

/// The types that variables get, sizes most often.
const TYPES: &[(usize, Integer)] = &[
    (14, SIZE),
    (5, UNSIGNED_LONG),
    (5, UNSIGNED),
    (5, INT),
    (3, LONG),
    (2, integer("unsigned int", 32, false)),
    (2, integer("uint32_t", 32, false)),
    (2, integer("uint64_t", 64, false)),
    (1, integer("int32_t", 32, true)),
    (1, integer("int64_t", 64, true)),
    (2, integer("unsigned char", 8, false)),
    (1, integer("uint8_t", 8, false)),
    (1, integer("signed char", 8, true)),
    (2, integer("unsigned short", 16, false)),
    (1, integer("uint16_t", 16, false)),
    (2, integer("short", 16, true)),
    (1, integer("long long", 64, true)),
    (1, integer("unsigned long long", 64, false)),
    (1, integer("ssize_t", 64, true)),
    (1, integer("off_t", 64, true)),
];

impl Integer {
    /// A type for a variable.
    pub fn any(random: &mut Random) -> Integer {
        random.weighted(TYPES)
    }

    /// The least and the greatest value.
    pub fn range(self) -> (i128, i128) {
        match self.signed {
            true => (-(1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1),
            false => (0, (1 << self.bits) - 1),
        }
    }

    /// Whether every value from `low` to `high` is one of the type.
    fn holds(self, (low, high): (i128, i128)) -> bool {
        let (least, greatest) = self.range();
        least <= low && high <= greatest
    }

    fn promoted(self) -> Integer {
        if self.bits < 32 { INT } else { self }
    }

    fn common(self, other: Integer) -> Integer {
        let (left, right) = (self.promoted(), other.promoted());
        match left.bits.cmp(&right.bits) {
            std::cmp::Ordering::Greater => left,
            std::cmp::Ordering::Less => right,
            std::cmp::Ordering::Equal if left.signed => right,
            std::cmp::Ordering::Equal => left,
        }
    }

    fn unsigned(self) -> Integer {
        if self.bits == 64 { UNSIGNED_LONG } else { UNSIGNED }
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its text, in parentheses if it needs them as an operand.
    pub node: Node,
    /// Its type.
    pub ty: Integer,
    /// The least and greatest value it may have.
    pub range: (i128, i128),
}

impl Expr {
    /// An expression with any value of its type.
    pub fn of(node: impl Into<Node>, ty: Integer) -> Expr {
        Expr {
            node: node.into(),
            ty,
            range: ty.range(),
        }
    }

    /// An expression with its range, which is the type's own if the type does not hold it.
    pub fn ranged(node: impl Into<Node>, ty: Integer, range: (i128, i128)) -> Expr {
        Expr {
            node: node.into(),
            ty,
            range: if ty.holds(range) { range } else { ty.range() },
        }
    }

    /// `(type)x`.
    pub fn cast(self, ty: Integer) -> Expr {
        Expr::ranged(node![format!("({})", ty.name), self.node].or(&[1]), ty, self.range)
    }

    /// The value after conversion to a type that C chose, as far as its range tells.
    fn range_as(&self, ty: Integer) -> (i128, i128) {
        if ty.holds(self.range) { self.range } else { ty.range() }
    }

    /// `left operator right` for `+ - * & | ^`. Where a signed result could overflow, one operand is made unsigned.
    pub fn binary(operator: &str, left: Expr, right: Expr) -> Expr {
        let ty = left.ty.common(right.ty);
        let range = if matches!(operator, "&" | "|" | "^") {
            Some(bitwise(operator, left.range_as(ty), right.range_as(ty)).unwrap_or(ty.range()))
        } else {
            arithmetic(operator, left.range_as(ty), right.range_as(ty))
        };
        if ty.signed && !range.is_some_and(|range| ty.holds(range)) {
            return Expr::binary(operator, left.cast(ty.unsigned()), right);
        }
        let node = node!["(", left.node, format!(" {operator} "), right.node, ")"]
            .or(&[1])
            .or(&[3]);
        Expr::ranged(node, ty, range.unwrap_or(ty.range()))
    }

    /// `x << count`, `x >> count`, `x / count`, `x % count` with a constant that is in range for the promoted type.
    pub fn with_constant(self, operator: &str, random: &mut Random) -> Expr {
        let mut left = self;
        if operator == "<<" && left.ty.promoted().signed {
            let ty = left.ty.promoted().unsigned();
            left = left.cast(ty);
        }
        let ty = left.ty.promoted();
        let count = match operator {
            "<<" | ">>" => random.one(&[1, 2, 4, 8, 12, 12, 16, ty.bits as usize / 2, ty.bits as usize - 1]),
            _ => random.one(&[2, 3, 4, 8, 16, 256, 4096]),
        };
        let (low, high) = left.range;
        let range = match operator {
            ">>" => (low >> count, high >> count),
            "/" => (low / count as i128, high / count as i128),
            "%" => (if low < 0 { 1 - count as i128 } else { 0 }, count as i128 - 1),
            _ => ty.range(),
        };
        Expr::ranged(
            node!["(", left.node, format!(" {operator} {count})")].or(&[1]),
            ty,
            range,
        )
    }

    /// An operand for `target operator= x` whose computation cannot overflow: unsigned at the width that C computes with.
    pub fn unsigned(self, target: Integer) -> Expr {
        let ty = self.ty.common(target);
        if ty.signed { self.cast(ty.unsigned()) } else { self }
    }

    /// `~x` or `-x`.
    pub fn negated(operator: &str, operand: Expr) -> Expr {
        let ty = operand.ty.promoted();
        if operator == "-" && ty.signed && operand.range.0 == ty.range().0 {
            return Expr::negated(operator, operand.cast(ty.unsigned()));
        }
        let (low, high) = operand.range;
        let range = if operator == "-" {
            (-high, -low)
        } else {
            (-high - 1, -low - 1)
        };
        Expr::ranged(node![format!("({operator}"), operand.node, ")"].or(&[1]), ty, range)
    }

    /// A truth value as an `int`.
    pub fn truth(node: impl Into<Node>) -> Expr {
        Expr::ranged(node, INT, (0, 1))
    }

    /// `test ? yes : no`.
    pub fn select(test: Node, yes: Expr, no: Expr) -> Expr {
        let ty = yes.ty.common(no.ty);
        let (a, b) = (yes.range_as(ty), no.range_as(ty));
        let node = node!["(", test, " ? ", yes.node, " : ", no.node, ")"].or(&[3]).or(&[5]);
        Expr::ranged(node, ty, (a.0.min(b.0), a.1.max(b.1)))
    }

    /// A constant, spelled in one of the ways that C has for it.
    pub fn constant(random: &mut Random, value: i128) -> Expr {
        let (text, ty) = spelled(random, value);
        Expr::ranged(text, ty, (value, value))
    }
}

/// The range of `+`, `-` or `*`, or nothing if it is too wide to say.
fn arithmetic(operator: &str, (a, b): (i128, i128), (c, d): (i128, i128)) -> Option<(i128, i128)> {
    match operator {
        "+" => Some((a + c, b + d)),
        "-" => Some((a - d, b - c)),
        _ => {
            let products = [
                a.checked_mul(c)?,
                a.checked_mul(d)?,
                b.checked_mul(c)?,
                b.checked_mul(d)?,
            ];
            Some((*products.iter().min()?, *products.iter().max()?))
        }
    }
}

/// The range of `&`, `|` or `^` on operands without sign bit.
fn bitwise(operator: &str, (a, b): (i128, i128), (c, d): (i128, i128)) -> Option<(i128, i128)> {
    if a < 0 || c < 0 {
        return None;
    }
    let all_bits = ((b.max(d) + 1) as u128).next_power_of_two() as i128 - 1;
    Some((0, if operator == "&" { b.min(d) } else { all_bits }))
}

fn spelled(random: &mut Random, value: i128) -> (String, Integer) {
    if value == 0 {
        return random.one(&[
            ("0".to_owned(), INT),
            ("0".to_owned(), INT),
            ("0".to_owned(), INT),
            ("0U".to_owned(), UNSIGNED),
            ("0UL".to_owned(), UNSIGNED_LONG),
            ("0L".to_owned(), LONG),
            ("0x0".to_owned(), INT),
            ("00".to_owned(), INT),
            ("'\\0'".to_owned(), INT),
            ("(size_t)0".to_owned(), SIZE),
        ]);
    }
    let ty = if value <= i128::from(i32::MAX) { INT } else { LONG };
    let mut forms = vec![(value.to_string(), ty)];
    if value > 0 {
        forms.push((format!("{value}UL"), UNSIGNED_LONG));
        if value <= i128::from(u32::MAX) {
            forms.push((format!("0x{value:x}"), if ty == INT { INT } else { UNSIGNED }));
            forms.push((format!("{value}u"), UNSIGNED));
            forms.push((format!("0{value:o}"), if ty == INT { INT } else { UNSIGNED }));
        }
    } else {
        forms[0].0 = format!("({value})");
    }
    random.one(&forms)
}
