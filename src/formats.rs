//! Formats: findings and problems as text, SARIF, JSON Lines, GitHub annotations, compiler messages and GitLab code quality. All of them print the same data, and
//! nothing here decides what is found.
//!
//! Order and bytes depend on nothing but the data: no time, no random number, no thread.

mod baseline;
mod entry;
mod excerpt;
mod fingerprint;
mod gcc;
mod github;
mod gitlab;
mod json;
mod jsonl;
mod line_hash;
mod location;
mod message;
mod printable;
mod sarif;
mod snippet;
mod steps;
mod text;

pub use baseline::Baseline;
pub use location::SourceRoot;

pub(crate) use baseline::{Identity, compare};
pub(crate) use entry::{FindingEntry, ProblemEntry, StepEntry};
pub(crate) use fingerprint::of_package as package_fingerprint;
pub(crate) use json::{line as write_json_line, write as write_json, write_in_html as write_json_in_html};
pub(crate) use message::{paragraph as outcome_paragraph, whole as message};
pub(crate) use printable::printable;
pub(crate) use sarif::SarifLog;
pub(crate) use steps::places_of as places;

use crate::finding::Finding;
use crate::rules::Levels;
use crate::source::{Problem, Sources};
use serde_json::Value;
use std::io::{self, Write};

/// The tool's name in all formats.
const NAME: &str = env!("CARGO_PKG_NAME");
/// The property of SARIF's `partialFingerprints` that holds our own.
const OWN_FINGERPRINT: &str = "mremapLint/v1";

/// The formats that `--format` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: source excerpts with the steps marked.
    Text,
    /// SARIF 2.1.0, one run.
    Sarif,
    /// JSON Lines: one object a finding, one a problem, one summary.
    Jsonl,
    /// Workflow commands that GitHub shows as annotations.
    Github,
    /// One line a finding, as compilers write them.
    Gcc,
    /// GitLab's code quality report, a JSON array.
    Gitlab,
}

/// What a format must know besides the findings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder that paths in machine-readable formats are relative to.
    pub root: SourceRoot,
    /// Whether the text format may use colours.
    pub color: bool,
    /// What SARIF says of the run as a whole.
    pub run: RunDetails,
}

/// What SARIF says of a run besides its results.
#[derive(Clone, Debug, Default)]
pub struct RunDetails {
    /// Leave out where the sources lie: equal trees then give equal bytes wherever they are.
    pub without_root: bool,
    /// The id of the run (SARIF 3.17.2).
    pub id: Option<String>,
    /// The URI of the repository that the sources are from.
    pub repository: Option<String>,
    /// The revision in it.
    pub revision: Option<String>,
    /// The levels of rules that the user has set.
    pub levels: Levels,
}

/// The findings and problems of one unit.
#[derive(Clone, Copy, Debug)]
pub struct UnitResult<'a> {
    /// The files that the spans point into.
    pub sources: &'a Sources,
    /// The findings, in order of place.
    pub findings: &'a [Finding],
    /// What could not be examined.
    pub problems: &'a [Problem],
    /// How many pieces of the source that was looked at are not understood.
    pub unread: usize,
}

/// Writes one format. Units come in order; nothing of a unit is kept after it was written but its problems.
pub trait FormatWriter {
    /// Writes what one unit gave.
    ///
    /// # Errors
    /// Those of the writer.
    fn unit(&mut self, unit: UnitResult, out: &mut dyn Write) -> io::Result<()>;

    /// Writes results of the baseline that are absent now, where the format tells them.
    ///
    /// # Errors
    /// Those of the writer.
    fn absent(&mut self, _results: &[Value], _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes what stands at the end.
    ///
    /// # Errors
    /// Those of the writer.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// The writer of a format, which has not written anything yet.
pub fn writer(format: Format, settings: Settings) -> Box<dyn FormatWriter> {
    match format {
        Format::Text => Box::new(text::Text::new(settings)),
        Format::Sarif => Box::new(sarif::Sarif::new(settings)),
        Format::Jsonl => Box::new(jsonl::JsonLines::new(settings)),
        Format::Github => Box::new(github::Github::new(settings)),
        Format::Gcc => Box::new(gcc::Gcc),
        Format::Gitlab => Box::new(gitlab::Gitlab::new(settings)),
    }
}
