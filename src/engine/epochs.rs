//! Epochs: what memory holds that a havoc has made unknown is named by the epoch that the havoc began.

use super::{Engine, Spot};
use crate::state::State;
use crate::value::Origin;
use rustc_hash::{FxHashMap, FxHashSet};

/// The epochs of one exploration. Their numbers name joins and joined unknowns as well: each is given once.
#[derive(Default)]
pub(super) struct Epochs {
    last: u32,
    by_visit: FxHashMap<Visit, u32>,
    /// Why something was zero on some path before the havoc.
    zeros: FxHashMap<u32, Origin>,
    /// Epochs of havocs that stand for functions of the program which were not followed.
    unfollowed: FxHashSet<u32>,
}

/// When on a path something happens: where, and in which rounds of which loops. Paths that come by in the same rounds share
/// the unknowns that are made there, so that they can be found to be the same; no path makes the same visit twice.
#[derive(PartialEq, Eq, Hash)]
struct Visit {
    frame: u32,
    spot: Spot,
    rounds: Vec<(u32, u32, u32)>,
}

impl Epochs {
    /// A new epoch.
    pub fn fresh(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    /// A new epoch for a havoc of what was zero on some path, if there is a reason why.
    pub fn after_zero(&mut self, zero: Option<Origin>) -> u32 {
        let epoch = self.fresh();
        self.zeros.extend(zero.map(|origin| (epoch, origin)));
        epoch
    }

    /// Why something that is unknown since an epoch was zero on some path before.
    pub fn zero_before(&self, epoch: u32) -> Option<&Origin> {
        self.zeros.get(&epoch)
    }

    /// Notes that an epoch stands for what functions of the program leave that were not followed.
    pub fn note_unfollowed(&mut self, epoch: u32) {
        self.unfollowed.insert(epoch);
    }

    /// Whether it was noted so.
    pub fn is_unfollowed(&self, epoch: u32) -> bool {
        self.unfollowed.contains(&epoch)
    }
}

impl Engine<'_> {
    /// The epoch of a havoc here and now.
    pub(super) fn epoch_here(&mut self, state: &State, frame: u32) -> u32 {
        self.spot.unknowns += 1;
        let rounds = state.loops.iter();
        let visit = Visit {
            frame,
            spot: self.spot,
            rounds: rounds
                .map(|((frame, head), rounds)| (*frame, *head, rounds.visits))
                .collect(),
        };
        if let Some(&known) = self.epochs.by_visit.get(&visit) {
            return known;
        }
        let epoch = self.epochs.fresh();
        self.epochs.by_visit.insert(visit, epoch);
        epoch
    }
}
