//! GitLab's code quality report: one JSON array. GitLab compares the reports of two branches by the fingerprints and shows
//! what is new. It knows neither passes nor suppressions: both are left out.

use super::fingerprint::{Fingerprints, fingerprints, of_problem};
use super::location::Region;
use super::{FormatWriter, Settings, UnitResult, json, message};
use crate::finding::{Finding, Level};
use crate::source::{Problem, Sources};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

/// The format.
pub(super) struct Gitlab {
    settings: Settings,
    issues: u64,
}

impl Gitlab {
    pub fn new(settings: Settings) -> Gitlab {
        Gitlab { settings, issues: 0 }
    }

    fn finding(&self, finding: &Finding, fingerprints: &Fingerprints, sources: &Sources) -> Value {
        let file = sources.file(finding.at.file);
        let region = Region::new(file, finding.at);
        let severity = match finding.level {
            Level::Error => "critical",
            Level::Warning => "major",
            Level::Note | Level::None => "info",
        };
        json!({
            "description": message::whole(finding, sources),
            "check_name": finding.rule.id(),
            "fingerprint": fingerprints.own,
            "severity": severity,
            "location": self.location(&file.path, region.start_line, region.end_line),
        })
    }

    fn problem(&self, problem: &Problem) -> Value {
        let uri = self.settings.root.relative_uri(&problem.path);
        let line = problem.line.unwrap_or(1);
        json!({
            "description": problem.text,
            "check_name": problem.kind.id(),
            "fingerprint": of_problem(problem, &uri),
            "severity": if problem.kind.is_failure() { "major" } else { "info" },
            "location": self.location(&problem.path, line, line),
        })
    }

    fn location(&self, path: &Path, begin: u32, end: u32) -> Value {
        let path = self.settings.root.relative(path);
        json!({ "path": path.to_string_lossy(), "lines": { "begin": begin, "end": end } })
    }

    fn write(&mut self, issue: &Value, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.issues == 0 { b"[\n" } else { b",\n" })?;
        self.issues += 1;
        json::write(issue, out)
    }
}

impl FormatWriter for Gitlab {
    fn unit(&mut self, unit: UnitResult, out: &mut dyn Write) -> io::Result<()> {
        let fingerprints = fingerprints(unit, &self.settings.root);
        for (finding, fingerprints) in unit.findings.iter().zip(&fingerprints) {
            if finding.counts() {
                self.write(&self.finding(finding, fingerprints, unit.sources), out)?;
            }
        }
        for problem in unit.problems {
            self.write(&self.problem(problem), out)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.issues == 0 { b"[]\n" } else { b"\n]\n" })
    }
}
