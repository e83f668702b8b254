//! Source text: the cutter, and whole checks of one file up to the formats.

use super::choices::Choices;
use super::{grammar_c, grammar_rust};
use mremap_lint::finding::Finding;
use mremap_lint::formats::{Baseline, Format, RunDetails, Settings, SourceRoot, UnitResult, writer};
use mremap_lint::inside::program::{self, Options};
use mremap_lint::inside::suppression;
use mremap_lint::inside::syntax::cut as cut_file;
use mremap_lint::scan::{STACK, Sinks};
use mremap_lint::source::{FileId, Language, Problem, SourceFile, Sources, Span};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A thread with the stack that a run has.
static POOL: LazyLock<rayon::ThreadPool> = LazyLock::new(|| {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(STACK).build();
    pool.expect("a thread")
});

/// Longer texts are only slower.
const LONGEST: usize = 16 << 10;

/// The first byte is the language.
pub fn cut(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let language = [Language::C, Language::Cpp, Language::Rust][usize::from(first % 3)];
    let text = String::from_utf8_lossy(rest);
    let cut = cut_file(FileId(0), &text, language, &Sinks::default());
    assert_eq!(cut.clean.len(), text.len());
    let is_inside = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?}");
    for item in &cut.items {
        is_inside(item.span);
        assert!(!item.variants.is_empty());
        for range in item.variants.iter().flatten() {
            assert!(text.get(range.clone()).is_some(), "{range:?}");
        }
        assert!(
            item.body
                .is_none_or(|body| item.span.start <= body && body < item.span.end)
        );
    }
    let starts = cut
        .items
        .windows(2)
        .all(|pair| pair[0].span.start <= pair[1].span.start);
    assert!(starts, "items are in the order of their starts");
    for call in &cut.calls {
        is_inside(call.callee);
        call.arguments.iter().copied().for_each(is_inside);
        assert!(call.open <= call.end && call.end <= text.len());
    }
    assert!(cut.names.iter().all(|name| (name.item as usize) < cut.items.len()));
}

pub fn check_c(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let language = [Language::C, Language::Cpp][usize::from(first % 2)];
    check(language, &String::from_utf8_lossy(rest));
}

pub fn check_rust(data: &[u8]) {
    check(Language::Rust, &String::from_utf8_lossy(data));
}

/// A program that the bytes choose, after a function that passes zero, which must be reported.
pub fn grammar(data: &[u8]) {
    let mut choices = Choices::new(data);
    let language = [Language::C, Language::Cpp, Language::Rust][choices.below(3)];
    let text = match language {
        Language::Rust => grammar_rust::program(&mut choices),
        _ => grammar_c::program(&mut choices),
    };
    if text.len() > LONGEST {
        return;
    }
    let findings = check(language, &text);
    let sentinel = |finding: &&Finding| finding.rule.id() == "zero-old-size" && (finding.at.end as usize) < 300;
    assert!(
        findings.iter().any(|finding| sentinel(&finding)),
        "{findings:#?}\n{text}"
    );
}

/// The whole analysis of a file, in every format.
fn check(language: Language, text: &str) -> Vec<Finding> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let (sources, findings, problems) = checked(language, text);
    for finding in &findings {
        let file = sources.file(finding.at.file);
        assert!(file.text.get(finding.at.range()).is_some(), "{finding:?}");
    }
    write_formats(&sources, &findings, &problems);
    findings
}

fn checked(language: Language, text: &str) -> (Sources, Vec<Finding>, Vec<Problem>) {
    let name = match language {
        Language::C => "a.c",
        Language::Cpp => "a.cpp",
        Language::Rust => "a.rs",
    };
    let mut sources = Sources::default();
    sources.add(SourceFile::new(PathBuf::from(name), language, text.to_owned()));
    let options = Options {
        all_calls: true,
        ..Options::default()
    };
    let (mut findings, problems) = POOL.install(|| program::check(&sources, &options));
    suppression::apply(&sources, &mut findings);
    (sources, findings, problems)
}

fn root() -> SourceRoot {
    SourceRoot::new(Path::new("/"), &[])
}

fn write_formats(sources: &Sources, findings: &[Finding], problems: &[Problem]) {
    let formats = [
        Format::Text,
        Format::Sarif,
        Format::Jsonl,
        Format::Github,
        Format::Gcc,
        Format::Gitlab,
    ];
    for format in formats {
        let settings = Settings {
            root: root(),
            color: false,
            run: RunDetails::default(),
        };
        let mut writer = writer(format, settings);
        let unit = UnitResult {
            sources,
            findings,
            problems,
            unread: 0,
        };
        let mut bytes = Vec::new();
        let written = writer.unit(unit, &mut bytes).and_then(|()| writer.finish(&mut bytes));
        written.expect("memory takes it");
        let is_json = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).is_ok();
        match format {
            Format::Sarif | Format::Gitlab => assert!(is_json(&bytes)),
            Format::Jsonl => assert!(bytes.split_inclusive(|&byte| byte == b'\n').all(is_json)),
            _ => assert!(std::str::from_utf8(&bytes).is_ok()),
        }
    }
}

/// A baseline, against a file with some findings.
pub fn baseline(data: &[u8]) {
    let Ok(baseline) = Baseline::read(&String::from_utf8_lossy(data)) else {
        return;
    };
    let text =
        "void f(char *p, unsigned long n) { mremap(p, 0, n, 1); if (!n) mremap(p, n, 9, 1); mremap(p, 0, n, 1); }\n";
    let (sources, mut findings, _) = checked(Language::C, text);
    let count = findings.len();
    baseline.compare(&mut [(&sources, &mut findings)], &root());
    assert_eq!((findings.len(), count), (count, 3));
    assert!(findings.iter().all(|finding| finding.baseline.is_some()));
}
