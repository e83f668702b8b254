//! What an analysis leaves to the next one: to that of the same unit with more files, and to those of later states of it.
//!
//! A later state is analysed stage by stage as the first was, so that what comes out is what an analysis without anything kept
//! would give. A stage takes over from the stage before it what the new files do not bear on, and from the same stage of the
//! earlier state what the change does not bear on.

use super::explored::{Explored, LeftBehind};
use super::lowered::{self, Cache, Since};
use super::memo::{self, Memo};
use crate::engine::{BodyKey, Key};
use crate::source::{FileId, Sources};
use crate::syntax::index::{Change, Index};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the analysis of a unit has worked out, for the analysis of a later state of it. It is of the files of the last state
/// only, so it does not grow with their number.
#[derive(Default)]
pub struct Kept {
    pub(super) stages: Vec<Stage>,
}

/// The analysis of a unit with the files of one search more than the stage before.
pub(super) struct Stage {
    pub sources: Sources,
    pub index: Index,
    pub given: Given,
}

/// By function, its variant, whether only external code calls it, and its bound of disjuncts.
type ExploredKey = (BodyKey, bool, usize);
type SnapshotKey = (BodyKey, BTreeSet<Key>);

/// What was worked out already, by earlier analyses of the same unit too.
#[derive(Default)]
pub(super) struct Before {
    pub items: Cache,
    pub explored: Memo<ExploredKey, Explored>,
    pub snapshots: Memo<SnapshotKey, LeftBehind>,
}

/// What one analysis has worked out.
#[derive(Clone)]
pub(super) struct Given {
    items: lowered::Given,
    explored: memo::Given<ExploredKey, Explored>,
    snapshots: memo::Given<SnapshotKey, LeftBehind>,
}

impl Before {
    /// Takes over what the stage before gave, which had the files before `first`.
    pub fn take_over_stage(&mut self, given: &Given, first: FileId) {
        self.take_over(given, Since::Files(first));
    }

    /// Takes over what an earlier state of the stage gave.
    pub fn take_over_state(&mut self, given: &Given, change: Change) {
        self.take_over(given, Since::Change(Arc::new(change)));
    }

    fn take_over(&mut self, given: &Given, since: Since) {
        let of_this_run = matches!(since, Since::Files(_));
        self.items.take_over(Arc::clone(&given.items), since);
        self.explored.take_over(Arc::clone(&given.explored), of_this_run);
        self.snapshots.take_over(Arc::clone(&given.snapshots), of_this_run);
    }

    /// For later analyses.
    pub fn given(self) -> Given {
        Given {
            items: self.items.given(),
            explored: self.explored.given(),
            snapshots: self.snapshots.given(),
        }
    }
}
