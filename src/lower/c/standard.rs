//! The C++ standard library: types that hold sizes or lead to them, as the plain types that they behave like, and function
//! templates: limits, tuples, new objects, sizes of ranges.

use std::rc::Rc;

use super::C;
use super::call_site::CallSite;
use super::containers::{is_container, is_zero};
use super::lifetimes::NESTING;
use super::operators::address_of;
use super::paths::template_arguments;
use super::structures::Structure;
use super::type_names::OWNER;
use super::types::LONG;
use crate::facts::atomics;
use crate::ir::{Argument, BinaryOp, Expr, Place, Type};
use crate::lower::places::deref;
use crate::lower::values::{aggregate_node, constant};
use crate::lower::{Lowering, constants};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::Part;

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
        let is_reference = |argument: &Node| argument.text().ends_with('&');
        if arguments.iter().any(is_reference) || name == "unique_ptr" && arguments.len() > 1 {
            // Parts that are references, or an end that the program writes.
            return Type::Aggregate(name);
        }
        if self.owns_objects(&name, &arguments) {
            return owner();
        }
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
                self.standard_structure(&name, vec![(TAG.to_owned(), Type::BOOL), (VALUE.to_owned(), value)])
            }
            "pair" => {
                let one = first();
                let two = arguments
                    .get(1)
                    .map_or(Type::Unknown, |argument| self.named_type(argument));
                self.standard_structure(&name, vec![("first".to_owned(), one), ("second".to_owned(), two)])
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

    /// Whether a template makes smart pointers to objects that end with code of the program.
    fn owns_objects(&mut self, template: &str, arguments: &[Node]) -> bool {
        let pointee = arguments
            .first()
            .filter(|_| matches!(template, "unique_ptr" | "shared_ptr"));
        pointee.is_some_and(|pointee| {
            let pointee = self.named_type(pointee);
            self.ends_with_code(&pointee, NESTING)
        })
    }

    /// The type of a class of the library with the given fields.
    pub fn standard_structure(&mut self, name: &str, fields: Vec<(String, Type)>) -> Type {
        let types: Vec<String> = fields.iter().map(|(_, ty)| crate::ir::print::ty(ty)).collect();
        let name = format!("{name}<{}>", types.join(","));
        let structure = Structure {
            fields,
            ..Structure::default()
        };
        self.language.types.insert(name.clone(), Type::Aggregate(name.clone()));
        self.language.structures.insert(name.clone(), Some(Rc::new(structure)));
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
        let structure = self.structure(class)?;
        if !structure.methods.contains("operator()") {
            return None;
        }
        let at = site.callee.span();
        let receiver = Argument {
            value: Expr::Address(place, at),
            at,
        };
        Some(self.method_call(
            Some(class),
            None,
            "operator",
            Some(receiver),
            &site.arguments(),
            site.at,
        ))
    }
}

impl Lowering<'_, C> {
    /// A call of a function template of the library that nobody defines here. `None`: it is none that is known.
    pub fn standard_call(&mut self, name: &str, site: &CallSite) -> Option<Expr> {
        let arguments = site.arguments();
        let at = site.at;
        match (name, &arguments[..]) {
            ("min" | "max" | "lowest", []) => self.limit_of_type(name, site),
            ("min" | "max", [list]) => {
                let elements: Vec<Node> = aggregate_node(list)?.parts(Part::Element).collect();
                let operator = if name == "min" { BinaryOp::Min } else { BinaryOp::Max };
                self.extreme_of_list(operator, &elements, at)
            }
            ("size", [range]) => self.size_of_range(range, at),
            ("ssize", [range]) => {
                let size = self.size_of_range(range, at)?;
                Some(self.cast_to(size, &LONG, at))
            }
            ("empty", [range]) => {
                let size = self.size_of_range(range, at)?;
                Some(is_zero(size, at))
            }
            ("distance", [first, last]) => {
                let pointers = [first, last].map(|node| self.type_of_value(node));
                if !pointers
                    .iter()
                    .all(|ty| matches!(ty, Type::Pointer(_) | Type::Array(..)))
                {
                    return None;
                }
                let (first, last) = self.pair(first, last);
                self.difference(&last, &first, at)
            }
            ("move", [only]) => self.moved_from(only),
            ("ref" | "tie" | "forward_as_tuple", _) => {
                // What is made of references may be written through at any time.
                let mut pointers = Vec::new();
                for argument in &arguments {
                    pointers.push(self.reference_to(argument));
                }
                Some(self.unknown_call(pointers, at))
            }
            ("make_pair" | "make_tuple", _) => Some(self.made_tuple(name == "make_pair", &arguments, at)),
            ("get", [object]) => self.element_of_tuple(object, site),
            ("make_unique" | "make_shared" | "make_unique_for_overwrite", _) => {
                let descriptor = template_arguments(&site.callee, name).into_iter().next()?;
                match self.named_type(&descriptor) {
                    Type::Unknown | Type::Array(..) => None,
                    ty => {
                        let list = Some(&site.list).filter(|_| !name.ends_with("overwrite"));
                        let pointer = self.object_made(&ty, list, at);
                        Some(match self.ends_with_code(&ty, NESTING) {
                            true => self.owned(pointer, at),
                            false => pointer,
                        })
                    }
                }
            }
            _ => None,
        }
    }

    /// `std::move(x)` of a container or pointer, from which the value is taken: what is left is not known.
    fn moved_from(&mut self, node: &Node) -> Option<Expr> {
        let ty = self.type_of_value(node);
        if !is_container(&ty) && !matches!(ty, Type::Pointer(_)) {
            return None;
        }
        let value = self.value(node);
        let Expr::Load(place, ..) = &value else {
            return Some(value);
        };
        let place = place.clone();
        let kept = self.kept_copy(value);
        self.body.havoc(place, node.span());
        Some(kept)
    }

    /// A pointer that ends what it points to.
    fn owned(&mut self, pointer: Expr, at: Span) -> Expr {
        let place = Place::Var(self.body.temporary(owner(), at));
        self.unknown_call(vec![address_of(place.clone(), at), pointer], at);
        self.load(place, at)
    }

    /// The type of an expression that is not lowered for good yet.
    pub fn type_of_value(&mut self, node: &Node) -> Type {
        self.speculative(|lowering| lowering.value(node).ty())
    }

    /// `std::numeric_limits<T>::max()`.
    fn limit_of_type(&mut self, name: &str, site: &CallSite) -> Option<Expr> {
        let descriptor = template_arguments(&site.callee, "numeric_limits").into_iter().next()?;
        let ty = self.named_type(&descriptor);
        let Type::Int { bits, signed } = ty else { return None };
        let ones = u64::MAX >> (64 - u32::from(bits));
        let limit = match (name, signed) {
            ("max", true) => ones >> 1,
            ("max", false) => ones,
            (_, true) => !(ones >> 1),
            (_, false) => 0,
        };
        Some(constant(limit, ty, site.at))
    }

    fn extreme_of_list(&mut self, operator: BinaryOp, elements: &[Node], at: Span) -> Option<Expr> {
        let (first, rest) = elements.split_first()?;
        let mut value = self.value(first);
        for element in rest {
            let mark = self.body.mark();
            let other = self.value(element);
            let settled = self.body.settle(value, mark);
            value = self.extreme_of(operator, settled, other, at);
        }
        Some(value)
    }

    /// The type of a tuple: its fields are named by their positions.
    fn tuple_type(&mut self, types: Vec<Type>) -> Type {
        let fields = types.into_iter().enumerate();
        let fields = fields.map(|(index, ty)| (index.to_string(), ty)).collect();
        self.standard_structure("tuple", fields)
    }

    fn made_tuple(&mut self, pair: bool, arguments: &[Node], at: Span) -> Expr {
        let values: Vec<Expr> = self
            .lower_arguments(arguments)
            .into_iter()
            .map(|one| one.value)
            .collect();
        let types: Vec<Type> = values.iter().map(Expr::ty).collect();
        let ty = match &types[..] {
            [one, two] if pair => {
                let fields = [("first", one), ("second", two)];
                let fields = fields.map(|(name, ty)| (name.to_owned(), ty.clone()));
                self.standard_structure("pair", fields.to_vec())
            }
            _ => self.tuple_type(types),
        };
        let place = Place::Var(self.body.temporary(ty.clone(), at));
        self.store_fields(&place, &ty, values, at);
        self.load(place, at)
    }

    /// Stores values to the fields of a pair or tuple. False: it is none of so many fields.
    pub fn store_fields(&mut self, place: &Place, ty: &Type, values: Vec<Expr>, at: Span) -> bool {
        let Some(structure) = self
            .structure_of(ty)
            .filter(|structure| structure.fields.len() == values.len())
        else {
            return false;
        };
        for ((name, _), value) in structure.fields.iter().zip(values) {
            self.store(&Place::field(place.clone(), name.clone()), value, at);
        }
        true
    }

    /// `std::get<0>(x)`.
    fn element_of_tuple(&mut self, object: &Node, site: &CallSite) -> Option<Expr> {
        let index = template_arguments(&site.callee, "get").into_iter().next()?;
        let position = self.constant_value(&index)?;
        let ty = self.type_of_value(object);
        if !matches!(&ty, Type::Array(..)) && !matches!(&ty, Type::Aggregate(name) if is_tuple(name)) {
            return None;
        }
        let place = self.place_or_copy(object);
        let element = match &ty {
            Type::Array(..) => Place::element(place, constant(position, Type::SIZE, site.at)),
            _ => {
                let structure = self.structure_of(&ty)?;
                let (field, _) = structure.fields.get(usize::try_from(position).ok()?)?;
                Place::field(place, field.clone())
            }
        };
        Some(self.load(element, site.at))
    }
}

/// The type of a smart pointer to objects that end with code of the program. No class has a name with this sign.
fn owner() -> Type {
    Type::Aggregate(OWNER.to_owned())
}

/// Whether the name of a class is that of a pair or tuple.
pub fn is_tuple(name: &str) -> bool {
    name.starts_with("pair<") || name.starts_with("tuple<")
}
