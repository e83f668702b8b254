//! Loops that have had their exact rounds: what they change becomes unknown within bounds that hold in every further round.

use super::uses::root_variable;
use super::{Engine, Here};
use crate::facts::Effect;
use crate::ir::{Callee, End, Expr, Place, Stmt, VarId};
use crate::state::memory::{Cell, Content};
use crate::state::{State, Widened};
use crate::value::ranges::mask;
use crate::value::{LocationId, Made, Ranges, Term, TermId, Value};
use std::collections::BTreeSet;

/// Exact rounds of a loop that does nothing but count.
const COUNTED_ROUNDS: u32 = 2;

impl Engine<'_> {
    /// Whether a loop has had its exact rounds.
    pub(super) fn needs_widening(&self, here: &Here, head: u32, state: &State) -> bool {
        state.loops.get(&(here.frame, head)).is_some_and(|rounds| {
            rounds.widened.is_none()
                && (rounds.undecided >= self.budget.limits.undecided_rounds
                    || rounds.visits >= self.budget.limits.rounds
                    || rounds.undecided >= COUNTED_ROUNDS && self.only_counts(here, head))
        })
    }

    /// Whether all that a loop does within the slice is to count up to something, or to go along a list: nothing is learnt
    /// from further rounds.
    fn only_counts(&self, here: &Here, head: u32) -> bool {
        let function = &here.body.function;
        let Some(members) = here.body.shape.loops.get(&head) else {
            return false;
        };
        let mut changed: Option<(VarId, bool)> = None;
        for block in members.iter() {
            for (index, statement) in function.blocks[block as usize].statements.iter().enumerate() {
                let harmless = match statement {
                    _ if !here.slice.runs(block, index) => true,
                    Stmt::Set {
                        to: Place::Var(variable),
                        value,
                        ..
                    } => {
                        let step = (*variable, walks_on_from(value, *variable));
                        *changed.get_or_insert(step) == step
                    }
                    Stmt::Call(call) => {
                        let unused = |to: &Place| matches!(to, Place::Var(to) if !here.slice.follows(*to));
                        call.to.as_ref().is_none_or(unused)
                            && (here.slice.asks(block, index) || self.visible(&here.body, call).is_empty())
                    }
                    _ => false,
                };
                if !harmless {
                    return false;
                }
            }
        }
        let walks = changed.is_some_and(|(_, walks)| walks);
        walks
            || members.iter().all(|block| match &function.blocks[block as usize].end {
                End::Branch { test, .. } => {
                    here.slice.passes_over(block) || here.body.shape.counts_up(function, block, test)
                }
                _ => true,
            })
    }

    /// Havocs what the loop changes, except for bounds that it has kept so far and the constants it has had.
    pub(super) fn widen(&mut self, here: &Here, head: u32, state: State) -> State {
        self.widen_with(here, head, state, 0)
    }

    fn widen_with(&mut self, here: &Here, head: u32, mut state: State, attempt: u32) -> State {
        let mut ranges = Vec::new();
        for location in self.changed_locations(here, head, &mut state) {
            if let Some(range) = self.widen_location(&mut state, location, attempt) {
                ranges.push((location, range));
            }
        }
        if let Some(visible) = self.calls_in(here, head) {
            for global in self.globals.owned.clone() {
                // No stores but those of visible functions reach it.
                if visible || !self.globals.sealed.contains(&global) {
                    self.widen_location(&mut state, global, 2);
                }
            }
            let epoch = self.epochs.fresh();
            let owned = &self.globals.owned;
            self.globals.havoc_shared(&self.locations, &mut state, epoch, owned);
        }
        let rounds = state.loops.entry((here.frame, head)).or_default();
        rounds.widened = Some(Widened { attempt, ranges });
        state
    }

    fn widen_location(&mut self, state: &mut State, location: LocationId, attempt: u32) -> Option<Ranges> {
        // Parts of a structure or array are widened each by itself where they are known.
        let parts: Vec<LocationId> = state
            .memory
            .cells()
            .map(|(id, _)| id)
            .filter(|&id| id != location && self.locations.is_within(id, location))
            .collect();
        for part in parts {
            self.widen_location(state, part, 2);
        }
        match state.memory.load(&self.locations, location) {
            Content::Value(value) => {
                let (symbol, range) = self.widened(state, &value, attempt);
                state.memory.put(location, Cell::Value(Value::unexplained(symbol)));
                (!range.is_full()).then_some(range)
            }
            content => {
                let open = self.made(location, &content) == Made::Open;
                let zero = match content {
                    Content::Zero(origin) => Some(origin),
                    Content::Unknown(epoch) => self.epochs.zero_before(epoch).cloned(),
                    _ => None,
                };
                let epoch = self.epochs.after_zero(zero);
                if !open {
                    self.epochs.note_unfollowed(epoch);
                }
                state.memory.put(location, Cell::Unknown(epoch));
                None
            }
        }
    }

    /// An unknown for a value that a loop changes, within the bounds that an attempt assumes, and these.
    fn widened(&mut self, state: &State, value: &Value, attempt: u32) -> (TermId, Ranges) {
        let bits = self.terms.bits(value.term);
        let now = state.constraints.range(&self.terms, value.term);
        let range = match attempt {
            0 => Ranges::between(now.min(), open_end(&now), bits),
            1 => Ranges::between(0, now.max(), bits),
            _ => Ranges::full(bits),
        };
        let mut witnesses = Vec::new();
        self.collect_witnesses(state, value, &mut witnesses);
        // A loop that only grows a value, or only lessens it, is assumed not to overflow; any other may come to anything.
        let made = match self.terms.made(value.term) {
            Made::Open => Made::Open,
            _ if attempt > 1 => Made::Fixed,
            _ => Made::Growing,
        };
        let joined = self.joined_symbol(range.clone(), witnesses, made);
        self.note_aim(joined, [Some(value.term)]);
        (joined, range)
    }

    /// Whether a round of a widened loop ended outside of what was assumed. If so, the state is widened anew with less.
    pub(super) fn breaks_assumption(&mut self, here: &Here, head: u32, state: &mut State) -> bool {
        let Some(widened) = state
            .loops
            .get(&(here.frame, head))
            .and_then(|rounds| rounds.widened.clone())
        else {
            return true;
        };
        let holds =
            widened.ranges.iter().all(
                |(location, assumed)| match state.memory.load(&self.locations, *location) {
                    Content::Value(value) => state.constraints.range(&self.terms, value.term).is_subset(assumed),
                    Content::Zero(_) => assumed.contains(0),
                    _ => false,
                },
            );
        if holds || widened.attempt >= 2 {
            return false;
        }
        *state = self.widen_with(here, head, std::mem::take(state), widened.attempt + 1);
        true
    }

    /// Locations that the blocks of a loop store to.
    fn changed_locations(&mut self, here: &Here, head: u32, state: &mut State) -> BTreeSet<LocationId> {
        let body = here.body.clone();
        let mut changed = BTreeSet::new();
        let Some(members) = body.shape.loops.get(&head) else {
            return changed;
        };
        let mut calls = false;
        for block in members.iter() {
            for statement in &body.function.blocks[block as usize].statements {
                let place = match statement {
                    Stmt::Set { to, .. } | Stmt::Copy { to, .. } => Some(to),
                    Stmt::Clear { place, .. } | Stmt::Havoc { place, .. } => Some(place),
                    Stmt::Call(call) => {
                        calls = true;
                        call.to.as_ref()
                    }
                };
                if let Some(place) = place {
                    changed.insert(self.widest(here, state, place));
                    changed.extend(self.moved_to(here, head, state, place));
                }
            }
        }
        if calls {
            changed.extend(
                body.shape
                    .addressed
                    .iter()
                    .map(|&variable| self.local(here.frame, variable)),
            );
            changed.extend(state.escaped.iter().copied());
            // What is called may have been given addresses of what lies in other functions.
            let addressed = self.terms.addressed().iter();
            let roots = addressed.map(|location| self.locations.root(*location));
            changed.extend(roots.filter(|root| self.locations.is_local(*root)));
        }
        changed
    }

    /// What a store through a pointer may hit in further rounds: where the pointer is moved, all that it leads into.
    fn moved_to(&mut self, here: &Here, head: u32, state: &mut State, place: &Place) -> BTreeSet<LocationId> {
        let mut inner = place;
        while let Place::Field(next, _) | Place::Index(next, _) = inner {
            inner = next;
        }
        let Place::Deref(pointer) = inner else {
            return BTreeSet::new();
        };
        let stays = here.body.shape.stays(&here.body.function, head, pointer);
        let term = self.evaluate(here, state, pointer).term;
        let aim = self.aim(term);
        match matches!(self.terms.get(term), Term::Address(_)) && stays {
            true => BTreeSet::new(),
            false => self.known_of_aimed(state, &aim),
        }
    }

    /// The location of a place, or the whole array where its index may change from round to round.
    fn widest(&mut self, here: &Here, state: &mut State, place: &Place) -> LocationId {
        match place {
            Place::Index(array, _) => self.widest(here, state, array),
            Place::Field(inner, _) if root_variable(inner).is_none() => {
                let location = self.locate(here, state, place);
                match self.locations.parent(location) {
                    Some(parent) if self.locations.has_unknown_index(parent) => self.locations.root(location),
                    _ => location,
                }
            }
            _ => self.locate(here, state, place),
        }
    }

    /// Whether a loop calls anything that may change what is shared, and if so, whether any of that may be visible.
    fn calls_in(&self, here: &Here, head: u32) -> Option<bool> {
        let members = here.body.shape.loops.get(&head)?;
        let statements = members
            .iter()
            .flat_map(|block| &here.body.function.blocks[block as usize].statements);
        let calls = statements.filter_map(|statement| match statement {
            Stmt::Call(call) if call.sink.is_none() => Some(&call.callee),
            _ => None,
        });
        let visible = calls.filter_map(|callee| match callee {
            Callee::Named(name) if self.code.library(name).effect != Effect::Everything => None,
            Callee::Named(name) => Some(!self.code.functions(here.body.file, name, false).is_empty()),
            _ => Some(true),
        });
        visible.reduce(|one, other| one || other)
    }
}

/// Whether a value is what the variable's own target holds: `node->next`.
fn walks_on_from(value: &Expr, variable: VarId) -> bool {
    let Expr::Load(place, ..) = value.uncast() else {
        return false;
    };
    let mut place = place;
    while let Place::Field(inner, _) | Place::Index(inner, _) = place {
        place = inner;
    }
    match place {
        Place::Deref(pointer) => matches!(pointer.uncast(), Expr::Load(Place::Var(read), ..) if *read == variable),
        _ => false,
    }
}

/// Up to where a value may grow: the largest signed value if it is below, else the largest.
fn open_end(range: &Ranges) -> u64 {
    let all = mask(range.bits());
    if range.max() <= all / 2 { all / 2 } else { all }
}
