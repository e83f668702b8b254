//! The set of findings that the tests of the formats share, and how it is rendered.

use mremap_lint::finding::{Effect, Finding, Level, Outcome, Replacement, RuleId, Step, StepKind};
use mremap_lint::formats::{Format, RunDetails, Settings, SourceRoot, UnitResult, writer};
use mremap_lint::source::{FileId, Language, Problem, ProblemKind, SourceFile, Sources, Span};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Accent and emoji before the column, two equal calls in one function, a call over several lines, an escape sequence, a
/// direction mark, and a very long line.
pub const RING: &str = "\
void *ring(void *p, size_t n) {
    size_t old = 0;
    /* é😀 */ q = mremap(p, old, n, 1);
    /* é😀 */ q = mremap(p, old, n, 1);
    q = mremap(p,
               old + ZERO,
               n, 1); /* \u{1b}[31mred\u{202e} \u{9b}1m */
    return mremap(p, sizeof *p, n, 1);
}
";

pub const FORMATS: [Format; 6] = [
    Format::Text,
    Format::Sarif,
    Format::Jsonl,
    Format::Github,
    Format::Gcc,
    Format::Gitlab,
];

pub struct Set {
    pub sources: Sources,
    pub findings: Vec<Finding>,
    pub problems: Vec<Problem>,
}

pub fn span(sources: &Sources, file: FileId, text: &str, from: usize) -> Span {
    let whole = &sources.file(file).text;
    let start = from
        + whole[from..]
            .find(text)
            .unwrap_or_else(|| panic!("{text} is not in the file"));
    Span::new(file, start, start + text.len())
}

pub fn finding(sources: &Sources, at: Span, argument: &str) -> Finding {
    Finding {
        argument: argument.into(),
        reason: format!("`{argument}` is zero: it was never set."),
        ..finding_at(at, span(sources, at.file, argument, at.start as usize))
    }
}

pub fn finding_at(at: Span, argument_at: Span) -> Finding {
    Finding {
        rule: RuleId::Zero,
        level: Level::Warning,
        at,
        callee: "mremap".into(),
        argument: "0".into(),
        argument_at,
        function: Some("ring".into()),
        reason: String::new(),
        steps: Vec::new(),
        related: Vec::new(),
        outcome: Some(Outcome {
            sentences: vec!["The kernel maps the same pages a second time.".into()],
            effect: Effect::SecondMapping,
            replacement: Replacement::Memfd,
        }),
        suppression: None,
        baseline: None,
    }
}

pub fn step(at: Span, kind: StepKind, text: &str) -> Step {
    let text = text.into();
    Step { at, kind, text }
}

pub fn shared() -> Set {
    let mut sources = Sources::default();
    let mut add =
        |path: &str, language, text: &str| sources.add(SourceFile::new(PathBuf::from(path), language, text.to_owned()));
    let ring = add("dir name/100%.c", Language::C, RING);
    let header = add(
        "inc/zero.h",
        Language::C,
        "#pragma once\n#define ZERO 0 /* nothing */\n",
    );
    let minified = format!(
        "{} fn f() {{ let r = mremap(p, 0, n); }} {}",
        "a;".repeat(50_000),
        "b;".repeat(50_000)
    );
    let rust = add("src/long.rs", Language::Rust, &minified);
    let old = span(&sources, ring, "old = 0", 0);
    let first = span(&sources, ring, "mremap(p, old, n, 1)", 0);
    let second = span(&sources, ring, "mremap(p, old, n, 1)", first.end as usize);
    let wide = span(&sources, ring, "mremap(p,\n", second.end as usize);
    let wide = Span {
        end: span(&sources, ring, "n, 1)", wide.end as usize).end,
        ..wide
    };
    let safe = span(&sources, ring, "mremap(p, sizeof *p, n, 1)", 0);
    let long = span(&sources, rust, "mremap(p, 0, n)", 0);

    let mut equal = [first, second].map(|at| finding(&sources, at, "old"));
    for finding in &mut equal {
        finding.steps = vec![
            step(old, StepKind::Assign, "`old` is set to `0`"),
            step(finding.at, StepKind::Sink, "the call gets it"),
        ];
    }
    let mut across = finding(&sources, wide, "old + ZERO");
    across.rule = RuleId::MaybeZero;
    across.steps = vec![
        step(span(&sources, header, "0", 0), StepKind::Value, "the value is `0`"),
        step(old, StepKind::Assign, "`old` is set to `0`"),
        step(wide, StepKind::Sink, "the call gets it"),
    ];
    across.related = vec![step(
        first,
        StepKind::Sink,
        "the same happens in `mremap(p, old, n, 1)`",
    )];
    let mut pass = finding(&sources, safe, "sizeof *p");
    pass.level = Level::None;
    pass.reason = "`sizeof *p` is never zero here: the size of an object.".into();
    pass.outcome = None;
    let mut minified = finding(&sources, long, "0");
    minified.callee = "grow".into();
    minified.function = None;
    minified.level = Level::Error;
    minified.outcome = Some(Outcome {
        sentences: vec!["The call always fails: EINVAL.".into()],
        effect: Effect::Failure,
        replacement: Replacement::NoAlias,
    });
    let [one, two] = equal;
    let problems = vec![
        Problem {
            path: "dir name/gone\u{1b}[2J.c".into(),
            line: None,
            kind: ProblemKind::Unreadable,
            text: "cannot be read: permission denied".into(),
        },
        Problem {
            path: "dir name/100%.c".into(),
            line: Some(3),
            kind: ProblemKind::LimitReached,
            text: "too many states in `ring`".into(),
        },
    ];
    Set {
        sources,
        findings: vec![one, two, across, pass, minified],
        problems,
    }
}

pub fn render(format: Format, set: &Set, color: bool) -> String {
    render_run(format, set, color, RunDetails::default())
}

fn render_run(format: Format, set: &Set, color: bool, run: RunDetails) -> String {
    let root = SourceRoot::new(Path::new("/nowhere/work"), &[]);
    let mut writer = writer(format, Settings { root, color, run });
    let mut out = Vec::new();
    let unit = UnitResult {
        sources: &set.sources,
        findings: &set.findings,
        problems: &set.problems,
        unread: 3,
    };
    writer.unit(unit, &mut out).expect("a vector takes everything");
    writer.finish(&mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("formats are UTF-8")
}

pub fn sarif(set: &Set) -> Value {
    serde_json::from_str(&render(Format::Sarif, set, false)).expect("SARIF is JSON")
}

/// SARIF with something said of the run.
pub fn sarif_run(set: &Set, run: RunDetails) -> Value {
    serde_json::from_str(&render_run(Format::Sarif, set, false, run)).expect("SARIF is JSON")
}
