//! Assignments: to several places at once, and where the order or a type of the unit matters.

use super::parts::part;
use super::{Lower, calls, drops, methods, types};
use crate::ir::{Argument, Callee, Expr, Place, Type};
use crate::lower::CallParts;
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::{Part, Role};

/// `(a, b) = value` and its like: every part is assigned. `None`: it is a plain assignment.
pub fn assign_parts(lowering: &mut Lower<'_>, node: &Node) -> Option<Expr> {
    let (to, value) = (node.part(Part::To)?, node.part(Part::Value)?);
    let structured = matches!(to.role(), Some(Role::Aggregate | Role::Call)) || to.text() == "_";
    let operator = node
        .part(Part::Operator)
        .map_or("=".to_owned(), |operator| operator.text().to_owned());
    if operator != "=" {
        return compound(lowering, &operator, (&to, &value), node.span());
    }
    if !structured {
        return ordered(lowering, &to, &value, node.span());
    }
    let value = lowering.value(&value);
    let value = lowering.kept_copy(value);
    let place = lowering.place_of_value(value);
    assign_to(lowering, &to, &place);
    Some(Expr::Unknown(Type::Void, node.span()))
}

/// An assignment where it matters that the value is there before the place: finding the place changes something, or what the
/// place holds so far ends.
fn ordered(lowering: &mut Lower<'_>, to: &Node, from: &Node, at: Span) -> Option<Expr> {
    if is_plain(to) && !drops::are_known(lowering) {
        return None;
    }
    let value = lowering.value(from);
    let value = lowering.kept_copy(value);
    // An assignment is no place. What is looked at twice within what is looked at twice would not end.
    let is_place = !matches!(to.role(), Some(Role::Assign | Role::Parenthesized)) || !assigns(to);
    let place = is_place.then(|| lowering.place(to)).flatten();
    let Some(place) = place else {
        lowering.unread(to);
        return Some(Expr::Unknown(Type::Void, at));
    };
    drops::before_store(lowering, &place, at);
    lowering.store(&place, value, at);
    Some(Expr::Unknown(Type::Void, at))
}

/// Whether something is, or holds, an assignment.
fn assigns(node: &Node) -> bool {
    let is_one = |node: &Node| node.role() == Some(Role::Assign);
    is_one(node) || node.descendants().any(|inner| is_one(&inner))
}

/// Whether to find a place nothing is run.
fn is_plain(node: &Node) -> bool {
    let plain = |node: &Node| {
        !matches!(
            node.role(),
            Some(Role::Call | Role::MacroCall | Role::Assign | Role::Block | Role::Branch | Role::Switch | Role::Loop)
        )
    };
    plain(node) && node.descendants().all(|inner| plain(&inner))
}

/// `to += value` where a type of the unit says what that is: the place comes first then, with numbers the value. Each of the
/// two is lowered once, but what is only read.
fn compound(lowering: &mut Lower<'_>, operator: &str, (to, from): (&Node, &Node), at: Span) -> Option<Expr> {
    let name = format!("{}_assign", methods::operator_name(operator.strip_suffix('=')?)?);
    if lowering.index.functions(&name).is_empty() {
        return None;
    }
    let operation = (operator, name.as_str());
    if only_reads(from) {
        let number = lowering.value(from);
        let number = if is_plain(to) {
            number
        } else {
            lowering.kept_copy(number)
        };
        let place = lowering.place_or_copy(to);
        let own = if is_plain(to) {
            number.clone()
        } else {
            lowering.value(from)
        };
        overloaded(lowering, operation, &place, (own, number), at);
    } else if is_plain(to) {
        let place = lowering.place_or_copy(to);
        let ty = lowering.place_type(&place);
        if is_of_numbers(lowering, &place, &name, at) {
            lowering.assigned(to, from, operator, at);
        } else if ty != Type::Unknown || is_steady(to) {
            let pointer = lowering.reference(place, at);
            let place = deref(lowering.kept_copy(pointer));
            let value = lowering.value(from);
            overloaded(lowering, operation, &place, (value.clone(), value), at);
        } else {
            in_any_order(lowering, operation, (to, from), at);
        }
    } else {
        in_any_order(lowering, operation, (to, from), at);
    }
    Some(Expr::Unknown(Type::Void, at))
}

/// Which of the two comes first is not known, and each may change what the other reads.
fn in_any_order(lowering: &mut Lower<'_>, operation: (&str, &str), (to, from): (&Node, &Node), at: Span) {
    let text = format!("{} {}", to.text(), from.text());
    let before = lowering.reached_from(&text, at);
    lowering.unread_call(&before, at);
    let value = lowering.value(from);
    let value = lowering.kept_copy(value);
    let place = lowering.place_or_copy(to);
    overloaded(lowering, operation, &place, (value.clone(), value), at);
    let after = lowering.reached_from(&text, at);
    lowering.unread_call(&after, at);
}

/// Whether nothing is run to find a value: it may be lowered twice.
fn only_reads(node: &Node) -> bool {
    let runs = |node: &Node| matches!(node.role(), Some(Role::Closure | Role::Try));
    is_plain(node) && !runs(node) && !node.descendants().any(|inner| runs(&inner))
}

/// Whether a place is the same one whatever happens: it is named without an index or a pointer.
fn is_steady(node: &Node) -> bool {
    match node.role() {
        Some(Role::Name) => true,
        Some(Role::Parenthesized) => node.part(Part::Value).is_some_and(|inner| is_steady(&inner)),
        _ => false,
    }
}

/// Whether a compound assignment to a place is that of numbers.
fn is_of_numbers(lowering: &mut Lower<'_>, place: &Place, name: &str, at: Span) -> bool {
    let ty = lowering.place_type(place);
    let before = Expr::Load(place.clone(), ty.clone(), at);
    lowering.is_number(&before)
        || match ty {
            Type::Unknown => false,
            Type::Aggregate(_) => methods::own_method(lowering, &ty, name).is_none(),
            _ => true,
        }
}

/// The operator by the unit's function for the type, or what it is with numbers. The value is one for each.
fn overloaded(
    lowering: &mut Lower<'_>,
    (operator, name): (&str, &str),
    place: &Place,
    (own, number): (Expr, Expr),
    at: Span,
) {
    let by_function = |lowering: &mut Lower<'_>, callee: Option<ItemId>| {
        let receiver = lowering.reference(place.clone(), at);
        let arguments = [receiver, own.clone()].map(|value| Argument { value, at }).into();
        match callee {
            Some(id) => calls::call_item(lowering, id, name, arguments, at),
            None => lowering.emit_call(CallParts::plain(
                Callee::Method(name.to_owned()),
                arguments,
                Type::Void,
                at,
            )),
        }
    };
    let by_number = |lowering: &mut Lower<'_>| {
        let operator = operator.trim_end_matches('=');
        let before = lowering.load(place.clone(), at);
        let after = lowering.operation(operator, before, number.clone(), at);
        lowering.store(place, after, at);
        Expr::Unknown(Type::Void, at)
    };
    if is_of_numbers(lowering, place, name, at) {
        by_number(lowering);
        return;
    }
    let ty = lowering.place_type(place);
    match methods::own_method(lowering, &ty, name) {
        Some(id) => by_function(lowering, Some(id)),
        // A number or anything else.
        None => {
            let unknown = Expr::Unknown(Type::BOOL, at);
            lowering.choose(unknown, at, |lowering| by_function(lowering, None), by_number)
        }
    };
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
