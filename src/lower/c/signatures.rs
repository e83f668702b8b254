//! What the head of a function says: types, references, defaults, `noreturn`.

use std::rc::Rc;

use super::C;
use super::paths::function_name;
use crate::ir::Type;
use crate::lower::Lowering;
use crate::syntax::cut::ItemKind;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::lexer;
use crate::syntax::roles::Part;
use crate::syntax::{Node, Text};

/// What the head of a function says.
#[derive(Debug)]
pub struct Signature {
    /// What it returns.
    pub returns: Type,
    /// It returns a reference: a call designates a place.
    pub reference: bool,
    /// Its parameters, `this` left out.
    pub parameters: Vec<Formal>,
    /// It never returns.
    pub noreturn: bool,
    /// Parameters of its template that are values: their positions there and their defaults. They follow the others.
    pub template_values: Vec<(usize, Option<Node>)>,
    /// Further arguments may follow.
    pub variadic: bool,
}

/// One parameter.
#[derive(Debug)]
pub struct Formal {
    /// It is a reference: the argument's address is passed.
    pub reference: bool,
    /// It is a reference to what the function does not change.
    pub constant: bool,
    /// The value passed where the call has none.
    pub default: Option<Node>,
}

impl Lowering<'_, C> {
    /// The signature of a function of the unit, from its definition or a prototype.
    pub fn signature(&mut self, name: &str, class: Option<&str>) -> Option<Rc<Signature>> {
        let key = match class {
            Some(class) => format!("{class}::{name}"),
            None => name.to_owned(),
        };
        if let Some(known) = self.language.signatures.get(&key) {
            return known.clone();
        }
        self.language.signatures.insert(key.clone(), None);
        let mut ids = self.index.functions_from(self.file, name);
        ids.extend(self.index.declarations(name));
        if ids.is_empty()
            && let Some(class) = class
        {
            ids.extend(self.index.types(class));
        }
        // More than a few definitions differ anyway.
        let found: Vec<Signature> = ids
            .into_iter()
            .take(4)
            .filter_map(|id| self.signature_in(id, name, class))
            .collect();
        let noreturn = found.iter().any(|signature| signature.noreturn);
        let defaults = found
            .iter()
            .position(|signature| signature.parameters.iter().any(|formal| formal.default.is_some()));
        let mut found = found;
        let chosen = match defaults {
            Some(index) => Some(found.swap_remove(index)),
            None => found.into_iter().next(),
        };
        let chosen = chosen.map(|signature| Rc::new(Signature { noreturn, ..signature }));
        self.language.signatures.insert(key, chosen.clone());
        chosen
    }

    fn signature_in(&mut self, id: ItemId, name: &str, class: Option<&str>) -> Option<Signature> {
        let (_, item) = self.index.item(id);
        let roots: Vec<Node> = match item.kind {
            ItemKind::Function | ItemKind::Declaration => self.parsed_head(id).into_iter().collect(),
            _ => self.parsed_declaration(id).into_iter().collect(),
        };
        let _ = class;
        roots.iter().find_map(|root| {
            let declarator = root.descendants().find(|node| {
                node.kind() == "function_declarator"
                    && node
                        .field("declarator")
                        .is_some_and(|inner| function_name(inner.text().trim_matches(['(', ')', ' '])) == name)
            })?;
            self.signature_of(&declarator)
        })
    }

    /// A function item up to its body, as a prototype.
    fn parsed_head(&mut self, id: ItemId) -> Option<Node> {
        let (file, item) = self.index.item(id);
        let clean = &self.index.cut(file).clean;
        let tokens = lexer::tokens_of(clean, item.span.range(), self.language_of_file(), true);
        let end = tokens
            .iter()
            .find(|token| matches!(token.mark(clean), b'{' | b';'))
            .map(|token| token.range().start)?;
        let range = item.span.range().start..end;
        let at = crate::source::Span::new(file, range.start, range.end);
        let mut text = Text::plain(clean.get(range)?.to_owned(), at);
        text.push(";");
        crate::syntax::parse(text, self.language_of_file())
    }

    /// Reads the signature around a function declarator.
    pub fn signature_of(&mut self, declarator: &Node) -> Option<Signature> {
        let mut whole = declarator.clone();
        let mut outermost = declarator.clone();
        while !matches!(
            whole.kind(),
            "declaration" | "function_definition" | "field_declaration" | "translation_unit"
        ) {
            outermost = whole;
            whole = outermost.parent()?;
        }
        let base = whole.field("type").map_or(Type::Unknown, |base| self.named_type(&base));
        let declared = self.declared(&outermost, base);
        let head = match whole.field("body") {
            Some(body) => whole.source().text[..body.range().start - whole.range().start].to_owned(),
            None => whole.text().to_owned(),
        };
        let list = declarator.field("parameters")?;
        let formals: Vec<Node> = list.children().filter(|node| node.role().is_some()).collect();
        let parameters = formals
            .iter()
            .map(|formal| Formal {
                reference: formal
                    .field("declarator")
                    .is_some_and(|declarator| declarator.kind().ends_with("reference_declarator")),
                constant: formal.children().any(|child| child.text() == "const"),
                default: formal.part(Part::Value),
            })
            .collect();
        Some(Signature {
            returns: declared.ty,
            reference: declared.reference,
            parameters,
            noreturn: is_noreturn(&head),
            template_values: template_values(&whole),
            variadic: list.children().any(|node| node.kind() == "variadic_parameter"),
        })
    }
}

/// The parameter list of the template that a function is.
pub fn template_parameters(function: &Node) -> Option<Node> {
    let template = function
        .parent()
        .filter(|parent| parent.kind() == "template_declaration")?;
    template.field("parameters")
}

fn template_values(function: &Node) -> Vec<(usize, Option<Node>)> {
    let Some(list) = template_parameters(function) else {
        return Vec::new();
    };
    let parameters = list.children().enumerate();
    parameters
        .filter(|(_, parameter)| {
            parameter.kind().ends_with("parameter_declaration") && !parameter.kind().contains("type")
        })
        .map(|(position, parameter)| (position, parameter.field("default_value")))
        .collect()
}

/// Whether the words before a function's body say that it never returns.
pub fn is_noreturn(head: &str) -> bool {
    let words = head.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.into_iter().any(|word| {
        matches!(
            word,
            "_Noreturn"
                | "noreturn"
                | "__noreturn__"
                | "__noreturn"
                | "NORETURN"
                | "G_GNUC_NORETURN"
                | "ATTRIBUTE_NORETURN"
                | "_NORETURN"
                | "Q_NORETURN"
                | "MOZ_NORETURN"
                | "__dead"
                | "G_NORETURN"
        )
    })
}
