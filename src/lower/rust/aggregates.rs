//! Structures, tuples, enumerations and arrays: how they are built, and the types of their parts.

use std::rc::Rc;

use super::definitions::{self, Definition, Field, Variant};
use super::names::Lookup;
use super::types::{self, Named, TypeNames};
use super::{Lower, paths};
use crate::ir::{Expr, Place, Stmt, Type, VarId};
use crate::lower::Unit;
use crate::lower::flow::store_statement;
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::source::Language;
use crate::source::Span;
use crate::syntax::index::ItemId;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text, parse};

/// Arrays up to this length are written element by element.
const ELEMENTS: u64 = 16;

/// Names of types as an item sees them.
struct View<'v, 'a> {
    lowering: &'v Lower<'a>,
    /// What `Self` means.
    own: Option<&'v str>,
}

impl TypeNames for View<'_, '_> {
    fn named(&self, name: &str) -> Option<Named> {
        if name == "Self" {
            return self.own.map(|own| Named::Alias(own.to_owned()));
        }
        match self.lowering.definition(name) {
            Some(definition) => Some(match &*definition {
                Definition::Alias(text) => Named::Alias(text.clone()),
                _ => Named::Own(name.to_owned()),
            }),
            // An import under another name.
            None => {
                let renamed = self.lowering.names().candidates(&[name.to_owned()]);
                let last = renamed
                    .into_iter()
                    .filter_map(|path| path.last().cloned())
                    .find(|last| last != name)?;
                Some(Named::Alias(last))
            }
        }
    }

    fn length(&self, text: &str) -> Option<u64> {
        self.lowering.constant_of(text)
    }
}

impl Lower<'_> {
    /// The names visible at the item.
    pub fn names(&self) -> Lookup<'_> {
        let unit = Unit {
            sources: self.sources,
            index: self.index,
            sinks: self.sinks,
        };
        Lookup::new(unit, &self.language.names)
    }

    /// The type that a text names here.
    pub fn read_type(&self, text: &str) -> Type {
        self.read_type_for(text, self.names().self_type())
    }

    /// The type that a text names where `Self` is `own`.
    pub fn read_type_for(&self, text: &str, own: Option<&str>) -> Type {
        types::read(text, &View { lowering: self, own })
    }

    /// The definition of a type of the unit by its last name.
    pub fn definition(&self, name: &str) -> Option<Rc<Definition>> {
        if let Some(local) = self
            .language
            .blocks
            .iter()
            .rev()
            .find_map(|block| block.types.get(name))
        {
            return Some(local.clone());
        }
        let ids = self.index.types_from(self.file, name);
        ids.into_iter().find_map(|id| self.definition_of(id))
    }

    fn definition_of(&self, id: ItemId) -> Option<Rc<Definition>> {
        if let Some(known) = self.language.definitions.borrow().get(&id) {
            return known.clone();
        }
        let (file, item) = self.index.item(id);
        let rust = self.sources.file(file).language == Language::Rust;
        let text = self.index.cut(file).clean.get(item.span.range()).unwrap_or("");
        let root = if rust {
            parse(Text::plain(text.to_owned(), item.span), Language::Rust)
        } else {
            None
        };
        let read = root.and_then(|root| {
            let node = root.descendants().find(|node| node.role() == Some(Role::Type))?;
            definitions::read(&node).map(Rc::new)
        });
        self.language.definitions.borrow_mut().insert(id, read.clone());
        read
    }

    /// The fields of a structure type of the unit; none if it is something else.
    pub fn structure_fields(&self, ty: &Type) -> Vec<Field> {
        match types::base(ty).and_then(|name| self.definition(name)).as_deref() {
            Some(Definition::Structure(fields)) => fields.clone(),
            _ => Vec::new(),
        }
    }

    /// Whether the type is defined by the unit.
    pub fn is_own_type(&self, ty: &Type) -> bool {
        types::base(ty).is_some_and(|name| self.definition(name).is_some() || self.is_trait(name))
    }

    /// Whether the type is an enumeration: of the unit, or `Ordering`.
    pub fn is_enumeration(&self, ty: &Type) -> bool {
        let Some(name) = types::base(ty) else { return false };
        name == "Ordering" || matches!(self.definition(name).as_deref(), Some(Definition::Enumeration(_)))
    }

    /// The enumeration and variant that a path means.
    pub fn variant(&self, path: &[String]) -> Option<(String, Variant)> {
        let key = path.join("::");
        if let Some(known) = self.language.variants.borrow().get(&key) {
            return known.clone();
        }
        let found = self.find_variant(path);
        self.language.variants.borrow_mut().insert(key, found.clone());
        found
    }

    fn find_variant(&self, path: &[String]) -> Option<(String, Variant)> {
        for candidate in self.names().candidates(path) {
            let [.., holder, name] = &candidate[..] else { continue };
            let holder = match holder.as_str() {
                "Self" => self.names().self_type()?.to_owned(),
                _ => holder.clone(),
            };
            if let Some(found) = self.variant_of(&holder, name) {
                return Some((holder, found));
            }
            if let Type::Aggregate(target) = self.read_type(&holder)
                && let Some(found) = self.variant_of(&target, name)
            {
                return Some((target, found));
            }
        }
        None
    }

    fn variant_of(&self, holder: &str, name: &str) -> Option<Variant> {
        let mut found = self.definition(holder)?.variant(name)?.clone();
        if let Some(base) = found.base.take() {
            found.tag = found.tag.wrapping_add(self.constant_of(&base)? as i64);
        }
        Some(found)
    }

    /// Appends the statement that stores a value.
    pub fn set(&mut self, to: Place, value: Expr, at: Span) {
        self.body.push(store_statement(to, value, at));
    }

    /// A new temporary.
    pub fn fresh(&mut self, ty: Type, at: Span) -> Place {
        Place::Var(self.body.temporary(ty, at))
    }

    /// The place of a value, through references.
    pub fn place_behind(&mut self, value: Expr) -> Place {
        let mut place = match value.ty() {
            Type::Pointer(_) => deref(value),
            _ => self.place_of_value(value),
        };
        // A type that leads to itself cannot be written down, but the count ends the walk in any case.
        for _ in 0..8 {
            let ty = self.place_type(&place);
            if !matches!(ty, Type::Pointer(_)) {
                break;
            }
            let at = Span::new(self.file, 0, 0);
            place = deref(Expr::Load(place, ty, at));
        }
        place
    }

    /// The value of a constant expression by its text: a literal, a constant of the unit, their sums and products.
    pub fn constant_of(&self, text: &str) -> Option<u64> {
        paths::constant(self, text, 0)
    }

    /// Gives a variable that has no type yet one.
    pub fn set_type(&mut self, id: VarId, ty: Type) {
        let known = &mut self.body.variables[id.0 as usize].ty;
        if *known == Type::Unknown {
            *known = ty;
        }
    }
}

/// A member of a place.
pub fn part(place: &Place, name: &str) -> Place {
    Place::Field(Box::new(place.clone()), name.to_owned())
}

/// The type of a field.
pub fn field_type(lowering: &Lower<'_>, object: &Type, field: &str) -> Type {
    let arguments = || types::arguments(object);
    let argument = |index: usize| arguments().into_iter().nth(index).unwrap_or(Type::Unknown);
    let Type::Aggregate(name) = object else {
        return if field == "len" { Type::SIZE } else { Type::Unknown };
    };
    match (types::base(object).unwrap_or(""), field) {
        ("Option" | "Result", "tag") => Type::BOOL,
        ("Option" | "Result", "0") => argument(0),
        ("Result", "err") => argument(1),
        ("Range" | "RangeInclusive", _) => argument(0),
        ("Ordering", "tag") => Type::Int { bits: 8, signed: true },
        ("Layout", "size") => Type::SIZE,
        ("", index) => index.parse().map_or(Type::Unknown, argument),
        (base, field) => match lowering.definition(base).as_deref() {
            Some(Definition::Structure(fields)) => declared(lowering, fields, field),
            Some(Definition::Enumeration(_)) if field == "tag" => Type::Int { bits: 64, signed: true },
            Some(Definition::Enumeration(_)) => Type::Aggregate(format!("{base}::{field}")),
            _ => match name.split_once("::").and_then(|(holder, variant)| {
                lowering
                    .definition(holder)?
                    .variant(variant)
                    .map(|variant| declared(lowering, &variant.fields, field))
            }) {
                Some(ty) => ty,
                None if field == "0" => argument(0),
                None if field == "len" => Type::SIZE,
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
    Some(part(&place, name.text()))
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
    if index.role() == Some(Role::Range) {
        lowering.opaque(node);
        return Some(lowering.fresh(Type::Array(Box::new(Type::Unknown), None), node.span()));
    }
    let object_at = object.span();
    let place = lowering.place_or_copy(&object);
    let place = behind(lowering, place, object_at);
    let index = lowering.value(&index);
    let index = super::operators::convert(index, &Type::SIZE);
    let ty = match lowering.place_type(&place) {
        ty @ Type::Array(..) => ty,
        _ => Type::Array(Box::new(Type::Unknown), None),
    };
    Some(lowering.element_of(Expr::Load(place, ty, object_at), index))
}

/// `*x`; what is no pointer (a `Box`, a guard) is taken for what it holds.
pub fn dereference(lowering: &mut Lower<'_>, node: &Node) -> Option<Place> {
    let inner = node.part(Part::Value)?;
    let value = lowering.value(&inner);
    Some(match value.ty() {
        Type::Pointer(_) | Type::Unknown => deref(value),
        ty @ Type::Aggregate(_) if is_cell(&ty) => part(&lowering.place_of_value(value), "0"),
        _ => lowering.place_of_value(value),
    })
}

fn is_cell(ty: &Type) -> bool {
    matches!(
        types::base(ty),
        Some("RefCell" | "Mutex" | "RwLock" | "Cell" | "LazyCell" | "LazyLock")
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
        lowering.body.push(Stmt::Copy {
            to: place.clone(),
            from: target,
            at,
        });
    }
}

fn tuple(lowering: &mut Lower<'_>, place: &Place, ty: &Type, node: &Node) -> Type {
    let expected = types::arguments(ty);
    let mut types = Vec::new();
    for (index, element) in node.parts(Part::Element).enumerate() {
        let value = lowering.value(&element);
        let value = match expected.get(index) {
            Some(ty) => super::operators::convert(value, ty),
            None => value,
        };
        types.push(value.ty());
        lowering.set(part(place, &index.to_string()), value, element.span());
    }
    types::tuple(&types)
}

fn structure(lowering: &mut Lower<'_>, place: &Place, node: &Node) -> Type {
    let name = node
        .part(Part::Type)
        .map(|name| name.text().to_owned())
        .unwrap_or_default();
    let path = paths::segments(&name);
    let (ty, target) = match lowering.variant(&path) {
        Some((holder, variant)) => {
            lowering.set(part(place, "tag"), tag(&variant, node.span()), node.span());
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
    let from = lowering.place_behind(from);
    lowering.body.push(Stmt::Copy {
        to: place.clone(),
        from,
        at: base.span(),
    });
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
        let value = super::operators::convert(value, &expected);
        let count = lowering.constant_of(length.text());
        let ty = Type::Array(Box::new(value.ty()), count);
        repeat(lowering, place, value, count, at);
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
        let value = super::operators::convert(value, &element_type);
        if element_type == Type::Unknown {
            element_type = value.ty();
        }
        let to = element_place(lowering, place, &element_type, index as u64, at);
        lowering.set(to, value, element.span());
    }
    Type::Array(Box::new(element_type), Some(count))
}

fn element_place(lowering: &mut Lower<'_>, place: &Place, element: &Type, index: u64, at: Span) -> Place {
    let array = Expr::Load(place.clone(), Type::Array(Box::new(element.clone()), None), at);
    lowering.element_of(array, constant(index, Type::SIZE, at))
}

fn repeat(lowering: &mut Lower<'_>, place: &Place, value: Expr, count: Option<u64>, at: Span) {
    let zero = matches!(value, Expr::Const { bits: 0, .. });
    match count {
        _ if zero => lowering.body.push(Stmt::Clear {
            place: place.clone(),
            at,
        }),
        Some(count) if count <= ELEMENTS => {
            let ty = value.ty();
            for index in 0..count {
                let to = element_place(lowering, place, &ty, index, at);
                lowering.set(to, value.clone(), at);
            }
        }
        _ => lowering.body.push(Stmt::Forget {
            place: place.clone(),
            at,
        }),
    }
}

/// Stores a type's default value.
pub fn default(lowering: &mut Lower<'_>, place: &Place, ty: &Type, at: Span) {
    let holder = types::base(ty).unwrap_or("").to_owned();
    if holder.is_empty() || types::is_fallible(ty) {
        return lowering.body.push(Stmt::Clear {
            place: place.clone(),
            at,
        });
    }
    let own = lowering.index.functions("default").iter().copied().find(|&id| {
        let (_, item) = lowering.index.item(id);
        item.scope.last() == Some(&holder)
    });
    if let Some(id) = own {
        let value = super::calls::call_item(lowering, id, "default", Vec::new(), at);
        return lowering.set(place.clone(), value, at);
    }
    match lowering.definition(&holder).as_deref() {
        Some(Definition::Enumeration(variants)) => match variants.iter().find(|variant| variant.default) {
            Some(variant) => lowering.set(part(place, "tag"), tag(variant, at), at),
            None => lowering.body.push(Stmt::Forget {
                place: place.clone(),
                at,
            }),
        },
        Some(Definition::Structure(fields)) => {
            lowering.body.push(Stmt::Clear {
                place: place.clone(),
                at,
            });
            for field in fields {
                let ty = lowering.read_type(&field.ty);
                if matches!(ty, Type::Aggregate(_)) && !types::is_fallible(&ty) {
                    let inner = |lowering: &mut Lower<'_>| default(lowering, &part(place, &field.name), &ty, at);
                    lowering.deeper(at, (), inner);
                }
            }
        }
        _ => lowering.body.push(Stmt::Clear {
            place: place.clone(),
            at,
        }),
    }
}

/// `value as type`: of an enumeration its discriminant, of a literal with a fraction the number before it.
pub fn cast(lowering: &mut Lower<'_>, node: &Node) -> Option<Expr> {
    let (value, ty) = (node.part(Part::Value)?, node.part(Part::Type)?);
    let (at, ty) = (node.span(), lowering.read_type(ty.text()));
    if value.role() == Some(Role::Float) {
        let text: String = value.text().chars().filter(|c| *c != '_').collect();
        let number: f64 = text.trim_end_matches("f64").trim_end_matches("f32").parse().ok()?;
        return matches!(ty, Type::Int { .. }).then(|| constant(number as u64, ty, at));
    }
    let value = lowering.value(&value);
    let value = match value.ty() {
        of @ Type::Aggregate(_) if lowering.is_enumeration(&of) => {
            let place = lowering.place_of_value(value);
            lowering.load(part(&place, "tag"), at)
        }
        _ => value,
    };
    let address = match &value {
        Expr::Address(place, _) => Some(place.clone()),
        _ => None,
    };
    match (address, &ty) {
        // A cast of a reference: what it points to stays known if the new type does not tell.
        (Some(place), Type::Pointer(to)) if **to == Type::Unknown => Some(lowering.reference(place, at)),
        _ => Some(lowering.cast_to(value, &ty, at)),
    }
}

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
