//! Why a value is what it is: a chain of places, shared between states, with a bound on its length.

use crate::source::Span;
use std::sync::Arc;

/// What happened to a value at a place. The words are chosen when a finding is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The program writes the constant.
    Constant,
    /// Memory is cleared: `= {0}`, `memset`, a static without initialiser.
    Cleared,
    /// A variable, field or element is set to it.
    Assigned,
    /// The test at the place, being true or false, leaves only this value.
    Tested(bool),
    /// A loop counts up to the value and did not run at all. That nobody asked for zero here makes it no evidence.
    Uncounted,
    /// A truth value counts as a number: 0 or 1.
    Counted,
    /// What an expression is made of cancels out, whatever it is: `n - n`.
    Cancelled,
    /// It is passed as an argument of the call.
    Passed,
    /// It is what the function returns.
    Returned,
    /// The program tests there whether it is zero.
    Believed,
}

/// The last link of a chain and the chain before it.
#[derive(Clone, Debug)]
pub struct Origin(Arc<Link>);

#[derive(Debug)]
struct Link {
    at: Span,
    cause: Cause,
    before: Option<Origin>,
    length: usize,
}

impl Origin {
    /// Links kept at most. Above it the newest replaces the last one, so that the birth of the value is always there.
    pub const LIMIT: usize = 48;

    /// The first link of a chain.
    pub fn new(at: Span, cause: Cause) -> Origin {
        Origin(Arc::new(Link {
            at,
            cause,
            before: None,
            length: 1,
        }))
    }

    /// The chain with one more link. A link equal to the last one is not repeated.
    pub fn then(&self, at: Span, cause: Cause) -> Origin {
        if self.0.at == at && self.0.cause == cause {
            return self.clone();
        }
        let before = if self.0.length >= Origin::LIMIT {
            self.0.before.clone()
        } else {
            Some(self.clone())
        };
        let length = before.as_ref().map_or(0, |origin| origin.0.length) + 1;
        Origin(Arc::new(Link {
            at,
            cause,
            before,
            length,
        }))
    }

    /// All links, first to last.
    pub fn links(&self) -> Vec<(Span, Cause)> {
        let mut links: Vec<_> = self.backwards().collect();
        links.reverse();
        links
    }

    /// What the chain began with.
    pub fn birth(&self) -> Cause {
        self.backwards().last().map_or(self.0.cause, |link| link.1)
    }

    /// All links, last to first.
    pub fn backwards(&self) -> impl Iterator<Item = (Span, Cause)> {
        std::iter::successors(Some(self), |origin| origin.0.before.as_ref()).map(|origin| (origin.0.at, origin.0.cause))
    }
}
