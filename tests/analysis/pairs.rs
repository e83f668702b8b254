//! Programs in `tests/pairs` and the IR that they must print. Where the same program stands there in C and in Rust, both
//! must print the same text.

use std::path::Path;

use mremap_lint::inside::lower;
use mremap_lint::scan::Sinks;
use mremap_lint::source::{Language, SourceFile, Sources};

/// The IR of one file as text.
fn dumped(path: &Path) -> String {
    let language = match path.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => Language::Rust,
        Some("cpp") => Language::Cpp,
        _ => Language::C,
    };
    let text = std::fs::read_to_string(path).unwrap();
    let mut sources = Sources::default();
    sources.add(SourceFile::new(path.to_owned(), language, text));
    lower::dump(&sources, &Sinks::default())
}

/// `UPDATE_PAIRS=1` writes what the first language of each pair prints; read every change before it is committed.
#[test]
fn pairs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut failures = Vec::new();
    for path in paths
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension != "ir"))
    {
        let expected_path = path.with_extension("ir");
        let actual = dumped(path);
        let first = ["c", "cpp"]
            .iter()
            .any(|extension| path.with_extension(extension) == *path);
        if std::env::var_os("UPDATE_PAIRS").is_some() && (first || !expected_path.exists()) {
            std::fs::write(&expected_path, &actual).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        if actual != expected {
            failures.push(format!(
                "{}:\n--- expected\n{expected}\n--- printed\n{actual}",
                path.display()
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Prints the IR of the file that `DUMP` names.
#[test]
#[ignore = "a tool for developers"]
#[allow(clippy::print_stdout)]
fn dump() {
    if let Some(path) = std::env::var_os("DUMP") {
        println!("{}", dumped(Path::new(&path)));
    }
}
