//! The nodes of C and C++ that have no role.

use super::C;
use crate::ir::{Expr, Type};
use crate::lower::values::constant;
use crate::lower::{Lowering, constants};
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

impl Lowering<'_, C> {
    /// A statement without role.
    pub fn unnamed_statement(&mut self, node: &Node) -> bool {
        match node.kind() {
            "gnu_asm_expression" => self.assembly(node),
            kind if kind.starts_with("preproc_") => {}
            "type_definition" => self.local_typedef(node),
            "new_expression"
            | "delete_expression"
            | "offsetof_expression"
            | "alignof_expression"
            | "user_defined_literal"
            | "parameter_pack_expansion"
            | "fold_expression"
            | "requires_expression" => drop(self.value(node)),
            // What only declares, or asks the compiler, does nothing.
            "static_assert_declaration"
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

    /// A `typedef` among statements hides what else bears its name.
    fn local_typedef(&mut self, node: &Node) {
        let Some(specifier) = node.field("type") else { return };
        if specifier.role() == Some(Role::Type) {
            self.local_type(&specifier);
        }
        let base = self.named_type(&specifier);
        let base = super::types::attributed(node, base);
        let declarators: Vec<Node> = node.fields("declarator").collect();
        for declarator in declarators {
            let declared = self.declared(&declarator, base.clone());
            if let Some(name) = declared.name {
                self.language.types.insert(name.text().to_owned(), declared.ty);
            }
        }
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
        // `asm goto` may go on at each of its labels.
        let lists = node.descendants().filter(|child| child.kind() == "gnu_asm_goto_list");
        let labels: Vec<Node> = lists.flat_map(|list| list.children().collect::<Vec<_>>()).collect();
        for label in labels {
            let (there, next) = (self.body.label(label.text()), self.body.block());
            let test = Expr::Unknown(Type::BOOL, label.span());
            self.body.branch(test, there, next, label.span());
            self.body.switch_to(next);
        }
    }

    /// `"text"[i]`: one of the characters.
    pub fn character_of_string(&mut self, node: &Node) -> Option<Expr> {
        let object = node
            .part(Part::Object)
            .filter(|object| object.role() == Some(Role::String))?;
        let index = self.value(&node.part(Part::Index)?);
        let characters = object.text().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let characters = characters.and_then(super::literals::characters);
        let ty = Type::Int { bits: 8, signed: true };
        let known = characters.zip(constants::fold(&index)).and_then(|(characters, index)| {
            let index = usize::try_from(index).ok()?;
            match characters.get(index) {
                Some(&character) => (character < 0x100).then_some(u64::from(character)),
                None => (index == characters.len()).then_some(0),
            }
        });
        Some(match known {
            Some(bits) => constant(bits, ty, node.span()),
            None => Expr::Unknown(Type::Unknown, node.span()),
        })
    }
}

/// Whether the evaluation of an expression may do more than give a value.
fn acts(node: &Node) -> bool {
    node.descendants().any(|inner| {
        matches!(
            inner.role(),
            Some(Role::Call | Role::Assign | Role::Update | Role::Closure)
        ) || inner.is_faulty()
    })
}
