//! One package → its line.

use serde_json::Value;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::package::Package;
use super::{Options, VERSION};
use crate::formats::{Format, FormatWriter, RunDetails, Settings, UnitResult, writer};
use crate::journal::{Counts, Line, Status};
use crate::progress::Deadline;
use crate::scan::{self, Checked};
use crate::source::{Problem, ProblemKind, Sources};

/// Findings of one package that its line holds, and as many problems.
pub const RESULTS: usize = 10_000;

/// What was found in a package so far.
#[derive(Default)]
pub(super) struct Found {
    status: Status,
    counts: Counts,
    /// Findings and problems as JSON Lines.
    objects: Vec<u8>,
}

/// Examines a package with a number of threads. Whatever goes wrong is in the line, which has no digest and no time.
pub fn examine(package: &Package, options: &Options, jobs: usize) -> Line {
    guarded(package, || scan(package, options, jobs)).line(package)
}

/// Does something for a package, which alone fails if this does.
fn guarded(package: &Package, work: impl FnOnce() -> Found) -> Found {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let Problem { kind, text, .. } = scan::failure(package.path.clone(), &*panic);
        failed(package, kind, text)
    })
}

fn scan(package: &Package, options: &Options, jobs: usize) -> Found {
    let mut own = options.scan.clone();
    own.input.paths = vec![package.path.clone()];
    own.input.jobs = jobs;
    own.end_at(Deadline::after(options.time));
    let mut found = Found::default();
    let mut writer = json_lines(package);
    let _ = scan::scan(&own, |mut checked| {
        bound(&mut checked, package);
        found.add(&checked, &mut *writer);
        ControlFlow::<()>::Continue(())
    });
    found
}

/// Leaves out what goes beyond the bound, and says so.
fn bound(checked: &mut Checked, package: &Package) {
    let findings = checked.findings.len().saturating_sub(RESULTS);
    let problems = checked.problems.len().saturating_sub(RESULTS);
    if findings + problems > 0 {
        checked.findings.truncate(RESULTS);
        checked.problems.truncate(RESULTS);
        let text = format!("too much to be told: {findings} findings and {problems} problems are left out");
        let problem = Problem::new(&package.path, ProblemKind::LimitReached, text);
        checked.problems.push(problem);
    }
}

fn json_lines(package: &Package) -> Box<dyn FormatWriter> {
    let settings = Settings {
        root: package.root(),
        color: false,
        run: RunDetails::default(),
    };
    writer(Format::Jsonl, settings)
}

impl Found {
    pub(super) fn line(self, package: &Package) -> Line {
        let (mut findings, mut problems) = (Vec::new(), Vec::new());
        let objects = serde_json::Deserializer::from_slice(&self.objects).into_iter::<Value>();
        for object in objects.filter_map(Result::ok) {
            let is_finding = object["type"] == "finding";
            let list = if is_finding { &mut findings } else { &mut problems };
            list.push(object);
        }
        Line {
            name: package.name.clone(),
            version: package.version.clone(),
            label: package.label.clone(),
            input: package.input.clone(),
            digest: None,
            tool_version: VERSION.to_owned(),
            settings: String::new(),
            status: self.status,
            counts: Counts {
                bytes: package.size,
                ..self.counts
            },
            seconds: None,
            findings,
            problems,
        }
    }

    fn add(&mut self, checked: &Checked, writer: &mut dyn FormatWriter) {
        self.counts.files += checked.files as u64;
        self.counts.examined += checked.sources.iter().count() as u64;
        for problem in &checked.problems {
            self.problem(problem);
        }
        let unit = UnitResult {
            sources: &checked.sources,
            findings: &checked.findings,
            problems: &checked.problems,
            unread: checked.unread,
        };
        // Memory takes all that is written.
        let _: io::Result<()> = writer.unit(unit, &mut self.objects);
    }

    fn problem(&mut self, problem: &Problem) {
        let is_failure = problem.kind.is_failure();
        let is_skipped = matches!(problem.kind, ProblemKind::NotAFile | ProblemKind::LimitReached);
        if is_failure || is_skipped {
            *self.counts.skipped.entry(problem.kind.id().to_owned()).or_default() += 1;
        }
        // A failure without a line is one of the whole, not of a function.
        let is_whole = problem.kind == ProblemKind::Internal && problem.line.is_none();
        let status = match problem.kind {
            _ if is_whole || is_failure && self.counts.files == 0 => Status::Failed,
            _ if is_failure => Status::Incomplete,
            ProblemKind::LimitReached => Status::Incomplete,
            _ => Status::Complete,
        };
        self.status = self.status.max(status);
    }
}

/// A package that was not examined at all, and why.
pub(super) fn failed(package: &Package, kind: ProblemKind, text: String) -> Found {
    let problem = Problem::new(&package.path, kind, text);
    let checked = Checked {
        sources: Sources::default(),
        findings: Vec::new(),
        suppressed: 0,
        problems: vec![problem],
        explanations: Vec::new(),
        unread: 0,
        files: 0,
    };
    let mut found = Found::default();
    found.add(&checked, &mut *json_lines(package));
    found.status = Status::Failed;
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_does_not_tell_without_end() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let functions =
            (0..=RESULTS).map(|number| format!("void *f{number}(void *p) {{ return mremap(p, 0, 1, 1); }}\n"));
        std::fs::write(folder.path().join("a.c"), functions.collect::<String>()).expect("the folder is ours");
        let options = Options {
            scan: scan::Options::default(),
            config: crate::config::Config::default(),
            time: std::time::Duration::from_secs(10_000),
            memory: u64::MAX,
            jobs: 0,
            times: false,
        };
        let line = examine(&Package::new(folder.path().into()), &options, 2);
        assert_eq!((line.findings.len(), line.status), (RESULTS, Status::Incomplete));
        let told = line.problems[0]["message"].as_str().expect("a message");
        assert!(told.contains(": 1 findings and 0 problems are left out"), "{told}");
    }

    #[test]
    fn a_panic_costs_one_package() {
        let package = Package::new("ring-1.0".into());
        let found = guarded(&package, || panic!("on purpose"));
        assert_eq!(found.status, Status::Failed);
        assert_eq!(found.counts.skipped["internal-error"], 1);
        let problem: Value = serde_json::from_slice(&found.objects).expect("one problem");
        assert_eq!(problem["path"], "ring_1.0/ring-1.0");
        assert!(
            problem["message"]
                .as_str()
                .is_some_and(|text| text.ends_with(": on purpose"))
        );
    }
}
