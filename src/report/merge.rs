//! Journals → packages, each once.

use super::package::Package;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead};

/// How the lines begin that `report --compare --format jsonl` adds to a journal: they are about packages of another one.
pub(super) const GONE: &str = r#"{"type":"gone","#;

/// The lines of some journals, by input: later ones supersede earlier ones.
#[derive(Clone, Debug, Default)]
pub struct Journals {
    lines: BTreeMap<String, Line>,
    read: u64,
}

/// A line that counts so far.
#[derive(Clone, Debug)]
struct Line {
    /// The number of the line among all that were read.
    number: u64,
    label: String,
    digest: Option<String>,
    text: String,
}

/// The line of a package, and the label that no other package has.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub label: String,
    pub text: String,
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
        let package = Package::parse(text)?;
        self.read += 1;
        let line = Line {
            number: self.read,
            label: package.line.label,
            digest: package.line.digest,
            text: text.to_owned(),
        };
        self.lines.insert(package.line.input, line);
        Ok(())
    }

    /// The packages, in order of label and input; the same content under the same label counts once, the last one read.
    pub(super) fn packages(self) -> Vec<Kept> {
        let mut by_content: BTreeMap<(String, String), (String, u64)> = BTreeMap::new();
        let mut superseded = BTreeSet::new();
        for (input, line) in &self.lines {
            let Some(digest) = &line.digest else {
                continue;
            };
            match by_content.entry((line.label.clone(), digest.clone())) {
                Entry::Vacant(entry) => {
                    entry.insert((input.clone(), line.number));
                }
                Entry::Occupied(mut entry) => {
                    let mut other = (input.clone(), line.number);
                    if entry.get().1 < other.1 {
                        std::mem::swap(entry.get_mut(), &mut other);
                    }
                    superseded.insert(other.0);
                }
            }
        }
        let lines = self.lines.into_iter().filter(|(input, _)| !superseded.contains(input));
        let mut lines: Vec<Line> = lines.map(|(_, line)| line).collect();
        // Stable: of equal labels those with the smaller input come first.
        lines.sort_by(|one, other| one.label.cmp(&other.label));
        with_own_labels(lines)
    }
}

/// Gives packages that share a label with another one a label of their own: `ring_2.0`, `ring_2.0@2`.
fn with_own_labels(lines: Vec<Line>) -> Vec<Kept> {
    let mut taken: BTreeSet<String> = lines.iter().map(|line| line.label.clone()).collect();
    let mut kept: Vec<Kept> = Vec::with_capacity(lines.len());
    let (mut shared, mut count) = (None, 1u64);
    for Line { label, text, .. } in lines {
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
        kept.push(Kept { label: own, text });
    }
    kept
}
