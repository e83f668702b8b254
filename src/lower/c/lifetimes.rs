//! The ends of objects: destructors run at the end of the scope that declares an object, wherever control leaves it, at the
//! end of the statement that makes a temporary, and where an object is deleted.

use super::C;
use super::operators::address_of;
use super::structures::names_itself;
use super::type_names::{OWNER, is_library, is_opaque};
use crate::ir::{Argument, Callee, Expr, Place, Type, VarId};
use crate::lower::places::deref;
use crate::lower::values::{aggregate_node, constant};
use crate::lower::{CallParts, Lowering};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::lexer;
use crate::syntax::roles::{Part, Role};

/// How deep objects in objects are ended.
pub const NESTING: u32 = 6;
/// Elements of an array that are ended one by one.
const ELEMENTS: u64 = 8;

impl Lowering<'_, C> {
    /// Whether anything runs when an object of the type ends.
    pub fn ends_with_code(&mut self, ty: &Type, depth: u32) -> bool {
        match ty {
            Type::Array(element, _) => self.ends_with_code(element, depth),
            Type::Aggregate(name) if name == OWNER => true,
            Type::Aggregate(name) if depth > 0 && name.contains('<') => {
                let structure = self.structure_of(ty).unwrap_or_default();
                let mut fields = structure.fields.iter();
                fields.any(|(_, ty)| self.ends_with_code(ty, depth - 1))
            }
            Type::Aggregate(_) if depth > 0 => {
                let Some(structure) = self.structure_of(ty) else {
                    return false;
                };
                structure.destructor
                    || structure
                        .bases
                        .iter()
                        .any(|base| self.ends_with_code(&Type::Aggregate(base.clone()), depth - 1))
                    || !structure.union
                        && structure
                            .fields
                            .iter()
                            .any(|(_, ty)| self.ends_with_code(ty, depth - 1))
            }
            _ => false,
        }
    }

    /// Notes that the object at a place ends with the scope that is open.
    pub fn object_declared(&mut self, place: &Place, ty: &Type) {
        if self.language.cpp && (self.ends_with_code(ty, NESTING) || self.is_unread_object(place)) {
            self.body.object(place.clone());
        }
    }

    /// Whether a type is a class that is not understood, or may be one.
    pub fn is_unread_class(&mut self, ty: &Type) -> bool {
        let unread = match ty {
            Type::Unknown => true,
            Type::Array(element, _) => return self.is_unread_class(element),
            Type::Aggregate(_) => !is_library(ty) && !is_opaque(ty) && self.structure_of(ty).is_none(),
            _ => false,
        };
        self.language.cpp && unread
    }

    fn is_unread_object(&self, place: &Place) -> bool {
        matches!(place, Place::Var(id) if self.body.unread_objects.contains(id))
    }

    /// An object of a class that is not understood is made of what a list gives its constructor, which may do anything with
    /// that. What it does when it ends is not known either.
    pub fn unread_object(&mut self, id: VarId, arguments: &[Node], at: Span) {
        let given = self.given_by_reference(arguments);
        match given.is_empty() {
            true => drop(self.unknown_call(given, at)),
            false => self.made_of(&Place::Var(id), given, at),
        }
        self.body.havoc(Place::Var(id), at);
        self.body.unread_objects.insert(id);
    }

    /// Notes that a value is a temporary, which ends with the statement.
    pub fn temporary_made(&mut self, value: &Expr) {
        if let Expr::Load(place @ Place::Var(_), ty, _) = value
            && self.language.cpp
            && (self.is_unread_object(place) || self.ends_with_code(ty, NESTING))
            && !self.body.temporaries.contains(place)
        {
            self.body.temporaries.push(place.clone());
        }
    }

    /// A temporary becomes the object that is made of it.
    pub fn temporary_taken(&mut self, value: &Expr) {
        if let Expr::Load(place, ..) = value {
            self.body.temporaries.retain(|known| known != place);
        }
    }

    /// An object is made by an initialiser: the last temporary of its type since then is the object itself.
    pub fn elided(&mut self, since: usize, ty: &Type) {
        let last = self.body.temporaries.get(since..).and_then(|made| made.last().cloned());
        if last.is_some_and(|place| self.place_type(&place) == *ty) {
            self.body.temporaries.pop();
        }
    }

    /// What code that is not visible is given: variables may be taken by reference.
    pub fn given_by_reference(&mut self, arguments: &[Node]) -> Vec<Expr> {
        let mut given = Vec::new();
        for argument in arguments {
            let argument = &argument
                .part(Part::Value)
                .filter(|_| argument.kind() == "initializer_pair")
                .unwrap_or_else(|| argument.clone());
            if let Some(list) = aggregate_node(argument).filter(|list| list.part(Part::Type).is_none()) {
                let elements: Vec<Node> = list.parts(Part::Element).collect();
                let inner = self.deeper(list.span(), Vec::new(), |lowering| {
                    lowering.given_by_reference(&elements)
                });
                given.extend(inner);
                continue;
            }
            let value = match self.is_place(argument) {
                true => self.reference_to(argument),
                false => self.value(argument),
            };
            let value = self.decayed(value);
            given.push(value);
        }
        given
    }

    /// Whether an expression names a variable or a part of one.
    fn is_place(&mut self, node: &Node) -> bool {
        match node.role() {
            Some(Role::Name) => self.variable(node.text()).is_some(),
            role => matches!(role, Some(Role::Field | Role::Index | Role::Dereference)),
        }
    }

    /// An object is made by code that is not visible.
    pub fn made_of(&mut self, place: &Place, mut values: Vec<Expr>, at: Span) {
        values.insert(0, address_of(place.clone(), at));
        self.unknown_call(values, at);
        self.body.havoc(place.clone(), at);
    }

    /// `T x = value`.
    pub fn copy_initialized(&mut self, place: &Place, ty: &Type, value: &Node, at: Span) {
        let plain = !self.language.cpp || !matches!(ty, Type::Aggregate(_)) || aggregate_node(value).is_some();
        if plain || !self.constructs(ty) {
            return self.initialize(place, value, at);
        }
        let value = self.value(value);
        self.copy_made(place, ty, value, at);
    }

    /// An object is made of a value: of another object by the constructor that copies, if the program writes it. A value
    /// without name is the object itself.
    pub fn copy_made(&mut self, place: &Place, ty: &Type, value: Expr, at: Span) {
        match &value {
            Expr::Load(_, from, _) if from == ty && self.structure_of(ty).is_some_and(|structure| structure.copies) => {
                match self.body.is_temporary_value(&value) {
                    true => {
                        self.store(place, value, at);
                        self.made_elsewhere(place, ty, at);
                    }
                    false => self.construct_with(place, vec![value], at),
                }
            }
            Expr::Load(_, from, _) if from == ty => {
                let temporary = self.body.is_temporary_value(&value);
                self.store(place, value, at);
                if temporary {
                    self.made_elsewhere(place, ty, at);
                }
            }
            value if self.constructs(ty) && matches!(value.ty(), Type::Int { .. } | Type::Pointer(_)) => {
                self.construct_with(place, vec![value.clone()], at);
            }
            _ => self.store(place, value, at),
        }
    }

    /// A copy of an object in a place of its own.
    pub fn copied_object(&mut self, value: Expr) -> Expr {
        let (ty, at) = (value.ty(), value.at());
        let copies = self.structure_of(&ty).is_some_and(|structure| structure.copies);
        if !self.language.cpp || !copies || self.body.is_temporary_value(&value) {
            return self.kept_copy(value);
        }
        let place = Place::Var(self.body.temporary(ty.clone(), at));
        self.construct_with(&place, vec![value], at);
        Expr::Load(place, ty, at)
    }

    /// An object was made elsewhere and then taken to its place, as the analysis sees it. To the program it was made there,
    /// which matters where a constructor keeps its address.
    pub fn made_elsewhere(&mut self, place: &Place, ty: &Type, at: Span) {
        let Type::Aggregate(class) = ty else { return };
        if !self.language.cpp || !self.constructs(ty) {
            return;
        }
        let inside = self.structure(class).is_some_and(|structure| structure.knows_itself);
        let outside = |id: &ItemId| names_itself(self.sources.slice(self.index.item(*id).1.span));
        if inside || self.index.functions(class).iter().any(outside) {
            let pointer = address_of(place.clone(), at);
            self.unknown_call(vec![pointer], at);
        }
    }

    /// A temporary that a reference is bound to, or to a part of it, lives as long as the reference. Which of them that is
    /// where the value is a choice is not followed: each made `since` may end with the statement or with the scope.
    pub fn bound(&mut self, pointer: &Expr, value: &Node, since: usize) {
        let choice = is_choice(value);
        if let Expr::Address(place, _) = pointer
            && let Some(whole) = whole_variable(place).map(Place::Var)
            && !choice
            && self.body.temporaries.contains(&whole)
        {
            self.body.temporaries.retain(|known| *known != whole);
            return self.body.object(whole);
        }
        let made: Vec<Place> = self.body.temporaries.iter().skip(since).cloned().collect();
        for place in made {
            if choice || self.is_unread_object(&place) {
                self.body.extended.extend(whole_variable(&place));
                self.body.object(place);
            }
        }
    }

    /// An expression statement with the temporaries that are made in it.
    pub fn full_expression(&mut self, node: &Node) -> bool {
        let since = self.body.temporaries.len();
        let values: Vec<Node> = node.parts(Part::Value).collect();
        if !self.language.cpp {
            return false;
        }
        self.statements(values);
        self.end_temporaries(since, node.span());
        true
    }

    /// A value that is returned, kept while the objects of the function end.
    pub fn returned(&mut self, value: Option<Expr>, at: Span) -> Option<Expr> {
        if self.body.objects().next().is_none() && self.body.temporaries.is_empty() {
            return value;
        }
        let value = value.filter(|value| value.ty() != Type::Void);
        value.iter().for_each(|value| self.temporary_taken(value));
        let kept = value.map(|value| self.kept_copy(value));
        let temporaries = self.body.temporaries.clone();
        self.end_temporaries(0, at);
        self.body.temporaries = temporaries;
        self.end_objects(0, at);
        kept
    }

    /// `return` out of the scopes of objects.
    pub fn return_object(&mut self, node: &Node) -> bool {
        if !self.language.cpp && self.body.ended_by.is_empty() {
            return false;
        }
        let value = node.part(Part::Value).map(|value| self.value(&value));
        let value = self.returned(value, node.span());
        self.return_value(value, node.span());
        true
    }

    /// A jump that may leave the scopes of objects.
    pub fn may_end_objects(&mut self, at: Span) {
        let places: Vec<Place> = self.body.objects().cloned().collect();
        for place in places.iter().rev() {
            let (ended, next) = (self.body.block(), self.body.block());
            self.body.branch(Expr::Unknown(Type::BOOL, at), ended, next, at);
            self.body.switch_to(ended);
            self.end_object(place, at);
            self.body.goto_and_switch(next);
        }
    }

    /// The end of a statement: the temporaries made since end, if the statement came to make them.
    pub fn end_temporaries(&mut self, since: usize, at: Span) {
        while self.body.temporaries.len() > since {
            let Some(place) = self.body.temporaries.pop() else {
                return;
            };
            if self.body.ended() {
                continue;
            }
            let (made, next) = (self.body.block(), self.body.block());
            self.body.branch(Expr::Unknown(Type::BOOL, at), made, next, at);
            self.body.switch_to(made);
            self.end_object(&place, at);
            self.body.goto_and_switch(next);
        }
    }

    /// Ends the objects that were declared since so many were there; they stay noted.
    pub fn end_objects(&mut self, since: usize, at: Span) {
        let places: Vec<Place> = self.body.objects().skip(since).cloned().collect();
        for place in places.iter().rev() {
            if !self.body.ended() {
                self.end_object(place, at);
            }
        }
    }

    /// Notes the function that a declaration names to run at the end of its variables: `__attribute__((cleanup(f)))`.
    pub fn cleanup_declared(&mut self, declaration: &Node, id: VarId) {
        let text = declaration.text();
        let tokens = lexer::tokens(text, self.language_of_file());
        let words: Vec<&str> = tokens.iter().map(|token| token.text(text)).collect();
        let head = words.split(|word| *word == "=").next().unwrap_or_default();
        let function = head.windows(4).find_map(|part| match part {
            ["cleanup" | "__cleanup__", "(", name, ")"] => Some((*name).to_owned()),
            _ => None,
        });
        if let Some(function) = function {
            self.body.ended_by.insert(id, function);
            self.body.object(Place::Var(id));
        }
    }

    fn end_object(&mut self, place: &Place, at: Span) {
        let extended = whole_variable(place).is_some_and(|id| self.body.extended.contains(&id));
        if !extended {
            return self.end_this_object(place, at);
        }
        let (ends, next) = (self.body.block(), self.body.block());
        self.body.branch(Expr::Unknown(Type::BOOL, at), ends, next, at);
        self.body.switch_to(ends);
        self.end_this_object(place, at);
        self.body.goto_and_switch(next);
    }

    fn end_this_object(&mut self, place: &Place, at: Span) {
        if self.is_unread_object(place) {
            self.unknown_call(Vec::new(), at);
        }
        if let Place::Var(id) = place
            && let Some(function) = self.body.ended_by.get(id).cloned()
        {
            let value = super::operators::address_of(place.clone(), at);
            let call = CallParts::plain(Callee::Named(function), vec![Argument { value, at }], Type::Void, at);
            self.emit_call(call);
        }
        let ty = self.place_type(place);
        self.end_parts(place, &ty, at, NESTING);
    }

    fn end_parts(&mut self, place: &Place, ty: &Type, at: Span, depth: u32) {
        if !self.ends_with_code(ty, depth) {
            return;
        }
        if let Type::Array(element, length) = ty {
            let known = length.filter(|length| *length <= ELEMENTS);
            for index in (0..known.unwrap_or(1)).rev() {
                let index = match known {
                    Some(_) => constant(index, Type::SIZE, at),
                    None => Expr::Unknown(Type::SIZE, at),
                };
                self.end_parts(&Place::element(place.clone(), index), element, at, depth - 1);
            }
            return;
        }
        if is_library(ty) {
            // Which objects of the library's class end, and how, is not followed.
            let pointer = address_of(place.clone(), at);
            self.unknown_call(vec![pointer], at);
            return;
        }
        let (Type::Aggregate(class), Some(structure)) = (ty, self.structure_of(ty)) else {
            return;
        };
        if structure.destructor {
            let value = address_of(place.clone(), at);
            let callee = Callee::Named(format!("{class}::~{class}"));
            self.emit_call(CallParts::plain(callee, vec![Argument { value, at }], Type::Void, at));
        }
        for (name, ty) in structure.fields.iter().rev() {
            if !structure.union && !structure.references.contains(name) {
                self.end_parts(&Place::field(place.clone(), name.clone()), ty, at, depth - 1);
            }
        }
        for base in structure.bases.iter().rev() {
            self.note_class(place, &Type::Aggregate(base.clone()), at);
            self.end_parts(place, &Type::Aggregate(base.clone()), at, depth - 1);
        }
    }

    /// `delete pointer`: the object ends, and the program's own function frees it if there is one.
    pub fn delete_object(&mut self, node: &Node) -> Expr {
        let at = node.span();
        let Some(operand) = node.children().last() else {
            return self.unread_value(node);
        };
        let pointer = self.value(&operand);
        let pointer = self.kept(pointer);
        let ty = self.pointee_type(&pointer);
        let many = node.text().trim_start_matches("delete").trim_start().starts_with('[');
        let class = match &ty {
            Type::Aggregate(class) => class.clone(),
            _ => String::new(),
        };
        let (some, none) = (self.body.block(), self.body.block());
        self.body.branch(pointer.clone(), some, none, at);
        self.body.switch_to(some);
        let unknown = match &ty {
            Type::Unknown | Type::Void => true,
            Type::Aggregate(class) => !class.contains('<') && self.structure(class).is_none(),
            _ => false,
        };
        if unknown || self.is_virtual(&class, &format!("~{class}")) || many && self.ends_with_code(&ty, NESTING) {
            // Which destructor runs, and how often, is not followed.
            self.unknown_call(vec![pointer.clone()], at);
        } else {
            self.end_parts(&deref(pointer.clone()), &ty, at, NESTING);
        }
        if !self.index.functions("operatordelete").is_empty() {
            self.unknown_call(vec![pointer], at);
        }
        self.body.goto_and_switch(none);
        Expr::Unknown(Type::Void, at)
    }

    /// A call of a function that is not known.
    pub fn unknown_call(&mut self, values: Vec<Expr>, at: Span) -> Expr {
        let arguments = values.into_iter().map(|value| Argument { value, at }).collect();
        let callee = Callee::Pointer(Expr::Unknown(Type::Unknown, at));
        self.emit_call(CallParts::plain(callee, arguments, Type::Unknown, at))
    }
}

/// The variable that a place is a part of.
fn whole_variable(place: &Place) -> Option<VarId> {
    match place {
        Place::Var(id) => Some(*id),
        Place::Field(base, _) | Place::Index(base, _) => whole_variable(base),
        Place::Deref(_) | Place::Global(_) | Place::Setting(_) => None,
    }
}

/// Whether an expression is one of several, or a part of that.
fn is_choice(value: &Node) -> bool {
    match value.role() {
        Some(Role::Select) => true,
        Some(Role::Parenthesized) => value.part(Part::Value).is_some_and(|inner| is_choice(&inner)),
        Some(Role::Field | Role::Index) => value.part(Part::Object).is_some_and(|object| is_choice(&object)),
        _ => false,
    }
}
