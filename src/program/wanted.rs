//! What an analysis wants to know that the files at hand do not tell: the names that a search then looks for.

use super::Program;
use super::callers::aliases;
use super::explored::Explored;
use crate::engine::{Body, Code};
use crate::facts::Library;
use crate::ir::{Call, Callee, Expr, Linkage, Place, VarId};
use crate::kernel::ResultUse;
use crate::sinks::last_segment;
use crate::source::Language;
use crate::syntax::cut::ItemKind;
use crate::syntax::index::ItemId;
use crate::value::Cause;
use crate::verdict::{Class, Missing, Record, result_use};
use std::collections::BTreeSet;

/// Functions that are called beside one call and are searched for, to see what they do with its old_size.
const NAMES: usize = 8;
/// Items that are looked at for other names of one function.
const MENTIONS: usize = 400;
/// How deep expressions are looked into.
const DEPTH: usize = 16;

impl Program<'_> {
    /// Names whose definitions, writers or callers would tell more of what is unknown.
    pub(super) fn wanted(&self, explored: &[Explored]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for evidence in explored.iter().map(|one| &one.evidence) {
            for record in &evidence.records {
                self.note_wanted(&evidence.body, record, &mut names);
            }
        }
        names.extend(self.macros_with_sinks());
        let holders = self.holders(&names);
        names.extend(holders);
        // A macro of Rust is called with its mark.
        let plain = names
            .iter()
            .map(|name| last_segment(name).trim_end_matches('!').to_owned());
        plain.filter(|name| name.len() > 2).collect()
    }

    /// Notes the names that would tell more of one record of a function.
    fn note_wanted(&self, body: &Body, record: &Record, names: &mut BTreeSet<String>) {
        let function = &body.function;
        match &record.class {
            // Callers bring the value, or the object that it is in.
            Class::Unknown(Missing::Parameter(_) | Missing::Field(_))
                if self.is_called_elsewhere(body) && !record.parameters.is_empty() =>
            {
                names.insert(function.name.clone());
                names.extend(self.other_names(&function.name));
            }
            Class::Unknown(Missing::Global(name, false)) => {
                names.insert(name.clone());
            }
            // A definition of a library function elsewhere is not followed.
            Class::Unknown(Missing::Result(name)) if self.library(name) == Library::default() => {
                names.insert(name.clone());
            }
            // The path may end where it is thought to go on.
            Class::Maybe(origin) | Class::Zero(Some(origin)) if matches!(origin.birth(), Cause::Tested(_)) => {
                let unused = |call: &Call| result_use(function, call) == ResultUse::Unused;
                names.extend(self.foreign_calls(body, unused));
            }
            _ => {}
        }
        if matches!(record.class, Class::Unknown(_)) {
            let asked = record.asked.iter();
            names.extend(asked.filter(|name| self.library(name) == Library::default()).cloned());
            // What gets old_size or its address may set it, test it, or make a mapping of it.
            let size = record.call.arguments.get(record.positions.old_size);
            let about = size.map(|size| variables(&size.value)).unwrap_or_default();
            let concerns = |call: &Call| {
                let given = call.arguments.iter().map(|argument| variables(&argument.value));
                given.flatten().any(|variable| about.contains(&variable))
            };
            names.extend(self.foreign_calls(&record.caller, concerns));
        }
    }

    /// Fields and globals that hold a sink, or a function that is wanted.
    fn holders(&self, wanted: &BTreeSet<String>) -> Vec<String> {
        let is_meant = |function: &String| self.is_sink(function) || wanted.contains(function);
        self.stored
            .iter()
            .chain(&self.held)
            .filter(|(_, functions)| functions.iter().any(is_meant))
            .map(|(holder, _)| holder.clone())
            .collect()
    }

    /// External functions, of calls of one kind.
    fn foreign_calls(&self, body: &Body, is_meant: impl Fn(&Call) -> bool) -> Vec<String> {
        let calls = body
            .function
            .calls()
            .filter(|call| call.sink.is_none() && is_meant(call));
        let names = calls.filter_map(|call| match &call.callee {
            Callee::Named(name) => Some(name),
            _ => None,
        });
        let is_open = |name: &&String| {
            self.library(name) == Library::default() && self.functions(body.file, name, false).is_empty()
        };
        names.filter(is_open).take(NAMES).cloned().collect()
    }

    /// Other names for a function: of imports, and of macros that stand for it.
    fn other_names(&self, name: &str) -> BTreeSet<String> {
        let mut found = aliases(self, name);
        for id in self.index.mentions(name).into_iter().take(MENTIONS) {
            let (file, item) = self.index.item(id);
            if matches!(item.kind, ItemKind::Macro { .. }) && self.is_seen_elsewhere(file) {
                found.insert(item.name.clone());
            }
        }
        found
    }

    /// Macros that hold a call or use one that does, where other files may use them: their users are wrappers' callers.
    fn macros_with_sinks(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut pending: Vec<ItemId> = self.index.sink_items();
        while let Some(id) = pending.pop() {
            let (file, item) = self.index.item(id);
            let is_macro = matches!(item.kind, ItemKind::Macro { .. });
            if is_macro && self.is_seen_elsewhere(file) && found.insert(item.name.clone()) {
                pending.extend(self.index.mentions(&item.name));
            }
        }
        found
    }

    /// Whether other files may call a function: one that is public, or stands in a header.
    fn is_called_elsewhere(&self, body: &Body) -> bool {
        let in_header = self.sources.file(body.file).language != Language::Rust && self.is_seen_elsewhere(body.file);
        body.function.linkage == Linkage::Public || in_header
    }

    /// Whether other files may see the macros of a file: a header, or any file of Rust.
    fn is_seen_elsewhere(&self, file: crate::source::FileId) -> bool {
        let file = self.sources.file(file);
        let extension = file
            .path
            .extension()
            .map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let is_unit = matches!(extension.as_deref(), Some("c" | "cc" | "cpp" | "cxx" | "c++"));
        file.language == Language::Rust || !is_unit
    }
}

/// The variables that an expression reads, or the addresses of which it takes.
fn variables(expression: &Expr) -> BTreeSet<VarId> {
    let mut found = BTreeSet::new();
    collect_variables(expression, &mut found, DEPTH);
    found
}

fn collect_variables(expression: &Expr, found: &mut BTreeSet<VarId>, depth: usize) {
    if depth == 0 {
        return;
    }
    match expression {
        Expr::Load(place, ..) | Expr::Address(place, ..) => collect_root(place, found, depth - 1),
        Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => collect_variables(inner, found, depth - 1),
        Expr::Binary(_, left, right, ..) => {
            collect_variables(left, found, depth - 1);
            collect_variables(right, found, depth - 1);
        }
        _ => {}
    }
}

fn collect_root(place: &Place, found: &mut BTreeSet<VarId>, depth: usize) {
    match place {
        Place::Var(variable) => {
            found.insert(*variable);
        }
        Place::Field(whole, _) | Place::Index(whole, _) if depth > 0 => collect_root(whole, found, depth - 1),
        Place::Deref(pointer) => collect_variables(pointer, found, depth),
        _ => {}
    }
}
