//! Classes that one state alone does not decide: what other explorations of the unit say of them.

use super::Class;
use super::record::{Evidence, Record};
use crate::engine::FunctionKey;
use crate::source::Span;
use std::collections::BTreeMap;

/// Settles the records of a unit, and drops those that do not count.
pub fn settle<E: AsRef<Evidence> + AsMut<Evidence>>(explored: &mut [E]) {
    let counts = |record: &Record| !record.only_evidence || matches!(record.class, Class::Zero(_) | Class::Maybe(_));
    explored.iter_mut().for_each(|one| one.as_mut().records.retain(counts));
    settle_by_callees(explored);
}

/// Why a function by itself, from whatever state it starts in, never passes a zero to a sink; `None` if it may.
type Proofs = BTreeMap<(FunctionKey, Span), Option<String>>;

/// Settles what is unknown of calls through functions that by themselves never pass a zero to the sink.
fn settle_by_callees<E: AsRef<Evidence> + AsMut<Evidence>>(explored: &mut [E]) {
    let proofs = proofs(explored.iter().map(AsRef::as_ref));
    for record in explored.iter_mut().flat_map(|one| &mut one.as_mut().records) {
        let at = record.call.at;
        let proof = record
            .callees()
            .find_map(|function| proofs.get(&(function, at))?.as_ref());
        if let Some(proof) = proof {
            record.settled = true;
            if matches!(record.class, Class::Unknown(_)) {
                record.class = Class::NonZero(proof.clone());
            }
        }
    }
}

fn proofs<'e>(evidence: impl Iterator<Item = &'e Evidence>) -> Proofs {
    let mut proofs = Proofs::new();
    for one in evidence {
        for record in &one.records {
            let proof = match &record.class {
                Class::NonZero(proof) if !one.exhausted => Some(proof),
                _ => None,
            };
            let known = proofs
                .entry((one.body.function.whole, record.call.at))
                .or_insert_with(|| proof.cloned());
            *known = known.take().filter(|_| proof.is_some());
        }
    }
    proofs
}
