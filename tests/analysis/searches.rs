//! What decides a call stands in a file that does not hold the word `mremap`: a search for what the analysis wants to know
//! has to bring it. Each case is a tree of its own, so that no other case brings the file along.

use crate::support::tree::Tree;
use mremap_lint::finding::Level;
use mremap_lint::scan::{AnalysisOptions, InputOptions, Options, scan};
use rayon::prelude::*;
use std::ops::ControlFlow;

mod cases;
mod trees;
use cases::*;
use trees::TREES;

/// What is said of the calls of a tree: rules of findings, and passes.
fn said(files: &[(&str, &str)]) -> Vec<&'static str> {
    let tree = Tree::new(&[]);
    for (name, text) in files {
        tree.write(name, format!("{text}\n"));
    }
    let options = Options {
        input: InputOptions {
            paths: vec![tree.folder().to_path_buf()],
            jobs: 1,
            ..InputOptions::default()
        },
        analysis: AnalysisOptions {
            all_calls: true,
            ..AnalysisOptions::default()
        },
        ..Options::default()
    };
    let mut said = Vec::new();
    let _ = scan(&options, |checked| {
        said.extend(checked.findings.iter().map(|finding| match finding.level {
            Level::None => SAFE,
            _ => finding.rule.id(),
        }));
        ControlFlow::<()>::Continue(())
    });
    said
}

/// What is wrong with the answer for a tree.
fn wrong(files: &[(&str, &str)], expected: &str) -> Option<String> {
    let others = files[1..].iter();
    assert!(
        others.clone().all(|(_, text)| !text.contains("mremap")),
        "the others do not hold the word"
    );
    let said = said(files);
    // A wrapper is unproven besides: anybody may call it.
    let right = match expected {
        SAFE => !said.is_empty() && said.iter().all(|said| *said == SAFE),
        CALLER_SAFE => said.contains(&SAFE) && said.iter().all(|said| [SAFE, UNPROVEN].contains(said)),
        CALLER_ZERO => said.contains(&ZERO) && said.iter().all(|said| [ZERO, MAYBE].contains(said)),
        expected => said.contains(&expected) && said.iter().all(|said| [expected, UNPROVEN].contains(said)),
    };
    let texts: Vec<&str> = files.iter().map(|(_, text)| *text).collect();
    (!right).then(|| format!("{}\n  expected {expected}, found {said:?}\n", texts.join("\n")))
}

fn holds(cases: &[Case], first: &str, other: &str) {
    let answers = cases
        .par_iter()
        .filter_map(|(text, other_text, expected)| wrong(&[(first, text), (other, other_text)], expected));
    let answers: Vec<String> = answers.collect();
    assert!(
        answers.is_empty(),
        "{} of {}\n{}",
        answers.len(),
        cases.len(),
        answers.join("\n")
    );
}

#[test]
fn several_files_decide_together() {
    let answers: Vec<String> = TREES
        .par_iter()
        .filter_map(|(files, expected)| wrong(files, expected))
        .collect();
    assert!(
        answers.is_empty(),
        "{} of {}\n{}",
        answers.len(),
        TREES.len(),
        answers.join("\n")
    );
}

#[test]
fn other_files_decide_in_c() {
    holds(C, "memory.c", "conf/conf.h");
    holds(HEADERS, "memory.h", "main.cc");
}

#[test]
fn other_files_decide_in_cpp() {
    holds(CPP, "memory.cc", "conf/conf.h");
}

#[test]
fn other_files_decide_in_rust() {
    holds(RUST, "memory.rs", "conf/conf.rs");
}
