//! Calls that only the tokens show: those that no finding covers become findings themselves.

use super::Program;
use crate::finding::{Finding, Level, RuleId};
use crate::kernel::{CallFacts, outcome};
use crate::source::{FileId, Problem, ProblemKind, Span};
use crate::verdict;
use std::collections::BTreeMap;

impl Program<'_> {
    /// Calls that only the tokens show, which no finding covers.
    pub(super) fn uncovered(&self, findings: &[Finding], problems: &mut Vec<Problem>) -> Vec<Finding> {
        let mut more = Vec::new();
        let covered = Covered::by(findings);
        for call in self.before.items.uncovered() {
            let Some(&argument) = call.arguments.get(call.positions.old_size) else {
                continue;
            };
            if covered.touches(call.callee) {
                continue;
            }
            let file = self.sources.file(call.callee.file);
            problems.push(Problem {
                path: file.path.clone(),
                line: Some(file.position(call.callee.start).line),
                kind: ProblemKind::Unparsable,
                text: format!("the call of `{}` could not be parsed", call.callee_text),
            });
            more.push(Finding {
                rule: RuleId::Unproven,
                level: Level::Note,
                at: Span {
                    end: call.end as u32,
                    ..call.callee
                },
                callee: call.callee_text.clone(),
                argument: verdict::words::argument(self.sources, argument),
                argument_at: argument,
                function: None,
                reason: "The code around the call could not be parsed, so nothing is known of its old_size.".to_owned(),
                steps: Vec::new(),
                related: Vec::new(),
                outcome: Some(outcome(&CallFacts::default())),
                suppression: None,
                baseline: None,
            });
        }
        more
    }
}

/// The code that findings cover.
#[derive(Default)]
struct Covered {
    /// By file, in order of their starts: where a finding starts, and the furthest that it or one before it ends.
    files: BTreeMap<FileId, Vec<(u32, u32)>>,
}

impl Covered {
    fn by(findings: &[Finding]) -> Covered {
        let mut covered = Covered::default();
        for finding in findings {
            let spans = covered.files.entry(finding.at.file).or_default();
            spans.push((finding.at.start, finding.at.end));
        }
        for spans in covered.files.values_mut() {
            spans.sort_unstable();
            let mut furthest = 0;
            for (_, end) in spans {
                furthest = furthest.max(*end);
                *end = furthest;
            }
        }
        covered
    }

    /// Whether a finding covers part of a span, or begins where it ends.
    fn touches(&self, at: Span) -> bool {
        let spans = self.files.get(&at.file).map_or(&[][..], Vec::as_slice);
        let before = spans.partition_point(|(start, _)| *start <= at.end);
        before > 0 && at.start < spans[before - 1].1
    }
}
