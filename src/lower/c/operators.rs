//! Operators and conversions that the program defines for its own classes: calls of the functions that define them.

use super::C;
use crate::ir::{Argument, Callee, Expr, Place, Type};
use crate::lower::places::deref;
use crate::lower::{CallParts, Lowering};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::{Part, Role};

impl Lowering<'_, C> {
    /// The value of an object of a class with a conversion to a type, or to some other number.
    pub fn converted_object(&mut self, value: &Expr, to: &Type, at: Span) -> Option<Expr> {
        let Expr::Load(place, ty @ Type::Aggregate(class), _) = value else {
            return None;
        };
        let structure = self.structure_of(ty)?;
        let numbers = || {
            structure
                .conversions
                .iter()
                .filter(|(_, ty)| matches!(ty, Type::Int { .. }))
        };
        let mut exact = structure.conversions.iter().filter(|(_, ty)| ty == to);
        let (exact, others) = (exact.next(), exact.next());
        if others.is_some() {
            // One for each kind of object: constant, about to end.
            return Some(self.unknown_operation(&[value], at));
        }
        // With several conversions the compiler may choose another than the first.
        let chosen = exact.or_else(|| numbers().next().filter(|_| numbers().count() == 1))?;
        let (name, returns) = chosen.clone();
        let receiver = Argument {
            value: address_of(place.clone(), at),
            at,
        };
        Some(self.emit_call(CallParts::plain(
            Callee::Named(format!("{class}::{name}")),
            vec![receiver],
            returns,
            at,
        )))
    }

    /// `a + b` where a class says what that is.
    pub fn overloaded_operation(&mut self, operator: &str, left: &Expr, right: &Expr, at: Span) -> Option<Expr> {
        let is_object = |value: &Expr| matches!(value.ty(), Type::Aggregate(name) if !name.contains('<'));
        if !self.language.cpp || !is_object(left) && !is_object(right) {
            return None;
        }
        if let Some(result) = self.operator_of(left, operator, std::slice::from_ref(right), at) {
            return Some(result);
        }
        let name = format!("operator{operator}");
        let functions = self.index.functions(&name).to_vec();
        let about = |lowering: &Self| {
            let mut all = functions.iter();
            all.any(|&id| lowering.is_operator_for(id, left) || lowering.is_operator_for(id, right))
        };
        match &functions[..] {
            [] => {}
            [_] if about(self) => {
                return Some(self.operator_call(None, &name, vec![left.clone(), right.clone()], at));
            }
            // Which of several it is, or whether it is one of them, is not known.
            _ if about(self) => return Some(self.unknown_operation(&[left, right], at)),
            _ => {}
        }
        let number = |lowering: &mut Self, value: &Expr| match is_object(value) {
            true => lowering.converted_object(value, &Type::SIZE, at),
            false => Some(value.clone()),
        };
        match (number(self, left), number(self, right)) {
            (Some(left), Some(right)) => Some(self.operation(operator, left, right, at)),
            // No operator of the language takes objects.
            _ => Some(Expr::Unknown(Type::Unknown, at)),
        }
    }

    /// An operator on objects that is not followed: a call of some function with them.
    pub fn unknown_operation(&mut self, operands: &[&Expr], at: Span) -> Expr {
        let values = operands.iter().map(|operand| match operand {
            Expr::Load(place, Type::Aggregate(_), _) => address_of(place.clone(), at),
            other => (*other).clone(),
        });
        self.unknown_call(values.collect(), at)
    }

    /// Whether the function of an operator's name is about objects of the value's class.
    fn is_operator_for(&self, id: ItemId, value: &Expr) -> bool {
        let Type::Aggregate(class) = value.ty() else {
            return false;
        };
        let head = self.sources.slice(self.index.item(id).1.span);
        let head = head.split('{').next().unwrap_or("");
        head.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == class)
    }

    /// An operator that is a member function of an object's class.
    pub fn operator_of(&mut self, object: &Expr, operator: &str, operands: &[Expr], at: Span) -> Option<Expr> {
        let Type::Aggregate(class) = object.ty() else {
            return None;
        };
        let name = format!("operator{operator}");
        let class = self.method_class(&class, &name)?;
        let mut values = vec![object.clone()];
        values.extend_from_slice(operands);
        Some(self.operator_call(Some(&class), &name, values, at))
    }

    fn operator_call(&mut self, class: Option<&str>, name: &str, values: Vec<Expr>, at: Span) -> Expr {
        let signature = self.signature(name, class);
        let members = usize::from(class.is_some());
        let mut arguments = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let formal = index
                .checked_sub(members)
                .map(|index| signature.as_ref().and_then(|signature| signature.parameters.get(index)));
            let by_address = formal.is_none_or(|formal| formal.is_some_and(|formal| formal.reference));
            let value = match by_address {
                true => address_of(self.place_of_value(value), at),
                false => value,
            };
            arguments.push(Argument { value, at });
        }
        let path = class.map_or(name.to_owned(), |class| format!("{class}::{name}"));
        let returns = signature
            .as_ref()
            .map_or(Type::Unknown, |signature| signature.returns.clone());
        let result = self.emit_call(CallParts::plain(Callee::Named(path), arguments, returns, at));
        match signature.is_some_and(|signature| signature.reference) {
            true => self.load(deref(result), at),
            false => result,
        }
    }

    /// A field that is a reference means what it refers to.
    pub fn reference_field(&mut self, node: &Node) -> Option<Place> {
        if node.role() != Some(Role::Field) {
            return None;
        }
        if node.tokens().any(|token| matches!(token.text(), ".*" | "->*")) {
            // Which member it is, is not known.
            self.unread_value(node);
            return Some(Place::Var(self.body.temporary(Type::Unknown, node.span())));
        }
        let place = self.field(node)?;
        Some(self.referred(place, node.span()))
    }

    /// `*object`, `object->field` and `object[index]`, where the object's class says what that is.
    pub fn overloaded_place(&mut self, node: &Node) -> Option<Place> {
        let part = match node.role() {
            Some(Role::Dereference) => Part::Value,
            Some(Role::Index) => Part::Object,
            _ if node.part(Part::Through).is_some() => Part::Object,
            _ => return None,
        };
        let name = node.part(part).filter(|inner| inner.role() == Some(Role::Name))?;
        let id = self.variable(name.text())?;
        let (place, at) = (self.variable_place(id, name.span()), node.span());
        let object = self.load(place, at);
        if !matches!(object.ty(), Type::Aggregate(_)) {
            return None;
        }
        if let Some(index) = node.part(Part::Index) {
            let class = object.ty();
            let Type::Aggregate(class) = class else { return None };
            self.method_class(&class, "operator[]")?;
            let index = self.value(&index);
            let element = self.operator_of(&object, "[]", &[index], at)?;
            return Some(self.place_of_value(element));
        }
        if node.role() == Some(Role::Dereference) {
            if let Some(content) = self.optional_content(&object) {
                return Some(content);
            }
            let value = self.operator_of(&object, "*", &[], at)?;
            return Some(self.place_of_value(value));
        }
        let target = match self.optional_content(&object) {
            Some(content) => content,
            None => match self.operator_of(&object, "->", &[], at) {
                Some(pointer) if matches!(pointer.ty(), Type::Pointer(_)) => deref(pointer),
                // An iterator or the like: where it leads is not known.
                _ => Place::Var(self.body.temporary(Type::Unknown, at)),
            },
        };
        Some(Place::field(target, node.part(Part::Name)?.text()))
    }
}

/// The address of a place.
pub fn address_of(place: Place, at: Span) -> Expr {
    match place {
        Place::Deref(pointer) => *pointer,
        place => Expr::Address(place, at),
    }
}
