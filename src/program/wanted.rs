//! What an analysis wants to know that the files at hand do not tell: the names that a search then looks for.

use super::explored::Explored;
use super::{Program, code};
use crate::engine::{Body, Code};
use crate::facts::Library;
use crate::ir::{Callee, Linkage};
use crate::outcome::ResultUse;
use crate::source::Language;
use crate::syntax::cut::ItemKind;
use crate::syntax::index::ItemId;
use crate::value::Cause;
use crate::verdict::{Class, Missing, result_use};
use std::collections::BTreeSet;

/// Functions that are called on the way to one possible zero and are searched for, to see whether they return.
const NAMES: usize = 8;

impl Program<'_> {
    /// Names whose definitions, writers or callers would tell more of what is unknown.
    pub(super) fn wanted(&self, explored: &[Explored]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for one in explored {
            let function = &one.body.function;
            for record in &one.records {
                match &record.class {
                    // Callers bring the value, or the object that it is in.
                    Class::Unknown(Missing::Parameter(_) | Missing::Field(_))
                        if self.is_called_elsewhere(&one.body) && !record.parameters.is_empty() =>
                    {
                        names.insert(function.name.as_str());
                    }
                    Class::Unknown(Missing::Global(name, false)) => {
                        names.insert(name);
                    }
                    // A definition of a library function elsewhere is not followed.
                    Class::Unknown(Missing::Result(name)) if self.library(name) == Library::default() => {
                        names.insert(name);
                    }
                    // The path may end where it is thought to go on.
                    Class::Maybe(origin) | Class::Zero(Some(origin)) if matches!(origin.birth(), Cause::Tested(_)) => {
                        names.extend(self.may_not_return(&one.body));
                    }
                    _ => {}
                }
                if matches!(record.class, Class::Unknown(_)) {
                    let asked = record.asked.iter().map(String::as_str);
                    names.extend(asked.filter(|name| self.library(name) == Library::default()));
                }
            }
        }
        let macros = self.macros_with_sinks();
        names.extend(macros.iter().map(String::as_str));
        let leads = |function: &String| self.is_sink(function) || names.contains(function.as_str());
        let held = self.stored.iter().chain(&self.held);
        let holders: Vec<&str> = held
            .filter(|(_, functions)| functions.iter().any(leads))
            .map(|(place, _)| place.as_str())
            .collect();
        names.extend(holders);
        // A macro of Rust is called with its mark.
        let plain = names
            .iter()
            .map(|name| code::last_segment(name).trim_end_matches('!').to_owned());
        plain.filter(|name| name.len() > 2).collect()
    }

    /// Functions that are not visible and whose results nobody looks at.
    fn may_not_return<'body>(&self, body: &'body Body) -> impl Iterator<Item = &'body str> {
        let calls = body.function.calls().filter(|call| call.sink.is_none());
        let unused = calls.filter(|call| result_use(&body.function, call) == ResultUse::Unused);
        let names = unused.filter_map(|call| match &call.callee {
            Callee::Named(name) => Some(name.as_str()),
            _ => None,
        });
        let is_open = move |name: &&str| {
            self.library(name) == Library::default() && self.functions(body.file, name, false).is_empty()
        };
        names.filter(is_open).take(NAMES)
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
