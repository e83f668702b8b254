//! SARIF 2.1.0: one run, written as the units come. Section numbers are those of the standard.
//!
//! Left out on purpose: `rank` (GitLab reads it as a severity), `security-severity` (this is no security rule by itself),
//! `nestingLevel` in code flows (csgrep would put the steps in the place of the message), `fixes` (the replacement needs
//! restructuring), times and host names (equal input gives equal bytes).

mod tool;

use super::entry::{self, FindingEntry, PlaceEntry, ProblemEntry, StepEntry, SuppressionEntry};
use super::{FormatWriter, OWN_FINGERPRINT, RunDetails, Settings, SourceRoot, UnitResult, json};
use crate::finding::Level;
use crate::rules::rule;
use crate::source::ProblemKind;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The schema's address as GitHub's documentation gives it.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The base that all locations are relative to.
const BASE: &str = "%SRCROOT%";

/// The format.
pub(super) struct Sarif {
    root: SourceRoot,
    log: SarifLog,
}

/// A SARIF log with one run that is written result by result.
pub struct SarifLog {
    run: RunDetails,
    /// Where the sources lie.
    base: Option<String>,
    results: u64,
    notifications: Vec<Value>,
}

impl Sarif {
    pub fn new(settings: Settings) -> Sarif {
        let base = (!settings.run.without_root).then(|| settings.root.uri());
        Sarif {
            root: settings.root,
            log: SarifLog::new(settings.run, base),
        }
    }
}

impl SarifLog {
    /// A log of which nothing is written yet; the base is the URI of the folder that all paths are relative to, if that is
    /// to be told.
    pub fn new(run: RunDetails, base: Option<String>) -> SarifLog {
        SarifLog {
            run,
            base,
            results: 0,
            notifications: Vec::new(),
        }
    }

    /// Writes a finding.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finding(&mut self, entry: &FindingEntry, out: &mut dyn Write) -> io::Result<()> {
        self.write(&result(entry), out)
    }

    /// Keeps a problem until the end, where it belongs.
    pub fn problem(&mut self, entry: &ProblemEntry) {
        self.notifications.push(notification(entry));
    }

    /// Writes what stands at the end.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.results == 0 {
            self.head(out)?;
        }
        out.write_all(br#"],"invocations":"#)?;
        json::write(&json!([self.invocation()]), out)?;
        out.write_all(b"}]}\n")
    }

    /// All that stands before the results. They are the last but one property of the run, so that they can be written
    /// while they come; the order of properties means nothing in JSON.
    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, r#"{{"$schema":"{SCHEMA}","version":"2.1.0","runs":[{{"tool":"#)?;
        json::write(&tool::tool(), out)?;
        out.write_all(br#","columnKind":"utf16CodeUnits","originalUriBaseIds":"#)?;
        let base = match &self.base {
            None => json!({ "description": { "text": "The folder that all paths are relative to." } }),
            Some(uri) => json!({ "uri": uri }),
        };
        json::write(&json!({ BASE: base }), out)?;
        if let Some(id) = &self.run.id {
            out.write_all(br#","automationDetails":"#)?;
            json::write(&json!({ "id": id }), out)?;
        }
        if let Some(repository) = &self.run.repository {
            let mut details = json!({ "repositoryUri": repository, "mappedTo": { "uriBaseId": BASE } });
            if let Some(revision) = &self.run.revision {
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
        let mut invocation = json!({ "executionSuccessful": true, "toolExecutionNotifications": self.notifications });
        let overrides: Vec<Value> = self.run.levels.iter().map(tool::set_level).collect();
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
}

/// 3.27 result.
fn result(entry: &FindingEntry) -> Value {
    let (index, rule) = rule(entry.rule);
    let steps = entry.way();
    let related = related(entry);
    let mut text = plain(&entry.message);
    if !related.is_empty() {
        // Code scanning shows related locations only if the message links to them.
        let is_step = steps.iter().any(|step| step.place != entry.place);
        text += if is_step {
            " The way to the call begins [here](1)."
        } else {
            " See also [this place](1)."
        };
    }
    let mut location = location(&entry.place);
    if let Some(call) = &entry.call {
        location["physicalLocation"]["region"]["snippet"] = json!({ "text": call });
    }
    if let Some(function) = &entry.function {
        location["logicalLocations"] = json!([{ "name": function, "kind": "function" }]);
    }
    let mut result = Map::new();
    result.insert("ruleId".into(), rule.id.id().into());
    result.insert("ruleIndex".into(), index.into());
    let kind = if entry.is_pass() { "pass" } else { "fail" };
    result.insert("kind".into(), kind.into());
    result.insert("level".into(), entry.level.name().into());
    result.insert("message".into(), json!({ "text": text }));
    result.insert("locations".into(), json!([location]));
    if !related.is_empty() {
        result.insert("relatedLocations".into(), related.into());
    }
    if entry.level != Level::None && steps.len() > 1 {
        result.insert("codeFlows".into(), code_flows(&steps, entry));
    }
    let partial = json!({
        "primaryLocationLineHash": entry.line_hash,
        OWN_FINGERPRINT: entry.fingerprint,
    });
    result.insert("partialFingerprints".into(), partial);
    if let Some(state) = entry.baseline_state {
        result.insert("baselineState".into(), state.name().into());
    }
    if let Some(suppression) = &entry.suppression {
        result.insert("suppressions".into(), json!([suppressed(suppression)]));
    }
    Value::Object(result)
}

/// 3.35 suppression: the comment and what it says.
fn suppressed(suppression: &SuppressionEntry) -> Value {
    let mut object = json!({
        "kind": "inSource",
        "status": "accepted",
        "location": location(&suppression.place),
    });
    if let Some(reason) = &suppression.reason {
        object["justification"] = reason.as_str().into();
    }
    object
}

/// 3.36 code flow: one, with one thread flow, from the origin of the zero to the call.
fn code_flows(steps: &[&StepEntry], entry: &FindingEntry) -> Value {
    let last = steps.len() - 1;
    let step = |(index, step): (usize, &&StepEntry)| {
        let mut location = location(&step.place);
        let text = if index == last {
            format!("{}.", entry.headline)
        } else {
            step.text.clone()
        };
        location["message"] = json!({ "text": plain(&text) });
        let importance = if index == last { "essential" } else { "important" };
        json!({ "location": location, "kinds": [step.kind], "importance": importance })
    };
    let locations: Vec<Value> = steps.iter().enumerate().map(step).collect();
    json!([{ "threadFlows": [{ "locations": locations }] }])
}

/// 3.27.22 related locations.
fn related(entry: &FindingEntry) -> Vec<Value> {
    let location = |(index, step): (usize, &&StepEntry)| {
        let mut location = location(&step.place);
        location["id"] = (index + 1).into();
        location["message"] = json!({ "text": plain(&step.text) });
        location
    };
    entry.places().iter().enumerate().map(location).collect()
}

/// 3.28 location.
fn location(place: &PlaceEntry) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": artifact(&place.uri),
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        },
    })
}

/// 3.4 artifact location.
fn artifact(uri: &str) -> Value {
    json!({ "uri": uri, "uriBaseId": BASE })
}

/// 3.58 notification.
fn notification(entry: &ProblemEntry) -> Value {
    let index = ProblemKind::ALL.iter().position(|kind| *kind == entry.kind);
    let mut physical = json!({ "artifactLocation": artifact(&entry.uri) });
    if let Some(line) = entry.line {
        physical["region"] = json!({ "startLine": line });
    }
    json!({
        "descriptor": { "id": entry.kind.id(), "index": index },
        "level": tool::level(entry.kind).name(),
        "message": { "text": plain(&format!("{}: {}", entry.path, entry.message)) },
        "locations": [{ "physicalLocation": physical }],
    })
}

impl FormatWriter for Sarif {
    fn unit(&mut self, unit: UnitResult, out: &mut dyn Write) -> io::Result<()> {
        for entry in entry::findings(unit, &self.root) {
            self.log.finding(&entry, out)?;
        }
        for problem in unit.problems {
            self.log.problem(&ProblemEntry::new(problem, &self.root));
        }
        Ok(())
    }

    fn absent(&mut self, results: &[Value], out: &mut dyn Write) -> io::Result<()> {
        results.iter().try_for_each(|result| self.log.write(result, out))
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.log.finish(out)
    }
}

/// A plain-text message (3.11.6): quotation marks for code, and nothing that reads as a link by accident.
fn plain(text: &str) -> String {
    text.replace('`', "'").replace("](", "] (")
}
