//! The whole of one unit: which functions to explore, and what the engine asks of the code around them.
//!
//! # Rounds
//! The first round explores every function whose item holds a sink. A function whose result depends on who calls it (a parameter or
//! memory that it does not set decides) wants its callers: the next round lowers the items that mention its name, directly,
//! through a macro, or through the field of an operation table that it is stored in, and explores the functions that call
//! it; the engine follows the calls down to the sink. This repeats until nothing is wanted or a bound is hit. Callees,
//! globals and constants are lowered when the engine asks for them.
//!
//! # Searches
//! What stays undecided for want of a name that the unit does not show is searched for in its other files, and the analysis
//! is made again with these. What was lowered (`lowered`) and explored (`explored`) is kept (`memo`) as long as what it has
//! asked for is answered as before (`inquiry`).

mod callers;
mod code;
mod explain;
mod explored;
mod inquiry;
mod lowered;
mod macro_uses;
mod memo;
mod objects;
mod sites;
mod uncovered;
mod wanted;

use crate::engine::{Body, Key, Limits};
use crate::facts::Stated;
use crate::finding::{Explanation, Finding};
use crate::ir::Linkage;
use crate::progress::Progress;
use crate::sinks::Sinks;
use crate::source::{FileId, Problem, ProblemKind, SourceFile, Sources, Span};
use crate::syntax::index::Index;
use crate::value::Cause;
use crate::verdict::{self, Class, Missing};
use callers::Callers;
use explain::Trail;
use explored::{Explored, LeftBehind};
use lowered::Cache;
use memo::Memo;
use rayon::prelude::*;
use sites::RawRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf, absolute};
use std::sync::{Arc, Mutex};

/// Rounds of callers in which what memory holds is followed, too.
const NEAR: usize = 5;
/// Callers explored for one unit.
const CALLERS: usize = 6_000;
/// Callers explored besides for each function that may call a sink: whole files of wrappers are explored, too.
const CALLERS_OF_ONE: usize = 4;

/// How a unit is analysed.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Sinks named by the user besides the built-in ones.
    pub sinks: Sinks,
    /// What the user states about functions.
    pub stated: Stated,
    /// Bounds on each exploration.
    pub limits: Limits,
    /// Every call is to be reported: also who calls a function that is safe by itself is looked at.
    pub all_calls: bool,
    /// Counts the functions that are explored.
    pub progress: Arc<Progress>,
    /// The line whose calls are to be explained.
    pub explain: Option<Place>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user names it.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: u32,
}

impl Place {
    /// Whether a file is the one that is meant.
    pub fn is_in(&self, path: &Path) -> bool {
        let absolute = |path: &Path| absolute(path).unwrap_or_else(|_| path.to_path_buf());
        absolute(&self.path) == absolute(path)
    }
}

/// What is known of a unit.
#[derive(Debug, Default)]
pub struct Analysis {
    /// All findings, passes and unproven calls included, in order of place.
    pub findings: Vec<Finding>,
    /// What could not be examined.
    pub problems: Vec<Problem>,
    /// How the verdicts on the line came about that [`Options::explain`] names.
    pub explanations: Vec<Explanation>,
    /// The names of what would help to decide the calls that stay unproven.
    pub wanted: BTreeSet<String>,
}

/// Identifies a function by its definition: variants of one function share it.
pub type FunctionKey = Span;

/// A unit with its index and what was lowered so far.
pub struct Program<'unit> {
    sources: &'unit Sources,
    index: &'unit Index,
    options: &'unit Options,
    before: Before,
    /// Functions stored in fields by name of the field; grows between rounds only.
    stored: BTreeMap<String, BTreeSet<String>>,
    /// Functions stored in globals by name of the global, as far as callers were looked for.
    held: BTreeMap<String, BTreeSet<String>>,
    /// Names of functions that lead to sinks; grows between rounds only.
    leading: BTreeSet<String>,
    /// Globals that keep their initial value, as far as was asked.
    frozen: Mutex<BTreeMap<(FileId, String), bool>>,
    /// The functions that may store to a private global, as far as was asked.
    writers: Mutex<BTreeMap<(FileId, String), Writers>>,
}

/// What was worked out already, by an earlier analysis of the same unit too.
#[derive(Default)]
struct Before {
    items: Cache,
    /// By function, its variant, whether only unseen code calls it, and how many states were kept apart.
    explored: Memo<(FunctionKey, usize, bool, usize), Explored>,
    snapshots: Memo<(FunctionKey, usize, BTreeSet<Key>), LeftBehind>,
}

impl Before {
    fn handed_on(self, index: &Index, first: FileId) -> Before {
        Before {
            items: self.items.handed_on(index, first),
            explored: self.explored.handed_on(),
            snapshots: self.snapshots.handed_on(),
        }
    }
}

/// The functions that may store to a global; `None` if not all stores are visible.
type Writers = Option<Vec<Arc<Body>>>;

/// Searches of a unit's other files for names that the analysis wants to know more of.
const SEARCHES: usize = 3;

/// Analyses files as one unit: all findings, passes and unproven calls included, in order of place, and what could not be
/// examined.
pub fn check(sources: &Sources, options: &Options) -> (Vec<Finding>, Vec<Problem>) {
    let index = Index::new(sources, &options.sinks);
    let (analysis, _) = analyse(sources, &index, options, &mut Trail::default(), Before::default());
    (analysis.findings, analysis.problems)
}

/// Analyses a unit that can give more of its files: `search` returns those that mention one of the names. Each search is
/// followed by another analysis of all that is then known, until nothing new is wanted. What the new files do not bear on is
/// not worked out again.
pub fn check_growing(
    sources: &mut Sources,
    options: &Options,
    search: &mut dyn FnMut(&BTreeSet<String>) -> Vec<SourceFile>,
) -> Analysis {
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut index = Index::new(sources, &options.sinks);
    let mut trail = Trail::default();
    let (mut analysis, mut before) = analyse(sources, &index, options, &mut trail, Before::default());
    for _ in 0..SEARCHES {
        let new: BTreeSet<String> = analysis.wanted.difference(&asked).cloned().collect();
        let files = if new.is_empty() { Vec::new() } else { search(&new) };
        if files.is_empty() {
            break;
        }
        if options.explain.is_some() {
            trail.searched(&new, &files);
        }
        asked.extend(new);
        let first = FileId(sources.iter().count() as u32);
        for file in files {
            sources.add(file);
        }
        index.update(sources);
        (analysis, before) = analyse(sources, &index, options, &mut trail, before.handed_on(&index, first));
    }
    analysis
}

/// One analysis of all files, and what it leaves to the next.
fn analyse(
    sources: &Sources,
    index: &Index,
    options: &Options,
    trail: &mut Trail,
    before: Before,
) -> (Analysis, Before) {
    let mut program = Program {
        sources,
        index,
        options,
        before,
        stored: BTreeMap::new(),
        held: BTreeMap::new(),
        leading: BTreeSet::new(),
        frozen: Mutex::default(),
        writers: Mutex::default(),
    };
    let (explored, mut problems) = program.explore_all(trail);
    let wanted = program.wanted(&explored);
    let mut records = sites::records(&explored);
    records.extend(sites::unreached(&explored));
    let mut findings = verdict::findings(sources, &records);
    findings.extend(program.uncovered(&findings, &mut problems));
    findings.sort_by_key(|finding| (finding.at, finding.rule));
    problems.sort();
    problems.dedup();
    let explain = |place| program.explanations(place, &explored, &findings, trail);
    let explanations = options.explain.as_ref().map(explain).unwrap_or_default();
    let analysis = Analysis {
        findings,
        problems,
        explanations,
        wanted,
    };
    (analysis, program.before)
}

impl Program<'_> {
    fn explore_all(&mut self, trail: &mut Trail) -> (Vec<Explored>, Vec<Problem>) {
        let mut callers = Callers::new();
        let mut explored: Vec<Explored> = Vec::new();
        let mut seen: BTreeSet<(FunctionKey, usize)> = BTreeSet::new();
        let mut wanted = callers.with_sinks(self);
        let mut room = CALLERS + CALLERS_OF_ONE * wanted.len();
        let mut left_out: Vec<Arc<Body>> = Vec::new();
        // Callers of callers, as far out as calls are followed inwards.
        for round in 1..=self.options.limits.depth + 1 {
            wanted.retain(|body| seen.insert((body.function.whole, body.variant)));
            if round > 1 {
                left_out.extend(wanted.drain(room.min(wanted.len())..));
                room -= wanted.len();
            }
            if wanted.is_empty() {
                break;
            }
            self.stored = callers.stored_functions().clone();
            self.leading
                .extend(wanted.iter().map(|body| body.function.name.clone()));
            let program = &*self;
            let mut new: Vec<Explored> = wanted.par_iter().map(|body| program.explore(body)).collect();
            new.iter_mut().for_each(|one| one.round = round);
            let unsettled = new.iter().filter(|one| needs_callers(one, self.options.all_calls));
            if round > self.options.limits.depth {
                trail.left = unsettled.clone().map(|one| one.body.function.name.clone()).collect();
            }
            wanted = match self.is_late() {
                true => Vec::new(),
                false => callers.of(self, unsettled.map(|one| &*one.body)),
            };
            explored.extend(new);
        }
        self.stored = callers.stored_functions().clone();
        self.held = callers.held_functions().clone();
        for one in &mut explored {
            one.callers_left_out =
                self.is_late() || !left_out.is_empty() || callers.are_too_many(&one.body.function.name);
        }
        self.explore_libraries(&mut explored);
        if !self.is_late() {
            self.resolve_entries(&mut explored, |name| callers.mentioning(self, name));
        }
        let counts =
            |record: &RawRecord| !record.only_evidence || matches!(record.class, Class::Zero(_) | Class::Maybe(_));
        explored.iter_mut().for_each(|one| one.records.retain(counts));
        sites::settle(&mut explored);
        let mut problems = self.before.items.problems();
        problems.extend(explored.iter().filter_map(|one| self.cut_short(one)));
        problems.extend(self.too_many(&left_out));
        let common = explored.iter().map(|one| &one.body);
        let common = common.filter(|body| callers.are_too_many(&body.function.name));
        problems.extend(common.map(|body| {
            let name = &body.function.name;
            let text = format!("not all that mentions `{name}` was searched for its callers");
            self.limit_reached(body, text)
        }));
        (explored, problems)
    }

    /// Whether the time is over: nothing more is lowered or explored, and what was found counts as found so far.
    fn is_late(&self) -> bool {
        self.options.limits.deadline.is_over()
    }

    /// What to say of an exploration that did not come to its end, if it was on the way to a sink.
    fn cut_short(&self, one: &Explored) -> Option<Problem> {
        let function = &one.body.function;
        let leads = !one.records.is_empty() || one.failed || function.calls().any(|call| call.sink.is_some());
        let (kind, what) = match one.failed {
            true => (ProblemKind::Internal, "failed, which is a bug of mremap-lint"),
            false => (ProblemKind::LimitReached, "stopped at its limit of steps"),
        };
        let file = self.sources.file(one.body.file);
        // That the time was over is said once of the whole unit.
        (one.exhausted && leads && (one.failed || !self.is_late())).then(|| Problem {
            path: file.path.clone(),
            line: Some(file.position(function.at.start).line),
            kind,
            text: format!("the analysis of `{}` {what}", function.name),
        })
    }

    /// What to say of callers that were not explored because there are too many.
    fn too_many(&self, left_out: &[Arc<Body>]) -> Option<Problem> {
        let first = left_out.first()?;
        let (count, name) = (left_out.len(), &first.function.name);
        let text = format!("too many functions lead to mremap: {count} were not analysed, the first is `{name}`");
        Some(self.limit_reached(first, text))
    }

    fn limit_reached(&self, body: &Body, text: String) -> Problem {
        let file = self.sources.file(body.file);
        Problem {
            path: file.path.clone(),
            line: Some(file.position(body.function.at.start).line),
            kind: ProblemKind::LimitReached,
            text,
        }
    }

    /// Explores functions anew that only unseen code calls: what they find in globals is what the others of the unit leave.
    fn explore_libraries(&self, explored: &mut [Explored]) {
        let of_programs = |one: &&Explored| one.body.function.linkage == Linkage::Entry;
        let mut called: BTreeSet<FunctionKey> = BTreeSet::new();
        for record in explored.iter().filter(of_programs).flat_map(|one| &one.records) {
            called.insert(record.caller.function.whole);
            called.extend(record.stack.iter().map(|frame| frame.caller.function.whole));
        }
        explored.par_iter_mut().for_each(|one| {
            let function = &one.body.function;
            if one.owns_globals && function.linkage == Linkage::Public && !called.contains(&function.whole) {
                let again = self.explore_from(&one.body, true);
                if again.exhausted && self.is_late() {
                    // What was cut off for want of time says less than what is there.
                    one.exhausted = true;
                    return;
                }
                *one = Explored {
                    round: one.round,
                    callers_left_out: one.callers_left_out,
                    ..again
                };
            }
        });
    }
}

/// Whether who calls a function decides what reaches its sinks: something is unknown, or differs from state to state in a
/// function of which all callers are visible. Far from the sink only those matter that hand the value itself on.
fn needs_callers(explored: &Explored, all_calls: bool) -> bool {
    let linkage = explored.body.function.linkage;
    if linkage == Linkage::Entry || explored.exhausted {
        return false;
    }
    let near = explored.round <= NEAR;
    // Whoever brings what the program believes can be zero is on the way to it.
    let undecided = |record: &RawRecord| match &record.class {
        Class::Unknown(Missing::Parameter(_)) => true,
        Class::Unknown(_) => near,
        Class::Maybe(origin) => origin.birth() == Cause::Believed && !record.parameters.is_empty(),
        Class::NonZero(_) => near && record.assumed,
        _ => false,
    };
    let unknown = explored.records.iter().any(undecided);
    let private = near && linkage == Linkage::Private && !sites::agrees(&explored.records.iter().collect::<Vec<_>>());
    let brings = all_calls
        && explored
            .records
            .iter()
            .any(|record| record.parameters.iter().any(|brought| !brought.in_memory));
    let one_of_many = explored.body.function.stands_for().is_some();
    unknown || brings || (private || one_of_many) && !explored.records.is_empty()
}
