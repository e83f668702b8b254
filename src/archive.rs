//! Archives read in place: a stream of members, whatever the container. Nothing is unpacked to disk, and nothing is kept.
//!
//! What a file is decides its first bytes, not its name. Limits bound what a hostile archive can cost; names cannot lead
//! out of the archive, since nothing is ever written under them.
//!
//! ```text
//! file ─ decompressed, ahead ─ containers ─ members ─ (a Debian package: top folder off, patched) ─ visitor
//! ```
//!
//! Sources: tar(5), the PKWARE application note for zip, RPM's file format documentation, deb-src(5) and dsc(5).

mod ahead;
mod changes;
mod containers;
pub mod debian;
mod decompressed;
mod format;
mod limited;
mod names;
mod package;
pub mod patch;
mod rpm;
mod zipped;

pub use format::Format;

use crate::progress::Deadline;
use debian::{Dsc, PartRole};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bounds on what is read of one archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after decompression, at most.
    pub bytes: u64,
    /// Bytes after decompression for each compressed one, at most; from [`Limits::RATIO_FROM`] bytes on.
    pub ratio: u64,
    /// Members, folders included, at most.
    pub members: u64,
    /// When reading must end in any case.
    pub deadline: Deadline,
    /// Threads that decompress where the format allows more than one; with one, nothing is decompressed ahead.
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
            members: 1_000_000,
            deadline: Deadline::default(),
            threads: 1,
        }
    }
}

/// What an archive holds under one name.
pub struct Member<'a> {
    /// Its name, without what would lead out of the archive.
    pub path: PathBuf,
    /// Its name had `..` or an absolute path.
    pub strange: bool,
    /// What it is.
    pub kind: Kind,
    /// Its text. What is not read is skipped.
    pub content: &'a mut dyn Read,
}

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link to what has this name, as seen from the archive's root; `None` if that lies elsewhere.
    Link(Option<PathBuf>),
    /// A device or a FIFO: there is nothing to read.
    Special,
}

/// Who wants to know what is in an archive.
pub trait Visitor {
    /// All that came so far was not as it is: it comes anew.
    fn restart(&mut self);
    /// Whether a file with this name is wanted: others need not be made up of several parts.
    fn wants(&self, path: &Path) -> bool;
    /// A member, in the order of the archive.
    ///
    /// # Errors
    /// Those of the member's content; they end the archive.
    fn member(&mut self, member: Member) -> io::Result<()>;
    /// Something that was not read, or not as it should be, while others are. The text is a predicate without final stop.
    fn complaint(&mut self, path: PathBuf, complaint: Complaint, text: String);
}

/// What is wrong with a part of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// It was not read, or not to its end.
    Unreadable,
    /// It was read, but is another than its package says.
    Changed,
    /// A patch of the package does not fit it, or is not applied for another reason; it was read without.
    Unpatched,
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
    /// Members, folders included.
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

/// Reads an archive from its beginning to its end. The other half of the answer tells if it could not be read to its end: it
/// is damaged, of a kind that is not known, or a limit was hit.
pub fn read(path: &Path, limits: &Limits, visitor: &mut dyn Visitor) -> (Amount, Result<(), Broken>) {
    let meter = limited::Meter::new(*limits);
    let read = File::open(path).and_then(|file| containers::file(file, &meter, visitor));
    (meter.amount(), read.map_err(|error| meter.reason(&error)))
}

/// An archive, or a Debian source package with all its archives, that can be read again and again.
#[derive(Clone, Debug)]
pub struct Archive {
    path: PathBuf,
    dsc: Option<Dsc>,
}

impl Archive {
    /// The archive that a file is, or begins with; `None` if it is none and has not the name of a `.dsc` file either.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(path: &Path) -> io::Result<Option<Archive>> {
        let dsc = Dsc::read(path)?;
        let is_archive = Dsc::has_name(path) || format_of(path)?.is_some();
        let path = path.to_path_buf();
        Ok(is_archive.then_some(Archive { path, dsc }))
    }

    /// What its members lie below: the archive itself; of a Debian source package `package_version`, beside the `.dsc` file.
    pub fn root(&self) -> PathBuf {
        match &self.dsc {
            Some(dsc) => self.path.with_file_name(dsc.label()),
            None => self.path.clone(),
        }
    }

    /// Compares the files of a Debian source package with the sizes and checksums in the `.dsc` file. What is wrong with each
    /// is a predicate without final stop.
    pub fn check(&self) -> Vec<(PathBuf, Complaint, String)> {
        let parts = self.dsc.iter().flat_map(|dsc| &dsc.parts);
        let parts = parts.filter(|part| part.role() != PartRole::Signature);
        let complaints = parts.filter_map(|part| {
            let path = self.path.with_file_name(&part.name);
            // That it cannot be read is told when it is read.
            let text = part.complaint(&path).ok().flatten()?;
            Some((path, Complaint::Changed, text))
        });
        complaints.collect()
    }

    /// Reads all of it. Returns what was not read to its end: the archive itself, or some of a source package.
    pub fn read(&self, limits: &Limits, visitor: &mut dyn Visitor) -> Vec<(PathBuf, Broken)> {
        if let Some(dsc) = &self.dsc {
            return package::read(&self.path, dsc, limits, visitor);
        }
        let (_, read) = read(&self.path, limits, visitor);
        let broken = read.err().map(|broken| (self.path.clone(), broken));
        broken.into_iter().collect()
    }
}
