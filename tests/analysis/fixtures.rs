//! Fixtures: source files that say on their own lines what the analyzer must answer.
//!
//! Every file under `tests/fixtures/{c,cpp,rust}` is analysed as a unit of its own, every folder there as one unit of all
//! its files. What is written in them, and not what the program prints, is the truth; it is checked against compilers by
//! `fixtures_compile`.
//!
//! # Annotations
//! | Text | Meaning |
//! | --- | --- |
//! | `//~ RULE` | the region of a result of the rule starts on this line |
//! | `//~^ RULE`, `//~^^ RULE` | the same, one or two lines up |
//! | `//~ pass` | a call on this line is proven safe (`--all-calls`) |
//! | `//~ none` | no result of any kind starts on this line |
//! | `//~ RULE error` | the level, too: `error`, `warning`, `note` |
//! | `//~ RULE via:a,b` | the steps pass, in this order, the lines that are marked `a` and `b` |
//! | `//~# a` | marks this line as `a`; means nothing else |
//!
//! RULE is `zero-old-size`, `maybe-zero-old-size` or `unproven-old-size`. Two results on one line have two annotations.
//! A result of the first two without an annotation fails; `unproven` and `pass` without one do not.
//!
//! # Names of functions
//! | Ends in | Meaning |
//! | --- | --- |
//! | `_bad` | at least one annotated alarm is in it |
//! | `_ok` | no alarm |
//! | `_safe` | results are there, and all are passes |
//! | `_unknown` | results are there, and all are unproven |
//! | `_nocall` | no result of any kind |
//!
//! The last three speak of all lines without annotation. A known wrong answer is kept in a function `FP_…` (an alarm too
//! many) or `FN_…` (one too few) that has today's answer on the line and the truth in a comment.
//!
//! `FIXTURES=loops cargo test --test fixtures` runs only the files whose path holds the text.

mod annotations;
mod compilers;

use annotations::{Annotations, Answer};
use mremap_lint::finding::{Finding, Level};
use mremap_lint::inside::program::{self, Options};
use mremap_lint::source::{Language, SourceFile, Sources, Span};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Calls of functions that are safe by themselves are listed too.
fn every_call() -> Options {
    Options {
        all_calls: true,
        ..Options::default()
    }
}

/// Where the fixtures lie.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The units: files, and folders of files, in path order. Only those that `FIXTURES` selects, if it is set.
fn units() -> Vec<Vec<PathBuf>> {
    let wanted = std::env::var("FIXTURES").unwrap_or_default();
    let mut units = Vec::new();
    for language in ["c", "cpp", "rust"] {
        for entry in children(&root().join(language)) {
            let files = if entry.is_dir() { children(&entry) } else { vec![entry] };
            units.push(files);
        }
    }
    units.retain(|files| files.iter().any(|file| file.to_string_lossy().contains(&wanted)));
    units
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the fixtures are part of the package");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

fn language_of(file: &Path) -> Language {
    match file
        .strip_prefix(root())
        .ok()
        .and_then(|path| path.iter().next())
        .and_then(|name| name.to_str())
    {
        Some("c") => Language::C,
        Some("cpp") => Language::Cpp,
        _ => Language::Rust,
    }
}

/// A result as the comparison sees it.
struct Found {
    line: u32,
    answer: Answer,
    level: &'static str,
    steps: Vec<u32>,
    reason: String,
}

fn found(sources: &Sources, finding: &Finding) -> Found {
    let line = |at: Span| sources.file(at.file).position(at.start).line;
    let answer = if finding.level == Level::None {
        Answer::Pass
    } else {
        Answer::Rule(finding.rule.id())
    };
    Found {
        line: line(finding.at),
        answer,
        level: finding.level.name(),
        steps: finding
            .steps
            .iter()
            .chain(&finding.related)
            .map(|step| line(step.at))
            .collect(),
        reason: finding.reason.clone(),
    }
}

/// One unit, named by paths below the root.
fn sources(files: &[PathBuf]) -> Sources {
    let mut sources = Sources::default();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a fixture is UTF-8");
        let name = file.strip_prefix(root()).expect("units lie under the root");
        sources.add(SourceFile::new(name.to_path_buf(), language_of(file), text));
    }
    sources
}

/// The differences between one unit's annotations and its results, one text each.
fn differences(files: &[PathBuf]) -> Vec<String> {
    let sources = sources(files);
    let checked = catch_unwind(AssertUnwindSafe(|| program::check(&sources, &every_call())));
    let Ok((findings, _)) = checked else {
        return vec![format!("{}: the analysis panicked", files[0].display())];
    };
    let mut differences = Vec::new();
    for (id, file) in sources.iter() {
        let annotations = Annotations::parse(&file.text);
        let results = findings
            .iter()
            .filter(|finding| finding.at.file == id)
            .map(|one| found(&sources, one))
            .collect();
        let texts = annotations.errors.iter().cloned().chain(compare(&annotations, results));
        differences.extend(texts.map(|text| format!("{}:{text}", file.path.display())));
    }
    differences
}

/// What an annotation wants and no result gives, and what a result gives and nothing wants.
fn compare(annotations: &Annotations, mut results: Vec<Found>) -> Vec<String> {
    let mut texts = Vec::new();
    let mut met_lines = Vec::new();
    let all_lines: Vec<u32> = results.iter().map(|one| one.line).collect();
    for expected in &annotations.expected {
        met_lines.push(expected.line);
        if expected.answer == Answer::None {
            continue;
        }
        let same = |one: &Found| one.line == expected.line && one.answer == expected.answer;
        match results.iter().position(same) {
            Some(index) => {
                let result = results.swap_remove(index);
                texts.extend(annotations.details(expected, result.level, &result.steps));
            }
            None => {
                let instead: Vec<_> = results
                    .iter()
                    .filter(|one| one.line == expected.line)
                    .map(describe)
                    .collect();
                texts.push(format!(
                    "{}: missing {}; found {}",
                    expected.line,
                    expected.answer,
                    list(&instead)
                ));
            }
        }
    }
    results.sort_by_key(|one| one.line);
    for result in &results {
        let annotated = met_lines.contains(&result.line);
        if let Some(why) = annotations.objection(result.line, result.answer, annotated) {
            texts.push(format!("{}: unexpected {} ({why})", result.line, describe(result)));
        }
    }
    texts.extend(annotations.empty_functions(|lines| all_lines.iter().any(|line| lines.contains(line))));
    texts
}

fn describe(result: &Found) -> String {
    format!("{}: {}", result.answer, result.reason)
}

fn list(texts: &[String]) -> String {
    if texts.is_empty() {
        "nothing".to_owned()
    } else {
        texts.join(" | ")
    }
}

#[test]
fn annotations_are_met() {
    let differences: Vec<String> = units().par_iter().flat_map_iter(|files| differences(files)).collect();
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// That all calls are listed changes no alarm.
#[test]
fn alarms_are_the_same_without_a_list_of_all_calls() {
    let alarms = |sources: &Sources, options: &Options| {
        let (findings, _) = program::check(sources, options);
        let alarms = findings.into_iter().filter(|one| one.level > Level::Note);
        alarms.collect::<Vec<Finding>>()
    };
    units().par_iter().for_each(|files| {
        let sources = sources(files);
        assert_eq!(
            alarms(&sources, &Options::default()),
            alarms(&sources, &every_call()),
            "{files:?}"
        );
    });
}

#[test]
fn fixtures_compile() {
    let files: Vec<PathBuf> = units().into_iter().flatten().collect();
    let complaints = compilers::complaints(&root(), &files);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
