//! The command line: arguments, streams, exit codes. Only here, and where the language server
//! begins, standard input, output and error are touched.

mod arguments;
mod baseline;
mod counts;
mod explained;
mod generate;
mod meter;
mod options;
mod output;
mod report;
mod survey;
mod wanted;

use crate::config::no_working_directory;
use crate::formats::{self, FormatWriter, RunDetails, Settings, SourceRoot, UnitResult, printable};
use crate::lsp;
use crate::progress::Progress;
use crate::rules;
use crate::scan::{self, Checked, Options};
use arguments::{Arguments, CheckArguments, Command};
use baseline::Compared;
use clap::Parser;
use counts::Counts;
use meter::{Look, Meter, Reading};
use output::Output;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Nothing was found.
const CLEAN: u8 = 0;
/// At least one finding.
const FOUND: u8 = 1;
/// Wrong usage, or an input or output that failed.
const FAILED: u8 = 2;

/// Runs the program with its arguments, the program's name first, and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // A panic becomes a problem of its unit; who wants to know more asks for it as usual.
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let line: Vec<OsString> = arguments.into_iter().collect();
    let code = match Arguments::try_parse_from(&line) {
        Ok(arguments) => match arguments.command {
            Command::Check(arguments) => check(&arguments),
            Command::Survey(arguments) => survey::run(&arguments, &line),
            Command::Report(arguments) => report::run(&arguments),
            Command::Explain { rule } => explain(rule.as_deref()),
            // The codes are the protocol's.
            Command::Lsp { .. } => u8::from(!lsp::serve()),
            Command::Generate { folder } => ended(generate::generate(&folder), Some(&folder)),
        },
        Err(error) => {
            // Help and version come this way too, with code 0. A closed stream is no reason to complain.
            let _ = error.print();
            u8::try_from(error.exit_code()).unwrap_or(FAILED)
        }
    };
    ExitCode::from(code)
}

/// Prints a rule's page, or the table of rules.
fn explain(name: Option<&str>) -> u8 {
    let mut out = io::stdout().lock();
    let written = match name.and_then(rules::by_name) {
        Some(rule) => out.write_all(rule.page.as_bytes()),
        None => rules::RULES
            .iter()
            .try_for_each(|rule| writeln!(out, "{:<20} {:<8} {}", rule.id.id(), rule.level.name(), rule.summary)),
    };
    ended(written.and_then(|()| out.flush()), None)
}

fn check(arguments: &CheckArguments) -> u8 {
    let options = match options::options(arguments) {
        Ok(options) => options,
        Err(text) => return complain(&text),
    };
    let mut compared = match Compared::read(arguments) {
        Ok(compared) => compared,
        Err(text) => return complain(&text),
    };
    let target = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
    let mut out = match Output::open(target) {
        Ok(out) => out,
        Err(error) => return ended(Err(error), target),
    };
    if let Some(place) = &options.analysis.explain {
        return explained::explain(&options, place, out, target);
    }
    let settings = match settings(arguments, &options, target) {
        Ok(settings) => settings,
        Err(error) => return complain(&no_working_directory(&error)),
    };
    let mut run = Run {
        writer: formats::writer(arguments.format, settings.clone()),
        counts: Counts::default(),
        quiet: arguments.quiet,
        meter: meter(&options.input.progress, arguments.quiet),
    };
    let examined = match &mut compared {
        Some(compared) => compared.run(&options, &settings.root, &mut run, &mut out),
        None => run.all(&options, &mut out),
    };
    run.meter.stop();
    let written = examined
        .and_then(|()| run.writer.finish(&mut out))
        .and_then(|()| out.commit());
    if written.is_err() {
        return ended(written, target);
    }
    if !arguments.quiet {
        run.counts.summarize(arguments.format);
    }
    if arguments.statistics {
        run.counts.statistics();
    }
    exit_code(arguments, &run.counts, compared, settings)
}

fn exit_code(arguments: &CheckArguments, counts: &Counts, compared: Option<Compared>, settings: Settings) -> u8 {
    let failed = counts.failures > 0;
    match compared {
        // What could not be read would be new when it can be.
        Some(_) if arguments.update_baseline && failed => {
            complain("the baseline is left as it is, because of inputs that could not be read")
        }
        _ if failed => FAILED,
        Some(compared) if arguments.update_baseline => compared.update(settings),
        _ if counts.findings > 0 && !arguments.exit_zero => FOUND,
        _ => CLEAN,
    }
}

/// The state of a run: what is written and what was counted.
struct Run {
    writer: Box<dyn FormatWriter>,
    counts: Counts,
    quiet: bool,
    meter: Meter,
}

impl Run {
    /// Examines the inputs and writes what each unit gives as it comes.
    fn all(&mut self, options: &Options, out: &mut Output) -> io::Result<()> {
        let broken = scan::scan(options, |checked| match self.unit(&checked, out) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        });
        match broken {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    fn unit(&mut self, checked: &Checked, out: &mut Output) -> io::Result<()> {
        let unit = UnitResult {
            sources: &checked.sources,
            findings: &checked.findings,
            problems: &checked.problems,
            unread: checked.unread,
        };
        self.counts.add(unit);
        self.counts.files += checked.files as u64;
        self.counts.suppressed += checked.suppressed as u64;
        let told = unit
            .problems
            .iter()
            .filter(|problem| !self.quiet || problem.kind.is_failure());
        self.meter.aside(|| {
            for problem in told {
                tell(&problem.to_string());
            }
            self.writer.unit(unit, out)?;
            // Nothing of it may appear later, in the middle of a row that the meter draws.
            out.flush()
        })
    }
}

fn meter(progress: &Arc<Progress>, quiet: bool) -> Meter {
    let progress = progress.clone();
    let look = Look {
        template: "{spinner} {msg} ({elapsed})",
        lines: None,
    };
    Meter::start(quiet, look, move || Reading {
        text: format!(
            "files read: {}, functions explored: {}",
            progress.files(),
            progress.functions()
        ),
        done: 0,
        all: 0,
    })
}

fn settings(arguments: &CheckArguments, options: &Options, target: Option<&Path>) -> io::Result<Settings> {
    let mut inputs = options.input.paths.clone();
    inputs.extend(options.input.buffers.paths().map(Path::to_path_buf));
    Ok(Settings {
        root: SourceRoot::new(&std::env::current_dir()?, &inputs),
        color: arguments.color.wanted(target.is_none()),
        run: RunDetails {
            without_root: arguments.no_source_root,
            id: arguments.run_id.clone(),
            repository: arguments.repository.clone(),
            revision: arguments.revision.clone(),
            levels: options.levels.clone(),
        },
    })
}

/// The exit code after writing. A reader that closed the pipe has seen enough.
fn ended(written: io::Result<()>, target: Option<&Path>) -> u8 {
    match written {
        Ok(()) => CLEAN,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => CLEAN,
        Err(error) => {
            let name = target.map_or("standard output".into(), Path::to_string_lossy);
            complain(&format!("{name}: cannot be written: {error}"))
        }
    }
}

fn complain(text: &str) -> u8 {
    tell(text);
    FAILED
}

/// One line on standard error.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{}: {}", env!("CARGO_PKG_NAME"), printable(text));
}
