//! What a value can be: constants with their origin, symbolic terms, and ranges. No memory, no control flow.

pub mod bounds;
mod choices;
pub mod fold;
pub mod normal;
pub mod origin;
pub mod ranges;
pub mod term;
pub mod witness;

pub use origin::{Cause, Origin};
pub use ranges::Ranges;
pub use term::{LocationId, Made, Operator, Source, SymbolId, Term, TermId, Terms};
pub use witness::Witness;

/// A term, and why it is what it is where that is known. Values are the same when their terms are: reasons do not keep
/// states apart.
#[derive(Clone, Debug)]
pub struct Value {
    /// The value.
    pub term: TermId,
    /// The reason; `None` for unknowns, except for those that a truth value decides.
    pub origin: Option<Origin>,
}

impl Value {
    /// A value without a reason.
    pub fn unexplained(term: TermId) -> Value {
        Value { term, origin: None }
    }

    /// Whether truth values decide it that count as numbers.
    pub fn is_counted(&self) -> bool {
        self.origin
            .as_ref()
            .is_some_and(|origin| origin.birth() == Cause::Counted)
    }

    /// The value with one more link in its origin, if it has one.
    pub fn then(self, at: crate::source::Span, cause: Cause) -> Value {
        let origin = self.origin.map(|origin| origin.then(at, cause));
        Value {
            term: self.term,
            origin,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.term == other.term
    }
}
