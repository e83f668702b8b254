//! Objects of classes: which constructor makes one, what initialises its members and bases, `new`.

use super::C;
use super::containers::is_container;
use super::lifetimes;
use super::operators::address_of;
use super::overloads::{Meant, parameter_types};
use super::paths::last_segment;
use super::standard::is_tuple;
use super::type_names::is_library;
use crate::ir::{Argument, Callee, Expr, Place, Type, Variable};
use crate::lower::places::deref;
use crate::lower::values::{aggregate_node, constant};
use crate::lower::{CallParts, Lowering};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::ByName;
use crate::syntax::roles::Part;

/// How deep objects in objects are constructed.
const NESTING: u32 = 6;

impl Lowering<'_, C> {
    /// Whether objects of a type are made by a constructor of the program.
    pub fn constructs(&mut self, ty: &Type) -> bool {
        self.structure_of(ty).is_some_and(|structure| structure.constructors)
    }

    /// Whether so many arguments go to a constructor of the program. One that is defaulted does what the initialisers in
    /// the class say.
    fn constructs_from(&mut self, ty: &Type, count: usize) -> bool {
        self.structure_of(ty)
            .is_some_and(|structure| structure.constructors && (count > 0 || !structure.default_constructor))
    }

    /// `T x(…)`, `T x{…}`: makes an object at a place from the arguments in a list.
    pub fn construct(&mut self, place: &Place, ty: &Type, list: &Node, at: Span) {
        let arguments: Vec<Node> = list.children().collect();
        if is_library(ty) && self.ends_with_code(ty, lifetimes::NESTING) {
            let given = self.given_by_reference(&arguments);
            return self.made_of(place, given, at);
        }
        if is_container(ty) {
            return self.construct_container(place, ty, &arguments, at);
        }
        if self.constructs_from(ty, arguments.len()) {
            let name = match ty {
                Type::Aggregate(name) => name.clone(),
                _ => return,
            };
            let meant = match self.has_virtual_base(&name, lifetimes::NESTING) {
                true => Meant::Unclear,
                false => self.meant(&name, Some(&name), &arguments),
            };
            let (signature, chosen) = match meant {
                Meant::One(one) => (Some(one.clone()), Some(parameter_types(&one))),
                Meant::Alike(usual) => (usual, None),
                Meant::Unclear => {
                    let given = self.given_by_reference(&arguments);
                    self.made_of(place, given, at);
                    return self.note_class(place, ty, at);
                }
            };
            let values = self.passed(signature.as_deref(), &arguments, at);
            return self.construct_by_call(&name, place, (values, chosen), at);
        }
        if let Type::Array(..) = ty {
            self.body.clear(place.clone(), at);
            return self.fill(place, ty, &mut arguments.into(), true, at);
        }
        self.construct_plainly(place, ty, &arguments, at);
    }

    /// Makes an object that no visible constructor makes.
    fn construct_plainly(&mut self, place: &Place, ty: &Type, arguments: &[Node], at: Span) {
        match (ty, arguments) {
            // What a constructor that is not visible leaves in an object.
            (Type::Aggregate(_), []) if self.structure_of(ty).is_none() => self.body.havoc(place.clone(), at),
            (Type::Aggregate(_), []) => {
                self.body.clear(place.clone(), at);
                self.default_members(place, ty, at);
            }
            (_, []) => {
                let zero = constant(0, ty.clone(), at);
                self.store(place, zero, at);
            }
            (Type::Aggregate(_), [only]) if self.structure_of(ty).is_none() => {
                let given = self.given_by_reference(std::slice::from_ref(only));
                self.made_of(place, given, at);
            }
            (_, [only]) => {
                let value = self.value(only);
                match (ty, value.ty()) {
                    (Type::Aggregate(_), Type::Aggregate(_)) => self.store(place, value, at),
                    (Type::Aggregate(_), _) => self.made_of(place, vec![value], at),
                    _ => self.store(place, value, at),
                }
            }
            (Type::Aggregate(name), _) if !is_tuple(name) && self.structure_of(ty).is_none() => {
                let given = self.given_by_reference(arguments);
                self.made_of(place, given, at);
            }
            _ => {
                let values: Vec<Expr> = self
                    .lower_arguments(arguments)
                    .into_iter()
                    .map(|one| one.value)
                    .collect();
                let tuple = matches!(ty, Type::Aggregate(name) if is_tuple(name));
                if !tuple || !self.store_fields(place, ty, values.clone(), at) {
                    self.made_of(place, values, at);
                }
            }
        }
    }

    /// Whether a class has a virtual base, which the class of the whole object makes and not the one in between: how is not
    /// followed.
    fn has_virtual_base(&mut self, class: &str, depth: u32) -> bool {
        let Some(structure) = self.structure(class).filter(|_| depth > 0) else {
            return false;
        };
        structure.virtual_bases
            || structure
                .bases
                .iter()
                .any(|base| self.has_virtual_base(base, depth - 1))
    }

    fn construct_by_call(
        &mut self,
        class: &str,
        place: &Place,
        (mut values, chosen): (Vec<Argument>, Option<Vec<Type>>),
        at: Span,
    ) {
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
            if !self.structure_of(&own).is_some_and(|structure| structure.copies) {
                self.body.copy(place.clone(), from, at);
                return self.class_kept(place, at);
            }
            values[0].value = address_of(from, at);
        }
        values.insert(
            0,
            Argument {
                value: Expr::Address(place.clone(), at),
                at,
            },
        );
        let structure = self.structure(class).unwrap_or_default();
        if values.len() > 1 && structure.bases.iter().any(|base| structure.usings.contains(base)) {
            // Its own constructor or one of a base, and then what the class says of its members.
            self.unknown_call(values.into_iter().map(|argument| argument.value).collect(), at);
            return;
        }
        let callee = Callee::Named(format!("{class}::{class}"));
        self.emit_call(CallParts {
            chosen,
            ..CallParts::plain(callee, values, Type::Void, at)
        });
    }

    /// Makes an object from values already lowered.
    pub fn construct_with(&mut self, place: &Place, values: Vec<Expr>, at: Span) {
        let ty = self.place_type(place);
        match ty {
            ty if is_container(&ty) => self.construct_container_from(place, &ty, &values, at),
            Type::Aggregate(class) if self.constructs(&Type::Aggregate(class.clone())) => {
                let signature = self.signature(&class, Some(&class));
                let mut given = Vec::new();
                for (index, value) in values.into_iter().enumerate() {
                    let formal = signature.as_ref().and_then(|signature| signature.parameters.get(index));
                    let same = value.ty() == Type::Aggregate(class.clone());
                    let value = match formal.is_some_and(|formal| formal.reference) && !same {
                        true => address_of(self.place_of_value(value), at),
                        false => value,
                    };
                    given.push(Argument { value, at });
                }
                self.construct_by_call(&class, place, (given, None), at);
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
        let value = self.load(place, at);
        self.temporary_made(&value);
        value
    }

    /// What happens to an object declared without initialiser.
    pub fn construct_default(&mut self, place: &Place, ty: &Type, at: Span) {
        if !self.language.cpp {
            return;
        }
        if let Type::Aggregate(class) = ty
            && self.has_virtual_base(class, lifetimes::NESTING)
        {
            self.made_of(place, Vec::new(), at);
            return self.note_class(place, ty, at);
        }
        if let Type::Aggregate(class) = ty
            && self.constructs_from(ty, 0)
        {
            let signature = self.signature(class, Some(class));
            let values = self.passed(signature.as_deref(), &[], at);
            return self.construct_by_call(class, place, (values, None), at);
        }
        match ty {
            Type::Array(element, length) if matches!(**element, Type::Aggregate(_)) => {
                self.construct_elements(place, element, *length, at);
            }
            _ => self.default_members(place, ty, at),
        }
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
        let Some(structure) = self.structure_of(ty) else { return };
        for base in &structure.bases {
            self.default_base(place, base, at, depth);
        }
        self.note_class(place, ty, at);
        for (name, _) in &structure.fields {
            self.default_member(place, ty, name, at, depth);
        }
    }

    fn default_base(&mut self, place: &Place, base: &str, at: Span, depth: u32) {
        let ty = Type::Aggregate(base.to_owned());
        match self.constructs_from(&ty, 0) && depth > 1 {
            true => self.construct_default(place, &ty, at),
            false => self.default_members_within(place, &ty, at, depth - 1),
        }
    }

    pub fn default_member(&mut self, place: &Place, class: &Type, name: &str, at: Span, depth: u32) {
        let Some(structure) = self.structure_of(class) else {
            return;
        };
        let Some((_, ty)) = structure.fields.iter().find(|(field, _)| field == name) else {
            return;
        };
        let member = Place::field(place.clone(), name);
        match structure.defaults.iter().find(|(known, _)| known == name) {
            Some((_, value)) => self.default_value(place, class, &member, value),
            None if self.constructs_from(ty, 0) && depth > 1 => self.construct_default(&member, ty, at),
            None => self.default_members_within(&member, ty, at, depth - 1),
        }
    }

    /// An initialiser in a class names members of the object, whatever function the object is made in.
    fn default_value(&mut self, place: &Place, class: &Type, member: &Place, value: &Node) {
        let (Type::Aggregate(name), at) = (class, value.span()) else {
            return;
        };
        let scopes = self.body.hide_scopes();
        self.body.open_scope();
        let pointer = Type::pointer(class.clone());
        let this = self.body.declare(Variable {
            name: "this".to_owned(),
            ty: pointer,
            at,
            volatile: false,
        });
        self.body.set(Place::Var(this), address_of(place.clone(), at), at);
        let outer = self.language.class.replace(name.clone());
        self.initialize_member(member, value, at);
        self.language.class = outer;
        self.body.close_scope();
        self.body.replace_scopes(scopes);
    }

    /// A member is given the value of an expression, or, if it is a reference, refers to what that designates.
    pub fn initialize_member(&mut self, member: &Place, value: &Node, at: Span) {
        match self.is_reference_field(member) {
            true => {
                let value = match aggregate_node(value) {
                    Some(list) => list.parts(Part::Element).next(),
                    None if value.kind() == "argument_list" => value.children().next(),
                    None => Some(value.clone()),
                };
                let pointer = match value {
                    Some(value) => self.reference_to(&value),
                    None => Expr::Unknown(Type::Unknown, at),
                };
                self.body.set(member.clone(), pointer, at);
            }
            false if value.kind() == "argument_list" => {
                let ty = self.place_type(member);
                self.construct(member, &ty, value, at);
            }
            false => {
                let ty = self.place_type(member);
                self.copy_initialized(member, &ty, value, at);
            }
        }
    }

    /// Whether a place is a field that is a reference.
    pub fn is_reference_field(&mut self, place: &Place) -> bool {
        let Place::Field(object, name) = place else {
            return false;
        };
        if !self.language.cpp {
            return false;
        }
        let object = self.place_type(object);
        self.find_in_bases(&object, |structure| structure.references.contains(name).then_some(()))
            .is_some()
    }

    /// What a use of a field means: what it refers to if it is a reference.
    pub fn referred(&mut self, place: Place, at: Span) -> Place {
        match self.is_reference_field(&place) {
            true => {
                let ty = self.place_type(&place);
                deref(Expr::Load(place, ty, at))
            }
            false => place,
        }
    }

    /// What a constructor does before its body: bases, then members, each by its own list or as the class says.
    pub fn constructor_prologue(&mut self, node: &Node, at: Span) {
        let (Some(this), Some(class)) = (self.this(at), self.language.class.clone()) else {
            return;
        };
        let object = deref(this);
        let ty = Type::Aggregate(class.clone());
        let mut lists = written_initializers(node);
        if let Some(index) = lists.iter().position(|(name, _)| *name == class) {
            let (_, list) = lists.swap_remove(index);
            return self.construct_base(&class, &object, &list);
        }
        let structure = self.structure_of(&ty).unwrap_or_default();
        for base in &structure.bases {
            match lists.iter().position(|(name, _)| name == base) {
                Some(index) => {
                    let (base, list) = lists.remove(index);
                    self.construct_base(&base, &object, &list);
                }
                None => self.default_base(&object, base, at, NESTING),
            }
        }
        self.note_class(&object, &ty, at);
        for (field, _) in &structure.fields {
            match lists.iter().position(|(name, _)| name == field) {
                Some(index) => {
                    let (name, list) = lists.remove(index);
                    self.initialize_member(&Place::field(object.clone(), name), &list, list.span());
                }
                None => self.default_member(&object, &ty, field, at, NESTING),
            }
        }
        for (name, list) in lists {
            match self.has_field(&ty, &name) {
                true => self.initialize_member(&Place::field(object.clone(), name), &list, list.span()),
                false => self.construct_base(&name, &object, &list),
            }
        }
    }

    fn construct_base(&mut self, name: &str, object: &Place, list: &Node) {
        let arguments: Vec<Node> = list.children().collect();
        let ty = Type::Aggregate(name.to_owned());
        if arguments.is_empty() && self.structure_of(&ty).is_some() && !self.constructs_from(&ty, 0) {
            return self.default_members(object, &ty, list.span());
        }
        let signature = self.signature(name, Some(name));
        let values = self.passed(signature.as_deref(), &arguments, list.span());
        self.construct_by_call(name, object, (values, None), list.span());
    }

    /// `new T(…)`. Where the type is an array the result leads to its first element.
    pub fn new_object(&mut self, node: &Node) -> Expr {
        let ty = node.field("type").map_or(Type::Unknown, |ty| self.named_type(&ty));
        let made = self.new_of_type(node, ty.clone());
        match ty {
            Type::Array(element, _) => self.cast_to(made, &Type::Pointer(element), node.span()),
            _ => made,
        }
    }

    fn new_of_type(&mut self, node: &Node, ty: Type) -> Expr {
        let at = node.span();
        let sizes: Vec<Node> = node.fields("declarator").collect();
        let lengths = sizes
            .iter()
            .flat_map(|size| size.descendants().filter(|node| node.role().is_some()));
        let lengths = lengths.filter(|length| length.parent().is_some_and(|outer| outer.kind() == "new_declarator"));
        lengths
            .collect::<Vec<_>>()
            .iter()
            .for_each(|length| self.statement(length));
        let list = node.field("arguments").filter(|_| sizes.is_empty());
        let placed = self.placed_object(node);
        if placed.is_none() && !self.index.functions("operatornew").is_empty() {
            self.unknown_call(Vec::new(), at);
        }
        if let Some(pointer) = placed {
            let pointer = self.cast_to(pointer, &Type::pointer(ty.clone()), at);
            let pointer = self.kept(pointer);
            match (sizes.is_empty(), &list) {
                (true, Some(list)) => self.construct(&deref(pointer.clone()), &ty, list, at),
                (true, None) => self.construct_default(&deref(pointer.clone()), &ty, at),
                (false, _) => self.construct_many(&pointer, &ty, at),
            }
            return pointer;
        }
        if !sizes.is_empty() && self.constructs(&ty) {
            let pointer = self.object_made(&Type::Void, None, at);
            let pointer = self.cast_to(pointer, &Type::pointer(ty.clone()), at);
            let pointer = self.kept(pointer);
            self.construct_many(&pointer, &ty, at);
            return pointer;
        }
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

/// The initialisers that a constructor writes, with what they initialise.
fn written_initializers(node: &Node) -> Vec<(String, Node)> {
    let lists = node.children().filter(|child| child.kind() == "field_initializer_list");
    let initializers: Vec<Node> = lists.flat_map(|list| list.children().collect::<Vec<_>>()).collect();
    let parts = initializers.iter().filter_map(|initializer| {
        let mut parts = initializer.children();
        Some((last_segment(parts.next()?.text()).to_owned(), parts.next()?))
    });
    parts.collect()
}
