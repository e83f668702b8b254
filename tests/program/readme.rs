//! The README says what the program does: its commands are run and their output compared, and its tables and excerpts are
//! checked against their sources.
//!
//! After a wanted change of the output, `UPDATE_README=1 cargo test --test readme` writes the new one.

use mremap_lint::inside::survey::RESULTS;
use mremap_lint::rules::RULES;
use mremap_lint::scan::{InputOptions, Limits};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("the README is there")
}

/// Standard output and then standard error of a command line, run at the top of the repository.
fn output(line: &str) -> String {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("mremap-lint"), "{line}");
    let output = Command::new(env!("CARGO_BIN_EXE_mremap-lint"))
        .args(words)
        .current_dir(root())
        .env_clear()
        .output()
        .expect("the program starts");
    [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat()
}

/// The README with the output of all commands in `console` blocks as it is now.
fn with_current_output(readme: &str) -> String {
    let mut current = String::new();
    let mut rest = readme;
    while let Some(start) = rest.find("```console\n$ ") {
        let command = &rest[start + "```console\n$ ".len()..];
        let line = command.lines().next().expect("a command");
        let end = start + rest[start..].find("\n```\n").expect("blocks end") + 1;
        current += &rest[..start];
        current += &format!("```console\n$ {line}\n{}\n", output(line).trim_end());
        rest = &rest[end..];
    }
    current + rest
}

#[test]
fn commands_print_what_the_readme_shows() {
    let readme = readme();
    let current = with_current_output(&readme);
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(root().join("README.md"), &current).expect("the README can be written");
        return;
    }
    assert_eq!(
        readme, current,
        "run it again with UPDATE_README=1 if the new output is right"
    );
}

#[test]
fn the_rule_table_is_the_programs() {
    let readme = readme();
    for rule in RULES {
        let row = format!("| `{}` | {} | {} |", rule.id.id(), rule.level.name(), rule.summary);
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let readme = readme();
    let help = output("mremap-lint --help");
    let (_, codes) = help.split_once("Exit codes: ").expect("the help tells them");
    for code in codes.trim().splitn(3, ", ") {
        let (number, meaning) = code.split_once(' ').expect("a number and its meaning");
        assert!(readme.contains(&format!("| {number} | {meaning} |\n")), "{code}");
    }
}

#[test]
fn the_limits_are_those_of_the_program() {
    let readme = readme();
    let limits = Limits::default();
    let rows = [
        (
            "statements executed for one function, over all its paths",
            limits.steps as u64,
        ),
        ("states kept apart at one place", limits.states as u64),
        ("calls followed into each other", limits.depth as u64),
        ("rounds of a loop that constants decide", u64::from(limits.rounds)),
        ("rounds of another loop", u64::from(limits.undecided_rounds)),
        (
            "findings of one package in a survey, and as many problems",
            RESULTS as u64,
        ),
        ("size of a file in MiB", InputOptions::default().file_limit >> 20),
    ];
    for (what, value) in rows {
        let row = format!("| {what} | {value} |\n");
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn every_file_that_the_readme_names_is_there() {
    for word in readme().split('`').skip(1).step_by(2) {
        let is_path = ["src/", "tests/", "queries/"].iter().any(|top| word.starts_with(top));
        if is_path && !word.contains(char::is_whitespace) && word != "src/ring.c" {
            assert!(root().join(word).exists(), "{word}");
        }
    }
}

#[test]
fn excerpts_are_in_the_examples() {
    let examples: Vec<String> = fs::read_dir(root().join("tests/examples"))
        .expect("the examples are there")
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("examples are text"))
        .collect();
    let readme = readme();
    for fence in ["```c\n", "```rust,ignore\n"] {
        for block in readme.split(fence).skip(1) {
            let code = block.split("```").next().expect("blocks end");
            assert!(examples.iter().any(|example| example.contains(code)), "{code}");
        }
    }
}

/// The recipe for a fresh machine: it must be the one that continuous integration runs.
#[test]
fn the_test_command_is_that_of_continuous_integration() {
    let script: &Path = &root().join(".ci/run");
    if !script.exists() {
        return; // a package from a registry has no such folder
    }
    let script = fs::read_to_string(script).expect("the script is text");
    assert!(script.contains("cargo test") && readme().contains("\ncargo test "));
}

/// The words that start with `--` where the program is called or its arguments are listed, without values.
fn long_arguments(text: &str) -> Vec<String> {
    let ours = text.lines().filter(|line| !line.contains("cargo install"));
    ours.flat_map(|line| line.split(|c: char| c.is_whitespace() || "[](),'\"`".contains(c)))
        .filter_map(|word| word.strip_prefix("--"))
        .map(|word| word.split('=').next().unwrap_or(word).to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The snippets for services, and the files that services read, are not run by these tests; their arguments at least exist.
#[test]
fn arguments_for_continuous_integration_exist() {
    let readme = readme();
    let (_, section) = readme.split_once("\n## Continuous integration\n").expect("a section");
    let (section, _) = section.split_once("\n## ").expect("another section follows");
    let mut texts = vec![("README.md", section.to_owned())];
    for name in [".pre-commit-hooks.yaml", "action.yml"] {
        texts.push((name, fs::read_to_string(root().join(name)).expect("a clone has it")));
    }
    let help = output("mremap-lint check --help");
    for (name, text) in texts {
        let words = long_arguments(&text);
        assert!(!words.is_empty(), "{name}: no arguments found");
        for word in words {
            let known = help
                .split_whitespace()
                .any(|known| known.trim_end_matches(',') == format!("--{word}"));
            assert!(known, "{name}: --{word}");
        }
    }
}
