//! The places that a finding is shown with besides its own.

use crate::finding::{Finding, Step};

/// Steps shown at most; of longer ways the middle is left out.
const STEPS: usize = 64;

/// The steps, without the middle of very long ways.
pub(super) fn shortened(steps: &[Step]) -> Vec<&Step> {
    if steps.len() <= STEPS {
        return steps.iter().collect();
    }
    let half = STEPS / 2;
    steps[..half].iter().chain(&steps[steps.len() - half..]).collect()
}

/// The steps but the call itself, and the other places that matter, each once.
pub fn places(finding: &Finding) -> Vec<&Step> {
    let mut places: Vec<&Step> = Vec::new();
    for step in shortened(&finding.steps).into_iter().chain(&finding.related) {
        let is_there = |place: &&Step| place.at == step.at && place.text == step.text;
        if step.at != finding.at && !places.iter().any(is_there) {
            places.push(step);
        }
    }
    places.truncate(2 * STEPS);
    places
}
