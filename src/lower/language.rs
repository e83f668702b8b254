//! What lowering asks of each language: the seam between the meaning of roles, which is the same for all, and what differs.

use super::Lowering;
use crate::ir::{BlockId, Expr, Place, Type};
use crate::source::Span;
use crate::syntax::Node;

/// What differs between languages. The functions that return an `Option` or `bool` have the first look at a node; with
/// `None` or `false` it means what its role means everywhere.
pub trait Language: Sized {
    /// Whether names that the test of a branch declares are visible in its `else`.
    const TEST_NAMES_IN_ELSE: bool = true;

    /// A block was opened: its statements are about to be lowered.
    fn enter_block(lowering: &mut Lowering<'_, Self>, statements: &mut Vec<Node>) {
        let _ = (lowering, statements);
    }

    /// A block is about to be closed.
    fn leave_block(lowering: &mut Lowering<'_, Self>) {
        let _ = lowering;
    }

    /// A scope that is no block is about to be closed: of a test, or of a loop's variables.
    fn leave_scope(lowering: &mut Lowering<'_, Self>) {
        let _ = lowering;
    }

    /// Control leaves the scopes of the objects that began after so many.
    fn end_objects(lowering: &mut Lowering<'_, Self>, since: usize, at: Span) {
        let _ = (lowering, since, at);
    }

    /// A throw leaves the scopes of what came after an attempt began, which is told by what its handler has noted.
    fn unwind(lowering: &mut Lowering<'_, Self>, since: usize, at: Span) {
        Self::end_objects(lowering, since, at);
    }

    /// Control may leave the scopes of any objects.
    fn may_end_objects(lowering: &mut Lowering<'_, Self>, at: Span) {
        let _ = (lowering, at);
    }

    /// What a `switch` or `match` tests.
    fn subject(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        let value = lowering.value(node);
        let value = Self::promote(lowering, value);
        lowering.kept(value)
    }

    /// Lowers a statement in its own way.
    fn statement(lowering: &mut Lowering<'_, Self>, node: &Node) -> bool {
        let _ = (lowering, node);
        false
    }

    /// Lowers an expression in its own way.
    fn value(lowering: &mut Lowering<'_, Self>, node: &Node) -> Option<Expr> {
        let _ = (lowering, node);
        None
    }

    /// Lowers an expression that designates a place in its own way.
    fn place(lowering: &mut Lowering<'_, Self>, node: &Node) -> Option<Place> {
        let _ = (lowering, node);
        None
    }

    /// Lowers a truth value to a branch in its own way.
    fn condition(lowering: &mut Lowering<'_, Self>, node: &Node, yes: BlockId, no: BlockId) -> bool {
        let _ = (lowering, node, yes, no);
        false
    }

    /// A name that is no variable in scope: a constant, global or function.
    fn name(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr;

    /// A literal: integer, character, string, float, boolean, null.
    fn literal(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr;

    /// `sizeof` and its like.
    fn size(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr;

    /// The type that a type node names.
    fn type_of(lowering: &mut Lowering<'_, Self>, node: &Node) -> Type;

    /// The type of a field of a structure type.
    fn field_type(lowering: &mut Lowering<'_, Self>, object: &Type, field: &str) -> Type;

    /// The type of a global.
    fn global_type(lowering: &mut Lowering<'_, Self>, name: &str) -> Type;

    /// A call.
    fn call(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr;

    /// A local declaration.
    fn declare(lowering: &mut Lowering<'_, Self>, node: &Node);

    /// Stores the values of an aggregate node to a place of the type.
    fn aggregate(lowering: &mut Lowering<'_, Self>, place: &Place, ty: &Type, node: &Node);

    /// A function written as a value.
    fn closure(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr;

    /// Goes to `yes` if the subject fits an arm's pattern, else to `no`; names that the pattern binds are declared.
    fn pattern(lowering: &mut Lowering<'_, Self>, subject: &Expr, pattern: &Node, yes: BlockId, no: BlockId);

    /// The value as the type that it is stored to, passed as or returned as.
    fn convert(lowering: &mut Lowering<'_, Self>, value: Expr, to: &Type, at: Span) -> Expr;

    /// `!x` as a value.
    fn negation(lowering: &mut Lowering<'_, Self>, value: Expr, at: Span) -> Expr;

    /// Stores a value to a place of a type in its own way.
    fn store(lowering: &mut Lowering<'_, Self>, place: &Place, ty: &Type, value: &Expr, at: Span) -> bool {
        let _ = (lowering, place, ty, value, at);
        false
    }

    /// What is tested where a value stands as a condition.
    fn truth(lowering: &mut Lowering<'_, Self>, value: Expr) -> Expr {
        let _ = lowering;
        value
    }

    /// Something was stored to a place: what else this changes (members of a union) is stored or havocked here.
    fn stored(lowering: &mut Lowering<'_, Self>, place: &Place, at: Span) {
        let _ = (lowering, place, at);
    }

    /// One operand as the type it is computed with.
    fn promote(lowering: &mut Lowering<'_, Self>, value: Expr) -> Expr;

    /// Computes an operator in its own way.
    fn operation(
        lowering: &mut Lowering<'_, Self>,
        operator: &str,
        left: &Expr,
        right: &Expr,
        at: Span,
    ) -> Option<Expr> {
        let _ = (lowering, operator, left, right, at);
        None
    }

    /// Two operands in the types that the operator computes with, and the type of the result.
    fn balance(lowering: &mut Lowering<'_, Self>, operator: &str, left: Expr, right: Expr) -> (Expr, Expr, Type);

    /// The type in which values that meet (`?:`, `match`) are kept.
    fn common_type(lowering: &mut Lowering<'_, Self>, values: &[&Expr]) -> Type;
}
