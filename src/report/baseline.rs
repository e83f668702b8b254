//! What an earlier report already told: findings are new, unchanged, or absent by now.
//!
//! Each finding of the earlier report stands for one of now. First those that are equal by their fingerprint; of the rest
//! those with the same call where the function or the file has another name, so that renamed and moved code is not new.

use super::fingerprint::{call_text, fingerprints};
use super::location::SourceRoot;
use super::{NAME, OWN_FINGERPRINT, UnitResult};
use crate::finding::{BaselineState, Finding};
use crate::rules::{by_name, rule};
use crate::source::Sources;
use serde_json::Value;
use std::collections::BTreeMap;

/// The results of an earlier SARIF report of ours.
#[derive(Debug, Default)]
pub struct Baseline {
    results: Vec<(Identity, Value)>,
}

/// What findings are compared by.
#[derive(Clone, Debug)]
struct Identity {
    /// Rule, and whether it is a pass or suppressed: what becomes another of these is new.
    sort: (String, bool, bool),
    fingerprint: Option<String>,
    uri: String,
    function: Option<String>,
    call: String,
}

impl Baseline {
    /// Reads a report. What is missing in a result only makes it match less.
    pub fn read(text: &str) -> Result<Baseline, String> {
        let text = text.trim_start_matches('\u{feff}');
        let log: Value = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        let runs = log["runs"]
            .as_array()
            .ok_or("is not a SARIF report: it has no `runs`")?;
        let mut ours = runs
            .iter()
            .filter(|run| run["tool"]["driver"]["name"] == NAME)
            .peekable();
        if ours.peek().is_none() {
            return Err(format!("holds no run of {NAME}"));
        }
        let results = ours.filter_map(|run| run["results"].as_array()).flatten();
        let present = results.filter(|result| result["baselineState"] != BaselineState::ABSENT);
        Ok(Baseline {
            results: present
                .map(|result| (Identity::of_result(result), result.clone()))
                .collect(),
        })
    }

    /// Gives all findings of a run their state, and returns the results that are absent.
    pub fn compare(self, units: &mut [(&Sources, &mut Vec<Finding>)], root: &SourceRoot) -> Vec<Value> {
        let mut now: Vec<Identity> = Vec::new();
        for (sources, findings) in units.iter() {
            now.extend(identities(sources, findings, root));
        }
        let mut known = vec![false; now.len()];
        let mut left: Vec<Option<(Identity, Value)>> = self.results.into_iter().map(Some).collect();
        let keys: [fn(&Identity) -> Option<Key>; 3] =
            [Identity::whole, Identity::renamed_function, Identity::renamed_file];
        for key in keys {
            let mut open: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
            for (index, entry) in left.iter().enumerate().rev() {
                if let Some(key) = entry.as_ref().and_then(|(identity, _)| key(identity)) {
                    open.entry(key).or_default().push(index);
                }
            }
            for (identity, known) in now.iter().zip(&mut known).filter(|(_, known)| !**known) {
                let index = key(identity).and_then(|key| open.get_mut(&key)?.pop());
                if let Some(index) = index {
                    left[index] = None;
                    *known = true;
                }
            }
        }
        let findings = units.iter_mut().flat_map(|(_, findings)| findings.iter_mut());
        for (finding, known) in findings.zip(known) {
            finding.baseline = Some(if known {
                BaselineState::Unchanged
            } else {
                BaselineState::New
            });
        }
        left.into_iter()
            .flatten()
            .filter_map(|(_, result)| absent(result))
            .collect()
    }
}

/// What two findings have in common in one round of comparison.
type Key = ((String, bool, bool), String, String);

impl Identity {
    fn of_result(result: &Value) -> Identity {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let location = &result["locations"][0];
        let physical = &location["physicalLocation"];
        let name = text(&result["ruleId"])
            .or_else(|| text(&result["rule"]["id"]))
            .unwrap_or_default();
        let suppressed = result["suppressions"].as_array().is_some_and(|list| !list.is_empty());
        Identity {
            sort: (name, result["kind"] == "pass", suppressed),
            fingerprint: text(&result["partialFingerprints"][OWN_FINGERPRINT]),
            uri: text(&physical["artifactLocation"]["uri"]).unwrap_or_default(),
            function: text(&location["logicalLocations"][0]["name"]),
            call: call_text(physical["region"]["snippet"]["text"].as_str().unwrap_or("")),
        }
    }

    fn whole(&self) -> Option<Key> {
        Some((self.sort.clone(), self.fingerprint.clone()?, String::new()))
    }

    fn renamed_file(&self) -> Option<Key> {
        let function = self.function.clone()?;
        (!self.call.is_empty()).then(|| (self.sort.clone(), self.call.clone(), function))
    }

    fn renamed_function(&self) -> Option<Key> {
        (!self.call.is_empty()).then(|| (self.sort.clone(), self.call.clone(), self.uri.clone()))
    }
}

fn identities(sources: &Sources, findings: &[Finding], root: &SourceRoot) -> Vec<Identity> {
    let unit = UnitResult {
        sources,
        findings,
        problems: &[],
    };
    let fingerprints = fingerprints(unit, root);
    let identity = |(finding, fingerprint): (&Finding, super::fingerprint::Fingerprints)| Identity {
        sort: (
            finding.rule.id().to_owned(),
            finding.is_pass(),
            finding.suppression.is_some(),
        ),
        fingerprint: Some(fingerprint.own),
        uri: root.relative_uri(&sources.file(finding.at.file).path),
        function: finding.function.clone(),
        call: call_text(sources.slice(finding.at)),
    };
    findings.iter().zip(fingerprints).map(identity).collect()
}

/// A result of the earlier report for this one; None if its rule does not exist any more.
fn absent(mut result: Value) -> Option<Value> {
    let id = by_name(result["ruleId"].as_str()?)?.id;
    let object = result.as_object_mut()?;
    object.insert("ruleIndex".into(), rule(id).0.into());
    object.insert("baselineState".into(), BaselineState::ABSENT.into());
    Some(result)
}
