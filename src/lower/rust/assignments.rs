//! Assignments to several places at once.

use super::Lower;
use super::parts::part;
use crate::ir::{Expr, Place, Type};
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// `(a, b) = value` and its like: every part is assigned. `None`: it is a plain assignment.
pub fn assign_parts(lowering: &mut Lower<'_>, node: &Node) -> Option<Expr> {
    let (to, value) = (node.part(Part::To)?, node.part(Part::Value)?);
    let structured = matches!(to.role(), Some(Role::Aggregate | Role::Call)) || to.text() == "_";
    if !structured {
        return None;
    }
    let value = lowering.value(&value);
    let value = lowering.kept_copy(value);
    let place = lowering.place_of_value(value);
    assign_to(lowering, &to, &place);
    Some(Expr::Unknown(Type::Void, node.span()))
}

fn assign_to(lowering: &mut Lower<'_>, to: &Node, from: &Place) {
    let at = to.span();
    let parts: Vec<Node> = match to.role() {
        Some(Role::Aggregate) if to.kind() != "struct_expression" => to.parts(Part::Element).collect(),
        Some(Role::Call) => to.part(Part::Arguments).iter().flat_map(Node::children).collect(),
        Some(Role::Aggregate) => {
            for element in to.parts(Part::Element) {
                if let (Some(name), Some(target)) = (element.part(Part::Name), element.part(Part::Value)) {
                    assign_to(lowering, &target, &part(from, name.text()));
                }
            }
            return;
        }
        _ if to.text() == "_" => return,
        _ => {
            if let Some(place) = lowering.place(to) {
                let value = lowering.load(from.clone(), at);
                lowering.store(&place, value, at);
            }
            return;
        }
    };
    for (index, target) in parts.iter().enumerate() {
        let from = part(from, &index.to_string());
        lowering.deeper(at, (), |lowering| assign_to(lowering, target, &from));
    }
}
