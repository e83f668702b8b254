//! The parameters of a function as its variables.

use super::C;
use super::declarators::Declared;
use super::paths::last_segment;
use crate::ir::{Type, VarId, Variable};
use crate::lower::Lowering;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::Part;

impl Lowering<'_, C> {
    /// Declares the parameters of a function; `K&R` declarations give the types of old-style ones.
    pub fn parameters(&mut self, list: &Node, old_style: &[Node]) -> Vec<VarId> {
        self.body.variadic |= list.tokens().any(|token| token.text() == "...")
            || list
                .children()
                .any(|child| child.kind().starts_with("variadic_parameter"));
        self.parameters_of(list.children().collect::<Vec<_>>(), old_style)
    }

    /// The same, of some of a list.
    pub fn parameters_of(&mut self, nodes: impl IntoIterator<Item = Node>, old_style: &[Node]) -> Vec<VarId> {
        let mut ids = Vec::new();
        for node in nodes {
            match node.kind() {
                "identifier" => {
                    let ty = self.old_style_type(node.text(), old_style);
                    ids.push(self.parameter(node.text(), ty, false, node.span()));
                }
                "parameter_declaration" | "optional_parameter_declaration" | "variadic_parameter_declaration" => {
                    let base = node
                        .part(Part::Type)
                        .map_or(Type::Unknown, |base| self.named_type(&base));
                    let declared = match node.field("declarator") {
                        Some(declarator) => self.declared(&declarator, base),
                        None => Declared::plain(base),
                    };
                    let (name, at) = match &declared.name {
                        Some(name) => (last_segment(name.text()).to_owned(), name.span()),
                        None if declared.ty == Type::Void => continue,
                        None => (String::new(), node.span()),
                    };
                    let volatile = node.children().any(|child| child.text() == "volatile");
                    let ty = match declared.ty {
                        Type::Array(element, _) => Type::Pointer(element),
                        // A parameter of function type is a pointer to the function.
                        _ if declared.function => Type::pointer(Type::Unknown),
                        ty => ty,
                    };
                    let id = self.parameter(&name, ty, volatile, at);
                    if declared.reference {
                        self.body.references.insert(id);
                    }
                    ids.push(id);
                }
                _ => {}
            }
        }
        ids
    }

    fn parameter(&mut self, name: &str, ty: Type, volatile: bool, at: Span) -> VarId {
        let variable = Variable {
            name: name.to_owned(),
            ty,
            at,
            volatile,
        };
        self.body.declare(variable)
    }

    fn old_style_type(&mut self, name: &str, declarations: &[Node]) -> Type {
        for declaration in declarations {
            let declarators: Vec<Node> = declaration.fields("declarator").collect();
            for declarator in declarators {
                if self
                    .declarator_name(&declarator)
                    .is_some_and(|found| found.text() == name)
                {
                    let base = declaration
                        .field("type")
                        .map_or(Type::Unknown, |base| self.named_type(&base));
                    return match self.declared(&declarator, base).ty {
                        Type::Array(element, _) => Type::Pointer(element),
                        ty => ty,
                    };
                }
            }
        }
        Type::INT
    }
}
