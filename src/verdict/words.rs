//! The sentences of findings.

use super::Missing;
use super::site::Site;
use crate::finding::{Finding, Step, StepKind};
use crate::source::{Sources, Span};
use crate::value::{Cause, Origin};

/// Characters of source text quoted at most.
const QUOTED: usize = 60;

/// Source text on one line, shortened.
pub fn excerpt(sources: &Sources, at: Span) -> String {
    let mut text = String::new();
    for word in sources.slice(at).split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.extend(word.chars().filter(|c| !c.is_control()));
        if text.chars().count() > QUOTED {
            return text.chars().take(QUOTED - 1).chain(['…']).collect();
        }
    }
    text
}

/// A place as people write it.
pub fn place(sources: &Sources, at: Span) -> String {
    let file = sources.file(at.file);
    let position = file.position(at.start);
    format!("{}:{}:{}", file.path.display(), position.line, position.column)
}

/// The text of an argument.
pub fn argument(sources: &Sources, at: Span) -> String {
    excerpt(sources, at)
}

/// The steps from the birth of a zero to the site.
pub fn steps(sources: &Sources, origin: Option<&Origin>, site: &Site, inner: &[Span]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (at, cause) in origin.map(Origin::links).unwrap_or_default() {
        // What happens inside of the reported call is not on the way to it.
        if site.at.contains(at) && at != site.argument && cause != Cause::Constant
            || inner.contains(&at) && at == site.at
        {
            continue;
        }
        let text = excerpt(sources, at);
        let (kind, text) = match cause {
            Cause::Constant => (StepKind::Value, format!("the value is `{text}`")),
            Cause::Cleared => (StepKind::Value, "all bytes are set to zero here".to_owned()),
            Cause::Assigned => (StepKind::Assign, "stored here".to_owned()),
            Cause::Uncounted => (StepKind::Branch, format!("the loop over `{text}` does not run")),
            Cause::Tested(truth) => (StepKind::Branch, format!("only zero is left where `{text}` is {truth}")),
            Cause::Counted => (StepKind::Value, format!("`{text}` counts as a number, zero or one")),
            Cause::Cancelled => (StepKind::Value, format!("what `{text}` is made of cancels out")),
            Cause::Passed => (StepKind::Call, "passed on here".to_owned()),
            Cause::Believed => (StepKind::Branch, "the program itself tests for zero".to_owned()),
            Cause::Returned => (StepKind::Return, "returned here".to_owned()),
        };
        // A constant, and what it goes through, is one step with the statement that stores it.
        let inner = |last: StepKind| matches!(last, StepKind::Value | StepKind::Assign);
        let stored = |last: &mut Step| kind == StepKind::Assign && inner(last.kind) && at.contains(last.at);
        steps.pop_if(stored);
        if steps.last().is_none_or(|last: &Step| last.at != at) {
            steps.push(Step { at, kind, text });
        }
    }
    let call = excerpt(sources, site.at);
    steps.push(Step {
        at: site.at,
        kind: StepKind::Sink,
        text: format!("`{call}` gets zero as old_size"),
    });
    steps
}

/// The calls by which control came to the site, the calls between it and mremap, and the mremap call itself.
pub fn related(site: &Site, calls: &[Span], steps: &[Step]) -> Vec<Step> {
    let position = calls.iter().position(|&call| call == site.at);
    let last = calls.len().saturating_sub(1);
    let mut related = Vec::new();
    for (index, &at) in calls.iter().enumerate() {
        if at == site.at || steps.iter().any(|step| step.at == at) {
            continue;
        }
        let (kind, text) = if index == last {
            (StepKind::Sink, "the size reaches mremap here")
        } else if position.is_some_and(|position| index < position) {
            (StepKind::Call, "the call is reached through here")
        } else {
            (StepKind::Call, "the size is passed on here")
        };
        let text = text.to_owned();
        related.push(Step { at, kind, text });
    }
    related
}

/// Why an alarm is raised, besides what the rule and the argument say already: where the zero comes from. Empty if the
/// argument itself is all there is to see.
pub fn reason(sources: &Sources, site: &Site, finding: &Finding, rounds: bool) -> String {
    let argument = &finding.argument;
    let rounded = format!("`{argument}` rounds up to zero pages.");
    let origin = finding.steps.iter().find(|step| step.kind != StepKind::Sink);
    match origin.filter(|step| step.at != site.argument) {
        Some(step) => {
            let file = sources.file(step.at.file);
            let line = file.position(step.at.start).line;
            let place = if step.at.file == site.at.file {
                format!("line {line}")
            } else {
                // The step itself says where the file lies; the sentence is the same wherever the tree is.
                let name = file.path.file_name().unwrap_or(file.path.as_os_str());
                format!("{}:{line}", name.to_string_lossy())
            };
            let comes = match step.kind {
                StepKind::Branch => format!("At {place} {}.", step.text),
                _ => format!("The value comes from {place}: `{}`.", excerpt(sources, step.at)),
            };
            if rounds { format!("{comes} {rounded}") } else { comes }
        }
        None if rounds => rounded,
        None => String::new(),
    }
}

/// Why a call is safe that no state reaches.
pub const NOT_REACHED: &str = "no feasible path leads to it";

/// Why a call is safe.
pub fn proof(argument: &str, proofs: &[String]) -> String {
    let mut distinct: Vec<&String> = proofs.iter().collect();
    distinct.sort();
    distinct.dedup();
    if distinct == [NOT_REACHED] {
        return format!("The call is not reached: {NOT_REACHED}.");
    }
    let shown: Vec<&str> = distinct.iter().take(3).map(|proof| proof.as_str()).collect();
    let more = if distinct.len() > 3 {
        format!(", and {} more cases", distinct.len() - 3)
    } else {
        String::new()
    };
    format!("`{argument}` is never zero here: {}{more}.", shown.join("; or "))
}

/// What would have to be known.
pub fn missing(missing: &Missing) -> String {
    match missing {
        Missing::Parameter(index) => format!("It depends on parameter {} of callers that are not visible", index + 1),
        Missing::Field(name) => format!("It comes from field `{name}`, whose value here is not visible"),
        Missing::Global(name, _) => format!("It comes from `{name}`, whose value here is not visible"),
        Missing::Result(name) => format!("It depends on what `{name}` returns"),
        Missing::Other(text) => text.clone(),
    }
}
