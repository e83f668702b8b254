//! What a function does with the result of a call: a failure is MAP_FAILED, never NULL (mremap(2), RETURN VALUE).

use crate::ir::{BinaryOp, Call, Callee, End, Expr, Function, Place, Stmt, UnaryOp, VarId};
use crate::kernel::ResultUse;
use std::collections::BTreeSet;

/// How the function around a call treats its result, from the call on.
pub fn result_use(function: &Function, call: &Call) -> ResultUse {
    if returns_result(&call.callee) {
        return ResultUse::Other;
    }
    let held = match &call.to {
        None => return ResultUse::Unused,
        Some(Place::Var(variable)) => copies(function, *variable),
        Some(_) => return ResultUse::Other,
    };
    let mut uses = Uses {
        held,
        call,
        read: false,
        null: false,
        failure: false,
    };
    uses.function(function);
    match uses {
        Uses { failure: true, .. } => ResultUse::Other,
        Uses { null: true, .. } => ResultUse::ComparedWithNull,
        Uses { read: false, .. } => ResultUse::Unused,
        _ => ResultUse::Other,
    }
}

/// Crates that wrap the call give a `Result`.
fn returns_result(callee: &Callee) -> bool {
    matches!(callee, Callee::Named(path) if path.starts_with("nix::") || path.starts_with("rustix::"))
}

/// A variable and those that get its value.
fn copies(function: &Function, variable: VarId) -> BTreeSet<VarId> {
    let mut held = BTreeSet::from([variable]);
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        if let Stmt::Set {
            to: Place::Var(copy),
            value,
            ..
        } = statement
            && matches!(value.uncast(), Expr::Load(Place::Var(from), ..) if held.contains(from))
        {
            held.insert(*copy);
        }
    }
    held
}

struct Uses<'ir> {
    held: BTreeSet<VarId>,
    call: &'ir Call,
    read: bool,
    null: bool,
    failure: bool,
}

impl Uses<'_> {
    fn function(&mut self, function: &Function) {
        for block in &function.blocks {
            for statement in &block.statements {
                match statement {
                    Stmt::Set { to, value, .. } => {
                        self.place(to);
                        // The copies are looked for themselves.
                        if !matches!(value.uncast(), Expr::Load(Place::Var(_), ..)) || !matches!(to, Place::Var(_)) {
                            self.value(value);
                        }
                    }
                    Stmt::Call(call) => {
                        call.to.iter().for_each(|to| self.place(to));
                        call.arguments.iter().for_each(|argument| self.value(&argument.value));
                        if let Callee::Pointer(pointer) = &call.callee {
                            self.value(pointer);
                        }
                    }
                    Stmt::Copy { from, .. } => self.place(from),
                    Stmt::Clear { .. } | Stmt::Havoc { .. } => {}
                }
            }
            match &block.end {
                End::Branch { test, .. } => {
                    self.null |= self.is_result(test);
                    self.value(test);
                }
                End::Return(Some(value), _) => self.value(value),
                _ => {}
            }
        }
    }

    /// Whether an expression is the result, read after the call.
    fn is_result(&self, value: &Expr) -> bool {
        let later = value.at().file != self.call.at.file || value.at().end >= self.call.at.end;
        later && matches!(value.uncast(), Expr::Load(Place::Var(variable), ..) if self.held.contains(variable))
    }

    fn value(&mut self, value: &Expr) {
        self.read |= self.is_result(value);
        match value {
            Expr::Binary(BinaryOp::Equal | BinaryOp::NotEqual, left, right, ..) => {
                for (one, other) in [(left, right), (right, left)] {
                    if let Expr::Const { bits, .. } = other.uncast()
                        && self.is_result(one)
                    {
                        self.null |= *bits == 0;
                        self.failure |= *bits != 0;
                    }
                }
                self.value(left);
                self.value(right);
            }
            // Errors as negative numbers.
            Expr::Binary(op, left, right, ..) => {
                self.failure |= op.is_comparison() && (self.is_result(left) || self.is_result(right));
                self.value(left);
                self.value(right);
            }
            Expr::Unary(op, inner, ..) => {
                self.null |= *op == UnaryOp::Not && self.is_result(inner);
                self.value(inner);
            }
            Expr::Cast(inner, ..) => self.value(inner),
            Expr::Address(Place::Var(variable), _) => self.read |= self.held.contains(variable),
            Expr::Load(place, ..) | Expr::Address(place, _) => self.place(place),
            Expr::Const { .. } | Expr::Function(..) | Expr::NonZero(..) | Expr::Unknown(..) => {}
        }
    }

    fn place(&mut self, place: &Place) {
        match place {
            Place::Field(inner, _) => self.place(inner),
            Place::Index(inner, index) => {
                self.place(inner);
                self.value(index);
            }
            Place::Deref(pointer) => self.value(pointer),
            _ => {}
        }
    }
}
