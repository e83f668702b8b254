//! Heads of functions: receiver, types of parameters and result.

use std::rc::Rc;

use super::names::segments;
use super::{Lower, traits};
use crate::ir::{Linkage, Type};
use crate::source::{Language, Span};
use crate::syntax::index::ItemId;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text, lexer, parse};

/// How a method takes `self`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// It is no method.
    None,
    /// `self`
    Value,
    /// `&self`, `&mut self`
    Reference,
}

/// A type parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The names of the traits that it is bound to.
    pub traits: Vec<String>,
    /// Which of the parameters after `self` has the type, or refers to it.
    pub given_by: Option<usize>,
}

/// What a call needs to know of a function.
#[derive(Clone, Debug)]
pub struct Signature {
    /// How it takes `self`.
    pub receiver: Receiver,
    /// Types of the parameters after `self`.
    pub parameters: Vec<Type>,
    /// Types of its generic constants, which are passed as further arguments.
    pub constants: Vec<Type>,
    /// Whether only the code around it can call it.
    pub private: bool,
    /// Its type parameter, if traits tell what it can be.
    pub parameter: Option<Parameter>,
    /// Type of the result.
    pub returns: Type,
    /// `-> !`
    pub noreturn: bool,
}

impl Lower<'_> {
    /// The signature of a function item.
    pub fn signature(&self, id: ItemId) -> Rc<Signature> {
        if let Some(known) = self.language.signatures.borrow().get(&id) {
            return known.clone();
        }
        let (_, item) = self.index.item(id);
        let text = self.item_text(id);
        let head = Text::plain(head(text).to_owned() + "{}", item.span);
        let owner = item.scope.last().cloned();
        let read = parse(head, Language::Rust).and_then(|root| {
            let node = root.descendants().find(|node| node.role() == Some(Role::Function))?;
            Some(Signature {
                private: linkage(self, &node, &item.scope, id) == Linkage::Private,
                ..self.signature_of(&node, owner.as_deref())
            })
        });
        let signature = Rc::new(read.unwrap_or(Signature {
            receiver: Receiver::None,
            parameters: Vec::new(),
            constants: Vec::new(),
            private: false,
            parameter: None,
            returns: Type::Unknown,
            noreturn: false,
        }));
        self.language.signatures.borrow_mut().insert(id, signature.clone());
        signature
    }

    /// The signature of a function node; `owner` is what `Self` means there.
    pub fn signature_of(&self, node: &Node, owner: Option<&str>) -> Signature {
        let parameters: Vec<Node> = match node.part(Part::Parameters) {
            Some(list) => list
                .children()
                .filter(|node| node.role() == Some(Role::Parameter))
                .collect(),
            None => Vec::new(),
        };
        let returns = node.part(Part::Return).map(|node| node.text().to_owned());
        let words = node.text().split("fn ").next().unwrap_or("");
        let is_async = words.split_whitespace().any(|word| word == "async");
        let typed = parameters.iter().filter(|node| receiver(node) == Receiver::None);
        let texts: Vec<String> = typed
            .map(|node| node.part(Part::Type).map(|ty| ty.text().to_owned()).unwrap_or_default())
            .collect();
        Signature {
            receiver: parameters.first().map_or(Receiver::None, receiver),
            parameters: texts.iter().map(|text| self.read_type_for(text, owner)).collect(),
            private: false,
            parameter: parameter(self, node, &texts),
            constants: constants(node)
                .iter()
                .map(|(_, ty)| self.read_type_for(ty.text(), owner))
                .collect(),
            noreturn: returns.as_deref() == Some("!"),
            // What a call of an asynchronous function gives is something that gives the result later.
            returns: returns
                .filter(|_| !is_async)
                .map_or(if is_async { Type::Unknown } else { Type::Void }, |text| {
                    self.read_type_for(&text, owner)
                }),
        }
    }
}

/// The names and types of a function's generic constants.
pub fn constants(function: &Node) -> Vec<(Node, Node)> {
    let list = function.field("type_parameters");
    let parameters = list
        .iter()
        .flat_map(Node::children)
        .filter(|node| node.kind() == "const_parameter");
    parameters
        .filter_map(|node| Some((node.field("name")?, node.field("type")?)))
        .collect()
}

/// How a parameter is `self`.
pub fn receiver(parameter: &Node) -> Receiver {
    if parameter.kind() == "self_parameter" {
        let reference = parameter.text().starts_with('&');
        return if reference {
            Receiver::Reference
        } else {
            Receiver::Value
        };
    }
    match (parameter.part(Part::Pattern), parameter.part(Part::Type)) {
        (Some(pattern), Some(ty)) if pattern.text() == "self" => {
            let reference = ty.text().contains('&');
            if reference {
                Receiver::Reference
            } else {
                Receiver::Value
            }
        }
        _ => Receiver::None,
    }
}

/// The text up to the body: the first brace outside of brackets.
fn head(text: &str) -> &str {
    let mut depth = 0_i32;
    for token in lexer::tokens(text, Language::Rust) {
        match token.mark(text) {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' | b';' if depth <= 0 => return &text[..token.start as usize],
            _ => {}
        }
    }
    text
}

/// The place of a name in a head, for reports.
pub fn name_span(node: &Node) -> Span {
    node.part(Part::Name).map_or(node.span(), |name| name.span())
}

/// The type parameter of a function that is bound to traits of the unit, if it is the only one. `types` are the texts of the
/// types of the parameters after `self`; a type `impl Trait` is a type parameter without a name.
pub fn parameter(lowering: &Lower<'_>, function: &Node, types: &[String]) -> Option<Parameter> {
    let list = function.field("type_parameters");
    let where_clause = function.children().find(|node| node.kind() == "where_clause");
    let mut found = Vec::new();
    let named = list
        .iter()
        .flat_map(Node::children)
        .filter(|node| node.kind() == "type_parameter");
    for node in named {
        let Some(name) = node.field("name").map(|name| name.text().to_owned()) else {
            continue;
        };
        let predicates = where_clause.iter().flat_map(Node::children);
        let of_name = predicates.filter(|node| node.field("left").is_some_and(|left| left.text() == name));
        let bounds = of_name.chain([node.clone()]).filter_map(|node| node.field("bounds"));
        let traits: Vec<String> = bounds
            .flat_map(|bounds| bounds.children().collect::<Vec<_>>())
            .filter_map(|bound| segments(bound.text()).pop())
            .collect();
        let given_by = types.iter().position(|ty| referred(ty) == name);
        found.push(Parameter { name, traits, given_by });
    }
    for (index, ty) in types.iter().enumerate() {
        if let Some(bounds) = referred(ty).strip_prefix("impl ") {
            found.push(Parameter {
                name: referred(ty).to_owned(),
                traits: bounds.split('+').filter_map(|bound| segments(bound).pop()).collect(),
                given_by: Some(index),
            });
        }
    }
    found.retain(|parameter| parameter.traits.iter().any(|name| lowering.is_trait(name)));
    (found.len() == 1).then(|| found.pop()).flatten()
}

/// The text of a type without the references to it.
pub fn referred(text: &str) -> &str {
    let text = text.trim_start_matches('&').trim_start();
    let text = match text.strip_prefix('\'') {
        Some(lifetime) => lifetime.split_once(' ').map_or(text, |(_, rest)| rest),
        None => text,
    };
    text.trim_start_matches("mut ").trim()
}

/// Who can call a function.
pub fn linkage(lowering: &Lower<'_>, node: &Node, scope: &[String], id: ItemId) -> Linkage {
    let name = node.part(Part::Name);
    if scope.is_empty() && name.is_some_and(|name| name.text() == "main") {
        return Linkage::Entry;
    }
    let visibility = node.part(Part::Modifier).map(|modifier| modifier.text().to_owned());
    let public = match visibility.as_deref() {
        // Visible in the module that holds this one, which is in the same file.
        Some(text) if text.starts_with("pub(s") || text.starts_with("pub(in") => scope.is_empty(),
        Some(_) => true,
        None => false,
    };
    let head = node.text().split('{').next().unwrap_or("").to_owned();
    let attributes = lowering.item_text(id).split("fn ").next().unwrap_or("").to_owned();
    let exported = attributes.contains("no_mangle") || attributes.contains("export_name") || head.contains("extern ");
    match public || exported || traits::trait_of(lowering, id).is_some() {
        true => Linkage::Public,
        false => Linkage::Private,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        assert_eq!(head("fn f(a: [u8; 3]) -> usize { a }"), "fn f(a: [u8; 3]) -> usize ");
        assert_eq!(head("fn f();"), "fn f()");
        assert_eq!(head("fn f("), "fn f(");
    }
}
