//! What is read of a tree, with names below its folder.

use std::path::Path;

use crate::support::tree::Tree;
use mremap_lint::inside::input::{Unit, units};
use mremap_lint::scan::InputOptions;
use mremap_lint::source::ProblemKind;

/// A call in a line of C, which is also a token of Rust.
pub(crate) const CALL: &str = "void *f(void *p) { return mremap(p, 0, 4096, 1); }\n";

/// What is read of a tree.
pub(crate) trait Read {
    fn options(&self, arguments: &[&str]) -> InputOptions;
    fn read_all(&self, options: &InputOptions) -> Vec<Seen>;
    /// The only unit that the arguments give.
    fn one(&self, arguments: &[&str]) -> Seen;
}

impl Read for Tree {
    fn options(&self, arguments: &[&str]) -> InputOptions {
        let path = |name: &&str| {
            if name.is_empty() {
                self.folder().to_path_buf()
            } else {
                self.path(name)
            }
        };
        InputOptions {
            paths: arguments.iter().map(path).collect(),
            ..InputOptions::default()
        }
    }

    fn read_all(&self, options: &InputOptions) -> Vec<Seen> {
        units(options).map(|unit| Seen::new(&unit, self.folder())).collect()
    }

    fn one(&self, arguments: &[&str]) -> Seen {
        let mut seen = self.read_all(&self.options(arguments));
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }
}

/// A unit with names below the temporary folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) root: String,
    pub(crate) sources: Vec<String>,
    pub(crate) others: Vec<String>,
    pub(crate) problems: Vec<(String, ProblemKind)>,
}

impl Seen {
    fn new(unit: &Unit, base: &Path) -> Seen {
        let name = |path: &Path| path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
        Seen {
            root: name(&unit.root),
            sources: unit.sources.iter().map(|(_, file)| name(&file.path)).collect(),
            others: unit.others.iter().map(|path| name(path)).collect(),
            problems: unit
                .problems
                .iter()
                .map(|problem| (name(&problem.path), problem.kind))
                .collect(),
        }
    }
}

pub(crate) fn only_text(tree: &Tree, name: &str) -> String {
    let unit = units(&tree.options(&[name])).next().expect("one argument makes a unit");
    assert_eq!(unit.problems, []);
    let (_, file) = unit.sources.iter().next().expect("the file holds the word");
    file.text.clone()
}
