//! Calls of methods: of types of the unit, of the standard library's types that are known, of others.

use super::aggregates::behind;
use super::dispatch::{self, Meant};
use super::parts::{TAG, part};
use super::signatures::Receiver;
use super::{Lower, calls, cells, closures, drops, instances, integers, loops, options, panics, sequences, types};
use crate::ir::{Argument, BinaryOp, Callee, Expr, Place, Type, UnaryOp};
use crate::lower::CallParts;
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::{Part, Role};

/// How many `deref`s are followed for one call.
const DEREFERENCES: usize = 4;

/// A method call.
pub fn call(lowering: &mut Lower<'_>, callee: &Node, arguments: &[Node], at: Span) -> Expr {
    let (Some(object), Some(name)) = (callee.part(Part::Object), callee.part(Part::Name)) else {
        return lowering.unread_value(callee);
    };
    let name = name.text().to_owned();
    if let ("for_each", [function]) = (name.as_str(), arguments)
        && lowering.index.functions(&name).is_empty()
    {
        return loops::for_each_call(lowering, &object, function);
    }
    let value = lowering.value(&object);
    drops::own_temporary(lowering, &object, &value);
    let (value, ty) = dereferenced(lowering, value, &name, object.span());
    let meant = dispatch::method(lowering, &ty, &name);
    if let Meant::One(id) = meant {
        return call_own(lowering, id, &name, (value, object.span()), arguments, at);
    }
    let any = matches!(meant, Meant::Any);
    let visible = any || may_be_own(lowering, &name, &value, &ty);
    if !(visible && (any || ty == Type::Unknown))
        && let Some(result) = known(lowering, &name, value.clone(), &ty, arguments, at)
    {
        return result;
    }
    let receiver = borrowed(lowering, value, object.span());
    let mark = lowering.body.mark();
    let catches = panics::are_caught(&name);
    let mut values = panics::catching(lowering, catches, |lowering| {
        calls::values(lowering, arguments, visible)
    });
    values.insert(
        0,
        Argument {
            value: lowering.body.settle(receiver, mark),
            at: object.span(),
        },
    );
    unknown(lowering, name, visible, values, at)
}

/// What a method is called on, and its type: where the type of the unit has no such method, what its `deref` leads to.
fn dereferenced(lowering: &mut Lower<'_>, value: Expr, name: &str, at: Span) -> (Expr, Type) {
    let mut value = value;
    for _ in 0..DEREFERENCES {
        let ty = types::behind(&lowering.value_type(&value)).clone();
        let has = own_method(lowering, &ty, name).is_some()
            || types::base(&ty).is_some_and(|base| instances::given(lowering, base, name).is_some());
        if has || is_of_all_types(name) || own_method(lowering, &ty, "deref").is_none() {
            return (value, ty);
        }
        let place = lowering.place_behind(value.clone());
        let Some(place) = super::aggregates::overloaded(lowering, &place, at) else {
            return (value, ty);
        };
        value = lowering.reference(place, at);
    }
    let ty = types::behind(&lowering.value_type(&value)).clone();
    (value, ty)
}

/// Methods that a type may have by a derivation or a blanket implementation that is not seen.
fn is_of_all_types(name: &str) -> bool {
    matches!(
        name,
        "clone"
            | "eq"
            | "ne"
            | "cmp"
            | "partial_cmp"
            | "hash"
            | "fmt"
            | "into"
            | "try_into"
            | "borrow"
            | "borrow_mut"
            | "as_ref"
            | "as_mut"
            | "to_owned"
            | "to_string"
            | "type_id"
            | "deref"
            | "deref_mut"
            | "drop"
    )
}

/// A method that the unit defines for the type.
pub fn own_method(lowering: &Lower<'_>, ty: &Type, name: &str) -> Option<ItemId> {
    let holder = match ty {
        Type::Aggregate(_) => types::base(ty)?.to_owned(),
        Type::Int { .. } => types::spell(ty),
        _ => return None,
    };
    lowering.function_of(&holder, name)
}

/// An operator that the unit defines for the type of the left operand.
pub fn operator(lowering: &mut Lower<'_>, operator: &str, left: &Expr, right: &Expr, at: Span) -> Option<Expr> {
    let name = operator_name(operator)?;
    let ty = types::behind(&left.ty()).clone();
    let id = own_method(lowering, &ty, name).filter(|_| matches!(ty, Type::Aggregate(_)))?;
    let arguments = [left, right].map(|value| Argument {
        value: value.clone(),
        at: value.at(),
    });
    Some(calls::call_item(lowering, id, name, arguments.into(), at))
}

/// The function that a type says with what an operator is.
pub fn operator_name(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "+" => "add",
        "-" => "sub",
        "*" => "mul",
        "/" => "div",
        "%" => "rem",
        "&" => "bitand",
        "|" => "bitor",
        "^" => "bitxor",
        "<<" => "shl",
        ">>" => "shr",
        _ => return None,
    })
}

/// Whether a method may be one that the unit defines: it defines some of the name, and if the receiver comes from outside or
/// is of a type of the standard library, it defines one for a type that is not its own.
fn may_be_own(lowering: &Lower<'_>, name: &str, value: &Expr, ty: &Type) -> bool {
    let methods = lowering.index.functions(name).iter();
    let mut holders = methods.filter_map(|&id| lowering.index.item(id).1.scope.last());
    // A type of the unit that is known and does not have it: it is derived, or what every type has.
    let lacking = types::base(ty).is_some_and(|name| lowering.definition(name).is_some())
        && own_method(lowering, ty, "deref").is_none();
    let outside = lowering.is_foreign(value) || *ty != Type::Unknown && !lowering.is_own_type(ty) || lacking;
    match outside {
        true => holders.any(|holder| lowering.definition(holder).is_none() && !lowering.is_trait(holder)),
        false => holders.next().is_some(),
    }
}

fn call_own(
    lowering: &mut Lower<'_>,
    id: ItemId,
    name: &str,
    (value, value_at): (Expr, Span),
    arguments: &[Node],
    at: Span,
) -> Expr {
    // A borrowed receiver is the place itself, whatever the arguments do; one that is taken by value is what it is now.
    let by_value = lowering.signature(id).receiver == Receiver::Value;
    let receiver = receiver(lowering, value, by_value, value_at);
    let mark = lowering.body.mark();
    let mut values = calls::values(lowering, arguments, true);
    values.insert(
        0,
        Argument {
            value: lowering.body.settle(receiver, mark),
            at: value_at,
        },
    );
    calls::call_item(lowering, id, name, values, at)
}

/// The receiver as the method takes it: references are made and followed as needed.
fn receiver(lowering: &mut Lower<'_>, value: Expr, by_value: bool, at: Span) -> Expr {
    let place = match value.ty() {
        Type::Pointer(_) if !by_value => return value,
        _ => lowering.place_behind(value),
    };
    match by_value {
        true => lowering.load(place, at),
        false => lowering.reference(place, at),
    }
}

/// Methods that are known, by the type of the receiver.
fn known(lowering: &mut Lower<'_>, name: &str, value: Expr, ty: &Type, nodes: &[Node], at: Span) -> Option<Expr> {
    if let Some(result) = conversion(lowering, name, &value, ty, nodes, at) {
        return Some(result);
    }
    if matches!(value.ty(), Type::Pointer(_)) && is_pointer_method(name) {
        return pointer(lowering, name, value, nodes, at);
    }
    match ty {
        Type::Int { bits: 1, .. } if matches!(name, "then" | "then_some") => truth(lowering, name, value, nodes, at),
        Type::Int { .. } => {
            let value = loaded(lowering, value, at);
            let arguments = numbers(lowering, nodes)?;
            integers::method(lowering, name, value, &arguments, at)
        }
        Type::Aggregate(_) if types::is_fallible(ty) => {
            let place = lowering.place_behind(value);
            options::method(lowering, name, &place, nodes, at)
        }
        Type::Aggregate(_) | Type::Array(..) => {
            let place = lowering.place_behind(value);
            cells::method(lowering, name, &place, ty, nodes, at)
                .or_else(|| sequences::method(lowering, name, &place, ty, nodes, at))
        }
        _ => guessed(lowering, name, value, nodes, at),
    }
}

/// Methods of a receiver whose type is not visible: the name tells.
fn guessed(lowering: &mut Lower<'_>, name: &str, value: Expr, nodes: &[Node], at: Span) -> Option<Expr> {
    let value = lowering.steady(value, at);
    if is_truth_method(name, nodes) {
        return truth(lowering, name, value, nodes, at);
    }
    let place = lowering.place_behind(value.clone());
    if let Some(result) = options::method(lowering, name, &place, nodes, at) {
        return Some(result);
    }
    if let Some(result) = sequences::method(lowering, name, &place, &Type::Unknown, nodes, at) {
        return Some(result);
    }
    if let Some(result) = entry(lowering, name, nodes, at) {
        return Some(result);
    }
    let arithmetic = [
        "checked_",
        "saturating_",
        "wrapping_",
        "overflowing_",
        "next_",
        "is_power",
        "div_",
        "abs_",
    ];
    let whole = ["max", "min", "clamp", "pow", "is_null"];
    let known = arithmetic.iter().any(|start| name.starts_with(start)) || whole.contains(&name) && !nodes.is_empty();
    if !known || value.ty() == Type::Float {
        return None;
    }
    let arguments = numbers(lowering, nodes)?;
    integers::method(lowering, name, value, &arguments, at)
}

/// The entry of a map, which may not have been there before.
fn entry(lowering: &mut Lower<'_>, name: &str, nodes: &[Node], at: Span) -> Option<Expr> {
    let [node] = nodes else { return None };
    let there = Expr::Unknown(Type::BOOL, at);
    let with = match name {
        "or_insert" => false,
        "or_insert_with" => true,
        _ => return None,
    };
    let value = if with { None } else { Some(lowering.value(node)) };
    let ty = value.as_ref().map_or(Type::Unknown, Expr::ty);
    Some(lowering.choose(
        there,
        at,
        |lowering| {
            let place = lowering.fresh(ty, at);
            lowering.body.havoc(place.clone(), at);
            lowering.reference(place, at)
        },
        |lowering| {
            let value = value.unwrap_or_else(|| closures::apply(lowering, node, Vec::new(), at));
            let ty = value.ty();
            let place = lowering.fresh(ty, at);
            lowering.body.assign(place.clone(), value, at);
            lowering.reference(place, at)
        },
    ))
}

/// `test.then(|| size)` and `test.then_some(size)`: other methods of the name take a closure with a parameter.
fn is_truth_method(name: &str, nodes: &[Node]) -> bool {
    match (name, nodes) {
        ("then_some", [_]) => true,
        ("then", [node]) => {
            node.role() == Some(Role::Closure) && node.text().trim_start_matches("move ").starts_with("||")
        }
        _ => false,
    }
}

/// Arguments of a method of numbers. Closures are none.
fn numbers(lowering: &mut Lower<'_>, nodes: &[Node]) -> Option<Vec<Expr>> {
    if nodes.iter().any(|node| node.role() == Some(Role::Closure)) {
        return None;
    }
    let values = calls::values(lowering, nodes, false);
    Some(
        values
            .into_iter()
            .map(|argument| loaded(lowering, argument.value, argument.at))
            .collect(),
    )
}

/// The number that a value is, or that a reference leads to.
fn loaded(lowering: &mut Lower<'_>, value: Expr, at: Span) -> Expr {
    if !matches!(lowering.value_type(&value), Type::Pointer(_)) {
        return value;
    }
    let place = lowering.place_behind(value);
    lowering.load(place, at)
}

/// `bool::then`
fn truth(lowering: &mut Lower<'_>, name: &str, value: Expr, nodes: &[Node], at: Span) -> Option<Expr> {
    let [node] = nodes else { return None };
    let test = loaded(lowering, value, at);
    let ready = if name == "then_some" {
        Some(lowering.value(node))
    } else {
        None
    };
    Some(lowering.choose(
        test,
        at,
        |lowering| {
            let value = match ready {
                Some(value) => value,
                None => closures::apply(lowering, node, Vec::new(), at),
            };
            options::some(lowering, value, at)
        },
        |lowering| options::none(lowering, at),
    ))
}

/// Conversions that every type has, as far as they change nothing.
fn conversion(lowering: &mut Lower<'_>, name: &str, value: &Expr, ty: &Type, nodes: &[Node], at: Span) -> Option<Expr> {
    let number = matches!(ty, Type::Int { .. });
    match (name, nodes) {
        // A pointer to what is there to be shared is copied, not what it points to.
        ("clone", []) if cells::is_shared(ty) && matches!(value.ty(), Type::Pointer(_)) => Some(value.clone()),
        ("into", []) if converting(lowering, ty).is_some() => {
            let id = converting(lowering, ty)?;
            let place = lowering.place_behind(value.clone());
            let value = lowering.load(place, at);
            Some(calls::call_item(lowering, id, "from", vec![Argument { value, at }], at))
        }
        ("clone" | "to_owned" | "borrow" | "borrow_mut" | "as_ref" | "as_mut" | "deref" | "deref_mut" | "into", [])
            if number || (name == "clone" && matches!(ty, Type::Aggregate(_))) =>
        {
            if name == "clone" && clones_itself(lowering, ty, 0) {
                return Some(Expr::Unknown(ty.clone(), at));
            }
            let place = lowering.place_behind(value.clone());
            Some(lowering.load(place, at))
        }
        // What does not fit is an error; what fits is the same number.
        ("try_into", []) if number => {
            let value = loaded(lowering, value.clone(), at);
            let ty = types::generic("Result", &[Type::Unknown]);
            let place = lowering.fresh(ty.clone(), at);
            lowering
                .body
                .assign(part(&place, TAG), Expr::Unknown(Type::BOOL, at), at);
            lowering.body.assign(part(&place, "0"), value, at);
            Some(Expr::Load(place, ty, at))
        }
        _ => None,
    }
}

/// Whether some part of a type has a `clone` of the unit, which may make something else of it.
pub fn clones_itself(lowering: &Lower<'_>, ty: &Type, depth: u32) -> bool {
    let inner = |ty: &Type| depth < 4 && clones_itself(lowering, ty, depth + 1);
    match ty {
        Type::Array(element, _) => inner(element),
        Type::Aggregate(_) => {
            let fields = lowering.structure_fields(ty);
            own_method(lowering, ty, "clone").is_some()
                || types::arguments(ty).iter().any(inner)
                || fields.iter().any(|field| inner(&lowering.read_type(&field.ty)))
        }
        _ => false,
    }
}

/// The only `from` of the unit that takes a type of the unit.
fn converting(lowering: &Lower<'_>, ty: &Type) -> Option<ItemId> {
    if !lowering.is_own_type(ty) {
        return None;
    }
    let items = lowering.index.functions_from(lowering.file, "from").into_iter();
    let mut taking = items.filter(|&id| lowering.signature(id).parameters == [ty.clone()]);
    let first = taking.next()?;
    taking.next().is_none().then_some(first)
}

fn is_pointer_method(name: &str) -> bool {
    matches!(
        name,
        "is_null"
            | "add"
            | "sub"
            | "offset"
            | "byte_add"
            | "byte_sub"
            | "wrapping_add"
            | "wrapping_sub"
            | "cast"
            | "cast_mut"
            | "cast_const"
            | "as_ptr"
            | "as_mut_ptr"
            | "addr"
            | "read"
            | "write"
            | "read_volatile"
            | "write_volatile"
            | "expose_provenance"
            | "as_ptr_range"
    )
}

/// Methods of raw pointers and `NonNull`.
fn pointer(lowering: &mut Lower<'_>, name: &str, value: Expr, nodes: &[Node], at: Span) -> Option<Expr> {
    let ty = value.ty();
    let number = Type::SIZE;
    match (name, nodes) {
        ("is_null", []) => {
            let null = constant(0, ty, at);
            Some(Expr::comparison(BinaryOp::Equal, value, null, at))
        }
        ("cast" | "cast_mut" | "cast_const" | "as_ptr" | "as_mut_ptr", []) => Some(value),
        ("addr" | "expose_provenance", []) => Some(Expr::cast(value, number, at)),
        ("read", []) => {
            let place = deref(value);
            Some(lowering.load(place, at))
        }
        ("write" | "write_volatile", [node]) => {
            let written = lowering.value(node);
            let place = deref(value);
            lowering.store(&place, written, at);
            Some(Expr::Unknown(Type::Void, at))
        }
        ("read_volatile", []) => Some(Expr::Unknown(Type::Unknown, at)),
        ("add" | "sub" | "offset" | "wrapping_add" | "wrapping_sub", [node]) => {
            let by = lowering.value(node);
            Some(moved(lowering, name, value, by, at))
        }
        ("byte_add" | "byte_sub", [node]) => {
            lowering.statement(node);
            let by = Expr::Unknown(number, at);
            Some(moved(lowering, name, value, by, at))
        }
        // Where the pointer leads then is not followed; that it is none of zero is.
        (_, [node]) => {
            lowering.statement(node);
            Some(Expr::Unknown(ty, at))
        }
        _ => None,
    }
}

/// A pointer moved by elements: where it leads is followed in an array that is known.
fn moved(lowering: &mut Lower<'_>, name: &str, pointer: Expr, by: Expr, at: Span) -> Expr {
    let ty = pointer.ty();
    let array = match pointer.uncast() {
        Expr::Address(place, _) if matches!(lowering.place_type(place), Type::Array(..)) => place.clone(),
        // Somewhere in what it points into.
        Expr::Load(..) => {
            let place = lowering.element_of(pointer, Expr::Unknown(Type::SIZE, at));
            return Expr::cast(Expr::Address(place, at), ty, at);
        }
        _ => return Expr::Unknown(ty, at),
    };
    // Through a pointer to something else it is moved by other steps.
    let of_elements = match (&ty, lowering.place_type(&array)) {
        (Type::Pointer(to), Type::Array(element, _)) => **to == *element || **to == Type::Unknown,
        _ => false,
    };
    let by = if of_elements { by } else { Expr::Unknown(Type::SIZE, at) };
    let number = Type::Int { bits: 64, signed: true };
    let by = super::conversions::as_type(by, &number);
    let by = match name.ends_with("sub") {
        true => Expr::unary(UnaryOp::Negate, by, number, at),
        false => by,
    };
    Expr::cast(Expr::Address(Place::element(array, by), at), ty, at)
}

/// The receiver of a method that is not known, which may change what it leads to.
fn borrowed(lowering: &mut Lower<'_>, value: Expr, at: Span) -> Expr {
    match value.ty() {
        Type::Pointer(_) | Type::Int { .. } | Type::Void | Type::Float => value,
        _ => {
            let place = lowering.place_of_value(value);
            let place = behind(lowering, place, at);
            lowering.reference(place, at)
        }
    }
}

/// A method that is not known, with the receiver as first argument.
fn unknown(lowering: &mut Lower<'_>, name: String, visible: bool, arguments: Vec<Argument>, at: Span) -> Expr {
    let ty = if visible {
        result_type(lowering, &name)
    } else {
        Type::Unknown
    };
    drops::given_away(lowering, arguments.get(1..).unwrap_or_default(), at);
    // No function of the unit has this path.
    let callee = if visible {
        Callee::Method(name)
    } else {
        Callee::Named(format!("_::{name}"))
    };
    let result = lowering.emit_call(CallParts::plain(callee, arguments, ty, at));
    if !visible {
        lowering.note_foreign(&result);
    }
    result
}

/// What methods of the name return, if all that the unit defines agree.
fn result_type(lowering: &Lower<'_>, name: &str) -> Type {
    let items = lowering.index.functions_from(lowering.file, name);
    let methods: Vec<ItemId> = items
        .into_iter()
        .filter(|&id| !lowering.index.item(id).1.scope.is_empty())
        .take(4)
        .collect();
    let mut types = methods.iter().map(|&id| lowering.signature(id).returns.clone());
    let Some(first) = types.next() else {
        return Type::Unknown;
    };
    if types.all(|ty| ty == first) {
        first
    } else {
        Type::Unknown
    }
}
