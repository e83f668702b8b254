//! Workflow commands that GitHub turns into annotations of the lines of a change.

use super::location::Region;
use super::{FormatWriter, Settings, UnitResult, message, printable};
use crate::finding::{Finding, Level};
use crate::source::{Problem, Sources};
use std::io::{self, Write};
use std::path::Path;

/// The format.
pub(super) struct Github {
    settings: Settings,
}

impl Github {
    pub fn new(settings: Settings) -> Github {
        Github { settings }
    }

    fn finding(&self, finding: &Finding, sources: &Sources) -> String {
        let file = sources.file(finding.at.file);
        let region = Region::new(file, finding.at);
        let command = match finding.level {
            _ if finding.suppression.is_some() => "debug",
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
            // Shown only where step debugging is on: nobody has to do anything about a call that is safe or allowed.
            Level::None => "debug",
        };
        let mut place = format!(
            "file={},line={},endLine={}",
            self.path(&file.path),
            region.start_line,
            region.end_line
        );
        // Columns mean something only within one line there.
        if region.start_line == region.end_line {
            place += &format!(",col={},endColumn={}", region.start_column, region.end_column);
        }
        let text = data(&message::whole(finding, sources));
        format!("::{command} {place},title={}::{text}", property(finding.rule.id()))
    }

    fn problem(&self, problem: &Problem) -> String {
        let command = if problem.kind.is_failure() { "error" } else { "warning" };
        let line = problem.line.map(|line| format!(",line={line}")).unwrap_or_default();
        let file = self.path(&problem.path);
        format!(
            "::{command} file={file}{line},title={}::{}",
            property(problem.kind.id()),
            data(&problem.to_string())
        )
    }

    fn path(&self, path: &Path) -> String {
        property(&self.settings.root.relative(path).to_string_lossy())
    }
}

impl FormatWriter for Github {
    fn unit(&mut self, unit: UnitResult, out: &mut dyn Write) -> io::Result<()> {
        for finding in unit.findings.iter().filter(|finding| !finding.is_known()) {
            writeln!(out, "{}", self.finding(finding, unit.sources))?;
        }
        for problem in unit.problems {
            writeln!(out, "{}", self.problem(problem))?;
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A command's text: one line, with the percent sign that starts an escape escaped.
fn data(text: &str) -> String {
    printable(&text.replace('%', "%25")).into_owned()
}

/// A property's value, which also must not hold the separators.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
