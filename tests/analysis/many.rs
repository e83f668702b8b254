//! Units with more functions than are looked at: what holds a call of mremap always is, and what is left out is told.

use mremap_lint::finding::{Finding, RuleId};
use mremap_lint::inside::program::{self, Options};
use mremap_lint::source::{Language, Problem, ProblemKind, SourceFile, Sources};
use std::fmt::Write as _;

/// The findings that are no passes, and what could not be examined.
fn check(text: String) -> (Vec<Finding>, Vec<Problem>) {
    let mut sources = Sources::default();
    sources.add(SourceFile::new("many.c".into(), Language::C, text));
    let (mut findings, problems) = program::check(&sources, &Options::default());
    findings.retain(|finding| !finding.is_pass());
    (findings, problems)
}

#[test]
fn all_functions_that_call_mremap_are_analysed() {
    let mut text = String::new();
    for number in 0..6_500 {
        let _ = writeln!(
            text,
            "void *f{number}(void *p, unsigned long n) {{ return mremap(p, 0, n, 1); }}"
        );
    }
    let (findings, problems) = check(text);
    assert_eq!(findings.len(), 6_500);
    assert!(findings.iter().all(|finding| finding.rule == RuleId::Zero));
    assert!(problems.is_empty(), "{problems:?}");
}

/// Only the last of the callers passes a zero.
#[test]
fn callers_that_are_left_out_prove_nothing_and_are_told() {
    let wrapper = "static void *view(void *p, unsigned long old) { return mremap(p, old, 4096, 1); }\n";
    let with_callers = |count| {
        let mut text = wrapper.to_owned();
        for number in 1..=count {
            let old = if number == count { 0 } else { 4096 };
            let _ = writeln!(text, "void *f{number}(void *p) {{ return view(p, {old}); }}");
        }
        check(text)
    };
    let (findings, problems) = with_callers(300);
    assert!(findings.iter().any(|finding| finding.rule == RuleId::Zero));
    assert!(problems.is_empty(), "{problems:?}");

    let (findings, problems) = with_callers(500);
    assert!(findings.iter().any(|finding| finding.rule == RuleId::Unproven));
    let told = |problem: &Problem| problem.kind == ProblemKind::LimitReached && problem.text.contains("`view`");
    assert!(problems.iter().any(told), "{problems:?}");
}

/// More callers than are analysed: the last of those of each wrapper passes a zero.
#[test]
fn callers_beyond_the_bound_of_the_unit_prove_nothing_and_are_told() {
    let mut text = String::new();
    for number in 0..20 {
        let _ = writeln!(
            text,
            "static void *view{number}(void *p, unsigned long old) {{ return mremap(p, old, 4096, 1); }}"
        );
        for caller in 0..350 {
            let old = if caller == 349 { 0 } else { 4096 };
            let _ = writeln!(
                text,
                "void *f{number}_{caller}(void *p) {{ return view{number}(p, {old}); }}"
            );
        }
    }
    let (findings, problems) = check(text);
    let zeros = findings.iter().filter(|finding| finding.rule == RuleId::Zero).count();
    let unproven = findings
        .iter()
        .filter(|finding| finding.rule == RuleId::Unproven)
        .count();
    assert!(zeros < 20 && zeros + unproven >= 20, "{zeros} and {unproven}");
    assert!(
        problems
            .iter()
            .any(|problem| problem.text.contains("were not analysed")),
        "{problems:?}"
    );
}
