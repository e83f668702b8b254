//! One line a finding, as compilers write them: `file:line:column: level: message [rule]`. Editors and other tools that read
//! a compiler's output read this.

use super::{FormatWriter, UnitResult, message, printable};
use crate::finding::{Finding, Level};
use crate::source::{Problem, Sources};
use std::io::{self, Write};

/// The format.
pub(super) struct Gcc;

impl FormatWriter for Gcc {
    fn unit(&mut self, unit: UnitResult, out: &mut dyn Write) -> io::Result<()> {
        for finding in unit.findings.iter().filter(|finding| !finding.is_known()) {
            writeln!(out, "{}", line(finding, unit.sources))?;
        }
        for problem in unit.problems {
            writeln!(out, "{}", problem_line(problem))?;
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn line(finding: &Finding, sources: &Sources) -> String {
    let file = sources.file(finding.at.file);
    let start = finding.at.start as usize;
    let line = file.lines().line(start);
    // Compilers and the editors that read them count bytes.
    let column = start.saturating_sub(file.lines().start_of(line)) + 1;
    let level = match finding.level {
        Level::Error | Level::Warning if finding.suppression.is_none() => finding.level.name(),
        _ => Level::Note.name(),
    };
    let path = file.path.to_string_lossy();
    let text = message::whole(finding, sources);
    format!(
        "{}:{line}:{column}: {level}: {} [{}]",
        printable(&path),
        printable(&text),
        finding.rule.id()
    )
}

fn problem_line(problem: &Problem) -> String {
    let path = problem.path.to_string_lossy();
    let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    let level = if problem.kind.is_failure() { "error" } else { "warning" };
    let text = printable(&problem.text);
    format!("{}{line}: {level}: {text} [{}]", printable(&path), problem.kind.id())
}
