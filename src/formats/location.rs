//! Paths and regions as formats write them.

use crate::paths::{percent_encoded, resolve, without_dots};
use crate::source::{SourceFile, Span};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder that paths in machine-readable formats are relative to: the working directory if all inputs lie in it, else
/// the deepest folder that holds them all.
#[derive(Clone, Debug)]
pub struct SourceRoot {
    working_directory: PathBuf,
    root: PathBuf,
    /// For a package of many: what its paths begin with in all formats, and what they may begin with themselves.
    package: Option<(PathBuf, Vec<PathBuf>)>,
    /// Paths asked for so far: a file has many findings, and each asks several times.
    known: RefCell<BTreeMap<PathBuf, PathBuf>>,
}

impl SourceRoot {
    /// The root for inputs given by these paths.
    pub fn new(working_directory: &Path, inputs: &[PathBuf]) -> SourceRoot {
        let working_directory = resolve(working_directory);
        let resolved: Vec<PathBuf> = inputs
            .iter()
            .map(|input| resolve(&working_directory.join(input)))
            .collect();
        let outside = resolved.iter().any(|input| !input.starts_with(&working_directory));
        let mut root = working_directory.clone();
        if outside {
            let mut folders = resolved.iter().map(|input| folder(input));
            root = folders.next().unwrap_or(root);
            for next in folders {
                root = common(&root, &next);
            }
        }
        SourceRoot {
            working_directory,
            root,
            package: None,
            known: RefCell::default(),
        }
    }

    /// The root of one package of many: in all formats its paths begin with its label, wherever it lies. `below`: what the paths of
    /// its files may begin with, the likeliest first.
    pub fn of_package(label: &str, below: Vec<PathBuf>) -> SourceRoot {
        let below = below.iter().map(|path| without_dots(path)).collect();
        SourceRoot {
            working_directory: PathBuf::new(),
            root: PathBuf::new(),
            package: Some((PathBuf::from(label), below)),
            known: RefCell::default(),
        }
    }

    /// The root as a `file:` URI that ends with a slash.
    pub fn uri(&self) -> String {
        let mut uri = format!("file://{}", percent_encoded(&self.root));
        if !uri.ends_with('/') {
            uri.push('/');
        }
        uri
    }

    /// A file's path below the root, links resolved. A link inside the root that leads out of it stays as it is.
    pub fn relative(&self, path: &Path) -> PathBuf {
        let mut known = self.known.borrow_mut();
        if let Some(relative) = known.get(path) {
            return relative.clone();
        }
        let relative = match &self.package {
            Some((label, below)) => in_package(label, below, path),
            None => self.below_root(path),
        };
        known.insert(path.to_path_buf(), relative.clone());
        relative
    }

    fn below_root(&self, path: &Path) -> PathBuf {
        let absolute = self.working_directory.join(path);
        let plain = without_dots(&absolute);
        let resolved = resolve(&absolute);
        let below = resolved
            .strip_prefix(&self.root)
            .or_else(|_| plain.strip_prefix(&self.root));
        below.unwrap_or(&plain).to_path_buf()
    }

    /// A file's URI relative to the root.
    pub fn relative_uri(&self, path: &Path) -> String {
        percent_encoded(&self.relative(path))
    }

    /// What fingerprints are made of: the relative URI, of a package without the label, so that they outlive its versions.
    pub(super) fn lasting_uri(&self, path: &Path) -> String {
        let relative = self.relative(path);
        let label = self.package.as_ref().map(|(label, _)| label);
        let below = label.and_then(|label| relative.strip_prefix(label).ok());
        percent_encoded(below.unwrap_or(&relative))
    }
}

/// A path that begins with the label. The package itself is the label and a slash.
fn in_package(label: &Path, below: &[PathBuf], path: &Path) -> PathBuf {
    let path = without_dots(path);
    let rests = below.iter().filter_map(|start| path.strip_prefix(start).ok());
    let rest = rests.into_iter().find(|rest| !rest.as_os_str().is_empty());
    label.join(rest.unwrap_or(Path::new("")))
}

/// The deepest folder that is or holds a path.
fn folder(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_path_buf();
    }
    path.parent().unwrap_or(path).to_path_buf()
}

fn common(one: &Path, other: &Path) -> PathBuf {
    let pairs = one.components().zip(other.components());
    pairs.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

/// A span as lines and columns from 1; columns count UTF-16 code units, the end is exclusive (SARIF 2.1.0, 3.30).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub start_line: u32,
    pub start_column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

impl Region {
    pub fn new(file: &SourceFile, span: Span) -> Region {
        let start = file.position(span.start);
        let end = file.position(span.end.max(span.start));
        Region {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_all_inputs() {
        let root = |inputs: &[&str]| {
            let inputs: Vec<PathBuf> = inputs.iter().map(PathBuf::from).collect();
            SourceRoot::new(Path::new("/nowhere/work"), &inputs).uri()
        };
        assert_eq!(root(&[]), "file:///nowhere/work/");
        assert_eq!(root(&[".", "src/../a.c"]), "file:///nowhere/work/");
        assert_eq!(root(&["/nowhere/one/a.c", "/nowhere/two/b.c"]), "file:///nowhere/");
        assert_eq!(root(&["../x y/a.c"]), "file:///nowhere/x%20y/");
    }

    #[test]
    fn paths_of_a_package_begin_with_its_label() {
        let folder = SourceRoot::of_package("ring_1.0", vec!["./pool/ring-1.0".into()]);
        assert_eq!(
            folder.relative_uri(Path::new("pool/ring-1.0/a b.c")),
            "ring_1.0/a%20b.c"
        );
        assert_eq!(folder.relative_uri(Path::new("./pool/ring-1.0")), "ring_1.0/");
        let here = SourceRoot::of_package("ring", vec![".".into()]);
        assert_eq!(here.relative_uri(Path::new("src/a.c")), "ring/src/a.c");
        let below = ["pool/ring_1.0-1", "pool/ring_1.0-1.dsc", "pool"].map(PathBuf::from);
        let debian = SourceRoot::of_package("ring_1.0-1", below.to_vec());
        for (path, expected) in [
            ("pool/ring_1.0-1/src/a.c", "ring_1.0-1/src/a.c"),
            ("pool/ring_1.0-1.dsc", "ring_1.0-1/ring_1.0-1.dsc"),
            ("pool/ring_1.0.orig.tar.xz", "ring_1.0-1/ring_1.0.orig.tar.xz"),
            ("elsewhere", "ring_1.0-1/"),
        ] {
            assert_eq!(debian.relative_uri(Path::new(path)), expected);
        }
    }

    #[test]
    fn fingerprints_do_not_know_versions() {
        let lasting = |label: &str, folder: &str| {
            let root = SourceRoot::of_package(label, vec![folder.into()]);
            root.lasting_uri(&Path::new(folder).join("src/a b.c"))
        };
        assert_eq!(lasting("ring_1.0", "old/ring-1.0"), "src/a%20b.c");
        assert_eq!(lasting("ring_2.0", "new/ring-2.0"), "src/a%20b.c");
        let root = SourceRoot::new(Path::new("/nowhere/work"), &[]);
        assert_eq!(root.lasting_uri(Path::new("src/a.c")), "src/a.c");
    }

    #[test]
    fn paths_are_relative_to_the_root() {
        let root = SourceRoot::new(Path::new("/nowhere/work"), &[PathBuf::from("src")]);
        assert_eq!(root.relative_uri(Path::new("./src/a.c")), "src/a.c");
        assert_eq!(root.relative_uri(Path::new("/nowhere/work/src/b.c")), "src/b.c");
    }
}
