//! C's and C++'s types: names, conversions, sizes.

use super::paths::last_segment;
use super::structures::Structure;
use super::{C, type_names};
use crate::ir::{Expr, Place, Type};
use crate::lower::values::constant;
use crate::lower::{Lowering, constants};
use crate::syntax::Node;
use crate::syntax::cut::NameKind;
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};
use std::collections::BTreeMap;

/// `long` and what has its width.
pub const LONG: Type = Type::Int { bits: 64, signed: true };

/// Where the parts of a structure lie, in bytes.
pub struct Layout {
    /// By field.
    pub offsets: BTreeMap<String, u64>,
    /// How much room the whole takes.
    pub size: u64,
    /// What its address is a multiple of.
    pub alignment: u64,
}

impl Lowering<'_, C> {
    /// The type of a specifier or descriptor node.
    pub fn named_type(&mut self, node: &Node) -> Type {
        self.deeper(node.span(), Type::Unknown, |lowering| match node.kind() {
            "type_descriptor" => {
                let base = node
                    .field("type")
                    .map_or(Type::Unknown, |base| lowering.named_type(&base));
                match node.field("declarator") {
                    Some(declarator) => lowering.declared(&declarator, base).ty,
                    None => base,
                }
            }
            "sized_type_specifier" => {
                let words: Vec<&str> = node.text().split_whitespace().collect();
                type_names::sized(&words).unwrap_or(Type::Unknown)
            }
            "struct_specifier" | "union_specifier" | "class_specifier" => lowering.structure_type(node),
            "enum_specifier" => match node.field("base").or_else(|| node.field("underlying_type")) {
                Some(base) => lowering.named_type(&base),
                None => Type::INT,
            },
            "macro_type_specifier" => lowering.type_of_operand(node),
            "placeholder_type_specifier" | "auto" => Type::Unknown,
            "decltype" => match node.children().next() {
                Some(operand) => lowering.speculative(|lowering| lowering.value(&operand).ty()),
                None => Type::Unknown,
            },
            "template_type" => lowering.template_type(node),
            "qualified_identifier" => match node.field("name") {
                Some(name) => lowering.named_type(&name),
                None => Type::Unknown,
            },
            "dependent_type" => node
                .children()
                .next()
                .map_or(Type::Unknown, |inner| lowering.named_type(&inner)),
            _ => match lowering.type_of_number(node.text()) {
                Some(ty) => ty,
                None => lowering.type_named(last_segment(node.text())),
            },
        })
    }

    /// `typeof(x)`; other macros in the place of a type are not followed.
    fn type_of_operand(&mut self, node: &Node) -> Type {
        let name = node
            .field("name")
            .map(|name| name.text().to_owned())
            .unwrap_or_default();
        let Some(operand) = node.field("type").filter(|_| name.trim_matches('_') == "typeof") else {
            return Type::Unknown;
        };
        match self.variable(operand.text()) {
            Some(id) => self.body.type_of(id).clone(),
            None => self.named_type(&operand),
        }
    }

    /// The type of a name: a typedef or tag of the unit, else a well-known one, else a macro.
    pub fn type_named(&mut self, name: &str) -> Type {
        if let Some(known) = self.language.types.get(name) {
            return known.clone();
        }
        // While the definition is read, the name means a structure of that name: lists point to themselves.
        self.language
            .types
            .insert(name.to_owned(), Type::Aggregate(name.to_owned()));
        let ty = self.resolve_type(name);
        self.language.types.insert(name.to_owned(), ty.clone());
        ty
    }

    fn resolve_type(&mut self, name: &str) -> Type {
        let primitive = type_names::named(name);
        if primitive.is_some() && !matches!(primitive, Some(Type::Int { .. })) {
            return primitive.unwrap_or(Type::Unknown);
        }
        let items = self.index.defining_from(self.file, NameKind::Type, name);
        for id in items {
            if let Some(node) = self.parsed_declaration(id)
                && let Some(ty) = self.type_defined(&node, name)
            {
                return ty;
            }
        }
        if let Some(primitive) = primitive {
            return primitive;
        }
        match name {
            "string" if self.language.cpp => self.text_type("basic_string"),
            "string_view" if self.language.cpp => self.text_type("basic_string_view"),
            "wstring" if self.language.cpp => Type::Aggregate("basic_string".to_owned()),
            "vector" if self.language.cpp => self.container_type(name, Type::Unknown).unwrap_or(Type::Unknown),
            _ => self.macro_type(name).unwrap_or(Type::Unknown),
        }
    }

    fn text_type(&mut self, template: &str) -> Type {
        let character = Type::Int { bits: 8, signed: true };
        let container = self.container_type(template, character);
        container.unwrap_or(Type::Aggregate(template.to_owned()))
    }

    /// The type that a definition gives a name.
    fn type_defined(&mut self, root: &Node, name: &str) -> Option<Type> {
        let nodes: Vec<Node> = root
            .descendants()
            .filter(|node| is_type_definition(node.kind()))
            .collect();
        nodes.iter().find_map(|node| {
            let named = node
                .field("name")
                .is_some_and(|found| last_segment(found.text()) == name);
            match node.kind() {
                "type_definition" => self.type_by_typedef(node, name),
                "alias_declaration" if node.field("name")?.text() == name => {
                    Some(self.named_type(&node.field("type")?))
                }
                "enum_specifier" if named => Some(self.named_type(node)),
                _ if named && node.field("body").is_some() => {
                    self.define_structure(node, name);
                    Some(Type::Aggregate(name.to_owned()))
                }
                _ => None,
            }
        })
    }

    /// The type that a `typedef` gives a name. A structure without a tag gets the name for its own.
    fn type_by_typedef(&mut self, node: &Node, name: &str) -> Option<Type> {
        let mut declarators = node.fields("declarator");
        let declarator = declarators.find(|declarator| {
            let found = self.declarator_name(declarator);
            found.is_some_and(|found| found.text() == name)
        })?;
        let specifier = node.field("type")?;
        let untagged = specifier.field("name").is_none() && specifier.field("body").is_some();
        let base = if untagged && specifier.kind() != "enum_specifier" {
            self.define_structure(&specifier, name);
            Type::Aggregate(name.to_owned())
        } else {
            self.named_type(&specifier)
        };
        let base = attributed(node, base);
        Some(self.declared(&declarator, base).ty)
    }

    /// The size of a type in bytes, where it is known.
    pub fn size_of_type(&mut self, ty: &Type) -> Option<u64> {
        self.size_and_alignment(ty, 0).map(|(size, _)| size)
    }

    fn size_and_alignment(&mut self, ty: &Type, depth: u32) -> Option<(u64, u64)> {
        match ty {
            Type::Int { bits, .. } => {
                let bytes = u64::from(*bits).div_ceil(8);
                Some((bytes, bytes))
            }
            Type::Pointer(_) => Some((8, 8)),
            Type::Array(element, length) => {
                let (size, alignment) = self.size_and_alignment(element, depth)?;
                Some((size.checked_mul((*length)?)?, alignment))
            }
            Type::Void => Some((1, 1)),
            Type::Aggregate(name) if depth < 8 => {
                let structure = self.structure(name)?;
                let layout = self.layout(&structure, depth + 1)?;
                Some((layout.size, layout.alignment))
            }
            Type::Aggregate(_) | Type::Float | Type::Unknown => None,
        }
    }

    /// Where the fields of a structure lie, those of members without a name included.
    pub fn layout(&mut self, structure: &Structure, depth: u32) -> Option<Layout> {
        if !structure.plain || depth > 8 {
            return None;
        }
        let mut offsets = BTreeMap::new();
        let (mut end, mut widest) = (0_u64, 1);
        let mut index = 0;
        while let Some((name, ty)) = structure.fields.get(index) {
            let nameless = structure.nameless.get(name).cloned();
            let inner = match &nameless {
                Some((_, inner)) => Some(self.layout(inner, depth + 1)?),
                None => None,
            };
            let (size, alignment) = match &inner {
                Some(inner) => (inner.size, inner.alignment),
                None => self.size_and_alignment(ty, depth)?,
            };
            widest = widest.max(alignment);
            let start = match structure.union {
                true => 0,
                false => end.checked_next_multiple_of(alignment)?,
            };
            end = end.max(start.checked_add(size)?);
            match inner {
                Some(inner) => {
                    let inside = inner.offsets.into_iter();
                    offsets.extend(inside.map(|(name, offset)| (name, start + offset)));
                    index += nameless.map_or(1, |(_, inner)| inner.fields.len().max(1));
                }
                None => {
                    offsets.insert(name.clone(), start);
                    index += 1;
                }
            }
        }
        // An object of an empty class takes one byte in C++, none in GNU C.
        let end = if structure.fields.is_empty() && self.language.cpp {
            1
        } else {
            end
        };
        Some(Layout {
            offsets,
            size: end.checked_next_multiple_of(widest)?,
            alignment: widest,
        })
    }

    /// How many bytes into an object a part of it lies: a place that begins with what a pointer points to. With the pointer.
    fn offset_of<'place>(&mut self, place: &'place Place) -> Option<(&'place Expr, u64)> {
        match place {
            Place::Deref(pointer) => Some((pointer, 0)),
            Place::Field(base, name) => {
                let (pointer, before) = self.offset_of(base)?;
                let object = self.place_type(base);
                let structure = self.structure_of(&object)?;
                let start = *self.layout(&structure, 1)?.offsets.get(name)?;
                Some((pointer, before.checked_add(start)?))
            }
            Place::Index(array, index) => {
                let (pointer, before) = self.offset_of(array)?;
                let Type::Array(element, _) = self.place_type(array) else {
                    return None;
                };
                let bytes = self.size_of_type(&element)?.checked_mul(constants::fold(index)?)?;
                Some((pointer, before.checked_add(bytes)?))
            }
            _ => None,
        }
    }

    /// `&((T *)0)->field`: no address of an object, but how far into one the field lies.
    pub fn address_of_constant(&mut self, node: &Node) -> Option<Expr> {
        let at = node.span();
        let inner = node.part(Part::Value)?;
        let mut root = inner.clone();
        while let Some(Role::Field | Role::Index | Role::Parenthesized) = root.role() {
            root = root.part(Part::Object).or_else(|| root.part(Part::Value))?;
        }
        if root.role() != Some(Role::Cast) || inner == root {
            return None;
        }
        let constant_root = self.constant_value(&root)?;
        let place = self.place(&inner)?;
        let ty = Type::pointer(self.place_type(&place));
        Some(match self.offset_of(&place) {
            Some((_, bytes)) => constant(constant_root.wrapping_add(bytes), ty, at),
            None => Expr::Unknown(ty, at),
        })
    }

    /// `offsetof(T, field)`.
    pub fn offset_in_type(&mut self, node: &Node) -> Expr {
        let at = node.span();
        let known = node.field("type").zip(node.field("member")).and_then(|(ty, member)| {
            let ty = self.named_type(&ty);
            let null = constant(0, Type::pointer(ty), at);
            let place = Place::field(crate::lower::places::deref(null), member.text());
            Some(self.offset_of(&place)?.1)
        });
        match known {
            Some(bytes) => constant(bytes, Type::SIZE, at),
            None => Expr::Unknown(Type::SIZE, at),
        }
    }

    /// A value known when the program is compiled.
    pub fn constant_value(&mut self, node: &Node) -> Option<u64> {
        let value = self.speculative(|lowering| lowering.value(node));
        constants::fold(&value)
    }
}

/// The type of a declaration with what its attributes make of it: a vector, or an integer of another width.
pub fn attributed(declaration: &Node, base: Type) -> Type {
    let attributes = declaration
        .descendants()
        .filter(|node| node.kind() == "attribute_specifier");
    for attribute in attributes {
        let text: String = attribute.text().split_whitespace().collect();
        if text.contains("vector_size") {
            return Type::Aggregate(type_names::VECTOR.to_owned());
        }
        let Some((_, mode)) = text.split_once("mode") else {
            continue;
        };
        let mode = mode.trim_start_matches(['_', '(']);
        let name = mode.split(['_', ')']).next().unwrap_or("");
        let bits = match name {
            "QI" | "byte" => 8,
            "HI" => 16,
            "SI" => 32,
            "DI" | "word" | "pointer" => 64,
            _ => return Type::Aggregate(type_names::VECTOR.to_owned()),
        };
        return Type::Int {
            bits,
            signed: base.signed(),
        };
    }
    base
}

fn is_type_definition(kind: &str) -> bool {
    matches!(
        kind,
        "type_definition"
            | "alias_declaration"
            | "struct_specifier"
            | "union_specifier"
            | "class_specifier"
            | "enum_specifier"
    )
}
