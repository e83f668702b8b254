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
use crate::program::{self, Search};
use crate::rules::Levels;
use crate::sinks::last_segment;
use crate::source::{Problem, ProblemKind, Sources};
use crate::suppression;
use rayon::ThreadPool;
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
    let pool = pool(options);
    for mut unit in input::units(&options.input) {
        let analyse =
            |sources: &mut Sources, search: &mut Search| program::check_growing(sources, &options.analysis, search);
        each(within(&pool, || check(&mut unit, options, analyse)))?;
    }
    ControlFlow::Continue(())
}

/// Inputs that are examined again and again while some of their texts change: what a change does not bear on is neither read
/// nor worked out again. What comes out is what [`scan`] gives.
#[derive(Default)]
pub(crate) struct Session {
    units: Vec<KeptUnit>,
    /// The files that texts stood for.
    buffers: BTreeSet<PathBuf>,
}

struct KeptUnit {
    unit: Unit,
    program: program::Kept,
}

impl Session {
    /// Examines the inputs. But for the texts that stand for files, the options must be the same each time. `look`: whether
    /// other files may have changed, too.
    pub fn scan(&mut self, options: &Options, look: bool, mut each: impl FnMut(Checked)) {
        let buffers: BTreeSet<PathBuf> = options.input.buffers.paths().map(Path::to_path_buf).collect();
        let pool = pool(options);
        let mut units = std::mem::take(&mut self.units);
        if look || units.is_empty() || buffers != self.buffers {
            let mut before = std::mem::take(&mut units);
            for unit in input::units(&options.input) {
                let known = before.iter().position(|kept| kept.unit.root == unit.root);
                let program = known.map(|known| before.swap_remove(known).program);
                let program = program.unwrap_or_default();
                units.push(KeptUnit { unit, program });
            }
        }
        for KeptUnit { unit, program } in &mut units {
            unit.renew_buffers(&options.input);
            let analyse = |sources: &mut Sources, search: &mut Search| {
                program::check_again(program, sources, &options.analysis, search)
            };
            each(within(&pool, || check(unit, options, analyse)));
        }
        (self.units, self.buffers) = (units, buffers);
    }
}

fn pool(options: &Options) -> Option<ThreadPool> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.input.jobs);
    pool.stack_size(STACK).build().ok()
}

fn within<T: Send>(pool: &Option<ThreadPool>, work: impl FnOnce() -> T + Send) -> T {
    match pool {
        // The pool's threads are inherited by all that the analysis does in parallel.
        Some(pool) => pool.install(work),
        // No thread can be started: the work is done on this one.
        None => work(),
    }
}

/// Analyses a unit with the files of it that the analysis asks for.
fn check(
    unit: &mut Unit,
    options: &Options,
    analyse: impl FnOnce(&mut Sources, &mut Search) -> program::Analysis,
) -> Checked {
    let root = unit.root.clone();
    unit.start_over();
    let mut sources = unit.sources.clone();
    let files = sources.files().len() + unit.others_left();
    let mut problems = unit.problems.clone();
    let analysed = catch_unwind(AssertUnwindSafe(|| {
        // One search is always worth its cost; further ones are where they cost little.
        let mut left = unit.others_left().max(SEARCHED);
        let mut searched: BTreeSet<String> = BTreeSet::new();
        let mut unread = Vec::new();
        let mut search = |names: &BTreeSet<String>| {
            if unit.others_left() > left {
                return Vec::new();
            }
            left -= unit.others_left();
            let found = unit.search(names, &options.input);
            searched.extend(names.difference(&found.missed).cloned());
            unread.extend(found.problems);
            found.files
        };
        let mut analysis = analyse(&mut sources, &mut search);
        suppression::apply(&sources, &mut analysis.findings);
        let missed: Vec<&String> = analysis.wanted.difference(&searched).collect();
        analysis.problems.extend(unread);
        analysis
            .problems
            .extend((!missed.is_empty()).then(|| not_searched(&root, &missed)));
        analysis
    }));
    if options.input.deadline.is_over() {
        problems.push(late(root.clone()));
    }
    let mut analysis = analysed.unwrap_or_else(|panic| {
        let first = sources.iter().next().map(|(_, file)| file.path.clone());
        let is_tree = !root.as_os_str().is_empty();
        let path = if is_tree { root } else { first.unwrap_or(root) };
        problems.push(failure(path, &*panic));
        program::Analysis::default()
    });
    if let Some(buffers) = &unit.buffers {
        let is_told = |path: &PathBuf| buffers.contains(path) || *path == unit.root;
        analysis.problems.retain(|problem| is_told(&problem.path));
        let path = |finding: &Finding| &sources.file(finding.at.file).path;
        analysis.findings.retain(|finding| buffers.contains(path(finding)));
    }
    problems.append(&mut analysis.problems);
    checked(options, sources, files, analysis, problems)
}

/// What is reported of an analysis.
fn checked(
    options: &Options,
    sources: Sources,
    files: usize,
    analysis: program::Analysis,
    mut problems: Vec<Problem>,
) -> Checked {
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
