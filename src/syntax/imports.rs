//! Rust's `use` declarations from their text: which name stands for which path; and all those of a unit by name.

use super::cut::{Cut, ItemKind};
use super::lexer::{self, Token, TokenKind};
use crate::source::{FileId, Language};
use std::collections::HashMap;
use std::ops::Range;

/// How deep groups may nest.
const DEPTH: u32 = 32;

/// One name brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The name here; `*` for all names below the path.
    pub name: String,
    /// What it stands for, as written: `crate`, `self` and `super` are kept.
    pub path: Vec<String>,
}

/// A name brought in at the top of a module.
#[derive(Debug)]
pub struct ModuleImport {
    /// The file.
    pub file: FileId,
    /// The modules of the file that hold the declaration.
    pub scope: Vec<String>,
    /// What it brings in.
    pub import: Import,
}

/// All names that the modules of a unit bring in.
#[derive(Debug, Default)]
pub struct Imports {
    entries: Vec<ModuleImport>,
    files: Vec<Range<usize>>,
    named: HashMap<String, Vec<usize>>,
}

impl Imports {
    /// Reads the imports of all files, given in the order of their ids.
    pub fn new<'c>(cuts: impl Iterator<Item = (&'c Cut, Language)>) -> Imports {
        let mut imports = Imports::default();
        for (index, (cut, language)) in cuts.enumerate() {
            let start = imports.entries.len();
            if language == Language::Rust {
                imports.add(FileId(index as u32), cut);
            }
            imports.files.push(start..imports.entries.len());
        }
        for (index, entry) in imports.entries.iter().enumerate() {
            imports.named.entry(entry.import.name.clone()).or_default().push(index);
        }
        imports
    }

    fn add(&mut self, file: FileId, cut: &Cut) {
        for item in cut.items.iter().filter(|item| item.kind == ItemKind::Import) {
            let text = cut.clean.get(item.span.range()).unwrap_or("");
            let read = read(text).into_iter();
            let scope = &item.scope;
            self.entries.extend(read.map(|import| ModuleImport {
                file,
                scope: scope.clone(),
                import,
            }));
        }
    }

    /// Those of a file.
    pub fn of(&self, file: FileId) -> &[ModuleImport] {
        self.files
            .get(file.0 as usize)
            .map_or(&[], |range| &self.entries[range.clone()])
    }

    /// Those that bring a name in; `*` for those that bring all names of a module in.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &ModuleImport> {
        self.named
            .get(name)
            .into_iter()
            .flatten()
            .map(|&index| &self.entries[index])
    }
}

/// All names that the text of a `use` declaration, with or without visibility and attributes, brings in. `extern crate a as
/// b;` is read as well.
pub fn read(text: &str) -> Vec<Import> {
    let tokens = lexer::tokens(text, Language::Rust);
    let word = |token: &Token| token.text(text);
    let Some(start) = tokens.iter().position(|token| matches!(word(token), "use" | "crate")) else {
        return Vec::new();
    };
    // `pub(crate) use …`: the visibility's `crate` is no start.
    let start = tokens.iter().position(|token| word(token) == "use").unwrap_or(start);
    let mut reader = Reader {
        text,
        tokens: &tokens,
        at: start + 1,
        found: Vec::new(),
    };
    reader.tree(Vec::new(), 0);
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    found: Vec<Import>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |token| token.text(self.text))
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.peek() == text;
        self.at += usize::from(found);
        found
    }

    /// One tree: a path with an end, or with a group after it.
    fn tree(&mut self, prefix: Vec<String>, depth: u32) {
        let mut path = prefix;
        self.take("::");
        loop {
            if self.take("{") {
                return self.group(&path, depth);
            }
            if self.take("*") {
                return self.found.push(Import {
                    name: "*".to_owned(),
                    path,
                });
            }
            if self
                .tokens
                .get(self.at)
                .is_none_or(|token| token.kind != TokenKind::Identifier)
            {
                return;
            }
            let name = name(self.peek());
            self.at += 1;
            // `{self}` is the path before the group; a leading `self` is the module.
            if name != "self" || path.is_empty() {
                path.push(name.to_owned());
            }
            if !self.take("::") {
                break;
            }
        }
        let mut short = path.last().cloned().unwrap_or_default();
        if self.take("as") {
            short = name(self.peek()).to_owned();
            self.at += 1;
        }
        self.found.push(Import { name: short, path });
    }

    fn group(&mut self, prefix: &[String], depth: u32) {
        while depth < DEPTH && self.at < self.tokens.len() && !self.take("}") {
            let before = self.at;
            self.tree(prefix.to_vec(), depth + 1);
            self.take(",");
            // Something that is no tree: skipped, so that the reader moves on.
            self.at += usize::from(self.at == before);
        }
    }
}

/// A name without the mark of a raw identifier.
pub fn name(text: &str) -> &str {
    text.strip_prefix("r#").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_short(text: &str) -> Vec<String> {
        let show = |import: Import| format!("{}={}", import.name, import.path.join("::"));
        read(text).into_iter().map(show).collect()
    }

    #[test]
    fn forms() {
        let cases: [(&str, &[&str]); 11] = [
            ("use libc;", &["libc=libc"]),
            ("use libc::mremap;", &["mremap=libc::mremap"]),
            ("pub(crate) use libc::mremap as grow;", &["grow=libc::mremap"]),
            ("pub use ::nix::sys::mman::*;", &["*=nix::sys::mman"]),
            (
                "use libc::{self, c_void, mremap as m};",
                &["libc=libc", "c_void=libc::c_void", "m=libc::mremap"],
            ),
            ("use a::{b::{c, d as e}, f::*,};", &["c=a::b::c", "e=a::b::d", "*=a::f"]),
            ("use {a::b, c};", &["b=a::b", "c=c"]),
            ("use self::ffi::mremap;", &["mremap=self::ffi::mremap"]),
            ("use super::super::sys;", &["sys=super::super::sys"]),
            ("extern crate libc as c;", &["c=libc"]),
            ("use r#async::r#try;", &["try=async::try"]),
        ];
        for (text, expected) in cases {
            assert_eq!(read_short(text), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_ends() {
        for text in [
            "use ",
            "use a::{b",
            "use a::{{{",
            "use {,,,}",
            "use a::{=, b}",
            "fn f() {}",
        ] {
            read(text);
        }
        read(&format!("use {}", "a::{".repeat(100_000)));
    }
}
