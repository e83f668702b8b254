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
            "offsetof_expression" => self.offset_in_type(node),
            "alignof_expression" => Expr::NonZero(Type::SIZE, "an alignment", at),
            "user_defined_literal" | "literal_suffix" => Expr::Unknown(Type::Unknown, at),
            "generic_expression" => return self.generic_selection(node),
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

    /// Inline assembly: its outputs may be anything, and what else its inputs lead to where it says that it writes memory, or
    /// says nothing. A text without instructions only keeps compilers from knowing.
    fn assembly(&mut self, node: &Node) {
        let operands = node.descendants().filter(|child| child.kind().ends_with("_operand"));
        let mut outputs = Vec::new();
        let mut inputs = Vec::new();
        for operand in operands.collect::<Vec<_>>() {
            let Some(value) = operand.field("value") else { continue };
            if operand.kind() == "gnu_asm_output_operand" {
                outputs.extend(self.place(&value).map(|place| (place, operand.span())));
            } else {
                let value = self.value(&value);
                let value = self.decayed(value);
                inputs.push(self.kept(value));
            }
        }
        let says_nothing = outputs.is_empty() && inputs.is_empty() && node.field("clobbers").is_none();
        if has_instructions(node) && (says_nothing || node.text().contains("\"memory\"")) {
            self.unread_call(&inputs, node.span());
        }
        for (place, at) in outputs {
            self.body.havoc(place.clone(), at);
            self.overlapping_stored(&place, at);
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

    /// `_Generic`: the value of the arm whose type fits. What is told apart by less than the types that are known here is not
    /// known.
    fn generic_selection(&mut self, node: &Node) -> Option<Expr> {
        let mut parts = node.children();
        let control = parts.next()?;
        let rest: Vec<Node> = parts.collect();
        let ty = self.speculative(|lowering| {
            let value = lowering.value(&control);
            lowering.decayed(value).ty()
        });
        // Comparisons are of the type `int`.
        let ty = if ty == Type::BOOL && control.role() != Some(Role::Name) {
            Type::INT
        } else {
            ty
        };
        let (mut fitting, mut others) = (Vec::new(), None);
        for arm in rest.chunks(2) {
            let [of, value] = arm else { return None };
            if of.text() == "default" {
                others = Some(value);
                continue;
            }
            let of = self.named_type(of);
            if of == Type::Unknown || ty == Type::Unknown || of == ty || is_shared(&of) && is_shared(&ty) {
                fitting.push((of, value));
            }
        }
        match (&fitting[..], others) {
            ([], Some(value)) => Some(self.value(value)),
            ([(of, value)], others) if *of == ty && (others.is_none() || !is_shared(&ty)) => Some(self.value(value)),
            _ => None,
        }
    }

    /// `"text"[i]`: one of the characters.
    pub fn character_of_string(&mut self, node: &Node) -> Option<Expr> {
        let object = node
            .part(Part::Object)
            .filter(|object| object.role() == Some(Role::String))?;
        let index = self.value(&node.part(Part::Index)?);
        let characters = super::literals::joined(object.text());
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

/// Whether the language has several types that are one here: `long` and `long long`, `char` and `signed char`, pointers to
/// what is constant and what is not.
fn is_shared(ty: &Type) -> bool {
    !matches!(
        ty,
        Type::Int { bits: 1 | 16 | 32, .. } | Type::Int { bits: 8, signed: false } | Type::Aggregate(_)
    )
}

/// Whether the text of inline assembly has more than blanks in it.
fn has_instructions(node: &Node) -> bool {
    let blank = |text: &str| text.chars().all(|c| matches!(c, '"' | ' ' | '\t' | '\n'));
    node.field("assembly_code").is_none_or(|code| !blank(code.text()))
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
