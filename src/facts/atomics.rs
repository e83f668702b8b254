//! The atomic operations of C11, of the compilers and of C++.
//!
//! Sources: ISO C 7.17.7, ISO C++ `std::atomic`, the built-in functions that GCC documents.

use crate::ir::BinaryOp;

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
        "atomic_exchange" | "__atomic_exchange_n" | "__sync_lock_test_and_set" | "exchange" => Atomic::Exchange,
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
