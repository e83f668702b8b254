//! What a field or global holds when a function starts that reads it: the constants that other functions leave in it.
//!
//! A function that leaves a zero in a field is evidence only if the rest of what it leaves in the object fits what the
//! reader's path has found there: where pointer and length are always set together, a path on which the pointer is not null
//! does not see the zero that came with a null. If no function of the unit leaves anything but non-zero values, the field is
//! not zero.

use super::Class;
use super::entry::EntryValue;
use super::record::Record;
use crate::engine::snapshot::{Field, Snapshot};
use crate::engine::{Body, Code, FunctionKey};
use crate::source::FileId;
use crate::value::Origin;
use std::collections::BTreeSet;

/// What functions leave in one field or global.
#[derive(Default)]
pub struct Written {
    /// What objects, or globals, look like after them.
    pub snapshots: Vec<(FileId, Snapshot)>,
    /// The functions that store to it.
    pub writers: BTreeSet<FunctionKey>,
    /// Of a global: whether something that may be zero is stored to it, if anything is.
    pub stores_zero: Option<bool>,
    /// Every one of them was explored to its end.
    pub complete: bool,
    /// One of them is where the program starts.
    pub starts_program: bool,
}

/// What a reader asks of the rest of the unit.
pub struct Unit<'a> {
    /// The code around the reader.
    pub code: &'a dyn Code,
    /// What a global, named in a file, holds when the program starts.
    pub initial: &'a dyn Fn(FileId, &str) -> Option<Field>,
}

impl Record {
    /// Settles what is unknown by what other functions leave in the field or global that the record's function has read.
    pub fn settle_by_memory(&mut self, reader: &Body, written: &Written, unit: &Unit) {
        let Some(entry) = self.entry.as_ref().filter(|_| matches!(self.class, Class::Unknown(_))) else {
            return;
        };
        let class = written
            .left_before(reader.file, entry, unit)
            .or_else(|| written.first_use(reader, entry, unit))
            .or_else(|| written.never_set_to_zero(entry, unit));
        if let Some(class) = class {
            self.class = class;
            self.left_by_others = true;
        }
    }
}

impl Written {
    /// What the functions leave, as far as it fits what the reader has found.
    fn left_before(&self, reader: FileId, entry: &EntryValue, unit: &Unit) -> Option<Class> {
        // Fields of one name in other files are mostly fields of other structures.
        let near = self
            .snapshots
            .iter()
            .filter(|(file, _)| entry.global || *file == reader)
            .map(|(_, snapshot)| snapshot);
        if let Some(origin) = near.into_iter().find_map(|snapshot| zero_that_fits(snapshot, entry)) {
            return Some(Class::Maybe(origin));
        }
        // A global has its initial value until the program sets it: at its start, or nobody knows when. What others define
        // they set, too.
        let own = || (unit.initial)(reader, &entry.name).is_some_and(|field| !field.range.contains(0));
        (self.complete && self.stores_zero == Some(false) && self.starts_program && own()).then(|| {
            let name = &entry.name;
            Class::NonZero(format!(
                "every store to `{name}` in these sources is of a non-zero value"
            ))
        })
    }

    /// A private global that only the reader itself sets still has its initial value when the reader is first called.
    fn first_use(&self, reader: &Body, entry: &EntryValue, unit: &Unit) -> Option<Class> {
        let only_here = self.writers.iter().all(|writer| *writer == reader.function.whole);
        if !entry.global || !entry.at_start || !only_here || self.writers.is_empty() {
            return None;
        }
        let initial = |name: &str| (unit.initial)(reader.file, name);
        let origin = initial(&entry.name)?.zero?;
        let fits = entry
            .siblings
            .iter()
            .all(|(name, found)| initial(name).is_none_or(|field| !field.range.intersect(found).is_empty()));
        fits.then_some(Class::Maybe(origin))
    }

    /// A private global that is not zero when the program starts, and that no function sets to zero.
    fn never_set_to_zero(&self, entry: &EntryValue, unit: &Unit) -> Option<Class> {
        let (file, name) = (entry.private?, &entry.name);
        let writers = unit.code.writers(&unit.code.global(file, name)?)?;
        let all_seen = writers
            .iter()
            .all(|writer| self.writers.contains(&writer.function.whole));
        let starts_at_zero = || (unit.initial)(file, name).is_none_or(|field| field.range.contains(0));
        (self.complete && all_seen && self.stores_zero == Some(false) && !starts_at_zero())
            .then(|| Class::NonZero(format!("`{name}` starts with and is only given non-zero values")))
    }
}

/// The zero that a function leaves, if the rest of what it leaves fits what the reader has found.
fn zero_that_fits(snapshot: &Snapshot, entry: &EntryValue) -> Option<Origin> {
    let zero = match snapshot.fields.get(&entry.name) {
        Some(field) => field.zero.clone()?,
        None => snapshot.rest_zero.clone()?,
    };
    let fits = entry
        .siblings
        .iter()
        .all(|(name, found)| match snapshot.fields.get(name) {
            _ if *name == entry.name => found.contains(0),
            Some(field) => !field.range.intersect(found).is_empty(),
            None => snapshot.rest_zero.is_none() || found.contains(0),
        });
    fits.then_some(zero)
}
