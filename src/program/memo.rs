//! What an analysis leaves to the next one of the same unit, which has got more files by then: lowered items and
//! explorations, as far as the new files do not bear on them.

use super::Program;
use super::inquiry::{Answers, Inquiry};
use crate::engine::Body;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What explorations gave of functions, by what else tells them apart.
pub struct Memo<K, V> {
    before: BTreeMap<K, Arc<Kept<V>>>,
    now: Mutex<BTreeMap<K, Arc<Kept<V>>>>,
}

struct Kept<V> {
    root: Arc<Body>,
    answers: Answers,
    value: V,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Memo {
            before: BTreeMap::new(),
            now: Mutex::default(),
        }
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    /// For the next analysis.
    pub fn handed_on(self) -> Memo<K, V> {
        Memo {
            before: self.now.into_inner().unwrap_or_else(PoisonError::into_inner),
            now: Mutex::default(),
        }
    }

    /// What `explore` gives for a root: as it was if the program answers all of its questions as before, or if what came of it
    /// `stays` whatever the answers are.
    pub fn get_or_explore(
        &self,
        key: K,
        program: &Program,
        root: &Arc<Body>,
        stays: impl FnOnce(&V) -> bool,
        explore: impl FnOnce(&Inquiry) -> V,
    ) -> V {
        let known = self.before.get(&key);
        let known = known
            .filter(|known| stays(&known.value) || Arc::ptr_eq(&known.root, root) && known.answers.still_hold(program));
        let kept = known.cloned().unwrap_or_else(|| {
            let inquiry = Inquiry::new(program);
            let value = explore(&inquiry);
            Arc::new(Kept {
                root: root.clone(),
                answers: inquiry.answers(),
                value,
            })
        });
        let value = kept.value.clone();
        self.now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, kept);
        value
    }
}
