//! The nodes of C and C++ that have no role.

use super::C;
use crate::ir::{Expr, Type};
use crate::lower::Lowering;
use crate::syntax::Node;
use crate::syntax::roles::Role;

impl Lowering<'_, C> {
    /// A statement without role.
    pub fn unnamed_statement(&mut self, node: &Node) -> bool {
        match node.kind() {
            "gnu_asm_expression" => self.assembly(node),
            kind if kind.starts_with("preproc_") => {}
            "new_expression"
            | "delete_expression"
            | "offsetof_expression"
            | "alignof_expression"
            | "user_defined_literal"
            | "parameter_pack_expansion"
            | "fold_expression"
            | "requires_expression" => drop(self.value(node)),
            // What only declares, or asks the compiler, does nothing.
            "type_definition"
            | "static_assert_declaration"
            | "namespace_alias_definition"
            | "concept_definition"
            | "using_declaration"
            | "template_declaration"
            | "template_instantiation" => {}
            _ => return false,
        }
        true
    }

    /// An expression without role.
    pub fn unnamed_value(&mut self, node: &Node) -> Option<Expr> {
        let at = node.span();
        Some(match node.kind() {
            "gnu_asm_expression" => {
                self.assembly(node);
                Expr::Unknown(Type::Unknown, at)
            }
            "new_expression" => self.new_object(node),
            // What a pack stands for is not known; what it does may be done any number of times.
            "parameter_pack_expansion" | "fold_expression" if !acts(node) => Expr::Unknown(Type::Unknown, at),
            "delete_expression" => self.delete_object(node),
            "requires_expression" | "requires_clause" => Expr::Unknown(Type::BOOL, at),
            "offsetof_expression" => Expr::Unknown(Type::SIZE, at),
            "alignof_expression" => Expr::NonZero(Type::SIZE, "an alignment", at),
            "user_defined_literal" | "literal_suffix" => Expr::Unknown(Type::Unknown, at),
            "qualified_identifier" | "this" => return None,
            "argument_list" => match node.children().next() {
                Some(first) => self.value(&first),
                None => Expr::Unknown(Type::Void, at),
            },
            _ => return None,
        })
    }

    /// Inline assembly: its outputs may be anything.
    fn assembly(&mut self, node: &Node) {
        let operands: Vec<Node> = node
            .descendants()
            .filter(|child| child.kind().ends_with("_operand"))
            .collect();
        for operand in operands {
            let Some(value) = operand.field("value") else { continue };
            if operand.kind() == "gnu_asm_output_operand" {
                if let Some(place) = self.place(&value) {
                    self.body.havoc(place, operand.span());
                }
            } else {
                self.statement(&value);
            }
        }
    }
}

/// Whether the evaluation of an expression may do more than give a value.
fn acts(node: &Node) -> bool {
    node.descendants().any(|inner| {
        matches!(
            inner.role(),
            Some(Role::Call | Role::Assign | Role::Update | Role::Closure)
        ) || inner.is_error()
    })
}
