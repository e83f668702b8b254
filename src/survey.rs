//! Many packages in one run: each is examined by itself, and becomes one line of a journal.
//!
//! # What is kept
//! A package that the journal has a line for is examined again only if its content, the program's version or the options
//! are others. So a run that was ended, however that was, goes on where it was when the same command is given again, and
//! the lines are in the end those of a run that was not: only their order, which is the one in which packages were done,
//! may differ.
//!
//! # What one package can cost
//! Its limits. Neither what is in it nor a failure of the program itself keeps the others from being examined. Where that
//! must hold for all failures, packages are examined by processes of their own.

mod digest;
mod examine;
mod package;
mod shard;
mod tally;
mod worker;
mod writer;

pub use examine::{RESULTS, examine};
pub use package::Package;
pub use shard::Shard;
pub use tally::{Numbers, Tally};
pub use writer::Journal;

use sha2::{Digest, Sha256};
use std::io;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::archive;
use crate::config::Config;
use crate::journal::Line;
use crate::scan::{self, STACK};
use worker::Worker;
use writer::Key;

/// What to do with each package.
#[derive(Clone, Debug)]
pub struct Options {
    /// What to examine and what to tell. Paths, threads and times are set for each package.
    pub scan: scan::Options,
    /// The configuration that is in `scan` already.
    pub config: Config,
    /// How long one package may take.
    pub time: Duration,
    /// Bytes of memory that a process which examines packages may have. Whoever starts it sees to that.
    pub memory: u64,
    /// Threads for all packages together; 0 means one for each processor.
    pub jobs: usize,
    /// Tell how long each package took.
    pub times: bool,
}

impl Options {
    /// A hash of all that changes results: lines of other settings do not hold.
    fn settings(&self) -> String {
        let scan::Options {
            input,
            analysis,
            levels,
            suppressed,
        } = &self.scan;
        let archive::Limits {
            bytes, ratio, members, ..
        } = input.limits;
        let limits = (
            self.time,
            self.memory,
            bytes,
            ratio,
            members,
            input.with_word,
            input.file_limit,
        );
        let input = (input.no_ignore, input.hidden, input.language, &input.names);
        let analysis = (&analysis.sinks, &analysis.stated, analysis.all_calls);
        let text = format!("{:?}", (input, limits, analysis, levels, suppressed, &self.config));
        digest::hexadecimal(&Sha256::digest(text)[..8])
    }
}

/// The version of the program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How to start a process that examines packages with a number of threads: it reads paths with a zero byte behind each from
/// standard input, and writes the line of [`examine()`] for each to standard output.
pub type Start<'a> = dyn Fn(usize) -> Command + Sync + 'a;

/// Examines the packages that the journal has no line for, the largest first, several at a time, in processes that `start`
/// starts or, without it, in this one.
///
/// # Errors
/// If the journal cannot be written, or a process cannot be started. Packages that were begun are then lost.
pub fn survey(
    mut packages: Vec<Package>,
    options: &Options,
    journal: Journal,
    tally: &Tally,
    start: Option<&Start<'_>>,
) -> io::Result<()> {
    packages.sort_by(|one, other| (other.size, &one.input).cmp(&(one.size, &other.input)));
    let jobs = match options.jobs {
        0 => thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs,
    };
    let workers = jobs.min(packages.len()).max(1);
    let run = Run {
        options,
        settings: options.settings(),
        jobs: (jobs / workers).max(1),
        packages: &packages,
        next: AtomicUsize::new(0),
        journal: Mutex::new(journal),
        tally,
        start,
    };
    let (first, others) = thread::scope(|scope| {
        let start = || {
            thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || run.work())
        };
        let started: Vec<_> = (0..workers).filter_map(|_| start().ok()).collect();
        let first = match started.is_empty() {
            // No thread can be started: the work is done on this one.
            true => run.work(),
            false => Ok(()),
        };
        let ends = started.into_iter().map(|thread| thread.join());
        // Packages are guarded, and nothing else can fail in this way.
        let ends: Vec<_> = ends
            .map(|end| end.unwrap_or_else(|_| Err(io::Error::other("the program failed"))))
            .collect();
        (first, ends)
    });
    others.into_iter().fold(first, Result::and)
}

/// A survey at work.
struct Run<'a> {
    options: &'a Options,
    settings: String,
    /// Threads for one package.
    jobs: usize,
    packages: &'a [Package],
    next: AtomicUsize,
    journal: Mutex<Journal>,
    tally: &'a Tally,
    start: Option<&'a Start<'a>>,
}

impl Run<'_> {
    /// Takes package after package, until none is left or the journal cannot be written.
    fn work(&self) -> io::Result<()> {
        let start = self.start.map(|start| || start(self.jobs));
        let mut worker = start.as_ref().map(|start| Worker::new(start, self.options.time));
        while let Some(package) = self.packages.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let written = self.package(package, worker.as_mut());
            if written.is_err() {
                self.next.store(self.packages.len(), Ordering::Relaxed);
                return written;
            }
        }
        Ok(())
    }

    fn package(&self, package: &Package, worker: Option<&mut Worker>) -> io::Result<()> {
        let begin = Instant::now();
        let key = Key {
            digest: digest::digest(package),
            tool_version: VERSION.to_owned(),
            settings: self.settings.clone(),
        };
        let journal = || self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        if journal().holds(&package.input, &key) {
            self.tally.skip(package);
            return Ok(());
        }
        let line = match worker {
            Some(worker) => worker.examine(package)?,
            None => examine(package, self.options, self.jobs),
        };
        let seconds = (begin.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let line = Line {
            digest: key.digest,
            settings: key.settings,
            seconds: self.options.times.then_some(seconds),
            ..line
        };
        journal().append(&line)?;
        self.tally.examine(&line);
        Ok(())
    }
}
