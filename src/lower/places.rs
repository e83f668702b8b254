//! Places: what expressions designate, and what is known of its type.

use super::builder::Mark;
use super::values::constant;
use super::{Language, Lowering};
use crate::ir::{Expr, Place, Type, VarId};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

impl<L: Language> Lowering<'_, L> {
    /// The place that an expression designates. `None`: it is not understood, and what is in it has been lowered.
    pub fn place(&mut self, node: &Node) -> Option<Place> {
        self.deeper(node.span(), None, |lowering| match L::place(lowering, node) {
            Some(place) => Some(place),
            None => lowering.plain_place(node),
        })
    }

    pub(super) fn plain_place(&mut self, node: &Node) -> Option<Place> {
        match node.role() {
            Some(Role::Parenthesized) => self.place(&node.part(Part::Value)?),
            Some(Role::Name) => match self.variable(node.text()) {
                Some(id) => Some(self.variable_place(id, node.span())),
                None => place_of(L::name(self, node)),
            },
            Some(Role::Field) => self.field(node),
            Some(Role::Index) => self.element(node),
            Some(Role::Dereference) => self.pointee(node),
            _ => {
                let value = self.value(node);
                place_of(value)
            }
        }
    }

    pub fn field(&mut self, node: &Node) -> Option<Place> {
        let object = node.part(Part::Object)?;
        let base = match node.part(Part::Through) {
            Some(_) => {
                let pointer = self.value(&object);
                deref(pointer)
            }
            None => self.place_or_copy(&object),
        };
        Some(Place::field(base, node.part(Part::Name)?.text()))
    }

    /// The place of an expression; a value that stands nowhere is put into a temporary.
    pub fn place_or_copy(&mut self, node: &Node) -> Place {
        match node.role() {
            Some(Role::Name | Role::Field | Role::Index | Role::Dereference | Role::Parenthesized) => {
                if let Some(place) = self.place(node) {
                    return place;
                }
                Place::Var(self.body.temporary(Type::Unknown, node.span()))
            }
            _ => {
                let value = self.value(node);
                self.place_of_value(value)
            }
        }
    }

    /// The place that a value was loaded from, or a temporary that holds it.
    pub fn place_of_value(&mut self, value: Expr) -> Place {
        let (ty, at) = (value.ty(), value.at());
        match value {
            Expr::Load(place, ..) => place,
            value => {
                let place = Place::Var(self.body.temporary(ty, at));
                self.body.assign(place.clone(), value, at);
                place
            }
        }
    }

    pub(super) fn element(&mut self, node: &Node) -> Option<Place> {
        let (object, index) = (node.part(Part::Object)?, node.part(Part::Index)?);
        let object = self.value(&object);
        let mark = self.body.mark();
        let index = self.value(&index);
        let object = self.settle_object(object, mark);
        let is_pointer = |value: &Expr| matches!(value.ty(), Type::Pointer(_) | Type::Array(..));
        let (object, index) = if is_pointer(&index) {
            (index, object)
        } else {
            (object, index)
        };
        let index = L::promote(self, index);
        Some(self.element_of(object, index))
    }

    /// The element of an array, or of what a pointer points to.
    pub fn element_of(&mut self, object: Expr, index: Expr) -> Place {
        let base = match object {
            Expr::Load(place, Type::Array(..) | Type::Aggregate(_), _) => place,
            pointer => deref(pointer),
        };
        Place::element(base, index)
    }

    pub(super) fn pointee(&mut self, node: &Node) -> Option<Place> {
        let pointer = self.value(&node.part(Part::Value)?);
        Some(deref(pointer))
    }

    pub(super) fn address(&mut self, node: &Node) -> Expr {
        let at = node.span();
        let Some(inner) = node.part(Part::Value) else {
            return self.unread_value(node);
        };
        if inner.role() == Some(Role::Name) && self.variable(inner.text()).is_none() {
            let value = self.value(&inner);
            return match place_of(value.clone()) {
                Some(place) => Expr::Address(place, at),
                None => value,
            };
        }
        match self.place_or_copy(&inner) {
            Place::Deref(pointer) => *pointer,
            place => Expr::Address(place, at),
        }
    }

    /// An array stays where it is; a pointer to elements is a value like others.
    pub(super) fn settle_object(&mut self, object: Expr, mark: Mark) -> Expr {
        match object {
            Expr::Load(_, Type::Array(..) | Type::Aggregate(_), _) => object,
            pointer => self.body.settle(pointer, mark),
        }
    }

    /// The place that a use of a variable means: what it points to if it is a reference.
    pub fn variable_place(&self, id: VarId, at: Span) -> Place {
        let place = Place::Var(id);
        if !self.body.references.contains(&id) {
            return place;
        }
        let ty = self.body.type_of(id).clone();
        Place::Deref(Box::new(Expr::Load(place, ty, at)))
    }

    /// The type of what a place holds.
    pub fn place_type(&mut self, place: &Place) -> Type {
        match place {
            Place::Var(id) => self.body.type_of(*id).clone(),
            Place::Global(name) => L::global_type(self, name),
            Place::Field(base, name) => {
                let object = self.place_type(base);
                L::field_type(self, &object, name)
            }
            Place::Index(base, _) => match self.place_type(base) {
                Type::Array(element, _) => *element,
                // `p[i]` is an element next to `p[0]`, which is what `p` points to.
                other => other,
            },
            Place::Deref(pointer) => self.pointee_type(pointer),
            Place::Setting(_) => Type::BOOL,
        }
    }

    /// The type of what a pointer points to.
    pub fn pointee_type(&mut self, pointer: &Expr) -> Type {
        match pointer {
            Expr::Address(place, _) => self.place_type(place),
            Expr::Cast(inner, Type::Pointer(to), _) if **to == Type::Unknown => self.pointee_type(inner),
            other => match other.ty() {
                Type::Pointer(to) => *to,
                Type::Array(element, _) => *element,
                _ => Type::Unknown,
            },
        }
    }
}

/// The place that a value was loaded from.
pub fn place_of(value: Expr) -> Option<Place> {
    match value {
        Expr::Load(place, ..) => Some(place),
        _ => None,
    }
}

/// What a pointer points to.
pub fn deref(pointer: Expr) -> Place {
    match pointer {
        Expr::Address(place, _) => place,
        Expr::Load(array, Type::Array(..), at) => first_element(array, at),
        pointer => Place::Deref(Box::new(pointer)),
    }
}

fn first_element(array: Place, at: Span) -> Place {
    Place::element(array, constant(0, Type::SIZE, at))
}
