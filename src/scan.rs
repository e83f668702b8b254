//! Inputs → units → findings and problems, in the order of the inputs.

// What the options are made of.
pub use crate::archive::Limits as ArchiveLimits;
pub use crate::engine::Limits;
pub use crate::facts::Stated;
pub use crate::input::{Buffers, Excluded, InputOptions};
pub use crate::program::{Options as AnalysisOptions, SourceLine};
pub use crate::progress::{Deadline, Progress};
pub use crate::sinks::{SinkPositions, Sinks};

use crate::finding::{Explanation, Finding, Level};
use crate::input::{self, Unit};
use crate::program;
use crate::rules::Levels;
use crate::sinks::last_segment;
use crate::source::{Problem, ProblemKind, Sources};
use crate::suppression;
use std::any::Any;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Stack of each thread. Recursion over syntax is bounded, but its frames are large.
pub const STACK: usize = 16 << 20;
/// Files looked at in all searches of one unit together, after the first.
const SEARCHED: usize = 60_000;
/// Names that are listed at most of what was not looked for.
const LISTED: usize = 5;

/// What to examine and what to report.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What to read, and with how many threads.
    pub input: InputOptions,
    /// How to analyse it.
    pub analysis: AnalysisOptions,
    /// How loud the rules are, and which are off.
    pub levels: Levels,
    /// Report what comments in the source allow.
    pub suppressed: bool,
}

/// What one unit gave.
#[derive(Debug)]
pub struct Checked {
    /// The files that the findings point into: those that hold the word, and those that were searched for.
    pub sources: Sources,
    /// The findings in order of place.
    pub findings: Vec<Finding>,
    /// How many findings comments in the source allow, reported or not.
    pub suppressed: usize,
    /// What could not be examined, in order of path.
    pub problems: Vec<Problem>,
    /// How the verdicts on the line came about that is to be explained.
    pub explanations: Vec<Explanation>,
    /// How many pieces of the source that was looked at are not understood.
    pub unread: usize,
    /// How many files were read, those without the word included.
    pub files: usize,
}

/// Examines the inputs and hands over unit by unit, until all are done or `each` breaks off.
pub fn scan<B>(options: &Options, mut each: impl FnMut(Checked) -> ControlFlow<B>) -> ControlFlow<B> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.input.jobs)
        .stack_size(STACK)
        .build();
    for unit in input::units(&options.input) {
        let checked = match &pool {
            // The pool's threads are inherited by all that the analysis does in parallel.
            Ok(pool) => pool.install(|| check(unit, options)),
            // No thread can be started: the work is done on this one.
            Err(_) => check(unit, options),
        };
        each(checked)?;
    }
    ControlFlow::Continue(())
}

fn check(mut unit: Unit, options: &Options) -> Checked {
    let root = unit.root.clone();
    let files = unit.sources.iter().count() + unit.others.len();
    let mut sources = std::mem::take(&mut unit.sources);
    let mut problems = Vec::new();
    let analysed = catch_unwind(AssertUnwindSafe(|| {
        // One search is always worth its cost; further ones are where they cost little.
        let mut left = unit.others.len().max(SEARCHED);
        let mut searched: BTreeSet<String> = BTreeSet::new();
        let mut search = |names: &BTreeSet<String>| {
            if unit.others.len() > left {
                return Vec::new();
            }
            left -= unit.others.len();
            let found = unit.search(names, &options.input);
            searched.extend(names.difference(&found.missed).cloned());
            found.files
        };
        let mut analysis = program::check_growing(&mut sources, &options.analysis, &mut search);
        suppression::apply(&sources, &mut analysis.findings);
        let missed: Vec<&String> = analysis.wanted.difference(&searched).collect();
        let missed = (!missed.is_empty()).then(|| not_searched(&root, &missed));
        (analysis, missed)
    }));
    problems.append(&mut unit.problems);
    if options.input.deadline.is_over() {
        problems.push(late(root.clone()));
    }
    let (mut analysis, missed) = analysed.unwrap_or_else(|panic| {
        let first = sources.iter().next().map(|(_, file)| file.path.clone());
        let is_tree = !root.as_os_str().is_empty();
        let path = if is_tree { root } else { first.unwrap_or(root) };
        problems.push(failure(path, &*panic));
        (program::Analysis::default(), None)
    });
    if let Some(buffers) = &unit.buffers {
        let is_told = |path: &PathBuf| buffers.contains(path) || *path == unit.root;
        analysis.problems.retain(|problem| is_told(&problem.path));
        let path = |finding: &Finding| &sources.file(finding.at.file).path;
        analysis.findings.retain(|finding| buffers.contains(path(finding)));
    }
    problems.append(&mut analysis.problems);
    problems.extend(missed);
    let mut findings = analysis.findings;
    findings.retain_mut(|finding| options.wants(finding));
    let suppressed = findings.iter().filter(|finding| finding.suppression.is_some()).count();
    findings.retain(|finding| options.suppressed || finding.suppression.is_none());
    // Files that a search has added come last in the table, but not among the findings.
    findings.sort_by_cached_key(|finding| (sources.file(finding.at.file).path.clone(), finding.at, finding.rule));
    problems.sort();
    Checked {
        files,
        sources,
        findings,
        suppressed,
        problems,
        explanations: analysis.explanations,
        unread: analysis.unread,
    }
}

/// What to say of a panic, which costs a unit or a package, not the run.
pub(crate) fn failure(path: PathBuf, panic: &(dyn Any + Send)) -> Problem {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    let text = format!("the analysis failed, which is a bug of mremap-lint: {text}");
    Problem::new(path, ProblemKind::Internal, text)
}

/// What to say of a unit for which the time did not suffice.
fn late(root: PathBuf) -> Problem {
    let text = "the limit of time was reached: the analysis is not complete";
    Problem::new(root, ProblemKind::LimitReached, text)
}

/// What to say of names that calls without a verdict depend on, and that were not looked for in all files.
fn not_searched(root: &Path, names: &[&String]) -> Problem {
    let listed: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let more = match names.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!(
        "the search for what other files say of names that calls depend on was cut short: {}{more}",
        listed.join(", ")
    );
    Problem::new(root, ProblemKind::LimitReached, text)
}

impl Options {
    /// Sets when reading and analysing must end, complete or not. Problems say where it was not.
    pub fn end_at(&mut self, deadline: Deadline) {
        self.input.deadline = deadline;
        self.analysis.limits.deadline = deadline;
    }

    /// Adds functions that are treated as mremap, and looks for their names as for its own.
    pub fn add_sinks(&mut self, sinks: impl IntoIterator<Item = (String, SinkPositions)>) {
        for (name, positions) in sinks {
            let word = last_segment(&name).to_owned();
            if !self.input.names.contains(&word) {
                self.input.names.push(word);
            }
            self.analysis.sinks.extra.insert(name, positions);
        }
    }

    /// Whether a finding is reported, at the level that is set.
    fn wants(&self, finding: &mut Finding) -> bool {
        match finding.level {
            Level::None => self.analysis.all_calls,
            _ => self.levels.apply(finding) || self.analysis.all_calls,
        }
    }
}
