//! What a type definition says: fields, variants with their tags, aliases.

use super::literals;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// A type of the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    /// A structure.
    Structure(Vec<Field>),
    /// A union: its fields are the same bytes, which are not followed.
    Union(Vec<Field>),
    /// An enumeration, with or without data.
    Enumeration(Vec<Variant>),
    /// Another name for the type with this text.
    Alias(String),
}

/// A field; those of tuples are called `0`, `1`, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The text of its type.
    pub ty: String,
}

/// A variant of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its discriminant, or how far it is from `base`.
    pub tag: i64,
    /// The constant expression from which the discriminants are counted, if it is more than a number.
    pub base: Option<String>,
    /// Its data.
    pub fields: Vec<Field>,
    /// Marked `#[default]`.
    pub default: bool,
}

impl Definition {
    /// The variants of an enumeration.
    pub fn variants(&self) -> &[Variant] {
        match self {
            Definition::Enumeration(variants) => variants,
            _ => &[],
        }
    }

    /// The variant of a name.
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        match self {
            Definition::Enumeration(variants) => variants.iter().find(|variant| variant.name == name),
            _ => None,
        }
    }
}

/// Reads the definition that a node with the role of a type is.
pub fn read(node: &Node) -> Option<Definition> {
    if let Some(alias) = node.part(Part::Value) {
        return Some(Definition::Alias(alias.text().to_owned()));
    }
    let body = node.part(Part::Body);
    if node.kind() == "enum_item" {
        return body.map(|body| Definition::Enumeration(variants(&body)));
    }
    if node.kind() == "union_item" {
        return body.map(|body| Definition::Union(fields(&body)));
    }
    (node.role() == Some(Role::Type)).then(|| Definition::Structure(body.map(|body| fields(&body)).unwrap_or_default()))
}

fn variants(body: &Node) -> Vec<Variant> {
    let (mut next, mut base, mut default, mut found) = (0, None, false, Vec::new());
    for node in body.children() {
        if node.role() == Some(Role::Opaque) {
            default |= node.text().contains("default");
            continue;
        }
        let Some(name) = node.part(Part::Name) else { continue };
        if let Some(value) = node.part(Part::Value) {
            let number = discriminant(value.text());
            base = if number.is_none() {
                Some(value.text().to_owned())
            } else {
                None
            };
            next = number.unwrap_or(0);
        }
        let tag = next;
        next = tag.wrapping_add(1);
        let fields = node.field("body").map(|body| fields(&body)).unwrap_or_default();
        found.push(Variant {
            name: name.text().to_owned(),
            tag,
            base: base.clone(),
            fields,
            default: std::mem::take(&mut default),
        });
    }
    found
}

fn discriminant(text: &str) -> Option<i64> {
    let (digits, negative) = match text.strip_prefix('-') {
        Some(digits) => (digits.trim(), true),
        None => (text, false),
    };
    let value = literals::integer(digits)?.0 as i64;
    Some(if negative { value.wrapping_neg() } else { value })
}

fn fields(body: &Node) -> Vec<Field> {
    if body.kind() == "ordered_field_declaration_list" {
        let types = body.fields("type").enumerate();
        return types
            .map(|(index, ty)| Field {
                name: index.to_string(),
                ty: ty.text().to_owned(),
            })
            .collect();
    }
    let named = body
        .children()
        .filter(|node| node.role() == Some(Role::FieldDeclaration));
    named
        .filter_map(|node| {
            let (name, ty) = (node.part(Part::Name)?, node.part(Part::Type)?);
            Some(Field {
                name: name.text().to_owned(),
                ty: ty.text().to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Language, Span};
    use crate::syntax::{Text, parse};

    fn definition(text: &str) -> Option<Definition> {
        let root = parse(
            Text::plain(text.to_owned(), Span::new(FileId(0), 0, text.len())),
            Language::Rust,
        )?;
        let node = root.descendants().find(|node| node.role() == Some(Role::Type))?;
        read(&node)
    }

    fn field(name: &str, ty: &str) -> Field {
        Field {
            name: name.to_owned(),
            ty: ty.to_owned(),
        }
    }

    #[test]
    fn structures() {
        let read = definition("pub struct A<T> { /// doc\n pub a: usize, #[x] b: Option<T>, }");
        assert_eq!(
            read,
            Some(Definition::Structure(vec![
                field("a", "usize"),
                field("b", "Option<T>")
            ]))
        );
        let read = definition("struct A(pub u8, Vec<u8>);");
        assert_eq!(
            read,
            Some(Definition::Structure(vec![field("0", "u8"), field("1", "Vec<u8>")]))
        );
        assert_eq!(definition("struct A;"), Some(Definition::Structure(Vec::new())));
        assert_eq!(definition("type A = u32;"), Some(Definition::Alias("u32".to_owned())));
    }

    #[test]
    fn enumerations() {
        let Some(Definition::Enumeration(read)) =
            definition("enum A { B, #[default] C(usize), D { e: u8 }, F = 0x10, G, H = -1 }")
        else {
            panic!("no enumeration");
        };
        let tags: Vec<(&str, i64, bool)> = read
            .iter()
            .map(|variant| (variant.name.as_str(), variant.tag, variant.default))
            .collect();
        let expected = [
            ("B", 0, false),
            ("C", 1, true),
            ("D", 2, false),
            ("F", 16, false),
            ("G", 17, false),
            ("H", -1, false),
        ];
        assert_eq!(tags, expected);
        assert_eq!(read[1].fields, [field("0", "usize")]);
        assert_eq!(read[2].fields, [field("e", "u8")]);
    }
}
