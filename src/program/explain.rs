//! How the verdict on the calls of one line came about, for people who ask. Nothing here decides anything, and nothing of it
//! is done in a run that does not ask.

use super::explored::{Explored, How, needs_callers};
use super::{Program, SourceLine};
use crate::engine::{Code, GivenUp};
use crate::facts::Library;
use crate::finding::{Explanation, Finding, Level, StepKind};
use crate::ir::Function;
use crate::source::{SourceFile, Sources, Span};
use crate::verdict::words::place;
use crate::verdict::{self, Class, Counted, Record, words};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// States that are told in full.
const STATES: usize = 24;

/// What was done for the whole unit.
#[derive(Default)]
pub struct Trail {
    /// Names that other files were searched for, and the files that were added.
    pub searches: Vec<(BTreeSet<String>, Vec<String>)>,
    /// Functions whose callers are wanted but no round was left for.
    pub left: Vec<String>,
}

impl Trail {
    /// Notes what a search was for and what it gave.
    pub fn searched(&mut self, names: &BTreeSet<String>, files: &[Arc<SourceFile>]) {
        let files = files.iter().map(|file| file.path.display().to_string());
        self.searches.push((names.clone(), files.collect()));
    }
}

/// A state that has to do with a call.
struct Seen<'e> {
    one: &'e Explored,
    record: &'e Record,
    counted: Counted,
    covered: bool,
}

impl Program<'_> {
    /// The explanations of all calls on the line, in order of place.
    pub(super) fn explanations(
        &self,
        wanted: &SourceLine,
        explored: &[Explored],
        findings: &[Finding],
        trail: &Trail,
    ) -> Vec<Explanation> {
        let mut seen = Vec::new();
        verdict::weigh(explored, |one: &Explored, record, forwards, covered| {
            let counted = verdict::count(&one.evidence, record, forwards);
            seen.push(Seen {
                one,
                record,
                counted,
                covered,
            });
        });
        let reached = seen.iter().flat_map(|seen| seen.spans());
        let all: BTreeSet<Span> = reached.chain(findings.iter().map(|finding| finding.at)).collect();
        let here: Vec<Span> = all.into_iter().filter(|at| wanted.holds(self.sources, *at)).collect();
        let explanation = |at: Span| {
            let finding = findings.iter().find(|finding| finding.at == at);
            let states: Vec<&Seen> = seen.iter().filter(|seen| seen.spans().any(|span| span == at)).collect();
            let mut text = Text::new(self.sources, at);
            text.verdict(finding, &states);
            text.states(&states);
            let functions = involved(explored, &states, at);
            self.functions(&mut text, &functions);
            text.searches(trail);
            self.limits(&mut text, &functions, trail);
            Explanation { at, lines: text.lines }
        };
        here.into_iter().map(explanation).collect()
    }

    fn functions(&self, text: &mut Text, functions: &[&Explored]) {
        text.line(1, "functions explored");
        for one in functions {
            let mut line = format!("round {}: {}", one.round, text.function(&one.body().function));
            for run in &one.runs {
                line += &format!(", {} of {} steps{}", run.steps, run.limit, how(run.how));
            }
            if needs_callers(one, self.options.all_calls) {
                line += "; its callers are wanted";
            }
            text.line(2, line);
        }
        let definitions: BTreeMap<&str, &BTreeSet<Span>> = functions
            .iter()
            .flat_map(|one| &one.consulted.definitions)
            .filter(|(name, _)| !self.is_sink(name))
            .map(|(name, places)| (name.as_str(), places))
            .collect();
        if !definitions.is_empty() {
            text.line(1, "definitions taken");
        }
        for (name, places) in definitions {
            let places: Vec<String> = places.iter().map(|at| place(self.sources, *at)).collect();
            let what = match places.is_empty() {
                false => places.join(", "),
                true if self.library(name) != Library::default() => "not visible; known from the manual".to_owned(),
                true => "not visible: it may do and return anything".to_owned(),
            };
            text.line(2, format!("`{name}`: {what}"));
        }
    }

    fn limits(&self, text: &mut Text, functions: &[&Explored], trail: &Trail) {
        let before = text.lines.len();
        text.line(1, "limits hit");
        for one in functions {
            for run in one.runs.iter().filter(|run| !run.complete) {
                let name = text.function(&one.body().function);
                text.line(2, format!("{name}: the limit of {} steps{}", run.limit, how(run.how)));
            }
            if one.failed {
                text.line(2, "the analysis failed, which is a bug of mremap-lint");
            }
            for (at, why) in &one.consulted.given_up {
                let call = words::excerpt(self.sources, *at);
                let why = match why {
                    GivenUp::Depth => format!("{} calls deep already", self.options.limits.depth),
                    GivenUp::Candidates => "it may mean too many functions".to_owned(),
                    GivenUp::Allowance => "it takes too many steps for a call that leads to no mremap".to_owned(),
                };
                text.line(
                    2,
                    format!("`{call}` ({}) is not followed: {why}", place(self.sources, *at)),
                );
            }
            let name = &one.body().function.name;
            if trail.left.contains(name) {
                text.line(2, format!("no round is left for the callers of `{name}`"));
            }
        }
        if text.lines.len() == before + 1 {
            text.line(2, "none");
        }
    }
}

impl SourceLine {
    /// Whether a call starts on the line.
    fn holds(&self, sources: &Sources, at: Span) -> bool {
        let file = sources.file(at.file);
        file.position(at.start).line == self.line && self.is_in(&file.path)
    }
}

impl Seen<'_> {
    /// The calls that the state has come through, and those that it counts for.
    fn spans(&self) -> impl Iterator<Item = Span> {
        let sites = self.counted.sites.iter().map(|site| site.at);
        sites.chain(self.counted.calls.iter().copied())
    }
}

/// The functions whose exploration came by a call, and those that hold it or a call further in or out.
fn involved<'e>(explored: &'e [Explored], states: &[&Seen<'e>], at: Span) -> Vec<&'e Explored> {
    let takes_part = |one: &&Explored| {
        let whole = one.body().function.whole;
        let came_by = |state: &&Seen| std::ptr::eq(state.one, *one) || state.spans().any(|span| whole.contains(span));
        states.iter().any(came_by) || whole.contains(at)
    };
    explored.iter().filter(takes_part).collect()
}

fn how(how: How) -> &'static str {
    match how {
        How::Detailed => "",
        How::Coarse => " with less kept apart",
        How::External => " after other functions of the unit",
        How::ExternalCoarse => " after other functions of the unit with less kept apart",
    }
}

/// The lines of one explanation.
struct Text<'a> {
    sources: &'a Sources,
    at: Span,
    lines: Vec<(usize, String)>,
}

impl<'a> Text<'a> {
    fn new(sources: &'a Sources, at: Span) -> Text<'a> {
        let call = words::excerpt(sources, at);
        let mut text = Text {
            sources,
            at,
            lines: Vec::new(),
        };
        text.line(0, format!("{}: `{call}`", place(sources, at)));
        text
    }

    fn line(&mut self, depth: usize, text: impl Into<String>) {
        self.lines.push((depth, text.into()));
    }

    fn function(&self, function: &Function) -> String {
        format!("`{}` ({})", function.name, place(self.sources, function.at))
    }

    fn verdict(&mut self, finding: Option<&Finding>, states: &[&Seen]) {
        let Some(finding) = finding else {
            let is_site = |seen: &&Seen| seen.counted.sites.iter().any(|site| site.at == self.at);
            let text = match states.iter().any(is_site) {
                true => "none here: the calls that bring the size answer for it",
                false => "none: the call leads to mremap but brings no old_size",
            };
            return self.line(1, format!("verdict: {text}"));
        };
        let verdict = match finding.level {
            Level::None => "never zero".to_owned(),
            level => format!("{} ({})", finding.rule.id(), level.name()),
        };
        self.line(1, format!("verdict: {verdict}"));
        if !finding.reason.is_empty() {
            self.line(2, finding.reason.clone());
        }
        let sentences = finding.outcome.iter().flat_map(|outcome| &outcome.sentences);
        for sentence in sentences.filter(|_| finding.level > Level::Note) {
            self.line(2, sentence.clone());
        }
    }

    fn states(&mut self, states: &[&Seen]) {
        self.line(1, format!("states that reach it: {}", states.len()));
        // The same from several paths is told once.
        let mut told: Vec<(Vec<(usize, String)>, usize)> = Vec::new();
        for state in states {
            let lines = self.state(state);
            match told.iter_mut().find(|(known, _)| *known == lines) {
                Some((_, times)) => *times += 1,
                None => told.push((lines, 1)),
            }
        }
        let more = told.len().saturating_sub(STATES);
        for (lines, times) in told.into_iter().take(STATES) {
            let first = self.lines.len();
            self.lines.extend(lines);
            if times > 1 {
                self.lines[first].1 += &format!(" ({times} times)");
            }
        }
        if more > 0 {
            self.line(2, format!("and {more} more kinds"));
        }
    }

    fn state(&self, state: &Seen) -> Vec<(usize, String)> {
        let root = self.function(&state.one.body().function);
        let mut lines = vec![(2, format!("from {root}: {}", class(&state.record.class)))];
        let mut line = |text: String| lines.push((3, text));
        let way: Vec<String> = state.counted.calls.iter().map(|at| place(self.sources, *at)).collect();
        if way.len() > 1 {
            line(format!("through {}", way.join(", ")));
        }
        state.record.operands.iter().for_each(|operand| line(operand.clone()));
        let responsible = verdict::responsible(&state.counted);
        let Some(site) = state.counted.sites.get(responsible) else {
            return lines;
        };
        let origin = match &state.record.class {
            Class::Zero(origin) => origin.as_ref(),
            Class::Maybe(origin) => Some(origin),
            _ => None,
        };
        let steps = words::steps(self.sources, origin, site, &state.counted.calls);
        for step in steps.iter().filter(|step| step.kind != StepKind::Sink) {
            line(format!("{}: {}", place(self.sources, step.at), step.text));
        }
        if origin.is_some() && site.at != self.at {
            line(format!("counts for the call at {}", place(self.sources, site.at)));
        }
        if state.covered {
            line("does not count: all callers are visible, and what they bring counts instead".to_owned());
        } else if state.record.only_evidence {
            line("found before the limit of steps; its zero counts".to_owned());
        }
        if state.record.left_by_others {
            line("decided by what other functions leave in memory".to_owned());
        }
        lines
    }

    fn searches(&mut self, trail: &Trail) {
        if !trail.searches.is_empty() {
            self.line(1, "searches of other files");
        }
        for (names, files) in &trail.searches {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let files = match files.is_empty() {
                true => "nothing".to_owned(),
                false => files.join(", "),
            };
            self.line(2, format!("for {}: found {files}", names.join(", ")));
        }
    }
}

/// What a state says, in words.
fn class(class: &Class) -> String {
    match class {
        Class::Zero(_) => "zero".to_owned(),
        Class::Maybe(_) => "zero on some path".to_owned(),
        Class::NonZero(proof) => format!("not zero, {proof}"),
        Class::Unknown(missing) => format!("unknown: {}", words::missing(missing)),
    }
}
