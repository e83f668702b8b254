//! Assignments to several places at once.

use super::parts::part;
use super::{Lower, drops, types};
use crate::ir::{Expr, Place, Type};
use crate::lower::values::constant;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// `(a, b) = value` and its like: every part is assigned. `None`: it is a plain assignment.
pub fn assign_parts(lowering: &mut Lower<'_>, node: &Node) -> Option<Expr> {
    let (to, value) = (node.part(Part::To)?, node.part(Part::Value)?);
    let structured = matches!(to.role(), Some(Role::Aggregate | Role::Call)) || to.text() == "_";
    if !structured {
        return ending(lowering, node, &to, &value);
    }
    let value = lowering.value(&value);
    let value = lowering.kept_copy(value);
    let place = lowering.place_of_value(value);
    assign_to(lowering, &to, &place);
    Some(Expr::Unknown(Type::Void, node.span()))
}

/// An assignment that ends what the place holds so far.
fn ending(lowering: &mut Lower<'_>, node: &Node, to: &Node, from: &Node) -> Option<Expr> {
    let plain = node.part(Part::Operator).is_none_or(|operator| operator.text() == "=");
    if !plain || !drops::are_known(lowering) {
        return None;
    }
    let at = node.span();
    let value = lowering.value(from);
    let value = lowering.kept_copy(value);
    let place = lowering.place(to)?;
    drops::before_store(lowering, &place, at);
    lowering.store(&place, value, at);
    Some(Expr::Unknown(Type::Void, at))
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
    let array = to.kind() == "array_expression";
    let ty = lowering.place_type(from);
    let rest = parts.iter().position(|part| part.text() == "..");
    let count = match &ty {
        Type::Array(_, Some(length)) => usize::try_from(*length).ok(),
        Type::Aggregate(_) => Some(types::arguments(&ty).len()),
        _ => None,
    };
    for (index, target) in parts.iter().enumerate() {
        // What stands behind `..` counts from the end.
        let position = match rest {
            Some(rest) if index == rest => continue,
            Some(rest) if index > rest => count.and_then(|count| (count + index).checked_sub(parts.len())),
            _ => Some(index),
        };
        let from = match position {
            Some(position) if array => {
                let whole = Expr::Load(from.clone(), ty.clone(), at);
                lowering.element_of(whole, constant(position as u64, Type::SIZE, at))
            }
            Some(position) => part(from, &position.to_string()),
            None => lowering.fresh(Type::Unknown, at),
        };
        lowering.deeper(at, (), |lowering| assign_to(lowering, target, &from));
    }
}
