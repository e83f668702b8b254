//! What Rust paths mean: imports, modules, re-exports, `extern` blocks, types and their associated items.
//!
//! Modules are matched by the ends of their paths, as the roots of crates are not known: `crate::sys::map` is `map` in
//! whatever module of the unit is called `sys`, a file of that name or folder included.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::generics;
use crate::lower::Unit;
use crate::source::{FileId, Language};
use crate::syntax::cut::NameKind;
use crate::syntax::imports::{self, Import, ModuleImport};
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::lexer;

/// How many imports one path may go through.
const FUEL: u32 = 12;

/// The names of a path, generic arguments left out. `<T as Trait>::N` is `T::N`.
pub fn segments(text: &str) -> Vec<String> {
    let tokens = lexer::tokens(text, Language::Rust);
    let (mut names, mut depth) = (Vec::new(), 0_usize);
    let mut taken = false;
    for (index, token) in tokens.iter().enumerate() {
        match token.text(text) {
            "<" if index == 0 => {}
            "<" => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            ">>" => depth = depth.saturating_sub(2),
            "as" if depth == 0 => taken = true,
            "::" if depth == 0 => taken = false,
            name if depth == 0 && token.is_name() && !taken => names.push(imports::name(name).to_owned()),
            _ => {}
        }
    }
    names
}

/// What a path means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An item of the unit.
    Item(ItemId),
    /// Something outside the unit, by its path from its crate; declared in an `extern` block: by its name alone.
    External(Vec<String>),
    /// Nothing visible has this name.
    Nothing,
}

/// What an item of a file sees, besides what the unit defines.
pub struct Names {
    item: ItemId,
    /// The generic parameters that the item sees.
    parameters: BTreeSet<String>,
    file: FileId,
    scope: Vec<String>,
    /// `use` declarations in the blocks around the current node, innermost last.
    blocks: Vec<Vec<Import>>,
    /// What `Self` means in an `impl` inside a function, and what the type parameters do that stand for a type.
    meanings: BTreeMap<String, String>,
    /// What was found so far, by path and kind of thing.
    found: RefCell<HashMap<(String, NameKind), Target>>,
}

impl Names {
    /// The names at an item.
    pub fn new(unit: Unit<'_>, id: ItemId) -> Names {
        let scope = unit.index.item(id).1.scope.clone();
        Names {
            item: id,
            parameters: generics::parameters(unit, id),
            file: id.file,
            scope,
            blocks: Vec::new(),
            meanings: BTreeMap::new(),
            found: RefCell::default(),
        }
    }

    /// Enters a block that brings names in.
    pub fn enter(&mut self, imports: Vec<Import>) {
        self.blocks.push(imports);
        self.found.take();
    }

    /// Leaves a block.
    pub fn leave(&mut self) {
        self.blocks.pop();
        self.found.take();
    }

    /// Brings another name into the innermost block.
    pub fn bring(&mut self, import: Import) {
        if let Some(block) = self.blocks.last_mut() {
            block.push(import);
        }
        self.found.take();
    }

    /// What `Self` and type parameters mean here, as text.
    pub fn meanings_text(&self) -> String {
        self.meanings.values().map(|meaning| format!(" {meaning}")).collect()
    }

    /// Changes what `Self` or a type parameter means; gives what it meant.
    pub fn replace_meaning(&mut self, name: &str, meaning: Option<String>) -> Option<String> {
        self.found.take();
        match meaning {
            Some(meaning) => self.meanings.insert(name.to_owned(), meaning),
            None => self.meanings.remove(name),
        }
    }
}

/// The names of an item together with those of the unit.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    unit: Unit<'a>,
    names: &'a Names,
}

impl<'a> Lookup<'a> {
    /// Ready to look names up.
    pub fn new(unit: Unit<'a>, names: &'a Names) -> Lookup<'a> {
        Lookup { unit, names }
    }

    /// The type that an `impl` block or trait around the item is for.
    pub fn self_type(self) -> Option<&'a str> {
        let around = self.names.scope.last().filter(|name| self.is_type(name));
        self.names.meanings.get("Self").or(around).map(String::as_str)
    }

    /// The type that `Self` or a type parameter stands for here.
    pub fn stands_for(self, name: &str) -> Option<&'a str> {
        match name {
            "Self" => self.self_type(),
            _ => self.names.meanings.get(name).map(String::as_str),
        }
    }

    /// The item itself.
    pub fn item(self) -> ItemId {
        self.names.item
    }

    /// Whether a type parameter, or `Self` in a trait, stands for a type.
    pub fn is_stood_for(self, ty: &str, is_trait: impl Fn(&String) -> bool) -> bool {
        let mut meanings = self.names.meanings.iter().filter(|(_, meaning)| *meaning == ty);
        meanings.any(|(name, _)| name != "Self" || self.names.scope.last().is_some_and(&is_trait))
    }

    /// Whether a name is that of a generic parameter of which nothing is known here.
    pub fn is_open(self, name: &str) -> bool {
        self.names.parameters.contains(name) && !self.names.meanings.contains_key(name)
    }

    /// Whether a path goes through a type parameter, or on from a type to one that it is associated with.
    pub fn is_projected(self, path: &[String]) -> bool {
        let Some(first) = path.first().filter(|_| path.len() > 1) else {
            return false;
        };
        self.is_open(first) || path.len() > 2 && self.stands_for(first).is_some()
    }

    /// The module that the item lies in.
    pub fn module_here(self) -> &'a [String] {
        self.module(&self.names.scope)
    }

    /// The part of a scope that is modules, not types.
    pub fn module_of(self, scope: &[String]) -> &[String] {
        self.module(scope)
    }

    /// What a path means as a thing of a kind.
    pub fn find(&self, path: &[String], kind: NameKind) -> Target {
        let key = (path.join("::"), kind);
        if let Some(known) = self.names.found.borrow().get(&key) {
            return known.clone();
        }
        if self.is_projected(path) {
            return Target::External(path.to_vec());
        }
        let meaning = path.first().and_then(|first| self.stands_for(first));
        let own = meaning.map(|meaning| [&[meaning.to_owned()][..], &path[1..]].concat());
        let scope = self.module(&self.names.scope);
        let found = self.find_in(self.names.file, scope, own.as_deref().unwrap_or(path), kind, FUEL);
        self.names.found.borrow_mut().insert(key, found.clone());
        found
    }

    /// The paths that a path may stand for, itself first: through imports of its first name, and below the modules and
    /// types whose names are all brought in.
    pub fn candidates(&self, path: &[String]) -> Vec<Vec<String>> {
        let mut found = vec![path.to_vec()];
        let Some((first, rest)) = path.split_first() else {
            return found;
        };
        let scope = self.module(&self.names.scope);
        let in_file = self
            .unit
            .index
            .imports()
            .of(self.names.file)
            .iter()
            .filter(|entry| entry.scope == scope)
            .map(|entry| &entry.import);
        for import in self.names.blocks.iter().flatten().chain(in_file) {
            if import.name == *first && (import.path.last() != Some(first) || rest.is_empty()) {
                found.push([&import.path[..], rest].concat());
            } else if import.name == "*" {
                found.push([&import.path[..], path].concat());
            }
        }
        found
    }

    /// The path by which the engine knows an item: its name, after the last module or type that holds it.
    pub fn path_of(&self, id: ItemId, name: &str) -> String {
        match self.unit.index.item(id).1.scope.last() {
            Some(holder) => format!("{holder}::{name}"),
            None => name.to_owned(),
        }
    }

    /// The part of a scope that is modules, not types.
    fn module(self, scope: &[String]) -> &[String] {
        let types = scope.iter().rev().take_while(|name| self.is_type(name)).count();
        &scope[..scope.len() - types]
    }

    fn is_type(&self, name: &str) -> bool {
        name.starts_with(|c: char| c.is_uppercase()) || !self.unit.index.types(name).is_empty()
    }

    fn find_in(&self, file: FileId, scope: &[String], path: &[String], kind: NameKind, fuel: u32) -> Target {
        let (Some((first, rest)), true) = (path.split_first(), fuel > 0) else {
            return Target::Nothing;
        };
        match first.as_str() {
            "crate" | "_crate" | "$crate" => return self.below(file, &[], rest, kind, fuel),
            "self" => return self.below(file, scope, rest, kind, fuel),
            "super" => return self.above(file, scope, rest, kind, fuel),
            _ => {}
        }
        if let Some(found) = self.imported(file, scope, path, kind, fuel) {
            return found;
        }
        if rest.is_empty() {
            if let Some(found) = self.member(file, scope, first, kind) {
                return found;
            }
        } else if let Some(found) = self.qualified(file, path, kind, fuel) {
            return found;
        }
        let found = self.through_globs(file, scope, path, kind, fuel);
        match found {
            Target::Nothing if !rest.is_empty() => Target::External(external(path)),
            found => found,
        }
    }

    fn above(&self, file: FileId, scope: &[String], path: &[String], kind: NameKind, fuel: u32) -> Target {
        match (scope.split_last(), path.split_first()) {
            (Some((_, parent)), Some((next, rest))) if next == "super" => self.above(file, parent, rest, kind, fuel),
            (Some((_, parent)), _) => self.below(file, parent, path, kind, fuel),
            // The parent is another file: whichever has the name.
            (None, _) => self.below(file, &[], path, kind, fuel),
        }
    }

    /// A path whose first segment is a module or type of the unit.
    fn qualified(&self, file: FileId, path: &[String], kind: NameKind, fuel: u32) -> Option<Target> {
        let (name, holders) = path.split_last()?;
        let found = self.below(file, holders, std::slice::from_ref(name), kind, fuel);
        (found != Target::Nothing).then_some(found)
    }

    /// What `path` means below a module.
    fn below(&self, file: FileId, module: &[String], path: &[String], kind: NameKind, fuel: u32) -> Target {
        let Some((name, middle)) = path.split_last() else {
            return Target::Nothing;
        };
        let module = [module, middle].concat();
        if let Some(found) = self.member(file, &module, name, kind) {
            return found;
        }
        let imports = self.unit.index.imports();
        for entry in imports.named(name).chain(imports.named("*")) {
            if !self.ends_with(entry.file, &entry.scope, &module, file) {
                continue;
            }
            let all = entry.import.name == "*";
            let imported = match all {
                true => [&entry.import.path[..], std::slice::from_ref(name)].concat(),
                false => entry.import.path.clone(),
            };
            let found = self.follow(entry, &imported, name, kind, fuel - 1);
            if found != Target::Nothing && (!all || self.is_known(&found)) {
                return found;
            }
        }
        Target::Nothing
    }

    /// A member of a module or type by name: of this file if it has one, else of any file.
    fn member(&self, file: FileId, module: &[String], name: &str, kind: NameKind) -> Option<Target> {
        let items = self.unit.index.defining(kind, name).iter().copied();
        let named = items.filter(|&id| self.is_named(id, name, kind));
        let fitting: Vec<ItemId> = named.filter(|&id| self.is_member(id, module, file)).collect();
        let near = fitting.iter().find(|id| id.file == file);
        if let Some(&id) = near.or(fitting.first()) {
            return Some(Target::Item(id));
        }
        // A prototype that is not a trait's stands in an `extern` block.
        let declared = self.unit.index.declarations(name).iter().any(|&id| {
            let (_, item) = self.unit.index.item(id);
            let in_trait = item.scope.last().is_some_and(|holder| self.is_type(holder));
            kind == NameKind::Function && !in_trait && self.is_member(id, module, file)
        });
        let libc = vec!["libc".to_owned(), name.to_owned()];
        let known = self.unit.sinks.by_path(Language::Rust, &libc.join("::")).is_some();
        declared.then(|| Target::External(if known { libc } else { vec![name.to_owned()] }))
    }

    fn is_member(&self, id: ItemId, module: &[String], file: FileId) -> bool {
        let (_, item) = self.unit.index.item(id);
        // What lies in a function is its own; lowering finds it in the blocks.
        self.unit.sources.file(id.file).language == Language::Rust && self.ends_with(id.file, &item.scope, module, file)
    }

    /// Whether an item is what it is named for: functions in the body of another stand under their own names as well.
    fn is_named(&self, id: ItemId, name: &str, kind: NameKind) -> bool {
        kind == NameKind::Enumerator || self.unit.index.item(id).1.name == name
    }

    /// Whether the module `scope` of a file may be what `module`, named in the file `from`, means.
    fn ends_with(&self, file: FileId, scope: &[String], module: &[String], from: FileId) -> bool {
        if module.is_empty() {
            return scope.is_empty();
        }
        if file == from && scope == module {
            return true;
        }
        // A path that begins at a type may name its module or not: `Buffer::grow` in `mod a { impl Buffer … }`.
        let mut whole = self.unit.index.module(file).iter().chain(scope).rev();
        module.iter().rev().all(|name| whole.next() == Some(name))
    }

    /// What an explicit import of the path's first name makes of it.
    fn imported(&self, file: FileId, scope: &[String], path: &[String], kind: NameKind, fuel: u32) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let in_blocks = (file == self.names.file).then(|| {
            self.names
                .blocks
                .iter()
                .rev()
                .flatten()
                .find(|import| import.name == *first)
        });
        if let Some(import) = in_blocks.flatten() {
            return Some(self.substitute(file, scope, &import.path, first, rest, kind, fuel));
        }
        let entry = self
            .unit
            .index
            .imports()
            .of(file)
            .iter()
            .find(|entry| entry.scope == scope && entry.import.name == *first)?;
        Some(self.substitute(file, scope, &entry.import.path, first, rest, kind, fuel))
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "a path in its two halves, and where it is seen from"
    )]
    fn substitute(
        &self,
        file: FileId,
        scope: &[String],
        target: &[String],
        name: &str,
        rest: &[String],
        kind: NameKind,
        fuel: u32,
    ) -> Target {
        let path = [target, rest].concat();
        // `use libc;` says no more than that it is a crate; `use a as b` with `mod a` here would be found as a member.
        match target.first().is_some_and(|first| first == name) {
            true => match self.qualified(file, &path, kind, fuel - 1).filter(|_| path.len() > 1) {
                Some(found) => found,
                None => Target::External(external(&path)),
            },
            false => match self.find_in(file, scope, &path, kind, fuel - 1) {
                Target::Nothing => Target::External(external(&path)),
                found => found,
            },
        }
    }

    fn follow(&self, entry: &ModuleImport, path: &[String], name: &str, kind: NameKind, fuel: u32) -> Target {
        match path.first().is_some_and(|first| first == name) && path.len() == 1 {
            true => Target::Nothing,
            false => self.find_in(entry.file, &entry.scope, path, kind, fuel),
        }
    }

    /// What the path means below one of the modules whose names are all brought in.
    fn through_globs(&self, file: FileId, scope: &[String], path: &[String], kind: NameKind, fuel: u32) -> Target {
        let in_blocks = self.names.blocks.iter().flatten().filter(|_| file == self.names.file);
        let in_file = self
            .unit
            .index
            .imports()
            .of(file)
            .iter()
            .filter(|entry| entry.scope == scope)
            .map(|entry| &entry.import);
        for import in in_blocks.chain(in_file).filter(|import| import.name == "*") {
            // Modules that bring in each other's names would be gone through in every order.
            let found = self.find_in(
                file,
                scope,
                &[&import.path[..], path].concat(),
                kind,
                fuel.min(12).saturating_sub(5),
            );
            if self.is_known(&found) {
                return found;
            }
        }
        Target::Nothing
    }

    /// Whether a target found by a guess is there: an item, or what the table of sinks names.
    fn is_known(&self, target: &Target) -> bool {
        match target {
            Target::Item(_) => true,
            Target::External(path) => {
                path.len() == 1 || self.unit.sinks.by_path(Language::Rust, &path.join("::")).is_some()
            }
            Target::Nothing => false,
        }
    }
}

/// The path of something outside the unit in one spelling: `core` and `alloc` are `std`, and what a crate re-exports of
/// `libc` is `libc`'s.
fn external(path: &[String]) -> Vec<String> {
    let start = path.iter().rposition(|name| name == "libc").unwrap_or(0);
    let mut path = path[start..].to_vec();
    if let Some(first) = path.first_mut()
        && matches!(first.as_str(), "core" | "alloc")
    {
        *first = "std".to_owned();
    }
    path
}
