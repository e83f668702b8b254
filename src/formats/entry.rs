//! A finding and a problem as data of their own, without the sources: what `--format jsonl` prints, what SARIF is made of,
//! and what a journal keeps until a report is made of it.

use super::fingerprint::{Fingerprints, fingerprints};
use super::location::{Region, SourceRoot};
use super::snippet::snippet;
use super::steps::{PlacedStep, places, shortened};
use super::{UnitResult, message};
use crate::finding::{BaselineState, Effect, Finding, Level, RuleId, Step};
use crate::source::{Problem, ProblemKind, Sources, Span};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Characters of a call that is kept as it is written, at most.
const CALL: usize = 400;

/// A place in a file: lines and columns from 1, columns in UTF-16 code units, the end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceEntry {
    /// The path for people, below the source root.
    pub path: String,
    /// The path as a relative URI, which holds every byte of names that are not UTF-8.
    pub uri: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// One past the last column.
    pub end_column: u32,
    /// The source lines: at most three of 200 characters.
    pub snippet: String,
}

/// A step on the way of the zero, or another place that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepEntry {
    /// What happens there: a word of [`crate::finding::StepKind`].
    pub kind: String,
    /// Where.
    #[serde(flatten)]
    pub place: PlaceEntry,
    /// A sentence without final stop.
    pub text: String,
}

/// What the kernel does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeEntry {
    /// Sentences for people, most important first.
    pub sentences: Vec<String>,
    /// Whether the call always fails.
    pub certain_failure: bool,
    /// The same as one word.
    pub effect: Effect,
}

/// What to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacementEntry {
    /// A name for machines.
    pub name: String,
    /// Sentences in the words of the file's language.
    pub text: Option<String>,
}

/// The comment that allows a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionEntry {
    /// Where it stands.
    #[serde(flatten)]
    pub place: PlaceEntry,
    /// The reason that it gives.
    pub reason: Option<String>,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "finding")]
pub struct FindingEntry {
    /// The rule.
    pub rule: RuleId,
    /// How loud; [`Level::None`], written as `pass`, is a call proven safe.
    pub level: Level,
    /// The call.
    #[serde(flatten)]
    pub place: PlaceEntry,
    /// The function that holds the call.
    pub function: Option<String>,
    /// The name of the callee as written.
    pub callee: String,
    /// The argument that becomes old_size, as written.
    pub argument: String,
    /// The whole call as written; none if it is very long.
    pub call: Option<String>,
    /// What is wrong, without final stop.
    pub headline: String,
    /// The headline, the reason, what the kernel does and what to write instead, as one paragraph.
    pub message: String,
    /// Why.
    pub reason: String,
    /// From the origin of the zero to the call.
    pub steps: Vec<StepEntry>,
    /// Other places that matter.
    pub related: Vec<StepEntry>,
    /// What the kernel does; none for calls proven safe.
    pub outcome: Option<OutcomeEntry>,
    /// What to write instead.
    pub replacement: Option<ReplacementEntry>,
    /// How it stands to a baseline or to earlier journals, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_state: Option<BaselineState>,
    /// The comment that allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression: Option<SuppressionEntry>,
    /// Our own fingerprint.
    pub fingerprint: String,
    /// GitHub's `primaryLocationLineHash`.
    pub line_hash: String,
}

/// Something that could not be examined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "problem")]
pub struct ProblemEntry {
    /// What sort of problem.
    pub kind: ProblemKind,
    /// The path for people.
    pub path: String,
    /// The path as a relative URI.
    pub uri: String,
    /// The line, if known.
    pub line: Option<u32>,
    /// One sentence without the path.
    pub message: String,
}

/// The findings of a unit, with paths relative to the root.
pub fn findings(unit: UnitResult, root: &SourceRoot) -> Vec<FindingEntry> {
    let fingerprints = fingerprints(unit, root);
    let pairs = unit.findings.iter().zip(fingerprints);
    pairs
        .map(|(finding, fingerprints)| FindingEntry::new(finding, fingerprints, unit.sources, root))
        .collect()
}

impl FindingEntry {
    fn new(finding: &Finding, fingerprints: Fingerprints, sources: &Sources, root: &SourceRoot) -> FindingEntry {
        let language = sources.file(finding.at.file).language;
        let place = |at: Span| PlaceEntry::new(at, sources, root);
        let step = |step: &Step| StepEntry {
            kind: step.kind.name().to_owned(),
            place: place(step.at),
            text: step.text.clone(),
        };
        let call = sources.slice(finding.at);
        let outcome = finding.outcome.as_ref();
        FindingEntry {
            rule: finding.rule,
            level: finding.level,
            place: place(finding.at),
            function: finding.function.clone(),
            callee: finding.callee.clone(),
            argument: finding.argument.clone(),
            call: call.chars().nth(CALL).is_none().then(|| call.to_owned()),
            headline: message::headline(finding),
            message: message::whole(finding, sources),
            reason: finding.reason.clone(),
            steps: finding.steps.iter().map(step).collect(),
            related: finding.related.iter().map(step).collect(),
            outcome: outcome.map(|outcome| OutcomeEntry {
                sentences: outcome.sentences.clone(),
                certain_failure: outcome.effect == Effect::Failure,
                effect: outcome.effect,
            }),
            replacement: outcome.map(|outcome| ReplacementEntry {
                name: outcome.replacement.name().to_owned(),
                text: message::instead(finding, language),
            }),
            baseline_state: finding.baseline,
            suppression: finding.suppression.as_ref().map(|suppression| SuppressionEntry {
                place: place(suppression.at),
                reason: suppression.reason.clone(),
            }),
            fingerprint: fingerprints.own,
            line_hash: fingerprints.line,
        }
    }

    /// Whether it is a call proven safe.
    pub fn is_pass(&self) -> bool {
        self.level == Level::None
    }

    /// Whether only the baseline or an earlier journal has it.
    pub fn is_gone(&self) -> bool {
        self.baseline_state == Some(BaselineState::Absent)
    }

    /// Whether it is neither proven safe nor allowed in the source.
    pub fn counts(&self) -> bool {
        !self.is_pass() && self.suppression.is_none()
    }

    /// The steps, without the middle of very long ways.
    pub fn way(&self) -> Vec<&StepEntry> {
        shortened(&self.steps)
    }

    /// The steps but the call itself, and the other places that matter, each once.
    pub(super) fn places(&self) -> Vec<&StepEntry> {
        places(&self.steps, &self.related, &self.place)
    }

    /// All places that it names, for who writes paths in another way.
    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut PlaceEntry> {
        let steps = self
            .steps
            .iter_mut()
            .chain(&mut self.related)
            .map(|step| &mut step.place);
        let suppression = self.suppression.iter_mut().map(|suppression| &mut suppression.place);
        std::iter::once(&mut self.place).chain(steps).chain(suppression)
    }
}

impl ProblemEntry {
    /// The problem, with paths relative to the root.
    pub fn new(problem: &Problem, root: &SourceRoot) -> ProblemEntry {
        let (path, uri) = names(&problem.path, root);
        ProblemEntry {
            kind: problem.kind,
            path,
            uri,
            line: problem.line,
            message: problem.text.clone(),
        }
    }
}

impl PlaceEntry {
    fn new(at: Span, sources: &Sources, root: &SourceRoot) -> PlaceEntry {
        let file = sources.file(at.file);
        let region = Region::new(file, at);
        let (path, uri) = names(&file.path, root);
        PlaceEntry {
            path,
            uri,
            line: region.start_line,
            column: region.start_column,
            end_line: region.end_line,
            end_column: region.end_column,
            snippet: snippet(file, at),
        }
    }
}

/// The path for people and as a URI.
fn names(path: &Path, root: &SourceRoot) -> (String, String) {
    let relative = root.relative(path);
    (relative.to_string_lossy().into_owned(), root.relative_uri(path))
}

impl PlacedStep for StepEntry {
    type Place = PlaceEntry;

    fn place(&self) -> &PlaceEntry {
        &self.place
    }

    fn text(&self) -> &str {
        &self.text
    }
}
