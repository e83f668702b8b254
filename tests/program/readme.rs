//! The README and the pages under `docs/` say what the program does: their commands are run and the output compared, their
//! tables and excerpts are checked against their sources, and their links are followed.
//!
//! After a wanted change of the output, `UPDATE_README=1 cargo test --test program readme` writes the new one.

use mremap_lint::inside::survey::RESULTS;
use mremap_lint::rules::RULES;
use mremap_lint::scan::{InputOptions, Limits};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a page, whose path is relative to the top of the repository.
fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("the page is there")
}

fn readme() -> String {
    page("README.md")
}

/// The README and all pages under `docs/`: their paths, with `/`, and their texts.
fn pages() -> Vec<(String, String)> {
    let mut paths = vec!["README.md".to_owned()];
    for folder in ["docs", "docs/rules"] {
        for entry in fs::read_dir(root().join(folder)).expect("the folder is there") {
            let name = entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a plain name");
            if name.ends_with(".md") {
                paths.push(format!("{folder}/{name}"));
            }
        }
    }
    paths.sort();
    let texts = paths.iter().map(|path| page(path)).collect::<Vec<_>>();
    paths.into_iter().zip(texts).collect()
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    let outside = page.split("```").step_by(2);
    outside.collect()
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

/// A page with the output of all commands in `console` blocks as it is now.
fn with_current_output(page: &str) -> String {
    let mut current = String::new();
    let mut rest = page;
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
fn commands_print_what_the_pages_show() {
    let mut commands = 0;
    for (path, text) in pages() {
        let current = with_current_output(&text);
        commands += text.matches("```console\n$ ").count();
        if std::env::var_os("UPDATE_README").is_some() {
            fs::write(root().join(&path), &current).expect("the page can be written");
            continue;
        }
        assert_eq!(
            text, current,
            "{path}: run it again with UPDATE_README=1 if the new output is right"
        );
    }
    assert_eq!(commands, 6, "two examples, one explanation, three commands' help");
}

#[test]
fn the_rule_tables_are_the_programs() {
    let (readme, rules) = (readme(), page("docs/rules.md"));
    for rule in RULES {
        let (id, rest) = (rule.id.id(), format!("{} | {} |", rule.level.name(), rule.summary));
        let row = format!("| `{id}` | {rest}");
        assert!(readme.contains(&row), "{row}");
        let row = format!("| [`{id}`](rules/{id}.md) | {rest}");
        assert!(rules.contains(&row), "{row}");
    }
}

/// The program is built from the pages; this tells a page that is included in the wrong place.
#[test]
fn pages_of_rules_are_what_explain_prints() {
    for rule in RULES {
        let id = rule.id.id();
        let text = page(&format!("docs/rules/{id}.md"));
        let printed = output(&format!("mremap-lint explain {id}"));
        let recipes = printed.strip_prefix(&text).expect("the page comes first").trim();
        let replacement = page("docs/rules/replacement.md");
        assert!(recipes.is_empty() || recipes == replacement.trim(), "{id}");
    }
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let help = output("mremap-lint --help");
    let (_, codes) = help.split_once("Exit codes: ").expect("the help tells them");
    for path in ["README.md", "docs/manual.md"] {
        let text = page(path);
        for code in codes.trim().splitn(3, ", ") {
            let (number, meaning) = code.split_once(' ').expect("a number and its meaning");
            assert!(text.contains(&format!("| {number} | {meaning} |\n")), "{path}: {code}");
        }
    }
}

#[test]
fn the_commands_are_those_of_the_help() {
    let manual = page("docs/manual.md");
    let help = output("mremap-lint --help");
    let (_, commands) = help.split_once("Commands:\n").expect("the help lists them");
    let names = commands
        .lines()
        .map_while(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.contains(&"check"), "{names:?}");
    for name in names {
        assert!(manual.contains(&format!("| `mremap-lint {name}` | ")), "{name}");
    }
}

#[test]
fn the_limits_are_those_of_the_program() {
    let manual = page("docs/manual.md");
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
        assert!(manual.contains(&row), "{row}");
    }
}

/// Names of folders at the top that begin the paths of files.
const FOLDERS: &[&str] = &[
    "src/", "tests/", "queries/", "docs/", "checks/", "benches/", "fuzz/", ".ci/",
];

#[test]
fn every_file_that_the_pages_name_is_there() {
    for (path, text) in pages() {
        for word in text.split(|c: char| c.is_whitespace() || "`()[]|'\",;".contains(c)) {
            // What follows a colon is a line.
            let word = word.split(':').next().unwrap_or(word).trim_end_matches('.');
            let is_path = FOLDERS.iter().any(|folder| word.starts_with(folder));
            if is_path && word != "src/ring.c" {
                assert!(root().join(word).exists(), "{path}: {word}");
            }
        }
    }
}

/// The name by which a link finds a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        _ if c.is_alphanumeric() || "-_".contains(c) => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

#[test]
fn links_lead_to_pages_and_headings() {
    let mut links = 0;
    for (path, text) in pages() {
        let folder = Path::new(&path).parent().expect("a page lies in a folder");
        for target in prose(&text).split("](").skip(1) {
            let target = target.split(')').next().expect("links end");
            if target.starts_with("https://") {
                continue;
            }
            links += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let led = match file {
                "" => root().join(&path),
                _ => root().join(folder).join(file),
            };
            assert!(led.is_file(), "{path}: {target}");
            if !heading.is_empty() {
                let led = prose(&fs::read_to_string(&led).expect("a page is text"));
                let mut headings = led.lines().filter_map(|line| line.strip_prefix('#'));
                assert!(
                    headings.any(|text| anchor(text.trim_start_matches('#').trim()) == heading),
                    "{path}: {target}"
                );
            }
        }
    }
    assert!(links > 30, "{links}");
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = page("docs/SUMMARY.md");
    for (path, _) in pages() {
        let Some(path) = path.strip_prefix("docs/") else {
            continue;
        };
        assert!(path == "SUMMARY.md" || summary.contains(&format!("({path})")), "{path}");
    }
}

/// A newcomer reads it to the end.
#[test]
fn the_readme_is_short() {
    let bytes = readme().len();
    assert!(bytes <= 8192, "{bytes} bytes");
}

#[test]
fn the_readme_says_which_rust_it_needs() {
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(readme().contains(&format!("Rust {version} or newer")), "{version}");
}

/// The code of rules' pages is compiled instead (`recipes.rs`).
#[test]
fn excerpts_are_in_the_examples() {
    let examples: Vec<String> = fs::read_dir(root().join("tests/examples"))
        .expect("the examples are there")
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("examples are text"))
        .collect();
    let mut excerpts = 0;
    for (path, text) in pages() {
        if path.starts_with("docs/rules/") {
            continue;
        }
        for fence in ["```c\n", "```rust,ignore\n"] {
            for block in text.split(fence).skip(1) {
                let code = block.split("```").next().expect("blocks end");
                assert!(examples.iter().any(|example| example.contains(code)), "{path}: {code}");
                excerpts += 1;
            }
        }
    }
    assert_eq!(excerpts, 2, "one in C, one in Rust");
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
    let mut texts = Vec::new();
    for name in ["README.md", "docs/ci-and-editors.md"] {
        let text = page(name);
        let (_, section) = text.split_once("\n## Continuous integration\n").expect("a section");
        let (section, _) = section.split_once("\n## ").expect("another section follows");
        texts.push((name, section.to_owned()));
    }
    for name in [".pre-commit-hooks.yaml", "action.yml"] {
        texts.push((name, page(name)));
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

/// Options of ours that the pages name in a sentence: code that begins with `--`.
#[test]
fn options_in_sentences_exist() {
    let help: String = ["check", "survey", "report"]
        .map(|command| output(&format!("mremap-lint {command} --help")))
        .concat();
    let known: Vec<&str> = help
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| word.starts_with("--"))
        .collect();
    let mut options = 0;
    for path in ["README.md", "docs/manual.md", "docs/rules.md"] {
        for code in prose(&page(path)).split('`').skip(1).step_by(2) {
            let name = code.split([' ', '=']).next().unwrap_or(code);
            if name.starts_with("--") {
                assert!(known.contains(&name), "{path}: {name}");
                options += 1;
            }
        }
    }
    assert!(options > 10, "{options}");
}
