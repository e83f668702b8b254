//! Items: functions, globals, classes, macros. What the tree does not show as a function is made one as far as the text
//! allows.

use std::collections::BTreeSet;
use std::ops::Range;

use super::C;
use super::declarators::{Declared, GlobalShape};
use super::paths::{function_name, last_segment};
use super::signatures::is_noreturn;
use crate::ir::{Linkage, Place, Type, Variable};
use crate::lower::{FunctionHead, Lowering};
use crate::source::{Language, Span};
use crate::syntax::cut::{Item, ItemKind};
use crate::syntax::index::{ByName, ItemId, SharedTree};
use crate::syntax::lexer;
use crate::syntax::parser;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text};

/// Definitions of one macro that are looked at where it is no code by itself.
const CHOICES: usize = 4;
/// Bytes of a declaration above which its initialiser is not parsed for the declared names alone.
const LONG_DECLARATION: usize = 1_000;

impl Lowering<'_, C> {
    /// Lowers all functions and globals of an item.
    pub fn item(&mut self, id: ItemId) {
        let (_, item) = self.index.item(id);
        self.language.conditions = item.conditions.clone();
        self.language.scope = item.scope.clone();
        match &item.kind {
            ItemKind::Macro { parameters, body, .. } => {
                self.macro_item(&item.name, parameters.as_deref().unwrap_or_default(), *body, item.span);
            }
            ItemKind::Import => {}
            _ => {
                for root in self.parsed_item(id) {
                    self.cover_unevaluated(&root);
                    self.top_level(&root, item);
                }
            }
        }
        self.uncovered(id);
    }

    /// The trees of an item, one for each choice of arms of its `#if` groups that a tree cannot show.
    pub fn parsed_item(&mut self, id: ItemId) -> Vec<Node> {
        if let Some(known) = self.language.parsed.get(&id) {
            return known.clone();
        }
        let (file, item) = self.index.item(id);
        let clean = &self.index.cut(file).clean;
        let text = clean.get(item.span.range()).unwrap_or("");
        let mut roots = Vec::new();
        for variant in &item.variants {
            // Directives want their line break.
            let mut text = Text::plain(blanked(text, item.span, variant), item.span);
            text.push("\n");
            self.language.choices = 1;
            roots.extend(self.parsed_text(text.clone(), item));
            // Where macros decide over control, each of their definitions makes a function of its own.
            for choice in 1..self.language.choices.min(CHOICES) {
                self.language.choice = choice;
                roots.extend(self.parsed_text(text.clone(), item));
            }
            self.language.choice = 0;
        }
        self.language.parsed.insert(id, roots.clone());
        roots
    }

    fn parsed_text(&mut self, text: Text, item: &Item) -> Option<Node> {
        let text = self.spliced(text);
        let is_function = item.kind == ItemKind::Function && !self.is_function_macro(&item.name);
        let text = match is_function && !self.language.cpp {
            true => with_implicit_type(text, &item.name),
            false => text,
        };
        let root = crate::syntax::parse(text, self.language_of_file())?;
        Some(self.repaired(root))
    }

    /// The tree, or one of the repaired text if that parses better, or as well and is what the macros in it demand.
    pub fn repaired(&mut self, root: Node) -> Node {
        let damage = root.damage();
        let language = self.language_of_file();
        let Some(repaired) = super::repair::repaired(&root, language, &|name| self.macro_kind(name)) else {
            return root;
        };
        if damage == 0 && !repaired.demanded {
            return root;
        }
        let better = crate::syntax::parse(repaired.text, language);
        let worse_at = damage + usize::from(repaired.demanded);
        better.filter(|better| better.damage() < worse_at).unwrap_or(root)
    }

    /// The tree of an item's declarations without their initialisers: types, members, declarators. Tables that fill pages
    /// are not parsed for the sake of one name.
    pub fn parsed_declaration(&mut self, id: ItemId) -> Option<Node> {
        if let Some(known) = self.language.declarations.get(&id) {
            return known.clone();
        }
        let language = self.language_of_file();
        if let Some(shared) = self.index.shared_tree(language, id) {
            parser::charge(shared.cost);
            self.language.declarations.insert(id, shared.root.clone());
            return shared.root.clone();
        }
        let (file, item) = self.index.item(id);
        let clean = &self.index.cut(file).clean;
        let blanks = item.variants.first().map_or(&[][..], Vec::as_slice);
        let mut text = blanked(clean.get(item.span.range()).unwrap_or(""), item.span, blanks);
        if item.kind == ItemKind::Variable && text.len() > LONG_DECLARATION {
            let end = end_of_declarator(&text, self.language_of_file());
            text.truncate(end);
        }
        let names = names_in(&text, language);
        let mut text = Text::plain(text, item.span);
        text.push(";\n");
        let text = self.spliced(text);
        let (root, cost) = parser::cost_of(|| crate::syntax::parse(text, language));
        self.language.declarations.insert(id, root.clone());
        if !parser::is_spent() {
            let root = root.clone();
            self.index.share_tree(language, id, SharedTree { root, names, cost });
        }
        root
    }

    /// Lowers what stands outside functions.
    fn top_level(&mut self, root: &Node, item: &Item) {
        let mut next = root.range().start;
        let mut pending: Vec<Node> = vec![root.clone()];
        while let Some(node) = pending.pop() {
            if node.range().start < next && node != *root {
                continue;
            }
            match node.role() {
                Some(Role::Function) => self.function_definition(&node, None),
                Some(Role::Declare) => self.global_declaration(&node),
                Some(Role::Type) => self.class_members(&node),
                Some(Role::Evaluate) if self.expanded_item(&node, root, item) => next = root.range().end,
                Some(Role::Block) if node.kind() == "compound_statement" => {
                    let parameters = self.names_in_head(item);
                    self.bare_body(&node, &item.name, parameters);
                }
                _ => {
                    let children: Vec<Node> = node.children().collect();
                    pending.extend(children.into_iter().rev());
                }
            }
        }
    }

    /// A use of a macro where an item is expected: the item is what it expands to, with the rest of the text.
    fn expanded_item(&mut self, node: &Node, root: &Node, item: &Item) -> bool {
        let Some(call) = node.part(Part::Value).filter(|value| value.role() == Some(Role::Call)) else {
            return false;
        };
        let Some(site) = super::call_site::call_site(&call).filter(|site| site.callee.role() == Some(Role::Name))
        else {
            return false;
        };
        let use_of = self.call_use(&call, &site);
        let definitions = self.definitions(&use_of.name, use_of.name_at, true).clone();
        if definitions.is_empty() {
            return false;
        }
        for definition in definitions.iter() {
            let Some(expansion) = self.expansion(&use_of, definition) else {
                continue;
            };
            let mut text = Text::empty(use_of.at);
            text.append(&expansion);
            text.push(" ");
            text.append(
                &root
                    .source()
                    .part(call.range().end - root.range().start..root.range().end - root.range().start),
            );
            let Some(parsed) = crate::syntax::parse(text, self.language_of_file()) else {
                continue;
            };
            self.in_expansion(&use_of, (), |lowering| lowering.top_level(&parsed, item));
        }
        true
    }

    /// A body whose head is not understood (a macro of a header that is not visible) but for the names of its parameters.
    fn bare_body(&mut self, body: &Node, name: &str, parameters: Vec<(String, Span)>) {
        let whole = body.span();
        let at = Span {
            end: whole.start + 1,
            ..whole
        };
        let head = FunctionHead::unknown(name.to_owned(), at, whole);
        self.language.function = name.to_owned();
        self.function(head, |lowering, _| {
            for (name, at) in parameters {
                lowering.unknown_variable(name, at);
            }
            lowering.statement(body);
        });
    }

    /// Lowers a function definition. `class`: the class whose body holds it.
    pub fn function_definition(&mut self, node: &Node, class: Option<&str>) {
        self.in_template(node, |lowering| lowering.definition(node, class));
    }

    fn definition(&mut self, node: &Node, class: Option<&str>) {
        self.language.changing.clear();
        let Some(body) = node.part(Part::Body) else { return };
        let base = node
            .part(Part::Return)
            .map_or(Type::Unknown, |base| self.named_type(&base));
        let Some(declarator) = node.field("declarator") else {
            return self.bare_body(&body, "", Vec::new());
        };
        let declared = self.declared(&declarator, base);
        let path = match &declared.name {
            Some(name) => name.text().to_owned(),
            None => super::structures::conversion_name(&declarator).unwrap_or_default(),
        };
        let name = function_name(&path);
        let at = declared.name.as_ref().map_or(declarator.span(), Node::span);
        let qualifier = qualifier(&path).map(|qualifier| last_segment(qualifier).to_owned());
        // A qualified name is a member of a class; few define functions of a namespace that way.
        let class = class.map(str::to_owned).or(qualifier);
        let words: Vec<String> = node.children().map(|child| child.text().to_owned()).collect();
        let is_static = words.iter().any(|word| word == "static");
        let is_private = class.is_none() && is_static;
        let text = node.source().text;
        let head_text = text.get(..body.range().start - node.range().start).unwrap_or("");
        let head = FunctionHead {
            name: name.clone(),
            scope: class.clone().or_else(|| self.namespace_of()),
            parameters: Vec::new(),
            linkage: match () {
                _ if name == "main" && class.is_none() => Linkage::Entry,
                _ if is_private || self.in_nameless_namespace() => Linkage::Private,
                _ => Linkage::Public,
            },
            returns: declared.ty.clone(),
            noreturn: is_noreturn(head_text),
            at,
            whole: node.span(),
        };
        let outer_class = std::mem::replace(&mut self.language.class, class.clone());
        let outer_function = std::mem::replace(&mut self.language.function, name);
        let has_this = class.is_some() && !is_static;
        self.function(head, |lowering, head| {
            lowering.function_body(node, head, declared, &body, has_this)
        });
        self.language.class = outer_class;
        self.language.function = outer_function;
    }

    fn function_body(&mut self, node: &Node, head: &mut FunctionHead, declared: Declared, body: &Node, has_this: bool) {
        let class = self
            .language
            .class
            .clone()
            .filter(|class| has_this && !self.is_static_method(class, &head.name));
        if let Some(class) = &class {
            let ty = Type::pointer(Type::Aggregate(class.clone()));
            let this = Variable {
                name: "this".to_owned(),
                ty,
                at: head.at,
                volatile: false,
            };
            head.parameters.push(self.body.declare(this));
        }
        if declared.reference {
            self.body.returns_reference = true;
        }
        let old_style: Vec<Node> = node.children().filter(|child| child.kind() == "declaration").collect();
        if let Some(list) = &declared.parameters {
            let ids = self.parameters(list, &old_style);
            head.parameters.extend(ids);
        }
        for (_, parameter) in self.template_value_parameters(node, &head.name) {
            let ids = self.parameters_of([parameter], &[]);
            head.parameters.extend(ids);
        }
        self.note_label_addresses(body);
        if class.as_deref() == Some(head.name.as_str()) {
            self.constructor_prologue(node, head.at);
        }
        for &id in &head.parameters.clone() {
            if !self.body.references.contains(&id) {
                let ty = self.body.type_of(id).clone();
                self.object_declared(&Place::Var(id), &ty);
            }
        }
        self.statement(body);
        self.end_objects(0, body.span());
    }

    /// The namespaces around the item.
    fn namespace_of(&self) -> Option<String> {
        let names: Vec<&str> = self
            .language
            .scope
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect();
        (!names.is_empty()).then(|| names.join("::"))
    }

    fn in_nameless_namespace(&self) -> bool {
        self.language.scope.iter().any(String::is_empty)
    }

    /// Lowers a declaration outside functions: variables with their initialisers.
    fn global_declaration(&mut self, node: &Node) {
        let words: Vec<String> = node.children().map(|child| child.text().to_owned()).collect();
        let has = |word: &str| words.iter().any(|text| text == word);
        let external = has("extern");
        let specifier = node.part(Part::Type);
        if let Some(specifier) = specifier
            .as_ref()
            .filter(|specifier| specifier.role() == Some(Role::Type))
        {
            self.class_members(specifier);
        }
        let base = specifier.map_or(Type::Unknown, |specifier| self.named_type(&specifier));
        let base = super::types::attributed(node, base);
        let declarators: Vec<Node> = node.parts(Part::Name).collect();
        for declarator in declarators {
            let declared = self.declared(&declarator, base.clone());
            let Some(name) = declared.name.as_ref().filter(|_| !declared.function) else {
                continue;
            };
            let value = declarator.field("value");
            let pointer_to_constant = has("const") && matches!(declared.ty, Type::Pointer(_));
            let constant_pointer = declarator.text().contains("const") || has("constexpr");
            let shape = GlobalShape {
                ty: super::declarators::sized_by_initializer(&declared, value.as_ref()),
                constant: has("constexpr")
                    || has("const") && !pointer_to_constant
                    || pointer_to_constant && constant_pointer,
                volatile: has("volatile"),
                linkage: match has("static") || self.in_nameless_namespace() {
                    true => Linkage::Private,
                    false => Linkage::Public,
                },
                at: name.span(),
                whole: node.span(),
            };
            // A static member of a class is named with its class.
            let path = name.text().to_owned();
            let class = qualifier(&path)
                .map(last_segment)
                .filter(|class| !self.index.types(class).is_empty());
            let name = match class {
                Some(class) => format!("{class}::{}", last_segment(&path)),
                None => last_segment(&path).to_owned(),
            };
            self.global(&name, shape, value.as_ref(), external && value.is_none());
        }
    }

    /// A macro's body as a function of its parameters: the call in it has a place even where the macro is not used.
    fn macro_item(&mut self, name: &str, parameters: &[String], body: Span, whole: Span) {
        let text = self.body_text(body);
        let head = FunctionHead {
            name: name.to_owned(),
            scope: None,
            parameters: Vec::new(),
            linkage: Linkage::Private,
            returns: Type::Unknown,
            noreturn: false,
            at: whole,
            whole,
        };
        self.language.own_macro = Some(name.to_owned());
        self.language.function = name.to_owned();
        self.function(head, |lowering, head| {
            for parameter in parameters {
                let variable = Variable {
                    name: parameter.clone(),
                    ty: Type::Unknown,
                    at: whole,
                    volatile: false,
                };
                head.parameters.push(lowering.body.declare(variable));
            }
            lowering.macro_body(&text);
        });
        self.language.own_macro = None;
        let function = self.lowered.functions.pop();
        self.lowered
            .functions
            .extend(function.filter(|function| function.calls().next().is_some()));
    }

    fn macro_body(&mut self, text: &Text) {
        if let Some(value) = self.parse_expression(text) {
            let at = value.span();
            let value = self.value(&value);
            return self.return_value(Some(value), at);
        }
        if let Some(statements) = self.parse_statements(text) {
            return self.statements(statements);
        }
        // Not parsable by itself: what the parser makes of it is better than nothing.
        if let Some(root) = self.parse_framed("void f(void) { ", text, "; }") {
            let functions = root.descendants().filter(|node| node.role() == Some(Role::Function));
            match functions.last().and_then(|function| function.part(Part::Body)) {
                Some(body) => self.statement(&body),
                None => self.unread(&root),
            }
        }
    }

    /// A class or enumeration among statements.
    pub fn local_type(&mut self, node: &Node) {
        self.local_enumerators(node);
        self.named_type(node);
        self.class_members(node);
    }

    fn declares_function(&self, declarator: &Node) -> bool {
        let mut current = Some(declarator.clone());
        while let Some(node) = current {
            if node.kind() == "function_declarator" {
                return true;
            }
            current = node.field("declarator");
        }
        false
    }

    /// `NAME(x) { … }` reads as a function: the use of a macro that is not visible with a block.
    fn block_of_macro(&mut self, node: &Node) {
        let Some(body) = node.part(Part::Body) else { return };
        let text = node.text();
        let head = text
            .get(..body.range().start - node.range().start)
            .unwrap_or("")
            .to_owned();
        self.unread_block(&head, &body, node.span());
    }

    /// A function in a function (GNU C): it sees the variables around it.
    pub fn nested_function(&mut self, node: &Node) {
        if node.part(Part::Body).is_none() {
            // `f(a) = 0;` reads as a pure virtual function.
            let source = node.source();
            let end = source.text.trim_end_matches([';', ' ']).len();
            if let Some(value) = self.parse_expression(&source.part(0..end)) {
                self.statement(&value);
            }
            return;
        }
        let declarator = node
            .field("declarator")
            .filter(|declarator| self.declares_function(declarator));
        match declarator {
            Some(declarator) if !self.language.cpp => self.nested_closure(node, &declarator),
            _ => self.block_of_macro(node),
        }
    }
}

fn qualifier(path: &str) -> Option<&str> {
    let (qualifier, _) = path.rsplit_once("::")?;
    (!qualifier.trim().is_empty()).then_some(qualifier)
}

/// A function without a return type is one of type `int`: C before 1999.
fn with_implicit_type(text: Text, name: &str) -> Text {
    const STORAGE: [&str; 5] = ["static", "extern", "inline", "__inline", "__inline__"];
    let tokens = lexer::tokens(&text.text, Language::C);
    let mut words = tokens
        .iter()
        .skip_while(|token| STORAGE.contains(&token.text(&text.text)));
    let head = (words.next(), words.next());
    let (Some(first), Some(open)) = head else { return text };
    let is_function = first.text(&text.text) == name && open.mark(&text.text) == b'(' && !is_capital(name);
    if !is_function || !names_parameters(&text.text, &tokens, open.range().start) {
        return text;
    }
    let start = first.range().start;
    let mut typed = text.part(0..start);
    typed.whole = text.whole;
    typed.push("int ");
    typed.append(&text.part(start..text.text.len()));
    typed
}

/// Names in capitals are those of macros.
fn is_capital(name: &str) -> bool {
    !name.chars().any(|c| c.is_ascii_lowercase())
}

/// Whether the parentheses hold parameters, each with its name: a macro may take types alone.
fn names_parameters(text: &str, tokens: &[lexer::Token], open: usize) -> bool {
    let mut last = "";
    let mut first = true;
    let mut depth = 1_u32;
    for token in tokens.iter().skip_while(|token| token.range().start <= open) {
        match token.mark(text) {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && token.mark(text) == b',' {
            let nothing = first && depth == 0 && matches!(last, "" | "void");
            if super::splice::is_declaring(last) && !nothing {
                return false;
            }
            first = false;
        }
        if depth == 0 {
            return true;
        }
        last = token.text(text);
    }
    false
}

/// The names that stand in a text.
fn names_in(text: &str, language: Language) -> Vec<String> {
    let tokens = lexer::tokens(text, language);
    let names = tokens.iter().filter(|token| token.is_name());
    let names: BTreeSet<&str> = names.map(|token| token.text(text)).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Where the first initialiser of a declaration begins: at a `=` in no brackets.
fn end_of_declarator(text: &str, language: Language) -> usize {
    let mut depth = 0_i32;
    for token in lexer::tokens(text, language) {
        match token.mark(text) {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            // One declaration may hold several names; only one that initialises a table is worth cutting.
            b'=' if depth == 0 && text[token.range().end..].trim_start().starts_with('{') => {
                return token.range().start;
            }
            _ => {}
        }
    }
    text.len()
}

/// The text of an item with ranges of the file's bytes replaced by blanks; line breaks stay, so that lines and offsets stay.
fn blanked(text: &str, at: Span, blanks: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let offset = |byte: usize| byte.saturating_sub(at.start as usize).min(text.len());
    for blank in blanks {
        let (start, end) = (offset(blank.start), offset(blank.end));
        for byte in bytes.get_mut(start..end).into_iter().flatten() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}
