//! Which function a name means where a type has several of it: its own, and those that traits give to it. Only code that
//! knows the type itself can mean the type's own; through a type parameter, `impl Trait`, `dyn Trait` or in a trait it is the
//! trait's. A private one is none that other modules can mean.

use super::names::segments;
use super::traits::trait_of;
use super::{Lower, instances, methods, types};
use crate::ir::Type;
use crate::source::Language;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::lexer;

/// What a method call means.
pub enum Meant {
    /// This function.
    One(ItemId),
    /// Any function of the name: what the receiver is seen as is not known.
    Any,
    /// None that is visible.
    Nothing,
}

/// The function that a method call on a type means, as far as the unit defines it.
pub fn method(lowering: &Lower<'_>, ty: &Type, name: &str) -> Meant {
    let base = types::base(ty);
    let of_traits = || base.and_then(|base| instances::given(lowering, base, name));
    if wrapped(lowering, name) {
        return Meant::Any;
    }
    let Some(own) = methods::own_method(lowering, ty, name) else {
        return of_traits().map_or(Meant::Nothing, Meant::One);
    };
    let (Some(base), None) = (base, trait_of(lowering, own)) else {
        return Meant::One(own);
    };
    let implemented = lowering.functions_of(base, name);
    let hidden = implemented.into_iter().find(|&id| trait_of(lowering, id).is_some());
    let Some(hidden) = hidden.or_else(of_traits) else {
        return Meant::One(own);
    };
    match seen_as(lowering, base) {
        Seen::Itself => Meant::One(own),
        Seen::Trait => Meant::One(hidden),
        Seen::Either => Meant::Any,
    }
}

/// Whether a pointer that is taken for what it holds has an own function of the name.
fn wrapped(lowering: &Lower<'_>, name: &str) -> bool {
    let mut items = lowering.index.functions(name).iter();
    items.any(|&id| {
        let holder = lowering.index.item(id).1.scope.last();
        holder.is_some_and(|holder| types::is_transparent(holder) && lowering.definition(holder).is_none())
    })
}

/// What a function sees values of a type as.
enum Seen {
    Itself,
    Trait,
    Either,
}

fn seen_as(lowering: &Lower<'_>, ty: &str) -> Seen {
    let text = lowering.item_text(lowering.names().item());
    let tokens = lexer::tokens(text, Language::Rust);
    let named = tokens.iter().any(|token| token.text(text) == ty);
    let in_trait = |holder: &String| lowering.is_trait(holder);
    let stands = lowering.names().is_stood_for(ty, in_trait);
    // Several types may have one name.
    let several = lowering.index.types(ty).len() > 1;
    match stands {
        _ if several || lowering.language.dynamic.contains(ty) => Seen::Either,
        true if named => Seen::Either,
        true => Seen::Trait,
        false => Seen::Itself,
    }
}

/// The trait and the type of `<Type as Trait>::name`.
pub fn qualified(text: &str) -> Option<(String, String)> {
    let inner = text.trim_start().strip_prefix('<')?;
    let tokens = lexer::tokens(inner, Language::Rust);
    let mut depth = 0_i32;
    let mut split = None;
    for token in &tokens {
        match token.text(inner) {
            "<" | "(" | "[" => depth += 1,
            ">" if depth == 0 => {
                let at: usize = split?;
                let (ty, of_trait) = (inner.get(..at)?, inner.get(at + 2..token.start as usize)?);
                return Some((segments(of_trait).pop()?, ty.trim().to_owned()));
            }
            ">" | ")" | "]" => depth -= 1,
            ">>" => depth -= 2,
            "as" if depth == 0 => split = Some(token.start as usize),
            _ => {}
        }
    }
    None
}

impl Lower<'_> {
    /// Notes that a value is seen as `dyn Trait` from here on, if the text of the type says so.
    pub fn note_dynamic(&mut self, text: &str, value: &Type) {
        let tokens = lexer::tokens(text, Language::Rust);
        if tokens.iter().any(|token| matches!(token.text(text), "dyn" | "impl"))
            && let Some(base) = types::base(types::behind(value))
        {
            self.language.dynamic.insert(base.to_owned());
        }
    }

    /// The last name of the scope of a type's function: one that a trait gives lies beside the type's own of the name.
    pub fn holder_of(&self, holder: &str, name: &str, of_trait: Option<&str>) -> String {
        let Some(of_trait) = of_trait else {
            return holder.to_owned();
        };
        let named = self.all_functions_of(holder, name).into_iter();
        match named.map(|id| trait_of(self, id)).any(|of_trait| of_trait.is_none()) {
            true => format!("<{holder} as {of_trait}>"),
            false => holder.to_owned(),
        }
    }

    /// The path by which the engine knows a function of the unit.
    pub fn function_path(&self, id: ItemId, name: &str) -> String {
        match self.index.item(id).1.scope.last() {
            Some(holder) if !self.is_trait(holder) => {
                let holder = self.holder_of(holder, &self.index.item(id).1.name, trait_of(self, id).as_deref());
                format!("{holder}::{name}")
            }
            _ => self.names().path_of(id, name),
        }
    }

    /// Whether the code that is being lowered may name a function: what is private in a module is seen in it alone.
    pub fn may_name(&self, id: ItemId) -> bool {
        let (file, item) = self.index.item(id);
        let module = self.names().module_of(&item.scope);
        if file != self.file || module.is_empty() || self.names().module_here().starts_with(module) {
            return true;
        }
        let head = self.item_text(id).split("fn ").next().unwrap_or("");
        let public = lexer::tokens(head, Language::Rust)
            .iter()
            .any(|token| token.text(head) == "pub");
        public || trait_of(self, id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualified_paths() {
        let split = |text| qualified(text).map(|(of_trait, ty)| format!("{ty}: {of_trait}"));
        assert_eq!(split("<A<B> as c::T<B>>::f").as_deref(), Some("A<B>: T"));
        assert_eq!(split("<A>::f"), None);
    }
}
