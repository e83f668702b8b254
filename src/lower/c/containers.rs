//! Containers, strings and views of the C++ standard library: of their contents only the size is followed.

use super::C;
use super::call_site::CallSite;
use super::lifetimes::NESTING;
use super::operators::address_of;
use crate::ir::{BinaryOp, Expr, Place, Type};
use crate::lower::Lowering;
use crate::lower::values::{aggregate_node, constant};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};

/// The fields with the size and the type of the elements: no field of a program has such a name.
const SIZE: &str = "size()";
const ELEMENT: &str = "element()";

/// What arguments of constructors mean to a container.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number is a count of elements.
    Sequence,
    /// A number comes with a character; a literal is the content.
    Text,
    /// It refers to elements that lie elsewhere.
    View,
}

fn kind_of(ty: &Type) -> Option<Kind> {
    let Type::Aggregate(name) = ty else { return None };
    match name.split_once('<')?.0 {
        "vector" | "deque" | "list" => Some(Kind::Sequence),
        "basic_string" => Some(Kind::Text),
        "basic_string_view" | "span" => Some(Kind::View),
        _ => None,
    }
}

/// Whether a type is that of a container.
pub fn is_container(ty: &Type) -> bool {
    kind_of(ty).is_some()
}

fn size_place(place: &Place) -> Place {
    Place::field(place.clone(), SIZE)
}

impl Lowering<'_, C> {
    /// The type of a container by the name of its template. `None`: the name means something else.
    pub fn container_type(&mut self, name: &str, element: Type) -> Option<Type> {
        let known = is_container(&Type::Aggregate(format!("{name}<")));
        if !self.language.cpp || !known || !self.index.types(name).is_empty() {
            return None;
        }
        // A view leads to elements that lie elsewhere.
        let element = match kind_of(&Type::Aggregate(format!("{name}<"))) {
            Some(Kind::View) => Type::pointer(element),
            _ => element,
        };
        let fields = vec![(SIZE.to_owned(), Type::SIZE), (ELEMENT.to_owned(), element)];
        Some(self.standard_structure(name, fields))
    }

    /// An element of a container.
    fn element_in(&mut self, place: &Place, ty: &Type, index: Expr, at: Span) -> Place {
        let elements = Place::field(place.clone(), ELEMENT);
        match kind_of(ty) {
            Some(Kind::View) => {
                let pointer = self.load(elements, at);
                self.element_of(pointer, index)
            }
            _ => Place::element(elements, index),
        }
    }

    /// `container[index]`.
    pub fn element_of_container(&mut self, node: &Node) -> Option<Place> {
        let (object, index) = (node.part(Part::Object)?, node.part(Part::Index)?);
        let name = (object.role() == Some(Role::Name)).then(|| object.text().to_owned())?;
        let id = self.variable(&name)?;
        let place = self.variable_place(id, object.span());
        let ty = self.place_type(&place);
        kind_of(&ty)?;
        let index = self.value(&index);
        let index = self.promoted(index);
        Some(self.element_in(&place, &ty, index, node.span()))
    }

    fn size_in(&mut self, place: &Place, at: Span) -> Expr {
        self.load(size_place(place), at)
    }

    fn set_size(&mut self, place: &Place, size: Option<Expr>, at: Span) {
        match size {
            Some(size) => self.store(&size_place(place), size, at),
            None => self.body.havoc(place.clone(), at),
        }
    }

    /// The size of a new container that is given no elements.
    pub fn empty_container(&mut self, place: &Place, at: Span) {
        self.set_size(place, Some(constant(0, Type::SIZE, at)), at);
    }

    /// `T x(…)`: the size that the arguments give a container.
    pub fn construct_container(&mut self, place: &Place, ty: &Type, arguments: &[Node], at: Span) {
        let values: Vec<Expr> = self.lower_whole(arguments);
        self.construct_container_from(place, ty, &values, at);
    }

    /// The same with values already lowered.
    pub fn construct_container_from(&mut self, place: &Place, ty: &Type, values: &[Expr], at: Span) {
        let size = self.size_from(ty, values, at);
        let size = size.map(|size| self.kept_copy(size));
        self.contained(place, ty, values, at);
        self.set_size(place, size, at);
    }

    /// What the elements of a container lead to may be written through it.
    fn contained(&mut self, place: &Place, ty: &Type, values: &[Expr], at: Span) {
        // Nothing is written through texts, and views of texts.
        let is_span = matches!(ty, Type::Aggregate(name) if name.starts_with("span<"));
        if kind_of(ty) != Some(Kind::Sequence) && !is_span {
            return;
        }
        let leads = |value: &Expr| match value {
            Expr::NonZero(..) => None,
            // An array that a view is of, an object that may hold pointers or be taken by reference.
            Expr::Load(from, Type::Array(..) | Type::Aggregate(_) | Type::Unknown, _) => {
                Some(address_of(from.clone(), at))
            }
            value if matches!(value, Expr::Address(..)) || matches!(value.ty(), Type::Pointer(_)) => {
                Some(value.clone())
            }
            _ => None,
        };
        let mut pointers: Vec<Expr> = values.iter().filter_map(leads).collect();
        if self.element_is_object(ty) {
            // It may be made of what is given by reference.
            let named = |value: &Expr| match value {
                Expr::Load(from, Type::Int { .. }, _) => Some(address_of(from.clone(), at)),
                _ => None,
            };
            pointers.extend(values.iter().filter_map(named));
        }
        if !pointers.is_empty() {
            self.unknown_call(pointers, at);
            self.body.havoc(Place::field(place.clone(), ELEMENT), at);
        }
    }

    fn element_is_object(&mut self, ty: &Type) -> bool {
        matches!(self.type_of_field(ty, ELEMENT), Type::Aggregate(_) | Type::Unknown)
    }

    /// Values in which arrays are not yet addresses.
    fn lower_whole(&mut self, arguments: &[Node]) -> Vec<Expr> {
        let mut values: Vec<Expr> = Vec::new();
        for argument in arguments {
            let mark = self.body.mark();
            let value = self.value(argument);
            values = values.into_iter().map(|value| self.body.settle(value, mark)).collect();
            values.push(value);
        }
        values
    }

    fn size_from(&mut self, ty: &Type, values: &[Expr], at: Span) -> Option<Expr> {
        let kind = kind_of(ty)?;
        match values {
            [] => Some(constant(0, Type::SIZE, at)),
            [only] => match only {
                Expr::Load(_, Type::Array(_, Some(length)), _) if kind == Kind::View => {
                    Some(constant(*length, Type::SIZE, at))
                }
                Expr::Load(from, other, _) if is_container(other) => {
                    let from = from.clone();
                    Some(self.size_in(&from, at))
                }
                _ if kind == Kind::Sequence && is_number(only) => Some(only.clone()),
                _ if kind == Kind::Sequence => None,
                _ => self.literal_length(only, at),
            },
            [first, second, rest @ ..] => {
                let (a, b) = (self.decayed(first.clone()), self.decayed(second.clone()));
                let is_pointer = |value: &Expr| matches!(value.ty(), Type::Pointer(_));
                match kind {
                    Kind::Sequence | Kind::Text if is_number(&a) && rest.is_empty() => Some(a),
                    Kind::Text | Kind::View if is_pointer(&a) && is_number(&b) => Some(b),
                    _ if is_pointer(&a) && is_pointer(&b) => self.difference(&b, &a, at),
                    _ => None,
                }
            }
        }
    }

    /// `{…}`: the elements, or the arguments of a constructor. Where it depends on conversions, nothing is known.
    pub fn container_list(&mut self, place: &Place, ty: &Type, elements: &[Node], at: Span) {
        let element = self.type_of_field(ty, ELEMENT);
        let nested = elements
            .iter()
            .any(|element| matches!(element.role(), Some(Role::Aggregate)));
        if nested {
            let given = self.given_by_reference(elements);
            if given
                .iter()
                .any(|value| !matches!(value, Expr::Const { .. } | Expr::NonZero(..)))
            {
                self.unknown_call(given, at);
                self.body.havoc(Place::field(place.clone(), ELEMENT), at);
            }
            let count = constant(elements.len() as u64, Type::SIZE, at);
            let count = Some(count).filter(|_| kind_of(ty) == Some(Kind::Sequence) && elements.len() > 2);
            return self.set_size(place, count, at);
        }
        let values = self.lower_whole(elements);
        self.contained(place, ty, &values, at);
        let scalar = |ty: &Type| matches!(ty, Type::Int { .. } | Type::Float);
        let elementwise = scalar(&element) && values.iter().all(|value| scalar(&value.ty()));
        let size = match kind_of(ty) {
            Some(Kind::Sequence | Kind::Text) if elementwise => Some(constant(values.len() as u64, Type::SIZE, at)),
            _ if values.iter().any(is_number) && kind_of(ty) == Some(Kind::Sequence) => None,
            _ => self.size_from(ty, &values, at),
        };
        self.set_size(place, size, at);
    }

    /// Stores what is no container to one: a literal to a string.
    pub fn store_to_container(&mut self, place: &Place, ty: &Type, value: &Expr, at: Span) -> bool {
        if !is_container(ty) || value.ty() == *ty {
            return false;
        }
        let size = match value.ty() {
            Type::Int { .. } => None,
            _ => self.size_from(ty, std::slice::from_ref(value), at),
        };
        self.set_size(place, size, at);
        true
    }

    /// The length of the string literal that a value is.
    fn literal_length(&mut self, value: &Expr, at: Span) -> Option<Expr> {
        let Expr::NonZero(_, _, literal) = value else {
            return None;
        };
        let text = self.sources.slice(*literal);
        // A string ends at the first null character of the literal.
        let bytes = super::literals::string_bytes(text).filter(|_| !text.contains("\\0") && !text.contains("\\x"))?;
        Some(constant(bytes - 1, Type::SIZE, at))
    }

    /// A member function of a container. Those that are not known may change it.
    pub fn container_method(&mut self, place: &Place, ty: &Type, name: &str, site: &CallSite) -> Option<Expr> {
        kind_of(ty)?;
        let at = site.at;
        let arguments = site.arguments();
        let nothing = Some(Expr::Unknown(Type::Void, at));
        if !matches!(name, "size" | "empty" | "length") && self.ends_with_code(ty, NESTING) {
            let mut given = self.given_by_reference(&arguments);
            given.insert(0, address_of(place.clone(), at));
            return Some(self.unknown_call(given, at));
        }
        match (name, &arguments[..]) {
            ("size" | "length", []) => Some(self.size_in(place, at)),
            ("empty", []) => {
                let size = self.size_in(place, at);
                Some(is_zero(size, at))
            }
            ("clear", []) => {
                self.empty_container(place, at);
                nothing
            }
            ("resize", [size, ..]) => {
                let size = self.value(size);
                self.lower_arguments(&arguments[1..]);
                self.set_size(place, Some(size), at);
                nothing
            }
            ("push_back" | "emplace_back" | "push_front" | "emplace_front", _) => {
                self.push_elements(place, ty, &arguments, at);
                Some(Expr::Unknown(Type::Unknown, at))
            }
            ("pop_back" | "pop_front", []) => {
                self.change_size(place, BinaryOp::Subtract, at);
                nothing
            }
            ("assign", [list]) if list.role() == Some(Role::Aggregate) => {
                let elements: Vec<Node> = list.parts(Part::Element).collect();
                self.container_list(place, ty, &elements, at);
                nothing
            }
            ("assign", _) => {
                self.construct_container(place, ty, &arguments, at);
                nothing
            }
            ("at", [index]) => {
                let index = self.value(index);
                let element = self.element_in(place, ty, index, at);
                Some(self.load(element, at))
            }
            ("front" | "back", []) => {
                let element = self.element_in(place, ty, Expr::Unknown(Type::SIZE, at), at);
                Some(self.load(element, at))
            }
            ("data" | "c_str", []) => Some(Expr::Unknown(Type::pointer(Type::Unknown), at)),
            _ if is_reading(name) => {
                self.lower_arguments(&arguments);
                Some(Expr::Unknown(Type::Unknown, at))
            }
            _ => None,
        }
    }

    /// One element more, made of some arguments.
    fn push_elements(&mut self, place: &Place, ty: &Type, arguments: &[Node], at: Span) {
        let listed = arguments
            .iter()
            .any(|argument| aggregate_node(argument).is_some_and(|list| list.part(Part::Type).is_none()));
        let values = match listed {
            true => self.given_by_reference(arguments),
            false => self.lower_whole(arguments),
        };
        self.contained(place, ty, &values, at);
        self.change_size(place, BinaryOp::Add, at);
    }

    fn change_size(&mut self, place: &Place, operator: BinaryOp, at: Span) {
        let size = self.size_in(place, at);
        let one = constant(1, Type::SIZE, at);
        let size = Expr::binary(operator, size, one, Type::SIZE, at);
        self.set_size(place, Some(size), at);
    }

    /// An operator on containers: a string compared with the empty one, or read from a stream.
    pub fn container_operation(&mut self, operator: &str, left: &Expr, right: &Expr, at: Span) -> Option<Expr> {
        let contained = |value: &Expr| match value {
            Expr::Load(place, ty, _) if is_container(ty) => Some(place.clone()),
            _ => None,
        };
        let (a, b) = (contained(left), contained(right));
        let place = a.clone().or(b.clone())?;
        let other = if a.is_some() { right } else { left };
        let empty = matches!(self.literal_length(other, at), Some(Expr::Const { bits: 0, .. }));
        match operator {
            ">>" => {
                b.into_iter().for_each(|place| self.body.havoc(place, at));
                Some(Expr::Unknown(Type::Unknown, at))
            }
            "==" | "!=" if empty => {
                let size = self.size_in(&place, at);
                let zero = constant(0, Type::SIZE, at);
                Some(self.operation(operator, size, zero, at))
            }
            "==" | "!=" | "<" | "<=" | ">" | ">=" => Some(Expr::Unknown(Type::BOOL, at)),
            _ => Some(Expr::Unknown(Type::Unknown, at)),
        }
    }

    /// `std::size(x)` and `std::empty(x)`, for arrays too.
    pub fn size_of_range(&mut self, range: &Node, at: Span) -> Option<Expr> {
        let ty = self.type_of_value(range);
        if !is_container(&ty) && !matches!(ty, Type::Array(_, Some(_))) {
            return None;
        }
        match self.value(range) {
            Expr::Load(_, Type::Array(_, Some(length)), _) => Some(constant(length, Type::SIZE, at)),
            Expr::Load(place, ty, _) if is_container(&ty) => Some(self.size_in(&place, at)),
            _ => None,
        }
    }

    /// What an unknown function is given: it may take a container by reference.
    pub fn given_away(&mut self, value: Expr) -> Expr {
        match value {
            Expr::Load(place, ty, at) if self.language.cpp && is_container(&ty) => match place {
                Place::Deref(pointer) => *pointer,
                place => Expr::Address(place, at),
            },
            value => value,
        }
    }
}

/// `x == 0`.
pub fn is_zero(size: Expr, at: Span) -> Expr {
    let zero = constant(0, Type::SIZE, at);
    Expr::comparison(BinaryOp::Equal, size, zero, at)
}

fn is_number(value: &Expr) -> bool {
    matches!(value.ty(), Type::Int { .. })
}

/// Member functions that change neither the size nor what is stored.
fn is_reading(name: &str) -> bool {
    matches!(
        name,
        "capacity"
            | "reserve"
            | "shrink_to_fit"
            | "max_size"
            | "begin"
            | "end"
            | "cbegin"
            | "cend"
            | "rbegin"
            | "rend"
            | "front"
            | "back"
            | "at"
            | "find"
            | "rfind"
            | "find_first_of"
            | "find_last_of"
            | "find_first_not_of"
            | "find_last_not_of"
            | "substr"
            | "subspan"
            | "compare"
            | "starts_with"
            | "ends_with"
            | "contains"
            | "get_allocator"
    )
}
