//! Atomic operations: what they do to a number, whoever else may do something to it.

use super::C;
use crate::facts::Atomic;
use crate::ir::{Expr, Place, Type};
use crate::lower::Lowering;
use crate::lower::places::deref;
use crate::source::Span;
use crate::syntax::Node;

impl Lowering<'_, C> {
    /// A call of a function whose first argument points to the number.
    pub fn atomic_call(&mut self, atomic: Atomic, arguments: &[Node], at: Span) -> Option<Expr> {
        let (pointer, operands) = arguments.split_first()?;
        let pointer = self.value(pointer);
        let place = deref(self.decayed(pointer));
        self.atomic(atomic, &place, operands.first(), at)
    }

    /// The operation on the number at a place.
    pub fn atomic(&mut self, atomic: Atomic, place: &Place, operand: Option<&Node>, at: Span) -> Option<Expr> {
        let ty = self.place_type(place);
        let before = self.load(place.clone(), at);
        if atomic == Atomic::Load {
            return Some(before);
        }
        let before = self.kept_copy(before);
        let operand = self.value(operand?);
        let operand = self.converted(operand, &ty, at);
        let after = match atomic {
            Atomic::FetchAnd(op) | Atomic::AndFetch(op) => Expr::binary(op, before.clone(), operand, ty, at),
            _ => operand,
        };
        self.store(place, after, at);
        Some(match atomic {
            Atomic::AndFetch(_) => self.load(place.clone(), at),
            Atomic::Store => Expr::Unknown(Type::Void, at),
            _ => before,
        })
    }
}
