//! What a run has found, in numbers.

use super::tell;
use crate::finding::Level;
use crate::formats::{Format, UnitResult};
use crate::rules::{RULES, rule};
use std::io::{self, Write};

/// Results of one run that GitHub code scanning shows.
const SHOWN: u64 = 5_000;
/// Results of one run that GitHub code scanning accepts.
const ACCEPTED: u64 = 25_000;

#[derive(Default)]
pub(super) struct Counts {
    pub files: u64,
    pub analysed: u64,
    pub findings: u64,
    pub errors: u64,
    pub notes: u64,
    pub failures: u64,
    pub results: u64,
    pub by_rule: [u64; RULES.len()],
    pub suppressed: u64,
    pub known: u64,
    pub absent: u64,
    /// Pieces of source that are not understood.
    pub unread: u64,
}

impl Counts {
    pub fn add(&mut self, unit: UnitResult) {
        let counted = || unit.findings.iter().filter(|finding| finding.counts());
        let count = |level| counted().filter(|finding| finding.level == level).count() as u64;
        self.analysed += unit.sources.iter().count() as u64;
        self.results += unit.findings.len() as u64;
        self.unread += unit.unread as u64;
        let known = unit
            .findings
            .iter()
            .filter(|finding| finding.is_known() && !finding.is_pass());
        self.known += known.filter(|finding| finding.suppression.is_none()).count() as u64;
        self.findings += counted().count() as u64;
        self.errors += count(Level::Error);
        self.notes += count(Level::Note);
        for finding in counted() {
            self.by_rule[rule(finding.rule).0] += 1;
        }
        self.failures += unit.problems.iter().filter(|problem| problem.kind.is_failure()).count() as u64;
    }

    /// One line for people who read the text format; a warning for those who upload more than is shown.
    pub fn summarize(&self, format: Format) {
        match format {
            Format::Text => {
                let _ = writeln!(io::stderr(), "{}", self.line());
            }
            Format::Sarif => warn_of_code_scanning(self.results),
            _ => {}
        }
    }

    fn line(&self) -> String {
        let levels = [
            (self.errors, "error"),
            (self.findings - self.errors - self.notes, "warning"),
            (self.notes, "note"),
        ];
        let levels = levels.into_iter().filter(|(count, _)| *count > 0);
        let levels: Vec<String> = levels.map(|(count, word)| number(count, word)).collect();
        let mut line = number(self.findings, "finding");
        if !levels.is_empty() {
            line += &format!(" ({})", levels.join(", "));
        }
        for (count, word) in [
            (self.suppressed, "suppressed"),
            (self.known, "in the baseline"),
            (self.absent, "of the baseline gone"),
        ] {
            if count > 0 {
                line += &format!(", {count} {word}");
            }
        }
        line + &format!("; files read: {}, analysed: {}", self.files, self.analysed)
    }

    /// One line for each rule, and one for what was not understood.
    pub fn statistics(&self) {
        for (rule, count) in RULES.iter().zip(self.by_rule) {
            let _ = writeln!(io::stderr(), "{count:>8}  {}", rule.id.id());
        }
        let _ = writeln!(io::stderr(), "{:>8}  pieces of source not understood", self.unread);
    }
}

/// Says so if a run has more results than code scanning takes or shows.
pub(super) fn warn_of_code_scanning(results: u64) {
    if results > ACCEPTED {
        tell(&format!(
            "{results} results: GitHub code scanning refuses a run with more than {ACCEPTED}"
        ));
    } else if results > SHOWN {
        tell(&format!(
            "{results} results: GitHub code scanning shows the first {SHOWN} of a run"
        ));
    }
}

/// A count and its noun.
pub(super) fn number(count: u64, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
