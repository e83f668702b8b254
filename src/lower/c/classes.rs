//! Classes: member functions and the calls of them, `this`, static members; which constructor makes an object, and what
//! initialises its members.

use super::C;
use super::call_site::CallSite;
use super::containers::is_container;
use super::declarators::GlobalShape;
use super::paths::last_segment;
use super::standard::is_tuple;
use crate::ir::{Argument, Callee, Expr, Linkage, Place, Type, Variable};
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::lower::{CallParts, FunctionHead, Lowering};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};

impl Lowering<'_, C> {
    /// Lowers the member functions in a class's body.
    pub fn class_members(&mut self, node: &Node) {
        let (Some(name), Some(body)) = (node.field("name"), node.field("body")) else {
            return;
        };
        let name = last_segment(name.text()).to_owned();
        let mut pending: Vec<Node> = body.children().collect();
        pending.reverse();
        while let Some(member) = pending.pop() {
            match member.role() {
                Some(Role::Function) => self.function_definition(&member, Some(&name)),
                Some(Role::Type) => self.class_members(&member),
                Some(Role::FieldDeclaration) => self.static_members(&member, &name),
                _ => {
                    let children: Vec<Node> = member.children().collect();
                    pending.extend(children.into_iter().rev());
                }
            }
        }
        if self.language.cpp {
            self.implied_constructor(node, &name);
        }
    }

    /// `return {…}`: the list makes a value of the function's return type.
    pub fn return_list(&mut self, node: &Node) -> bool {
        let (Some(value), Some(ty)) = (node.part(Part::Value), self.body.returns.clone()) else {
            return false;
        };
        if value.role() != Some(Role::Aggregate) || value.part(Part::Type).is_some() {
            return false;
        }
        let at = node.span();
        let place = Place::Var(self.body.temporary(ty.clone(), at));
        self.initializer_list(&place, &ty, &value);
        let result = self.load(place, at);
        self.return_value(Some(result), at);
        true
    }

    /// `return` from a function that returns a reference: the address of what is named.
    pub fn return_reference(&mut self, node: &Node) -> bool {
        let Some(value) = node.part(Part::Value) else {
            return false;
        };
        let pointer = self.reference_to(&value);
        self.return_value(Some(pointer), node.span());
        true
    }

    /// Static data members are globals of the class.
    fn static_members(&mut self, node: &Node, class: &str) {
        let words: Vec<String> = node.children().map(|child| child.text().to_owned()).collect();
        let has = |word: &str| words.iter().any(|text| text == word);
        if !has("static") {
            return;
        }
        let base = node.field("type").map_or(Type::Unknown, |base| self.named_type(&base));
        let value = node.field("default_value");
        let declarators: Vec<Node> = node.fields("declarator").collect();
        for declarator in declarators {
            let declared = self.declared(&declarator, base.clone());
            let Some(name) = declared.name.as_ref().filter(|_| !declared.function) else {
                continue;
            };
            let shape = GlobalShape {
                ty: declared.ty.clone(),
                constant: has("constexpr") || has("const"),
                volatile: has("volatile"),
                linkage: Linkage::Public,
                at: name.span(),
                whole: node.span(),
            };
            let external = value.is_none() && !has("inline");
            self.global(&format!("{class}::{}", name.text()), shape, value.as_ref(), external);
        }
    }

    /// A class without constructors is made by its initialisers: a constructor says so to whoever looks for stores.
    fn implied_constructor(&mut self, node: &Node, name: &str) {
        let ty = Type::Aggregate(name.to_owned());
        let Some(structure) = self
            .structure_of(&ty)
            .filter(|structure| !structure.constructors && !structure.defaults.is_empty())
        else {
            return;
        };
        drop(structure);
        let at = node.field("name").map_or(node.span(), |name| name.span());
        let head = FunctionHead {
            name: name.to_owned(),
            scope: Some(name.to_owned()),
            parameters: Vec::new(),
            linkage: Linkage::Public,
            returns: Type::Void,
            noreturn: false,
            at,
            whole: at,
        };
        self.function(head, |lowering, head| {
            let pointer = Type::pointer(ty.clone());
            let this = Variable {
                name: "this".to_owned(),
                ty: pointer.clone(),
                at,
                volatile: false,
            };
            let id = lowering.body.declare(this);
            head.parameters.push(id);
            let object = deref(Expr::Load(Place::Var(id), pointer, at));
            lowering.default_members(&object, &ty, at);
        });
    }

    /// The class of the current member function if it, or a base of it, has a member function of the name.
    pub fn class_with_method(&mut self, name: &str) -> Option<String> {
        let class = self.language.class.clone()?;
        self.method_class(&class, name)
    }

    /// A template that is defined outside of the unit, under a name that no class of the unit has: what its member functions
    /// do is not what those of the same names do here.
    fn foreign(&mut self, class: &str) -> Option<String> {
        let template = class.split('<').next().unwrap_or(class);
        let is_foreign = template != class || self.structure(class).is_none() && self.index.types(class).is_empty();
        is_foreign.then(|| format!("{template}<>"))
    }

    /// The class, or the base of it, that has a member function of the name.
    pub fn method_class(&mut self, class: &str, name: &str) -> Option<String> {
        let mut pending = vec![class.to_owned()];
        // The bound is for bases that name each other.
        for _ in 0..32 {
            let class = pending.pop()?;
            let Some(structure) = self.structure(&class) else {
                continue;
            };
            if structure.methods.contains(name) {
                return Some(class);
            }
            pending.extend(structure.bases.iter().cloned());
        }
        None
    }

    /// Whether a member function takes no `this`.
    pub fn is_static_method(&mut self, class: &str, name: &str) -> bool {
        self.structure(class)
            .is_some_and(|structure| structure.static_methods.contains(name))
    }

    /// A call of a member function of the own class by its bare name.
    pub fn own_method_call(&mut self, class: &str, name: &str, arguments: &[Node], at: Span) -> Expr {
        let receiver = match self.is_static_method(class, name) {
            true => None,
            false => self.this(at).map(|value| Argument { value, at }),
        };
        self.method_call(Some(class), name, receiver, arguments, at)
    }

    /// Calls a member function of a class, or of whatever class has one of the name.
    pub fn method_call(
        &mut self,
        class: Option<&str>,
        name: &str,
        receiver: Option<Argument>,
        arguments: &[Node],
        at: Span,
    ) -> Expr {
        let signature = class.and_then(|class| self.signature(name, Some(class)));
        let mark = self.body.mark();
        let mut values = self.passed(signature.as_deref(), arguments, at);
        if let Some(receiver) = receiver {
            let value = self.body.settle(receiver.value, mark);
            values.insert(0, Argument { value, at: receiver.at });
        }
        let ty = signature
            .as_ref()
            .map_or(Type::Unknown, |signature| signature.returns.clone());
        let noreturn = signature.as_ref().is_some_and(|signature| signature.noreturn);
        let reference = signature.is_some_and(|signature| signature.reference);
        let callee = match class {
            Some(class) => Callee::Named(format!("{class}::{name}")),
            None => Callee::Method(name.to_owned()),
        };
        let result = self.emit_call(CallParts {
            noreturn,
            ..CallParts::plain(callee, values, ty, at)
        });
        if reference {
            self.load(deref(result), at)
        } else {
            result
        }
    }

    /// `object.name(…)` and `pointer->name(…)`: a field that holds a function, or a member function.
    pub fn member_call(&mut self, site: &CallSite) -> Expr {
        let (Some(object), Some(name)) = (site.callee.part(Part::Object), site.callee.part(Part::Name)) else {
            return self.unread_value(&site.callee);
        };
        let name = last_segment(name.text()).to_owned();
        if let Some((positions, operands)) = self.system_call(site) {
            self.statement(&object);
            return self.sink_call(Callee::Method(name), positions, &operands, site.at);
        }
        let through = site.callee.part(Part::Through).is_some();
        let place = match through {
            true => {
                let pointer = self.value(&object);
                deref(pointer)
            }
            false => self.place_or_copy(&object),
        };
        let ty = self.place_type(&place);
        if self.language.cpp
            && let Some(value) = self.standard_method(&place, &ty, &name, site)
        {
            return value;
        }
        if !self.language.cpp || self.has_field(&ty, &name) {
            let callee = self.load(Place::field(place, name), site.callee.span());
            return self.call_of_function(callee, site);
        }
        let class = match &ty {
            Type::Aggregate(class) => self.method_class(class, &name).or_else(|| self.foreign(class)),
            _ => None,
        };
        let at = object.span();
        let value = match place {
            Place::Deref(pointer) => *pointer,
            place => Expr::Address(place, at),
        };
        self.method_call(
            class.as_deref(),
            &name,
            Some(Argument { value, at }),
            &site.arguments(),
            site.at,
        )
    }
}

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
            (Type::Aggregate(_), []) if self.structure_of(ty).is_none() => self.body.havoc(place.clone(), at),
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
        let Some(structure) = self.structure_of(ty) else { return };
        for base in &structure.bases {
            let base = Type::Aggregate(base.clone());
            self.default_members_within(place, &base, at, depth - 1);
        }
        for (name, ty) in &structure.fields {
            let member = Place::field(place.clone(), name.clone());
            match structure.defaults.iter().find(|(known, _)| known == name) {
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
