//! Pointers that stand for several since a join, or of which it is not known where they point: a store through one may hit
//! what each of these points to.

use super::Engine;
use crate::facts::Effect;
use crate::ir::{Linkage, Type};
use crate::state::State;
use crate::state::location::{Location, Locations};
use crate::state::memory::Cell;
use crate::value::{LocationId, Source, SymbolId, Term, TermId, Value, Witness};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// How deep terms are looked into for what they point to.
const DEPTH: usize = 16;

/// Where a pointer may lead.
#[derive(Clone, Debug, Default)]
pub(super) struct Aim {
    /// The variables and globals.
    pub objects: BTreeSet<LocationId>,
    /// And where else.
    pub reach: Reach,
}

/// Where a pointer may lead besides known objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Nowhere that the program has related to it.
    #[default]
    Nowhere,
    /// To what code elsewhere knows.
    Outside,
    /// To whatever an address was taken of.
    Anywhere,
}

impl Aim {
    fn add(&mut self, other: Aim) {
        self.objects.extend(other.objects);
        self.reach = self.reach.max(other.reach);
    }
}

/// A store of which it is not known for certain what it hits.
struct Hit<'value> {
    /// The field that is stored to, or a whole object.
    field: Option<String>,
    /// The width of the value, if it is one.
    bits: Option<u32>,
    value: Option<&'value Value>,
    epoch: u32,
}

/// What is behind pointers that stand for several.
#[derive(Default)]
pub(super) struct Aliases {
    /// What such a pointer leads to, and what each of those leads to that it stands for.
    stands_for: FxHashMap<LocationId, BTreeSet<LocationId>>,
    /// The other way round.
    stood_for: FxHashMap<LocationId, BTreeSet<LocationId>>,
    /// Where unknowns lead that stand for several values.
    aims: FxHashMap<SymbolId, Aim>,
    /// The types of structures that objects were used as, and of elements of arrays in their place.
    views: FxHashMap<LocationId, BTreeSet<String>>,
    /// The types that elements were used as.
    elements: FxHashMap<LocationId, BTreeSet<String>>,
    /// Some object was used as several types.
    split: bool,
}

impl Aliases {
    /// Notes that one object stands for another from now on.
    pub fn note(&mut self, joined: LocationId, target: LocationId) {
        self.stands_for.entry(joined).or_default().insert(target);
        self.stood_for.entry(target).or_default().insert(joined);
    }

    /// Notes that an object is used as a structure of a type.
    pub fn note_view(&mut self, object: LocationId, ty: &Type) {
        if let Type::Aggregate(name) = ty {
            self.split |= note(&mut self.views, object, name);
        }
    }

    /// Notes that an object is used as an array of elements of a type, of which one is at a location.
    pub fn note_element(&mut self, array: LocationId, element: LocationId, kind: &str) {
        self.split |= note(&mut self.views, array, kind);
        note(&mut self.elements, element, kind);
    }

    /// Whether two parts that lie directly in an object which was used as several types may share bytes.
    fn may_share(&self, locations: &Locations, one: LocationId, other: LocationId) -> bool {
        match (locations.get(one), locations.get(other)) {
            (Location::Field(..), Location::Field(..)) => false,
            (Location::Element(..), Location::Element(..)) => {
                let kinds = |at| self.elements.get(at);
                match (kinds(&one), kinds(&other)) {
                    (Some(a), Some(b)) => a != b || a.len() > 1,
                    _ => false,
                }
            }
            _ => true,
        }
    }

    /// Whether an object was used as a structure of different types: a part of it may have several paths.
    fn has_views(&self, object: LocationId) -> bool {
        self.views.get(&object).is_some_and(|views| views.len() > 1)
    }

    /// The objects that a store to a location may hit besides its own: each with the object, of those that the location lies
    /// in, that it is another name of.
    fn of(&self, locations: &Locations, location: LocationId) -> BTreeSet<(LocationId, LocationId)> {
        let mut found = BTreeSet::new();
        for whole in locations.enclosing(location) {
            for related in [&self.stands_for, &self.stood_for] {
                let mut pending = vec![whole];
                while let Some(next) = pending.pop() {
                    let further = related.get(&next).into_iter().flatten();
                    pending.extend(further.filter(|other| found.insert((whole, **other))));
                }
            }
        }
        found
    }
}

/// Notes a word for a location; says whether it has several.
fn note(words: &mut FxHashMap<LocationId, BTreeSet<String>>, at: LocationId, word: &str) -> bool {
    let known = words.entry(at).or_default();
    if !known.contains(word) {
        known.insert(word.to_owned());
    }
    known.len() > 1
}

/// A word for the type of an element; none where its width is not known.
pub(super) fn kind_of(ty: &Type) -> Option<&str> {
    Some(match ty {
        Type::Aggregate(name) => name,
        Type::Pointer(_) => "64",
        Type::Int { bits: 1 | 8, .. } => BYTES,
        Type::Int { bits: 16, .. } => "16",
        Type::Int { bits: 32, .. } => "32",
        Type::Int { bits: 64, .. } => "64",
        _ => return None,
    })
}

/// The word for bytes.
pub(super) const BYTES: &str = "8";

impl Engine<'_> {
    /// Parts of objects that a location lies in which may share bytes with it, as the objects were used as several types.
    fn shared_parts(&self, location: LocationId) -> Vec<LocationId> {
        let mut shared = Vec::new();
        if !self.aliases.split {
            return shared;
        }
        let mut step = location;
        for object in self.locations.enclosing(location).skip(1) {
            if self.aliases.has_views(object) {
                let parts = self.locations.parts(object).iter().copied();
                shared.extend(parts.filter(|part| {
                    let twice = *part == step && self.aliases.elements.get(part).is_some_and(|kinds| kinds.len() > 1);
                    twice || *part != step && self.aliases.may_share(&self.locations, step, *part)
                }));
            }
            step = object;
        }
        shared
    }

    /// Whether what a location holds was, or may have been, written as a part of another type.
    pub(super) fn is_written_otherwise(&self, state: &State, location: LocationId) -> bool {
        let shared = self.shared_parts(location);
        let memory = self.globals.memory_of(&self.locations, state, location);
        let own = state.memory.cell(location).is_some();
        let mut held = shared.iter().filter(|part| memory.holds_part(&self.locations, **part));
        held.any(|part| !own || *part == location)
    }

    /// A store to a part of an object that was used as several types: what may share bytes with it is forgotten.
    fn hit_shared(&mut self, here: &super::Here, state: &mut State, location: LocationId, bits: Option<u32>) {
        let shared = self.shared_parts(location);
        if shared.is_empty() {
            return;
        }
        let epoch = self.epoch_here(state, here.frame);
        for part in shared {
            let fits = match state.memory.cell(part) {
                Some(Cell::Value(value)) => {
                    let held = self.terms.bits(value.term);
                    bits.is_none_or(|bits| bits == 8 || held == 8 || bits == held)
                }
                _ => true,
            };
            if fits && part != location {
                state.memory.havoc(&self.locations, part, epoch);
            }
        }
    }

    /// Where a pointer may lead.
    pub(super) fn aim(&self, pointer: TermId) -> Aim {
        self.aim_within(pointer, DEPTH)
    }

    fn aim_within(&self, pointer: TermId, depth: usize) -> Aim {
        let mut aim = Aim::default();
        if depth == 0 {
            aim.reach = Reach::Anywhere;
            return aim;
        }
        match self.terms.get(pointer) {
            Term::Address(location) => {
                let root = self.locations.root(*location);
                match self.locations.get(root) {
                    Location::Pointee(whole) => return self.aim_within(*whole, depth - 1),
                    _ => aim.objects.extend([root]),
                }
            }
            Term::Symbol(symbol) => return self.aim_of_unknown(*symbol, depth - 1),
            Term::Sum(parts, _) => {
                // What is added to a pointer leads nowhere else.
                let based = |part: &&(TermId, u64)| matches!(self.terms.get(part.0), Term::Address(_));
                let parts = parts.iter().find(based).map_or(&parts[..], std::slice::from_ref);
                parts
                    .iter()
                    .for_each(|part| aim.add(self.aim_within(part.0, depth - 1)));
            }
            Term::Binary(_, left, right) if self.terms.bits(pointer) == 64 => {
                aim.add(self.aim_within(*left, depth - 1));
                aim.add(self.aim_within(*right, depth - 1));
            }
            _ => {}
        }
        aim
    }

    fn aim_of_unknown(&self, symbol: SymbolId, depth: usize) -> Aim {
        let mut aim = Aim::default();
        match &self.terms.symbol_data(symbol).source {
            Source::Parameter(_) | Source::Memory(_, 0) | Source::Opaque(_, 0) => {}
            Source::Memory(..) => aim.reach = Reach::Outside,
            Source::Result { callee, arguments, .. } => {
                arguments
                    .iter()
                    .for_each(|argument| aim.add(self.aim_within(*argument, depth)));
                if callee.is_empty() || self.code.library(callee).effect == Effect::Everything {
                    aim.reach = aim.reach.max(Reach::Outside);
                }
            }
            Source::Joined(_) => match self.aliases.aims.get(&symbol) {
                Some(known) => return known.clone(),
                None => aim.reach = Reach::Anywhere,
            },
            Source::Opaque(..) => aim.reach = Reach::Anywhere,
        }
        aim
    }

    /// Notes that a new unknown leads where some values lead; those that are not known lead to what code elsewhere knows.
    pub(super) fn note_aim(&mut self, joined: TermId, values: impl IntoIterator<Item = Option<TermId>>) {
        let Term::Symbol(symbol) = *self.terms.get(joined) else {
            return;
        };
        if self.terms.bits(joined) != 64 {
            return;
        }
        let mut aim = Aim::default();
        for value in values {
            match value {
                Some(value) => aim.add(self.aim(value)),
                None => aim.reach = aim.reach.max(Reach::Outside),
            }
        }
        self.aliases.aims.insert(symbol, aim);
    }

    /// The objects that a pointer may lead to: all of them, as far as the path has met them.
    pub(super) fn aimed_at(&self, state: &State, aim: &Aim) -> BTreeSet<LocationId> {
        let mut roots = aim.objects.clone();
        let addressed = || {
            self.terms
                .addressed()
                .iter()
                .map(|location| self.locations.root(*location))
        };
        let is_global = |root: &LocationId| matches!(self.locations.get(*root), Location::Global(..));
        match aim.reach {
            Reach::Nowhere => {}
            Reach::Outside => {
                roots.extend(&state.escaped);
                roots.extend(addressed().filter(is_global));
            }
            Reach::Anywhere => {
                roots.extend(addressed());
                roots.extend(
                    state
                        .memory
                        .cells()
                        .map(|(id, _)| self.locations.root(id))
                        .filter(|root| self.locations.is_shared(*root)),
                );
            }
        }
        roots
    }

    /// What is known, or was asked, of the objects that a pointer may lead to.
    pub(super) fn known_of_aimed(&self, state: &State, aim: &Aim) -> BTreeSet<LocationId> {
        let any = Hit {
            field: None,
            bits: None,
            value: None,
            epoch: 0,
        };
        self.parts_hit(state, &self.aimed_at(state, aim), &any)
    }

    /// A store through a pointer of which it is not known for certain where it leads: whatever of the kind lies where it may
    /// lead is forgotten. `bits`: the width of what is stored, if it is a plain value.
    pub(super) fn hit_aimed(
        &mut self,
        here: &super::Here,
        state: &mut State,
        location: LocationId,
        stored: (Option<u32>, Option<&Value>),
    ) {
        self.hit_shared(here, state, location, stored.0);
        let root = self.locations.root(location);
        let Location::Pointee(pointer) = *self.locations.get(root) else {
            return self.hit_unfollowed(here, state, location, stored);
        };
        self.hit_other_parameters(here, state, location, (pointer, stored.0));
        let aim = self.aim(pointer);
        state.wild |= aim.reach == Reach::Anywhere;
        let mut roots = self.aimed_at(state, &aim);
        roots.remove(&root);
        if roots.is_empty() {
            return;
        }
        roots.iter().for_each(|root| self.note_stored(state, *root, stored.1));
        let known = self.aliases.of(&self.locations, location);
        let known: BTreeSet<LocationId> = known
            .into_iter()
            .filter_map(|(whole, other)| self.locations.rebased(location, whole, other))
            .collect();
        let field = match self.locations.get(location) {
            Location::Field(_, name) => Some(name.clone()),
            _ => None,
        };
        let epoch = self.epoch_here(state, here.frame);
        let hit = Hit {
            field,
            bits: stored.0,
            value: stored.1,
            epoch,
        };
        for part in self.parts_hit(state, &roots, &hit) {
            if !known.contains(&part) {
                self.hit_part(state, part, &hit);
            }
        }
    }

    /// A store through a parameter of a function whose callers are all visible: they may give one object twice, so that what
    /// another parameter leads to is theirs to decide.
    fn hit_other_parameters(
        &self,
        here: &super::Here,
        state: &mut State,
        location: LocationId,
        (pointer, bits): (TermId, Option<u32>),
    ) {
        let is_parameter = |pointer: TermId| match self.terms.get(pointer) {
            Term::Symbol(symbol) => matches!(self.terms.symbol_data(*symbol).source, Source::Parameter(_)),
            _ => false,
        };
        let start = self.stack.first().map_or(&here.body, |frame| &frame.caller);
        if start.function.linkage != Linkage::Private || !is_parameter(pointer) {
            return;
        }
        let field = |id: LocationId| match self.locations.get(id) {
            Location::Field(_, name) => Some(name),
            _ => None,
        };
        let hit = state.memory.cells().filter(|(id, cell)| {
            let other = match self.locations.get(self.locations.root(*id)) {
                Location::Pointee(other) => *other != pointer && is_parameter(*other),
                _ => false,
            };
            let fits = match cell {
                Cell::Value(value) => bits.is_none_or(|bits| bits == 8 || bits == self.terms.bits(value.term)),
                Cell::Zero(_) => true,
                Cell::Unknown(_) => false,
            };
            other && fits && field(*id) == field(location)
        });
        let hit: Vec<LocationId> = hit.map(|(id, _)| id).collect();
        for part in hit {
            // As it was at the start, which callers know.
            state.memory.put(part, Cell::Unknown(0));
        }
    }

    /// A store to an object that code elsewhere knows may be one to what a pointer leads to that came from there.
    fn hit_unfollowed(
        &mut self,
        here: &super::Here,
        state: &mut State,
        location: LocationId,
        stored: (Option<u32>, Option<&Value>),
    ) {
        let root = self.locations.root(location);
        let is_global = matches!(self.locations.get(root), Location::Global(..));
        let mut addressed = self.terms.addressed().iter();
        let known = state.escaped.contains(&root) || is_global && addressed.any(|at| self.locations.root(*at) == root);
        if !known {
            return;
        }
        let field = match self.locations.get(location) {
            Location::Field(_, name) => Some(name),
            _ => None,
        };
        let fits = |bits: u32| stored.0.is_none_or(|stored| stored == 8 || stored == bits);
        // A field is the same by another way, or what a pointer to it leads to.
        let is_meant = |id: LocationId| match self.locations.get(id) {
            Location::Field(_, other) => field == Some(other),
            _ => true,
        };
        let came_from_there = |id: LocationId| match *self.locations.get(self.locations.root(id)) {
            Location::Pointee(pointer) => is_meant(id) && self.aim(pointer).reach != Reach::Nowhere,
            _ => false,
        };
        let cells = state.memory.cells().filter(|(id, cell)| match cell {
            Cell::Value(value) => fits(self.terms.bits(value.term)) && came_from_there(*id),
            Cell::Zero(_) => came_from_there(*id),
            Cell::Unknown(_) => false,
        });
        let read = self
            .terms
            .read_from()
            .filter(|(id, bits)| fits(*bits) && came_from_there(*id));
        let parts: BTreeSet<LocationId> = cells.map(|(id, _)| id).chain(read.map(|(id, _)| id)).collect();
        let epoch = self.epoch_here(state, here.frame);
        let (bits, value) = stored;
        let hit = Hit {
            field: None,
            bits,
            value,
            epoch,
        };
        for part in parts {
            self.hit_part(state, part, &hit);
        }
    }

    /// A store to a field of an object that is used as several types, one the first member of another: the same field by
    /// another path is forgotten.
    pub(super) fn hit_views(&mut self, here: &super::Here, state: &mut State, location: LocationId, value: &Value) {
        let Location::Field(_, name) = self.locations.get(location) else {
            return;
        };
        let name = name.clone();
        // An offset into a structure is another path as well.
        let is_split = |at: LocationId| {
            let parts = || self.locations.parts(at).iter().map(|part| self.locations.get(*part));
            parts().any(|part| matches!(part, Location::Field(..)))
                && parts().any(|part| matches!(part, Location::Element(..)))
        };
        let viewed = |&at: &LocationId| self.aliases.has_views(at) || is_split(at);
        let Some(object) = self.locations.enclosing(location).filter(viewed).last() else {
            return;
        };
        let epoch = self.epoch_here(state, here.frame);
        let hit = Hit {
            field: Some(name),
            bits: Some(self.terms.bits(value.term)),
            value: Some(value),
            epoch,
        };
        let roots = BTreeSet::from([self.locations.root(object)]);
        for part in self.parts_hit(state, &roots, &hit) {
            if !self.locations.is_within(location, part) && self.locations.is_within(part, object) {
                self.hit_part(state, part, &hit);
            }
        }
    }

    /// What is known, or was asked, of the objects that a store may hit and is of its kind.
    fn parts_hit(&self, state: &State, roots: &BTreeSet<LocationId>, hit: &Hit) -> BTreeSet<LocationId> {
        let fits = |bits: u32| hit.bits.is_none_or(|stored| stored == 8 || stored == bits);
        let is_meant = |id: LocationId| match (&hit.field, self.locations.get(id)) {
            (Some(name), Location::Field(_, other)) => name == other,
            (Some(_), _) => false,
            (None, _) => true,
        };
        let within = |id: LocationId| roots.contains(&self.locations.root(id));
        let cells = state.memory.cells().filter(|(id, cell)| {
            within(*id)
                && match cell {
                    Cell::Value(value) => is_meant(*id) && fits(self.terms.bits(value.term)),
                    Cell::Zero(_) => true,
                    Cell::Unknown(_) => is_meant(*id),
                }
        });
        let read = self
            .terms
            .read_from()
            .filter(|(id, bits)| within(*id) && is_meant(*id) && fits(*bits));
        cells.map(|(id, _)| id).chain(read.map(|(id, _)| id)).collect()
    }

    fn hit_part(&mut self, state: &mut State, part: LocationId, hit: &Hit) {
        let old = match state.memory.cell(part) {
            Some(Cell::Value(old)) => Some(old.clone()),
            _ => None,
        };
        let (Some(old), Some(value)) = (old, hit.value) else {
            state.memory.put(part, Cell::Unknown(hit.epoch));
            return;
        };
        let bits = self.terms.bits(old.term);
        let zero = self.terms.constant_of(value.term) == Some(0);
        let mut witnesses = Vec::new();
        let same = bits == self.terms.bits(value.term);
        if same {
            self.collect_witnesses(state, value, &mut witnesses);
        } else if let Some(origin) = value.origin.clone().filter(|_| zero) {
            Witness::new(0, origin).add(&mut witnesses);
        }
        let range = match same {
            true => state
                .constraints
                .range(&self.terms, old.term)
                .union(&state.constraints.range(&self.terms, value.term)),
            false => crate::value::Ranges::full(bits),
        };
        let made = self.terms.made(old.term).max(self.terms.made(value.term));
        let either = self.joined_symbol(range, witnesses, made);
        self.note_aim(either, [Some(old.term), Some(value.term)]);
        state.memory.put(part, Cell::Value(Value::unexplained(either)));
    }

    /// A store through a pointer that stands for several may hit what each of them points to, and a store to that may hit
    /// what it points to: what is known there holds the old value or the new one.
    pub(super) fn store_behind(&mut self, state: &mut State, location: LocationId, value: &Value) {
        for (whole, other) in self.aliases.of(&self.locations, location) {
            let Some(place) = self.locations.rebased(location, whole, other) else {
                continue;
            };
            let bits = self.terms.bits(value.term);
            let old = self.content(state, place, bits);
            let range = state.constraints.range(&self.terms, old.term);
            if range.bits() != bits || range.is_full() && state.memory.cell(place).is_none() {
                continue;
            }
            let mut witnesses = Vec::new();
            self.collect_witnesses(state, &old, &mut witnesses);
            self.collect_witnesses(state, value, &mut witnesses);
            let range = range.union(&state.constraints.range(&self.terms, value.term));
            let made = self.terms.made(old.term).max(self.terms.made(value.term));
            let either = self.joined_symbol(range, witnesses, made);
            self.note_aim(either, [Some(old.term), Some(value.term)]);
            state.memory.put(place, Cell::Value(Value::unexplained(either)));
        }
    }
}
