//! Journals → one report of all packages: a table for a terminal, SARIF, CSV, one page of HTML, or one merged journal; with
//! what is new, gone and unchanged since earlier journals.
//!
//! Of a package only the text of its line is kept; each format parses line by line as it writes. Order and bytes depend on
//! nothing but the journals.

mod compare;
mod csv;
mod folder;
mod html;
mod jsonl;
mod merge;
mod package;
mod sarif;
mod table;
mod totals;

pub use compare::Gone;
pub use merge::Journals;
pub use package::PackageEntry;

use crate::finding::BaselineState;
use package::{KnownFingerprints, LabelledLine};
use std::io::{self, Write};
use std::path::Path;

/// The formats of `report --format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table for a terminal.
    Text,
    /// SARIF 2.1.0, one run.
    Sarif,
    /// One row a finding.
    Csv,
    /// One page that needs nothing else.
    Html,
    /// The journal of all packages.
    Jsonl,
}

/// The report of some journals: all their packages, in order of label and input.
#[derive(Clone, Debug)]
pub struct Report {
    /// One for each package.
    lines: Vec<LabelledLine>,
    /// How they stand to earlier journals, if there are any.
    compared: Option<compare::Compared>,
}

impl Report {
    /// The packages of journals, compared with those of earlier ones.
    pub fn new(journals: Journals, earlier: Option<Journals>) -> Report {
        let mut report = Report {
            lines: journals.lines(),
            compared: None,
        };
        if let Some(earlier) = earlier {
            let before = Report::new(earlier, None);
            report.compared = Some(compare::compare(&report, &before));
        }
        report
    }

    /// The packages, each with its findings and problems.
    pub fn packages(&self) -> impl Iterator<Item = PackageEntry> {
        let mut known = KnownFingerprints::default();
        let parsed = self.lines.iter().map(move |line| known.package(line));
        parsed.enumerate().map(|(index, mut package)| {
            let states = self.compared.iter().flat_map(|compared| &compared.states[index]);
            for (finding, state) in package.findings.iter_mut().zip(states) {
                finding.baseline_state = Some(*state);
            }
            package
        })
    }

    /// Whether there are earlier journals.
    pub fn is_compared(&self) -> bool {
        self.compared.is_some()
    }

    /// What only earlier journals have, in order of label.
    pub fn gone(&self) -> &[Gone] {
        self.compared.as_ref().map_or(&[], |compared| &compared.gone)
    }

    /// Writes all in one format.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => table::write(self, out),
            Format::Sarif => sarif::write(self, out),
            Format::Csv => csv::write(self, out),
            Format::Html => html::write(self, out),
            Format::Jsonl => jsonl::write(self, out),
        }
    }

    /// Writes one SARIF file for each package that has a finding or a problem, into a folder that is new or empty.
    ///
    /// # Errors
    /// Those of the file system, and if something is in the folder.
    pub fn write_folder(&self, folder: &Path) -> io::Result<()> {
        folder::write(self, folder)
    }
}

/// The word for people: what SARIF calls absent is gone.
fn state_word(state: BaselineState) -> &'static str {
    match state {
        BaselineState::Absent => "gone",
        state => state.name(),
    }
}
