//! Journals → packages, each once.

use super::package::{LabelledLine, PackageEntry};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead};

/// How the lines begin that `report --compare --format jsonl` adds to a journal: they are about packages of another one.
pub(super) const GONE: &str = r#"{"type":"gone","#;

/// The lines of some journals, by input: later ones supersede earlier ones.
#[derive(Clone, Debug, Default)]
pub struct Journals {
    candidates: BTreeMap<String, Candidate>,
    read: u64,
}

/// The line of an input that counts, unless a later one does.
#[derive(Clone, Debug)]
struct Candidate {
    /// The number of the line among all that were read.
    number: u64,
    label: String,
    digest: Option<String>,
    text: String,
}

impl Journals {
    /// Reads one more journal. `wrong` is told the number of each line that is no package's, from 1, and what is wrong with it.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(&mut self, mut journal: impl BufRead, wrong: &mut dyn FnMut(u64, &str)) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut number = 0;
        while journal.read_until(b'\n', &mut bytes)? > 0 {
            number += 1;
            let line = std::str::from_utf8(&bytes).map_err(|_| "is not UTF-8".to_owned());
            if let Err(text) = line.and_then(|line| self.line(line.trim_ascii())) {
                wrong(number, &text);
            }
            bytes.clear();
        }
        Ok(())
    }

    fn line(&mut self, text: &str) -> Result<(), String> {
        if text.is_empty() || text.starts_with(GONE) {
            return Ok(());
        }
        let package = PackageEntry::parse(text)?;
        self.read += 1;
        let candidate = Candidate {
            number: self.read,
            label: package.line.label,
            digest: package.line.digest,
            text: text.to_owned(),
        };
        self.candidates.insert(package.line.input, candidate);
        Ok(())
    }

    /// The lines of the packages, in order of label and input; the same content under the same label counts once, the last one
    /// read.
    pub(super) fn lines(self) -> Vec<LabelledLine> {
        let mut last: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for candidate in self.candidates.values() {
            if let Some(content) = candidate.content() {
                let number = last.entry(content).or_default();
                *number = candidate.number.max(*number);
            }
        }
        let is_last = |candidate: &&Candidate| {
            let content = candidate.content();
            content.is_none_or(|content| last[&content] == candidate.number)
        };
        let counting = self.candidates.values().filter(is_last);
        let counting: BTreeSet<u64> = counting.map(|candidate| candidate.number).collect();
        let mut candidates: Vec<Candidate> = self.candidates.into_values().collect();
        candidates.retain(|candidate| counting.contains(&candidate.number));
        // Stable: of equal labels those with the smaller input come first.
        candidates.sort_by(|one, other| one.label.cmp(&other.label));
        with_own_labels(candidates)
    }
}

impl Candidate {
    /// Label and digest, by which a package is known under whatever path.
    fn content(&self) -> Option<(&str, &str)> {
        Some((&self.label, self.digest.as_deref()?))
    }
}

/// Gives packages that share a label with another one a label of their own: `ring_2.0`, `ring_2.0@2`.
fn with_own_labels(candidates: Vec<Candidate>) -> Vec<LabelledLine> {
    let mut taken: BTreeSet<String> = candidates.iter().map(|candidate| candidate.label.clone()).collect();
    let mut lines: Vec<LabelledLine> = Vec::with_capacity(candidates.len());
    let (mut shared, mut count) = (None, 1u64);
    for Candidate { label, text, .. } in candidates {
        let mut own = label.clone();
        if shared.as_ref() != Some(&label) {
            count = 1;
        } else {
            while !taken.insert(own.clone()) {
                count += 1;
                own = format!("{label}@{count}");
            }
        }
        shared = Some(label);
        lines.push(LabelledLine { label: own, text });
    }
    lines
}
