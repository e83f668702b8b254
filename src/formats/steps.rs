//! The places that a finding is shown with besides its own.

use crate::finding::{Finding, Step};

/// Steps shown at most; of longer ways the middle is left out.
const STEPS: usize = 64;

/// A step, whatever its place is made of.
pub(super) trait Shown {
    /// Whether both would be shown as the same.
    fn is_same(&self, other: &Self) -> bool;
}

impl Shown for Step {
    fn is_same(&self, other: &Step) -> bool {
        self.at == other.at && self.text == other.text
    }
}

/// The steps, without the middle of very long ways.
pub(super) fn shortened<S>(steps: &[S]) -> Vec<&S> {
    if steps.len() <= STEPS {
        return steps.iter().collect();
    }
    let half = STEPS / 2;
    steps[..half].iter().chain(&steps[steps.len() - half..]).collect()
}

/// The steps but those that are the call itself, and the other places that matter, each once.
pub(super) fn places<'a, S: Shown>(steps: &'a [S], related: &'a [S], is_call: impl Fn(&S) -> bool) -> Vec<&'a S> {
    let mut places: Vec<&S> = Vec::new();
    for step in shortened(steps).into_iter().chain(related) {
        if !is_call(step) && !places.iter().any(|place| place.is_same(step)) {
            places.push(step);
        }
    }
    places.truncate(2 * STEPS);
    places
}

/// The steps of a finding but the call itself, and the other places that matter, each once.
pub fn places_of(finding: &Finding) -> Vec<&Step> {
    places(&finding.steps, &finding.related, |step| step.at == finding.at)
}
