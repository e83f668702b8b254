//! SARIF 2.1.0: one run, written as the units come. Section numbers are those of the standard.
//!
//! Left out on purpose: `rank` (GitLab reads it as a severity), `security-severity` (this is no security rule by itself),
//! `nestingLevel` in code flows (csgrep would put the steps in the place of the message), `fixes` (the replacement needs
//! restructuring), times and host names (equal input gives equal bytes).

mod tool;

use super::fingerprint::{Fingerprints, fingerprints};
use super::location::Region;
use super::steps::{places, shortened};
use super::{OWN_FINGERPRINT, Report, Settings, UnitResult, json, message};
use crate::finding::{Finding, Level, Step, Suppression};
use crate::rules::rule;
use crate::source::{Problem, ProblemKind, Sources, Span};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::path::Path;

/// The schema's address as GitHub's documentation gives it.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The base that all locations are relative to.
const BASE: &str = "%SRCROOT%";
/// Characters of a quoted call at most.
const SNIPPET: usize = 400;

/// The format.
pub(super) struct Sarif {
    settings: Settings,
    results: u64,
    problems: Vec<Problem>,
}

impl Sarif {
    pub fn new(settings: Settings) -> Sarif {
        Sarif {
            settings,
            results: 0,
            problems: Vec::new(),
        }
    }

    /// All that stands before the results. They are the last but one property of the run, so that they can be written
    /// while they come; the order of properties means nothing in JSON.
    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, r#"{{"$schema":"{SCHEMA}","version":"2.1.0","runs":[{{"tool":"#)?;
        json::write(&tool::tool(), out)?;
        out.write_all(br#","columnKind":"utf16CodeUnits","originalUriBaseIds":"#)?;
        let base = if self.settings.run.without_root {
            json!({ "description": { "text": "The folder that all paths are relative to." } })
        } else {
            json!({ "uri": self.settings.root.uri() })
        };
        json::write(&json!({ BASE: base }), out)?;
        if let Some(id) = &self.settings.run.id {
            out.write_all(br#","automationDetails":"#)?;
            json::write(&json!({ "id": id }), out)?;
        }
        if let Some(repository) = &self.settings.run.repository {
            let mut details = json!({ "repositoryUri": repository, "mappedTo": { "uriBaseId": BASE } });
            if let Some(revision) = &self.settings.run.revision {
                details["revisionId"] = revision.as_str().into();
            }
            out.write_all(br#","versionControlProvenance":"#)?;
            json::write(&json!([details]), out)?;
        }
        out.write_all(br#","results":["#)
    }

    /// 3.20 invocation. Getting to its end means that the run could be completed; what it could not read is in the
    /// notifications (3.20.14).
    fn invocation(&self) -> Value {
        let notifications: Vec<Value> = self.problems.iter().map(|problem| self.notification(problem)).collect();
        let mut invocation = json!({ "executionSuccessful": true, "toolExecutionNotifications": notifications });
        let overrides: Vec<Value> = self.settings.run.levels.iter().map(tool::set_level).collect();
        if !overrides.is_empty() {
            invocation["ruleConfigurationOverrides"] = overrides.into();
        }
        invocation
    }

    fn write(&mut self, result: &Value, out: &mut dyn Write) -> io::Result<()> {
        if self.results == 0 {
            self.head(out)?;
        } else {
            out.write_all(b",")?;
        }
        out.write_all(b"\n")?;
        self.results += 1;
        json::write(result, out)
    }

    /// 3.27 result.
    fn result(&self, finding: &Finding, fingerprints: &Fingerprints, sources: &Sources) -> Value {
        let (index, rule) = rule(finding.rule);
        let steps = shortened(&finding.steps);
        let related = self.related(finding, sources);
        let mut text = plain(&message::whole(finding, sources));
        if !related.is_empty() {
            // Code scanning shows related locations only if the message links to them.
            let is_step = steps.iter().any(|step| step.at != finding.at);
            text += if is_step {
                " The way to the call begins [here](1)."
            } else {
                " See also [this place](1)."
            };
        }
        let mut location = self.location(finding.at, sources);
        if let Some(region) = location
            .pointer_mut("/physicalLocation/region")
            .and_then(Value::as_object_mut)
        {
            let call = sources.slice(finding.at);
            if call.chars().count() <= SNIPPET {
                region.insert("snippet".into(), json!({ "text": call }));
            }
        }
        if let (Some(function), Some(object)) = (&finding.function, location.as_object_mut()) {
            let logical = json!([{ "name": function, "kind": "function" }]);
            object.insert("logicalLocations".into(), logical);
        }
        let mut result = Map::new();
        result.insert("ruleId".into(), rule.id.id().into());
        result.insert("ruleIndex".into(), index.into());
        let kind = if finding.is_pass() { "pass" } else { "fail" };
        result.insert("kind".into(), kind.into());
        result.insert("level".into(), finding.level.name().into());
        result.insert("message".into(), json!({ "text": text }));
        result.insert("locations".into(), json!([location]));
        if !related.is_empty() {
            result.insert("relatedLocations".into(), related.into());
        }
        if finding.level != Level::None && steps.len() > 1 {
            result.insert("codeFlows".into(), self.code_flows(&steps, finding, sources));
        }
        let partial = json!({
            "primaryLocationLineHash": fingerprints.line,
            OWN_FINGERPRINT: fingerprints.own,
        });
        result.insert("partialFingerprints".into(), partial);
        if let Some(state) = finding.baseline {
            result.insert("baselineState".into(), state.name().into());
        }
        if let Some(suppression) = &finding.suppression {
            let suppression = self.suppression(suppression, sources);
            result.insert("suppressions".into(), json!([suppression]));
        }
        Value::Object(result)
    }

    /// 3.35 suppression: the comment and what it says.
    fn suppression(&self, suppression: &Suppression, sources: &Sources) -> Value {
        let mut object = json!({
            "kind": "inSource",
            "status": "accepted",
            "location": self.location(suppression.at, sources),
        });
        if let Some(reason) = &suppression.reason {
            object["justification"] = reason.as_str().into();
        }
        object
    }

    /// 3.36 code flow: one, with one thread flow, from the origin of the zero to the call.
    fn code_flows(&self, steps: &[&Step], finding: &Finding, sources: &Sources) -> Value {
        let last = steps.len() - 1;
        let step = |(index, step): (usize, &&Step)| {
            let mut location = self.location(step.at, sources);
            let text = if index == last {
                format!("{}.", message::headline(finding))
            } else {
                step.text.clone()
            };
            location["message"] = json!({ "text": plain(&text) });
            let importance = if index == last { "essential" } else { "important" };
            json!({ "location": location, "kinds": [step.kind.name()], "importance": importance })
        };
        let locations: Vec<Value> = steps.iter().enumerate().map(step).collect();
        json!([{ "threadFlows": [{ "locations": locations }] }])
    }

    /// 3.27.22 related locations.
    fn related(&self, finding: &Finding, sources: &Sources) -> Vec<Value> {
        let location = |(index, step): (usize, &&Step)| {
            let mut location = self.location(step.at, sources);
            location["id"] = (index + 1).into();
            location["message"] = json!({ "text": plain(&step.text) });
            location
        };
        places(finding).iter().enumerate().map(location).collect()
    }

    /// 3.28 location.
    fn location(&self, at: Span, sources: &Sources) -> Value {
        let file = sources.file(at.file);
        let region = Region::new(file, at);
        json!({
            "physicalLocation": {
                "artifactLocation": self.artifact(&file.path),
                "region": {
                    "startLine": region.start_line,
                    "startColumn": region.start_column,
                    "endLine": region.end_line,
                    "endColumn": region.end_column,
                },
            },
        })
    }

    /// 3.4 artifact location.
    fn artifact(&self, path: &Path) -> Value {
        json!({ "uri": self.settings.root.relative_uri(path), "uriBaseId": BASE })
    }

    /// 3.58 notification.
    fn notification(&self, problem: &Problem) -> Value {
        let index = ProblemKind::ALL.iter().position(|kind| *kind == problem.kind);
        let mut physical = json!({ "artifactLocation": self.artifact(&problem.path) });
        if let Some(line) = problem.line {
            physical["region"] = json!({ "startLine": line });
        }
        json!({
            "descriptor": { "id": problem.kind.id(), "index": index },
            "level": tool::level(problem.kind).name(),
            "message": { "text": plain(&format!("{}: {}", problem.path.to_string_lossy(), problem.text)) },
            "locations": [{ "physicalLocation": physical }],
        })
    }
}

impl Report for Sarif {
    fn unit(&mut self, unit: UnitResult, out: &mut dyn Write) -> io::Result<()> {
        let fingerprints = fingerprints(unit, &self.settings.root);
        for (finding, fingerprints) in unit.findings.iter().zip(&fingerprints) {
            let result = self.result(finding, fingerprints, unit.sources);
            self.write(&result, out)?;
        }
        self.problems.extend_from_slice(unit.problems);
        Ok(())
    }

    fn absent(&mut self, results: &[Value], out: &mut dyn Write) -> io::Result<()> {
        results.iter().try_for_each(|result| self.write(result, out))
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.results == 0 {
            self.head(out)?;
        }
        out.write_all(br#"],"invocations":"#)?;
        json::write(&json!([self.invocation()]), out)?;
        out.write_all(b"}]}\n")
    }
}

/// A plain-text message (3.11.6): quotation marks for code, and nothing that reads as a link by accident.
fn plain(text: &str) -> String {
    text.replace('`', "'").replace("](", "] (")
}
