//! Declarations: what a declarator names and of what type, local declarations, globals.

use std::collections::BTreeSet;

use super::C;
use crate::ir::{Expr, Global, Linkage, Place, Type, VarId, Variable};
use crate::lower::builder::Merge;
use crate::lower::{FunctionHead, Lowering};
use crate::source::Span;
use crate::syntax::cut::NameKind;
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, lexer};

/// Pointers to pointers and arrays of arrays: a type that nests deeper is unknown.
const LEVELS: u32 = 64;

/// Functions that an initialiser calls which are looked at.
const CALLEES: usize = 200;

/// What a declarator says.
#[derive(Debug)]
pub struct Declared {
    /// The name, if it has one.
    pub name: Option<Node>,
    /// The type; of a function, what it returns.
    pub ty: Type,
    /// It declares a reference: the type is a pointer to what is referred to.
    pub reference: bool,
    /// It declares a function.
    pub function: bool,
    /// It declares an array whose length is written.
    pub sized: bool,
    /// The parameter list of the function, or of the function that a pointer points to.
    pub parameters: Option<Node>,
}

impl Declared {
    /// No declarator: the type alone.
    pub fn plain(ty: Type) -> Declared {
        Declared {
            name: None,
            ty,
            reference: false,
            function: false,
            sized: false,
            parameters: None,
        }
    }
}

impl Lowering<'_, C> {
    /// Reads a declarator on a base type, from the outside in.
    pub fn declared(&mut self, node: &Node, base: Type) -> Declared {
        let mut declared = Declared::plain(base);
        let mut current = Some(node.clone());
        let mut levels = 0;
        while let Some(node) = current {
            let kind = node.kind();
            levels += 1;
            if levels > LEVELS {
                declared.ty = Type::Unknown;
            }
            current = match kind {
                _ if kind.ends_with("pointer_declarator") || kind == "pointer_type_declarator" => {
                    declared.ty = Type::pointer(declared.ty);
                    declared.function = false;
                    node.field("declarator")
                }
                _ if kind.ends_with("reference_declarator") => {
                    declared.ty = Type::pointer(declared.ty);
                    declared.reference = true;
                    node.children().next()
                }
                _ if kind.ends_with("array_declarator") => {
                    let size = node.field("size");
                    declared.sized = size.is_some();
                    let length = size.and_then(|size| self.constant_value(&size));
                    declared.ty = Type::Array(Box::new(declared.ty), length);
                    node.field("declarator")
                }
                _ if kind.ends_with("function_declarator") => self.function_declarator(&node, &mut declared),
                "init_declarator" => node.field("declarator"),
                "operator_cast" => {
                    declared.function = true;
                    declared.ty = node.field("type").map_or(Type::Unknown, |ty| self.named_type(&ty));
                    None
                }
                "identifier"
                | "field_identifier"
                | "type_identifier"
                | "qualified_identifier"
                | "destructor_name"
                | "operator_name"
                | "template_function"
                | "primitive_type"
                | "structured_binding_declarator" => {
                    declared.name = Some(node);
                    None
                }
                _ => node
                    .children()
                    .find(|child| !child.kind().starts_with("ms_") && child.kind() != "type_qualifier"),
            };
        }
        declared
    }

    fn function_declarator(&mut self, node: &Node, declared: &mut Declared) -> Option<Node> {
        let inner = node.field("declarator");
        declared.function = true;
        declared.parameters = node.field("parameters");
        if let Some(result) = node.children().find(|child| child.kind() == "trailing_return_type") {
            declared.ty = result
                .children()
                .next()
                .map_or(Type::Unknown, |ty| self.named_type(&ty));
        }
        // A pointer to a function follows: what it points to is no value.
        let mut named = inner.clone();
        while let Some(outer) = named.clone()
            && outer.kind().ends_with("parenthesized_declarator")
        {
            named = outer.children().next();
        }
        // A name in parentheses is that of the function.
        let pointed = inner != named && named.is_none_or(|node| node.kind().ends_with("_declarator"));
        if pointed {
            declared.ty = Type::Unknown;
        }
        inner
    }

    /// The name that a declarator declares.
    pub fn declarator_name(&self, node: &Node) -> Option<Node> {
        let mut current = node.clone();
        loop {
            match current.kind() {
                "identifier"
                | "field_identifier"
                | "type_identifier"
                | "qualified_identifier"
                | "destructor_name"
                | "operator_name"
                | "template_function"
                | "primitive_type" => return Some(current),
                _ => {}
            }
            let inner = current.field("declarator").or_else(|| {
                current
                    .children()
                    .find(|child| !child.kind().starts_with("ms_") && child.kind() != "type_qualifier")
            });
            current = inner?;
        }
    }

    /// Lowers a local declaration, or what reads as one.
    pub fn local_declaration(&mut self, node: &Node) {
        match self.may_declare_nothing(node) {
            true => self.unread_around(node, |lowering| lowering.read_local_declaration(node)),
            false => self.read_local_declaration(node),
        }
    }

    /// Whether what stands in the place of the type may be a macro that is not visible, as the variable is there already:
    /// `WORD n = 1;`, `word(x) n = 1;`.
    fn may_declare_nothing(&mut self, node: &Node) -> bool {
        let Some(specifier) = node.part(Part::Type) else {
            return false;
        };
        let called = specifier.kind() == "macro_type_specifier";
        if !called && specifier.kind() != "type_identifier" {
            return false;
        }
        let declarators: Vec<Node> = node.parts(Part::Name).collect();
        let names = declarators
            .iter()
            .filter_map(|declarator| self.declarator_name(declarator));
        let names: Vec<Node> = names.collect();
        let known = names.iter().any(|name| match called {
            true => self.variable(name.text()).is_some(),
            false => self.body.find_innermost(name.text()).is_some(),
        });
        known && self.named_type(&specifier) == Type::Unknown && self.index.types(specifier.text()).is_empty()
    }

    fn read_local_declaration(&mut self, node: &Node) {
        let specifiers: Vec<String> = node
            .children()
            .filter(|child| matches!(child.kind(), "storage_class_specifier" | "type_qualifier"))
            .map(|child| child.text().to_owned())
            .collect();
        let has = |word: &str| specifiers.iter().any(|specifier| specifier == word);
        if has("extern") {
            return;
        }
        let specifier = node.part(Part::Type);
        specifier.iter().for_each(|specifier| self.local_enumerators(specifier));
        let base = specifier
            .as_ref()
            .map_or(Type::Unknown, |specifier| self.named_type(specifier));
        let base = super::types::attributed(node, base);
        self.language.deduces = specifier
            .as_ref()
            .is_some_and(|specifier| specifier.text() == "__auto_type");
        let volatile = has("volatile");
        let declarators: Vec<Node> = node.parts(Part::Name).collect();
        for declarator in declarators {
            self.language.written_type = specifier
                .as_ref()
                .map_or(String::new(), |specifier| specifier.text().to_owned());
            let declared = self.declared(&declarator, base.clone());
            let value = declarator
                .field("value")
                .or_else(|| node.field("value").filter(|_| declarator.kind() != "init_declarator"));
            if declared.function {
                self.object_or_function(declared, &declarator, node);
            } else if has("static") || has("thread_local") {
                self.static_local(&declared, value, volatile, node, has("const") || has("constexpr"));
            } else {
                let constant = has("const") || has("constexpr");
                let name = declared.name.as_ref().map(|name| name.text().to_owned());
                self.local_variable(declared, value, (volatile, constant), declarator.span());
                if let Some(id) = name.and_then(|name| self.body.find_innermost(&name)) {
                    self.cleanup_declared(node, id);
                }
            }
        }
    }

    /// `T x(a, b)` reads as a prototype; where the first parameter is no type it makes an object.
    fn object_or_function(&mut self, declared: Declared, declarator: &Node, node: &Node) {
        let first = declared.parameters.as_ref().and_then(|list| list.children().next());
        if !self.language.cpp || !first.is_some_and(|first| self.is_no_type(&first)) {
            return;
        }
        let Some(list) = self.list_of_arguments(declarator) else {
            let base = declared.name.as_ref().map(|name| (name.text().to_owned(), name.span()));
            if let Some((name, at)) = base {
                self.unread(node);
                self.unknown_variable(name, at);
            }
            return;
        };
        self.local_variable(declared, Some(list), (false, false), declarator.span());
    }

    /// The parameters of a declarator, read as the arguments of a call.
    fn list_of_arguments(&mut self, declarator: &Node) -> Option<Node> {
        let call = self.parse_expression(&declarator.source())?;
        let lists = std::iter::once(call.clone()).chain(call.descendants());
        lists.into_iter().find(|node| node.kind() == "argument_list")
    }

    /// Whether what reads as a parameter begins with the name of something that is no type.
    fn is_no_type(&mut self, parameter: &Node) -> bool {
        let Some(ty) = parameter.part(Part::Type) else {
            return false;
        };
        // `T x(f(y))`: a parameter in parentheses that is a variable already.
        let inner = parameter
            .field("declarator")
            .filter(|inner| inner.text().starts_with('('));
        let named = inner.and_then(|inner| self.declarator_name(&inner));
        if named.is_some_and(|name| self.variable(name.text()).is_some()) {
            return true;
        }
        if !matches!(ty.kind(), "type_identifier" | "qualified_identifier") {
            return false;
        }
        let name = super::paths::last_segment(ty.text()).to_owned();
        let known = |kind| !self.index.defining(kind, &name).is_empty();
        if ty.kind() == "type_identifier" && (self.variable(&name).is_some() || self.body.find_global(&name).is_some())
        {
            return true;
        }
        let value = known(NameKind::Variable) || known(NameKind::External) || known(NameKind::Function);
        value && !known(NameKind::Type)
            || self.implicit_member(&name, ty.span()).is_some()
            || !self.index.enumerators_from(self.file, &name).is_empty()
    }

    pub fn new_local(&mut self, name: &str, ty: Type, volatile: bool, at: Span) -> VarId {
        // The same name again in one scope is another arm of an `#if`: the code after it means both.
        match self.body.find_innermost(name) {
            Some(id) => id,
            None => self.body.declare(Variable {
                name: name.to_owned(),
                ty,
                at,
                volatile,
            }),
        }
    }

    fn local_variable(
        &mut self,
        declared: Declared,
        value: Option<Node>,
        (volatile, constant): (bool, bool),
        at: Span,
    ) {
        let Some(name) = &declared.name else {
            value.iter().for_each(|value| self.statement(value));
            return;
        };
        if name.kind() == "structured_binding_declarator" {
            return self.structured_binding(name, value, declared.reference);
        }
        if !declared.reference
            && self.is_unread_class(&declared.ty)
            && self.unread_variable(name, &declared.ty, value.as_ref(), volatile, at)
        {
            return;
        }
        let deduced = declared.ty == Type::Unknown || self.language.cpp && self.pointee_unknown(&declared.ty);
        if let (true, Some(value)) = (deduced, &value)
            && value.kind() != "argument_list"
        {
            self.deduced_variable(&declared, value, volatile, at);
            if let Some(id) = self
                .variable(name.text())
                .filter(|_| constant && self.evaluated_early(value))
            {
                self.body.havoc(Place::Var(id), at);
            }
            return;
        }
        let ty = sized_by_initializer(&declared, value.as_ref());
        // The initialiser sees an outer variable of the same name only in macros and by mistake; C declares the name first.
        let id = self.new_local(name.text(), ty.clone(), volatile, name.span());
        let place = Place::Var(id);
        value.iter().for_each(|value| self.note_number(id, value));
        match value {
            Some(value) if declared.reference => return self.bind_reference(id, value, at),
            Some(value) if value.kind() == "argument_list" => self.construct(&place, &ty, &value, at),
            Some(value) => {
                let since = self.body.temporaries.len();
                self.copy_initialized(&place, &ty, &value, at);
                self.elided(since, &ty);
                if constant && self.evaluated_early(&value) {
                    self.body.havoc(place.clone(), at);
                }
            }
            None => {
                self.body.havoc(place.clone(), at);
                self.construct_default(&place, &ty, at);
            }
        }
        self.object_declared(&place, &ty);
    }

    /// `T &x = value`.
    fn bind_reference(&mut self, id: VarId, value: Node, at: Span) {
        self.body.references.insert(id);
        let value = match value.kind() {
            "argument_list" => value.children().next().unwrap_or_else(|| value.clone()),
            _ => value,
        };
        let since = self.body.temporaries.len();
        let pointer = self.reference_to(&value);
        self.bound(&pointer, &value, since);
        self.note_kept_address(&pointer);
        self.body.set(Place::Var(id), pointer, at);
    }

    /// A variable of a class that is not visible, or that is a parameter of a template: its constructor and its end may do
    /// anything. One that is made of a single value by `=` may be a number of a type that is not visible.
    fn unread_variable(&mut self, name: &Node, ty: &Type, value: Option<&Node>, volatile: bool, at: Span) -> bool {
        let arguments: Vec<Node> = match value {
            None => Vec::new(),
            Some(list) if list.kind() == "argument_list" => list.children().collect(),
            Some(value) => match crate::lower::values::aggregate_node(value) {
                Some(list) if list.part(Part::Type).is_none() => list.parts(Part::Element).collect(),
                _ => return false,
            },
        };
        // What objects of the standard library do when they end is known where they hold what has an end of its own.
        let written = &self.language.written_type;
        if written.contains("auto") || written.starts_with("std::") {
            return false;
        }
        let id = self.new_local(name.text(), ty.clone(), volatile, name.span());
        self.unread_object(id, &arguments, at);
        self.object_declared(&Place::Var(id), ty);
        true
    }

    fn pointee_unknown(&self, ty: &Type) -> bool {
        matches!(ty, Type::Pointer(inner) if **inner == Type::Unknown)
    }

    /// `auto x = …`, or a type that is not visible: the value tells the type.
    fn deduced_variable(&mut self, declared: &Declared, value: &Node, volatile: bool, at: Span) {
        let Some(name) = &declared.name else { return };
        if declared.reference {
            let since = self.body.temporaries.len();
            let pointer = self.reference_to(value);
            self.bound(&pointer, value, since);
            self.note_kept_address(&pointer);
            let ty = Type::pointer(self.pointee_type(&pointer));
            let id = self.new_local(name.text(), ty, volatile, name.span());
            self.body.references.insert(id);
            self.body.set(Place::Var(id), pointer, at);
            return;
        }
        let auto = self.language.cpp || self.language.deduces;
        let value = match crate::lower::values::aggregate_node(value) {
            Some(aggregate) if !self.language.cpp || aggregate.part(Part::Type).is_none() => {
                let id = self.new_local(name.text(), declared.ty.clone(), volatile, name.span());
                return self.initialize(&Place::Var(id), &aggregate, at);
            }
            _ => self.value(value),
        };
        let value = self.decayed(value);
        let ty = match (&value, auto) {
            (Expr::Address(..), _) => Type::pointer(self.pointee_type(&value)),
            (_, true) => value.ty(),
            _ => declared.ty.clone(),
        };
        let id = self.new_local(name.text(), ty.clone(), volatile, name.span());
        let value = self.language.note_closure(id, value);
        if let Expr::Load(Place::Var(made), ..) = &value
            && self.body.unread_objects.contains(made)
        {
            self.body.unread_objects.insert(id);
        }
        self.temporary_taken(&value);
        self.copy_made(&Place::Var(id), &ty, value, at);
        self.object_declared(&Place::Var(id), &ty);
    }

    /// What a reference bound to an expression holds: its address, or that of a temporary with its value.
    pub fn reference_to(&mut self, value: &Node) -> Expr {
        if value.role() == Some(Role::Select) {
            return self.reference_to_choice(value);
        }
        match self.place_or_copy(value) {
            Place::Deref(pointer) => *pointer,
            place => Expr::Address(place, value.span()),
        }
    }

    fn reference_to_choice(&mut self, value: &Node) -> Expr {
        let at = value.span();
        let (Some(test), Some(then), Some(other)) =
            (value.part(Part::Test), value.part(Part::Then), value.part(Part::Else))
        else {
            let value = self.value(value);
            let place = self.place_of_value(value);
            return super::operators::address_of(place, at);
        };
        let (yes, no, exit) = (self.body.block(), self.body.block(), self.body.block());
        let mut merge = Merge::default();
        self.condition(&test, yes, no);
        for (block, choice) in [(yes, then), (no, other)] {
            self.body.switch_to(block);
            let pointer = self.deeper(choice.span(), Expr::Unknown(Type::Unknown, choice.span()), |lowering| {
                lowering.reference_to(&choice)
            });
            merge.arms.push((self.body.current(), pointer));
            self.body.goto(exit);
        }
        self.body.switch_to(exit);
        self.merged(merge, value.span())
    }

    /// A static local is a global that only this function names; its initialiser runs before the program.
    fn static_local(&mut self, declared: &Declared, value: Option<Node>, volatile: bool, node: &Node, constant: bool) {
        let Some(name) = &declared.name else { return };
        let ty = sized_by_initializer(declared, value.as_ref());
        let global = format!("{}::{}", self.language.function, name.text());
        if declared.reference {
            // The first time it is bound; later it refers to the same, which is not followed.
            let since = self.body.temporaries.len();
            value
                .iter()
                .for_each(|value| self.run_once(&global, value.span(), |lowering| drop(lowering.reference_to(value))));
            self.body.temporaries.truncate(since);
            let id = self.new_local(name.text(), ty, false, name.span());
            self.body.references.insert(id);
            return self.body.havoc(Place::Var(id), name.span());
        }
        if !constant && super::templates::in_template(node) {
            // Each use of the template has one of its own.
            value
                .iter()
                .for_each(|value| self.run_once(&global, value.span(), |lowering| lowering.statement(value)));
            self.new_local(name.text(), ty, true, name.span());
            return;
        }
        self.language.globals.insert(global.clone(), ty.clone());
        self.body.bind_global(name.text().to_owned(), global.clone());
        if self.language.cpp && !constant && (self.constructs(&ty) || value.as_ref().is_some_and(is_dynamic)) {
            let place = Place::Global(global.clone());
            let shape = GlobalShape::cleared(ty.clone(), name.span(), node.span());
            self.global(&global, shape, None, false);
            return self.run_once(&global, name.span(), |lowering| match &value {
                Some(value) if value.kind() == "argument_list" => lowering.construct(&place, &ty, value, value.span()),
                Some(value) => lowering.initialize(&place, value, value.span()),
                None => lowering.construct_default(&place, &ty, name.span()),
            });
        }
        let shape = GlobalShape {
            ty,
            constant,
            volatile,
            linkage: Linkage::Private,
            at: name.span(),
            whole: node.span(),
        };
        self.global(&global, shape, value.as_ref(), false);
    }

    /// Runs what makes a static local, the first time that control comes here.
    fn run_once(&mut self, name: &str, at: Span, make: impl FnOnce(&mut Self)) {
        // Its last segment is a word of the function, by which those are found that store to it.
        let (function, last) = name.rsplit_once("::").unwrap_or(("", name));
        let guard = format!("{function}::#made::{last}");
        // Whoever has called the function before has made it: only at the start of the program it is known not to be there.
        let shape = GlobalShape {
            linkage: Linkage::Public,
            ..GlobalShape::cleared(Type::BOOL, at, at)
        };
        self.global(&guard, shape, None, false);
        let (first, done) = (self.body.block(), self.body.block());
        let made = Expr::Load(Place::Global(guard.clone()), Type::BOOL, at);
        self.body.branch(made, done, first, at);
        self.body.switch_to(first);
        let yes = crate::lower::values::constant(1, Type::BOOL, at);
        self.body.set(Place::Global(guard), yes, at);
        make(self);
        self.body.goto_and_switch(done);
    }

    /// Whether an initialiser asks, or calls what asks, whether the compiler evaluates it: there the answer is not the one of
    /// the running program.
    fn evaluated_early(&self, value: &Node) -> bool {
        let language = self.language_of_file();
        let mut pending = vec![value.text()];
        let mut seen = BTreeSet::new();
        while let Some(text) = pending.pop().filter(|_| self.language.cpp) {
            let tokens = lexer::tokens(text, language);
            for (index, token) in tokens.iter().enumerate() {
                let name = token.text(text);
                if matches!(
                    name,
                    "consteval" | "is_constant_evaluated" | "__builtin_is_constant_evaluated"
                ) {
                    return true;
                }
                let called = tokens
                    .get(index + 1)
                    .is_some_and(|next| matches!(next.mark(text), b'(' | b'<' | b'{'));
                if called && token.is_name() && seen.len() < CALLEES && seen.insert(name) {
                    let functions = self.index.functions(name).iter();
                    pending.extend(functions.map(|&id| self.sources.slice(self.index.item(id).1.span)));
                }
            }
        }
        false
    }

    /// Appends a global with the function that initialises it.
    pub fn global(&mut self, name: &str, shape: GlobalShape, value: Option<&Node>, external: bool) {
        let place = Place::Global(name.to_owned());
        self.language.globals.insert(name.to_owned(), shape.ty.clone());
        let head = FunctionHead {
            name: name.to_owned(),
            scope: None,
            parameters: Vec::new(),
            linkage: Linkage::Private,
            returns: Type::Void,
            noreturn: false,
            at: shape.at,
            whole: shape.whole,
        };
        let initializer = (!external).then(|| {
            self.function(head, |lowering, _| match value {
                Some(value) if value.kind() == "argument_list" => {
                    lowering.construct(&place, &shape.ty, value, shape.at);
                }
                Some(value) => {
                    lowering.initialize(&place, value, shape.at);
                    if lowering.evaluated_early(value) {
                        lowering.body.havoc(place.clone(), shape.at);
                    }
                }
                None => {
                    lowering.body.clear(place.clone(), shape.at);
                    lowering.construct_default(&place, &shape.ty, shape.at);
                }
            });
            self.lowered.functions.pop()
        });
        self.lowered.globals.push(Global {
            name: name.to_owned(),
            ty: shape.ty,
            constant: shape.constant,
            volatile: shape.volatile,
            linkage: shape.linkage,
            initializer: initializer.flatten(),
            at: shape.at,
        });
    }
}

/// What is known of a global besides its name and value.
#[derive(Debug)]
pub struct GlobalShape {
    /// See [`Global::ty`].
    pub ty: Type,
    /// See [`Global::constant`].
    pub constant: bool,
    /// See [`Global::volatile`].
    pub volatile: bool,
    /// See [`Global::linkage`].
    pub linkage: Linkage,
    /// See [`Global::at`].
    pub at: Span,
    /// The whole declaration.
    pub whole: Span,
}

impl GlobalShape {
    /// A global that begins as zeros and that only one function names.
    fn cleared(ty: Type, at: Span, whole: Span) -> GlobalShape {
        GlobalShape {
            ty,
            constant: false,
            volatile: false,
            linkage: Linkage::Private,
            at,
            whole,
        }
    }
}

/// Whether an initialiser does anything when the program runs.
fn is_dynamic(value: &Node) -> bool {
    value.descendants().any(|node| {
        matches!(node.role(), Some(Role::Call | Role::Assign | Role::Update)) || node.kind() == "new_expression"
    })
}

/// An array without length has that of its initialiser.
pub fn sized_by_initializer(declared: &Declared, value: Option<&Node>) -> Type {
    let ty = declared.ty.clone();
    let (Type::Array(element, None), Some(value), false) = (&ty, value, declared.sized) else {
        return ty;
    };
    match value.kind() {
        // What a directive brings in is not seen.
        "initializer_list" if value.is_faulty() => ty,
        "initializer_list" if value.children().any(|child| child.text() == super::dialect::EMBEDDED) => ty,
        "initializer_list" if value.children().all(|child| child.kind() != "initializer_pair") => {
            Type::Array(element.clone(), Some(value.children().count() as u64))
        }
        "string_literal" => Type::Array(element.clone(), super::literals::string_bytes(value.text())),
        _ => ty,
    }
}
