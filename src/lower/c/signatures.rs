//! What the head of a function says: types, references, defaults, `noreturn`.

use std::rc::Rc;

use super::C;
use super::declarators::Declared;
use super::paths::{function_name, last_segment};
use super::templates::template_lists;
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
    /// A function of the name is defined in the unit.
    pub defined: bool,
    /// It is a member function that may be called for what is constant.
    pub constant: bool,
    /// Not all arguments of its types are taken: `requires`.
    pub constrained: bool,
}

/// One parameter.
#[derive(Debug)]
pub struct Formal {
    /// Its type; of a reference, what it refers to.
    pub ty: Type,
    /// It is a reference: the argument's address is passed.
    pub reference: bool,
    /// It is a reference to what has no name: `T &&`.
    pub rvalue: bool,
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
            .filter_map(|id| self.signature_in(id, name))
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

    pub fn signature_in(&mut self, id: ItemId, name: &str) -> Option<Signature> {
        let (_, item) = self.index.item(id);
        let roots: Vec<Node> = match item.kind {
            ItemKind::Function | ItemKind::Declaration => self.parsed_head(id).into_iter().collect(),
            _ => self.parsed_declaration(id).into_iter().collect(),
        };
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

    /// The signatures of all functions of a name in an item. `None`: one could not be read.
    pub fn signatures_in(&mut self, id: ItemId, name: &str, class: Option<&str>) -> Option<Vec<Signature>> {
        let (_, item) = self.index.item(id);
        if matches!(item.kind, ItemKind::Function | ItemKind::Declaration) {
            return Some(vec![self.signature_in(id, name)?]);
        }
        let root = self.parsed_declaration(id)?;
        let of_name = |node: &Node| {
            let named = node
                .field("declarator")
                .is_some_and(|inner| function_name(inner.text()) == name);
            node.kind() == "function_declarator" && named && class_around(node).as_deref() == class
        };
        let declarators: Vec<Node> = root.descendants().filter(of_name).collect();
        let mut all = Vec::new();
        for declarator in declarators {
            all.push(self.signature_of(&declarator)?);
        }
        Some(all)
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
        self.in_template(&whole, |lowering| {
            lowering.signature_within(&whole, &outermost, declarator)
        })
    }

    fn signature_within(&mut self, whole: &Node, outermost: &Node, declarator: &Node) -> Option<Signature> {
        let base = whole.field("type").map_or(Type::Unknown, |base| self.named_type(&base));
        let declared = self.declared(outermost, base);
        let head = match whole.field("body") {
            Some(body) => whole.source().text[..body.range().start - whole.range().start].to_owned(),
            None => whole.text().to_owned(),
        };
        let list = declarator.field("parameters")?;
        let name = declarator.field("declarator").map(|name| function_name(name.text()));
        let values = self.template_value_parameters(whole, &name.unwrap_or_default());
        let template_values = values
            .into_iter()
            .map(|(position, parameter)| (position, parameter.field("default_value")))
            .collect();
        let formals: Vec<Node> = list.children().filter(|node| node.role().is_some()).collect();
        let parameters = formals.iter().map(|formal| self.formal(formal)).collect();
        Some(Signature {
            returns: declared.ty,
            reference: declared.reference,
            parameters,
            noreturn: is_noreturn(&head),
            template_values,
            variadic: is_variadic(&list),
            defined: self.is_defined(declarator),
            constant: declarator.children().any(|word| word.text() == "const"),
            // A null pointer has a type of its own, which is not told from that of other pointers.
            constrained: is_constrained(whole) || list.text().contains("nullptr_t"),
        })
    }
}

impl Lowering<'_, C> {
    /// The signature that a list of parameters makes, as far as it tells.
    pub fn signature_of_list(&mut self, list: &Node) -> Signature {
        let formals: Vec<Node> = list.children().filter(|node| node.role().is_some()).collect();
        Signature {
            returns: Type::Unknown,
            reference: false,
            parameters: formals.iter().map(|formal| self.formal(formal)).collect(),
            noreturn: false,
            template_values: Vec::new(),
            variadic: is_variadic(list),
            defined: true,
            constant: false,
            constrained: false,
        }
    }

    fn is_defined(&self, declarator: &Node) -> bool {
        let name = declarator.field("declarator").map(|name| function_name(name.text()));
        name.is_some_and(|name| !self.index.functions(&name).is_empty())
    }

    fn formal(&mut self, node: &Node) -> Formal {
        let base = node
            .part(Part::Type)
            .map_or(Type::Unknown, |base| self.named_type(&base));
        let declared = match node.field("declarator") {
            Some(declarator) => self.declared(&declarator, base),
            None => Declared::plain(base),
        };
        let ty = match declared.ty {
            Type::Pointer(to) if declared.reference => *to,
            ty => ty,
        };
        Formal {
            ty,
            reference: declared.reference,
            rvalue: declared.reference && node.text().contains("&&"),
            constant: node.children().any(|child| child.text() == "const"),
            default: node.part(Part::Value),
        }
    }

    /// Does something where the types that are parameters of the templates around a node hide others of their names.
    pub fn in_template<T>(&mut self, node: &Node, run: impl FnOnce(&mut Self) -> T) -> T {
        let mut hidden = Vec::new();
        let outer_types = self.language.template_types.clone();
        if self.language.cpp {
            for list in template_lists(node) {
                for parameter in list.children().collect::<Vec<_>>() {
                    let name = match self.is_template_value(&parameter) {
                        true => None,
                        false => parameter
                            .children()
                            .last()
                            .filter(|name| name.text() != parameter.text()),
                    };
                    let named = name.map(|name| name.text().trim_start_matches("...").trim().to_owned());
                    if let Some(name) = named {
                        self.language.template_types.insert(name.clone());
                        hidden.push((name.clone(), self.language.types.insert(name, Type::Unknown)));
                    }
                }
            }
        }
        let result = run(self);
        self.language.template_types = outer_types;
        for (name, outer) in hidden.into_iter().rev() {
            match outer {
                Some(ty) => self.language.types.insert(name, ty),
                None => self.language.types.remove(&name),
            };
        }
        result
    }

    /// Whether a parameter of a template is a value. What reads as one of a type that is none is a type with a constraint.
    fn is_template_value(&mut self, parameter: &Node) -> bool {
        if !parameter.kind().ends_with("parameter_declaration") || parameter.kind().contains("type") {
            return false;
        }
        let Some(ty) = parameter.field("type") else { return true };
        if !matches!(ty.kind(), "type_identifier" | "qualified_identifier" | "template_type") {
            return true;
        }
        let name = last_segment(ty.text()).to_owned();
        let before = template_lists(parameter)
            .into_iter()
            .flat_map(|list| list.children().collect::<Vec<_>>());
        let of_template = |other: &Node| other.children().last().is_some_and(|last| last.text() == name);
        !self.index.types(&name).is_empty()
            || super::type_names::named(&name).is_some()
            || before
                .filter(|other| other.kind().contains("type"))
                .any(|other| of_template(&other))
    }

    /// The parameters of a function's template that are values, with their positions. Functions of one name have them
    /// unknown: which of them a call means is told by the number of arguments.
    pub fn template_value_parameters(&mut self, function: &Node, name: &str) -> Vec<(usize, Node)> {
        let template = function
            .parent()
            .filter(|parent| parent.kind() == "template_declaration");
        let Some(list) = template.and_then(|template| template.field("parameters")) else {
            return Vec::new();
        };
        if self.index.functions(name).len() > 1 {
            return Vec::new();
        }
        let parameters: Vec<(usize, Node)> = list.children().enumerate().collect();
        parameters
            .into_iter()
            .filter(|(_, parameter)| self.is_template_value(parameter))
            .collect()
    }
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

/// The class in whose body a node stands.
fn class_around(node: &Node) -> Option<String> {
    let around = std::iter::successors(node.parent(), Node::parent);
    let mut classes = around.filter(|around| matches!(around.kind(), "class_specifier" | "struct_specifier"));
    Some(last_segment(classes.next()?.field("name")?.text()).to_owned())
}

/// Whether a list of parameters ends in `...`.
fn is_variadic(list: &Node) -> bool {
    let text = list.text().trim_end_matches(')').trim_end();
    text.ends_with("...")
}

/// Whether a function is one of a template that says which arguments it takes.
fn is_constrained(function: &Node) -> bool {
    let template =
        std::iter::successors(Some(function.clone()), Node::parent).find(|node| node.kind() == "template_declaration");
    let asks = |node: &Node| node.kind() == "requires_clause" || node.text().contains("enable_if");
    let template = template.filter(|template| {
        let parameters = template.field("parameters");
        let typed = parameters.is_some_and(|list| {
            let mut parameters = list.children();
            parameters.any(|one| one.kind() == "parameter_declaration" || one.text().contains("enable_if"))
        });
        typed || template.children().any(|child| asks(&child))
    });
    template.is_some() || function.children().any(|child| child.kind() == "requires_clause")
}
