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
mod kept;
mod leaks;
mod lowered;
mod memo;
mod objects;
mod problems;
mod rounds;
mod started;
mod uncovered;
mod wanted;

use crate::engine::{Body, Limits};
use crate::facts::Stated;
use crate::finding::{Explanation, Finding};
use crate::progress::Progress;
use crate::sinks::Sinks;
use crate::source::{FileId, Problem, SourceFile, Sources};
use crate::syntax::index::Index;
use crate::verdict;
use explain::Trail;
pub use kept::Kept;
use kept::{Before, Stage};
use rounds::Rounds;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf, absolute};
use std::sync::{Arc, Mutex, OnceLock};

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
    pub explain: Option<SourceLine>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// The file, as the user names it.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: u32,
}

impl SourceLine {
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
    /// How many pieces of the source that was looked at are not understood.
    pub unread: usize,
    /// The names of what would help to decide the calls that stay unproven.
    pub wanted: BTreeSet<String>,
}

/// A unit with its index and what was lowered so far.
pub struct Program<'unit> {
    sources: &'unit Sources,
    index: &'unit Index,
    options: &'unit Options,
    before: Before,
    /// Functions are explored with few disjuncts only.
    coarse: bool,
    /// Functions stored in fields by name of the field; grows between rounds only.
    stored: BTreeMap<String, BTreeSet<String>>,
    /// Functions stored in globals by name of the global, as far as callers were looked for.
    held: BTreeMap<String, BTreeSet<String>>,
    /// Names of wrappers: functions that call sinks or lead to them; grows between rounds only.
    wrappers: BTreeSet<String>,
    /// Globals that keep their initial value, as far as was asked.
    frozen: Mutex<BTreeMap<(FileId, String), bool>>,
    /// What runs before `main`, by file, as far as was asked.
    started: Mutex<BTreeMap<FileId, Arc<Vec<Arc<Body>>>>>,
    /// The functions that the system runs before `main`, if that was asked.
    constructors: OnceLock<Arc<Vec<Arc<Body>>>>,
    /// The functions that may store to a private global, as far as was asked.
    writers: Mutex<BTreeMap<(FileId, String), Writers>>,
}

/// The functions that may store to a global; `None` if not all stores are visible.
type Writers = Option<Vec<Arc<Body>>>;

/// Searches of a unit's other files for names that the analysis wants to know more of.
const SEARCHES: usize = 3;

/// Analyses files as one unit: all findings, passes and unproven calls included, in order of place, and what could not be
/// examined.
pub fn check(sources: &Sources, options: &Options) -> (Vec<Finding>, Vec<Problem>) {
    let index = Index::new(sources, &options.sinks);
    let mut program = Program::new(sources, &index, options, Before::default());
    let mut trail = Trail::default();
    let rounds = program.explore_rounds(&mut trail);
    let analysis = program.conclude(rounds, &trail);
    (analysis.findings, analysis.problems)
}

/// Finds the files of a unit that mention one of some names.
pub type Search<'a> = dyn FnMut(&BTreeSet<String>) -> Vec<Arc<SourceFile>> + 'a;

/// Analyses a unit that can give more of its files: `search` returns those that mention one of the names. Each search is
/// followed by further rounds with all that is then known, until nothing new is wanted; only then are the verdicts made. What
/// the new files do not bear on is not worked out again.
pub fn check_growing(sources: &mut Sources, options: &Options, search: &mut Search) -> Analysis {
    grow(&mut Vec::new(), false, sources, options, search)
}

/// As [`check_growing`], with the same outcome, but takes over what the analysis of an earlier state of the unit has worked
/// out and the change does not bear on; and leaves in `kept` what it has worked out itself. The options must be the same.
pub fn check_again(kept: &mut Kept, sources: &mut Sources, options: &Options, search: &mut Search) -> Analysis {
    // If the analysis fails, nothing is kept.
    let mut stages = std::mem::take(&mut kept.stages);
    let analysis = grow(&mut stages, true, sources, options, search);
    kept.stages = stages;
    analysis
}

/// Analyses stage by stage. `stages` are those of an earlier state, and afterwards those of this one if they are to be kept.
fn grow(
    stages: &mut Vec<Stage>,
    keep: bool,
    sources: &mut Sources,
    options: &Options,
    search: &mut Search,
) -> Analysis {
    let mut searches = Searches {
        left: SEARCHES,
        asked: BTreeSet::new(),
        search,
    };
    let mut trail = Trail::default();
    let mut earlier = std::mem::take(stages).into_iter();
    let mut last: Option<Stage> = None;
    loop {
        let mut before = Before::default();
        if let Some(last) = &last {
            before.take_over_stage(&last.given, FileId(last.sources.files().len() as u32));
        }
        let index = match earlier.next() {
            Some(stage) => {
                let (index, change) = stage.index.renewed(&stage.sources, sources);
                before.take_over_state(&stage.given, change);
                index
            }
            None => next_index(&mut last, keep, sources, options),
        };
        stages.extend(last.take().filter(|_| keep));
        let mut program = Program::new(sources, &index, options, before);
        // What few disjuncts leave open is reason enough for a search; the others are for what is left when all is there.
        program.coarse = true;
        let rounds = program.explore_rounds(&mut trail);
        let mut files = searches.look(program.wanted(&rounds.explored), options, &mut trail);
        let mut analysis = None;
        if files.is_empty() {
            program.coarse = false;
            let rounds = program.explore_rounds(&mut trail);
            let concluded = program.conclude(rounds, &trail);
            // What is wanted may be another thing now that it is known what the functions of the unit leave to each other.
            files = searches.look(concluded.wanted.clone(), options, &mut trail);
            analysis = files.is_empty().then_some(concluded);
        }
        let given = program.before.given();
        let stage = Stage {
            sources: sources.clone(),
            index,
            given,
        };
        if let Some(analysis) = analysis {
            stages.extend(Some(stage).filter(|_| keep));
            return analysis;
        }
        for file in files {
            sources.add(file);
        }
        last = Some(stage);
    }
}

/// The index of sources that have got more files since the last stage, which is to be kept or not.
fn next_index(last: &mut Option<Stage>, keep: bool, sources: &Sources, options: &Options) -> Index {
    let Some(last) = last else {
        return Index::new(sources, &options.sinks);
    };
    let mut index = match keep {
        true => last.index.clone(),
        false => std::mem::take(&mut last.index),
    };
    index.update(sources);
    index
}

/// The searches of a unit's other files that may still be made, and what was looked for.
struct Searches<'search> {
    left: usize,
    asked: BTreeSet<String>,
    search: &'search mut Search<'search>,
}

impl Searches<'_> {
    /// The files that mention what is wanted and was not looked for before.
    fn look(&mut self, mut wanted: BTreeSet<String>, options: &Options, trail: &mut Trail) -> Vec<Arc<SourceFile>> {
        wanted.retain(|name| !self.asked.contains(name));
        if wanted.is_empty() || self.left == 0 {
            return Vec::new();
        }
        let files = (self.search)(&wanted);
        self.left -= 1;
        if options.explain.is_some() && !files.is_empty() {
            trail.searched(&wanted, &files);
        }
        self.asked.append(&mut wanted);
        files
    }
}

impl<'unit> Program<'unit> {
    fn new(sources: &'unit Sources, index: &'unit Index, options: &'unit Options, before: Before) -> Program<'unit> {
        Program {
            sources,
            index,
            options,
            before,
            coarse: false,
            stored: BTreeMap::new(),
            held: BTreeMap::new(),
            wrappers: BTreeSet::new(),
            frozen: Mutex::default(),
            started: Mutex::default(),
            constructors: OnceLock::new(),
            writers: Mutex::default(),
        }
    }
}

impl Program<'_> {
    /// What comes of the rounds: settles what single explorations leave undecided, makes the verdicts, and says what could not
    /// be examined and what else is wanted.
    fn conclude(&self, mut rounds: Rounds, trail: &Trail) -> Analysis {
        self.note_callers_left_out(&mut rounds);
        self.explore_from_external(&mut rounds.explored);
        self.settle(&mut rounds);
        let mut problems = self.problems(&rounds);
        let explored = rounds.explored;
        let mut findings = verdict::findings(self.sources, &verdict::counted(&explored));
        findings.extend(self.uncovered(&findings, &mut problems));
        findings.sort_by_key(|finding| (finding.at, finding.rule));
        problems.sort();
        problems.dedup();
        let explain = |place| self.explanations(place, &explored, &findings, trail);
        let explanations = self.options.explain.as_ref().map(explain).unwrap_or_default();
        Analysis {
            wanted: self.wanted(&explored),
            unread: self.before.items.unread(),
            findings,
            problems,
            explanations,
        }
    }

    /// Settles what single explorations leave undecided by what others have found.
    fn settle(&self, rounds: &mut Rounds) {
        if !self.is_late() {
            let callers = &rounds.callers;
            self.settle_by_memory(&mut rounds.explored, |name| callers.mentioning(self, name));
        }
        verdict::settle(&mut rounds.explored);
    }

    /// Whether the time is over: nothing more is lowered or explored, and what was found counts as found so far.
    fn is_late(&self) -> bool {
        self.options.limits.deadline.is_over()
    }
}
