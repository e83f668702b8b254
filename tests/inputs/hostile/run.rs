//! Runs the program on hostile texts, and says what was wrong about the run.

use crate::support::program::{Watched, watch};
use crate::support::tree::Tree;
use std::fs;
use std::path::Path;

/// Checks what the tree holds under these names.
pub fn check(tree: &Tree, names: &[&str]) -> Watched {
    watch(&mut tree.command(&[&["check", "--all-calls", "--format", "jsonl"], names].concat()))
}

/// What was wrong about a run, for the file of this name; empty if nothing was.
pub fn verdict(run: &Watched, name: &str) -> String {
    let Some(status) = run.status else {
        return format!("had to be ended after {:.0} s with {} MB", run.seconds, run.megabytes);
    };
    let tail: String = run.err.lines().rev().take(3).collect::<Vec<_>>().join(" | ");
    if status.code() != Some(1) {
        return format!("ended with {status}: {tail}");
    }
    let is_sentinel = |line: &&str| line.contains(name) && line.contains("zero-old-size") && line.contains("sentinel");
    match run.out.lines().find(is_sentinel) {
        Some(_) => String::new(),
        None => format!("{name}: its first function was not reported: {tail}"),
    }
}

/// All files below a folder with their names relative to it, sorted.
pub fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder of ours") {
            let path = entry.expect("an entry of ours").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("a path below")
                    .to_string_lossy()
                    .into_owned();
                files.push((name, fs::read(&path).expect("a file of ours")));
            }
        }
    }
    files.sort();
    files
}
