//! What the user states about functions of the program. It counts before what their definitions show: that is why it had to
//! be stated.

use super::{Effect, Library, Returns};
use std::collections::BTreeSet;

/// Functions by name (the last segment of a path) of which the configuration says what no definition shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// Never return.
    pub noreturn: BTreeSet<String>,
    /// Return a number that is not zero, and not within one page of the largest either.
    pub never_zero: BTreeSet<String>,
}

/// What is not rounded up to zero pages.
const NEVER_ZERO: Returns = Returns {
    only_for: None,
    range: (1, u64::MAX - 4095),
    fails: false,
};

impl Stated {
    /// What is stated of a function.
    pub fn library(&self, name: &str) -> Option<Library> {
        let stops = self.noreturn.contains(name);
        let never_zero = self.never_zero.contains(name);
        (stops || never_zero).then(|| Library {
            effect: Effect::Everything,
            result: never_zero.then_some(NEVER_ZERO),
            stops,
            ..Library::default()
        })
    }
}
