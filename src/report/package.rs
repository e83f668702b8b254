//! One package of a journal.

use crate::formats::{FindingEntry, ProblemEntry, package_fingerprint};
use crate::journal::Line;
use crate::paths::percent_encoded;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A package as a journal tells of it: its line, with what was found as data.
#[derive(Clone, Debug)]
pub struct PackageEntry {
    /// All of its line but the lists, which are below. The label is that of this package alone.
    pub line: Line,
    /// The findings, in the order of the journal.
    pub findings: Vec<FindingEntry>,
    /// What could not be examined.
    pub problems: Vec<ProblemEntry>,
}

impl PackageEntry {
    /// Reads a line.
    ///
    /// # Errors
    /// If it is no line of a journal: a predicate without final stop.
    pub fn parse(text: &str) -> Result<PackageEntry, String> {
        let mut line = Line::parse(text)?;
        let mut findings: Vec<FindingEntry> = read(std::mem::take(&mut line.findings), "finding")?;
        // What an earlier comparison said holds no longer.
        findings.retain(|finding| !finding.is_gone());
        for finding in &mut findings {
            finding.baseline_state = None;
        }
        let problems = read(std::mem::take(&mut line.problems), "problem")?;
        Ok(PackageEntry {
            line,
            findings,
            problems,
        })
    }

    /// Writes paths with another label.
    fn relabel(&mut self, label: &str) {
        let old = std::mem::replace(&mut self.line.label, label.to_owned());
        let encoded = [&old, label].map(|label| percent_encoded(Path::new(label)));
        let places = self.findings.iter_mut().flat_map(FindingEntry::places_mut);
        let names = places.map(|place| (&mut place.path, &mut place.uri));
        let problems = self.problems.iter_mut();
        for (path, uri) in names.chain(problems.map(|problem| (&mut problem.path, &mut problem.uri))) {
            replace_start(path, &old, label);
            replace_start(uri, &encoded[0], &encoded[1]);
        }
    }
}

fn read<'de, T: Deserialize<'de>>(values: Vec<Value>, what: &str) -> Result<Vec<T>, String> {
    let read = |value| T::deserialize(value).map_err(|error| format!("has a {what} that cannot be read: {error}"));
    values.into_iter().map(read).collect()
}

fn replace_start(path: &mut String, from: &str, to: &str) {
    if let Some(rest) = path.strip_prefix(from).filter(|rest| rest.starts_with('/')) {
        *path = format!("{to}{rest}");
    }
}

/// A line that was read before, and the label that no other package of the report has.
#[derive(Clone, Debug)]
pub(super) struct LabelledLine {
    pub label: String,
    pub text: String,
}

/// The fingerprints met so far: packages with one name, which are versions of each other, share theirs. For each the number
/// that the next equal one gets.
#[derive(Default)]
pub(super) struct KnownFingerprints(BTreeMap<String, u64>);

impl KnownFingerprints {
    /// The package of a line, with fingerprints that no other finding of all packages has.
    pub fn package(&mut self, line: &LabelledLine) -> PackageEntry {
        let mut package = PackageEntry::parse(&line.text).expect("only lines that can be parsed are in a report");
        if package.line.label != line.label {
            package.relabel(&line.label);
        }
        for finding in &mut package.findings {
            let fingerprint = package_fingerprint(&package.line.name, &finding.fingerprint);
            finding.fingerprint = self.own(fingerprint);
        }
        package
    }

    fn own(&mut self, fingerprint: String) -> String {
        let Some((identity, ordinal)) = fingerprint.split_once(':') else {
            return fingerprint;
        };
        let next = self.0.entry(identity.to_owned()).or_default();
        let own = ordinal.parse().unwrap_or(1).max(*next);
        *next = own.saturating_add(1);
        format!("{identity}:{own}")
    }
}
