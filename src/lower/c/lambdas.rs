//! Lambdas and nested functions: functions of their own that see variables around them. Captured variables are passed as
//! further arguments, by address or by value, after those that the program writes.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::C;
use super::call_site::CallSite;
use super::signatures::Signature;
use crate::ir::{Argument, Callee, Expr, Linkage, Place, Type, VarId, Variable};
use crate::lower::builder::Captures;
use crate::lower::{CallParts, FunctionHead, Lowering};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// The closures of the function being lowered.
#[derive(Debug, Default)]
pub struct Closures {
    /// The closures, by their paths.
    known: BTreeMap<String, Closure>,
    /// Variables that hold a closure from their declaration on.
    variables: BTreeMap<VarId, String>,
    count: u32,
    /// Labels of the function around a nested one that it may go to, by its path.
    leaves: BTreeMap<String, Vec<String>>,
}

/// What calls of a closure need to know.
#[derive(Clone, Debug, Default)]
struct Closure {
    /// What it captures.
    captured: Vec<Argument>,
    /// Its parameters.
    signature: Option<Rc<Signature>>,
    /// It takes any number of arguments.
    pack: bool,
}

impl C {
    /// Notes that a variable is declared to hold a closure. Gives what it is seen to hold: calls of it by its name go to the
    /// closure with what that captures; from elsewhere it cannot be called so.
    pub fn note_closure(&mut self, id: VarId, value: Expr) -> Expr {
        if let Expr::Function(name, at) = &value
            && let Some(closure) = self.closures.known.get(name)
        {
            let at = *at;
            self.closures.variables.insert(id, name.clone());
            if leads_out(&closure.captured) {
                return a_closure(at);
            }
        }
        value
    }
}

impl Lowering<'_, C> {
    /// A lambda: a function of its own, and its name as a value.
    pub fn lambda(&mut self, node: &Node) -> Expr {
        let at = node.span();
        let Some(body) = node.part(Part::Body) else {
            return self.unread_value(node);
        };
        self.language.closures.count += 1;
        let name = format!("lambda#{}", self.language.closures.count);
        let path = format!("{}::{name}", self.language.function);
        let list = node.part(Part::Captures);
        let mut captures = list.as_ref().map(captures).unwrap_or_default();
        let head_text = node.part(Part::Parameters).map(|head| head.text().to_owned());
        captures.copies = head_text.is_some_and(|head| head.ends_with("mutable") || head.contains(") mutable"));
        let copies = captures.copies;
        let made: Vec<Made> = list.iter().flat_map(|list| self.initialized_captures(list)).collect();
        let head = FunctionHead {
            name,
            scope: Some(self.language.function.clone()),
            parameters: Vec::new(),
            linkage: Linkage::Private,
            returns: Type::Unknown,
            noreturn: false,
            at,
            whole: at,
        };
        let mut closure = Closure::default();
        let taken = self.closure_within(head, captures, |lowering, head| {
            if let Some(declarator) = node.part(Part::Parameters) {
                let declared = lowering.declared(&declarator, Type::Unknown);
                if let Some(list) = declared.parameters {
                    closure = lowering.closure_of(&list);
                    head.parameters = lowering.parameters(&list, &[]);
                }
            }
            for one in &made {
                head.parameters.push(lowering.made_capture(one, at));
            }
            lowering.statement(&body);
        });
        let mut values: Vec<Argument> = made
            .into_iter()
            .map(|one| Argument { value: one.pointer, at })
            .collect();
        for (outer, by_reference) in taken {
            values.push(self.captured_value(outer, by_reference, copies, at));
        }
        let leads_out = leads_out(&values);
        if !is_held(node) {
            self.closure_leaves(&path, &values, at);
        }
        closure.captured = values;
        self.language.closures.known.insert(path.clone(), closure);
        match leads_out && !is_held(node) {
            true => a_closure(at),
            false => Expr::Function(path, at),
        }
    }

    /// A closure's own function. It sees other variables than this one, and so other closures.
    fn closure_within(
        &mut self,
        head: FunctionHead,
        captures: Captures,
        fill: impl FnOnce(&mut Self, &mut FunctionHead),
    ) -> Vec<(VarId, bool)> {
        let variables = std::mem::take(&mut self.language.closures.variables);
        let taken = self.closure(head, captures, fill);
        self.language.closures.variables = variables;
        taken
    }

    /// What the parameters of a closure say.
    fn closure_of(&mut self, list: &Node) -> Closure {
        let signature = self.signature_of_list(list);
        let mut parameters = list.children();
        Closure {
            captured: Vec::new(),
            signature: Some(Rc::new(signature)),
            pack: parameters.any(|parameter| parameter.kind().starts_with("variadic_parameter")),
        }
    }

    /// A closure is given to what may call it at any time: what it has captured may be written from here on.
    fn closure_leaves(&mut self, path: &str, captured: &[Argument], at: Span) {
        if leads_out(captured) {
            let mut pointers: Vec<Expr> = captured.iter().map(|argument| argument.value.clone()).collect();
            pointers.push(Expr::Function(path.to_owned(), at));
            self.unknown_call(pointers, at);
        }
    }

    /// A variable is used otherwise than as what is called: if it holds a closure, that may be called at any time from
    /// here on.
    pub fn closure_used(&mut self, name: &Node) {
        if self.language.closures.variables.is_empty() {
            return;
        }
        if let Some(id) = self.body.find(name.text()) {
            self.closure_captured(id, name.span());
        }
    }

    fn closure_captured(&mut self, id: VarId, at: Span) {
        let path = self.language.closures.variables.get(&id);
        if let Some(path) = path.cloned()
            && let Some(closure) = self.language.closures.known.get(&path)
        {
            let captured = closure.captured.clone();
            self.closure_leaves(&path, &captured, at);
        }
    }

    /// A function in a function (GNU C): it sees the variables around it as they are when it runs, and may leave to labels of
    /// the function around it.
    pub fn nested_closure(&mut self, node: &Node, declarator: &Node) {
        let Some(body) = node.part(Part::Body) else { return };
        let at = node.span();
        let base = node.part(Part::Return).map_or(Type::INT, |base| self.named_type(&base));
        let declared = self.declared(declarator, base);
        let Some(name) = declared.name.as_ref().map(|name| name.text().to_owned()) else {
            return self.unread(&body);
        };
        let path = format!("{}::{name}", self.language.function);
        self.language.nested.insert(name.clone(), path.clone());
        let head = FunctionHead {
            name,
            scope: Some(self.language.function.clone()),
            parameters: Vec::new(),
            linkage: Linkage::Private,
            returns: declared.ty.clone(),
            noreturn: false,
            at,
            whole: at,
        };
        let captures = Captures {
            by_reference: true,
            ..Captures::default()
        };
        let mut closure = Closure::default();
        let taken = self.closure_within(head, captures, |lowering, head| {
            if let Some(list) = &declared.parameters {
                closure = lowering.closure_of(list);
                head.parameters = lowering.parameters(list, &[]);
            }
            lowering.statement(&body);
        });
        let values = taken
            .into_iter()
            .map(|(outer, by_reference)| self.captured_value(outer, by_reference, false, at));
        closure.captured = values.collect();
        let leaves = labels_outside(&body);
        self.language.closures.leaves.insert(path.clone(), leaves);
        self.language.closures.known.insert(path, closure);
    }

    /// A call of a function that may leave to labels of this one does not always come back.
    fn leave_to_labels(&mut self, path: &str, at: Span) {
        for label in self.language.closures.leaves.get(path).cloned().unwrap_or_default() {
            let (there, next) = (self.body.label(&label), self.body.block());
            self.body.branch(Expr::Unknown(Type::BOOL, at), there, next, at);
            self.body.switch_to(next);
        }
    }

    /// What is passed for a captured variable. A copy is made where the closure is made. A closure in a closure is not
    /// followed.
    fn captured_value(&mut self, id: VarId, by_reference: bool, copies: bool, at: Span) -> Argument {
        self.closure_captured(id, at);
        let place = self.variable_place(id, at);
        let value = match (by_reference, place) {
            (true, Place::Deref(pointer)) => *pointer,
            (true, place) => Expr::Address(place, at),
            (false, place) => {
                let value = self.load(place, at);
                match self.copied_object(value) {
                    Expr::Load(copy, ..) if copies => Expr::Address(copy, at),
                    value => value,
                }
            }
        };
        Argument { value, at }
    }

    /// The captures that are variables of their own: `[x = value]`, `[*this]`.
    fn initialized_captures(&mut self, list: &Node) -> Vec<Made> {
        let mut made = Vec::new();
        let mut before = String::new();
        for token in list.tokens().collect::<Vec<_>>() {
            let at = token.span();
            if token.kind() == "lambda_capture_initializer"
                && let (Some(name), Some(value)) = (token.field("left"), token.field("right"))
            {
                let pointer = match token.text().starts_with('&') {
                    true => self.reference_to(&value),
                    false => {
                        let value = self.value(&value);
                        let value = self.decayed(value);
                        self.copied(value)
                    }
                };
                made.push(Made {
                    name: name.text().to_owned(),
                    ty: Type::pointer(self.pointee_type(&pointer)),
                    pointer,
                });
            } else if token.text() == "this"
                && before == "*"
                && let Some(this) = self.this(at)
            {
                let object = self.load(crate::lower::places::deref(this), at);
                let pointer = self.copied(object);
                made.push(Made {
                    name: "this".to_owned(),
                    ty: Type::pointer(self.pointee_type(&pointer)),
                    pointer,
                });
            }
            before = token.text().to_owned();
        }
        made
    }

    /// The address of a copy of a value.
    fn copied(&mut self, value: Expr) -> Expr {
        let at = value.at();
        let kept = self.copied_object(value);
        let place = self.place_of_value(kept);
        Expr::Address(place, at)
    }

    /// The parameter that brings a capture into the closure.
    fn made_capture(&mut self, made: &Made, at: Span) -> VarId {
        let id = self.body.declare(Variable {
            name: made.name.clone(),
            ty: made.ty.clone(),
            at,
            volatile: false,
        });
        if made.name != "this" {
            self.body.references.insert(id);
        }
        id
    }

    /// A call of a local variable or parameter: of the closure that it holds, or of whatever it points to.
    pub fn call_of_variable(&mut self, id: VarId, site: &CallSite) -> Expr {
        match self.language.closures.variables.get(&id).cloned() {
            Some(path) => self.closure_call(&path, &site.arguments(), site.at),
            None => {
                let place = self.variable_place(id, site.callee.span());
                let ty = self.place_type(&place);
                if let Some(value) = self.call_of_object(place.clone(), &ty, site) {
                    return value;
                }
                let callee = self.load(place, site.callee.span());
                self.call_of_function(callee, site)
            }
        }
    }

    /// A call of a closure known by name.
    pub fn closure_call(&mut self, path: &str, arguments: &[Node], at: Span) -> Expr {
        let closure = self.language.closures.known.get(path).cloned().unwrap_or_default();
        if closure.pack {
            // What stands where in the pack is not followed.
            let mut given = self.given_by_reference(arguments);
            given.extend(closure.captured.into_iter().map(|argument| argument.value));
            given.push(Expr::Function(path.to_owned(), at));
            return self.unknown_call(given, at);
        }
        let mut values = match &closure.signature {
            Some(signature) => self.passed(Some(signature), arguments, at),
            None => self.lower_arguments(arguments),
        };
        values.extend(closure.captured);
        let callee = Callee::Named(path.to_owned());
        let result = self.emit_call(CallParts::plain(callee, values, Type::Unknown, at));
        self.leave_to_labels(path, at);
        result
    }

    /// Whether a path names a closure of this function.
    pub fn is_closure(&self, path: &str) -> bool {
        self.language.closures.known.contains_key(path)
    }
}

/// Whether what a closure captures leads to what others see: pointers, or objects that may hold some.
fn leads_out(captured: &[Argument]) -> bool {
    captured
        .iter()
        .any(|argument| !matches!(argument.value.ty(), Type::Int { .. }))
}

/// A closure that is not followed.
fn a_closure(at: Span) -> Expr {
    Expr::NonZero(Type::pointer(Type::Unknown), "a closure", at)
}

/// Whether a lambda is called where it stands, or is held by a variable of its own type: then it is followed.
fn is_held(lambda: &Node) -> bool {
    let mut inner = lambda.clone();
    while let Some(parent) = inner.parent() {
        match parent.role() {
            Some(Role::Parenthesized) => inner = parent,
            Some(Role::Call) => return parent.part(Part::Callee).is_some_and(|callee| callee == inner),
            _ => break,
        }
    }
    let declarator = inner.parent().filter(|parent| parent.kind() == "init_declarator");
    let plain = declarator.filter(|declarator| {
        declarator
            .field("declarator")
            .is_some_and(|name| name.kind() == "identifier")
    });
    let declaration = plain.and_then(|declarator| declarator.parent());
    declaration.is_some_and(|declaration| {
        let is_static = declaration
            .children()
            .any(|word| matches!(word.text(), "static" | "thread_local"));
        !is_static && declaration.field("type").is_some_and(|ty| ty.text() == "auto")
    })
}

/// The labels that a body goes to and does not have.
fn labels_outside(body: &Node) -> Vec<String> {
    let named = |role: Role, part: Part| {
        let nodes = body.descendants().filter(move |node| node.role() == Some(role));
        let names = nodes.filter_map(move |node| Some(node.part(part)?.text().to_owned()));
        names.collect::<BTreeSet<String>>()
    };
    let own = named(Role::Label, Part::Name);
    named(Role::Goto, Part::Label).difference(&own).cloned().collect()
}

/// A capture that is a variable of its own.
struct Made {
    name: String,
    /// The type of the pointer to it.
    ty: Type,
    pointer: Expr,
}

/// The captures that a list names.
fn captures(list: &Node) -> Captures {
    let mut captures = Captures {
        referents: true,
        ..Captures::default()
    };
    let mut before = String::new();
    for token in list.tokens() {
        let by_reference = before == "&";
        match token.kind() {
            "lambda_default_capture" => captures.by_reference = token.text() == "&",
            "identifier" | "qualified_identifier" | "parameter_pack_expansion" => {
                captures.named.insert(token.text().to_owned(), by_reference);
            }
            _ => {}
        }
        before = token.text().to_owned();
    }
    captures
}
