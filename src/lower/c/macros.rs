//! Macros, expanded as text at the place of use and then lowered like any code. Every byte of the expansion knows where it
//! comes from: the macro's body, or an argument of the use.
//!
//! Expansion is lazy: names in the expansion that are macros again are expanded when they are lowered. Several definitions
//! are a choice made by the build: the conditions under which they stand.

use std::rc::Rc;

use super::C;
use super::call_site::call_site;
use super::repair::MacroKind;
use crate::ir::{Expansion, Expr, Place, Type};
use crate::lower::Lowering;
use crate::lower::builder::Merge;
use crate::source::{Language, Span};
use crate::syntax::cut::ItemKind;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::lexer;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text};

/// Uses within uses; real chains stay below 10.
const DEPTH: usize = 24;
/// Expansions in one item: macros that use their arguments twice double at every level.
pub const EXPANSIONS: u32 = 1_500;
/// Macros looked through for what a use of the outer one is.
const KIND_DEPTH: usize = 4;

/// A definition of a macro.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Names of its parameters; none for an object-like macro.
    pub parameters: Option<Vec<String>>,
    /// Further arguments are taken.
    pub variadic: bool,
    /// The last parameter stands for all further arguments (`args...`).
    pub named_rest: bool,
    /// Its text.
    pub body: Span,
    /// The conditions under which it stands.
    pub conditions: Vec<String>,
}

/// A use of a macro.
#[derive(Clone, Debug)]
pub struct Use {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_at: Span,
    /// From the name to the closing parenthesis.
    pub at: Span,
    /// The arguments; none for an object-like macro.
    pub arguments: Option<Vec<Text>>,
}

/// What an expansion is as code.
enum Code {
    Expression(Node),
    Statements(Vec<Node>),
    /// Not parsable by itself.
    Fragment,
}

impl Lowering<'_, C> {
    /// The definitions that a use may mean, the likeliest first. Empty: no macro, or a use that is not expanded.
    pub fn definitions(&mut self, name: &str, name_at: Span, function_like: bool) -> Rc<Vec<Definition>> {
        let none = Rc::new(Vec::new());
        // While a macro is expanded its name in its own text means itself, but not in the arguments of its use.
        let own_text = |use_of: &&Expansion| !use_of.arguments.iter().any(|argument| argument.contains(name_at));
        let current = self.expansions.iter().rev().find(|use_of| use_of.name == name);
        if current.as_ref().is_some_and(own_text) || self.language.own_macro.as_deref() == Some(name) {
            return none;
        }
        let key = (name.to_owned(), function_like);
        let all = match self.language.macros.get(&key) {
            Some(known) => known.clone(),
            None => {
                let found = Rc::new(self.find_definitions(name, function_like));
                self.language.macros.insert(key, found.clone());
                found
            }
        };
        if all.len() < 2 {
            return all;
        }
        // In one file the definitions that count are those before the use, back to the last unconditional one.
        let at = self.expansions.first().map_or(name_at, |outermost| outermost.at);
        let before: Vec<Definition> = all
            .iter()
            .filter(|one| one.body.file == at.file && one.body.start < at.start)
            .cloned()
            .collect();
        if self.index.cut(at.file).pragmas.brought_back.contains(name) {
            return Rc::new(self.different(&before));
        }
        match before.iter().rposition(|definition| definition.conditions.is_empty()) {
            Some(last) => Rc::new(self.different(&before[last..])),
            None => Rc::new(self.different(&all)),
        }
    }

    /// Definitions of different texts: to define a macro again as it is says nothing.
    fn different(&self, definitions: &[Definition]) -> Vec<Definition> {
        let mut different: Vec<Definition> = Vec::new();
        for one in definitions {
            let text = self.sources.slice(one.body);
            let same =
                |known: &Definition| self.sources.slice(known.body) == text && known.parameters == one.parameters;
            if !different.iter().any(same) {
                different.push(one.clone());
            }
        }
        different
    }

    fn find_definitions(&self, name: &str, function_like: bool) -> Vec<Definition> {
        let mut definitions: Vec<Definition> = Vec::new();
        for id in self.index.macros_from(self.file, name) {
            let (_, item) = self.index.item(id);
            let ItemKind::Macro {
                parameters,
                variadic,
                body,
            } = &item.kind
            else {
                continue;
            };
            if parameters.is_some() == function_like {
                let head = Span {
                    end: body.start,
                    ..item.span
                };
                let head: String = self.sources.slice(head).split_whitespace().collect();
                let last = parameters.iter().flatten().last();
                definitions.push(Definition {
                    parameters: parameters.clone(),
                    variadic: *variadic,
                    named_rest: last.is_some_and(|last| head.contains(&format!("{last}..."))),
                    body: *body,
                    conditions: item.conditions.clone(),
                });
            }
        }
        definitions
    }

    /// The value of a use: the expansion's, or that of the choice between several. `None`: not a macro of the unit.
    pub fn expanded_value(&mut self, use_of: &Use) -> Option<Expr> {
        let definitions = self.definitions(&use_of.name, use_of.name_at, use_of.arguments.is_some());
        match &definitions[..] {
            [] => None,
            [only] => Some(self.expansion_value(use_of, only)),
            several => Some(self.chosen_value(use_of, several)),
        }
    }

    /// A choice by the conditions of the definitions, the last one taken if no other is.
    fn chosen_value(&mut self, use_of: &Use, definitions: &[Definition]) -> Expr {
        let exit = self.body.block();
        let mut merge = Merge::default();
        let shared = shared_conditions(definitions);
        for (index, definition) in definitions.iter().enumerate() {
            let (this, next) = (self.body.block(), self.body.block());
            if index + 1 == definitions.len() {
                self.body.goto(this);
            } else {
                let own: Vec<&String> = definition
                    .conditions
                    .iter()
                    .filter(|text| !shared.contains(text))
                    .collect();
                self.choose(use_of, index, &own, (this, next));
            }
            self.body.switch_to(this);
            let value = self.expansion_value(use_of, definition);
            if !self.body.ended() {
                merge.arms.push((self.body.current(), value));
            }
            self.body.goto(exit);
            self.body.switch_to(next);
        }
        self.body.switch_to(exit);
        merge.arms.retain(|(_, value)| value.ty() != Type::Void);
        if merge.arms.is_empty() {
            return Expr::Unknown(Type::Void, use_of.at);
        }
        self.merged(merge, use_of.at)
    }

    fn choose(
        &mut self,
        use_of: &Use,
        index: usize,
        own: &[&String],
        blocks: (crate::ir::BlockId, crate::ir::BlockId),
    ) {
        let (this, next) = blocks;
        if own.is_empty() {
            let choice = Place::Setting(format!("{}#{index}", use_of.name));
            let test = Expr::Load(choice, Type::BOOL, use_of.name_at);
            return self.body.branch(test, this, next, use_of.name_at);
        }
        for condition in own {
            let fits = self.body.block();
            self.settings(condition, fits, next, use_of.name_at);
            self.body.switch_to(fits);
        }
        self.body.goto(this);
    }

    fn expansion_value(&mut self, use_of: &Use, definition: &Definition) -> Expr {
        let unknown = Expr::Unknown(Type::Unknown, use_of.at);
        if let Some(node) = self.constant_body(use_of, definition) {
            return self.in_expansion(use_of, unknown, |lowering| lowering.value(&node));
        }
        let Some(text) = self.expansion(use_of, definition) else {
            self.unread_at(use_of.at);
            return unknown;
        };
        self.in_expansion(use_of, unknown.clone(), |lowering| match lowering.code(&text) {
            Code::Expression(node) => {
                lowering.language.expanded.push(use_of.at);
                lowering.value(&node)
            }
            Code::Statements(nodes) => {
                lowering.language.expanded.push(use_of.at);
                lowering.statements(nodes);
                Expr::Unknown(Type::Void, use_of.at)
            }
            Code::Fragment => {
                lowering.arguments_of_fragment(use_of);
                lowering.unread_piece(&text.text, &[], use_of.at);
                lowering.body.may_go_anywhere(use_of.at);
                unknown
            }
        })
    }

    /// The body of an object-like macro, parsed once, if it is an expression.
    pub fn constant_body(&mut self, use_of: &Use, definition: &Definition) -> Option<Node> {
        if use_of.arguments.is_some() {
            return None;
        }
        if let Some(known) = self.language.bodies.get(&definition.body) {
            return known.clone();
        }
        let text = self.expansion(use_of, definition)?;
        let node = self.parse_expression(&text);
        self.language.bodies.insert(definition.body, node.clone());
        node
    }

    /// Runs `inner` with the use on the chain of expansions.
    pub fn in_expansion<T>(&mut self, use_of: &Use, otherwise: T, inner: impl FnOnce(&mut Self) -> T) -> T {
        if self.expansions.len() >= DEPTH || self.language.expansions_left == 0 {
            self.limit(use_of.at, "too many macro expansions: some uses were not expanded");
            self.unread_at(use_of.at);
            return otherwise;
        }
        self.language.expansions_left -= 1;
        let arguments = use_of
            .arguments
            .iter()
            .flatten()
            .map(|argument| argument.whole)
            .collect();
        self.expansions.push(Expansion {
            name: use_of.name.clone(),
            at: use_of.at,
            arguments,
        });
        let result = self.deeper(use_of.at, otherwise, inner);
        self.expansions.pop();
        result
    }

    /// The expression that a use expands to, if it is one.
    pub fn expression_of(&mut self, use_of: &Use, definition: &Definition) -> Option<Node> {
        match use_of.arguments {
            None => self.constant_body(use_of, definition),
            Some(_) => {
                let text = self.expansion(use_of, definition)?;
                self.parse_expression(&text)
            }
        }
    }

    /// The arguments of a macro whose own text cannot be parsed may run.
    fn arguments_of_fragment(&mut self, use_of: &Use) {
        let at = use_of.at;
        for argument in use_of.arguments.iter().flatten() {
            let (runs, next) = (self.body.block(), self.body.block());
            self.body.branch(Expr::Unknown(Type::BOOL, at), runs, next, at);
            self.body.switch_to(runs);
            match self.code(argument) {
                Code::Expression(node) => drop(self.value(&node)),
                Code::Statements(nodes) => self.statements(nodes),
                Code::Fragment => {}
            }
            self.body.goto_and_switch(next);
        }
    }

    /// Whether a text begins with the use of a macro that is whole statements.
    fn begins_with_statements(&self, text: &Text) -> bool {
        let tokens = lexer::tokens(&text.text, self.language_of_file());
        let [name, open, ..] = &tokens[..] else {
            return false;
        };
        let called = name.is_name() && open.mark(&text.text) == b'(';
        called && self.macro_kind(name.text(&text.text)) == MacroKind::Statements
    }

    /// Parses a text as an expression, else as statements.
    fn code(&mut self, text: &Text) -> Code {
        if text.text.trim().is_empty() {
            return Code::Statements(Vec::new());
        }
        if !self.begins_with_statements(text)
            && let Some(node) = self.parse_expression(text)
        {
            return Code::Expression(node);
        }
        match self.parse_statements(text) {
            Some(nodes) => Code::Statements(nodes),
            None => Code::Fragment,
        }
    }

    /// What a use of a function-like macro of the unit is.
    pub fn macro_kind(&self, name: &str) -> MacroKind {
        let definitions = self.index.macros(name).iter();
        let kinds = definitions.map(|&id| self.definition_kind(id, KIND_DEPTH));
        kinds.max_by_key(|kind| *kind as u8).unwrap_or(MacroKind::Other)
    }

    fn definition_kind(&self, id: ItemId, depth: usize) -> MacroKind {
        let (file, item) = self.index.item(id);
        let ItemKind::Macro {
            parameters: Some(_),
            body,
            ..
        } = &item.kind
        else {
            return MacroKind::Other;
        };
        let clean = &self.index.cut(file).clean;
        let tokens = lexer::tokens_of(clean, body.range(), self.language_of_file(), false);
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return MacroKind::Other;
        };
        match (first.text(clean), last.mark(clean)) {
            ("for" | "while", b')') => MacroKind::Loop,
            ("{", _) if tokens.len() > 1 && !tokens.iter().any(|token| token.mark(clean) == b';') => MacroKind::Other,
            (_, b';' | b'}') => MacroKind::Statements,
            // The last of several uses of other macros.
            (_, b')') if depth > 0 => {
                let inner = last_callee(&tokens, clean).map(|name| self.index.macros(name));
                let mut kinds = inner
                    .into_iter()
                    .flatten()
                    .map(|&id| self.definition_kind(id, depth - 1));
                match kinds.any(|kind| kind == MacroKind::Statements) {
                    true => MacroKind::Statements,
                    false => MacroKind::Other,
                }
            }
            _ => MacroKind::Other,
        }
    }

    /// A macro that is the head of a loop: read with the block that follows its use. The repair of the text has made the
    /// use a condition.
    pub fn macro_loop(&mut self, node: &Node) -> bool {
        let mut test = node.part(Part::Test);
        while let Some(inner) = test.as_ref().filter(|test| test.role() == Some(Role::Parenthesized)) {
            test = inner.part(Part::Value);
        }
        let Some((test, body)) = test
            .filter(|test| test.role() == Some(Role::Call))
            .zip(node.part(Part::Body))
        else {
            return false;
        };
        let Some(site) = call_site(&test).filter(|site| site.callee.role() == Some(Role::Name)) else {
            return false;
        };
        let use_of = self.call_use(&test, &site);
        let definitions = self.definitions(&use_of.name, use_of.name_at, true);
        let written = self.sources.slice(node.span()).trim_start().starts_with("while");
        if definitions.is_empty() && !written && node.kind() == "while_statement" {
            // The repair has made a loop of the use of a macro that is not visible.
            self.unread_piece(test.text(), &site.arguments(), test.span());
            self.unread_block(test.text(), &body, test.span());
            return true;
        }
        let Some(mut text) = definitions
            .first()
            .and_then(|definition| self.expansion(&use_of, definition))
        else {
            return false;
        };
        if self.parse_expression(&text).is_some() {
            return false;
        }
        text.push(" ");
        text.append(&body.source());
        let Some(statements) = self.parse_statements(&text) else {
            return false;
        };
        // The block is written at the use, like an argument.
        let mut use_of = use_of;
        use_of.arguments.get_or_insert_default().push(body.source());
        self.in_expansion(&use_of, (), |lowering| lowering.statements(statements));
        true
    }

    /// The language that text is parsed as.
    pub fn language_of_file(&self) -> Language {
        if self.language.cpp { Language::Cpp } else { Language::C }
    }

    /// The type that an object-like macro names.
    pub fn macro_type(&mut self, name: &str) -> Option<Type> {
        let at = Span::new(self.file, usize::MAX, usize::MAX);
        let definitions = self.definitions(name, at, false);
        let [definition, ..] = &definitions[..] else {
            return None;
        };
        let use_of = Use {
            name: name.to_owned(),
            name_at: at,
            at,
            arguments: None,
        };
        let text = self.expansion(&use_of, definition)?;
        let root = self.parse_framed("typedef ", &text, " name_of_type;")?;
        let node = root.descendants().find(|node| node.kind() == "type_definition")?;
        let (specifier, declarator) = (node.field("type")?, node.field("declarator")?);
        self.in_expansion(&use_of, None, |lowering| {
            let base = lowering.named_type(&specifier);
            Some(lowering.declared(&declarator, base).ty)
        })
    }

    /// Whether a name is a macro of the unit that takes arguments.
    pub fn is_function_macro(&mut self, name: &str) -> bool {
        self.index.macros(name).iter().any(|&id: &ItemId| {
            matches!(
                &self.index.item(id).1.kind,
                ItemKind::Macro {
                    parameters: Some(_),
                    ..
                }
            )
        })
    }
}

/// The conditions that all definitions stand under choose nothing between them.
fn shared_conditions(definitions: &[Definition]) -> Vec<String> {
    let Some((first, rest)) = definitions.split_first() else {
        return Vec::new();
    };
    let everywhere = |text: &&String| rest.iter().all(|definition| definition.conditions.contains(text));
    first.conditions.iter().filter(everywhere).cloned().collect()
}

/// The name before the parenthesis that the last of the tokens closes.
fn last_callee<'text>(tokens: &[lexer::Token], text: &'text str) -> Option<&'text str> {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().rev() {
        match token.mark(text) {
            b')' => depth += 1,
            b'(' if depth == 1 => {
                let callee = tokens.get(index.checked_sub(1)?)?;
                return callee.is_name().then(|| callee.text(text));
            }
            b'(' => depth -= 1,
            _ => {}
        }
    }
    None
}
