//! Functions that stand for several: methods that a trait gives to its types, and functions of a type parameter. Each is
//! lowered once more for every type of its file that implements the trait, under a path that names the type.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::names::segments;
use super::signatures::Signature;
use super::{Lower, traits, types};
use crate::ir::{Argument, Callee};
use crate::source::{FileId, Span};
use crate::syntax::index::{ByName, ItemId};

/// For how many types one function is lowered.
const TYPES: usize = 8;

/// How long the head of an `impl` may be.
const HEAD: usize = 400;

/// The types that implement a trait in a file, by file and name of the trait.
pub type Implementations = BTreeMap<(FileId, String), Rc<Known>>;

/// Types that implement a trait.
#[derive(Debug, Default)]
pub struct Known {
    /// Types of the unit.
    types: Vec<String>,
    /// Whether these are all: no number, no type with parameters, nothing beyond the limit.
    complete: bool,
}

/// The name of the parameter that an item is lowered for several types of, and these types.
pub fn of(lowering: &Lower<'_>, id: ItemId, signature: &Signature) -> Option<(String, Vec<String>)> {
    let (file, item) = lowering.index.item(id);
    if let Some(holder) = item.scope.last().filter(|holder| lowering.is_trait(holder)) {
        let mut types = implementations(lowering, file, holder).types.clone();
        types.retain(|ty| {
            let mut own = lowering.all_functions_of(ty, &item.name).into_iter();
            own.all(|id| traits::trait_of(lowering, id).is_none_or(|of_trait| of_trait != *holder))
        });
        return Some(("Self".to_owned(), types));
    }
    let parameter = signature.parameter.as_ref()?;
    let traits = parameter.traits.iter().filter(|name| lowering.is_trait(name));
    let mut types: Vec<String> = traits
        .flat_map(|name| implementations(lowering, file, name).types.clone())
        .collect();
    types.sort();
    types.dedup();
    Some((parameter.name.clone(), types))
}

/// The function of a name that a trait gives to a type of the unit: a trait that is implemented for it, or the only one that
/// has such a function.
pub fn given(lowering: &Lower<'_>, ty: &str, name: &str) -> Option<ItemId> {
    lowering.definition(ty)?;
    let holder = |id| lowering.index.item(id).1.scope.last();
    let mut of_traits = lowering.index.functions_from(lowering.file, name);
    of_traits.retain(|&id| holder(id).is_some_and(|holder| lowering.is_trait(holder)));
    let implemented = |&id: &ItemId| {
        holder(id).is_some_and(|holder| {
            implementations(lowering, id.file, holder)
                .types
                .iter()
                .any(|own| own == ty)
        })
    };
    match of_traits.iter().copied().find(implemented) {
        Some(id) => Some(id),
        None => of_traits.first().copied().filter(|_| of_traits.len() == 1),
    }
}

/// The same by a path.
pub fn inherited(lowering: &Lower<'_>, path: &[String]) -> Option<ItemId> {
    let [.., holder, name] = path else { return None };
    given(lowering, lowering.holder(holder), name)
}

/// The types of the unit for which a file implements a trait.
fn implementations(lowering: &Lower<'_>, file: FileId, name: &str) -> Rc<Known> {
    let known = &lowering.language.implementations;
    let key = (file, name.to_owned());
    if let Some(found) = known.borrow().get(&key) {
        return found.clone();
    }
    let found = Rc::new(find_implementations(lowering, file, name));
    known.borrow_mut().insert(key, found.clone());
    found
}

fn find_implementations(lowering: &Lower<'_>, file: FileId, name: &str) -> Known {
    let text = &lowering.index.cut(file).clean;
    let (mut found, mut complete) = (Vec::new(), true);
    for (at, keyword) in text.match_indices("impl") {
        let rest = &text[at + keyword.len()..];
        let head = rest.split('{').next().unwrap_or("");
        if !head.starts_with([' ', '<']) || head.len() > HEAD {
            continue;
        }
        let (generic, head) = head.split_at(if head.starts_with('<') { closing(head) } else { 0 });
        let Some((implemented, ty)) = head.split_once(" for ") else {
            continue;
        };
        let ty = ty.split(" where").next().unwrap_or(ty).trim();
        let plain = ty.starts_with(|c: char| c.is_alphabetic()) && !generic.contains(&format!("{ty}:"));
        let (of_trait, ty) = (segments(implemented).pop(), segments(ty).pop());
        if of_trait.is_none_or(|of_trait| of_trait != name) {
            continue;
        }
        match ty.filter(|ty| plain && lowering.definition(ty).is_some()) {
            Some(ty) if !found.contains(&ty) => found.push(ty),
            Some(_) => {}
            None => complete = false,
        }
    }
    complete &= found.len() <= TYPES;
    found.truncate(TYPES);
    Known { types: found, complete }
}

/// Where the angle bracket that a text begins with has been closed.
fn closing(text: &str) -> usize {
    let (mut depth, mut before) = (0_usize, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
        before = c;
    }
    text.len()
}

/// Whether the functions for the types are all that there is: nobody outside of the file gives another type.
pub fn stand_for_all(
    lowering: &Lower<'_>,
    id: ItemId,
    signature: &Signature,
    parameter: &str,
    types: &[String],
) -> bool {
    let traits = signature.parameter.iter().flat_map(|parameter| &parameter.traits);
    let mut traits = traits.filter(|name| lowering.is_trait(name));
    let complete = traits.all(|name| implementations(lowering, id.file, name).complete);
    signature.private && parameter != "Self" && !types.is_empty() && complete
}

/// The scope of the function for one of its types.
pub fn scope(lowering: &Lower<'_>, id: ItemId, scope: Option<&str>, parameter: &str, ty: &str) -> String {
    let (_, item) = lowering.index.item(id);
    match parameter {
        "Self" => lowering.holder_of(ty, &item.name, item.scope.last().map(String::as_str)),
        // No type is written so: the last word of such a scope is the type.
        _ => format!("<{} {ty}>", scope.unwrap_or("")),
    }
}

/// The name of the type that the arguments give the type parameter.
fn given_by_argument(lowering: &mut Lower<'_>, signature: &Signature, values: &[Argument]) -> Option<String> {
    let receivers = values
        .len()
        .saturating_sub(signature.parameters.len() + signature.constants.len());
    let index = receivers + signature.parameter.as_ref()?.given_by?;
    let ty = lowering.value_type(&values.get(index)?.value);
    types::base(types::behind(&ty)).map(str::to_owned)
}

impl Lower<'_> {
    /// Does something while a type parameter, or `Self`, stands for a type.
    pub fn standing_for(&mut self, parameter: &str, ty: &str, inner: impl FnOnce(&mut Self)) {
        self.language.variants.take();
        let before = self.language.names.replace_meaning(parameter, Some(ty.to_owned()));
        inner(self);
        self.language.names.replace_meaning(parameter, before);
        self.language.variants.take();
    }

    /// The name of a function that a closure becomes, which is another one for each type.
    pub fn closure_name(&self, kind: &str, at: Span) -> String {
        format!("{{{kind}@{}{}}}", at.start, self.language.names.meanings_text())
    }

    /// The name of the type that `Self` or a parameter stands for, else the name itself.
    pub fn holder<'n>(&'n self, name: &'n str) -> &'n str {
        self.names().stands_for(name).unwrap_or(name)
    }

    /// The function that a call of an item with these arguments runs: that for the type, if there is one; if there is
    /// one for each type but the type is not visible, any of them. `own` is the type that a path or a receiver names,
    /// `given` the one among generic arguments.
    pub fn callee_for(
        &mut self,
        (id, name): (ItemId, &str),
        own: Option<&str>,
        given: Option<&str>,
        values: &[Argument],
    ) -> Callee {
        let general = self.function_path(id, name);
        let signature = self.signature(id);
        let Some((parameter, types)) = of(self, id, &signature) else {
            return Callee::Named(general);
        };
        let ty = match (parameter.as_str(), given) {
            ("Self", _) => self.implementor(own, values),
            (_, Some(given)) => Some(self.holder(given).to_owned()),
            (_, None) => given_by_argument(self, &signature, values),
        };
        match ty {
            Some(ty) if types.contains(&ty) => {
                let outer = general.rsplit_once("::").map(|(outer, _)| outer);
                Callee::Named(format!("{}::{name}", scope(self, id, outer, &parameter, &ty)))
            }
            Some(ty) if parameter == "Self" && self.has_for_trait(&ty, name, own) => {
                let of_trait = self.index.item(id).1.scope.last().map(String::as_str);
                Callee::Named(format!("{}::{name}", self.holder_of(&ty, name, of_trait)))
            }
            _ if stand_for_all(self, id, &signature, &parameter, &types) => Callee::Method(name.to_owned()),
            _ => Callee::Named(general),
        }
    }

    /// Whether a type has the function; with the path of a trait its own of the name is another.
    fn has_for_trait(&self, ty: &str, name: &str, own: Option<&str>) -> bool {
        let of_trait = own.is_some_and(|own| self.is_trait(self.holder(own)));
        let mut found = self.functions_of(ty, name).into_iter();
        found.any(|id| !of_trait || traits::trait_of(self, id).is_some())
    }

    /// The type whose method is called: the one that the path names, or with the path of a trait the receiver's.
    fn implementor(&mut self, own: Option<&str>, values: &[Argument]) -> Option<String> {
        let named = self.holder(own?).to_owned();
        if !self.is_trait(&named) {
            return Some(named);
        }
        let ty = self.value_type(&values.first()?.value);
        types::base(types::behind(&ty)).map(str::to_owned)
    }
}
