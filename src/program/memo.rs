//! What an analysis leaves to the next one of the same unit, which has got more files by then, or others: explorations, as far
//! as these do not bear on them.

use super::Program;
use super::inquiry::{Answers, Inquiry};
use crate::engine::Body;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What explorations gave of functions, by what else tells them apart.
pub struct Memo<K, V> {
    /// What earlier analyses gave, each with whether it was one of this run, which has got more files since.
    before: Vec<(Given<K, V>, bool)>,
    now: Mutex<BTreeMap<K, Arc<Kept<V>>>>,
}

/// What one analysis gave.
pub type Given<K, V> = Arc<BTreeMap<K, Arc<Kept<V>>>>;

/// What an exploration gave, and what it was told.
pub struct Kept<V> {
    root: Arc<Body>,
    answers: Answers,
    value: V,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Memo {
            before: Vec::new(),
            now: Mutex::default(),
        }
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    /// Takes over what an earlier analysis gave; one of this run, or of an earlier state of the sources.
    pub fn take_over(&mut self, given: Given<K, V>, of_this_run: bool) {
        self.before.push((given, of_this_run));
    }

    /// For later analyses.
    pub fn given(self) -> Given<K, V> {
        Arc::new(self.now.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// What `explore` gives for a root: as it was if the program answers all of its questions as before, or if what came of it
    /// earlier in this run `stays` whatever the answers are.
    pub fn get_or_explore(
        &self,
        key: K,
        program: &Program,
        root: &Arc<Body>,
        stays: impl Fn(&V) -> bool,
        explore: impl FnOnce(&Inquiry) -> V,
    ) -> V {
        let holds = |known: &Kept<V>| Arc::ptr_eq(&known.root, root) && known.answers.still_hold(program);
        let now = self
            .now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        let before = self.before.iter().filter_map(|(given, of_this_run)| {
            let known = given.get(&key)?;
            (*of_this_run && stays(&known.value) || holds(known)).then(|| Arc::clone(known))
        });
        let known = now.filter(|known| holds(known)).or_else(|| { before }.next());
        let kept = known.unwrap_or_else(|| {
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
