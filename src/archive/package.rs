//! A Debian source package: a `.dsc` file with all that it names, put together as `dpkg-source -x` would: each tarball without its top folder, components in folders of their own, the folder `debian` from its
//! own tarball, and the patches applied.

use super::changes::Changes;
use super::debian::{Dsc, PartRole};
use super::limited::Meter;
use super::{Broken, Complaint, Format, Kind, Limits, Member, Visitor, containers, decompressed};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

/// Bytes of all patches of a package at most.
const PATCHES: usize = 64 << 20;
/// Bytes of a file that is patched at most.
const PATCHED: u64 = 16 << 20;

/// Reads the package of this `.dsc` file, whose other files lie beside it. Returns the archives that were not read to their
/// end.
pub(super) fn read(path: &Path, dsc: &Dsc, limits: &Limits, visitor: &mut dyn Visitor) -> Vec<(PathBuf, Broken)> {
    let mut parts: Vec<(PartRole, PathBuf)> = dsc
        .parts
        .iter()
        .map(|part| (part.role(), path.with_file_name(&part.name)))
        .filter(|(role, _)| *role != PartRole::Signature)
        .collect();
    // The changes come first: the files that they are about are changed as they come.
    parts.sort_by_key(|(role, _)| !matches!(role, PartRole::Debian | PartRole::Difference));
    // A tarball is taken to have one top folder until it shows that it has none.
    let mut spread: BTreeSet<usize> = BTreeSet::new();
    loop {
        let meter = Meter::new(*limits);
        let mut reading = Reading {
            parts: &parts,
            spread: &spread,
            meter: &meter,
            changes: Changes::default(),
            broken: Vec::new(),
        };
        match reading.all(visitor) {
            Err(Spread(index)) => {
                spread.insert(index);
                visitor.restart();
            }
            Ok(()) => return reading.broken,
        }
    }
}

/// A part that has more than one folder at its top, by its number.
struct Spread(usize);

/// One reading of a Debian source package.
struct Reading<'a> {
    parts: &'a [(PartRole, PathBuf)],
    /// The parts without a single top folder.
    spread: &'a BTreeSet<usize>,
    meter: &'a Meter,
    changes: Changes,
    broken: Vec<(PathBuf, Broken)>,
}

impl Reading<'_> {
    fn all(&mut self, visitor: &mut dyn Visitor) -> Result<(), Spread> {
        let replaced: Vec<PathBuf> = self.parts.iter().filter_map(|(role, _)| replaced_by(role)).collect();
        for (index, (role, path)) in self.parts.iter().enumerate() {
            let read = match role {
                PartRole::Difference => self.difference(path, visitor),
                PartRole::Debian => self.folder(path, visitor),
                PartRole::Upstream | PartRole::Component(_) | PartRole::Signature => {
                    self.tarball(index, role, path, &replaced, visitor)?
                }
            };
            if let Err(error) = read {
                self.broken.push((path.clone(), self.meter.reason(&error)));
            }
        }
        // What the upstream source does not hold may be made by a patch.
        while let Some(path) = self.changes.next() {
            let changed = self.changes.apply(&path, None);
            tell(&path, changed.misfits, visitor);
            if let Some(text) = changed.text {
                // Nothing can fail but what the visitor does with it, and it has its say.
                let _ = deliver(path, Kind::File, false, &mut Cursor::new(text), visitor);
            }
        }
        Ok(())
    }

    fn open(&self, path: &Path, visitor: &mut dyn Visitor) -> io::Result<()> {
        containers::file(File::open(path)?, self.meter, visitor)
    }

    /// The difference of format 1.0: one patch, which is compressed.
    fn difference(&mut self, path: &Path, visitor: &mut dyn Visitor) -> io::Result<()> {
        let mut patch = Vec::new();
        self.meter.rest();
        let stream = decompressed::file(File::open(path)?, Format::Gzip, self.meter)?;
        let read = stream.take(PATCHES as u64 + 1).read_to_end(&mut patch);
        self.meter.between();
        if patch.len() > PATCHES {
            return Err(io::Error::other("it is too large"));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.changes.add(&name, &patch, |path| visitor.wants(path));
        read.map(|_| ())
    }

    /// The folder `debian`, with the patches in it.
    fn folder(&mut self, path: &Path, visitor: &mut dyn Visitor) -> io::Result<()> {
        let mut folder = DebianFolder {
            patches: BTreeMap::new(),
            left: PATCHES,
            visitor,
        };
        let read = self.open(path, &mut folder);
        let patches = folder.patches;
        let missing = self.changes.add_series(&patches, |path| visitor.wants(path));
        for (path, text) in missing {
            visitor.complaint(path, Complaint::Unpatched, text);
        }
        self.meter.between();
        read
    }

    fn tarball(
        &mut self,
        index: usize,
        role: &PartRole,
        path: &Path,
        replaced: &[PathBuf],
        visitor: &mut dyn Visitor,
    ) -> Result<io::Result<()>, Spread> {
        let own = replaced_by(role);
        let mut tarball = Tarball {
            below: own.clone().unwrap_or_default(),
            has_top: !self.spread.contains(&index),
            top: None,
            is_spread: false,
            replaced: replaced
                .iter()
                .filter(|folder| Some(*folder) != own.as_ref())
                .cloned()
                .collect(),
            changes: std::mem::take(&mut self.changes),
            visitor,
        };
        let read = self.open(path, &mut tarball);
        let is_spread = tarball.is_spread;
        self.changes = tarball.changes;
        self.meter.between();
        if is_spread { Err(Spread(index)) } else { Ok(read) }
    }
}

/// The folder of the upstream source that a part stands for.
fn replaced_by(role: &PartRole) -> Option<PathBuf> {
    match role {
        PartRole::Debian => Some(PathBuf::from("debian")),
        PartRole::Component(name) => Some(PathBuf::from(name)),
        PartRole::Upstream | PartRole::Difference | PartRole::Signature => None,
    }
}

fn tell(path: &Path, misfits: Vec<String>, visitor: &mut dyn Visitor) {
    for text in misfits {
        visitor.complaint(path.to_path_buf(), Complaint::Unpatched, text);
    }
}

fn deliver(
    path: PathBuf,
    kind: Kind,
    strange: bool,
    content: &mut dyn Read,
    visitor: &mut dyn Visitor,
) -> io::Result<()> {
    visitor.member(Member {
        path,
        strange,
        kind,
        content,
    })
}

/// Looks for patches in the folder `debian`.
struct DebianFolder<'a> {
    patches: BTreeMap<PathBuf, Vec<u8>>,
    /// Bytes that may still be kept.
    left: usize,
    visitor: &'a mut dyn Visitor,
}

impl Visitor for DebianFolder<'_> {
    fn restart(&mut self) {
        self.visitor.restart();
    }

    fn wants(&self, path: &Path) -> bool {
        self.visitor.wants(path)
    }

    fn member(&mut self, member: Member) -> io::Result<()> {
        if member.kind != Kind::File || !member.path.starts_with("debian/patches") {
            return self.visitor.member(member);
        }
        let mut text = Vec::new();
        member.content.take(self.left as u64 + 1).read_to_end(&mut text)?;
        if text.len() > self.left {
            let text = "is not applied: the patches are too large together".to_owned();
            self.visitor.complaint(member.path, Complaint::Unpatched, text);
            return Ok(());
        }
        self.left -= text.len();
        let delivered = deliver(
            member.path.clone(),
            Kind::File,
            member.strange,
            &mut &text[..],
            self.visitor,
        );
        self.patches.insert(member.path, text);
        delivered
    }

    fn complaint(&mut self, path: PathBuf, complaint: Complaint, text: String) {
        self.visitor.complaint(path, complaint, text);
    }
}

/// Puts the members of an upstream tarball where they belong, and changes them.
struct Tarball<'a> {
    /// The folder that it stands for.
    below: PathBuf,
    /// The tarball is taken to have a single folder at its top, which goes.
    has_top: bool,
    top: Option<OsString>,
    /// It has not.
    is_spread: bool,
    /// Folders that another part stands for.
    replaced: Vec<PathBuf>,
    changes: Changes,
    visitor: &'a mut dyn Visitor,
}

impl Tarball<'_> {
    /// A path without the top folder; empty for that itself.
    fn without_top(&mut self, path: &Path, kind: &Kind) -> io::Result<PathBuf> {
        let mut parts = path.components();
        let Some(first) = parts.next() else {
            return Ok(PathBuf::new());
        };
        let below = parts.as_path().to_path_buf();
        let top = self.top.get_or_insert_with(|| first.as_os_str().to_owned());
        if top != first.as_os_str() || below.as_os_str().is_empty() && *kind != Kind::Folder {
            self.is_spread = true;
            return Err(io::Error::other("has more than one folder at its top"));
        }
        Ok(below)
    }
}

impl Visitor for Tarball<'_> {
    fn restart(&mut self) {
        self.visitor.restart();
    }

    fn wants(&self, path: &Path) -> bool {
        self.visitor.wants(path)
    }

    fn member(&mut self, member: Member) -> io::Result<()> {
        let Member {
            mut path,
            strange,
            mut kind,
            content,
        } = member;
        if self.has_top {
            path = self.without_top(&path, &kind)?;
            if let (Kind::Link(Some(target)), Some(top)) = (&kind, &self.top) {
                kind = Kind::Link(target.strip_prefix(top).map(Path::to_path_buf).ok());
            }
        }
        if path.as_os_str().is_empty() || self.replaced.iter().any(|folder| path.starts_with(folder)) {
            return Ok(());
        }
        path = self.below.join(path);
        if let Kind::Link(Some(target)) = &mut kind {
            *target = self.below.join(&target);
        }
        if kind != Kind::File || !self.changes.concern(&path) {
            return deliver(path, kind, strange, content, self.visitor);
        }
        let mut text = Vec::new();
        (&mut *content).take(PATCHED + 1).read_to_end(&mut text)?;
        if text.len() as u64 > PATCHED {
            self.changes.forget(&path);
            tell(&path, vec!["is too large to be patched".to_owned()], self.visitor);
            return deliver(path, kind, strange, &mut Cursor::new(text).chain(content), self.visitor);
        }
        let changed = self.changes.apply(&path, Some(text));
        tell(&path, changed.misfits, self.visitor);
        match changed.text {
            Some(text) => deliver(path, kind, strange, &mut &text[..], self.visitor),
            None => Ok(()),
        }
    }

    fn complaint(&mut self, path: PathBuf, complaint: Complaint, text: String) {
        self.visitor.complaint(path, complaint, text);
    }
}
