//! What names of types, variants and traits mean at an item.

use std::rc::Rc;

use super::Lower;
use super::definitions::{self, Definition, Field, Variant};
use super::names::Lookup;
use super::traits;
use super::types::{self, Named, TypeNames};
use crate::ir::Type;
use crate::lower::Unit;
use crate::source::Language;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::Role;
use crate::syntax::{Text, parse};

/// Names of types as an item sees them.
struct View<'v, 'a> {
    lowering: &'v Lower<'a>,
    /// What `Self` means.
    own: Option<&'v str>,
}

impl TypeNames for View<'_, '_> {
    fn named(&self, name: &str) -> Option<Named> {
        if name == "Self" {
            return self.own.map(|own| Named::Alias(own.to_owned()));
        }
        if let Some(meaning) = self.lowering.names().stands_for(name) {
            return Some(Named::Alias(meaning.to_owned()));
        }
        if self.lowering.names().is_open(name) {
            return None;
        }
        match self.lowering.definition(name) {
            Some(definition) => Some(match &*definition {
                Definition::Alias(text) => Named::Alias(text.clone()),
                _ => Named::Own(name.to_owned()),
            }),
            // An import under another name.
            None => {
                let renamed = self.lowering.names().candidates(&[name.to_owned()]);
                let last = renamed
                    .into_iter()
                    .filter_map(|path| path.last().cloned())
                    .find(|last| last != name)?;
                Some(Named::Alias(last))
            }
        }
    }

    fn length(&self, text: &str) -> Option<u64> {
        self.lowering.constant_of(text)
    }
}

impl Lower<'_> {
    /// The names visible at the item.
    pub fn names(&self) -> Lookup<'_> {
        let unit = Unit {
            sources: self.sources,
            index: self.index,
            sinks: self.sinks,
        };
        Lookup::new(unit, &self.language.names)
    }

    /// The type that a text names here.
    pub fn read_type(&self, text: &str) -> Type {
        let inner = super::signatures::referred(text);
        match self.names().stands_for(inner).filter(|_| inner.starts_with("impl ")) {
            Some(meaning) => self.read_type_for(&text.replace(inner, meaning), self.names().self_type()),
            None => self.read_type_for(text, self.names().self_type()),
        }
    }

    /// The type that a text names where `Self` is `own`.
    pub fn read_type_for(&self, text: &str, own: Option<&str>) -> Type {
        types::read(text, &View { lowering: self, own })
    }

    /// The definition of a type of the unit by its last name.
    pub fn definition(&self, name: &str) -> Option<Rc<Definition>> {
        if let Some(local) = self
            .language
            .blocks
            .iter()
            .rev()
            .find_map(|block| block.types.get(name))
        {
            return Some(local.clone());
        }
        let ids = self.index.types_from(self.file, name);
        ids.into_iter().find_map(|id| self.definition_of(id))
    }

    fn definition_of(&self, id: ItemId) -> Option<Rc<Definition>> {
        if let Some(known) = self.language.definitions.borrow().get(&id) {
            return known.clone();
        }
        let (file, item) = self.index.item(id);
        let rust = self.sources.file(file).language == Language::Rust;
        let text = self.index.cut(file).clean.get(item.span.range()).unwrap_or("");
        let root = if rust {
            parse(Text::plain(text.to_owned(), item.span), Language::Rust)
        } else {
            None
        };
        let read = root.and_then(|root| {
            let node = root.descendants().find(|node| node.role() == Some(Role::Type))?;
            definitions::read(&node).map(Rc::new)
        });
        self.language.definitions.borrow_mut().insert(id, read.clone());
        read
    }

    /// The fields of a structure type of the unit; none if it is something else.
    pub fn structure_fields(&self, ty: &Type) -> Vec<Field> {
        match types::base(ty).and_then(|name| self.definition(name)).as_deref() {
            Some(Definition::Structure(fields)) => fields.clone(),
            _ => Vec::new(),
        }
    }

    /// Whether the type is defined by the unit.
    pub fn is_own_type(&self, ty: &Type) -> bool {
        types::base(ty).is_some_and(|name| self.definition(name).is_some() || self.is_trait(name))
    }

    /// Whether the type is an enumeration: of the unit, or `Ordering`.
    pub fn is_enumeration(&self, ty: &Type) -> bool {
        let Some(name) = types::base(ty) else { return false };
        name == "Ordering" || matches!(self.definition(name).as_deref(), Some(Definition::Enumeration(_)))
    }

    /// The enumeration and variant that a path means.
    pub fn variant(&self, path: &[String]) -> Option<(String, Variant)> {
        let key = path.join("::");
        if let Some(known) = self.language.variants.borrow().get(&key) {
            return known.clone();
        }
        let found = self.find_variant(path);
        self.language.variants.borrow_mut().insert(key, found.clone());
        found
    }

    fn find_variant(&self, path: &[String]) -> Option<(String, Variant)> {
        for candidate in self.names().candidates(path) {
            let [.., holder, name] = &candidate[..] else { continue };
            let holder = match holder.as_str() {
                "Self" => self.names().self_type()?.to_owned(),
                _ => holder.clone(),
            };
            if let Some(found) = self.variant_of(&holder, name) {
                return Some((holder, found));
            }
            if let Type::Aggregate(target) = self.read_type(&holder)
                && let Some(found) = self.variant_of(&target, name)
            {
                return Some((target, found));
            }
        }
        None
    }

    fn variant_of(&self, holder: &str, name: &str) -> Option<Variant> {
        let mut found = self.definition(holder)?.variant(name)?.clone();
        if let Some(base) = found.base.take() {
            found.tag = found.tag.wrapping_add(self.constant_of(&base)? as i64);
        }
        Some(found)
    }

    /// A function of a type by name: its own before those of traits.
    pub fn function_of(&self, holder: &str, name: &str) -> Option<ItemId> {
        let items = self.functions_of(holder, name);
        let own = items
            .iter()
            .copied()
            .find(|&id| items.len() > 1 && traits::trait_of(self, id).is_none());
        own.or(items.first().copied())
    }

    /// All functions of a type by name: the implementations of one trait for several arguments have the same names.
    pub fn functions_of(&self, holder: &str, name: &str) -> Vec<ItemId> {
        let mut items = self.all_functions_of(holder, name);
        items.retain(|&id| self.may_name(id));
        items
    }

    /// The same with those that are private elsewhere.
    pub fn all_functions_of(&self, holder: &str, name: &str) -> Vec<ItemId> {
        let mut items = self.index.functions_from(self.file, name);
        items.retain(|&id| self.index.item(id).1.scope.last().is_some_and(|scope| scope == holder));
        items
    }

    /// The text of an item without what can never be compiled.
    pub fn item_text(&self, id: ItemId) -> &str {
        let (file, item) = self.index.item(id);
        self.index.cut(file).clean.get(item.span.range()).unwrap_or("")
    }

    /// The declared type of a constant or static.
    pub fn declared_type(&self, id: ItemId) -> Type {
        let text = self.item_text(id);
        let head = text.split_once('=').map_or(text, |(head, _)| head);
        match head.split_once(':') {
            Some((_, ty)) => self.read_type(ty.trim_end_matches(';')),
            None => Type::Unknown,
        }
    }

    /// Whether a name is that of a trait of the file.
    pub fn is_trait(&self, name: &str) -> bool {
        if let Some(known) = self.language.traits.borrow().get(name) {
            return *known;
        }
        let text = &self.index.cut(self.file).clean;
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let found = !name.is_empty()
            && text.match_indices("trait ").any(|(at, keyword)| {
                let rest = text[at + keyword.len()..].trim_start();
                rest.strip_prefix(name).is_some_and(|after| !after.starts_with(word))
            });
        self.language.traits.borrow_mut().insert(name.to_owned(), found);
        found
    }
}
