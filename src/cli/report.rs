//! `report`: journals of surveys → one report.

use super::counts::warn_of_code_scanning;
use super::output::Output;
use super::{CLEAN, FAILED, complain, ended, tell};
use crate::report::{Format, Journals, Report};
use clap::{Args, ValueHint};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct ReportArguments {
    /// Journals of `survey`, of shards or of days; of a package the last one counts; `-` is standard input
    #[arg(value_name = "JOURNAL", required = true, value_hint = ValueHint::FilePath)]
    journals: Vec<PathBuf>,

    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write the report to FILE, whole or not at all, instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,

    /// Write one SARIF file for each package that has something to say into a new or empty folder
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, conflicts_with_all = ["format", "output"])]
    output_dir: Option<PathBuf>,

    /// Tell what is new, gone and unchanged since this earlier journal; may be given again
    #[arg(long, value_name = "JOURNAL", value_hint = ValueHint::FilePath)]
    compare: Vec<PathBuf>,
}

const EXIT_CODES: &str =
    "Exit codes: 0 the report is made, whatever it tells, 2 wrong usage or a journal that could not wholly be read";

/// Makes the report. What cannot be read of the journals is told, and the rest goes on.
pub(super) fn run(arguments: &ReportArguments) -> u8 {
    let mut code = CLEAN;
    let journals = read(&arguments.journals, &mut code);
    let earlier = (!arguments.compare.is_empty()).then(|| read(&arguments.compare, &mut code));
    let report = Report::new(journals, earlier);
    let (written, target) = match &arguments.output_dir {
        Some(folder) => (report.write_folder(folder), Some(folder.as_path())),
        None => {
            let target = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
            (write(&report, arguments.format, target), target)
        }
    };
    match ended(written, target) {
        CLEAN => code,
        failed => failed,
    }
}

fn write(report: &Report, format: Format, target: Option<&Path>) -> io::Result<()> {
    let mut out = Output::open(target)?;
    report.write(format, &mut out)?;
    out.commit()?;
    if format == Format::Sarif {
        let gone = report.gone().iter().map(|gone| gone.findings.len());
        let present = report.packages().map(|package| package.findings.len());
        warn_of_code_scanning(present.chain(gone).sum::<usize>() as u64);
    }
    Ok(())
}

fn read(paths: &[PathBuf], code: &mut u8) -> Journals {
    let mut journals = Journals::default();
    for path in paths {
        let name = path.to_string_lossy();
        let mut wrong = |line: u64, text: &str| {
            tell(&format!("{name}:{line}: {text}"));
            *code = FAILED;
        };
        let read = if path == Path::new("-") {
            journals.read(io::stdin().lock(), &mut wrong)
        } else {
            File::open(path).and_then(|file| journals.read(BufReader::new(file), &mut wrong))
        };
        if let Err(error) = read {
            *code = complain(&format!("{name}: the journal cannot be read: {error}"));
        }
    }
    journals
}
