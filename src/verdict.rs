//! From the values that reach sinks to findings: whether each is zero, whose call it is, and what to say.
//!
//! Every state that reaches a sink gives one [`Record`] (`record`), whose class that state decides (`classify`) or, where it
//! does not, other explorations of the unit (`settle`, and `written` by what they leave in memory). A record counts for one or
//! more *sites*: the sink call itself and, where the wrappers in between forward a parameter into old_size, the calls that led
//! there (`sites`). A zero counts for exactly one of them: the outermost call that passed it.

pub mod classify;
mod entry;
mod macro_uses;
pub mod operands;
mod record;
mod result;
mod settle;
pub mod site;
mod sites;
pub mod words;
pub mod written;

pub use record::{Evidence, Record, agrees};
pub use result::result_use;
pub use settle::settle;
pub use sites::{count, counted, weigh};

use crate::finding::{Effect, Finding, Level, Outcome, RuleId, Step, StepKind};
use crate::kernel::{CallFacts, outcome};
use crate::source::{Sources, Span};
use crate::value::{Cause, Origin};
use site::{Brings, Site};
use std::collections::BTreeMap;

/// What one state says about old_size at a sink.
#[derive(Clone, Debug)]
pub enum Class {
    /// It is zero, and why.
    Zero(Option<Origin>),
    /// It is not zero, and the proof in words; the value if it is a constant.
    NonZero(String),
    /// It stands for several values, one of which is zero on some path, and why that.
    Maybe(Origin),
    /// Neither; what is missing, in words.
    Unknown(Missing),
}

/// What would have to be known to decide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// Callers: it depends on a parameter (from 0).
    Parameter(u32),
    /// What a field held.
    Field(String),
    /// What a global held. The flag: only one file sees it.
    Global(String, bool),
    /// What a function returns.
    Result(String),
    /// Something that cannot be looked up: a sentence without final stop.
    Other(String),
}

/// A record that counts, without the exploration that it came from.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The sites that it may count for: the sink call first, then outwards.
    pub sites: Vec<Site>,
    /// What it says.
    pub class: Class,
    /// The exploration hit its limit: other states may have come here.
    pub incomplete: bool,
    /// The other arguments.
    pub facts: CallFacts,
    /// Calls on the way, outermost first: for related places.
    pub calls: Vec<Span>,
}

/// All that is known of one site.
#[derive(Debug, Default)]
struct Tally {
    zeros: Vec<(Option<Origin>, CallFacts, Vec<Span>)>,
    maybes: Vec<(Origin, CallFacts, Vec<Span>)>,
    proofs: Vec<String>,
    unknowns: Vec<Missing>,
    /// A zero passes here that an outer site answers for.
    delegated: bool,
    site: Option<Site>,
}

/// What is known of each site, for each argument that becomes old_size of some sink behind it.
type Tallies = BTreeMap<(Span, usize), Tally>;

/// Places that a finding names besides its steps, at most.
const RELATED: usize = 12;

/// Turns records into findings, one for each site that has something to say, in no particular order.
pub fn findings(sources: &Sources, counted: &[Counted]) -> Vec<Finding> {
    let mut tallies = Tallies::new();
    for one in counted {
        tally(&mut tallies, one);
    }
    let mut findings: BTreeMap<Span, Finding> = BTreeMap::new();
    for finding in tallies.into_values().filter_map(|tally| judge(sources, tally)) {
        match findings.get(&finding.at) {
            Some(other) if (other.counts(), finding.rule) >= (finding.counts(), other.rule) => {}
            _ => {
                findings.insert(finding.at, finding);
            }
        }
    }
    findings.into_values().collect()
}

fn tally(tallies: &mut Tallies, record: &Counted) {
    let responsible = responsible(record);
    for (level, site) in record.sites.iter().enumerate() {
        let tally = tallies.entry((site.at, site.operand)).or_default();
        tally.site.get_or_insert_with(|| site.clone());
        if record.incomplete && !site.constant {
            let text = "The limit of steps was hit before all paths to the call were seen";
            tally.unknowns.push(Missing::Other(text.to_owned()));
        }
        match &record.class {
            Class::Zero(origin) if level == responsible => {
                tally.zeros.push((origin.clone(), record.facts, record.calls.clone()));
            }
            Class::Maybe(origin) if level == responsible => {
                tally.maybes.push((origin.clone(), record.facts, record.calls.clone()));
            }
            Class::Zero(_) | Class::Maybe(_) if level < responsible => tally.delegated = true,
            Class::Zero(_) | Class::Maybe(_) => {
                let text = "It may be zero further in, where another result says so";
                tally.unknowns.push(Missing::Other(text.to_owned()));
            }
            Class::NonZero(proof) => tally.proofs.push(proof.clone()),
            Class::Unknown(missing) => tally.unknowns.push(missing.clone()),
        }
    }
}

/// Which of the sites a record's zero counts for: the outermost whose call passed the value inwards, each call in between
/// having passed it on.
pub fn responsible(record: &Counted) -> usize {
    let origin = match &record.class {
        Class::Zero(origin) => origin.as_ref(),
        Class::Maybe(origin) => Some(origin),
        _ => return 0,
    };
    let links = origin.map(Origin::links).unwrap_or_default();
    let passed = |site: &Site| links.contains(&(site.at, Cause::Passed));
    // A value that is zero only because of what the arguments have in common has no history.
    let by_itself = links.first().is_none_or(|birth| birth.1 == Cause::Cancelled);
    let brought = |site: &&Site| match site.brings {
        Brings::Text => true,
        Brings::Value => by_itself || passed(site),
        Brings::Memory(reader) => by_itself || links.first().is_some_and(|birth| !reader.contains(birth.0)),
    };
    record.sites.iter().skip(1).take_while(brought).count()
}

fn judge(sources: &Sources, tally: Tally) -> Option<Finding> {
    let site = tally.site.as_ref()?;
    let others = !tally.proofs.is_empty() || !tally.unknowns.is_empty() || !tally.maybes.is_empty();
    if !tally.zeros.is_empty() || !tally.maybes.is_empty() {
        let rule = if tally.maybes.is_empty() && !others {
            RuleId::Zero
        } else {
            RuleId::MaybeZero
        };
        return Some(alarm(sources, site, &tally, rule));
    }
    if tally.delegated && tally.unknowns.is_empty() {
        return None;
    }
    let mut finding = quiet(sources, site);
    if let Some(missing) = tally.unknowns.first() {
        finding.rule = RuleId::Unproven;
        finding.level = Level::Note;
        finding.reason = format!("{}.", words::missing(missing));
        let facts = CallFacts::default();
        finding.outcome = Some(outcome(&facts));
    } else {
        finding.reason = words::proof(&finding.argument, &tally.proofs);
    }
    Some(finding)
}

/// A finding without an alarm.
fn quiet(sources: &Sources, site: &Site) -> Finding {
    Finding {
        rule: RuleId::Zero,
        level: Level::None,
        at: site.at,
        callee: site.callee(sources),
        argument: words::argument(sources, site.argument),
        argument_at: site.argument,
        function: site.function.clone(),
        reason: String::new(),
        steps: Vec::new(),
        related: Vec::new(),
        outcome: None,
        suppression: None,
        baseline: None,
    }
}

fn alarm(sources: &Sources, site: &Site, tally: &Tally, rule: RuleId) -> Finding {
    let mut finding = quiet(sources, site);
    let cases: Vec<(Option<&Origin>, CallFacts, &[Span])> = tally
        .zeros
        .iter()
        .map(|(origin, facts, calls)| (origin.as_ref(), *facts, &calls[..]))
        .chain(
            tally
                .maybes
                .iter()
                .map(|(origin, facts, calls)| (Some(origin), *facts, &calls[..])),
        )
        .collect();
    let facts = cases
        .iter()
        .map(|case| case.1)
        .reduce(CallFacts::join)
        .unwrap_or_default();
    let what: Outcome = outcome(&facts);
    finding.rule = rule;
    finding.level = match rule {
        RuleId::Zero if what.effect == Effect::Failure => Level::Error,
        _ => Level::Warning,
    };
    // The shortest path is the one that is easiest to check.
    let path = |case: &(Option<&Origin>, CallFacts, &[Span])| words::steps(sources, case.0, site, case.2);
    let mut paths: Vec<Vec<Step>> = cases.iter().map(path).collect();
    paths.sort_by_key(|steps| (steps.len(), steps.first().cloned()));
    paths.dedup();
    let mut paths = paths.into_iter();
    finding.steps = paths.next().unwrap_or_default();
    for case in &cases {
        for step in words::related(site, case.2, &finding.steps) {
            if finding.related.len() < RELATED && !finding.related.contains(&step) {
                finding.related.push(step);
            }
        }
    }
    for other in paths.take(4) {
        if let Some(first) = other.into_iter().find(|step| step.kind != StepKind::Sink)
            && !finding.steps.contains(&first)
            && !finding.related.contains(&first)
        {
            finding.related.push(first);
        }
    }
    finding.reason = words::reason(sources, site, &finding, facts.rounds_to_zero);
    finding.outcome = Some(what);
    finding
}
