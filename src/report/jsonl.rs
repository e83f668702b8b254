//! JSON Lines: `{"type":"finding"}`, `{"type":"problem"}` and at the end one `{"type":"summary"}`, so that a run that was
//! cut off can be told from one that found nothing.

use super::fingerprint::{Fingerprints, fingerprints};
use super::location::Region;
use super::snippet::snippet;
use super::{Report, Settings, UnitResult, json, message};
use crate::finding::{Finding, Step};
use crate::rules::RULES;
use crate::source::{Problem, Sources, Span};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::path::Path;

/// The format.
pub(super) struct JsonLines {
    settings: Settings,
    by_rule: [u64; RULES.len()],
    passes: u64,
    suppressed: u64,
    known: u64,
    problems: u64,
    files: u64,
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
        }
    }

    fn finding(&self, finding: &Finding, fingerprints: &Fingerprints, sources: &Sources) -> Value {
        let language = sources.file(finding.at.file).language;
        let outcome = finding
            .outcome
            .as_ref()
            .map(|outcome| json!({ "sentences": outcome.sentences, "certain_failure": outcome.certain_failure }));
        let replacement = finding.outcome.as_ref().map(|outcome| {
            let text = message::instead(finding, language);
            json!({ "name": message::replacement_name(outcome.replacement), "text": text })
        });
        let mut object = Map::new();
        object.insert("type".into(), "finding".into());
        object.insert("rule".into(), finding.rule.id().into());
        object.insert("level".into(), message::level_name(finding).into());
        object.extend(self.place(finding.at, sources));
        object.insert("function".into(), finding.function.clone().into());
        object.insert("callee".into(), finding.callee.clone().into());
        object.insert("argument".into(), finding.argument.clone().into());
        object.insert("message".into(), message::whole(finding, sources).into());
        object.insert("reason".into(), finding.reason.clone().into());
        object.insert("steps".into(), self.steps(&finding.steps, sources));
        object.insert("related".into(), self.steps(&finding.related, sources));
        object.insert("outcome".into(), outcome.into());
        object.insert("replacement".into(), replacement.into());
        if let Some(state) = finding.baseline {
            object.insert("baseline_state".into(), state.name().into());
        }
        if let Some(suppression) = &finding.suppression {
            let mut place = self.place(suppression.at, sources);
            place.insert("reason".into(), suppression.reason.clone().into());
            object.insert("suppression".into(), place.into());
        }
        object.insert("fingerprint".into(), fingerprints.own.clone().into());
        Value::Object(object)
    }

    fn steps(&self, steps: &[Step], sources: &Sources) -> Value {
        let step = |step: &Step| {
            let mut object = Map::new();
            object.insert("kind".into(), step.kind.name().into());
            object.extend(self.place(step.at, sources));
            object.insert("text".into(), step.text.clone().into());
            Value::Object(object)
        };
        steps.iter().map(step).collect()
    }

    fn place(&self, at: Span, sources: &Sources) -> Map<String, Value> {
        let file = sources.file(at.file);
        let region = Region::new(file, at);
        let mut place = self.path(&file.path);
        place.insert("line".into(), region.start_line.into());
        place.insert("column".into(), region.start_column.into());
        place.insert("end_line".into(), region.end_line.into());
        place.insert("end_column".into(), region.end_column.into());
        place.insert("snippet".into(), snippet(file, at).into());
        place
    }

    /// The path for people and, for names that are not UTF-8, the URI with every byte.
    fn path(&self, path: &Path) -> Map<String, Value> {
        let mut place = Map::new();
        place.insert(
            "path".into(),
            self.settings.root.relative(path).to_string_lossy().into(),
        );
        place.insert("uri".into(), self.settings.root.relative_uri(path).into());
        place
    }

    fn problem(&self, problem: &Problem) -> Value {
        let mut object = Map::new();
        object.insert("type".into(), "problem".into());
        object.insert("kind".into(), problem.kind.id().into());
        object.extend(self.path(&problem.path));
        object.insert("line".into(), problem.line.into());
        object.insert("message".into(), problem.text.clone().into());
        Value::Object(object)
    }
}

impl Report for JsonLines {
    fn unit(&mut self, unit: UnitResult, out: &mut dyn Write) -> io::Result<()> {
        let fingerprints = fingerprints(unit, &self.settings.root);
        for (finding, fingerprints) in unit.findings.iter().zip(&fingerprints) {
            line(&self.finding(finding, fingerprints, unit.sources), out)?;
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
            line(&self.problem(problem), out)?;
        }
        self.problems += unit.problems.len() as u64;
        self.files += unit.sources.iter().count() as u64;
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
        });
        line(&summary, out)
    }
}

fn line(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    json::write(value, out)?;
    writeln!(out)
}
