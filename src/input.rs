//! Paths → units: which files are analysed together, and their text.
//!
//! A directory argument is one unit, and so is an archive; all other files together are one more. Each is read once, and only the
//! text of files that hold the word is kept. What could not be read is a [`Problem`] of the unit, never a silent gap. Nothing
//! here depends on the order in which threads finish.
//!
//! Where [`Buffers`] stand for files, only the units that they belong to are read, each with all its other files, since
//! these decide what a call means; but what is reported is about the buffers.
//!
//! Not here: what the word means in a file. A comment counts as much as a call.

mod buffers;
mod decode;
mod definition;
mod excluded;
mod language;
mod packed;
mod plan;
mod prefilter;
mod read;
mod search;
mod text_store;
mod walk;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::archive;
use crate::paths;
use crate::progress::{Deadline, Progress};
use crate::source::{Language, Problem, Sources};

pub use buffers::Buffers;
pub use excluded::Excluded;
pub use language::by_name;

/// Files larger than this are reported and not read, unless [`InputOptions::file_limit`] says otherwise.
pub const FILE_LIMIT: u64 = 256 << 20;

/// Bytes of text without the word that are kept of an archive for searches, unless [`InputOptions::without_word`] says
/// otherwise.
pub const WITHOUT_WORD: u64 = 96 << 20;

/// Bytes of text with the word that are kept of an archive, unless [`InputOptions::with_word`] says otherwise.
pub const WITH_WORD: u64 = 64 << 20;

/// What to read and how.
#[derive(Clone, Debug)]
pub struct InputOptions {
    /// Files, directories and archives as the user named them.
    pub paths: Vec<PathBuf>,
    /// Texts that stand for files, or are added to them. If there are any, nothing else is reported on.
    pub buffers: Buffers,
    /// Read what `.gitignore`, `.ignore` and their relatives leave out.
    pub no_ignore: bool,
    /// Read hidden files and folders too.
    pub hidden: bool,
    /// Read only what lies in the named folders themselves, not what lies in folders below.
    pub flat: bool,
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
    /// Bounds on what is read of one archive.
    pub limits: archive::Limits,
    /// Bytes of text with the word that may be kept of an archive. What goes beyond is reported and not examined.
    pub with_word: u64,
    /// Bytes of text without the word that may be kept of an archive. If there is more, a search reads the archive once more.
    pub without_word: u64,
    /// When reading must end.
    pub deadline: Deadline,
}

impl Default for InputOptions {
    fn default() -> InputOptions {
        InputOptions {
            paths: Vec::new(),
            buffers: Buffers::default(),
            no_ignore: false,
            hidden: false,
            flat: false,
            excluded: Vec::new(),
            force_exclude: false,
            language: None,
            names: Vec::new(),
            progress: Arc::default(),
            jobs: 0,
            file_limit: FILE_LIMIT,
            limits: archive::Limits::default(),
            with_word: WITH_WORD,
            without_word: WITHOUT_WORD,
            deadline: Deadline::default(),
        }
    }
}

impl InputOptions {
    /// Whether a file or folder is to be left out.
    fn excludes(&self, path: &Path, is_folder: bool) -> bool {
        self.excluded.iter().any(|excluded| excluded.holds(path, is_folder))
    }
}

/// Files that are analysed together.
#[derive(Debug, Default)]
pub struct Unit {
    /// The directory argument; empty for the unit of named files.
    pub root: PathBuf,
    /// The files that hold one of the names, in path order.
    pub sources: Sources,
    /// The other source files, in path order; they were read, hold none of the names, and their text is gone.
    pub others: Vec<PathBuf>,
    /// Where to read them.
    texts: packed::Texts,
    /// What searches have seen of them.
    seen: search::Seen,
    /// What could not be read, or not wholly, in path order.
    pub problems: Vec<Problem>,
    /// The sources that are buffers, if nothing else is to be reported on.
    pub buffers: Option<BTreeSet<PathBuf>>,
}

impl Unit {
    /// Takes over the texts that stand for files by now: the same files as when it was read.
    pub fn renew_buffers(&mut self, options: &InputOptions) {
        walk::renew_buffers(self, options, &reader(options));
    }
}

fn reader(options: &InputOptions) -> read::Reader {
    read::Reader {
        words: prefilter::Words::new(&options.names),
        language: options.language,
        limit: options.file_limit,
    }
}

/// The language that a file with a text is read as.
pub fn language_of(path: &Path, text: &str) -> Language {
    language::of(path.file_name().unwrap_or_default(), text)
}

/// The folder of the files that belong together with a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Home {
    /// It is just the one that the file lies in, which may hold anything.
    pub is_stray: bool,
    /// The folder.
    pub folder: PathBuf,
}

/// Where a file belongs: in the repository that it lies in; without one, in that of `folders` that holds it; without one, in its
/// own folder, if that exists.
pub fn home(file: &Path, folders: &[PathBuf]) -> Option<Home> {
    let file = paths::without_dots(&std::path::absolute(file).ok()?);
    let own = file.parent().filter(|folder| folder.is_dir());
    let repository = file.ancestors().skip(1).find(|folder| paths::is_repository(folder));
    let among = folders.iter().filter(|folder| file.starts_with(folder));
    let among = among.max_by_key(|folder| folder.components().count());
    let folder = repository.or(among.map(PathBuf::as_path));
    Some(Home {
        is_stray: folder.is_none(),
        folder: folder.or(own)?.to_path_buf(),
    })
}

/// Reads the inputs unit by unit, in the order of the arguments; each unit is read when the iterator is asked for it.
pub fn units(options: &InputOptions) -> impl Iterator<Item = Unit> + '_ {
    let reader = reader(options);
    let (archives, rest) = packed::separate(options);
    // Buffers stand for files outside of archives.
    let archives = archives.into_iter().filter(|_| options.buffers.is_empty());
    let plans = plan::plan(&rest, &options.buffers);
    let read_packed = reader.clone();
    let trees = plans.into_iter().map(move |plan| walk::unit(plan, options, &reader));
    trees.chain(archives.map(move |archive| packed::unit(archive, options, &read_packed)))
}
