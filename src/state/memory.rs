//! What locations hold: values, and regions that are all zero or all unknown.

use super::location::{Location, Locations};
use crate::source::Span;
use crate::value::{Cause, LocationId, Origin, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What is known of a location or of all that lies in it.
#[derive(Clone, Debug)]
pub enum Cell {
    /// The location holds a value.
    Value(Value),
    /// All that lies in it and has no cell of its own is zero.
    Zero(Origin),
    /// All that lies in it and has no cell of its own is unknown since the havoc that began this epoch.
    Unknown(u32),
}

impl PartialEq for Cell {
    fn eq(&self, other: &Cell) -> bool {
        match (self, other) {
            (Cell::Value(a), Cell::Value(b)) => a == b,
            (Cell::Zero(_), Cell::Zero(_)) => true,
            (Cell::Unknown(a), Cell::Unknown(b)) => a == b,
            _ => false,
        }
    }
}

/// What reading a location gives.
#[derive(Clone, Debug)]
pub enum Content {
    /// This value.
    Value(Value),
    /// Zero, of the width of the reader.
    Zero(Origin),
    /// Unknown, since the havoc that began this epoch.
    Unknown(u32),
    /// Part of a location that holds a value as a whole: unknown, but the same for the same value.
    PartOf(Value, LocationId),
}

/// The memory of a state.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Shared by the states of which none has stored anything since they were one.
    cells: Rc<BTreeMap<LocationId, Cell>>,
    /// The epoch that the last havoc of everything shared has begun; 0 at the start.
    shared_epoch: u32,
}

impl PartialEq for Memory {
    fn eq(&self, other: &Memory) -> bool {
        self.shared_epoch == other.shared_epoch && (Rc::ptr_eq(&self.cells, &other.cells) || self.cells == other.cells)
    }
}

impl Memory {
    fn cells_mut(&mut self) -> &mut BTreeMap<LocationId, Cell> {
        Rc::make_mut(&mut self.cells)
    }

    /// Reads a location.
    pub fn load(&self, locations: &Locations, id: LocationId) -> Content {
        for (distance, at) in locations.enclosing(id).enumerate() {
            match self.cells.get(&at) {
                Some(Cell::Value(value)) if distance == 0 => return Content::Value(value.clone()),
                Some(Cell::Value(value)) => return Content::PartOf(value.clone(), at),
                Some(Cell::Zero(origin)) => return Content::Zero(origin.clone()),
                Some(Cell::Unknown(epoch)) => return Content::Unknown(*epoch),
                None => {}
            }
        }
        Content::Unknown(if locations.is_shared(id) { self.shared_epoch } else { 0 })
    }

    /// Stores a value. Other elements of the same array that may be the same one become unknown.
    pub fn store(&mut self, locations: &Locations, id: LocationId, value: Value, epoch: u32) {
        self.remove_parts(locations, id);
        self.cells_mut().insert(id, Cell::Value(value));
        for whole in locations.enclosing(id).collect::<Vec<_>>() {
            if let Location::Element(array, _, unknown_index) = *locations.get(whole) {
                self.havoc_other_elements(locations, array, whole, unknown_index, epoch);
            }
        }
    }

    /// A store through an unknown index may hit any element; one through a constant index may hit those with unknown index.
    fn havoc_other_elements(
        &mut self,
        locations: &Locations,
        array: LocationId,
        kept: LocationId,
        unknown_index: bool,
        epoch: u32,
    ) {
        let may_be_hit = |id: LocationId| {
            !locations.is_within(id, kept)
                && if unknown_index {
                    locations.is_within(id, array)
                } else {
                    let mut parts = locations.enclosing(id);
                    parts.any(|at| locations.parent(at) == Some(array) && locations.has_unknown_index(at))
                }
        };
        if self.cells.keys().any(|id| may_be_hit(*id)) {
            for (id, cell) in self.cells_mut() {
                if may_be_hit(*id) {
                    *cell = Cell::Unknown(epoch);
                }
            }
        }
        if unknown_index {
            self.cells_mut().entry(array).or_insert(Cell::Unknown(epoch));
        }
    }

    /// Makes a location and all that lies in it zero.
    pub fn clear(&mut self, locations: &Locations, id: LocationId, origin: Origin) {
        self.remove_parts(locations, id);
        self.cells_mut().insert(id, Cell::Zero(origin));
    }

    /// Makes a location and all that lies in it unknown.
    pub fn havoc(&mut self, locations: &Locations, id: LocationId, epoch: u32) {
        self.remove_parts(locations, id);
        self.cells_mut().insert(id, Cell::Unknown(epoch));
    }

    /// Makes everything that code elsewhere may reach unknown: globals and pointees, except those for which `keep` holds.
    pub fn havoc_shared(&mut self, locations: &Locations, epoch: u32, keep: impl Fn(LocationId) -> bool) {
        self.retain(|id| !locations.is_shared(id) || keep(locations.root(id)));
        self.shared_epoch = epoch;
    }

    /// Stores parts of one location as the parts of another; `whole` is what the other holds as a whole.
    pub fn copy(
        &mut self,
        locations: &mut Locations,
        parts: Vec<(LocationId, Cell)>,
        (from, to): (LocationId, LocationId),
        whole: Cell,
    ) {
        self.remove_parts(locations, to);
        self.cells_mut().insert(to, whole);
        self.put_parts(locations, parts, from, to);
    }

    /// Copies what is known of the parts of one location to another, whose value as a whole stays; `link` is added to the
    /// reasons why they have their values.
    pub fn copy_parts(&mut self, locations: &mut Locations, from: LocationId, to: LocationId, link: (Span, Cause)) {
        let mut parts = self.parts(locations, from);
        for (_, cell) in &mut parts {
            *cell = match &*cell {
                Cell::Value(value) => Cell::Value(value.clone().then(link.0, link.1)),
                Cell::Zero(origin) => Cell::Zero(origin.then(link.0, link.1)),
                Cell::Unknown(epoch) => Cell::Unknown(*epoch),
            };
        }
        self.put_parts(locations, parts, from, to);
    }

    /// Drops what is known of a location and its parts.
    pub fn remove(&mut self, locations: &Locations, id: LocationId) {
        self.remove_parts(locations, id);
    }

    /// What is known of a location and its parts.
    pub fn parts(&self, locations: &Locations, whole: LocationId) -> Vec<(LocationId, Cell)> {
        let mut found = Vec::new();
        let mut pending = vec![whole];
        while let Some(id) = pending.pop() {
            found.extend(self.cells.get(&id).map(|cell| (id, cell.clone())));
            pending.extend(locations.parts(id));
        }
        found.sort_by_key(|(id, _)| *id);
        found
    }

    /// Whether anything is known of a location or its parts.
    pub fn holds_part(&self, locations: &Locations, id: LocationId) -> bool {
        self.cells.contains_key(&id) || locations.parts(id).iter().any(|&part| self.holds_part(locations, part))
    }

    /// Takes in the cells of a memory that knows other locations.
    pub fn extend(&mut self, other: Memory) {
        let other = Rc::unwrap_or_clone(other.cells);
        self.cells_mut().extend(other);
    }

    fn put_parts(
        &mut self,
        locations: &mut Locations,
        parts: Vec<(LocationId, Cell)>,
        from: LocationId,
        to: LocationId,
    ) {
        for (part, cell) in parts {
            if part != from
                && let Some(target) = locations.rebased(part, from, to)
            {
                self.cells_mut().insert(target, cell);
            }
        }
    }

    /// Drops what lies in roots for which the test fails.
    pub fn retain_roots(&mut self, locations: &Locations, mut keep: impl FnMut(LocationId) -> bool) {
        self.retain(|id| keep(locations.root(id)));
    }

    /// Drops what the test fails for.
    pub fn retain(&mut self, mut keep: impl FnMut(LocationId) -> bool) {
        if !self.cells.keys().all(|&id| keep(id)) {
            self.cells_mut().retain(|&id, _| keep(id));
        }
    }

    /// Drops the variables of functions that have returned.
    pub fn drop_frame(&mut self, locations: &Locations, frame: u32) {
        for &variable in locations.variables(frame) {
            self.remove_parts(locations, variable);
        }
    }

    /// All values held.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.cells.values().filter_map(|cell| match cell {
            Cell::Value(value) => Some(value),
            _ => None,
        })
    }

    /// All cells, in order of location.
    pub fn cells(&self) -> impl Iterator<Item = (LocationId, &Cell)> {
        self.cells.iter().map(|(id, cell)| (*id, cell))
    }

    /// The cell of exactly this location.
    pub fn cell(&self, id: LocationId) -> Option<&Cell> {
        self.cells.get(&id)
    }

    /// Replaces a cell.
    pub fn put(&mut self, id: LocationId, cell: Cell) {
        self.cells_mut().insert(id, cell);
    }

    /// The epoch that the last havoc of everything shared has begun; 0 at the start.
    pub fn shared_epoch(&self) -> u32 {
        self.shared_epoch
    }

    /// Sets [`Memory::shared_epoch`].
    pub fn set_shared_epoch(&mut self, epoch: u32) {
        self.shared_epoch = epoch;
    }

    fn remove_parts(&mut self, locations: &Locations, id: LocationId) {
        if self.cells.contains_key(&id) {
            self.cells_mut().remove(&id);
        }
        for &part in locations.parts(id) {
            self.remove_parts(locations, part);
        }
    }
}
