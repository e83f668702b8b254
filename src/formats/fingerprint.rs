//! Names for findings that last: for code scanning and for baselines.

use super::location::SourceRoot;
use super::{UnitResult, line_hash};
use crate::finding::Finding;
use crate::source::{FileId, Problem};
use std::collections::{BTreeMap, BTreeSet};

/// The two fingerprints of one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fingerprints {
    /// `mremapLint/v1`: rule, path below the root or the package, function, the call without white space, and a number that keeps equal
    /// ones apart. Moving, reindenting and wrapping code keeps it.
    pub own: String,
    /// `primaryLocationLineHash`.
    pub line: String,
}

/// The fingerprints of all findings of a unit, in their order.
pub(super) fn fingerprints(unit: UnitResult, root: &SourceRoot) -> Vec<Fingerprints> {
    let mut lines: BTreeMap<FileId, BTreeSet<u32>> = BTreeMap::new();
    for finding in unit.findings {
        lines.entry(finding.at.file).or_default().insert(line(unit, finding));
    }
    let hashes: BTreeMap<FileId, BTreeMap<u32, String>> = lines
        .iter()
        .map(|(&file, lines)| (file, line_hash::line_hashes(unit.sources.file(file), lines)))
        .collect();
    let uris: BTreeMap<FileId, String> = lines
        .keys()
        .map(|&file| (file, root.lasting_uri(&unit.sources.file(file).path)))
        .collect();
    let mut equals: BTreeMap<u128, u32> = BTreeMap::new();
    let both = |finding: &Finding| {
        let identity = identity(unit, finding, &uris[&finding.at.file]);
        let ordinal = equals.entry(identity).or_insert(0);
        *ordinal += 1;
        let of_line = hashes[&finding.at.file].get(&line(unit, finding));
        Fingerprints {
            own: format!("{identity:032x}:{ordinal}"),
            line: of_line.cloned().unwrap_or_default(),
        }
    };
    unit.findings.iter().map(both).collect()
}

fn line(unit: UnitResult, finding: &Finding) -> u32 {
    unit.sources.file(finding.at.file).position(finding.at.start).line
}

fn identity(unit: UnitResult, finding: &Finding, uri: &str) -> u128 {
    let call = call_text(unit.sources.slice(finding.at));
    let function = finding.function.as_deref().unwrap_or("");
    let mut hash = Fnv::new();
    for part in [finding.rule.id(), uri, function, &call] {
        hash.part(part);
    }
    hash.0
}

/// The fingerprint of a finding among those of many packages, which may hold the same files: it knows the package's name.
pub fn of_package(name: &str, own: &str) -> String {
    let mut hash = Fnv::new();
    hash.part(name);
    let (identity, ordinal) = own.split_once(':').unwrap_or((own, "1"));
    hash.part(identity);
    format!("{:032x}:{ordinal}", hash.0)
}

/// The fingerprint of a problem of the file or folder at this URI.
pub(super) fn of_problem(problem: &Problem, uri: &str) -> String {
    let mut hash = Fnv::new();
    let line = problem.line.unwrap_or(0).to_string();
    for part in [problem.kind.id(), uri, &line, &problem.text] {
        hash.part(part);
    }
    format!("{:032x}", hash.0)
}

/// A call without what formatters change: white space, continued lines, the comma behind the last argument.
pub(super) fn call_text(call: &str) -> String {
    let lines = call.replace("\\\r\n", "").replace("\\\n", "");
    let text: String = lines.split_whitespace().collect();
    text.replace(",)", ")")
}

/// FNV-1a with 128 bits: the same in every version of the program and of the standard library.
struct Fnv(u128);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    /// Adds a part and an end mark, so that parts cannot run into each other.
    fn part(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}
