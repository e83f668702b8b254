//! What is new, gone and unchanged since earlier journals: package by package, whatever their versions.

use super::Report;
use super::package::PackageEntry;
use crate::finding::BaselineState;
use crate::formats::{self, FindingEntry, Identity};
use crate::journal::{Line, Status};
use std::collections::BTreeMap;

/// Findings of an earlier package that are not there any more.
#[derive(Clone, Debug)]
pub struct Gone {
    /// The line of the package then, without its lists.
    pub line: Line,
    /// How far the package of this name was examined now; none if it is not there any more. What was not examined may only
    /// seem gone.
    pub status: Option<Status>,
    /// The findings as they were.
    pub findings: Vec<FindingEntry>,
}

/// How all packages stand to earlier ones.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    /// For each package, in order, the states of its findings.
    pub states: Vec<Vec<BaselineState>>,
    /// In order of label.
    pub gone: Vec<Gone>,
}

/// All packages of one name on both sides.
#[derive(Default)]
struct Namesakes {
    now: Vec<Identity>,
    /// Where the findings of now are: the package and how many.
    places: Vec<(usize, usize)>,
    status: Option<Status>,
    before: Vec<Identity>,
    earlier: Vec<PackageEntry>,
}

/// Compares what was found now with what was found before.
pub(super) fn compare(now: &Report, before: &Report) -> Compared {
    let mut by_name: BTreeMap<String, Namesakes> = BTreeMap::new();
    for package in before.packages().filter(|package| !package.findings.is_empty()) {
        let namesakes = by_name.entry(package.line.name.clone()).or_default();
        namesakes.before.extend(identities(&package));
        namesakes.earlier.push(package);
    }
    let mut states = Vec::new();
    for (index, package) in now.packages().enumerate() {
        states.push(Vec::new());
        let is_known = by_name.contains_key(&package.line.name);
        if is_known || !package.findings.is_empty() {
            let namesakes = by_name.entry(package.line.name.clone()).or_default();
            namesakes.now.extend(identities(&package));
            namesakes.places.push((index, package.findings.len()));
            namesakes.status = namesakes.status.max(Some(package.line.status));
        }
    }
    let mut gone = Vec::new();
    for namesakes in by_name.into_values() {
        let compared = formats::compare(&namesakes.now, &namesakes.before);
        let mut left = compared.states.as_slice();
        for (index, count) in namesakes.places {
            let (own, rest) = left.split_at(count);
            states[index] = own.to_vec();
            left = rest;
        }
        let mut absent = compared.absent.into_iter();
        for PackageEntry { line, mut findings, .. } in namesakes.earlier {
            findings.retain(|_| absent.next() == Some(true));
            for finding in &mut findings {
                finding.baseline_state = Some(BaselineState::Absent);
            }
            if !findings.is_empty() {
                gone.push(Gone {
                    line,
                    status: namesakes.status,
                    findings,
                });
            }
        }
    }
    gone.sort_by(|one, other| one.line.label.cmp(&other.line.label));
    Compared { states, gone }
}

fn identities(package: &PackageEntry) -> impl Iterator<Item = Identity> {
    let identities = package.findings.iter().map(Identity::of_entry);
    identities.map(Identity::below_label)
}
