//! `survey`: many packages, each checked by itself, and the journal of what was found.

mod inputs;
mod limits;
mod sight;
mod worker;

use super::meter::{Look, Meter};
use super::wanted::Wanted;
use super::{CLEAN, complain};
use crate::config::Configured;
use crate::survey::{Journal, Options, Shard, Tally, survey};
use clap::{Args, ValueHint};
use limits::Limits;
use sight::Sight;
use std::ffi::OsString;
use std::io::{self, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const EXIT_CODES: &str = "Exit codes: 0 the journal has a line for each package, 2 wrong usage, or the journal or the list of \
                          packages cannot be used";
/// Time between two lines where there is no terminal.
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct SurveyArguments {
    /// Packages: what `check` accepts as a path, each by itself
    #[arg(value_name = "PACKAGE", value_hint = ValueHint::AnyPath, required_unless_present = "files_from")]
    pub packages: Vec<PathBuf>,

    /// Write a line for each package to FILE; packages that it has lines for already are not examined again, unless they, the
    /// program or its options have changed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub journal: PathBuf,

    /// Read further packages from FILE, one on each line; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files_from: Option<PathBuf>,

    /// In that file packages end with a zero byte instead of a line break
    #[arg(short = '0', long, requires = "files_from")]
    pub null: bool,

    /// Examine only part K of N parts; a package's name decides which part it belongs to
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,

    /// Number of threads [default: one for each processor]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroU16>,

    #[command(flatten)]
    pub limits: Limits,

    #[command(flatten)]
    pub wanted: Wanted,

    /// Read this configuration file; none is looked for
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Leave out how long each package took, so that equal packages give equal lines
    #[arg(long)]
    pub no_times: bool,

    /// Examine what standard input names, for the survey that has started this process, with so many threads
    #[arg(long, hide = true, value_name = "N")]
    pub worker: Option<usize>,

    /// Say nothing on standard error but why the survey cannot go on
    #[arg(short, long)]
    pub quiet: bool,
}

/// Makes a survey. `line`: the command line.
pub(super) fn run(arguments: &SurveyArguments, line: &[OsString]) -> u8 {
    let options = options(arguments);
    let done = options.and_then(|options| match arguments.worker {
        Some(jobs) => worker::serve(options, jobs),
        None => examine(arguments, &options, line),
    });
    match done {
        Ok(()) => CLEAN,
        Err(text) => complain(&text),
    }
}

fn examine(arguments: &SurveyArguments, options: &Options, line: &[OsString]) -> Result<(), String> {
    let name = arguments.journal.display();
    // Whether it can be written is known before the packages are looked at, which may take its time.
    let journal = Journal::open(&arguments.journal).map_err(|text| format!("{name}: the journal {text}"))?;
    let packages = inputs::packages(arguments)?;
    let tally = Arc::new(Tally::new(&packages));
    let sight = Sight::new(tally.clone());
    let look = Look {
        template: "{bar:20} {wide_msg}",
        lines: Some(MINUTE),
    };
    let mut meter = Meter::start(arguments.quiet, look, move || sight.reading());
    let start = |jobs| worker::command(line, jobs);
    let written = survey(packages, options, journal, &tally, Some(&start));
    meter.stop();
    written.map_err(|error| format!("{name}: the journal cannot be written: {error}"))?;
    if !arguments.quiet {
        let _ = writeln!(io::stderr(), "{}", sight::summary(&tally.numbers()));
    }
    Ok(())
}

fn options(arguments: &SurveyArguments) -> Result<Options, String> {
    let configured = match &arguments.config {
        Some(path) => Configured::read(path)?,
        None => Configured::default(),
    };
    let mut scan = configured.options()?;
    arguments.wanted.set(&mut scan);
    let mut options = Options {
        scan,
        config: configured.config,
        time: Duration::ZERO,
        memory: 0,
        jobs: arguments.jobs.map_or(0, |jobs| usize::from(jobs.get())),
        times: !arguments.no_times,
    };
    arguments.limits.set(&mut options);
    Ok(options)
}
