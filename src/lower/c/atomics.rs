//! Atomic operations, of C11, of the compilers and of C++: what they do to a number, whoever else may do something to it.

use super::C;
use crate::ir::{BinaryOp, Expr, Place, Type};
use crate::lower::Lowering;
use crate::lower::places::deref;
use crate::source::Span;
use crate::syntax::Node;

/// What an atomic operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atomic {
    /// Gives the number.
    Load,
    /// Sets it.
    Store,
    /// Sets it and gives what it was.
    Exchange,
    /// Computes it anew with the operand and gives what it was.
    FetchAnd(BinaryOp),
    /// Computes it anew with the operand and gives what it is then.
    AndFetch(BinaryOp),
}

/// The operation that a function of C11 (7.17.7), of GCC (`__atomic`, `__sync`) or of `std::atomic` performs.
pub fn operation(name: &str) -> Option<Atomic> {
    let name = name.strip_suffix("_explicit").unwrap_or(name);
    Some(match name {
        "atomic_load" | "__atomic_load_n" | "load" => Atomic::Load,
        "atomic_store" | "atomic_init" | "__atomic_store_n" | "store" => Atomic::Store,
        "atomic_exchange" | "__atomic_exchange_n" | "exchange" => Atomic::Exchange,
        _ => {
            let fetched = ["atomic_fetch_", "__atomic_fetch_", "__sync_fetch_and_", "fetch_"]
                .iter()
                .find_map(|prefix| name.strip_prefix(prefix));
            if let Some(operator) = fetched {
                return Some(Atomic::FetchAnd(operator_named(operator)?));
            }
            let computed = name
                .strip_prefix("__atomic_")
                .and_then(|rest| rest.strip_suffix("_fetch"))
                .or_else(|| {
                    name.strip_prefix("__sync_")
                        .and_then(|rest| rest.strip_suffix("_and_fetch"))
                });
            Atomic::AndFetch(operator_named(computed?)?)
        }
    })
}

fn operator_named(name: &str) -> Option<BinaryOp> {
    Some(match name {
        "add" => BinaryOp::Add,
        "sub" => BinaryOp::Subtract,
        "and" => BinaryOp::And,
        "or" => BinaryOp::Or,
        "xor" => BinaryOp::Xor,
        _ => return None,
    })
}

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
            Atomic::FetchAnd(op) | Atomic::AndFetch(op) => {
                Expr::Binary(op, Box::new(before.clone()), Box::new(operand), ty, at)
            }
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
