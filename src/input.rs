//! Paths → units: which files are analysed together, and their text.
//!
//! A directory argument is one unit; all file arguments together are one more; standard input is one.
//! Every file is read at most once, and only the text of files that hold the word is kept. What could not be read is a
//! [`Problem`] of the unit, never a silent gap. Nothing here depends on the order in which threads finish.
//!
//! Not here: what the word means in a file. A comment counts as much as a call.

mod decode;
mod definition;
mod excluded;
mod language;
mod plan;
mod prefilter;
mod read;
mod search;
mod walk;

use std::path::PathBuf;
use std::sync::Arc;

use crate::progress::Progress;
use crate::source::{Language, Problem, Sources};

pub use excluded::Excluded;
pub use language::by_name;
pub use search::Searched;

/// Files larger than this are reported and not read, unless [`InputOptions::file_limit`] says otherwise.
pub const FILE_LIMIT: u64 = 256 << 20;

/// What to read and how.
#[derive(Clone, Debug)]
pub struct InputOptions {
    /// Files and directories as the user named them.
    pub paths: Vec<PathBuf>,
    /// The content of standard input and the name to report it under.
    pub stdin: Option<(PathBuf, Vec<u8>)>,
    /// Read what `.gitignore`, `.ignore` and their relatives leave out.
    pub no_ignore: bool,
    /// Read hidden files and folders too.
    pub hidden: bool,
    /// What a walk leaves out besides.
    pub excluded: Vec<Excluded>,
    /// Leave it out even where a path names it.
    pub force_exclude: bool,
    /// The language of all files; otherwise each file's name and content decide.
    pub language: Option<Language>,
    /// More names to look for than those of `mremap` itself: a file that holds one of them is kept.
    pub names: Vec<String>,
    /// Counts the files that are read.
    pub progress: Arc<Progress>,
    /// Threads of the walk; 0 means one for each processor.
    pub jobs: usize,
    /// The size in bytes from which on a file is not read.
    pub file_limit: u64,
}

impl Default for InputOptions {
    fn default() -> InputOptions {
        InputOptions {
            paths: Vec::new(),
            stdin: None,
            no_ignore: false,
            hidden: false,
            excluded: Vec::new(),
            force_exclude: false,
            language: None,
            names: Vec::new(),
            progress: Arc::default(),
            jobs: 0,
            file_limit: FILE_LIMIT,
        }
    }
}

/// Files that are analysed together.
#[derive(Debug, Default)]
pub struct Unit {
    /// The directory argument; empty for the unit of named files and for standard input.
    pub root: PathBuf,
    /// The files that hold one of the names, in path order.
    pub sources: Sources,
    /// The other source files, in path order; they were read, hold none of the names, and their text is gone.
    pub others: Vec<PathBuf>,
    /// What could not be read, or not wholly, in path order.
    pub problems: Vec<Problem>,
}

/// Reads the inputs unit by unit, in the order of the arguments; each unit is read when the iterator is asked for it.
pub fn units(options: &InputOptions) -> impl Iterator<Item = Unit> + '_ {
    let words = prefilter::Words::new(&options.names);
    let reader = read::Reader {
        words,
        language: options.language,
        limit: options.file_limit,
    };
    let plans = plan::plan(&options.paths);
    let stdin = options
        .stdin
        .as_ref()
        .map(|(name, bytes)| (reader.clone(), name, bytes));
    let walked = plans.into_iter().map(move |plan| walk::unit(plan, options, &reader));
    walked.chain(stdin.map(|(reader, name, bytes)| walk::stdin_unit(&reader, name, bytes)))
}
