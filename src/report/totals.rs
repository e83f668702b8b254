//! What all packages have together, in numbers.

use super::{PackageEntry, Report};
use crate::finding::{BaselineState, Effect};
use crate::formats::FindingEntry;
use crate::journal::Status;
use crate::rules::RULES;
use crate::source::ProblemKind;
use std::collections::{BTreeMap, BTreeSet};

/// How many there are, and in how many packages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub all: u64,
    pub packages: u64,
}

/// Findings of one sort. What comments allow and what is proven safe does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    pub open: Count,
    pub new: u64,
    pub unchanged: u64,
    pub gone: u64,
}

#[derive(Debug, Default)]
pub(super) struct Totals {
    pub packages: u64,
    pub by_status: BTreeMap<Status, u64>,
    pub files: u64,
    pub examined: u64,
    pub bytes: u64,
    pub findings: Findings,
    /// In the order of the rule table.
    pub by_rule: [Findings; RULES.len()],
    /// In the order of [`Effect::ALL`].
    pub by_effect: [Findings; Effect::ALL.len()],
    pub suppressed: u64,
    pub passes: u64,
    /// What could not be examined, by kind.
    pub problems: BTreeMap<ProblemKind, Count>,
    /// Gone findings of packages that were not examined wholly this time.
    pub doubtful: u64,
    /// Gone findings of packages that are not there any more.
    pub removed: u64,
    /// Pairs of program version and settings that packages were examined with.
    pub runs: BTreeSet<(String, String)>,
}

impl Findings {
    fn add(&mut self, finding: &FindingEntry) {
        match finding.baseline_state {
            Some(BaselineState::Absent) => {
                self.gone += 1;
                return;
            }
            Some(BaselineState::New) => self.new += 1,
            Some(BaselineState::Unchanged) => self.unchanged += 1,
            None => {}
        }
        self.open.all += 1;
    }
}

impl Totals {
    pub fn of(report: &Report) -> Totals {
        let mut totals = Totals::default();
        for package in report.packages() {
            totals.package(&package);
        }
        for gone in report.gone() {
            for finding in gone.findings.iter().filter(|finding| finding.counts()) {
                totals.finding(finding);
                match gone.status {
                    None => totals.removed += 1,
                    Some(Status::Complete) => {}
                    Some(_) => totals.doubtful += 1,
                }
            }
        }
        totals
    }

    fn package(&mut self, package: &PackageEntry) {
        let line = &package.line;
        self.packages += 1;
        *self.by_status.entry(line.status).or_default() += 1;
        self.files += line.counts.files;
        self.examined += line.counts.examined;
        self.bytes += line.counts.bytes;
        self.runs.insert((line.tool_version.clone(), line.settings.clone()));
        let (mut rules, mut effects, mut kinds) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for finding in &package.findings {
            if finding.counts() {
                let (rule, effect) = self.finding(finding);
                rules.insert(rule);
                effects.extend(effect);
            } else if finding.is_pass() {
                self.passes += 1;
            } else {
                self.suppressed += 1;
            }
        }
        for problem in &package.problems {
            self.problems.entry(problem.kind).or_default().all += 1;
            kinds.insert(problem.kind);
        }
        self.findings.open.packages += u64::from(!rules.is_empty());
        rules.into_iter().for_each(|rule| self.by_rule[rule].open.packages += 1);
        effects
            .into_iter()
            .for_each(|effect| self.by_effect[effect].open.packages += 1);
        for kind in kinds {
            self.problems.entry(kind).or_default().packages += 1;
        }
    }

    /// Counts a finding. Returns the places of its rule and its effect.
    fn finding(&mut self, finding: &FindingEntry) -> (usize, Option<usize>) {
        let (rule, _) = crate::rules::rule(finding.rule);
        let outcome = finding.outcome.as_ref();
        let effect = outcome.and_then(|outcome| Effect::ALL.iter().position(|effect| *effect == outcome.effect));
        self.findings.add(finding);
        self.by_rule[rule].add(finding);
        if let Some(effect) = effect {
            self.by_effect[effect].add(finding);
        }
        (rule, effect)
    }
}
