//! The parts of values of which the program does not say the names. No field of a program is called so.

use crate::ir::Place;

/// Which variant an enumeration holds; whether an `Option` or `Result` holds a value.
pub const TAG: &str = "tag";
/// What `Err` holds. What `Some` and `Ok` hold is the first field, as in a tuple.
pub const ERROR: &str = "err";
/// The length of slices, strings and vectors.
pub const LENGTH: &str = "len()";
/// How much fits into vectors and strings.
pub const CAPACITY: &str = "capacity()";

/// A part of what is at a place, by its name.
pub fn part(place: &Place, name: &str) -> Place {
    Place::field(place.clone(), name)
}
