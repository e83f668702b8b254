//! Classes: member functions and the calls of them, `this`, static members; which constructor makes an object, and what
//! initialises its members.

use super::C;
use super::call_site::CallSite;
use super::declarators::GlobalShape;
use super::overloads::{Meant, parameter_types};
use super::paths::last_segment;
use crate::ir::{Argument, Callee, Expr, Linkage, Place, Type, Variable};
use crate::lower::places::deref;
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
        let result = self.returned(Some(result), at);
        self.return_value(result, at);
        true
    }

    /// `return` from a function that returns a reference: the address of what is named.
    pub fn return_reference(&mut self, node: &Node) -> bool {
        let Some(value) = node.part(Part::Value) else {
            return false;
        };
        let pointer = self.reference_to(&value);
        let pointer = self.returned(Some(pointer), node.span());
        self.return_value(pointer, node.span());
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
        let seen_as = self.language.class.clone().filter(|_| receiver.is_some());
        self.method_call(Some(class), seen_as.as_deref(), name, receiver, arguments, at)
    }

    /// Whether a visible function of the name takes a reference by which it may write to what it is given.
    fn may_take_references(&mut self, name: &str) -> bool {
        let signature = self.signature(name, None);
        let written = |formal: &super::signatures::Formal| formal.reference && !formal.constant;
        signature.is_some_and(|signature| signature.parameters.iter().any(written))
    }

    /// A call of a member function that may be any of its name, and take its arguments as it likes.
    fn method_of_any(&mut self, receiver: Option<Argument>, arguments: &[Node], at: Span) -> Expr {
        let mark = self.body.mark();
        let mut given = self.given_by_reference(arguments);
        if let Some(receiver) = receiver {
            given.push(self.body.settle(receiver.value, mark));
        }
        self.unknown_call(given, at)
    }

    /// Calls a member function of a class, or of whatever class has one of the name. `seen_as`: the class that the object is
    /// seen as, if the function may be a virtual one.
    pub fn method_call(
        &mut self,
        class: Option<&str>,
        seen_as: Option<&str>,
        name: &str,
        receiver: Option<Argument>,
        arguments: &[Node],
        at: Span,
    ) -> Expr {
        let mark = self.body.mark();
        let meant = match class {
            Some(class) => self.meant(name, Some(class), arguments),
            None => Meant::Alike(None),
        };
        let (signature, chosen) = match meant {
            Meant::One(one) => (Some(one.clone()), Some(parameter_types(&one))),
            Meant::Alike(usual) => (usual, None),
            Meant::Unclear => return self.method_of_any(receiver, arguments, at),
        };
        let mut values = match signature {
            // Any function of the name may be meant; where some are visible their arguments are counted.
            None if self.index.functions(name).is_empty() => self.passed_unseen(arguments),
            None if self.may_take_references(name) => return self.method_of_any(receiver, arguments, at),
            _ => self.passed(signature.as_deref(), arguments, at),
        };
        if let Some(receiver) = receiver {
            let value = self.body.settle(receiver.value, mark);
            values.insert(0, Argument { value, at: receiver.at });
        }
        if let Some(seen_as) = seen_as
            && self.is_virtual(seen_as, name)
            && let Some(value) = self.virtual_call(seen_as, name, values.clone(), at)
        {
            return value;
        }
        if let Some(class) = class
            && let Some(value) = self.named_again_call(class, name, &values, at)
        {
            return value;
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
            chosen,
            ..CallParts::plain(callee, values, ty, at)
        });
        self.result_of_call(result, reference, at)
    }

    /// `object.name(…)` and `pointer->name(…)`: a field that holds a function, or a member function.
    pub fn member_call(&mut self, site: &CallSite) -> Expr {
        let (Some(object), Some(name)) = (site.callee.part(Part::Object), site.callee.part(Part::Name)) else {
            return self.unread_value(&site.callee);
        };
        let path = name.text().to_owned();
        let qualifier = path.rsplit_once("::").map(|(qualifier, _)| last_segment(qualifier));
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
            Type::Aggregate(class) => {
                let class = qualifier.unwrap_or(class);
                self.method_class(class, &name).or_else(|| self.foreign(class))
            }
            _ => None,
        };
        let at = object.span();
        let value = match place {
            Place::Deref(pointer) => *pointer,
            place => Expr::Address(place, at),
        };
        let seen_as = match &ty {
            Type::Aggregate(class) if qualifier.is_none() => Some(class.as_str()),
            _ => None,
        };
        self.method_call(
            class.as_deref(),
            seen_as,
            &name,
            Some(Argument { value, at }),
            &site.arguments(),
            site.at,
        )
    }
}
