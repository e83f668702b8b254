//! Answers to the engine's questions about the program around a function.

use super::Program;
use crate::engine::{Body, Code, GlobalBody, Initial};
use crate::facts::{Library, external};
use crate::ir::{End, Expr, Function, Linkage, Place, SinkPositions, Stmt};
use crate::sinks::last_segment;
use crate::source::{FileId, Language, Span};
use crate::syntax::index::{ByName, ItemId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

/// Functions at most that may store to one global, if it is to be followed through all of them.
const WRITERS: usize = 8;

/// The qualifier of a name that functions of several namespaces may be meant by.
const ANY_NAMESPACE: &str = "*";

impl Program<'_> {
    /// Whether a name is that of a sink in any language.
    pub(super) fn is_sink(&self, name: &str) -> bool {
        [Language::C, Language::Cpp, Language::Rust]
            .into_iter()
            .any(|language| self.options.sinks.by_path(language, name).is_some())
    }

    /// Definitions that a name used in a file may mean: those of the same file if there are any, else those of the nearest
    /// folder, else all of the unit.
    pub(super) fn definitions(&self, from: FileId, path: &str, method: bool) -> Vec<Arc<Body>> {
        let name = last_segment(path);
        let mut found: Vec<Arc<Body>> = Vec::new();
        for id in self.items_of(from, path) {
            for body in &self.lowered(id).bodies {
                if body.function.name == name && self.sees(from, body.file, body.function.linkage) {
                    found.push(body.clone());
                }
            }
        }
        self.narrow(from, path, method, found)
    }

    /// The items that may define what a name means.
    fn items_of(&self, from: FileId, path: &str) -> Vec<ItemId> {
        let mut items = self.index.functions_from(from, last_segment(path));
        if items.is_empty()
            && let Some(holder) = path.rsplit("::").nth(1)
        {
            // A closure is named after the function that holds it, and lies in its item; an operator lies in its class.
            items = self.index.functions_from(from, holder);
            items.extend(self.index.types(holder));
        }
        items
    }

    /// Whether a name defined in one file can be used in another.
    fn sees(&self, from: FileId, definition: FileId, linkage: Linkage) -> bool {
        from == definition || linkage != Linkage::Private || self.sources.file(definition).is_included()
    }

    /// The items that can mean a private global or function of a file by its name.
    fn users(&self, file: FileId, name: &str) -> Vec<ItemId> {
        match self.sources.file(file).is_included() {
            true => self.index.mentions(name),
            false => self.index.mentions_in(file, name),
        }
    }

    fn narrow(&self, from: FileId, path: &str, method: bool, mut found: Vec<Arc<Body>>) -> Vec<Arc<Body>> {
        let qualifier = path.rsplit("::").nth(1).filter(|qualifier| !qualifier.is_empty());
        if let Some(qualifier) = qualifier
            && (self.sources.file(from).language == Language::Rust || qualifier.ends_with("<>"))
        {
            // Lowering has resolved the path: what is not there is outside the unit.
            found.retain(|body| body.function.scope.as_deref().map(last_segment) == Some(qualifier));
        }
        let mut keep_if_any = |test: &dyn Fn(&Body) -> bool| {
            if found.iter().any(|body| test(body)) {
                found.retain(|body| test(body));
            }
        };
        if qualifier == Some(ANY_NAMESPACE) {
            let is_class = |scope: &String| !self.index.types(last_segment(scope)).is_empty();
            keep_if_any(&|body| !body.function.scope.as_ref().is_some_and(is_class));
        } else if let Some(qualifier) = qualifier {
            keep_if_any(&|body| body.function.scope.as_deref().map(last_segment) == Some(qualifier));
        } else {
            keep_if_any(&|body| body.function.scope.is_some() == method);
        }
        let folder = |file: FileId| self.sources.file(file).path.parent().map(|path| path.to_owned());
        keep_if_any(&|body| folder(body.file) == folder(from));
        found
    }

    /// The functions that can be called from elsewhere among those that store to a private global, those that mention them,
    /// and so on. `None` if there are others, since the address of the global is let go of, or too many.
    fn find_writers(&self, global: &GlobalBody) -> Option<Vec<Arc<Body>>> {
        let name = &global.global.name;
        let mut found: BTreeMap<(Span, usize), Arc<Body>> = BTreeMap::new();
        let mut pending = vec![last_segment(name).to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(word) = pending.pop() {
            if !seen.insert(word.clone()) {
                continue;
            }
            if seen.len() > WRITERS * 8 || found.len() > WRITERS {
                return None;
            }
            let itself = word == last_segment(name);
            for id in self.users(global.file, &word) {
                let lowered = self.lowered(id);
                // A table that holds a function leads to it.
                for other in &lowered.globals {
                    let initializer = other.initializer.as_ref();
                    if initializer.is_some_and(|body| gives_away(&body.function, &word)) {
                        if other.global.linkage != Linkage::Private {
                            return None;
                        }
                        pending.push(last_segment(&other.global.name).to_owned());
                    }
                }
                for body in &lowered.bodies {
                    if itself && !touches(&body.function, name) {
                        continue;
                    }
                    if itself && self.lets_go(body, name) {
                        return None;
                    }
                    if !itself && gives_away(&body.function, &word) {
                        return None;
                    }
                    match body.function.linkage {
                        Linkage::Private => pending.push(body.function.name.clone()),
                        _ => drop(found.insert((body.function.whole, body.variant), body.clone())),
                    }
                }
            }
        }
        Some(found.into_values().collect())
    }

    /// The definitions that a global's name may mean in a file.
    fn globals(&self, from: FileId, name: &str) -> Vec<Arc<GlobalBody>> {
        // A local static is named after its function, and lies in its item.
        let holder = name
            .split_once("::")
            .map(|(function, _)| self.index.functions_from(from, function));
        let last = last_segment(name);
        let items = holder
            .into_iter()
            .flatten()
            .chain(self.index.variables_from(from, last))
            .chain(self.index.enumerators_from(from, last));
        let defined = |global: &&Arc<GlobalBody>| {
            let initialized = global.initializer.is_some();
            initialized && global.global.name == name && self.sees(from, global.file, global.global.linkage)
        };
        items
            .flat_map(|id| {
                self.lowered(id)
                    .globals
                    .iter()
                    .filter(defined)
                    .cloned()
                    .collect::<Vec<_>>()
            })
            .collect()
    }
}

impl Code for Program<'_> {
    fn functions(&self, from: FileId, name: &str, method: bool) -> Vec<Arc<Body>> {
        if self.options.stated.library(last_segment(name)).is_some() && !self.is_wrapper(name) {
            return Vec::new();
        }
        let mut found = self.definitions(from, name, method);
        // A unit that also holds an implementation of the library is still a user of the library elsewhere.
        if !method && self.library(name) != Library::default() {
            found.retain(|body| body.file == from);
        }
        found
    }

    fn may_be_visible(&self, from: FileId, name: &str) -> bool {
        !self.items_of(from, name).is_empty()
    }

    fn is_wrapper(&self, name: &str) -> bool {
        self.wrappers.contains(last_segment(name))
    }

    fn stored(&self, from: FileId, field: &str) -> Vec<Arc<Body>> {
        let names = self.stored.get(field).into_iter().flatten();
        names.flat_map(|name| self.definitions(from, name, false)).collect()
    }

    fn initial_function(&self, from: FileId, place: &Place, at: Span) -> Initial {
        let mut globals = place
            .root_global()
            .map(|name| self.globals(from, name))
            .unwrap_or_default();
        // A declaration of what is defined elsewhere says nothing.
        globals.retain(|global| global.initializer.is_some());
        // Of several tables of one name, each under its own condition, the one above the use is meant.
        let is_above = |global: &&Arc<GlobalBody>| global.file == at.file && global.global.at.start < at.start;
        let above = globals
            .iter()
            .filter(is_above)
            .max_by_key(|global| global.global.at.start);
        let meant = above.or(globals.first()).map(|global| global.global.at);
        let mut found = Initial::Unknown;
        let mut names: Vec<String> = Vec::new();
        let mut lasting = true;
        for global in globals.iter().filter(|global| Some(global.global.at) == meant) {
            lasting &= global.global.constant || self.is_frozen(global);
            let initializer = global.initializer.iter();
            let blocks = initializer.flat_map(|body| &body.function.blocks);
            for statement in blocks.flat_map(|block| &block.statements) {
                match pointed_to(statement, place) {
                    Pointed::At(name) if names.contains(name) => {}
                    Pointed::At(name) => names.push(name.clone()),
                    // Where the build chooses, or an index, a function rather than nothing.
                    Pointed::Nowhere => found = Initial::Other,
                    Pointed::Elsewhere => {
                        found = Initial::Other;
                        lasting = false;
                    }
                    Pointed::Untouched => {}
                }
            }
        }
        match names.is_empty() {
            true => found,
            false => Initial::Functions { names, lasting },
        }
    }

    fn global(&self, from: FileId, name: &str) -> Option<Arc<GlobalBody>> {
        let found = self.globals(from, name).into_iter().next()?;
        // What others make of it before `main` is not followed.
        let kept = found.global.constant || !self.is_set_at_start(found.file, name);
        kept.then_some(found)
    }

    fn is_frozen(&self, global: &Arc<GlobalBody>) -> bool {
        if global.global.linkage != Linkage::Private || global.global.volatile || global.initializer.is_none() {
            return false;
        }
        let name = &global.global.name;
        let key = (global.file, name.clone());
        if let Some(&known) = self.frozen.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known;
        }
        let items = self.users(global.file, last_segment(name));
        let touched = items.into_iter().any(|id| {
            let lowered = self.lowered(id);
            let initializers = lowered.globals.iter().filter(|other| other.global.name != *name);
            let initializers = initializers.filter_map(|global| global.initializer.as_ref());
            lowered
                .bodies
                .iter()
                .chain(initializers)
                .any(|body| touches(&body.function, name))
        });
        self.frozen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, !touched);
        !touched
    }

    fn writers(&self, global: &Arc<GlobalBody>) -> Option<Vec<Arc<Body>>> {
        if global.global.linkage != Linkage::Private || global.global.volatile {
            return None;
        }
        let key = (global.file, global.global.name.clone());
        if let Some(known) = self.writers.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let writers = self.find_writers(global);
        self.writers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, writers.clone());
        writers
    }

    fn before_main(&self) -> Arc<Vec<Arc<Body>>> {
        self.constructors()
    }

    fn sink(&self, from: FileId, name: &str) -> Option<SinkPositions> {
        self.options.sinks.by_path(self.sources.file(from).language, name)
    }

    fn stored_sink(&self, from: FileId, field: &str) -> Option<SinkPositions> {
        let names = self.stored.get(field).into_iter().flatten();
        names.filter_map(|name| self.sink(from, name)).next()
    }

    fn library(&self, name: &str) -> Library {
        let name = last_segment(name);
        let stated = self.options.stated.library(name);
        stated.unwrap_or_else(|| external::known(name))
    }
}

/// What a statement of an initialiser does with a pointer to functions.
enum Pointed<'ir> {
    /// It lets it point to the function of this name.
    At(&'ir String),
    Nowhere,
    /// To what is not a function by its name.
    Elsewhere,
    Untouched,
}

fn pointed_to<'ir>(statement: &'ir Stmt, place: &Place) -> Pointed<'ir> {
    match statement {
        Stmt::Set { to, value, .. } if to.is_same_part(place) => match value.uncast() {
            // A library function may not be known as one, but a table is initialised with constants.
            Expr::Function(name, _) | Expr::Load(Place::Global(name), ..) => Pointed::At(name),
            Expr::Const { bits: 0, .. } => Pointed::Nowhere,
            _ => Pointed::Elsewhere,
        },
        Stmt::Copy { to, from, .. } if to.is_same_part(place) => match from {
            Place::Global(name) => Pointed::At(name),
            _ => Pointed::Elsewhere,
        },
        Stmt::Havoc { place: to, .. } if to.is_same_part(place) => Pointed::Elsewhere,
        _ => Pointed::Untouched,
    }
}

/// Whether a function stores to a global or takes its address.
pub(super) fn touches(function: &Function, name: &str) -> bool {
    let stored = |place: &Place| is_in_global(place, name);
    let taken = |value: &Expr| takes_address(value, name, 64);
    function.blocks.iter().any(|block| {
        let by_statement = block.statements.iter().any(|statement| match statement {
            Stmt::Set { to, value, .. } => stored(to) || taken(value),
            Stmt::Copy { to, .. } => stored(to),
            Stmt::Clear { place, .. } | Stmt::Havoc { place, .. } => stored(place),
            Stmt::Call(call) => {
                call.to.as_ref().is_some_and(stored) || call.arguments.iter().any(|argument| taken(&argument.value))
            }
        });
        by_statement || matches!(&block.end, End::Return(Some(value), _) if taken(value))
    })
}

/// Whether a function stores the address of a function or global where others may find it, passes it on or returns it.
fn gives_away(function: &Function, name: &str) -> bool {
    let held = |value: &Expr| takes_address(value, name, 64);
    function.blocks.iter().any(|block| {
        let by_statement = block.statements.iter().any(|statement| match statement {
            Stmt::Set { to, value, .. } => !matches!(to, Place::Var(_)) && held(value),
            Stmt::Call(call) => call.arguments.iter().any(|argument| held(&argument.value)),
            _ => false,
        });
        by_statement || matches!(&block.end, End::Return(Some(value), _) if held(value))
    })
}

fn is_in_global(place: &Place, name: &str) -> bool {
    match place {
        Place::Global(global) => global == name,
        Place::Field(inner, _) | Place::Index(inner, _) => is_in_global(inner, name),
        _ => false,
    }
}

/// Whether the address of a global, or of a function, is among what a value is made of.
fn takes_address(value: &Expr, name: &str, depth: usize) -> bool {
    if depth == 0 {
        return true;
    }
    match value {
        Expr::Address(place, _) => is_in_global(place, name),
        Expr::Function(path, _) => last_segment(path) == name,
        Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => takes_address(inner, name, depth - 1),
        Expr::Binary(_, left, right, ..) => {
            takes_address(left, name, depth - 1) || takes_address(right, name, depth - 1)
        }
        _ => false,
    }
}
