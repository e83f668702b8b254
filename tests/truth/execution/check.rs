//! Holds what the analysis says of a program against what the program did.

use crate::execution::run::{Event, Observed};
use crate::execution::tree::{Program, Rendering};
use mremap_lint::finding::{Finding, Level, RuleId};
use mremap_lint::inside::program::{Options, check};
use mremap_lint::source::{SourceFile, Sources, Span};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The ways in which the analysis can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// The analysis failed.
    Panicked,
    /// Executed with zero, and no call on the way is reported.
    Missed,
    /// Said never to be zero, or never to be reached, but executed with zero, or at all.
    Disproved,
    /// Said always to be zero, but executed with something else.
    NotAlwaysZero,
    /// Executed, and nothing is said of any call on the way.
    Lost,
    /// Something is said of a place that holds no call.
    Stray,
    /// Reported, and no possible input makes it zero, in a program of which all is visible.
    FalseAlarm,
}

/// One wrong answer.
#[derive(Clone, Debug)]
pub struct Failure {
    /// In which way.
    pub wrong: Wrong,
    /// What was said and what happened, for people.
    pub text: String,
}

/// What happened how often.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    /// Programs, and those of which every input was tried.
    pub programs: (usize, usize),
    /// Sequences of calls that reached mremap always, sometimes, never with zero.
    pub executed: [usize; 3],
    /// Of those that were always zero: reported as always, reported as maybe, not reported.
    pub always: [usize; 3],
    /// Of those that were never zero: proven, unproven, reported.
    pub never: [usize; 3],
    /// Reports, and reports at calls that no input reaches.
    pub reports: (usize, usize),
    /// Time that the analysis took for all programs, and the longest time for one with its seed.
    pub time: (Duration, Duration, u64),
}

impl Statistics {
    /// The sum of both.
    pub fn plus(self, other: Statistics) -> Statistics {
        let both = |a: [usize; 3], b: [usize; 3]| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
        Statistics {
            programs: (self.programs.0 + other.programs.0, self.programs.1 + other.programs.1),
            executed: both(self.executed, other.executed),
            always: both(self.always, other.always),
            never: both(self.never, other.never),
            reports: (self.reports.0 + other.reports.0, self.reports.1 + other.reports.1),
            time: self.with_time(other.time.0, other.time.1, other.time.2),
        }
    }

    /// The times with one more.
    fn with_time(self, sum: Duration, longest: Duration, seed: u64) -> (Duration, Duration, u64) {
        let (before, old, of) = self.time;
        if longest > old {
            (before + sum, longest, seed)
        } else {
            (before + sum, old, of)
        }
    }
}

/// A finding and the recorded call that it is about.
struct Said<'a> {
    finding: &'a Finding,
    site: usize,
    /// Recorded calls that it names as the mremap at the end of the way.
    sinks: Vec<usize>,
}

impl Said<'_> {
    fn alarms(&self) -> bool {
        self.finding.level != Level::None && self.finding.rule != RuleId::Unproven
    }

    fn passes(&self) -> bool {
        self.finding.level == Level::None
    }

    /// Whether the finding speaks of these executions.
    fn covers(&self, event: &Event) -> bool {
        let last = event.chain.last();
        event.chain.contains(&self.site)
            && (last == Some(&self.site) || self.sinks.is_empty() || last.is_some_and(|last| self.sinks.contains(last)))
    }
}

/// All wrong answers for one program.
pub fn judge(program: &Program, rendering: &Rendering, observed: &Observed, sum: &mut Statistics) -> Vec<Failure> {
    let mut sources = Sources::default();
    for (file, text) in program.files.iter().zip(&rendering.analyzed) {
        sources.add(SourceFile::new(
            PathBuf::from(&file.name),
            program.language,
            text.clone(),
        ));
    }
    let start = Instant::now();
    let Ok((findings, _)) = catch_unwind(AssertUnwindSafe(|| check(&sources, &Options::default()))) else {
        return vec![Failure {
            wrong: Wrong::Panicked,
            text: "the analysis panicked".to_owned(),
        }];
    };
    sum.time = sum.with_time(start.elapsed(), start.elapsed(), program.seed);
    let mut failures = Vec::new();
    let mut said = Vec::new();
    for finding in &findings {
        match site_of(rendering, finding.at) {
            Some(site) => said.push(Said {
                finding,
                site,
                sinks: sinks_of(rendering, finding),
            }),
            None => failures.push(Failure {
                wrong: Wrong::Stray,
                text: describe(rendering, finding),
            }),
        }
    }
    sum.programs.0 += 1;
    sum.programs.1 += usize::from(observed.exhaustive);
    for event in &observed.events {
        count(sum, &said, event);
        failures.extend(judge_event(program, rendering, &said, event));
    }
    for one in said.iter().filter(|one| one.alarms()) {
        failures.extend(judge_alarm(program, rendering, one, observed, sum));
    }
    failures
}

/// The recorded call that ends where the span ends.
fn site_of(rendering: &Rendering, at: Span) -> Option<usize> {
    let fits = |site: &crate::execution::tree::Site| site.file == at.file.0 as usize && site.end == at.end as usize;
    rendering.sites.iter().position(fits)
}

fn sinks_of(rendering: &Rendering, finding: &Finding) -> Vec<usize> {
    finding
        .steps
        .iter()
        .chain(&finding.related)
        .filter_map(|step| site_of(rendering, step.at))
        .collect()
}

fn count(sum: &mut Statistics, said: &[Said], event: &Event) {
    let covering = || said.iter().filter(|one| one.covers(event));
    let alarms = covering().any(Said::alarms);
    match (event.zero > 0, event.other > 0) {
        (true, false) => {
            sum.executed[0] += 1;
            let certain = covering().any(|one| one.alarms() && one.finding.rule == RuleId::Zero);
            sum.always[if certain { 0 } else { 2 - usize::from(alarms) }] += 1;
        }
        (true, true) => sum.executed[1] += 1,
        _ => {
            sum.executed[2] += 1;
            let inner = said.iter().find(|one| event.chain.last() == Some(&one.site));
            let unproven = inner.is_some_and(|one| one.finding.rule == RuleId::Unproven);
            sum.never[if alarms { 2 } else { usize::from(unproven) }] += 1;
        }
    }
}

fn judge_event(program: &Program, rendering: &Rendering, said: &[Said], event: &Event) -> Option<Failure> {
    let on_way = || said.iter().filter(|one| event.chain.contains(&one.site));
    let last = said.iter().find(|one| event.chain.last() == Some(&one.site));
    let never_reached = |one: &Said| one.finding.reason.contains("no feasible path");
    let disproved = last.filter(|one| one.passes() && (event.zero > 0 || never_reached(one)));
    let (wrong, text) = if let Some(one) = disproved {
        (Wrong::Disproved, describe(rendering, one.finding))
    } else if event.zero > 0 && !on_way().any(|one| one.alarms() || !program.visible) {
        let unproven = on_way().map(|one| describe(rendering, one.finding)).collect::<Vec<_>>();
        (
            Wrong::Missed,
            if unproven.is_empty() {
                "nothing is said".to_owned()
            } else {
                unproven.join("; ")
            },
        )
    } else if on_way().next().is_none() {
        (Wrong::Lost, "nothing is said".to_owned())
    } else {
        return None;
    };
    Some(Failure {
        wrong,
        text: format!("{text}\n    but {}", happened(rendering, event)),
    })
}

fn judge_alarm(
    program: &Program,
    rendering: &Rendering,
    one: &Said,
    observed: &Observed,
    sum: &mut Statistics,
) -> Option<Failure> {
    let mut covered = observed.events.iter().filter(|event| one.covers(event)).peekable();
    sum.reports.0 += 1;
    if covered.peek().is_none() {
        sum.reports.1 += usize::from(observed.exhaustive);
        return None;
    }
    let always = one.finding.rule == RuleId::Zero;
    let other = covered.clone().find(|event| event.other > 0);
    if let (true, Some(event)) = (always, other) {
        let text = format!(
            "{}\n    but {}",
            describe(rendering, one.finding),
            happened(rendering, event)
        );
        return Some(Failure {
            wrong: Wrong::NotAlwaysZero,
            text,
        });
    }
    let open = one
        .finding
        .function
        .as_ref()
        .is_some_and(|name| program.open.contains(name));
    let false_alarm = observed.exhaustive && program.visible && !open && covered.all(|event| event.zero == 0);
    false_alarm.then(|| {
        let text = format!("{}\n    but no input makes it zero", describe(rendering, one.finding));
        Failure {
            wrong: Wrong::FalseAlarm,
            text,
        }
    })
}

fn line(rendering: &Rendering, file: usize, offset: usize) -> usize {
    rendering.analyzed[file][..offset].matches('\n').count() + 1
}

/// A finding in a few lines.
fn describe(rendering: &Rendering, finding: &Finding) -> String {
    let file = finding.at.file.0 as usize;
    let rule = if finding.level == Level::None {
        "pass"
    } else {
        finding.rule.id()
    };
    let mut text = format!(
        "line {}: {rule}: {}",
        line(rendering, file, finding.at.start as usize),
        finding.reason
    );
    for step in &finding.steps {
        let at = line(rendering, step.at.file.0 as usize, step.at.start as usize);
        let _ = write!(text, "\n      line {at}: {}", step.text);
    }
    text
}

/// An event in a line.
fn happened(rendering: &Rendering, event: &Event) -> String {
    let mut way = Vec::new();
    for &number in &event.chain {
        let site = rendering.sites[number];
        let text = rendering.analyzed[site.file][site.start..site.end]
            .lines()
            .collect::<Vec<_>>()
            .join(" ");
        way.push(format!("`{text}` (line {})", line(rendering, site.file, site.start)));
    }
    let (zero, other, input) = &event.example;
    let zeros = format!("{} times with zero (such as {zero:#x} on input {input:?})", event.zero);
    let others = format!("{} times with another value (such as {other:#x})", event.other);
    let what = match (event.zero, event.other) {
        (0, _) => others,
        (_, 0) => zeros,
        _ => format!("{zeros}, {others}"),
    };
    format!("{} ran {what}", way.join(" -> "))
}
