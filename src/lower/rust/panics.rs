//! Panics: what is caught leaves all that was stored before it, and runs the `drop`s of what it leaves.

use super::names::segments;
use super::{Lower, closures, options, sequences};
use crate::ir::{BinaryOp, End, Expr, Place, Type};
use crate::lower::builder::Merge;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// A panic: it goes where it is caught, if that is in sight.
pub fn panic(lowering: &mut Lower<'_>, at: Span) {
    match lowering.body.handlers.last() {
        Some(&(handler, frames)) => lowering.leave_to(handler, frames, at),
        None => lowering.body.end(End::Stop),
    }
}

/// Where an expression that may panic is evaluated and panics are caught, it may have panicked or not. Of elements and
/// divisions the operands tell, once they are there.
pub fn perhaps(lowering: &mut Lower<'_>, node: &Node) {
    if may_panic(node) {
        perhaps_where(lowering, Expr::Unknown(Type::BOOL, node.span()), node.span());
    }
}

/// Goes where a panic is caught, if that is in sight, unless the test holds.
pub fn perhaps_where(lowering: &mut Lower<'_>, fine: Expr, at: Span) {
    if lowering.body.handlers.is_empty() {
        return;
    }
    let (panics, next) = (lowering.body.block(), lowering.body.block());
    lowering.body.branch(fine, next, panics, at);
    lowering.body.switch_to(panics);
    panic(lowering, at);
    lowering.body.switch_to(next);
}

/// An element of an array, slice or vector: there is none behind the last.
pub fn indexing(lowering: &mut Lower<'_>, array: &Place, index: &Expr, at: Span) {
    if lowering.body.handlers.is_empty() {
        return;
    }
    let ty = lowering.place_type(array);
    let fine = match matches!(ty, Type::Array(..)) && matches!(index.ty(), Type::Int { .. }) {
        true => {
            let length = sequences::length(lowering, array, at);
            Expr::comparison(BinaryOp::Less, index.clone(), length, at)
        }
        false => Expr::Unknown(Type::BOOL, at),
    };
    perhaps_where(lowering, fine, at);
}

/// A division: by zero there is no result, and the smallest number has no opposite.
pub fn dividing(lowering: &mut Lower<'_>, operator: &str, right: &Expr, at: Span) {
    if !matches!(operator, "/" | "%") || lowering.body.handlers.is_empty() {
        return;
    }
    let fine = match right.ty() {
        ty @ Type::Int { signed: false, .. } => {
            let zero = constant(0, ty, at);
            Expr::comparison(BinaryOp::NotEqual, right.clone(), zero, at)
        }
        _ => Expr::Unknown(Type::BOOL, at),
    };
    perhaps_where(lowering, fine, at);
}

/// Whether what an expression itself does can panic, whatever its operands are: calls, macros, arithmetic that overflows.
fn may_panic(node: &Node) -> bool {
    let operator = || node.part(Part::Operator).map(|operator| operator.text().to_owned());
    match node.role() {
        Some(Role::Call | Role::MacroCall) => true,
        Some(Role::Binary) => {
            operator().is_none_or(|operator| matches!(operator.as_str(), "+" | "-" | "*" | "<<" | ">>"))
        }
        Some(Role::Unary) => operator().is_none_or(|operator| operator == "-"),
        Some(Role::Assign) => operator().is_some_and(|operator| operator != "="),
        _ => false,
    }
}

/// `catch_unwind(function)`
pub fn caught(lowering: &mut Lower<'_>, function: &Node, at: Span) -> Expr {
    let (handler, exit) = (lowering.body.block(), lowering.body.block());
    let frames = lowering.language.frames.len();
    lowering.body.handlers.push((handler, frames));
    let value = closures::apply(lowering, &asserted(function), Vec::new(), at);
    lowering.body.handlers.pop();
    let mut merge = Merge::default();
    let value = options::ok(lowering, value, at);
    lowering.arrive(&mut merge, value, exit);
    lowering.body.switch_to(handler);
    let value = options::err(lowering, Expr::Unknown(Type::Unknown, at), at);
    lowering.arrive(&mut merge, value, exit);
    lowering.body.switch_to(exit);
    lowering.merged(merge, at)
}

/// Lowers the arguments of a call that is not seen, which may catch the panics of closures among them.
pub fn catching<T>(lowering: &mut Lower<'_>, catches: bool, read: impl FnOnce(&mut Lower<'_>) -> T) -> T {
    let before = std::mem::replace(&mut lowering.language.catches, catches);
    let read = read(lowering);
    lowering.language.catches = before;
    read
}

/// Whether a method that is not visible runs what it gets where a panic does not leave its caller: in another thread or
/// task. All others are taken for those of iterators and the like, which catch nothing.
pub fn are_caught(method: &str) -> bool {
    method.starts_with("spawn") || method == "catch_unwind"
}

/// What `AssertUnwindSafe(…)` and brackets hold.
fn asserted(node: &Node) -> Node {
    let mut current = node.clone();
    loop {
        let inner = match current.role() {
            Some(Role::Parenthesized) => current.part(Part::Value),
            Some(Role::Call) => {
                let callee = current.part(Part::Callee).map(|callee| segments(callee.text()));
                let named = callee.is_some_and(|path| path.last().is_some_and(|name| name == "AssertUnwindSafe"));
                let list = current.part(Part::Arguments).filter(|_| named);
                list.and_then(|list| list.children().next())
            }
            _ => None,
        };
        match inner {
            Some(inner) => current = inner,
            None => return current,
        }
    }
}
