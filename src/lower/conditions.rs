//! Expressions → branches: what is tested, in the order of evaluation. The same for all languages.

use super::{Language, Lowering};
use crate::ir::{BlockId, Expr, Place, Type, VarId};
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

impl<L: Language> Lowering<'_, L> {
    /// Goes to `yes` if the expression is true, else to `no`.
    pub fn condition(&mut self, node: &Node, yes: BlockId, no: BlockId) {
        self.deeper(node.span(), (), |lowering| {
            if !L::condition(lowering, node, yes, no) {
                lowering.plain_condition(node, yes, no);
            }
        });
        // Where the limit was hit nothing has been decided.
        self.body
            .branch(Expr::Unknown(Type::BOOL, node.span()), yes, no, node.span());
    }

    fn plain_condition(&mut self, node: &Node, yes: BlockId, no: BlockId) {
        let operator = node.part(Part::Operator);
        match (node.role(), operator.as_ref().map(|operator| operator.text())) {
            (Some(Role::Parenthesized), _) if node.part(Part::Value).is_some() => {
                node.parts(Part::Value)
                    .for_each(|inner| self.condition(&inner, yes, no));
            }
            (Some(Role::Unary), Some("!" | "not")) => node
                .parts(Part::Operand)
                .for_each(|inner| self.condition(&inner, no, yes)),
            (Some(Role::Binary), _) if short_circuit(node).is_some() => self.short_circuit(node, yes, no),
            (Some(Role::Sequence), _) => {
                node.parts(Part::First).for_each(|first| self.statement(&first));
                node.parts(Part::Second)
                    .for_each(|second| self.condition(&second, yes, no));
            }
            (Some(Role::Select), _) => self.select_condition(node, yes, no),
            (Some(Role::Declare), _) => {
                let before = self.body.variables.len();
                self.statement(node);
                let named =
                    (before..self.body.variables.len()).find(|&index| !self.body.variables[index].name.is_empty());
                if let Some(index) = named {
                    let place = self.variable_place(VarId(index as u32), node.span());
                    let value = self.load(place, node.span());
                    let value = L::truth(self, value);
                    self.body.branch(value, yes, no, node.span());
                }
            }
            _ => {
                let value = self.value(node);
                let value = L::truth(self, value);
                let value = self.decayed(value);
                self.body.branch(value, yes, no, node.span());
            }
        }
    }

    /// A chain of one short-circuit operator, as long as the program likes.
    fn short_circuit(&mut self, node: &Node, yes: BlockId, no: BlockId) {
        let and = short_circuit(node);
        let mut operands = Vec::new();
        let mut current = node.clone();
        while short_circuit(&current) == and {
            operands.extend(current.part(Part::Right));
            match current.part(Part::Left) {
                Some(left) => current = left,
                None => break,
            }
        }
        operands.push(current);
        while let Some(operand) = operands.pop() {
            if operands.is_empty() {
                return self.condition(&operand, yes, no);
            }
            let next = self.body.block();
            match and {
                Some(true) => self.condition(&operand, next, no),
                _ => self.condition(&operand, yes, next),
            }
            self.body.switch_to(next);
        }
    }

    fn select_condition(&mut self, node: &Node, yes: BlockId, no: BlockId) {
        let (then, otherwise) = (self.body.block(), self.body.block());
        let Some(test) = node.part(Part::Test) else { return };
        match node.part(Part::Then) {
            Some(value) => {
                self.condition(&test, then, otherwise);
                self.body.switch_to(then);
                self.condition(&value, yes, no);
            }
            None => {
                self.condition(&test, yes, otherwise);
            }
        }
        self.body.switch_to(otherwise);
        if let Some(value) = node.part(Part::Else) {
            self.condition(&value, yes, no);
        }
    }

    /// `&&`, `||` and `!` as a value.
    pub fn truth_value(&mut self, node: &Node) -> Expr {
        let at = node.span();
        let (yes, no, exit) = (self.body.block(), self.body.block(), self.body.block());
        let kept = Place::Var(self.body.temporary(Type::BOOL, at));
        self.condition(node, yes, no);
        for (block, bits) in [(yes, 1), (no, 0)] {
            self.body.switch_to(block);
            let value = Expr::Const {
                bits,
                ty: Type::BOOL,
                at,
            };
            self.body.set(kept.clone(), value, at);
            self.body.goto(exit);
        }
        self.body.switch_to(exit);
        Expr::Load(kept, Type::BOOL, at)
    }
}

/// `Some(true)` for an `&&` node, `Some(false)` for `||`.
pub(super) fn short_circuit(node: &Node) -> Option<bool> {
    if node.role() != Some(Role::Binary) {
        return None;
    }
    match node.part(Part::Operator)?.text() {
        "&&" | "and" => Some(true),
        "||" | "or" => Some(false),
        _ => None,
    }
}
