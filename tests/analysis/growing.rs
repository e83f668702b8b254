//! A unit that gets more files while it is analysed: what is known of it in the end must not depend on that. What an earlier
//! analysis has worked out is used again only as far as the new files do not bear on it.

use mremap_lint::inside::program::{self, Options};
use mremap_lint::source::{Language, SourceFile, Sources};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The source files below a folder, in order.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the folder is readable");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> Option<SourceFile> {
    let language = match path.extension()?.to_str()? {
        "c" | "h" => Language::C,
        "cpp" | "hpp" => Language::Cpp,
        "rs" => Language::Rust,
        _ => return None,
    };
    let text = std::fs::read_to_string(path).ok()?;
    Some(SourceFile::new(path.to_path_buf(), language, text))
}

/// Compares an analysis that gets every `step`-th file at first and the others in three parts with one that has them all.
fn grows(folder: &str, step: usize) {
    let mut paths = Vec::new();
    files(&Path::new("tests/fixtures").join(folder), &mut paths);
    let paths = || paths.iter().enumerate();
    let first = paths().filter(|(index, _)| index % step == 0);
    let later: Vec<&PathBuf> = paths()
        .filter(|(index, _)| index % step != 0)
        .map(|one| one.1)
        .collect();
    let mut parts = later.chunks(later.len().div_ceil(3));

    let (mut growing, mut searches) = (Sources::default(), 0);
    for file in first.filter_map(|(_, path)| read(path)) {
        growing.add(file);
    }
    let grown = program::check_growing(&mut growing, &Options::default(), &mut |_| {
        searches += 1;
        let part = parts.next().unwrap_or_default();
        part.iter().filter_map(|path| read(path)).map(Arc::new).collect()
    });
    assert!(searches > 0, "{folder}: the unit asks for more");
    let mut whole = Sources::default();
    for file in growing.iter().filter_map(|(_, file)| read(&file.path)) {
        whole.add(file);
    }
    let (findings, problems) = program::check(&whole, &Options::default());
    assert!(!findings.is_empty(), "{folder} has findings");
    for (grown, whole) in grown.findings.iter().zip(&findings) {
        assert_eq!(
            format!("{grown:#?}"),
            format!("{whole:#?}"),
            "{folder}, every {step}th file first"
        );
    }
    assert_eq!(grown.findings.len(), findings.len());
    assert_eq!(grown.problems, problems);
}

#[test]
fn c_gives_the_same() {
    grows("c", 2);
    grows("c", 5);
}

#[test]
fn cpp_gives_the_same() {
    grows("cpp", 2);
    grows("cpp", 3);
}

#[test]
fn rust_gives_the_same() {
    grows("rust", 2);
    grows("rust", 3);
}
