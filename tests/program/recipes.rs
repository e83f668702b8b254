//! The recipes in the rule pages do what they say: the C ones are compiled and run here. The Rust ones are documentation
//! tests of `rules`, because rustdoc already compiles and runs the code in the pages.

use mremap_lint::finding::RuleId;
use mremap_lint::rules::RULES;
use std::path::Path;
use std::process::Command;

/// The code blocks of a language in a page.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let parts = page.split(fence.as_str()).skip(1);
    parts.filter_map(|part| part.split("```").next()).collect()
}

/// Compiles a C block without warnings; gives the program's path, or the object's if it has no `main`.
fn compile(code: &str, folder: &Path, number: usize) -> std::path::PathBuf {
    let source = folder.join(format!("{number}.c"));
    let program = folder.join(number.to_string());
    std::fs::write(&source, code).expect("the temporary folder is writable");
    let mut compiler = Command::new("cc");
    compiler
        .args(["-Wall", "-Wextra", "-Werror", "-O1", "-o"])
        .arg(&program)
        .arg(&source);
    if !code.contains("int main(") {
        compiler.arg("-c");
    }
    let output = compiler.output().expect("a C compiler called cc");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{code}\n{errors}");
    program
}

#[test]
fn c_recipes_compile_and_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut seen: Vec<&str> = Vec::new();
    let mut ran = 0;
    for code in RULES.iter().flat_map(|rule| blocks(rule.page, "c")) {
        if seen.contains(&code) {
            continue;
        }
        seen.push(code);
        let program = compile(code, folder.path(), seen.len());
        if code.contains("int main(") {
            let status = Command::new(&program).status().expect("the program was just compiled");
            assert!(status.success(), "{status} of\n{code}");
            ran += 1;
        }
    }
    assert_eq!((seen.len(), ran), (8, 4), "examples of four rules and four recipes");
}

#[test]
fn every_page_has_the_recipes_of_both_languages() {
    // The recipes say what to write in the place of a call.
    for rule in RULES.iter().filter(|rule| rule.id != RuleId::UnusedSuppression) {
        assert!(blocks(rule.page, "c").len() >= 5, "{}", rule.id.id());
        assert!(blocks(rule.page, "rust").len() >= 3, "{}", rule.id.id());
    }
}
