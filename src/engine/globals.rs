//! Globals: which of them keep their initial values, of which every store is visible, and what they hold at the start.

use super::code::{Code, GlobalBody};
use super::slice::Purpose;
use super::{Body, Engine, Here, Spot};
use crate::ir::Linkage;
use crate::source::FileId;
use crate::state::State;
use crate::state::location::{Location, Locations};
use crate::state::memory::{Cell, Content, Memory};
use crate::value::LocationId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Initialisers that ask for each other.
const INITIALIZERS: u32 = 16;

/// What is known of the globals that an exploration has met.
#[derive(Default)]
pub(super) struct Globals {
    /// Those that keep their initial values.
    constants: BTreeSet<LocationId>,
    /// What constants hold.
    initial: Memory,
    /// Constants whose initialisers were performed.
    initialized: BTreeSet<LocationId>,
    /// Initialisers that run, one asking for the next.
    initializing: u32,
    /// Those that external functions cannot change.
    pub sealed: BTreeSet<LocationId>,
    /// Those of which every store is visible.
    pub owned: BTreeSet<LocationId>,
    /// Owned ones in which the program alone leaves what they hold.
    pub fixed: BTreeSet<LocationId>,
    /// Those of which it is known whether they are owned.
    judged: BTreeSet<LocationId>,
}

impl Globals {
    /// Finds out what kind of global one is. Returns whether it keeps its initial value.
    fn judge(&mut self, code: &dyn Code, location: LocationId, global: &Arc<GlobalBody>) -> bool {
        let constant = global.global.constant || code.is_frozen(global);
        if constant {
            self.constants.insert(location);
        } else if self.judged.insert(location)
            && let Some(writers) = code.writers(global)
        {
            self.owned.insert(location);
            // Where the program starts is not called from elsewhere.
            if writers.iter().all(|writer| writer.function.linkage == Linkage::Entry) {
                self.sealed.insert(location);
            }
        }
        constant
    }

    /// Whether initialisers are being run.
    pub fn are_initializing(&self) -> bool {
        self.initializing > 0
    }

    /// Whether a location is, or lies in, a global that keeps its initial value.
    pub fn is_constant(&self, locations: &Locations, location: LocationId) -> bool {
        self.constants.contains(&locations.root(location))
    }

    /// The memory that says what a location holds. Globals that keep their initial values are not in the state.
    pub fn memory_of<'m>(&'m self, locations: &Locations, state: &'m State, location: LocationId) -> &'m Memory {
        match self.is_constant(locations, location) {
            true => &self.initial,
            false => &state.memory,
        }
    }

    /// Whether something is known of owned globals that functions store to which can be called from elsewhere.
    pub fn are_known(&self, locations: &Locations, state: &State) -> bool {
        state.memory.cells().any(|(id, cell)| {
            let root = locations.root(id);
            self.owned.contains(&root) && !self.sealed.contains(&root) && !matches!(cell, Cell::Unknown(_))
        })
    }

    /// Havocs all that code elsewhere may reach, but for constants and some globals.
    pub fn havoc_shared(&self, locations: &Locations, state: &mut State, epoch: u32, kept: &BTreeSet<LocationId>) {
        let keep = |root| self.constants.contains(&root) || kept.contains(&root);
        state.memory.havoc_shared(locations, epoch, keep);
    }
}

impl Engine<'_> {
    /// What a location holds.
    pub(super) fn read(&self, state: &State, location: LocationId) -> Content {
        match state.memory.load(&self.locations, location) {
            Content::Unknown(_) if self.globals.is_constant(&self.locations, location) => {
                self.globals.initial.load(&self.locations, location)
            }
            content => content,
        }
    }

    /// The location of a global, after it has its initial value if that is known here.
    pub(super) fn global(&mut self, file: FileId, state: &mut State, name: &str) -> LocationId {
        let Some(global) = self.code.global(file, name) else {
            return self.locations.intern(Location::Global(None, name.to_owned()));
        };
        let private = (global.global.linkage == Linkage::Private).then_some(global.file.0);
        let location = self.locations.intern(Location::Global(private, name.to_owned()));
        let constant = self.globals.judge(self.code, location, &global);
        let first = match constant {
            true => self.globals.initialized.insert(location),
            false => self.starts_with_initial_value(state, location) && state.initialized.insert(location),
        };
        if let Some(initializer) = &global.initializer
            && first
            && self.stack.len() < 4 * self.budget.limits.depth
        {
            self.initialize(state, initializer, constant);
        }
        location
    }

    /// Whether a variable global holds its initial value where it is first met.
    fn starts_with_initial_value(&self, state: &State, global: LocationId) -> bool {
        match self.context.from_external {
            _ if state.wild => false,
            true => self.globals.owned.contains(&global),
            false => {
                let untouched = state.memory.shared_epoch() == 0 || self.globals.sealed.contains(&global);
                self.context.starts_program && untouched
            }
        }
    }

    /// Runs a global's initialiser.
    fn initialize(&mut self, state: &mut State, initializer: &Arc<Body>, constant: bool) {
        let start = Spot::new(initializer.file.0, initializer.function.whole.start);
        let frame = self.frame_of(u32::MAX, start);
        let slice = Arc::new(self.slice(initializer, Purpose::Initial));
        let inside = Here {
            body: initializer.clone(),
            frame,
            slice,
        };
        let mut before = match constant {
            true => State {
                memory: std::mem::take(&mut self.globals.initial),
                ..State::default()
            },
            false => std::mem::take(state),
        };
        self.globals.initializing += 1;
        if self.globals.initializing <= INITIALIZERS {
            let returned = self.run(&inside, vec![before.clone()]);
            let states = returned.into_iter().map(|returned| returned.state).collect();
            before = self.join(states).unwrap_or(before);
        }
        self.globals.initializing -= 1;
        before.memory.drop_frame(&self.locations, frame);
        if constant {
            // Initialisers that this one has asked for are there already.
            self.globals.initial.extend(before.memory);
        } else {
            *state = before;
        }
    }
}
