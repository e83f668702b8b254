//! Archives → units: the members that may be source code, as a walk would meet them had the archive been unpacked.
//!
//! What holds no word is kept as long as all of it together is small, since a search is likely to ask for it; of a larger
//! archive nothing is kept, and a search reads it once more.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};

use super::read::{Found, Reader, key};
use super::text_store::TextStore;
use super::{InputOptions, Unit, language};
use crate::archive::{Archive, Complaint, Kind, Limits, Member, Visitor};
use crate::paths::{resolve, without_dots};
use crate::source::{Problem, ProblemKind, SourceFile};

/// Bytes of one member at most: it is looked at in memory, as a whole.
const MEMBER: u64 = 64 << 20;

/// Where the text of a unit's other files is.
#[derive(Debug, Default)]
pub(super) enum Texts {
    /// In files.
    #[default]
    Files,
    /// In memory, in the order of the paths.
    Memory {
        /// All of them.
        bytes: Vec<u8>,
        /// Where each lies among the bytes.
        places: Vec<Range<usize>>,
    },
    /// In an archive, which must be read once more.
    Packed(Box<Packed>),
}

/// An archive and how it is read.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    archive: Archive,
    limits: Limits,
    root: PathBuf,
}

/// Reads an archive.
pub(super) fn unit(archive: Archive, options: &InputOptions, reader: &Reader) -> Unit {
    let threads = match options.jobs {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs,
    };
    let limits = Limits {
        threads: u32::try_from(threads).unwrap_or(u32::MAX),
        deadline: options.deadline,
        ..options.limits
    };
    let root = archive.root();
    let packed = Packed { archive, limits, root };
    let mut unpacked = Unpacked::new(&packed.root, options, reader);
    let broken = packed.read(&mut unpacked);
    let (mut found, texts) = unpacked.finish();
    for (path, complaint, text) in packed.archive.check() {
        found.problem(&path, kind_of(complaint), text);
    }
    found.problems.extend(broken);
    found.sort();
    Unit {
        root: packed.root.clone(),
        sources: found.sources.into(),
        others: found.others,
        texts: texts.unwrap_or_else(|| Texts::Packed(Box::new(packed))),
        problems: found.problems,
        ..Unit::default()
    }
}

impl Packed {
    /// Reads all members. Returns what could not be read.
    fn read(&self, visitor: &mut dyn Visitor) -> Vec<Problem> {
        let read = catch_unwind(AssertUnwindSafe(|| self.archive.read(&self.limits, visitor)));
        let Ok(broken) = read else {
            let text = "cannot be read to its end: its reader failed".to_owned();
            return vec![Problem::new(&self.root, ProblemKind::Internal, text)];
        };
        let kind = |limit| match limit {
            true if self.limits.deadline.is_over() => ProblemKind::LimitReached,
            true => ProblemKind::TooLarge,
            false => ProblemKind::Unreadable,
        };
        let broken = broken.into_iter();
        broken
            .map(|(path, broken)| Problem::new(path, kind(broken.limit), broken.text))
            .collect()
    }

    /// Reads all members once more and calls `each` with those that are among the paths, which are sorted, by their place
    /// among them. Of those with the same name it is the last that counts.
    pub fn read_again(&self, paths: &[PathBuf], each: &mut dyn FnMut(usize, &[u8])) {
        // What could not be read was told before.
        self.read(&mut Again {
            root: &self.root,
            paths,
            each,
            buffer: Vec::new(),
        });
    }
}

fn kind_of(complaint: Complaint) -> ProblemKind {
    match complaint {
        Complaint::Unreadable => ProblemKind::Unreadable,
        Complaint::Changed => ProblemKind::ChecksumMismatch,
        Complaint::Unpatched => ProblemKind::PatchNotApplied,
    }
}

/// Collects the members of an archive.
struct Unpacked<'a> {
    root: &'a Path,
    options: &'a InputOptions,
    reader: &'a Reader,
    buffer: Vec<u8>,
    /// What a path was found to be, the last time that it came: unpacked it would have taken the place of the one before.
    members: BTreeMap<PathBuf, Text>,
    links: BTreeMap<PathBuf, Option<PathBuf>>,
    /// Bytes of files with the word that may still be kept.
    room: u64,
    /// The text of other files.
    others: TextStore,
    problems: Vec<Problem>,
}

/// A member that may be source code.
enum Text {
    /// It holds the word; and what is to be told of it.
    Source(Box<(SourceFile, Vec<Problem>)>),
    /// It does not.
    Other(Range<usize>),
    /// It was not examined.
    Unread(Box<Problem>),
}

impl<'a> Unpacked<'a> {
    fn new(root: &'a Path, options: &'a InputOptions, reader: &'a Reader) -> Unpacked<'a> {
        Unpacked {
            root,
            options,
            reader,
            buffer: Vec::new(),
            members: BTreeMap::new(),
            links: BTreeMap::new(),
            room: options.with_word,
            others: TextStore::new(options.without_word),
            problems: Vec::new(),
        }
    }

    /// What was found, in the order of paths, and the text of the other files unless it was too much.
    fn finish(mut self) -> (Found, Option<Texts>) {
        self.tell_links();
        let mut found = Found {
            problems: self.problems,
            ..Found::default()
        };
        let mut places = Vec::new();
        // By their bytes, as everywhere: a map of paths is sorted part by part.
        let mut members: Vec<(PathBuf, Text)> = self.members.into_iter().collect();
        members.sort_by(|(a, _), (b, _)| key(a).cmp(key(b)));
        for (path, text) in members {
            match text {
                Text::Source(source) => {
                    let (source, problems) = *source;
                    found.sources.push(source);
                    found.problems.extend(problems);
                }
                Text::Other(place) => {
                    found.others.push(path);
                    places.push(place);
                }
                Text::Unread(problem) => found.problems.push(*problem),
            }
        }
        let bytes = self.others.into_bytes();
        (found, bytes.map(|bytes| Texts::Memory { bytes, places }))
    }

    /// Links with the name of a source file: what they lead to is examined under its own name, or is told.
    fn tell_links(&mut self) {
        for (link, target) in std::mem::take(&mut self.links) {
            let text = match target.map(|target| self.root.join(target)) {
                _ if self.members.contains_key(&link) => continue,
                Some(target) if self.members.contains_key(&target) => continue,
                Some(_) => "is a link to something that was not examined",
                None => "is a link that leads out of the archive",
            };
            self.problems.push(Problem::new(link, ProblemKind::NotAFile, text));
        }
    }

    fn file(&mut self, path: PathBuf, content: &mut dyn Read) -> io::Result<()> {
        self.options.progress.file();
        self.buffer.clear();
        let limit = self.options.file_limit.min(MEMBER);
        content.take(limit + 1).read_to_end(&mut self.buffer)?;
        let mut found = Found::default();
        let text = if self.buffer.len() as u64 > limit {
            self.buffer = Vec::new();
            let text = format!("is larger than {limit} bytes and was not examined");
            Text::Unread(Box::new(Problem::new(&path, ProblemKind::TooLarge, text)))
        } else {
            match self.reader.with_word(path.clone(), &self.buffer, &mut found) {
                Ok(source) => self.hold(source, found.problems),
                Err(_) => Text::Other(self.others.add(&self.buffer)),
            }
        };
        self.members.insert(path, text);
        Ok(())
    }

    /// A file with the word, if there is still room for it.
    fn hold(&mut self, source: SourceFile, problems: Vec<Problem>) -> Text {
        match self.room.checked_sub(source.text.len() as u64) {
            Some(room) => {
                self.room = room;
                Text::Source(Box::new((source, problems)))
            }
            None => {
                let text = "was not examined: the files that may call mremap are too large together";
                Text::Unread(Box::new(Problem::new(source.path, ProblemKind::TooLarge, text)))
            }
        }
    }
}

impl Visitor for Unpacked<'_> {
    fn restart(&mut self) {
        *self = Unpacked::new(self.root, self.options, self.reader);
    }

    fn wants(&self, path: &Path) -> bool {
        let is_hidden = |part: Component| part.as_os_str().as_encoded_bytes().starts_with(b".");
        path.file_name().is_some_and(|name| language::by_name(name).is_some())
            && (self.options.hidden || !path.components().any(is_hidden))
            && !self.options.excludes(&self.root.join(path), false)
    }

    fn member(&mut self, member: Member) -> io::Result<()> {
        if member.kind == Kind::Folder || !self.wants(&member.path) {
            return Ok(());
        }
        let path = self.root.join(&member.path);
        if member.strange {
            let text = "has a name that leads out of the archive, and was examined under this one";
            self.problems.push(Problem::new(&path, ProblemKind::UnsafeName, text));
        }
        match member.kind {
            Kind::File => self.file(path, member.content)?,
            Kind::Link(target) => {
                let target = target.map(|target| without_dots(&target));
                self.links.insert(path, target);
            }
            Kind::Special => {
                let text = "is a device or a FIFO and was left out";
                self.problems.push(Problem::new(path, ProblemKind::NotAFile, text));
            }
            Kind::Folder => {}
        }
        Ok(())
    }

    fn complaint(&mut self, path: PathBuf, complaint: Complaint, text: String) {
        // Archives are named by their own path, members by that in the archive.
        let path = self.root.join(path);
        self.problems.push(Problem::new(path, kind_of(complaint), text));
    }
}

/// Looks at some members once more.
struct Again<'a> {
    root: &'a Path,
    paths: &'a [PathBuf],
    each: &'a mut dyn FnMut(usize, &[u8]),
    buffer: Vec<u8>,
}

impl Again<'_> {
    fn index(&self, path: &Path) -> Option<usize> {
        let path = self.root.join(path);
        self.paths.binary_search_by(|other| key(other).cmp(key(&path))).ok()
    }
}

impl Visitor for Again<'_> {
    fn restart(&mut self) {}

    fn wants(&self, path: &Path) -> bool {
        self.index(path).is_some()
    }

    fn member(&mut self, member: Member) -> io::Result<()> {
        if let (Kind::File, Some(index)) = (member.kind, self.index(&member.path)) {
            self.buffer.clear();
            member.content.take(MEMBER).read_to_end(&mut self.buffer)?;
            (self.each)(index, &self.buffer);
        }
        Ok(())
    }

    fn complaint(&mut self, _: PathBuf, _: Complaint, _: String) {}
}

/// The archives among the arguments, each once, and the other arguments.
pub(super) fn separate(options: &InputOptions) -> (Vec<Archive>, Vec<PathBuf>) {
    let (mut archives, mut rest) = (Vec::new(), Vec::new());
    let mut known: BTreeSet<PathBuf> = BTreeSet::new();
    for path in &options.paths {
        // Opening a FIFO could wait for ever.
        let may_be = path.is_file() && !(options.force_exclude && options.excludes(path, false));
        match may_be.then(|| Archive::open(path)) {
            Some(Ok(Some(archive))) => archives.extend(known.insert(resolve(path)).then_some(archive)),
            // What cannot be read is told when it is read.
            _ => rest.push(path.clone()),
        }
    }
    (archives, rest)
}
