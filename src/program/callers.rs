//! Who may call a function: items that mention its name, directly, through macros, or through fields that hold it.

use super::Program;
use super::lowered::Lowered;
use crate::engine::{Body, Code, Initial};
use crate::ir::{Call, Callee, End, Expr, Function, Place, Stmt};
use crate::sinks::{is_named_after_mremap, last_segment};
use crate::syntax::cut::ItemKind;
use crate::syntax::index::ItemId;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Items that may hold callers of one function.
const ITEMS: usize = 400;
/// Macros that lead to each other.
const MACRO_DEPTH: usize = 5;

/// Items lowered so far because of what they mention, and what was learnt from them.
pub struct Callers {
    items: BTreeSet<ItemId>,
    /// Functions stored in fields, by name of the field.
    stored: BTreeMap<String, BTreeSet<String>>,
    /// Functions stored in globals and their elements, by name of the global.
    held: BTreeMap<String, BTreeSet<String>>,
    /// Names that more items mention than are looked at.
    common: BTreeSet<String>,
}

impl Callers {
    /// Nothing is known yet.
    pub fn new() -> Callers {
        Callers {
            items: BTreeSet::new(),
            stored: BTreeMap::new(),
            held: BTreeMap::new(),
            common: BTreeSet::new(),
        }
    }

    /// Whether not all that mentions a function's name was looked at for its callers.
    pub fn are_too_many(&self, name: &str) -> bool {
        self.common.contains(name)
    }

    /// Lowers items that were not looked at before, and learns what they store.
    fn take_in(&mut self, program: &Program, items: &BTreeSet<ItemId>) {
        let new: Vec<ItemId> = items.difference(&self.items).copied().collect();
        let lowered: Vec<Arc<Lowered>> = new.par_iter().map(|&id| program.lowered(id)).collect();
        self.items.extend(new);
        for lowered in lowered {
            let initializers = lowered.globals.iter().filter_map(|global| global.initializer.as_ref());
            for body in lowered.bodies.iter().chain(initializers) {
                self.note_stored(&body.function);
            }
        }
    }

    fn note_stored(&mut self, function: &Function) {
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            let Stmt::Set { to, value, .. } = statement else {
                continue;
            };
            if let (Some(place), Some(name)) = (place_name(to), function_name(value)) {
                let table = match to {
                    Place::Field(..) => &mut self.stored,
                    _ => &mut self.held,
                };
                table.entry(place.to_owned()).or_default().insert(name.to_owned());
            }
        }
    }

    /// The functions that may call a sink, in items that hold one or use a macro that does.
    pub fn with_sinks(&mut self, program: &Program) -> Vec<Arc<Body>> {
        let mut items = BTreeSet::new();
        for id in program
            .index
            .sink_items()
            .into_iter()
            .chain(program.index.macros_named_after_sinks())
        {
            self.add_item(program, id, MACRO_DEPTH, &mut items);
        }
        self.take_in(program, &items);
        // Operation tables and pointers: whoever reads a field or global that holds mremap somewhere may call it.
        for (field, functions) in self.stored.iter().chain(&self.held) {
            if functions.iter().any(|name| program.is_sink(name)) {
                for id in program.index.mentions(field).into_iter().take(ITEMS) {
                    self.add_item(program, id, 1, &mut items);
                }
            }
        }
        self.take_in(program, &items);
        let items: Vec<ItemId> = items.into_iter().collect();
        let lowered: Vec<Arc<Lowered>> = items.par_iter().map(|&id| program.lowered(id)).collect();
        let sink_holders = sink_holders(program, &lowered);
        lowered
            .iter()
            .flat_map(|lowered| wrappers(program, lowered, &sink_holders))
            .collect()
    }

    /// An item, or if it is a macro the items that use it.
    fn add_item(&self, program: &Program, id: ItemId, depth: usize, items: &mut BTreeSet<ItemId>) {
        let (_, item) = program.index.item(id);
        if !matches!(item.kind, ItemKind::Macro { .. }) {
            items.insert(id);
        } else if depth > 0 {
            for user in program.index.mentions(&item.name) {
                if user != id && items.len() < ITEMS * 4 {
                    self.add_item(program, user, depth - 1, items);
                }
            }
        }
    }

    /// The functions in items that mention a name, directly or through macros.
    pub fn mentioning(&self, program: &Program, name: &str) -> Vec<Arc<Body>> {
        let mut items = BTreeSet::new();
        for id in program.index.mentions(name).into_iter().take(ITEMS) {
            self.add_item(program, id, 1, &mut items);
        }
        items
            .iter()
            .flat_map(|&id| program.lowered(id).bodies.clone())
            .collect()
    }

    /// The functions that call one of some functions by its name or through a field that it is stored in.
    pub fn of<'b>(&mut self, program: &Program, bodies: impl Iterator<Item = &'b Body>) -> Vec<Arc<Body>> {
        let mut found = Vec::new();
        // Functions of one name have the same callers, which are looked for once.
        let mut known: BTreeMap<(&str, &str), Vec<Arc<Body>>> = BTreeMap::new();
        for body in bodies.filter(|body| !body.function.name.is_empty()) {
            let name = body.function.name.as_str();
            // `object(…)` calls an operator; whoever makes the object names its class.
            let class = body.function.scope.as_deref().map(last_segment);
            let written = class.filter(|_| name == "operator").unwrap_or(name);
            let callers = known
                .entry((name, written))
                .or_insert_with(|| self.of_name(program, name, written));
            let others = callers
                .iter()
                .filter(|caller| caller.function.whole != body.function.whole);
            found.extend(others.cloned());
            // Who calls the function that returns a closure, calls the closure.
            let giver = class.filter(|giver| gives(program, body, giver));
            found.extend(
                giver
                    .map(|giver| self.of_name(program, giver, giver))
                    .unwrap_or_default(),
            );
        }
        found
    }

    fn of_name(&mut self, program: &Program, name: &str, written: &str) -> Vec<Arc<Body>> {
        let mut items = BTreeSet::new();
        let mentions = program.index.mentions(written);
        if mentions.len() > ITEMS {
            self.common.insert(name.to_owned());
        }
        for id in mentions.into_iter().take(ITEMS) {
            if !only_bears(program, id, written) {
                self.add_item(program, id, MACRO_DEPTH, &mut items);
            }
        }
        for alias in aliases(program, name) {
            for id in program.index.mentions(&alias).into_iter().take(ITEMS) {
                self.add_item(program, id, 1, &mut items);
            }
        }
        self.take_in(program, &items);
        let mut holders = BTreeSet::new();
        for (field, functions) in self.stored.iter().chain(&self.held) {
            if functions.contains(name) {
                for id in program.index.mentions(field).into_iter().take(ITEMS) {
                    self.add_item(program, id, 1, &mut items);
                }
                holders.insert(field.clone());
            }
        }
        self.take_in(program, &items);
        let bodies = items.iter().flat_map(|&id| program.lowered(id).bodies.clone());
        bodies
            .filter(|caller| calls(&caller.function, name, &holders))
            .collect()
    }

    /// Functions stored in globals, over all items known so far.
    pub fn held_functions(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.held
    }

    /// Functions stored in fields, over all items known so far.
    pub fn stored_functions(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.stored
    }
}

/// Whether a function returns another that lies in it.
fn gives(program: &Program, inner: &Body, giver: &str) -> bool {
    let outer = program.functions(inner.file, giver, false);
    let is_inner = |path: &str| last_segment(path) == inner.function.name;
    inner.function.name.starts_with('{')
        && outer
            .iter()
            .any(|body| body.function.returned_functions().any(is_inner))
}

/// Whether an item mentions a name only as its own. Functions that a macro of the system or of a test framework makes all
/// bear the macro's name.
fn only_bears(program: &Program, id: ItemId, name: &str) -> bool {
    let (file, item) = program.index.item(id);
    let text = program.index.cut(file).clean.get(item.span.range()).unwrap_or("");
    item.kind == ItemKind::Function && item.name == name && text.matches(name).nth(1).is_none()
}

/// Other names under which imports bring in a name.
pub(super) fn aliases(program: &Program, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for id in program.index.mentions(name).into_iter().take(ITEMS) {
        let (_, item) = program.index.item(id);
        if item.kind != ItemKind::Import {
            continue;
        }
        let words: Vec<&str> = program
            .sources
            .slice(item.span)
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .collect();
        let renamed = words.windows(3).filter(|three| three[0] == name && three[1] == "as");
        found.extend(renamed.map(|three| three[2].to_owned()));
    }
    found
}

fn function_name(value: &Expr) -> Option<&str> {
    match value.uncast() {
        Expr::Function(name, _) => Some(name),
        _ => None,
    }
}

/// The wrappers of an item: functions that may call a sink, or a function of the item that may (a closure).
fn wrappers(program: &Program, lowered: &Lowered, sink_holders: &BTreeSet<String>) -> Vec<Arc<Body>> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    loop {
        let is_known =
            |body: &Body, name: &str| names.contains(last_segment(name)) || program.sink(body.file, name).is_some();
        let may = |body: &&Arc<Body>| may_call_sink(program, body, sink_holders, &|name| is_known(body, name));
        let found: Vec<&Arc<Body>> = lowered.bodies.iter().filter(may).collect();
        let next: BTreeSet<&str> = found.iter().map(|body| body.function.name.as_str()).collect();
        if next == names {
            return found.into_iter().cloned().collect();
        }
        names = next;
    }
}

/// Holders of sinks: the fields and globals that one is stored in.
fn sink_holders(program: &Program, lowered: &[Arc<Lowered>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for lowered in lowered {
        let initializers = lowered.globals.iter().filter_map(|global| global.initializer.as_ref());
        for body in lowered.bodies.iter().chain(initializers) {
            for statement in body.function.blocks.iter().flat_map(|block| &block.statements) {
                if let Stmt::Set { to, value, .. } = statement
                    && function_name(value).is_some_and(|name| program.sink(body.file, name).is_some())
                {
                    found.extend(place_name(to).map(str::to_owned));
                }
            }
        }
    }
    found
}

/// Whether a function calls a sink, or calls or takes as a value what `is_known` to be or lead to one, or calls what may hold
/// one.
fn may_call_sink(
    program: &Program,
    body: &Body,
    sink_holders: &BTreeSet<String>,
    is_known: &dyn Fn(&str) -> bool,
) -> bool {
    let holds_sink = |name: &str| sink_holders.contains(last_segment(name));
    let called = |call: &Call| match &call.callee {
        _ if call.sink.is_some() => true,
        Callee::Named(name) | Callee::Method(name) => holds_sink(name) || is_known(name),
        Callee::Unread => false,
        Callee::Pointer(pointer) => {
            let holds = match pointer.uncast() {
                Expr::Load(place, _, at) => match program.initial_function(body.file, place, *at) {
                    Initial::Functions { names, .. } => names.iter().any(|name| is_known(name)),
                    Initial::Other => false,
                    Initial::Unknown => place_name(place).is_some_and(holds_sink),
                },
                _ => false,
            };
            holds || call.expansion.iter().any(|step| is_named_after_mremap(&step.name))
        }
    };
    let is_taken = |value: &Expr| function_name(value).is_some_and(is_known);
    body.function.blocks.iter().any(|block| {
        let in_statement = |statement: &Stmt| match statement {
            Stmt::Call(call) => called(call) || call.arguments.iter().any(|argument| is_taken(&argument.value)),
            Stmt::Set { value, .. } => is_taken(value),
            _ => false,
        };
        let returned = matches!(&block.end, End::Return(Some(value), _) if is_taken(value));
        returned || block.statements.iter().any(in_statement)
    })
}

/// The field or global that a place is or lies in.
fn place_name(place: &Place) -> Option<&str> {
    match place {
        Place::Field(_, name) => Some(name),
        Place::Global(name) => Some(last_segment(name)),
        Place::Index(array, _) => place_name(array),
        _ => None,
    }
}

/// Whether a function calls something of a name, or what one of some fields and globals holds, or takes it as a value.
fn calls(function: &Function, name: &str, holders: &BTreeSet<String>) -> bool {
    let known = |path: &str| last_segment(path) == name;
    let is_taken = |value: &Expr| function_name(value).is_some_and(known);
    let statements = function.blocks.iter().flat_map(|block| &block.statements);
    statements.into_iter().any(|statement| match statement {
        Stmt::Call(call) => {
            let called = match &call.callee {
                Callee::Named(path) => known(path),
                Callee::Method(method) => known(method) || holders.contains(method),
                Callee::Pointer(Expr::Load(place, ..)) => place_name(place).is_some_and(|held| holders.contains(held)),
                Callee::Pointer(value) => is_taken(value),
                Callee::Unread => false,
            };
            called || call.arguments.iter().any(|argument| is_taken(&argument.value))
        }
        Stmt::Set { value, .. } => is_taken(value),
        _ => false,
    })
}
