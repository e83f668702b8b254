//! The calls that a record counts for.

use crate::source::{Sources, Span};

/// A call site: a call of a sink, of a function that forwards a parameter into old_size, or a use of such a macro.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// From the callee's name to the closing parenthesis.
    pub at: Span,
    /// The argument that becomes old_size.
    pub argument: Span,
    /// The function that holds the call.
    pub function: Option<String>,
    /// The site is the use of a macro: what it passes is its text, not a value.
    pub textual: bool,
}

impl Site {
    /// The callee's name as it is written.
    pub fn callee(&self, sources: &Sources) -> String {
        let text = sources.slice(self.at);
        let name = text.split('(').next().unwrap_or(text).trim_end_matches('!').trim();
        name.chars().filter(|c| !c.is_control()).take(80).collect()
    }
}
