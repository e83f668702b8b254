//! Objects of classes: which constructor makes them, what initialises their members.

use super::C;
use super::containers::is_container;
use super::paths::last_segment;
use super::standard_calls::is_tuple;
use crate::ir::{Argument, Callee, Expr, Place, Type};
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::lower::{CallParts, Lowering};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::Role;

/// How deep objects in objects are constructed.
const NESTING: u32 = 6;

impl Lowering<'_, C> {
    /// Whether objects of a type are made by a constructor of the program.
    pub fn constructs(&mut self, ty: &Type) -> bool {
        self.record_of(ty).is_some_and(|record| record.constructors)
    }

    /// Whether so many arguments go to a constructor of the program. One that is defaulted does what the initialisers in
    /// the class say.
    pub fn constructs_from(&mut self, ty: &Type, count: usize) -> bool {
        self.record_of(ty)
            .is_some_and(|record| record.constructors && (count > 0 || !record.default_constructor))
    }

    /// `T x(…)`, `T x{…}`: makes an object at a place from the arguments in a list.
    pub fn construct(&mut self, place: &Place, ty: &Type, list: &Node, at: Span) {
        let arguments: Vec<Node> = list.children().collect();
        if is_container(ty) {
            return self.construct_container(place, ty, &arguments, at);
        }
        if self.constructs_from(ty, arguments.len()) {
            let name = match ty {
                Type::Aggregate(name) => name.clone(),
                _ => return,
            };
            let signature = self.signature(&name, Some(&name));
            let values = self.passed(signature.as_deref(), &arguments, at);
            return self.construct_by_call(&name, place, values, at);
        }
        match (ty, &arguments[..]) {
            // What a constructor that is not visible leaves in an object.
            (Type::Aggregate(_), []) if self.record_of(ty).is_none() => self.body.havoc(place.clone(), at),
            (Type::Aggregate(_), []) => {
                self.body.clear(place.clone(), at);
                self.default_members(place, ty, at);
            }
            (_, []) => {
                let zero = constant(0, ty.clone(), at);
                self.store(place, zero, at);
            }
            (_, [only]) => {
                let value = self.value(only);
                match (ty, value.ty()) {
                    (Type::Aggregate(_), Type::Aggregate(_)) => self.store(place, value, at),
                    (Type::Aggregate(_), _) => self.body.havoc(place.clone(), at),
                    _ => self.store(place, value, at),
                }
            }
            _ => {
                let values = self
                    .lower_arguments(&arguments)
                    .into_iter()
                    .map(|one| one.value)
                    .collect();
                let tuple = matches!(ty, Type::Aggregate(name) if is_tuple(name));
                if !tuple || !self.store_fields(place, ty, values, at) {
                    self.body.havoc(place.clone(), at);
                }
            }
        }
    }

    fn construct_by_call(&mut self, class: &str, place: &Place, mut values: Vec<Argument>, at: Span) {
        let own = Type::Aggregate(class.to_owned());
        if let [
            Argument {
                value: Expr::Load(from, ty, _),
                ..
            },
        ] = &values[..]
            && *ty == own
        {
            let from = from.clone();
            return self.body.copy(place.clone(), from, at);
        }
        values.insert(
            0,
            Argument {
                value: Expr::Address(place.clone(), at),
                at,
            },
        );
        let callee = Callee::Named(format!("{class}::{class}"));
        self.emit_call(CallParts::plain(callee, values, Type::Void, at));
    }

    /// Makes an object from values already lowered.
    pub fn construct_with(&mut self, place: &Place, values: Vec<Expr>, at: Span) {
        let ty = self.place_type(place);
        match ty {
            ty if is_container(&ty) => self.construct_container_from(place, &ty, &values, at),
            Type::Aggregate(class) if self.constructs(&Type::Aggregate(class.clone())) => {
                let values = values.into_iter().map(|value| Argument { value, at }).collect();
                self.construct_by_call(&class, place, values, at);
            }
            Type::Aggregate(_) => self.body.havoc(place.clone(), at),
            _ => match values.into_iter().next() {
                Some(value) => self.store(place, value, at),
                None => self.body.havoc(place.clone(), at),
            },
        }
    }

    /// `T(…)` as a value.
    pub fn constructed(&mut self, ty: &Type, list: &Node, at: Span) -> Expr {
        let place = Place::Var(self.body.temporary(ty.clone(), at));
        self.construct(&place, ty, list, at);
        self.load(place, at)
    }

    /// What happens to an object declared without initialiser.
    pub fn construct_default(&mut self, place: &Place, ty: &Type, at: Span) {
        if !self.language.cpp {
            return;
        }
        if let Type::Aggregate(class) = ty
            && self.constructs_from(ty, 0)
        {
            let signature = self.signature(class, Some(class));
            let values = self.passed(signature.as_deref(), &[], at);
            return self.construct_by_call(class, place, values, at);
        }
        self.default_members(place, ty, at);
    }

    /// Stores what a class's own initialisers give its members.
    pub fn default_members(&mut self, place: &Place, ty: &Type, at: Span) {
        self.default_members_within(place, ty, at, NESTING);
    }

    fn default_members_within(&mut self, place: &Place, ty: &Type, at: Span, depth: u32) {
        if !self.language.cpp || depth == 0 {
            return;
        }
        if is_container(ty) {
            return self.empty_container(place, at);
        }
        let Some(record) = self.record_of(ty) else { return };
        for base in &record.bases {
            let base = Type::Aggregate(base.clone());
            self.default_members_within(place, &base, at, depth - 1);
        }
        for (name, ty) in &record.fields {
            let member = Place::field(place.clone(), name.clone());
            match record.defaults.iter().find(|(known, _)| known == name) {
                Some((_, value)) => self.initialize(&member, value, value.span()),
                None if self.constructs_from(ty, 0) && depth > 1 => self.construct_default(&member, ty, at),
                None => self.default_members_within(&member, ty, at, depth - 1),
            }
        }
    }

    /// What a constructor does before its body: members with initialisers in the class, then its own list.
    pub fn constructor_prologue(&mut self, node: &Node, at: Span) {
        let (Some(this), Some(class)) = (self.this(at), self.language.class.clone()) else {
            return;
        };
        let object = deref(this);
        let ty = Type::Aggregate(class.clone());
        self.default_members(&object, &ty, at);
        let lists: Vec<Node> = node
            .children()
            .filter(|child| child.kind() == "field_initializer_list")
            .collect();
        let initializers: Vec<Node> = lists
            .iter()
            .flat_map(|list| list.children().collect::<Vec<_>>())
            .collect();
        for initializer in initializers {
            let mut parts = initializer.children();
            let (Some(name), Some(list)) = (parts.next(), parts.next()) else {
                continue;
            };
            let name = last_segment(name.text()).to_owned();
            if self.has_field(&ty, &name) {
                let member = Place::field(object.clone(), name);
                let ty = self.place_type(&member);
                match list.role() {
                    Some(Role::Aggregate) => self.initialize(&member, &list, initializer.span()),
                    _ => self.construct(&member, &ty, &list, initializer.span()),
                }
            } else {
                let arguments: Vec<Node> = list.children().collect();
                let signature = self.signature(&name, Some(&name));
                let values = self.passed(signature.as_deref(), &arguments, initializer.span());
                self.construct_by_call(&name, &object, values, initializer.span());
            }
        }
    }

    /// `new T(…)`.
    pub fn new_object(&mut self, node: &Node) -> Expr {
        let at = node.span();
        let ty = node.field("type").map_or(Type::Unknown, |ty| self.named_type(&ty));
        let sizes: Vec<Node> = node.fields("declarator").collect();
        sizes.iter().for_each(|size| self.opaque(size));
        let list = node.field("arguments").filter(|_| sizes.is_empty());
        self.object_made(&ty, list.as_ref(), at)
    }

    /// The address of a new object; without a list it is initialised by default.
    pub fn object_made(&mut self, ty: &Type, list: Option<&Node>, at: Span) -> Expr {
        let pointer = Type::pointer(ty.clone());
        let holder = Place::Var(self.body.temporary(pointer.clone(), at));
        let value = Expr::NonZero(pointer.clone(), "the address of a new object", at);
        self.body.set(holder.clone(), value, at);
        let result = Expr::Load(holder, pointer, at);
        let object = deref(result.clone());
        match list {
            Some(list) => self.construct(&object, ty, list, at),
            None => self.construct_default(&object, ty, at),
        }
        result
    }
}
