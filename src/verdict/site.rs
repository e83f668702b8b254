//! The calls that a record counts for.

use crate::source::{Sources, Span};

/// A call site: a call of a sink, of a function that forwards a parameter into old_size, or a use of such a macro.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// From the callee's name to the closing parenthesis.
    pub at: Span,
    /// The argument that becomes old_size.
    pub argument: Span,
    /// Which argument of the call it is.
    pub operand: usize,
    /// The function that holds the call.
    pub function: Option<String>,
    /// How the value goes in.
    pub brings: Brings,
    /// The argument is a constant, whatever path leads here.
    pub constant: bool,
}

/// How a site brings old_size to the one before it in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Brings {
    /// As the value of the argument.
    Value,
    /// In memory that the argument leads to, which the called function (its definition) reads.
    Memory(Span),
    /// As a part of the text of a macro's use.
    Text,
}

impl Site {
    /// The callee's name as it is written.
    pub fn callee(&self, sources: &Sources) -> String {
        let text = sources.slice(self.at);
        let name = text.split('(').next().unwrap_or(text).trim_end_matches('!').trim();
        name.chars().filter(|c| !c.is_control()).take(80).collect()
    }
}
