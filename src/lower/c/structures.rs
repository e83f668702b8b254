//! Structures, unions and classes: their fields, which of them share memory, what initialises them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::C;
use super::paths::{function_name, last_segment};
use crate::ir::{BinaryOp, Expr, Place, Type};
use crate::lower::Lowering;
use crate::lower::values::constant;
use crate::source::{Language, Span};
use crate::syntax::roles::Part;
use crate::syntax::{Node, lexer};

/// What is known of a structure, union or class.
#[derive(Debug, Default)]
pub struct Structure {
    /// Fields in order, those of nameless members included.
    pub fields: Vec<(String, Type)>,
    /// The types of members without a name, and what these are called here, by the first field of each.
    pub nameless: BTreeMap<String, (String, Rc<Structure>)>,
    /// Static data members.
    pub static_fields: Vec<(String, Type)>,
    /// It is a union.
    pub union: bool,
    /// Its layout is that of its fields in order: no bit-fields, attributes, bases, `#if`.
    pub plain: bool,
    /// Widths of bit-fields.
    pub bits: BTreeMap<String, u32>,
    /// Fields that share memory with other fields, and with which.
    pub overlaps: BTreeMap<String, Vec<String>>,
    /// Fields declared volatile.
    pub volatile: BTreeSet<String>,
    /// Base classes.
    pub bases: Vec<String>,
    /// A base is virtual.
    pub virtual_bases: bool,
    /// Member functions declared in it.
    pub methods: BTreeSet<String>,
    /// Those of them that take no `this`.
    pub static_methods: BTreeSet<String>,
    /// Conversions to other types: the names of the functions, and the types.
    pub conversions: Vec<(String, Type)>,
    /// Initialisers in the class.
    pub defaults: Vec<(String, Node)>,
    /// It has constructors of its own: `{…}` and `(…)` call one.
    pub constructors: bool,
    /// The constructor without arguments is defaulted.
    pub default_constructor: bool,
    /// Member functions that it declares virtual or says to override others.
    pub virtuals: BTreeSet<String>,
    /// Those of them that it does not define.
    pub pure: BTreeSet<String>,
    /// No class derives from it.
    pub closed: bool,
    /// Fields that are references: a use is a use of what they refer to.
    pub references: BTreeSet<String>,
    /// Its destructor is written by the program.
    pub destructor: bool,
    /// A constructor from another object of it is written by the program.
    pub copies: bool,
    /// Fields that may lie where others lie.
    pub shared: BTreeSet<String>,
    /// A constructor in it may keep the address of the object.
    pub knows_itself: bool,
    /// Members of bases that it names again.
    pub usings: BTreeSet<String>,
}

impl Structure {
    fn add(&mut self, name: String, ty: Type) {
        if !self.fields.iter().any(|(known, _)| *known == name) {
            self.fields.push((name, ty));
        }
    }

    /// Notes a member function. `written`: it is neither defaulted nor deleted.
    fn method(&mut self, name: String, head: &[String], owner: &str, written: bool, parameters: Option<Node>) {
        let has = |word: &str| head.iter().any(|found| found == word);
        if has("virtual") || has("override") {
            self.virtuals.insert(name.clone());
            if head.last().is_some_and(|last| last == "0") {
                self.pure.insert(name.clone());
            }
        }
        self.destructor |= written && name.starts_with('~');
        self.copies |= written && name == owner && parameters.is_some_and(|list| takes_own(&list, owner));
        // What the compiler writes copies or ends member by member.
        if written || !matches!(name.as_str(), "operator=") && !name.starts_with('~') {
            self.methods.insert(name);
        }
    }

    /// Notes that any field of one list shares memory with any field of another.
    fn overlap(&mut self, alternatives: &[Vec<String>]) {
        for (index, alternative) in alternatives.iter().enumerate() {
            let others = alternatives.iter().enumerate().filter(|(other, _)| *other != index);
            let others: Vec<String> = others.flat_map(|(_, names)| names.clone()).collect();
            for name in alternative {
                self.overlaps.entry(name.clone()).or_default().extend(others.clone());
            }
        }
    }
}

impl Structure {
    /// Notes what a field is besides its type.
    fn note_field(&mut self, name: &str, declaration: &Node, reference: bool, volatile: bool) {
        if declaration.text().contains("no_unique_address") {
            self.shared.insert(name.to_owned());
        }
        if reference {
            self.references.insert(name.to_owned());
        }
        if volatile {
            self.volatile.insert(name.to_owned());
        }
    }
}

impl Lowering<'_, C> {
    /// The type of a structure specifier: with a body it is defined here.
    pub fn structure_type(&mut self, node: &Node) -> Type {
        match (node.field("name"), node.field("body")) {
            (Some(name), Some(_)) => {
                let name = last_segment(name.text()).to_owned();
                self.define_structure(node, &name);
                Type::Aggregate(name)
            }
            (Some(name), None) => {
                let name = last_segment(name.text()).to_owned();
                // The name must be that of a tag, but `struct x` may also name what a typedef of the unit calls `x`.
                Type::Aggregate(name)
            }
            (None, Some(_)) => {
                let name = format!("{}:{}", node.span().file.0, node.span().start);
                self.define_structure(node, &name);
                Type::Aggregate(name)
            }
            (None, None) => Type::Unknown,
        }
    }

    /// The structure of a name, read from the unit when it is first asked for.
    pub fn structure(&mut self, name: &str) -> Option<Rc<Structure>> {
        if !self.language.structures.contains_key(name) {
            self.type_named(name);
            self.language.structures.entry(name.to_owned()).or_default();
        }
        self.language.structures.get(name).cloned().flatten()
    }

    /// The structure of a type.
    pub fn structure_of(&mut self, ty: &Type) -> Option<Rc<Structure>> {
        match ty {
            Type::Aggregate(name) => self.structure(name),
            _ => None,
        }
    }

    /// Reads the body of a structure specifier.
    pub fn define_structure(&mut self, node: &Node, name: &str) {
        let Some(body) = node.field("body") else { return };
        self.language
            .types
            .entry(name.to_owned())
            .or_insert_with(|| Type::Aggregate(name.to_owned()));
        let mut structure = Structure {
            union: node.kind() == "union_specifier",
            plain: true,
            ..Structure::default()
        };
        for child in node.children() {
            match child.kind() {
                "base_class_clause" => {
                    structure.plain = false;
                    structure.virtual_bases = child
                        .text()
                        .split(|c: char| !c.is_alphanumeric())
                        .any(|word| word == "virtual");
                    let named = |base: &Node| base.kind() != "access_specifier" && base.text() != "virtual";
                    let names = child.children().filter(named);
                    structure
                        .bases
                        .extend(names.map(|base| last_segment(base.text()).to_owned()));
                }
                "attribute_specifier" | "attribute_declaration" | "alignas_qualifier" => structure.plain = false,
                _ => {}
            }
        }
        structure.closed = head_words(node).iter().any(|word| word == "final");
        structure.plain &= !self.index.cut(node.span().file).pragmas.packs;
        let mut alternatives = Vec::new();
        self.deeper(body.span(), (), |lowering| {
            lowering.in_template(node, |lowering| {
                lowering.members(&body, name, &mut structure, &mut alternatives)
            });
        });
        if structure.union {
            structure.overlap(&alternatives);
        }
        self.language
            .structures
            .insert(name.to_owned(), Some(Rc::new(structure)));
    }

    fn members(&mut self, body: &Node, owner: &str, structure: &mut Structure, alternatives: &mut Vec<Vec<String>>) {
        let children: Vec<Node> = body.children().collect();
        for member in children {
            match member.kind() {
                "field_declaration" => {
                    let names = self.member(&member, owner, structure);
                    alternatives.push(names);
                }
                "function_definition" | "declaration" | "template_declaration" => {
                    structure.plain = false;
                    let declarators = member.descendants().filter(|node| node.kind() == "function_declarator");
                    let names: Vec<String> = declarators
                        .take(1)
                        .filter_map(|node| Some(node.field("declarator")?.text().to_owned()))
                        .map(|name| name.split_whitespace().collect())
                        .collect();
                    self.conversion(&member, structure);
                    let constructor = names.iter().any(|name| name == owner);
                    structure.constructors |= constructor;
                    structure.knows_itself |= constructor && names_itself(member.text());
                    let defaulted = member.children().any(|child| child.kind() == "default_method_clause");
                    let list = member.descendants().find(|node| node.kind() == "parameter_list");
                    let empty = list.is_some_and(|list| list.children().next().is_none());
                    structure.default_constructor |= defaulted && empty && names.iter().any(|name| name == owner);
                    if member.children().any(|child| child.text() == "static") {
                        structure.static_methods.extend(names.iter().cloned());
                    }
                    let removed = member.children().any(|child| child.kind() == "delete_method_clause");
                    for name in names {
                        structure.method(
                            name,
                            &head_words(&member),
                            owner,
                            !defaulted && !removed,
                            list_of(&member),
                        );
                    }
                }
                "using_declaration" => {
                    structure
                        .usings
                        .insert(last_segment(member.text().trim_end_matches(';')).to_owned());
                }
                kind if kind.starts_with("preproc_") && !kind.starts_with("preproc_def") => {
                    structure.plain = false;
                    self.deeper(member.span(), (), |lowering| {
                        lowering.members(&member, owner, structure, alternatives)
                    });
                }
                "ERROR" => structure.plain = false,
                _ => {}
            }
        }
    }

    /// `operator T()`.
    fn conversion(&mut self, member: &Node, structure: &mut Structure) {
        let conversion = member.fields("declarator").find(|node| node.kind() == "operator_cast");
        if let Some(conversion) = conversion {
            let declared = self.declared(&conversion, Type::Unknown);
            structure
                .conversions
                .extend(conversion_name(&conversion).map(|name| (name, declared.ty)));
        }
    }

    /// Reads one member declaration; gives the names of the fields that it adds.
    fn member(&mut self, node: &Node, owner: &str, structure: &mut Structure) -> Vec<String> {
        let Some(specifier) = node.field("type") else {
            return Vec::new();
        };
        let declarators: Vec<Node> = node.fields("declarator").collect();
        let nameless = specifier.field("name").is_none() && specifier.field("body").is_some();
        let nameless = nameless && specifier.kind() != "enum_specifier";
        if nameless && declarators.is_empty() {
            return self.nameless_member(&specifier, owner, structure);
        }
        let is_static = node.children().any(|child| child.text() == "static");
        let volatile = node.children().any(|child| child.text() == "volatile");
        structure.plain &= !node.children().any(|child| child.kind() == "attribute_specifier");
        let base = None;
        let mut names = Vec::new();
        for declarator in declarators {
            let Some(name) = self.declarator_name(&declarator).map(|name| name.text().to_owned()) else {
                continue;
            };
            if name.is_empty() {
                // A bit-field without a name is no member, and no initialiser is for it.
                names.push(name);
                continue;
            }
            let base = match &base {
                Some(base) => Type::clone(base),
                None if nameless => {
                    let inner = format!("{owner}::{name}");
                    self.define_structure(&specifier, &inner);
                    Type::Aggregate(inner)
                }
                None => self.named_type(&specifier),
            };
            let declared = self.declared(&declarator, base);
            if declared.function {
                structure.constructors |= name == owner;
                if is_static {
                    structure.static_methods.insert(name.clone());
                }
                structure.method(name, &head_words(node), owner, true, declared.parameters);
                continue;
            }
            structure.note_field(&name, node, declared.reference, volatile);
            if is_static {
                structure.static_fields.push((name, declared.ty));
                continue;
            }
            structure.plain &= !declared.reference;
            structure.add(name.clone(), declared.ty);
            names.push(name);
        }
        self.member_details(node, &names, structure);
        names.retain(|name| !name.is_empty());
        names
    }

    /// Bit-field widths and initialisers, which stand beside the declarators.
    fn member_details(&mut self, node: &Node, names: &[String], structure: &mut Structure) {
        let mut position = 0;
        let tokens: Vec<Node> = node.tokens().collect();
        for token in tokens {
            if token.text() == "," {
                position += 1;
            }
            let Some(name) = names.get(position) else { return };
            if token.kind() == "bitfield_clause" {
                structure.plain = false;
                let width = token.children().next().and_then(|width| self.constant_value(&width));
                if let Some(width) = width
                    .and_then(|width| u32::try_from(width).ok())
                    .filter(|&width| width < 64 && !name.is_empty())
                {
                    structure.bits.insert(name.clone(), width);
                }
            }
            if node.fields("default_value").any(|value| value == token) {
                structure.knows_itself |= names_itself(token.text());
                structure.defaults.push((name.clone(), token));
            }
        }
    }

    /// The fields of a member without a name are fields of the structure that holds it.
    fn nameless_member(&mut self, specifier: &Node, owner: &str, structure: &mut Structure) -> Vec<String> {
        let called = format!("{owner}::{}", specifier.span().start);
        self.define_structure(specifier, &called);
        let Some(inner) = self.structure(&called) else {
            return Vec::new();
        };
        structure.plain &= inner.plain;
        if let Some((first, _)) = inner.fields.first() {
            structure.nameless.insert(first.clone(), (called, inner.clone()));
        }
        for (name, ty) in &inner.fields {
            structure.add(name.clone(), ty.clone());
        }
        structure.bits.extend(inner.bits.clone());
        structure.defaults.extend(inner.defaults.iter().cloned());
        structure.references.extend(inner.references.iter().cloned());
        structure.volatile.extend(inner.volatile.iter().cloned());
        for (name, others) in &inner.overlaps {
            structure
                .overlaps
                .entry(name.clone())
                .or_default()
                .extend(others.iter().cloned());
        }
        inner.fields.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The type of a field, looked for in base classes too.
    pub fn type_of_field(&mut self, object: &Type, field: &str) -> Type {
        self.find_in_bases(object, |structure| {
            let found = structure.fields.iter().find(|(name, _)| name == field);
            found.map(|(_, ty)| ty.clone())
        })
        .unwrap_or(Type::Unknown)
    }

    /// Whether a class or one of its bases has a data member of the name.
    pub fn has_field(&mut self, object: &Type, field: &str) -> bool {
        self.find_in_bases(object, |structure| {
            structure.fields.iter().any(|(name, _)| name == field).then_some(())
        })
        .is_some()
    }

    pub fn find_in_bases<T>(&mut self, object: &Type, read: impl Fn(&Structure) -> Option<T>) -> Option<T> {
        let Type::Aggregate(name) = object else { return None };
        let mut pending = vec![name.clone()];
        // The bound is for bases that name each other.
        for _ in 0..32 {
            let structure = self.structure(&pending.pop()?);
            let Some(structure) = structure else { continue };
            if let Some(found) = read(&structure) {
                return Some(found);
            }
            pending.extend(structure.bases.iter().cloned());
        }
        None
    }

    /// The value of a volatile field: anything.
    pub fn volatile_field(&mut self, node: &Node) -> Option<Expr> {
        let name = node.part(Part::Name)?.text().to_owned();
        let Some(place) = self.place(node) else {
            return Some(Expr::Unknown(Type::Unknown, node.span()));
        };
        self.refresh_member(&place, node.span());
        let Place::Field(base, _) = &place else {
            return Some(self.load(place, node.span()));
        };
        let object = self.place_type(base);
        let volatile = self
            .find_in_bases(&object, |structure| structure.volatile.contains(&name).then_some(()))
            .is_some();
        let at = node.span();
        Some(match volatile {
            true => Expr::Unknown(self.place_type(&place), at),
            false => self.load(place, at),
        })
    }

    /// The width of the bit-field that a value was read from.
    pub fn bit_width(&mut self, value: &Expr) -> Option<u32> {
        let Expr::Load(Place::Field(base, name), ..) = value else {
            return None;
        };
        let object = self.place_type(base);
        self.structure_of(&object)?.bits.get(name).copied()
    }

    /// After a store to a bit-field it holds what its width can.
    pub fn narrow_bit_field(&mut self, place: &Place, at: Span) {
        let Place::Field(base, name) = place else { return };
        let object = self.place_type(base);
        let Some(width) = self
            .structure_of(&object)
            .and_then(|structure| structure.bits.get(name).copied())
        else {
            return;
        };
        let ty = self.place_type(place);
        let stored = Expr::Load(place.clone(), ty.clone(), at);
        let value = if ty.signed() {
            let unused = constant(u64::from(ty.bits().saturating_sub(width)), Type::INT, at);
            let high = Expr::binary(BinaryOp::ShiftLeft, stored, unused.clone(), ty.clone(), at);
            Expr::binary(BinaryOp::ShiftRight, high, unused, ty, at)
        } else {
            let mask = constant((1 << width) - 1, ty.clone(), at);
            Expr::binary(BinaryOp::And, stored, mask, ty, at)
        };
        self.body.set(place.clone(), value, at);
    }
}

/// The name of the function that a conversion is.
pub fn conversion_name(declarator: &Node) -> Option<String> {
    let ty = declarator.field("type")?;
    Some(function_name(&format!("operator {}", ty.text())))
}

/// The words of a member function's declaration before its body.
fn head_words(member: &Node) -> Vec<String> {
    let body = member
        .field("body")
        .map(|body| body.range().start - member.range().start);
    let head = member.text().get(..body.unwrap_or(member.text().len())).unwrap_or("");
    let words = head.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn list_of(member: &Node) -> Option<Node> {
    member.descendants().find(|node| node.kind() == "parameter_list")
}

/// Whether the first parameter of a constructor is a reference to an object of its class.
fn takes_own(list: &Node, owner: &str) -> bool {
    list.children().next().is_some_and(|first| {
        let own = first
            .part(Part::Type)
            .is_some_and(|ty| last_segment(ty.text()) == owner);
        own && first
            .field("declarator")
            .is_some_and(|declarator| declarator.kind().ends_with("reference_declarator"))
    })
}

/// Whether code uses the address of its object for more than its members.
pub fn names_itself(text: &str) -> bool {
    let tokens = lexer::tokens(text, Language::Cpp);
    let word = |index: usize| tokens.get(index).map_or("", |token| token.text(text));
    (0..tokens.len()).any(|index| {
        word(index) == "this" && word(index + 1) != "->" && (word(index + 1) != "-" || word(index + 2) != ">") && {
            index == 0 || word(index - 1) != "*"
        }
    })
}
