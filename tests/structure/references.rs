//! Which module refers to which, read from the paths in the sources.

use super::files::sources;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The path of a module below the crate, which is empty itself.
pub type Module = Vec<String>;

/// What a file says of others: paths as written, and the name that each brings into scope.
#[derive(Default)]
struct Text {
    /// Paths that begin with `crate`, `super` or `self`.
    paths: Vec<Vec<String>>,
    /// The same of tests inside the file, where `super` is the file.
    in_tests: Vec<Vec<String>>,
    /// All `use` lines of the file itself.
    imports: BTreeMap<String, Vec<String>>,
}

/// All modules that are files.
pub struct Modules {
    texts: BTreeMap<Module, Text>,
}

impl Modules {
    /// Reads the sources of the crate.
    pub fn read() -> Modules {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        sources(&root, &mut files);
        files.retain(|path| *path != root.join("main.rs"));
        let texts = files.iter().map(|path| {
            let below = path
                .strip_prefix(&root)
                .expect("found below the root")
                .with_extension("");
            let parts = below.iter().map(|part| part.to_string_lossy().into_owned());
            let module = parts.filter(|part| part != "lib").collect();
            (module, read(&fs::read_to_string(path).expect("sources are text")))
        });
        Modules { texts: texts.collect() }
    }

    /// Those that lie directly in the crate.
    pub fn top_level(&self) -> BTreeSet<&str> {
        let firsts = self.texts.keys().filter_map(|module| module.first());
        firsts.map(String::as_str).collect()
    }

    /// Pairs of modules of which the first refers to the second, and neither lies in the other.
    pub fn references(&self) -> BTreeSet<(Module, Module)> {
        let mut found = BTreeSet::new();
        for (module, text) in &self.texts {
            let tests = [&module[..], &["tests".to_owned()]].concat();
            let mut meant = Vec::new();
            text.paths
                .iter()
                .for_each(|path| self.resolve(module, path, &mut meant));
            text.in_tests
                .iter()
                .for_each(|path| self.resolve(&tests, path, &mut meant));
            meant.retain(|other| !other.starts_with(module) && !module.starts_with(other));
            found.extend(meant.into_iter().map(|other| (module.clone(), other)));
        }
        found
    }

    /// The modules that a path leads to: that which has what it names, and those that only hand it on.
    fn resolve(&self, from: &[String], path: &[String], meant: &mut Vec<Module>) {
        let mut at = if path[0] == "crate" {
            Module::new()
        } else {
            from.to_vec()
        };
        for (index, name) in path.iter().enumerate() {
            let inner = [&at[..], std::slice::from_ref(name)].concat();
            match name.as_str() {
                "crate" | "self" => {}
                "super" => at.truncate(at.len().saturating_sub(1)),
                _ if self.texts.contains_key(&inner) => at = inner,
                _ => {
                    let import = self.texts.get(&at).and_then(|text| text.imports.get(name));
                    // A module that shares its name with what is taken from it is met above.
                    if let Some(import) = import.filter(|import| path[index..] != import[..]) {
                        self.resolve(&at, &[import, &path[index + 1..]].concat(), meant);
                    }
                    break;
                }
            }
        }
        meant.push(at);
    }
}

/// Reads one file. Comments may point anywhere.
fn read(text: &str) -> Text {
    let code = text.lines().map(|line| match line.trim_start().starts_with("//") {
        true => "",
        false => line.split(" // ").next().unwrap_or(""),
    });
    let code = code.collect::<Vec<_>>().join("\n");
    let (own, tests) = code.split_once("\nmod tests {").unwrap_or((&code, ""));
    Text {
        paths: relative_paths(own),
        in_tests: relative_paths(tests),
        imports: imports(own),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// All paths that begin in this crate, `use` or not.
fn relative_paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            if !code[..at].ends_with(|c| is_word(c) || c == ':') {
                leaves(&code[at..], &[], &mut found);
            }
        }
    }
    found.into_iter().map(|(path, _)| path).collect()
}

/// The names that `use` lines at the margin bring into scope, with their paths.
fn imports(code: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = &code[line..at];
        if before.is_empty() || before.starts_with("pub") {
            leaves(&code[at + "use ".len()..], &[], &mut found);
        }
    }
    found.into_iter().map(|(path, name)| (name, path)).collect()
}

/// The paths of a tree as `use` has it, each with the name that it brings into scope. Returns what follows the tree.
fn leaves<'t>(text: &'t str, before: &[String], found: &mut Vec<(Vec<String>, String)>) -> &'t str {
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return rest;
            }
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            rest = leaves(rest, before, found).trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
    }
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    // What is no name, as `*`, ends a path and is left out of it.
    let (name, rest) = text.split_at(end.max(text.chars().next().map_or(0, char::len_utf8)));
    let mut path = before.to_vec();
    path.extend((end > 0).then(|| name.to_owned()));
    if let Some(inner) = rest.strip_prefix("::").filter(|_| end > 0) {
        return leaves(inner, &path, found);
    }
    let alias = rest.strip_prefix(" as ").map(|alias| {
        let end = alias.find(|c| !is_word(c)).unwrap_or(alias.len());
        alias.split_at(end)
    });
    let (name, rest) = alias.unwrap_or((name, rest));
    if !path.is_empty() {
        found.push((path, name.to_owned()));
    }
    rest
}
