//! Functions of the standard library and of system crates that are known by their path.

use std::cmp::Ordering;

use super::aggregates;
use super::conversions::{as_type, convert};
use super::definitions::Definition;
use super::parts::{CAPACITY, LENGTH, part};
use super::{Lower, cells, drops, integers, options, panics, sequences, types};
use crate::facts::rust::{ends, is_page_size};
use crate::ir::{Argument, BinaryOp, End, Expr, Type};
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;

/// Calls that need their arguments as they are written.
pub fn with_nodes(lowering: &mut Lower<'_>, path: &[String], nodes: &[Node], at: Span) -> Option<Expr> {
    let (holder, name) = ends(path);
    match (holder, name, nodes) {
        ("mem", "size_of_val" | "align_of_val", [node]) => {
            let value = lowering.value(node);
            let ty = lowering.value_type(&value);
            Some(size(lowering, types::behind(&ty), at))
        }
        ("panic", "catch_unwind", [node]) => Some(panics::caught(lowering, node, at)),
        ("hint", "assert_unchecked", [node]) => {
            let (yes, no) = (lowering.body.block(), lowering.body.block());
            lowering.condition(node, yes, no);
            lowering.body.switch_to(no);
            lowering.body.end(End::Stop);
            lowering.body.switch_to(yes);
            Some(Expr::Unknown(Type::Void, at))
        }
        _ => None,
    }
}

/// A call with its arguments as values. `None`: nothing is known of it.
pub fn call(
    lowering: &mut Lower<'_>,
    path: &[String],
    callee: &Node,
    arguments: &[Argument],
    at: Span,
) -> Option<Expr> {
    let (holder, name) = ends(path);
    let values: Vec<Expr> = arguments.iter().map(|argument| argument.value.clone()).collect();
    if let Some(value) = constructor(lowering, name, &values, at).filter(|_| holder_is_prelude(holder)) {
        return Some(value);
    }
    if let Some(value) = memory(lowering, path, callee, &values, at) {
        return Some(value);
    }
    let ty = match name_of_type(callee) {
        Some(text) => lowering.read_type(&text),
        None => lowering.read_type(holder),
    };
    of_type(lowering, &ty, (holder, name), callee, &values, at)
}

fn holder_is_prelude(holder: &str) -> bool {
    matches!(holder, "" | "Option" | "Result")
}

/// The text of the type in `Type::<T>::name`.
fn name_of_type(callee: &Node) -> Option<String> {
    let function = callee.field("function").unwrap_or(callee.clone());
    Some(function.field("path")?.text().to_owned())
}

/// The prelude's constructors.
fn constructor(lowering: &mut Lower<'_>, name: &str, values: &[Expr], at: Span) -> Option<Expr> {
    let [value] = values else { return None };
    let value = value.clone();
    match name {
        "Some" => Some(options::some(lowering, value, at)),
        "Ok" => Some(options::ok(lowering, value, at)),
        "Err" => Some(options::err(lowering, value, at)),
        "Wrapping" | "Saturating" => Some(cell(lowering, name, value, at)),
        _ => None,
    }
}

/// A structure that holds one value.
fn cell(lowering: &mut Lower<'_>, name: &str, value: Expr, at: Span) -> Expr {
    let ty = types::generic(name, &[lowering.value_type(&value)]);
    let place = lowering.fresh(ty.clone(), at);
    lowering.note_number(&part(&place, "0"), &value);
    lowering.body.assign(part(&place, "0"), value, at);
    Expr::Load(place, ty, at)
}

/// Functions that make, move or measure memory.
fn memory(lowering: &mut Lower<'_>, path: &[String], callee: &Node, values: &[Expr], at: Span) -> Option<Expr> {
    let call = ends(path);
    made(lowering, call, callee, values, at)
        .or_else(|| exchanged(lowering, call, values, at))
        .or_else(|| pointed_to(lowering, call, values, at))
        .or_else(|| match (call, values) {
            (("hint" | "convert", "black_box" | "identity"), [value]) => Some(value.clone()),
            (("cmp", "max" | "min"), [left, right]) => {
                integers::method(lowering, call.1, left.clone(), std::slice::from_ref(right), at)
            }
            (_, []) if is_page_size(path) => Some(Expr::NonZero(Type::SIZE, "a page size", at)),
            _ => None,
        })
}

/// Sizes of types, and zeroed values.
fn made(
    lowering: &mut Lower<'_>,
    (holder, name): (&str, &str),
    callee: &Node,
    values: &[Expr],
    at: Span,
) -> Option<Expr> {
    Some(match (holder, name, values) {
        (_, "size_of" | "align_of" | "min_align_of", []) => {
            let argument = generic_argument(callee);
            match argument {
                Some(text) if name == "size_of" => {
                    let ty = lowering.read_type(&text);
                    match is_parameter(&text) && ty == Type::Unknown {
                        true => Expr::Unknown(Type::SIZE, at),
                        false => size(lowering, &ty, at),
                    }
                }
                _ => Expr::NonZero(Type::SIZE, "an alignment", at),
            }
        }
        ("mem" | "MaybeUninit", "zeroed", []) => {
            let ty = generic_argument(callee).map_or(Type::Unknown, |text| lowering.read_type(&text));
            let place = lowering.fresh(ty, at);
            lowering.body.clear(place.clone(), at);
            lowering.load(place, at)
        }
        _ => return None,
    })
}

/// Functions that let places change their values.
fn exchanged(lowering: &mut Lower<'_>, (holder, name): (&str, &str), values: &[Expr], at: Span) -> Option<Expr> {
    let void = Expr::Unknown(Type::Void, at);
    Some(match (holder, name, values) {
        ("mem" | "ptr", "replace", [to, value]) => {
            let place = lowering.place_behind(to.clone());
            let before = lowering.load(place.clone(), at);
            let before = lowering.kept_copy(before);
            lowering.store(&place, value.clone(), at);
            before
        }
        ("mem", "take", [from]) => {
            let place = lowering.place_behind(from.clone());
            let before = lowering.load(place.clone(), at);
            let before = lowering.kept_copy(before);
            let ty = lowering.place_type(&place);
            aggregates::default(lowering, &place, &ty, at);
            before
        }
        ("mem" | "ptr", "swap", [left, right]) => {
            let [left, right] = [left, right].map(|value| lowering.place_behind(value.clone()));
            let before = lowering.load(left.clone(), at);
            let before = lowering.kept_copy(before);
            let other = lowering.load(right.clone(), at);
            lowering.body.assign(left, other, at);
            lowering.body.assign(right, before, at);
            void
        }
        ("mem" | "", "drop", [value]) => {
            drops::drop_value(lowering, value, at);
            void
        }
        ("mem" | "", "forget", [_]) => void,
        _ => return None,
    })
}

/// Functions on pointers, and slices made of them.
fn pointed_to(lowering: &mut Lower<'_>, (holder, name): (&str, &str), values: &[Expr], at: Span) -> Option<Expr> {
    let void = Expr::Unknown(Type::Void, at);
    Some(match (holder, name, values) {
        ("ptr", "null" | "null_mut", []) => constant(0, Type::pointer(Type::Unknown), at),
        ("ptr", "read", [pointer]) => {
            let place = deref(pointer.clone());
            lowering.load(place, at)
        }
        ("ptr", "write", [pointer, value]) => {
            let place = deref(pointer.clone());
            lowering.store(&place, value.clone(), at);
            void
        }
        ("ptr", "dangling" | "dangling_mut", []) => Expr::NonZero(Type::pointer(Type::Unknown), "dangling", at),
        ("slice", "from_raw_parts" | "from_raw_parts_mut", [pointer, length]) => {
            if name.ends_with("_mut") {
                sequences::handed_out(lowering, std::slice::from_ref(pointer), at);
            }
            let place = lowering.fresh(Type::Array(Box::new(Type::Unknown), None), at);
            lowering
                .body
                .assign(part(&place, LENGTH), convert(length.clone(), &Type::SIZE), at);
            lowering.reference(place, at)
        }
        _ => return None,
    })
}

/// The text between `::<` and `>`.
pub fn generic_argument(callee: &Node) -> Option<String> {
    let list = callee.field("type_arguments")?;
    let first = list.children().next()?;
    Some(first.text().to_owned())
}

/// Whether a type's text looks like a generic parameter, of which nothing is known.
fn is_parameter(text: &str) -> bool {
    text.len() <= 2 && text.starts_with(|c: char| c.is_uppercase())
}

/// The size of a type.
pub fn size(lowering: &Lower<'_>, ty: &Type, at: Span) -> Expr {
    match bytes(lowering, ty, 0) {
        Some(bytes) => constant(bytes, Type::SIZE, at),
        None if may_be_empty(lowering, ty, 0) => Expr::Unknown(Type::SIZE, at),
        None => Expr::NonZero(Type::SIZE, "the size of a type", at),
    }
}

/// Whether a type of the unit, or one made of such, may take no place: what it holds is not known, or takes none.
fn may_be_empty(lowering: &Lower<'_>, ty: &Type, depth: u32) -> bool {
    let inner = |ty: &Type| depth >= 8 || *ty == Type::Unknown || may_be_empty(lowering, ty, depth + 1);
    match ty {
        Type::Array(element, count) => *count != Some(0) && inner(element) || matches!(count, None | Some(0)),
        Type::Void => true,
        Type::Aggregate(_) => {
            let base = types::base(ty).unwrap_or("");
            match lowering.definition(base).as_deref() {
                Some(Definition::Structure(fields) | Definition::Union(fields)) => {
                    fields.iter().all(|field| inner(&lowering.read_type(&field.ty)))
                }
                Some(Definition::Enumeration(variants)) => {
                    variants.len() < 2
                        && variants
                            .iter()
                            .all(|variant| variant.fields.iter().all(|field| inner(&lowering.read_type(&field.ty))))
                }
                _ => base.is_empty() && types::arguments(ty).iter().all(inner),
            }
        }
        _ => false,
    }
}

/// The size of a type where it needs no layout: numbers, pointers to sized things, arrays of these, nothing.
fn bytes(lowering: &Lower<'_>, ty: &Type, depth: u32) -> Option<u64> {
    match ty {
        Type::Int { bits, .. } => Some(u64::from(*bits).div_ceil(8)),
        Type::Pointer(to) => (!matches!(**to, Type::Array(_, None) | Type::Unknown)).then_some(8),
        Type::Array(element, Some(count)) => bytes(lowering, element, depth)?.checked_mul(*count),
        Type::Void => Some(0),
        Type::Float => None,
        Type::Aggregate(name) if name == "()" => Some(0),
        Type::Aggregate(_) if depth < 8 => {
            if lowering.is_enumeration(ty) {
                return None;
            }
            let fields = lowering.structure_fields(ty);
            let known = types::base(ty).and_then(|name| lowering.definition(name)).is_some();
            let empty = |field: &super::definitions::Field| {
                field.ty.contains("PhantomData")
                    || bytes(lowering, &lowering.read_type(&field.ty), depth + 1) == Some(0)
            };
            (known && fields.iter().all(empty)).then_some(0)
        }
        _ => None,
    }
}

/// Functions of a type, called by their path.
fn of_type(
    lowering: &mut Lower<'_>,
    ty: &Type,
    (holder, name): (&str, &str),
    callee: &Node,
    values: &[Expr],
    at: Span,
) -> Option<Expr> {
    if name == "default" && values.is_empty() {
        return Some(options::default_value(lowering, ty, at));
    }
    if let Type::Int { .. } = ty {
        return of_integer(lowering, ty, name, values, at);
    }
    let base = types::base(ty).unwrap_or(holder);
    let call = (base, name);
    of_pointer(lowering, call, values, at)
        .or_else(|| of_cell(lowering, ty, call, values, at))
        .or_else(|| of_sequence(lowering, ty, call, values, at))
        .or_else(|| match (base, name, values) {
            ("Layout", _, _) => layout(lowering, name, callee, values, at),
            ("MRemapFlags" | "MremapFlags" | "MapFlags" | "ProtFlags", "empty", []) => Some(constant(0, Type::INT, at)),
            ("MRemapFlags" | "MremapFlags", "from_bits_truncate" | "from_bits_retain", [value]) => Some(value.clone()),
            ("Option" | "Result", _, [value, ..]) => {
                let place = lowering.place_behind(value.clone());
                options::method(lowering, name, &place, &[], at)
            }
            // A method by its path.
            (_, _, [value]) => {
                let place = lowering.place_behind(value.clone());
                let ty = lowering.place_type(&place);
                cells::method(lowering, name, &place, &ty, &[], at)
            }
            _ => None,
        })
}

/// Functions of types that hold one value.
fn of_cell(lowering: &mut Lower<'_>, ty: &Type, (base, name): (&str, &str), values: &[Expr], at: Span) -> Option<Expr> {
    let inner = types::arguments(ty).into_iter().next();
    Some(match (base, name, values) {
        ("NonZero", "new" | "try_from", [value]) => non_zero(lowering, ty, name, value, at),
        ("NonZero", "new_unchecked", [value]) => {
            let value = convert(value.clone(), &inner.unwrap_or(Type::Unknown));
            cell(lowering, base, value, at)
        }
        ("Cell" | "RefCell" | "UnsafeCell" | "Mutex" | "RwLock" | "Atomic", "new", [value]) => {
            let value = inner.map_or(value.clone(), |inner| convert(value.clone(), &inner));
            cell(lowering, base, value, at)
        }
        ("OnceCell" | "OnceLock", "new", []) => options::none_as(lowering, ty.clone(), at),
        _ => return None,
    })
}

/// Functions that make a sequence.
fn of_sequence(
    lowering: &mut Lower<'_>,
    ty: &Type,
    (base, name): (&str, &str),
    values: &[Expr],
    at: Span,
) -> Option<Expr> {
    Some(match (base, name, values) {
        ("Vec" | "String" | "VecDeque" | "OsString" | "HashMap" | "BTreeMap", "new", [])
        | ("Vec" | "String" | "VecDeque" | "OsString" | "HashMap", "with_capacity", [_]) => {
            empty_sequence(lowering, sequence_type(ty, base), values.first(), at)
        }
        ("String", "from", [value]) => {
            let from = lowering.place_behind(value.clone());
            let length = super::sequences::length(lowering, &from, at);
            sequence_of(lowering, Type::Aggregate("String".to_owned()), length, at)
        }
        _ => return None,
    })
}

/// Functions of types that point to a value or are as good as it.
fn of_pointer(lowering: &mut Lower<'_>, (base, name): (&str, &str), values: &[Expr], at: Span) -> Option<Expr> {
    match (base, name, values) {
        ("Box", "new", [value]) if is_stored_pointer(value) => Some(cell(lowering, base, value.clone(), at)),
        ("Box" | "Pin" | "ManuallyDrop" | "MaybeUninit" | "Reverse", "new" | "pin", [value]) => Some(value.clone()),
        ("Rc" | "Arc", "new", [value]) => {
            let ty = lowering.value_type(value);
            let place = lowering.fresh(ty.clone(), at);
            lowering.body.assign(place.clone(), value.clone(), at);
            drops::own_shared(lowering, &place, ty, at);
            Some(lowering.reference(place, at))
        }
        // What they point to is shared; only they are copied.
        ("Rc" | "Arc", "clone", [value]) => {
            let ty = lowering.value_type(value);
            match ty {
                Type::Pointer(to) if matches!(*to, Type::Pointer(_)) => Some(lowering.load(deref(value.clone()), at)),
                _ => Some(value.clone()),
            }
        }
        ("NonNull", "new", [value]) => {
            let test = is_not_zero(value, &value.ty(), at);
            Some(options::where_true(lowering, "Option", test, value.clone(), at))
        }
        ("NonNull", "new_unchecked" | "from", [value]) => Some(value.clone()),
        ("NonNull", "dangling", []) => Some(Expr::NonZero(Type::pointer(Type::Unknown), "dangling", at)),
        _ => None,
    }
}

/// Whether a value is a pointer, and no function.
fn is_stored_pointer(value: &Expr) -> bool {
    matches!(value.ty(), Type::Pointer(_)) && matches!(value.uncast(), Expr::Address(..) | Expr::Load(..))
}

/// A sequence with room for so many elements, none without.
fn empty_sequence(lowering: &mut Lower<'_>, ty: Type, capacity: Option<&Expr>, at: Span) -> Expr {
    let none = constant(0, Type::SIZE, at);
    let capacity = capacity.map_or(none.clone(), |value| convert(value.clone(), &Type::SIZE));
    let place = lowering.fresh(ty, at);
    lowering.body.assign(part(&place, LENGTH), none, at);
    lowering.body.assign(part(&place, CAPACITY), capacity, at);
    lowering.load(place, at)
}

/// A sequence of a length.
fn sequence_of(lowering: &mut Lower<'_>, ty: Type, length: Expr, at: Span) -> Expr {
    let place = lowering.fresh(ty, at);
    lowering.body.assign(part(&place, LENGTH), length, at);
    lowering.load(place, at)
}

fn sequence_type(ty: &Type, base: &str) -> Type {
    match ty {
        Type::Aggregate(_) => ty.clone(),
        _ => Type::Aggregate(base.to_owned()),
    }
}

/// Whether a value of a type is not zero, or null.
fn is_not_zero(value: &Expr, ty: &Type, at: Span) -> Expr {
    let zero = constant(0, ty.clone(), at);
    Expr::comparison(BinaryOp::NotEqual, value.clone(), zero, at)
}

/// `NonZero::new(value)`
fn non_zero(lowering: &mut Lower<'_>, ty: &Type, name: &str, value: &Expr, at: Span) -> Expr {
    let inner = match types::arguments(ty).into_iter().next() {
        Some(Type::Unknown) | None => value.ty(),
        Some(inner) => inner,
    };
    let inner = if inner == Type::Unknown { Type::SIZE } else { inner };
    let value = convert(value.clone(), &inner);
    let value = lowering.steady(value, at);
    let test = is_not_zero(&value, &inner, at);
    let held = cell(lowering, "NonZero", value, at);
    options::where_true(
        lowering,
        if name == "new" { "Option" } else { "Result" },
        test,
        held,
        at,
    )
}

/// Functions of integer types: conversions, and methods called by path.
fn of_integer(lowering: &mut Lower<'_>, ty: &Type, name: &str, values: &[Expr], at: Span) -> Option<Expr> {
    match (name, values) {
        ("from", [value]) => Some(number(lowering, value, ty, at)),
        ("try_from", [value]) => {
            let value = number(lowering, value, &Type::Unknown, at);
            let value = if value.ty() == Type::Unknown {
                convert(value, &Type::SIZE)
            } else {
                value
            };
            let value = lowering.steady(value, at);
            let result = as_type(value.clone(), ty);
            let test = fits(&value, ty, at);
            Some(options::where_true(lowering, "Result", test, result, at))
        }
        ("max_value", []) => Some(integers::limit(ty, "MAX", at)),
        ("min_value", []) => Some(integers::limit(ty, "MIN", at)),
        ("from_str_radix" | "from_ne_bytes" | "from_le_bytes" | "from_be_bytes", _) => None,
        (_, [value, rest @ ..]) => {
            let value = number(lowering, value, ty, at);
            let rest: Vec<Expr> = rest.iter().map(|value| number(lowering, value, ty, at)).collect();
            integers::method(lowering, name, value, &rest, at)
        }
        _ => None,
    }
}

/// The number that a value stands for, as a type.
fn number(lowering: &mut Lower<'_>, value: &Expr, ty: &Type, at: Span) -> Expr {
    let value = match lowering.value_type(value) {
        Type::Pointer(_) | Type::Aggregate(_) => {
            let place = lowering.place_behind(value.clone());
            super::cells::held_number(lowering, &place, at)
        }
        _ => value.clone(),
    };
    as_type(value, ty)
}

/// Whether a value is one of a type too.
fn fits(value: &Expr, ty: &Type, at: Span) -> Expr {
    let from = value.ty();
    match ty.bits().cmp(&from.bits()) {
        Ordering::Greater if !from.signed() || ty.signed() => constant(1, Type::BOOL, at),
        // Of a signed number the ones that are not negative, of an unsigned one those that stay so.
        Ordering::Greater | Ordering::Equal if from.signed() != ty.signed() => {
            let signed = Type::Int {
                bits: from.bits() as u8,
                signed: true,
            };
            let zero = constant(0, signed.clone(), at);
            Expr::comparison(BinaryOp::GreaterEqual, as_type(value.clone(), &signed), zero, at)
        }
        // Those that are the same, converted there and back.
        _ => {
            let there = Expr::cast(value.clone(), ty.clone(), at);
            let back = Expr::cast(there, from, at);
            Expr::comparison(BinaryOp::Equal, back, value.clone(), at)
        }
    }
}

/// `Layout`: its size is what counts.
fn layout(lowering: &mut Lower<'_>, name: &str, callee: &Node, values: &[Expr], at: Span) -> Option<Expr> {
    let of_argument = |lowering: &Lower<'_>| {
        let ty = generic_argument(callee).map_or(Type::Unknown, |text| lowering.read_type(&text));
        if ty == Type::Unknown {
            Expr::Unknown(Type::SIZE, at)
        } else {
            size(lowering, &ty, at)
        }
    };
    let (size, fallible) = match (name, values) {
        ("new", []) => (of_argument(lowering), false),
        ("array", [count]) => {
            let size = of_argument(lowering);
            (lowering.operation("*", count.clone(), size, at), true)
        }
        ("from_size_align", [size, _]) => (size.clone(), true),
        ("from_size_align_unchecked", [size, _]) => (size.clone(), false),
        _ => return None,
    };
    let layout = layout_of(lowering, size, at);
    Some(match fallible {
        true => options::where_true(lowering, "Result", Expr::Unknown(Type::BOOL, at), layout, at),
        false => layout,
    })
}

/// A `Layout` of a size.
pub fn layout_of(lowering: &mut Lower<'_>, size: Expr, at: Span) -> Expr {
    let ty = Type::Aggregate("Layout".to_owned());
    let place = lowering.fresh(ty.clone(), at);
    lowering
        .body
        .assign(part(&place, "size"), convert(size, &Type::SIZE), at);
    Expr::Load(place, ty, at)
}
