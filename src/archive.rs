//! Archives read in place: a stream of members, whatever the container. Nothing is unpacked to disk, and nothing is kept.
//!
//! What a file is decides its first bytes, not its name. Limits bound what a hostile archive can cost; names cannot lead
//! out of the archive, since nothing is ever written under them.
//!
//! Sources: tar(5), the PKWARE application note for zip, RPM's file format documentation, deb-src(5) and dsc(5).

mod containers;
pub mod debian;
mod format;
mod limited;
pub mod patch;
mod rpm;
mod xz;

pub use format::Format;

use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Bounds on what is read of one archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after decompression.
    pub bytes: u64,
    /// Bytes after decompression for each compressed one, from [`Limits::RATIO_FROM`] bytes on.
    pub ratio: u64,
    /// Members.
    pub members: u64,
    /// Threads that decompress where the format allows more than one.
    pub threads: u32,
}

impl Limits {
    /// Bytes that may come of next to nothing.
    pub const RATIO_FROM: u64 = 256 << 20;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 64 << 30,
            ratio: 1_000,
            members: 5_000_000,
            threads: 1,
        }
    }
}

/// A file in an archive.
pub struct Member<'a> {
    /// Its name, without what would lead out of the archive.
    pub path: PathBuf,
    /// Its name had `..` or an absolute path.
    pub strange: bool,
    /// Neither a file nor a folder nor a link: there is nothing to read.
    pub special: bool,
    /// Its text. What is not read is skipped.
    pub content: &'a mut dyn Read,
}

/// Who wants to know what is in an archive.
pub trait Visitor {
    /// A member, in the order of the archive.
    ///
    /// # Errors
    /// Those of the member's content; they end the archive.
    fn member(&mut self, member: Member) -> io::Result<()>;
    /// A member that cannot be read, while others can.
    fn unreadable(&mut self, path: PathBuf, text: String);
}

/// Why not all of an archive was read. What was read before counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// A predicate without final stop: "ends too soon".
    pub text: String,
    /// A limit was hit, and the archive itself may be sound.
    pub limit: bool,
}

/// How much was read of an archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Members that are files.
    pub members: u64,
    /// Bytes after decompression.
    pub bytes: u64,
}

/// Whether a file is an archive, by its first bytes.
///
/// # Errors
/// If it cannot be read.
pub fn format_of(path: &Path) -> io::Result<Option<Format>> {
    let mut head = Vec::new();
    File::open(path)?.take(format::HEAD).read_to_end(&mut head)?;
    Ok(Format::of(&head))
}

/// Reads an archive from its beginning to its end.
///
/// # Errors
/// If it could not be read to its end: it is damaged, of a kind that is not known, or a limit was hit.
pub fn read(path: &Path, limits: &Limits, visitor: &mut dyn Visitor) -> (Amount, Result<(), Broken>) {
    let meter = limited::Meter::new(*limits);
    // Readers of containers are large, and what they read is hostile.
    let read = catch_unwind(AssertUnwindSafe(|| {
        File::open(path).and_then(|file| containers::file(file, &meter, visitor))
    }));
    let failed = |_| Err(io::Error::other("its reader failed, which is a bug of mremap-lint"));
    let read = read.unwrap_or_else(failed);
    (meter.amount(), read.map_err(|error| meter.reason(&error)))
}
