//! JSON Lines: `{"type":"finding"}`, `{"type":"problem"}` and at the end one `{"type":"summary"}`, so that a run that was
//! cut off can be told from one that found nothing.

use super::entry::{self, ProblemEntry};
use super::{FormatWriter, Settings, UnitResult, json};
use crate::rules::RULES;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The format.
pub(super) struct JsonLines {
    settings: Settings,
    by_rule: [u64; RULES.len()],
    passes: u64,
    suppressed: u64,
    known: u64,
    problems: u64,
    files: u64,
    unread: u64,
}

impl JsonLines {
    pub fn new(settings: Settings) -> JsonLines {
        JsonLines {
            settings,
            by_rule: [0; RULES.len()],
            passes: 0,
            suppressed: 0,
            known: 0,
            problems: 0,
            files: 0,
            unread: 0,
        }
    }
}

impl FormatWriter for JsonLines {
    fn unit(&mut self, unit: UnitResult, out: &mut dyn Write) -> io::Result<()> {
        for entry in entry::findings(unit, &self.settings.root) {
            json::line(&entry, out)?;
        }
        for finding in unit.findings {
            if finding.is_pass() {
                self.passes += 1;
            } else if finding.counts() {
                self.by_rule[crate::rules::rule(finding.rule).0] += 1;
            } else if finding.suppression.is_none() {
                self.known += 1;
            } else {
                self.suppressed += 1;
            }
        }
        for problem in unit.problems {
            json::line(&ProblemEntry::new(problem, &self.settings.root), out)?;
        }
        self.problems += unit.problems.len() as u64;
        self.files += unit.sources.iter().count() as u64;
        self.unread += unit.unread as u64;
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let counts = RULES.iter().zip(self.by_rule);
        let findings: Map<String, Value> = counts
            .map(|(rule, count)| (rule.id.id().to_owned(), count.into()))
            .collect();
        let summary = json!({
            "type": "summary",
            "tool": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "files": self.files,
            "findings": findings,
            "passes": self.passes,
            "suppressed": self.suppressed,
            "known": self.known,
            "problems": self.problems,
            "unread": self.unread,
        });
        json::line(&summary, out)
    }
}
