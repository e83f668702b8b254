//! What could not be examined, in words.

use super::Program;
use super::explored::Explored;
use super::rounds::Rounds;
use crate::engine::Body;
use crate::source::{Problem, ProblemKind};
use std::sync::Arc;

impl Program<'_> {
    /// What could not be lowered, and where limits were hit.
    pub(super) fn problems(&self, rounds: &Rounds) -> Vec<Problem> {
        let explored = &rounds.explored;
        let mut problems = self.before.items.problems();
        problems.extend(explored.iter().filter_map(|one| self.cut_short(one)));
        problems.extend(self.too_many(&rounds.left_out));
        let common = explored.iter().map(|one| one.body());
        let common = common.filter(|body| rounds.callers.are_too_many(&body.function.name));
        problems.extend(common.map(|body| {
            let name = &body.function.name;
            let text = format!("not all that mentions `{name}` was searched for its callers");
            self.limit_reached(body, text)
        }));
        problems
    }

    /// What to say of an exploration that did not come to its end, if it was on the way to a sink.
    fn cut_short(&self, one: &Explored) -> Option<Problem> {
        let function = &one.body().function;
        let leads = !one.evidence.records.is_empty() || one.failed || function.calls().any(|call| call.sink.is_some());
        let (kind, what) = match one.failed {
            true => (ProblemKind::Internal, "failed, which is a bug of mremap-lint"),
            false => (ProblemKind::LimitReached, "stopped at its limit of steps"),
        };
        let file = self.sources.file(one.body().file);
        // That the time was over is said once of the whole unit.
        (one.evidence.exhausted && leads && (one.failed || !self.is_late())).then(|| Problem {
            path: file.path.clone(),
            line: Some(file.position(function.at.start).line),
            kind,
            text: format!("the analysis of `{}` {what}", function.name),
        })
    }

    /// What to say of callers that were not explored because there are too many.
    fn too_many(&self, left_out: &[Arc<Body>]) -> Option<Problem> {
        let first = left_out.first()?;
        let (count, name) = (left_out.len(), &first.function.name);
        let text = format!("too many functions lead to mremap: {count} were not analysed, the first is `{name}`");
        Some(self.limit_reached(first, text))
    }

    fn limit_reached(&self, body: &Body, text: String) -> Problem {
        let file = self.sources.file(body.file);
        Problem {
            path: file.path.clone(),
            line: Some(file.position(body.function.at.start).line),
            kind: ProblemKind::LimitReached,
            text,
        }
    }
}
