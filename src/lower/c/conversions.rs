//! Conversions and arithmetic: promotion, the usual arithmetic conversions, pointers that move.

use super::C;
use super::types::LONG;
use crate::ir::{BinaryOp, Expr, Place, Type, UnaryOp};
use crate::lower::Lowering;
use crate::lower::places::deref;
use crate::lower::values::{constant, extend};
use crate::source::Span;

impl Lowering<'_, C> {
    /// The value as the type that it is stored to.
    pub fn converted(&mut self, value: Expr, to: &Type, at: Span) -> Expr {
        let value = self.decayed(value);
        let from = value.ty();
        match (&from, to) {
            _ if from == *to => value,
            (Type::Aggregate(_), Type::Aggregate(_)) => self.converted_class(value, to, at),
            (Type::Int { .. } | Type::Pointer(_) | Type::Float, Type::Aggregate(_)) if self.constructs(to) => {
                let place = Place::Var(self.body.temporary(to.clone(), at));
                self.construct_with(&place, vec![value], at);
                self.load(place, at)
            }
            (_, Type::Unknown | Type::Void | Type::Aggregate(_) | Type::Array(..)) => value,
            (Type::Aggregate(_), Type::Int { .. } | Type::Pointer(_)) => match self.converted_object(&value, to, at) {
                Some(value) => self.cast_to(value, to, at),
                None => Expr::Unknown(to.clone(), at),
            },
            (Type::Pointer(_), Type::Pointer(_)) => match value {
                Expr::Address(..) | Expr::Function(..) => value,
                value => self.cast_to(value, to, at),
            },
            _ => self.cast_to(value, to, at),
        }
    }

    /// An object as one of another class: the part of it that is of its base, what a conversion that either class has makes of
    /// it, or not known.
    pub fn converted_class(&mut self, value: Expr, to: &Type, at: Span) -> Expr {
        let from = value.ty();
        let (Type::Aggregate(class), Type::Aggregate(target)) = (&from, to) else {
            return value;
        };
        let known = self.language.cpp && self.structure(class).is_some() && self.structure(target).is_some();
        if !known || plain_name(class) == plain_name(target) {
            return value;
        }
        let place = Place::Var(self.body.temporary(to.clone(), at));
        if self.derives(class, target) {
            let whole = self.place_of_value(value);
            self.body.copy(place.clone(), whole, at);
            self.note_class(&place, to, at);
            return self.load(place, at);
        }
        match self.converted_object(&value, to, at) {
            Some(converted) if converted.ty() == *to => return converted,
            _ if self.constructs(to) => self.construct_with(&place, vec![value], at),
            _ => self.body.havoc(place.clone(), at),
        }
        self.load(place, at)
    }

    /// Whether a class is a base of another, or names it.
    pub fn derives(&mut self, class: &str, base: &str) -> bool {
        let ty = Type::Aggregate(class.to_owned());
        self.find_in_bases(&ty, |structure| {
            structure.bases.iter().any(|name| name == base).then_some(())
        })
        .is_some()
    }

    /// Integer promotion.
    pub fn promoted(&mut self, value: Expr) -> Expr {
        let value = self.decayed(value);
        let (ty, at) = (value.ty(), value.at());
        match ty {
            Type::Int { bits, .. } if bits < 32 => self.cast_to(value, &Type::INT, at),
            // A bit-field that `int` has room for is computed as `int`.
            Type::Int {
                bits: 32,
                signed: false,
            } if self.bit_width(&value).is_some_and(|width| width < 32) => self.cast_to(value, &Type::INT, at),
            _ => value,
        }
    }

    /// The usual arithmetic conversions, pointers to bytes included.
    pub fn balanced(&mut self, operator: &str, left: Expr, right: Expr) -> (Expr, Expr, Type) {
        let (left, right) = (self.promoted(left), self.promoted(right));
        let (a, b) = (left.ty(), right.ty());
        if matches!(operator, "<<" | ">>") {
            return (left, right, a);
        }
        let common = arithmetic_type(&a, &b);
        let comparison = matches!(operator, "==" | "!=" | "<" | "<=" | ">" | ">=" | "not_eq");
        let (left, right) = match (is_pointer(&left), is_pointer(&right), operator) {
            (true, false, "+" | "-") => {
                let at = right.at();
                (left, self.cast_to(right, &LONG, at))
            }
            (false, true, "+") => {
                let at = left.at();
                (self.cast_to(left, &LONG, at), right)
            }
            _ => {
                let (from_left, from_right) = (left.at(), right.at());
                let sized = |value: Expr| match (value, &common) {
                    (
                        Expr::Const {
                            bits,
                            ty: ty @ Type::Int { .. },
                            at,
                        },
                        Type::Unknown,
                    ) => constant(extend(bits, &ty), Type::Unknown, at),
                    (value, _) => value,
                };
                let (left, right) = (sized(left), sized(right));
                (
                    self.converted(left, &common, from_left),
                    self.converted(right, &common, from_right),
                )
            }
        };
        let result = if comparison { Type::BOOL } else { common };
        (left, right, result)
    }

    /// A pointer moved by elements that are not bytes: the address of the element. Bytes are counted like numbers.
    pub fn moved(&mut self, pointer: &Expr, by: &Expr, back: bool, at: Span) -> Option<Expr> {
        let pointer = self.decayed(pointer.clone());
        if !is_pointer(&pointer) || !matches!(by.ty(), Type::Int { .. } | Type::Unknown) {
            return None;
        }
        let pointee = self.pointee_type(&pointer);
        if matches!(pointee, Type::Void | Type::Int { bits: 1 | 8, .. }) {
            return None;
        }
        let by = self.cast_to(by.clone(), &LONG, at);
        let index = match by {
            Expr::Const { bits, ty, at } if back => constant(bits.wrapping_neg(), ty, at),
            by if back => Expr::unary(UnaryOp::Negate, by, LONG, at),
            by => by,
        };
        let base = match pointer {
            Expr::Address(place, _) if matches!(self.place_type(&place), Type::Array(..)) => place,
            pointer => deref(pointer),
        };
        Some(Expr::Address(Place::element(base, index), at))
    }

    /// A difference of two pointers counts elements. `None`: not such a difference.
    pub fn difference(&mut self, left: &Expr, right: &Expr, at: Span) -> Option<Expr> {
        let (left, right) = (self.decayed(left.clone()), self.decayed(right.clone()));
        if !is_pointer(&left) || !is_pointer(&right) {
            return None;
        }
        let pointee = self.pointee_type(&left);
        let bytes = |value: Expr| Box::new(Expr::cast(value, LONG, at));
        let distance = Expr::Binary(BinaryOp::Subtract, bytes(left), bytes(right), LONG, at);
        Some(self.unscaled(distance, &pointee, at))
    }

    pub(super) fn unscaled(&mut self, distance: Expr, pointee: &Type, at: Span) -> Expr {
        match self.size_of_type(pointee) {
            Some(1) => distance,
            Some(size) if size > 1 => {
                let size = constant(size, LONG, at);
                Expr::binary(BinaryOp::Divide, distance, size, LONG, at)
            }
            _ => Expr::Unknown(LONG, at),
        }
    }
}

fn is_pointer(value: &Expr) -> bool {
    matches!(value.ty(), Type::Pointer(_))
}

/// The type in which two promoted operands are computed.
pub fn arithmetic_type(a: &Type, b: &Type) -> Type {
    match (a, b) {
        (Type::Float, _) | (_, Type::Float) => Type::Float,
        (Type::Pointer(_), Type::Pointer(to)) if **to == Type::Unknown => a.clone(),
        (Type::Pointer(_), Type::Pointer(_)) => b.clone(),
        (Type::Pointer(_), _) => a.clone(),
        (_, Type::Pointer(_)) => b.clone(),
        (Type::Int { bits: x, signed: s }, Type::Int { bits: y, signed: t }) => match x.cmp(y) {
            std::cmp::Ordering::Equal => Type::Int {
                bits: *x,
                signed: *s && *t,
            },
            std::cmp::Ordering::Greater => a.clone(),
            std::cmp::Ordering::Less => b.clone(),
        },
        // Whatever the other is, it is no wider: the result is of the widest unsigned type.
        (
            Type::Int {
                bits: 64,
                signed: false,
            },
            _,
        ) => a.clone(),
        (
            _,
            Type::Int {
                bits: 64,
                signed: false,
            },
        ) => b.clone(),
        _ => Type::Unknown,
    }
}

/// The name of a class without its scope and what a template was given.
fn plain_name(class: &str) -> &str {
    let plain = class.split('<').next().unwrap_or(class);
    plain.rsplit("::").next().unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_arithmetic_conversions() {
        let int = |bits, signed| Type::Int { bits, signed };
        assert_eq!(arithmetic_type(&Type::INT, &int(32, false)), int(32, false));
        assert_eq!(arithmetic_type(&LONG, &int(32, false)), LONG);
        assert_eq!(arithmetic_type(&LONG, &Type::SIZE), Type::SIZE);
        assert_eq!(arithmetic_type(&Type::INT, &Type::Float), Type::Float);
        assert_eq!(arithmetic_type(&Type::Unknown, &Type::INT), Type::Unknown);
        assert_eq!(arithmetic_type(&Type::Unknown, &Type::SIZE), Type::SIZE);
    }
}
