//! Files and functions stay small enough to be read at once.

use std::fs;
use std::path::Path;

use crate::files::sources;

/// Lines of a file. What is longer has more than one subject; what has one subject is not cut for fewer.
const FILE: usize = 700;
/// Lines of a function, its head and closing brace included.
const FUNCTION: usize = 60;

/// Whether a line begins a function, as rustfmt writes it.
fn begins_function(line: &str) -> bool {
    let words = line.split_whitespace();
    let mut rest = words.skip_while(|word| word.starts_with("pub") || matches!(*word, "const" | "async"));
    rest.next() == Some("fn")
}

/// The functions of formatted code: their first line, from 1, and how many lines they have.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if !begins_function(line) || line.ends_with([';', '}']) {
            continue;
        }
        // What stands at the depth of the head and is not the end of the head closes the function.
        let depth = line.len() - line.trim_start().len();
        let closes =
            |line: &&str| line.get(..depth).is_some_and(|start| start.trim().is_empty()) && &line[depth..] == "}";
        if let Some(after) = lines[index + 1..].iter().position(closes) {
            found.push((index + 1, after + 2));
        }
    }
    found
}

#[test]
fn functions_are_measured() {
    let text = "fn a() {}\n\nimpl B {\n    pub(super) const fn b(\n        c: u8,\n    ) -> u8 {\n        if c {\n        }\n    }\n}\n";
    assert_eq!(functions(text), [(4, 6)]);
}

#[test]
fn files_and_functions_are_small() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    let (mut large, mut measured) = (Vec::new(), 0);
    for path in &files {
        let name = path
            .strip_prefix(&root)
            .expect("found below the root")
            .to_string_lossy();
        let text = fs::read_to_string(path).expect("sources are text");
        let lines = text.lines().count();
        if lines > FILE {
            large.push(format!("{name} has {lines} lines"));
        }
        let functions = functions(&text);
        measured += functions.len();
        let long = functions.iter().filter(|(_, lines)| *lines > FUNCTION);
        large.extend(long.map(|(line, lines)| format!("{name}:{line}: a function of {lines} lines")));
    }
    assert!(large.is_empty(), "{large:#?}");
    assert!(measured > 1_000, "only {measured} functions were measured");
}
