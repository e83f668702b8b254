//! What an earlier run already told: findings are new, unchanged, or absent by now.
//!
//! Each finding of the baseline stands for one of now. First those that are equal by their fingerprint; of the rest
//! those with the same call where the function or the file has another name, so that renamed and moved code is not new.

use super::entry::{self, FindingEntry};
use super::fingerprint::call_text;
use super::location::SourceRoot;
use super::{NAME, OWN_FINGERPRINT, UnitResult};
use crate::finding::{BaselineState, Finding};
use crate::rules::{by_name, rule};
use crate::source::Sources;
use serde_json::Value;
use std::collections::BTreeMap;

/// The results of an earlier run, in our SARIF.
#[derive(Debug, Default)]
pub struct Baseline {
    results: Vec<(Identity, Value)>,
}

/// What findings are compared by.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Rule, and whether it is a pass or suppressed: what becomes another of these is new.
    sort: (String, bool, bool),
    fingerprint: Option<String>,
    uri: String,
    function: Option<String>,
    call: String,
}

impl Baseline {
    /// Reads a SARIF report of ours. What is missing in a result only makes it match less.
    ///
    /// # Errors
    /// If the text is no such report, as a predicate without final stop: "is not JSON: …".
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
        let present = results.filter(|result| result["baselineState"] != BaselineState::Absent.name());
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
            let unit = UnitResult {
                sources,
                findings,
                problems: &[],
                unread: 0,
            };
            now.extend(entry::findings(unit, root).iter().map(Identity::of_entry));
        }
        let (before, results): (Vec<Identity>, Vec<Value>) = self.results.into_iter().unzip();
        let compared = compare(&now, &before);
        let findings = units.iter_mut().flat_map(|(_, findings)| findings.iter_mut());
        for (finding, state) in findings.zip(compared.states) {
            finding.baseline = Some(state);
        }
        let absent_results = results.into_iter().zip(compared.absent);
        absent_results
            .filter_map(|(result, is_absent)| absent(result).filter(|_| is_absent))
            .collect()
    }
}

/// How two lists of findings stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// For each of now: new or unchanged.
    pub states: Vec<BaselineState>,
    /// For each of before: whether it is not there any more.
    pub absent: Vec<bool>,
}

/// Compares the findings of now with those of before.
pub fn compare(now: &[Identity], before: &[Identity]) -> Comparison {
    let mut states = vec![BaselineState::New; now.len()];
    let mut absent = vec![true; before.len()];
    let keys: [fn(&Identity) -> Option<Key>; 3] = [Identity::whole, Identity::renamed_function, Identity::renamed_file];
    for key in keys {
        let mut open: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (index, identity) in before.iter().enumerate().rev().filter(|(index, _)| absent[*index]) {
            if let Some(key) = key(identity) {
                open.entry(key).or_default().push(index);
            }
        }
        let unknown = now
            .iter()
            .zip(&mut states)
            .filter(|(_, state)| **state == BaselineState::New);
        for (identity, state) in unknown {
            let index = key(identity).and_then(|key| open.get_mut(&key)?.pop());
            if let Some(index) = index {
                absent[index] = false;
                *state = BaselineState::Unchanged;
            }
        }
    }
    Comparison { states, absent }
}

/// What two findings have in common in one round of comparison.
type Key = ((String, bool, bool), String, String);

impl Identity {
    /// What a finding is compared by.
    pub fn of_entry(entry: &FindingEntry) -> Identity {
        Identity {
            sort: (entry.rule.id().to_owned(), entry.is_pass(), entry.suppression.is_some()),
            fingerprint: Some(entry.fingerprint.clone()),
            uri: entry.place.uri.clone(),
            function: entry.function.clone(),
            call: call_text(entry.call.as_deref().unwrap_or("")),
        }
    }

    /// The same without the first segment of the path: the label of a package, which another version does not share.
    pub fn below_label(mut self) -> Identity {
        if let Some((_, below)) = self.uri.split_once('/') {
            self.uri = below.to_owned();
        }
        self
    }

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

/// A result of the baseline for this run; None if its rule does not exist any more.
fn absent(mut result: Value) -> Option<Value> {
    let id = by_name(result["ruleId"].as_str()?)?.id;
    let object = result.as_object_mut()?;
    object.insert("ruleIndex".into(), rule(id).0.into());
    object.insert("baselineState".into(), BaselineState::Absent.name().into());
    Some(result)
}
