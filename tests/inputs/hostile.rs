//! Input that nobody would write: no panic, no hang, bounded memory, and what can be understood is still understood.
//!
//! Every text begins with a function that certainly passes zero, and whatever follows, that one must be reported. Each
//! runs in a process of its own, so that an overflowing stack is seen as what it is.

mod run;
mod texts;

use std::path::Path;

use crate::support::tree::Tree;
use texts::{SENTINEL_C, SENTINEL_RUST, Text};

/// Runs each text on its own and names all that went wrong.
fn survive(texts: Vec<Text>) {
    let mut failures = Vec::new();
    for text in texts {
        let tree = Tree::new(&[]);
        let whole = [text.sentinel().as_bytes(), &text.bytes].concat();
        tree.write(text.file, &whole);
        let outcome = run::check(&tree, &[text.file]);
        let verdict = run::verdict(&outcome, text.file);
        println!(
            "{:<44} {:>6.2} s {:>5} MB {verdict}",
            text.name, outcome.seconds, outcome.megabytes
        );
        if !verdict.is_empty() {
            failures.push(format!("{}: {verdict}", text.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn brackets() {
    survive(texts::brackets());
}

#[test]
fn long_expressions() {
    survive(texts::expressions());
}

#[test]
fn long_bodies() {
    survive(texts::bodies());
}

#[test]
fn preprocessor() {
    survive(texts::preprocessor());
}

#[test]
fn definitions_that_lead_in_circles_or_nowhere() {
    survive(texts::definitions());
}

#[test]
fn enormous_tokens_and_lines() {
    survive(texts::tokens());
}

#[test]
fn unfinished_text() {
    survive(texts::unfinished());
}

#[test]
fn soup() {
    survive(texts::soup());
}

#[test]
fn many_calls() {
    survive(texts::many_calls());
}

/// Each fixture, cut off at places all over it: the prefixes are units of their own, some hundred to a process.
#[test]
fn fixtures_cut_short() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut prefixes: Vec<(String, Vec<u8>)> = Vec::new();
    let sources = run::files_below(&fixtures).into_iter();
    for (name, bytes) in sources.filter(|(name, _)| !name.ends_with(".txt")) {
        let sentinel = if name.ends_with(".rs") {
            SENTINEL_RUST
        } else {
            SENTINEL_C
        };
        // Some forty cuts, at other places in each file.
        let stride = (bytes.len() / 40).max(1);
        for end in (name.len() % stride..bytes.len()).step_by(stride) {
            prefixes.push((name.clone(), [sentinel.as_bytes(), &bytes[..end]].concat()));
        }
    }
    assert!(prefixes.len() > 1000, "the fixtures are where this test looks for them");
    for (batch, prefixes) in prefixes.chunks(500).enumerate() {
        let tree = Tree::new(&[]);
        let names: Vec<String> = prefixes
            .iter()
            .enumerate()
            .map(|(number, (name, _))| format!("{number}/{}", name.replace('/', "_")))
            .collect();
        for (name, (_, bytes)) in names.iter().zip(prefixes) {
            tree.write(name, bytes);
        }
        let units: Vec<String> = (0..prefixes.len()).map(|number| number.to_string()).collect();
        let outcome = run::check(&tree, &units.iter().map(String::as_str).collect::<Vec<_>>());
        println!("batch {batch}: {:.2} s {} MB", outcome.seconds, outcome.megabytes);
        for name in &names {
            assert_eq!(run::verdict(&outcome, name), "", "{name} in {}", tree.keep().display());
        }
    }
}
