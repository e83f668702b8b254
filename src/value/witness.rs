//! Constants that unknowns stand for, with the paths that bring them: where states were joined, those of one path belong
//! together.

use super::origin::Origin;

/// Constants that an unknown remembers at most.
const WITNESSES: usize = 24;
/// Joins that a witness remembers at most, the newest.
const JOINS: usize = 6;

/// A constant that an unknown does have on some path.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The constant.
    pub value: u64,
    /// Why.
    pub origin: Origin,
    /// Where it comes from.
    pub paths: Paths,
}

impl Witness {
    /// A constant of whatever path.
    pub fn new(value: u64, origin: Origin) -> Witness {
        let paths = Paths::default();
        Witness { value, origin, paths }
    }

    /// Adds a constant to those that an unknown remembers; zero always finds room.
    pub fn add(self, witnesses: &mut Vec<Witness>) {
        let same = |known: &&mut Witness| known.value == self.value;
        if witnesses
            .iter_mut()
            .filter(same)
            .any(|known| known.paths.take_in(&self.paths))
        {
            return;
        }
        if witnesses.len() < WITNESSES {
            witnesses.push(self);
        } else if self.value == 0
            && let Some(other) = witnesses.iter_mut().rfind(|known| known.value != 0)
        {
            *other = self;
        }
    }
}

/// Which of the states that met at joins a value comes from: for each join, by its number, a set of states. What is said of
/// no join is possible with all of its states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths(Vec<(u32, u128)>);

impl Paths {
    /// Those of the paths that go through one of the states of a join, the newest of all.
    pub fn through(mut self, join: u32, state: usize) -> Paths {
        if self.0.len() == JOINS {
            self.0.remove(0);
        }
        // All beyond the last bit are taken for one.
        self.0.push((join, 1 << state.min(127)));
        self
    }

    /// The paths that are among both.
    pub fn both(&self, other: &Paths) -> Option<Paths> {
        let mut joins = self.0.clone();
        for &(join, states) in &other.0 {
            match joins.binary_search_by_key(&join, |known| known.0) {
                Ok(at) if joins[at].1 & states == 0 => return None,
                Ok(at) => joins[at].1 &= states,
                Err(at) => joins.insert(at, (join, states)),
            }
        }
        Some(Paths(joins))
    }

    /// Adds further paths, if one set can tell all of them exactly.
    fn take_in(&mut self, other: &Paths) -> bool {
        let pairs = || self.0.iter().zip(&other.0);
        let alike = self.0.len() == other.0.len() && pairs().all(|(mine, its)| mine.0 == its.0);
        if !alike || pairs().filter(|(mine, its)| mine.1 != its.1).count() > 1 {
            return self.0.is_empty();
        }
        for (mine, its) in self.0.iter_mut().zip(&other.0) {
            mine.1 |= its.1;
        }
        true
    }
}
