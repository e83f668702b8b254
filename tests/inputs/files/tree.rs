//! A temporary folder of files, and what is read of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mremap_lint::input::{InputOptions, Unit, units};
use mremap_lint::source::ProblemKind;

/// A call in a line of C, which is also a token of Rust.
pub(crate) const CALL: &str = "void *f(void *p) { return mremap(p, 0, 4096, 1); }\n";

/// A folder that is removed at the end.
pub(crate) struct Tree {
    pub(crate) folder: tempfile::TempDir,
}

impl Tree {
    pub(crate) fn new(files: &[(&str, &str)]) -> Tree {
        let tree = Tree {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        for (name, text) in files {
            tree.write(name, text.as_bytes());
        }
        tree
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a new folder");
        fs::write(path, bytes).expect("a new file");
    }

    pub(crate) fn fifo(&self, name: &str) {
        let status = Command::new("mkfifo")
            .arg(self.path(name))
            .status()
            .expect("mkfifo runs");
        assert!(status.success());
    }

    pub(crate) fn options(&self, arguments: &[&str]) -> InputOptions {
        let root = self.folder.path();
        let path = |name: &&str| {
            if name.is_empty() {
                root.to_path_buf()
            } else {
                root.join(name)
            }
        };
        InputOptions {
            paths: arguments.iter().map(path).collect(),
            ..InputOptions::default()
        }
    }

    pub(crate) fn read(&self, options: &InputOptions) -> Vec<Seen> {
        units(options)
            .map(|unit| Seen::new(&unit, self.folder.path()))
            .collect()
    }

    /// The only unit that the arguments give.
    pub(crate) fn one(&self, arguments: &[&str]) -> Seen {
        let mut seen = self.read(&self.options(arguments));
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
