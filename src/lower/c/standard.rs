//! Types of the C++ standard library that hold sizes or lead to them: as the plain types that they behave like.

use std::rc::Rc;

use super::C;
use super::call_site::CallSite;
use super::records::Record;
use crate::facts::atomics;
use crate::ir::{Argument, Expr, Place, Type};
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::lower::{Lowering, constants};
use crate::syntax::Node;

/// The field that says whether an optional holds a value, and the field with the value.
const TAG: &str = "tag";
const VALUE: &str = "0";

impl Lowering<'_, C> {
    /// The type of `name<arguments>`, where it behaves like a plain one.
    pub fn template_type(&mut self, node: &Node) -> Type {
        let Some(name) = node.field("name").map(|name| name.text().to_owned()) else {
            return Type::Unknown;
        };
        let arguments: Vec<Node> = node
            .field("arguments")
            .map(|list| list.children().collect())
            .unwrap_or_default();
        let mut first = || {
            arguments
                .first()
                .map_or(Type::Unknown, |argument| self.named_type(argument))
        };
        match name.as_str() {
            "array" => {
                let element = Box::new(first());
                let length = arguments.get(1).and_then(|length| self.constant_value(length));
                Type::Array(element, length)
            }
            "atomic" => first(),
            "unique_ptr" | "shared_ptr" => match first() {
                Type::Array(element, _) => Type::Pointer(element),
                pointee => Type::pointer(pointee),
            },
            "optional" => {
                let value = first();
                self.standard_record(&name, vec![(TAG.to_owned(), Type::BOOL), (VALUE.to_owned(), value)])
            }
            "pair" => {
                let one = first();
                let two = arguments
                    .get(1)
                    .map_or(Type::Unknown, |argument| self.named_type(argument));
                self.standard_record(&name, vec![("first".to_owned(), one), ("second".to_owned(), two)])
            }
            "tuple" => {
                let types = arguments.iter().map(|argument| self.named_type(argument)).collect();
                self.tuple_type(types)
            }
            "vector" | "deque" | "list" | "basic_string" | "basic_string_view" | "span" => {
                let element = first();
                let extent = name == "span" && arguments.len() > 1;
                let container = self.container_type(&name, element).filter(|_| !extent);
                container.unwrap_or(Type::Aggregate(name))
            }
            _ => Type::Aggregate(name),
        }
    }

    /// The type of a class of the library with the given fields.
    pub fn standard_record(&mut self, name: &str, fields: Vec<(String, Type)>) -> Type {
        let types: Vec<String> = fields.iter().map(|(_, ty)| crate::ir::print::ty(ty)).collect();
        let name = format!("{name}<{}>", types.join(","));
        let record = Record {
            fields,
            ..Record::default()
        };
        self.language.types.insert(name.clone(), Type::Aggregate(name.clone()));
        self.language.records.insert(name.clone(), Some(Rc::new(record)));
        Type::Aggregate(name)
    }

    /// A member function of such a type.
    pub fn standard_method(&mut self, place: &Place, ty: &Type, name: &str, site: &CallSite) -> Option<Expr> {
        let at = site.at;
        let arguments = site.arguments();
        match (ty, name, &arguments[..]) {
            (Type::Array(_, Some(length)), "size" | "max_size", []) => Some(constant(*length, Type::SIZE, at)),
            (Type::Array(..), "data" | "begin", []) => Some(Expr::Address(place.clone(), at)),
            (Type::Array(..), "at", [index]) => {
                let index = self.value(index);
                let array = self.load(place.clone(), at);
                let element = self.element_of(array, index);
                Some(self.load(element, at))
            }
            (Type::Array(..), "front", []) => {
                let array = self.load(place.clone(), at);
                Some(self.load(deref(array), at))
            }
            (Type::Int { .. }, _, operands) => {
                let atomic = atomics::operation(name)?;
                self.atomic(atomic, place, operands.first(), at)
            }
            (Type::Pointer(_), "get", []) => Some(self.load(place.clone(), at)),
            (Type::Pointer(_), "release", []) => {
                let pointer = self.load(place.clone(), at);
                let pointer = self.kept_copy(pointer);
                let null = constant(0, ty.clone(), at);
                self.store(place, null, at);
                Some(pointer)
            }
            (Type::Pointer(_), "reset", rest) if rest.len() < 2 => {
                let value = match rest.first() {
                    Some(value) => self.value(value),
                    None => constant(0, ty.clone(), at),
                };
                self.store(place, value, at);
                Some(Expr::Unknown(Type::Void, at))
            }
            (Type::Aggregate(class), ..) if class.starts_with("optional<") => {
                self.optional_method(place, name, &arguments, site)
            }
            _ => self.container_method(place, ty, name, site),
        }
    }

    fn optional_method(&mut self, place: &Place, name: &str, arguments: &[Node], site: &CallSite) -> Option<Expr> {
        let at = site.at;
        let field = |name: &str| Place::field(place.clone(), name);
        match (name, arguments) {
            ("has_value", []) => Some(self.load(field(TAG), at)),
            ("value", []) => Some(self.load(field(VALUE), at)),
            ("value_or", [other]) => {
                let (some, none, exit) = (self.body.block(), self.body.block(), self.body.block());
                let mut merge = crate::lower::builder::Merge::default();
                let tag = self.load(field(TAG), at);
                self.body.branch(tag, some, none, at);
                self.body.switch_to(some);
                let value = self.load(field(VALUE), at);
                merge.arms.push((self.body.current(), value.clone()));
                self.body.goto(exit);
                self.body.switch_to(none);
                let other = self.value(other);
                let other = self.converted(other, &value.ty(), at);
                merge.arms.push((self.body.current(), other));
                self.body.goto(exit);
                self.body.switch_to(exit);
                Some(self.merged(merge, at))
            }
            ("reset", []) => {
                self.store(&field(TAG), constant(0, Type::BOOL, at), at);
                Some(Expr::Unknown(Type::Void, at))
            }
            _ => None,
        }
    }

    /// An optional as a truth value: whether it holds something.
    pub fn optional_truth(&mut self, value: &Expr) -> Option<Expr> {
        match value {
            Expr::Load(place, Type::Aggregate(class), at) if class.starts_with("optional<") => {
                Some(self.load(Place::field(place.clone(), TAG), *at))
            }
            _ => None,
        }
    }

    /// What `*optional` and `optional->` designate.
    pub fn optional_content(&mut self, object: &Expr) -> Option<Place> {
        match object {
            Expr::Load(place, Type::Aggregate(class), _) if class.starts_with("optional<") => {
                Some(Place::field(place.clone(), VALUE))
            }
            _ => None,
        }
    }

    /// Stores a value to an optional: it then holds it. `None`: the value is no content.
    pub fn store_optional(&mut self, place: &Place, ty: &Type, value: &Expr, at: crate::source::Span) -> bool {
        let Type::Aggregate(class) = ty else { return false };
        if !class.starts_with("optional<") || value.ty() == *ty {
            return false;
        }
        if matches!(value, Expr::Load(Place::Global(name), ..) if name == "nullopt") {
            self.body.clear(place.clone(), at);
            return true;
        }
        if matches!(value.ty(), Type::Aggregate(_) | Type::Unknown) && constants::fold(value).is_none() {
            return false;
        }
        let field = |name: &str| Place::field(place.clone(), name);
        self.store(&field(TAG), constant(1, Type::BOOL, at), at);
        self.store(&field(VALUE), value.clone(), at);
        true
    }

    /// `std::swap(a, b)`.
    pub fn swapped(&mut self, first: &Node, second: &Node, at: crate::source::Span) -> Option<Expr> {
        let (a, b) = (self.place(first)?, self.place(second)?);
        let value = self.load(a.clone(), at);
        let kept = self.kept_copy(value);
        let other = self.load(b.clone(), at);
        self.store(&a, other, at);
        self.store(&b, kept, at);
        Some(Expr::Unknown(Type::Void, at))
    }

    /// `std::exchange(place, value)`: gives the old value.
    pub fn exchanged(&mut self, place: &Node, value: &Node, at: crate::source::Span) -> Option<Expr> {
        let place = self.place(place)?;
        let before = self.load(place.clone(), at);
        let before = self.kept_copy(before);
        let value = self.value(value);
        self.store(&place, value, at);
        Some(before)
    }

    /// A call of an object with a call operator.
    pub fn call_of_object(&mut self, place: Place, ty: &Type, site: &CallSite) -> Option<Expr> {
        let Type::Aggregate(class) = ty else { return None };
        let record = self.record(class)?;
        if !record.methods.contains("operator()") {
            return None;
        }
        let at = site.callee.span();
        let receiver = Argument {
            value: Expr::Address(place, at),
            at,
        };
        Some(self.method_call(Some(class), "operator", Some(receiver), &site.arguments(), site.at))
    }
}
