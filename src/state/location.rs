//! Names for memory: variables of running functions, globals, what pointers point to, and parts of these.

use crate::ir::VarId;
use crate::value::{LocationId, TermId};
use rustc_hash::FxHashMap;

/// A memory location.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// A variable of a running function.
    Local(u32, VarId),
    /// A global, by file where it is private (else `None`) and name.
    Global(Option<u32>, String),
    /// A setting of the build.
    Setting(String),
    /// The structure that the function that returned last has returned.
    Returned,
    /// What an unknown pointer points to.
    Pointee(TermId),
    /// A field.
    Field(LocationId, String),
    /// An element of an array other than the first, which shares the array's location. The flag: the index is not constant.
    Element(LocationId, TermId, bool),
}

/// The locations of one exploration.
#[derive(Debug, Default)]
pub struct Locations {
    list: Vec<Entry>,
    index: FxHashMap<Location, LocationId>,
    /// The variables of each running function.
    frames: FxHashMap<u32, Vec<LocationId>>,
}

#[derive(Debug)]
struct Entry {
    location: Location,
    root: LocationId,
    /// What lies directly in it.
    parts: Vec<LocationId>,
}

impl Locations {
    /// The id of a location.
    pub fn intern(&mut self, location: Location) -> LocationId {
        if let Some(&id) = self.index.get(&location) {
            return id;
        }
        let id = LocationId(self.list.len() as u32);
        let root = match &location {
            Location::Field(whole, _) | Location::Element(whole, ..) => {
                self.list[whole.0 as usize].parts.push(id);
                self.root(*whole)
            }
            Location::Local(frame, _) => {
                self.frames.entry(*frame).or_default().push(id);
                id
            }
            _ => id,
        };
        self.list.push(Entry {
            location: location.clone(),
            root,
            parts: Vec::new(),
        });
        self.index.insert(location, id);
        id
    }

    /// The location of an id.
    pub fn get(&self, id: LocationId) -> &Location {
        &self.list[id.0 as usize].location
    }

    /// What a part lies directly in.
    pub fn parent(&self, id: LocationId) -> Option<LocationId> {
        match self.get(id) {
            Location::Field(parent, _) | Location::Element(parent, ..) => Some(*parent),
            _ => None,
        }
    }

    /// The location and all that it lies in, inside out.
    pub fn enclosing(&self, id: LocationId) -> impl Iterator<Item = LocationId> {
        std::iter::successors(Some(id), |&id| self.parent(id))
    }

    /// The variable, global or pointee that a location is part of.
    pub fn root(&self, id: LocationId) -> LocationId {
        self.list[id.0 as usize].root
    }

    /// What lies directly in a location.
    pub fn parts(&self, id: LocationId) -> &[LocationId] {
        &self.list[id.0 as usize].parts
    }

    /// The variables of a running function.
    pub fn variables(&self, frame: u32) -> &[LocationId] {
        self.frames.get(&frame).map_or(&[], Vec::as_slice)
    }

    /// Whether `part` is `whole` or lies in it.
    pub fn is_within(&self, part: LocationId, whole: LocationId) -> bool {
        self.enclosing(part).any(|id| id == whole)
    }

    /// Whether it is a variable of a running function (the root itself, not a part).
    pub fn is_local(&self, id: LocationId) -> bool {
        matches!(self.get(id), Location::Local(..))
    }

    /// Whether external code may reach it without being told: globals and pointees, not locals or settings.
    pub fn is_shared(&self, id: LocationId) -> bool {
        matches!(self.get(self.root(id)), Location::Global(..) | Location::Pointee(_))
    }

    /// Whether it is an element whose index is not constant.
    pub fn has_unknown_index(&self, id: LocationId) -> bool {
        matches!(self.get(id), Location::Element(_, _, true))
    }

    /// The part of `to` that corresponds to the part of `from`.
    pub fn rebased(&mut self, part: LocationId, from: LocationId, to: LocationId) -> Option<LocationId> {
        if part == from {
            return Some(to);
        }
        let parent = self.rebased(self.parent(part)?, from, to)?;
        let location = match self.get(part).clone() {
            Location::Field(_, name) => Location::Field(parent, name),
            Location::Element(_, index, unknown) => Location::Element(parent, index, unknown),
            _ => return None,
        };
        Some(self.intern(location))
    }
}
