//! Comma-separated values (RFC 4180): a head, and one row a finding.

use super::{Report, state_word};
use crate::formats::{FindingEntry, printable};
use crate::journal::Line;
use std::io::{self, Write};

/// The columns.
const HEAD: [&str; 21] = [
    "package",
    "version",
    "label",
    "rule",
    "level",
    "state",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "function",
    "callee",
    "argument",
    "effect",
    "replacement",
    "headline",
    "message",
    "suppressed",
    "fingerprint",
    "input",
];

/// What spreadsheets may take for a formula if it stands first.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(HEAD)?;
    for package in report.packages() {
        for finding in &package.findings {
            rows.write_record(row(&package.line, finding))?;
        }
    }
    for gone in report.gone() {
        for finding in &gone.findings {
            rows.write_record(row(&gone.line, finding))?;
        }
    }
    rows.flush()
}

fn row(line: &Line, finding: &FindingEntry) -> [String; HEAD.len()] {
    let place = &finding.place;
    let suppression = finding.suppression.as_ref();
    [
        line.name.as_str(),
        line.version.as_deref().unwrap_or(""),
        &line.label,
        finding.rule.id(),
        finding.level.word(),
        finding.baseline_state.map_or("", state_word),
        &place.path,
        &place.line.to_string(),
        &place.column.to_string(),
        &place.end_line.to_string(),
        &place.end_column.to_string(),
        finding.function.as_deref().unwrap_or(""),
        &finding.callee,
        &finding.argument,
        finding.outcome.as_ref().map_or("", |outcome| outcome.effect.name()),
        finding.replacement.as_ref().map_or("", |replacement| &replacement.name),
        &finding.headline,
        &finding.message,
        suppression.map_or("", |suppression| {
            suppression.reason.as_deref().unwrap_or("without a reason")
        }),
        &finding.fingerprint,
        &line.input,
    ]
    .map(field)
}

/// A field that is text wherever it is opened, and on one line.
fn field(text: &str) -> String {
    let is_formula = text.starts_with(FORMULA);
    format!("{}{}", if is_formula { "'" } else { "" }, printable(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(field(formula).starts_with('\''), "{formula}");
        }
        for text in ["", "a=1", "size - 1", "ring_2.0-3", "'x'"] {
            assert_eq!(field(text), text);
        }
        assert_eq!(field("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
    }
}
