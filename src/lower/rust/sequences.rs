//! Methods of arrays, slices, strings and vectors, as far as their length goes. The elements of vectors are not followed.

use super::conversions::convert;
use super::parts::{CAPACITY, LENGTH, part};
use super::{Lower, options, types};
use crate::ir::{Argument, BinaryOp, Callee, Expr, Place, Type};
use crate::lower::CallParts;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;

/// The length of what is at a place.
pub fn length(lowering: &mut Lower<'_>, place: &Place, at: Span) -> Expr {
    match lowering.place_type(place) {
        Type::Array(_, Some(length)) => constant(length, Type::SIZE, at),
        _ => Expr::Load(part(place, LENGTH), Type::SIZE, at),
    }
}

/// A method of something that has a length.
pub fn method(
    lowering: &mut Lower<'_>,
    name: &str,
    place: &Place,
    ty: &Type,
    nodes: &[Node],
    at: Span,
) -> Option<Expr> {
    let own = lowering.structure_fields(ty).is_empty() && !lowering.is_enumeration(ty);
    if !own {
        return None;
    }
    match (name, nodes) {
        ("len", []) => return Some(length(lowering, place, at)),
        ("is_empty", []) => {
            let length = length(lowering, place, at);
            let zero = constant(0, Type::SIZE, at);
            return Some(Expr::comparison(BinaryOp::Equal, length, zero, at));
        }
        _ => {}
    }
    let sequence =
        matches!(ty, Type::Array(..)) || matches!(types::base(ty), Some("Vec" | "String" | "VecDeque" | "OsString"));
    if !sequence {
        return None;
    }
    if let Some(result) = changing(lowering, name, place, ty, nodes, at) {
        return Some(result);
    }
    reading(lowering, name, place, ty, nodes, at)
}

/// How many elements are added up at most.
const SUMMANDS: u64 = 8;

fn element_type(ty: &Type) -> Type {
    match ty {
        Type::Array(element, _) => (**element).clone(),
        _ => types::arguments(ty).into_iter().next().unwrap_or(Type::Unknown),
    }
}

/// Methods that change what is held, or how much is allocated for it.
fn changing(lowering: &mut Lower<'_>, name: &str, place: &Place, ty: &Type, nodes: &[Node], at: Span) -> Option<Expr> {
    let any_capacity = |lowering: &mut Lower<'_>| {
        let any = Expr::Unknown(Type::SIZE, at);
        lowering.body.assign(part(place, CAPACITY), any, at);
    };
    match (name, nodes) {
        ("pop" | "pop_back" | "pop_front", []) => return Some(popped(lowering, place, ty, at)),
        ("reserve" | "reserve_exact" | "shrink_to_fit", _) => {
            nodes.iter().for_each(|node| lowering.statement(node));
            any_capacity(lowering);
        }
        _ if is_in_place(name) => {
            nodes.iter().for_each(|node| lowering.statement(node));
            // Which element is where then is not followed; how many there are stays.
            let capacity = Expr::Load(part(place, CAPACITY), Type::SIZE, at);
            let capacity = lowering.kept_copy(capacity);
            let length = length(lowering, place, at);
            let length = lowering.kept_copy(length);
            lowering.body.havoc(place.clone(), at);
            lowering.body.assign(part(place, LENGTH), length, at);
            lowering.body.assign(part(place, CAPACITY), capacity, at);
        }
        _ => {
            let length = changed_length(lowering, name, place, nodes, at)?;
            // It grows with what does not fit in; what is left out stays allocated.
            if !matches!(name, "clear" | "set_len" | "truncate") {
                any_capacity(lowering);
            }
            lowering.body.assign(part(place, LENGTH), length, at);
        }
    }
    Some(Expr::Unknown(Type::Void, at))
}

/// Methods that change what is held, and not how much.
fn is_in_place(name: &str) -> bool {
    matches!(
        name,
        "fill" | "fill_with" | "reverse" | "swap" | "rotate_left" | "rotate_right" | "copy_within"
    ) || name.starts_with("sort")
        || name.starts_with("select_nth")
        || matches!(
            name,
            "copy_from_slice" | "clone_from_slice" | "swap_with_slice" | "make_ascii_lowercase"
        )
        || name == "make_ascii_uppercase"
}

/// The length after a method that changes it whatever is held.
fn changed_length(lowering: &mut Lower<'_>, name: &str, place: &Place, nodes: &[Node], at: Span) -> Option<Expr> {
    let before = length(lowering, place, at);
    Some(match (name, nodes) {
        ("push" | "push_back" | "push_front", [node]) => {
            let value = lowering.value(node);
            handed_out(lowering, &[value], at);
            Expr::binary(BinaryOp::Add, before, constant(1, Type::SIZE, at), Type::SIZE, at)
        }
        ("clear", []) => constant(0, Type::SIZE, at),
        ("set_len", [node]) => convert(lowering.value(node), &Type::SIZE),
        ("resize" | "resize_with", [node, value]) => {
            let length = convert(lowering.value(node), &Type::SIZE);
            lowering.statement(value);
            length
        }
        ("truncate", [node]) => {
            let length = convert(lowering.value(node), &Type::SIZE);
            Expr::binary(BinaryOp::Min, before, length, Type::SIZE, at)
        }
        _ => return None,
    })
}

/// `pop()`: an element and one less, if there is one.
fn popped(lowering: &mut Lower<'_>, place: &Place, ty: &Type, at: Span) -> Expr {
    let count = length(lowering, place, at);
    lowering.choose(
        count.clone(),
        at,
        |lowering| {
            let less = Expr::binary(BinaryOp::Subtract, count, constant(1, Type::SIZE, at), Type::SIZE, at);
            lowering.body.assign(part(place, LENGTH), less, at);
            options::some(lowering, Expr::Unknown(element_type(ty), at), at)
        },
        |lowering| options::none(lowering, at),
    )
}

/// Methods that only read.
fn reading(lowering: &mut Lower<'_>, name: &str, place: &Place, ty: &Type, nodes: &[Node], at: Span) -> Option<Expr> {
    let element = element_type(ty);
    let pointer = Type::pointer(element.clone());
    match (name, nodes) {
        ("as_ptr" | "as_mut_ptr", []) => Some(match ty {
            Type::Array(..) => Expr::cast(Expr::Address(place.clone(), at), pointer, at),
            _ => Expr::Unknown(pointer, at),
        }),
        ("as_slice" | "as_mut_slice" | "as_str" | "as_bytes" | "as_ref" | "as_mut" | "iter" | "iter_mut", []) => {
            Some(lowering.reference(place.clone(), at))
        }
        ("clone" | "to_vec" | "to_owned", []) if super::methods::clones_itself(lowering, ty, 0) => {
            Some(Expr::Unknown(ty.clone(), at))
        }
        ("clone" | "to_vec" | "to_owned" | "to_string", []) => Some(lowering.load(place.clone(), at)),
        ("capacity", []) => Some(lowering.load(part(place, CAPACITY), at)),
        ("sum", []) => Some(sum(lowering, place, ty, at)),
        ("count", []) => Some(Expr::Unknown(Type::SIZE, at)),
        ("first" | "last", []) => {
            let count = length(lowering, place, at);
            let test = count_test(count, at);
            let value = match (name, ty) {
                ("first", Type::Array(..)) => element_reference(lowering, place, ty, 0, at),
                ("last", Type::Array(_, Some(length))) if *length > 0 => {
                    element_reference(lowering, place, ty, length - 1, at)
                }
                _ => Expr::Unknown(pointer, at),
            };
            Some(options::where_true(lowering, "Option", test, value, at))
        }
        ("get" | "get_mut", [node]) => {
            let index = convert(lowering.value(node), &Type::SIZE);
            let index = lowering.steady(index, at);
            let count = length(lowering, place, at);
            let test = Expr::comparison(BinaryOp::Less, index.clone(), count, at);
            let value = match ty {
                Type::Array(..) => {
                    let element = lowering.element_of(Expr::Load(place.clone(), ty.clone(), at), index);
                    lowering.reference(element, at)
                }
                _ => Expr::Unknown(pointer, at),
            };
            Some(options::where_true(lowering, "Option", test, value, at))
        }
        ("contains" | "starts_with" | "ends_with" | "binary_search", [node]) => {
            lowering.statement(node);
            Some(Expr::Unknown(
                if name == "binary_search" {
                    Type::Unknown
                } else {
                    Type::BOOL
                },
                at,
            ))
        }
        _ => None,
    }
}

/// The sum of the elements: of a few that are there, else it is not followed.
fn sum(lowering: &mut Lower<'_>, place: &Place, ty: &Type, at: Span) -> Expr {
    let element = element_type(ty);
    let Type::Array(_, Some(count @ ..=SUMMANDS)) = ty else {
        return Expr::Unknown(element, at);
    };
    let mut sum = constant(0, element.clone(), at);
    for index in 0..*count {
        let array = Expr::Load(place.clone(), ty.clone(), at);
        let one = lowering.element_of(array, constant(index, Type::SIZE, at));
        let one = lowering.load(one, at);
        sum = Expr::binary(BinaryOp::Add, sum, one, element.clone(), at);
    }
    sum
}

fn count_test(count: Expr, at: Span) -> Expr {
    let zero = constant(0, Type::SIZE, at);
    Expr::comparison(BinaryOp::NotEqual, count, zero, at)
}

fn element_reference(lowering: &mut Lower<'_>, place: &Place, ty: &Type, index: u64, at: Span) -> Expr {
    let array = Expr::Load(place.clone(), ty.clone(), at);
    let element = lowering.element_of(array, constant(index, Type::SIZE, at));
    lowering.reference(element, at)
}

/// Values that are held where they are not followed: what they lead to may be read and changed through them.
pub fn handed_out(lowering: &mut Lower<'_>, values: &[Expr], at: Span) {
    let leading = values.iter().filter(|value| match value {
        Expr::Const { .. } | Expr::NonZero(..) => false,
        value => leads_on(lowering, &value.ty(), 0),
    });
    let arguments: Vec<Argument> = leading
        .map(|value| Argument {
            value: value.clone(),
            at,
        })
        .collect();
    if !arguments.is_empty() {
        let callee = Callee::Named("_::push".to_owned());
        lowering.emit_call(CallParts::plain(callee, arguments, Type::Void, at));
    }
}

/// Whether a value of a type may lead to others that do not belong to it.
fn leads_on(lowering: &Lower<'_>, ty: &Type, depth: u32) -> bool {
    let inner = |ty: &Type| depth < 4 && leads_on(lowering, ty, depth + 1);
    match ty {
        Type::Pointer(_) => true,
        Type::Array(element, _) => inner(element),
        Type::Aggregate(_) => {
            let base = types::base(ty).unwrap_or("");
            let definition = lowering.definition(base);
            let of_variants = definition
                .iter()
                .flat_map(|definition| definition.variants())
                .flat_map(|variant| &variant.fields);
            let fields = lowering.structure_fields(ty);
            let mut held = fields.iter().chain(of_variants);
            held.any(|field| field.ty.contains(['&', '*']) || inner(&lowering.read_type(&field.ty)))
                || types::arguments(ty).iter().any(inner)
        }
        _ => false,
    }
}

/// `vec![…]`: a vector of a length.
pub fn vector(lowering: &mut Lower<'_>, element: Type, length: Expr, at: Span) -> Expr {
    let ty = types::generic("Vec", &[element]);
    let place = lowering.fresh(ty.clone(), at);
    lowering.body.havoc(place.clone(), at);
    lowering.body.assign(part(&place, CAPACITY), length.clone(), at);
    lowering.body.assign(part(&place, LENGTH), length, at);
    Expr::Load(place, ty, at)
}
