//! What a package may cost: hitting a limit is in its line, and ends nothing else.

use super::{Pool, ZERO, places, strings};
use crate::support::archives::tar;
use mremap_lint::config::Config;
use mremap_lint::finding::RuleId;
use mremap_lint::inside::journal::Status;
use mremap_lint::inside::survey::{Journal, Options, Package, Tally, survey};
use mremap_lint::scan::{self, Deadline};
use mremap_lint::source::ProblemKind;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

#[test]
fn limits_are_in_the_line() {
    let pool = Pool::new(&[]);
    let archive = tar(&[("a.c", ZERO), ("b.c", ZERO), ("c.c", &"\n".repeat(2 << 20))]);
    pool.write("ring-1.0.tar", archive);
    for (limit, findings, problems) in [
        ("--limit-members=3", 2, &[][..]),
        ("--limit-members=1", 1, &["too-large ring_1.0/ring-1.0.tar"]),
        ("--limit-bytes=1", 2, &["too-large ring_1.0/ring-1.0.tar"]),
    ] {
        pool.survey(&[limit, "ring-1.0.tar"]);
        let line = &pool.lines()["ring-1.0.tar"];
        assert_eq!(line.findings.len(), findings, "{limit}");
        assert_eq!(places(line)[findings..], *problems, "{limit}");
        let status = if problems.is_empty() {
            Status::Complete
        } else {
            Status::Incomplete
        };
        assert_eq!(line.status, status, "{limit}");
    }
}

/// Of files that may call mremap an archive may have so many bytes.
#[test]
fn the_text_that_is_kept_of_an_archive_is_bounded() {
    let pool = Pool::new(&[]);
    let path = pool.path("ring-1.0.tar");
    pool.write("ring-1.0.tar", tar(&[("a.c", ZERO), ("b.c", ZERO)]));
    let mut options = scan::Options::default();
    options.input.paths = vec![path.clone()];
    options.input.with_word = 2 * ZERO.len() as u64 - 1;
    let (mut findings, mut problems) = (0, Vec::new());
    let _ = scan::scan(&options, |checked| {
        findings += checked.findings.len();
        problems.extend(checked.problems);
        ControlFlow::<()>::Continue(())
    });
    assert_eq!(findings, 1);
    assert!(
        problems.len() == 1 && problems[0].path == path.join("b.c"),
        "{problems:?}"
    );
    assert_eq!(problems[0].kind, ProblemKind::TooLarge);
}

/// A package that takes more memory than it may have, among others.
#[cfg(target_os = "linux")]
#[test]
fn the_limit_of_memory_is_in_the_line() {
    let (pool, names) = Pool::of(3);
    let functions = (0..20_000).map(|number| ZERO.replace(" *f(", &format!(" *f{number}(")));
    pool.write("large-1.0/a.c", functions.collect::<String>());
    let err = pool.survey(&[&["--limit-memory=1", "large-1.0"][..], &strings(&names)].concat());
    assert!(
        err.starts_with("4 packages: 0 in the journal already, 3 complete, 0 incomplete, 1 failed"),
        "{err}"
    );
    assert_eq!(places(&pool.lines()["large-1.0"]), ["limit-reached large_1.0/"]);
}

/// Packages for which the time does not suffice, whatever the machine.
#[test]
fn the_limit_of_time_is_in_the_line() {
    let (pool, names) = Pool::of(3);
    let packages: Vec<Package> = names.iter().map(|name| Package::new(pool.path(name))).collect();
    let options = Options {
        scan: scan::Options::default(),
        config: Config::default(),
        time: Duration::ZERO,
        memory: u64::MAX,
        jobs: 2,
        times: false,
    };
    let journal = Journal::open(&pool.path("journal.jsonl")).expect("the folder is ours");
    let tally = Tally::new(&packages);
    survey(packages, &options, journal, &tally, None).expect("the journal can be written");
    assert_eq!(tally.numbers().examined, [0, 3, 0]);
    for line in pool.lines().values() {
        assert_eq!(line.status, Status::Incomplete);
        assert_eq!(line.counts.skipped["limit-reached"], 1);
        assert_eq!(places(line), [format!("limit-reached {}/", line.label)]);
    }
}

/// An analysis that is ended claims nothing that the whole one does not claim.
#[test]
fn the_end_of_the_time_makes_nothing_certain() {
    let mut options = scan::Options::default();
    options.input.paths = vec!["tests/fixtures/c".into()];
    options.analysis.all_calls = true;
    let levels = |options: &scan::Options| {
        let (mut levels, mut is_late) = (BTreeMap::new(), false);
        let _ = scan::scan(options, |checked| {
            for finding in &checked.findings {
                let path = checked.sources.file(finding.at.file).path.clone();
                levels.insert(
                    (path, finding.at.start, finding.at.end),
                    (finding.rule, finding.is_pass()),
                );
            }
            is_late |= checked
                .problems
                .iter()
                .any(|problem| problem.text.contains("limit of time"));
            ControlFlow::<()>::Continue(())
        });
        (levels, is_late)
    };
    let (whole, is_late) = levels(&options);
    assert!(whole.len() > 500 && !is_late);
    let mut late = 0;
    for milliseconds in [0, 5, 10, 20, 40, 60, 80, 120, 160, 240, 320, 480, 640, 960] {
        options.end_at(Deadline::after(Duration::from_millis(milliseconds)));
        let (found, is_late) = levels(&options);
        late += u32::from(is_late);
        for (place, (rule, is_pass)) in found {
            let known = whole.get(&place);
            let certain = rule == RuleId::Zero || is_pass;
            let is_right = match known {
                Some((known, passes)) => !certain || (*known, *passes) == (rule, is_pass),
                None => !certain,
            };
            assert!(is_right, "after {milliseconds} ms {place:?} is {rule:?}, but {known:?}");
        }
    }
    assert!(late > 0);
}
