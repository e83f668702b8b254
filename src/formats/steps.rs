//! The places that a finding is shown with besides its own.

use crate::finding::{Finding, Step};
use crate::source::Span;

/// Steps shown at most; of longer ways the middle is left out.
const STEPS: usize = 64;

/// A step, whatever its place is made of.
pub(super) trait PlacedStep {
    type Place: PartialEq;
    fn place(&self) -> &Self::Place;
    fn text(&self) -> &str;
}

impl PlacedStep for Step {
    type Place = Span;

    fn place(&self) -> &Span {
        &self.at
    }

    fn text(&self) -> &str {
        &self.text
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

/// The steps but those at the call itself, and the other places that matter, each once.
pub(super) fn places<'a, S: PlacedStep>(steps: &'a [S], related: &'a [S], call: &S::Place) -> Vec<&'a S> {
    let mut places: Vec<&S> = Vec::new();
    for step in shortened(steps).into_iter().chain(related) {
        let is_same = |other: &&S| other.place() == step.place() && other.text() == step.text();
        if step.place() != call && !places.iter().any(is_same) {
            places.push(step);
        }
    }
    places.truncate(2 * STEPS);
    places
}

/// The steps of a finding but the call itself, and the other places that matter, each once.
pub fn places_of(finding: &Finding) -> Vec<&Step> {
    places(&finding.steps, &finding.related, &finding.at)
}
