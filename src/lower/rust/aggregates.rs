//! Structures, tuples, enumerations and arrays: how they are built, and the types of their parts.

use super::conversions::convert;
use super::definitions::{Definition, Field, Variant};
use super::names::segments;
use super::parts::{CAPACITY, ERROR, LENGTH, TAG, part};
use super::{Lower, drops, loops, panics, paths, sequences, types};
use crate::ir::{Argument, BinaryOp, Expr, Place, Type};
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};

/// Arrays up to this length are written element by element.
const ELEMENTS: u64 = 16;

/// The type of a field.
pub fn field_type(lowering: &Lower<'_>, object: &Type, field: &str) -> Type {
    let arguments = || types::arguments(object);
    let argument = |index: usize| arguments().into_iter().nth(index).unwrap_or(Type::Unknown);
    let Type::Aggregate(name) = object else {
        return if matches!(field, LENGTH | CAPACITY) {
            Type::SIZE
        } else {
            Type::Unknown
        };
    };
    match (types::base(object).unwrap_or(""), field) {
        ("Option" | "Result" | "OnceCell" | "OnceLock", TAG) => Type::BOOL,
        ("Option" | "Result", "0") => argument(0),
        ("Result", ERROR) => argument(1),
        ("Range" | "RangeInclusive", _) => argument(0),
        ("Ordering", TAG) => Type::Int { bits: 8, signed: true },
        ("Layout", "size") => Type::SIZE,
        ("", index) => index.parse().map_or(Type::Unknown, argument),
        (base, field) => match lowering.definition(base).as_deref() {
            Some(Definition::Structure(fields) | Definition::Union(fields)) => declared(lowering, fields, field),
            Some(Definition::Enumeration(_)) if field == TAG => Type::Int { bits: 64, signed: true },
            Some(Definition::Enumeration(_)) => Type::Aggregate(format!("{base}::{field}")),
            _ => match name.split_once("::").and_then(|(holder, variant)| {
                lowering
                    .definition(holder)?
                    .variant(variant)
                    .map(|variant| declared(lowering, &variant.fields, field))
            }) {
                Some(ty) => ty,
                None if field == "0" => argument(0),
                None if matches!(field, LENGTH | CAPACITY) => Type::SIZE,
                None => Type::Unknown,
            },
        },
    }
}

fn declared(lowering: &Lower<'_>, fields: &[Field], name: &str) -> Type {
    let found = fields.iter().find(|field| field.name == name);
    found.map_or(Type::Unknown, |field| lowering.read_type(&field.ty))
}

/// `object.field`, through references.
pub fn field(lowering: &mut Lower<'_>, node: &Node) -> Option<Place> {
    let (object, name) = (node.part(Part::Object)?, node.part(Part::Name)?);
    let place = lowering.place_or_copy(&object);
    let place = behind(lowering, place, object.span());
    let place = with_field(lowering, place, name.text(), node.span());
    let field = part(&place, name.text());
    let ty = lowering.place_type(&place);
    let of_union =
        types::base(&ty).is_some_and(|base| matches!(lowering.definition(base).as_deref(), Some(Definition::Union(_))));
    if of_union {
        // What it holds was written as something else, or is read as something else elsewhere.
        let held = lowering.place_type(&field);
        let any = lowering.fresh(held, node.span());
        lowering.body.havoc(any.clone(), node.span());
        lowering.body.havoc(place, node.span());
        return Some(any);
    }
    Some(field)
}

/// The place that has the field: what the type's own `deref` leads to if the type has no such field.
fn with_field(lowering: &mut Lower<'_>, place: Place, field: &str, at: Span) -> Place {
    let ty = lowering.place_type(&place);
    if lowering.structure_fields(&ty).iter().any(|own| own.name == field) {
        return place;
    }
    overloaded(lowering, &place, at).unwrap_or(place)
}

/// What the `deref` of a type of the unit leads to. Where there is one for changes too, either may be called.
pub fn overloaded(lowering: &mut Lower<'_>, place: &Place, at: Span) -> Option<Place> {
    let ty = lowering.place_type(place);
    let reading = super::methods::own_method(lowering, &ty, "deref").filter(|_| matches!(ty, Type::Aggregate(_)))?;
    let changing = super::methods::own_method(lowering, &ty, "deref_mut");
    let call = |lowering: &mut Lower<'_>, id, name: &str| {
        let value = lowering.reference(place.clone(), at);
        super::calls::call_item(lowering, id, name, vec![Argument { value, at }], at)
    };
    let pointer = match changing {
        None => call(lowering, reading, "deref"),
        Some(changing) => lowering.choose(
            Expr::Unknown(Type::BOOL, at),
            at,
            |lowering| call(lowering, reading, "deref"),
            |lowering| call(lowering, changing, "deref_mut"),
        ),
    };
    Some(super::aggregates::behind(lowering, deref(pointer), at))
}

/// The place that references at a place lead to.
pub fn behind(lowering: &mut Lower<'_>, place: Place, at: Span) -> Place {
    let mut place = place;
    for _ in 0..8 {
        match lowering.place_type(&place) {
            ty @ Type::Pointer(_) => place = deref(Expr::Load(place, ty, at)),
            _ => break,
        }
    }
    place
}

/// `object[index]`; a range as index gives a slice, of which nothing is known but its length.
pub fn element(lowering: &mut Lower<'_>, node: &Node) -> Option<Place> {
    let (object, index) = (node.part(Part::Object)?, node.part(Part::Index)?);
    let object_at = object.span();
    let place = lowering.place_or_copy(&object);
    let place = behind(lowering, place, object_at);
    let is_range = index.role() == Some(Role::Range);
    let index = lowering.value(&index);
    let is_range = is_range || matches!(types::base(&index.ty()), Some("Range" | "RangeInclusive"));
    let own = own_element(lowering, &place, &index, node);
    if own.is_some() || is_range {
        panics::perhaps_where(lowering, Expr::Unknown(Type::BOOL, object_at), object_at);
        return own.or_else(|| Some(slice(lowering, place, &index, node)));
    }
    let index = convert(index, &Type::SIZE);
    panics::indexing(lowering, &place, &index, object_at);
    let ty = match lowering.place_type(&place) {
        ty @ Type::Array(..) => ty,
        _ => Type::Array(Box::new(Type::Unknown), None),
    };
    Some(lowering.element_of(Expr::Load(place, ty, object_at), index))
}

/// A part of an array or slice. It is a copy, as far as it is known: where it may be changed, the whole becomes unknown.
fn slice(lowering: &mut Lower<'_>, whole: Place, range: &Expr, node: &Node) -> Place {
    let at = node.span();
    let ty = lowering.place_type(&whole);
    let element = match &ty {
        Type::Array(element, _) => (**element).clone(),
        _ => Type::Unknown,
    };
    if may_be_changed(node) && !matches!(ty, Type::Int { .. }) {
        let count = Expr::Load(part(&whole, LENGTH), Type::SIZE, at);
        let count = lowering.kept_copy(count);
        lowering.body.havoc(whole.clone(), at);
        lowering.body.assign(part(&whole, LENGTH), count, at);
    }
    let range = lowering.place_of_value(range.clone());
    let length = match node.part(Part::Index).and_then(|index| loops::open_end(&index)) {
        Some(open) => {
            let start = lowering.load(part(&range, "start"), at);
            let end = if open {
                sequences::length(lowering, &whole, at)
            } else {
                lowering.load(part(&range, "end"), at)
            };
            let end = convert(end, &Type::SIZE);
            Expr::binary(BinaryOp::Subtract, end, convert(start, &Type::SIZE), Type::SIZE, at)
        }
        None => Expr::Unknown(Type::SIZE, at),
    };
    let place = lowering.fresh(Type::Array(Box::new(element), None), at);
    lowering.body.havoc(place.clone(), at);
    lowering.body.assign(part(&place, LENGTH), length, at);
    place
}

/// Whether something may be written through a part of an array: it is assigned to, lent to be changed, or a method is called
/// on it that may do so.
fn may_be_changed(node: &Node) -> bool {
    let Some(parent) = node.parent() else { return true };
    let is = |part: Part| parent.part(part).is_some_and(|other| other == *node);
    match parent.role() {
        Some(Role::Address) => parent.text().starts_with("&mut"),
        Some(Role::Field) if is(Part::Object) => !parent.part(Part::Name).is_some_and(|name| {
            matches!(
                name.text(),
                "len"
                    | "is_empty"
                    | "iter"
                    | "to_vec"
                    | "first"
                    | "last"
                    | "get"
                    | "contains"
                    | "parse"
                    | "to_string"
                    | "to_owned"
                    | "trim"
                    | "starts_with"
                    | "ends_with"
                    | "chars"
                    | "bytes"
            )
        }),
        Some(Role::Binary) => false,
        Some(Role::Parenthesized | Role::Index) => !is(Part::Index) && may_be_changed(&parent),
        Some(Role::Assign) => !is(Part::Value),
        Some(Role::Call) => true,
        _ => false,
    }
}

/// Which of `index` and `index_mut` an element is found by; both, where that is not seen.
fn found_by(node: &Node) -> &'static [&'static str] {
    let either: &[&str] = &["index", "index_mut"];
    let (reading, changing) = either.split_at(1);
    let Some(parent) = node.parent() else { return either };
    match parent.role() {
        Some(Role::Binary | Role::Cast) => reading,
        Some(Role::Assign) if parent.part(Part::To).is_some_and(|to| to == *node) => changing,
        Some(Role::Assign) => reading,
        Some(Role::Address) if parent.text().starts_with("&mut") => changing,
        Some(Role::Address) if !parent.text().starts_with("&raw") => reading,
        Some(Role::Parenthesized) => found_by(&parent),
        _ if parent.kind() == "arguments" => reading,
        _ => either,
    }
}

/// An element by the unit's own `index`. Where there are several, or one for changes too, any may be called.
fn own_element(lowering: &mut Lower<'_>, place: &Place, index: &Expr, node: &Node) -> Option<Place> {
    let at = node.span();
    let own = lowering.place_type(place);
    let holder = types::base(&own)?.to_owned();
    let mut names = found_by(node);
    if lowering.functions_of(&holder, "index_mut").is_empty() {
        names = &["index"];
    }
    let found: Vec<_> = names
        .iter()
        .flat_map(|name| {
            lowering
                .functions_of(&holder, name)
                .into_iter()
                .map(move |id| (id, *name))
        })
        .collect();
    let (&(first, name), rest) = found.split_first()?;
    let object = lowering.reference(place.clone(), at);
    let arguments = vec![object, index.clone()]
        .into_iter()
        .map(|value| Argument { value, at })
        .collect();
    let pointer = match rest {
        [] => super::calls::call_item(lowering, first, name, arguments, at),
        _ => {
            let callees = names
                .iter()
                .filter(|name| found.iter().any(|(_, other)| other == *name));
            let callees: Vec<&str> = callees.copied().collect();
            let ty = lowering.signature(first).returns.clone();
            super::calls::any_of(lowering, &holder, &callees, arguments, (ty, at))
        }
    };
    Some(deref(pointer))
}

/// `*x`; what is no pointer (a `Box`, a guard) is taken for what it holds.
pub fn dereference(lowering: &mut Lower<'_>, node: &Node) -> Option<Place> {
    let inner = node.part(Part::Value)?;
    let value = lowering.value(&inner);
    Some(match value.ty() {
        // A number is what a box holds.
        Type::Unknown if lowering.is_number(&value) => lowering.place_of_value(value),
        Type::Pointer(_) | Type::Unknown => deref(value),
        ty @ Type::Aggregate(_) if is_cell(&ty) => part(&lowering.place_of_value(value), "0"),
        Type::Aggregate(_) => {
            let place = lowering.place_of_value(value);
            overloaded(lowering, &place, node.span()).unwrap_or(place)
        }
        _ => lowering.place_of_value(value),
    })
}

fn is_cell(ty: &Type) -> bool {
    matches!(
        types::base(ty),
        Some("RefCell" | "Mutex" | "RwLock" | "Cell" | "LazyCell" | "LazyLock" | "Box")
    )
}

/// Stores the values of a structure literal, tuple or array to a place.
pub fn build(lowering: &mut Lower<'_>, place: &Place, ty: &Type, node: &Node) {
    // What stands there may be read by the new values: they are put together elsewhere first.
    let target = match place {
        Place::Var(id) if lowering.body.variables[id.0 as usize].name.is_empty() => place.clone(),
        _ => lowering.fresh(ty.clone(), node.span()),
    };
    let built = match node.kind() {
        "struct_expression" => structure(lowering, &target, node),
        "array_expression" => array(lowering, &target, ty, node),
        "unit_expression" => Type::Void,
        _ => tuple(lowering, &target, ty, node),
    };
    if let Place::Var(id) = target {
        lowering.set_type(id, built);
    }
    if target != *place {
        let at = node.span();
        lowering.body.copy(place.clone(), target, at);
    }
}

fn tuple(lowering: &mut Lower<'_>, place: &Place, ty: &Type, node: &Node) -> Type {
    let expected = types::arguments(ty);
    let mut types = Vec::new();
    for (index, element) in node.parts(Part::Element).enumerate() {
        let value = lowering.value(&element);
        let value = match expected.get(index) {
            Some(ty) => convert(value, ty),
            None => value,
        };
        types.push(value.ty());
        let to = part(place, &index.to_string());
        lowering.note_number(&to, &value);
        lowering.body.assign(to, value, element.span());
    }
    types::tuple(&types)
}

fn structure(lowering: &mut Lower<'_>, place: &Place, node: &Node) -> Type {
    let name = node
        .part(Part::Type)
        .map(|name| name.text().to_owned())
        .unwrap_or_default();
    let path = segments(&name);
    let (ty, target) = match lowering.variant(&path) {
        Some((holder, variant)) => {
            lowering
                .body
                .assign(part(place, TAG), tag(&variant, node.span()), node.span());
            (Type::Aggregate(holder), part(place, &variant.name))
        }
        None => (lowering.read_type(&name), place.clone()),
    };
    if let Place::Var(id) = place {
        lowering.set_type(*id, ty.clone());
    }
    if let Some(base) = node.part(Part::Base) {
        copy_base(lowering, &target, &ty, &base);
    }
    let base = node.part(Part::Base);
    for element in node
        .parts(Part::Element)
        .filter(|element| Some(element) != base.as_ref())
    {
        if let (Some(name), Some(value)) = (element.part(Part::Name), element.part(Part::Value)) {
            let to = part(&target, name.text());
            let value = lowering.value(&value);
            lowering.store(&to, value, element.span());
        }
    }
    ty
}

/// `..base`
fn copy_base(lowering: &mut Lower<'_>, place: &Place, ty: &Type, base: &Node) {
    if paths::is_default_call(base) {
        return default(lowering, place, ty, base.span());
    }
    let from = lowering.value(base);
    drops::own_temporary(lowering, base, &from);
    let from = lowering.place_behind(from);
    lowering.body.copy(place.clone(), from, base.span());
}

/// A variant's tag.
pub fn tag(variant: &Variant, at: Span) -> Expr {
    constant(variant.tag as u64, Type::Int { bits: 64, signed: true }, at)
}

fn array(lowering: &mut Lower<'_>, place: &Place, ty: &Type, node: &Node) -> Type {
    let at = node.span();
    let expected = match ty {
        Type::Array(element, _) => (**element).clone(),
        _ => Type::Unknown,
    };
    let length = node.part(Part::Length);
    let elements: Vec<Node> = node
        .parts(Part::Element)
        .filter(|element| Some(element) != length.as_ref())
        .collect();
    if let Some(length) = length {
        let value = match elements.first() {
            Some(element) => lowering.value(element),
            None => Expr::Unknown(Type::Unknown, at),
        };
        let value = convert(value, &expected);
        let count = lowering.constant_of(length.text());
        let ty = Type::Array(Box::new(value.ty()), count);
        repeat(lowering, place, value, count, at);
        let count = count.map_or(Expr::Unknown(Type::SIZE, at), |count| constant(count, Type::SIZE, at));
        lowering.body.assign(part(place, LENGTH), count, at);
        return ty;
    }
    let mut element_type = expected;
    let count = elements.len() as u64;
    if count > 4 * ELEMENTS {
        elements.iter().for_each(|element| lowering.statement(element));
        return Type::Array(Box::new(element_type), Some(count));
    }
    for (index, element) in elements.iter().enumerate() {
        let value = lowering.value(element);
        let value = convert(value, &element_type);
        if element_type == Type::Unknown {
            element_type = value.ty();
        }
        let to = element_place(lowering, place, &element_type, index as u64, at);
        lowering.note_number(&to, &value);
        lowering.body.assign(to, value, element.span());
    }
    // A slice of it reads its length there.
    lowering
        .body
        .assign(part(place, LENGTH), constant(count, Type::SIZE, at), at);
    Type::Array(Box::new(element_type), Some(count))
}

fn element_place(lowering: &mut Lower<'_>, place: &Place, element: &Type, index: u64, at: Span) -> Place {
    let array = Expr::Load(place.clone(), Type::Array(Box::new(element.clone()), None), at);
    lowering.element_of(array, constant(index, Type::SIZE, at))
}

fn repeat(lowering: &mut Lower<'_>, place: &Place, value: Expr, count: Option<u64>, at: Span) {
    let zero = matches!(value, Expr::Const { bits: 0, .. });
    let first = element_place(lowering, place, &value.ty(), 0, at);
    lowering.note_number(&first, &value);
    match count {
        _ if zero => lowering.body.clear(place.clone(), at),
        Some(count) if count <= ELEMENTS => {
            let ty = value.ty();
            for index in 0..count {
                let to = element_place(lowering, place, &ty, index, at);
                lowering.body.assign(to, value.clone(), at);
            }
        }
        _ => lowering.body.havoc(place.clone(), at),
    }
}

/// Stores a type's default value.
pub fn default(lowering: &mut Lower<'_>, place: &Place, ty: &Type, at: Span) {
    let holder = types::base(ty).unwrap_or("").to_owned();
    if holder.is_empty() || types::is_fallible(ty) {
        return lowering.body.clear(place.clone(), at);
    }
    let own = lowering.index.functions("default").iter().copied().find(|&id| {
        let (_, item) = lowering.index.item(id);
        item.scope.last() == Some(&holder)
    });
    if let Some(id) = own {
        let value = super::calls::call_item(lowering, id, "default", Vec::new(), at);
        return lowering.body.assign(place.clone(), value, at);
    }
    match lowering.definition(&holder).as_deref() {
        Some(Definition::Enumeration(variants)) => match variants.iter().find(|variant| variant.default) {
            Some(variant) => lowering.body.assign(part(place, TAG), tag(variant, at), at),
            None => lowering.body.havoc(place.clone(), at),
        },
        Some(Definition::Structure(fields)) => {
            lowering.body.clear(place.clone(), at);
            for field in fields {
                let ty = lowering.read_type(&field.ty);
                if matches!(ty, Type::Aggregate(_)) && !types::is_fallible(&ty) {
                    let inner = |lowering: &mut Lower<'_>| default(lowering, &part(place, &field.name), &ty, at);
                    lowering.deeper(at, (), inner);
                }
            }
        }
        _ => lowering.body.clear(place.clone(), at),
    }
}
