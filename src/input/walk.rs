//! Directories and named files → their text, on all threads, with the outcome put in order at the end.
//!
//! Links to folders are not followed unless named: their files are met where they are, and loops cannot arise. A link to a
//! file is read once all else is known, if nothing else led to the same file.

use std::collections::BTreeSet;
use std::fs::{self, FileType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::plan::Plan;
use super::read::{Buffer, Found, Reader, key};
use super::{InputOptions, Unit, language};
use crate::archive::Archive;
use crate::source::{ProblemKind, SourceFile};

/// Reads all that a plan names.
pub(super) fn unit(mut plan: Plan, options: &InputOptions, reader: &Reader) -> Unit {
    let mut found = walk(&plan, options, reader);
    let buffers = (!plan.buffers.is_empty()).then(|| add_buffers(&mut plan, options, reader, &mut found));
    found.sort();
    let links = std::mem::take(&mut found.links);
    if !links.is_empty() {
        read_links(links, &plan, options, reader, &mut found);
        found.sort();
    }
    if let Some(buffers) = &buffers {
        // Of the files around them only those are spoken of that the user has named.
        let named: BTreeSet<PathBuf> = plan.starts.iter().cloned().map(without_dot).collect();
        let is_told = |path: &PathBuf| named.contains(path) || buffers.contains(path);
        found.problems.retain(|problem| is_told(&problem.path));
    }
    Unit {
        root: plan.root,
        sources: found.sources.into(),
        others: found.others,
        problems: found.problems,
        buffers,
        ..Unit::default()
    }
}

/// Adds the buffers to the sources, whether they hold the word or not: they may call what leads to it in another file.
fn add_buffers(plan: &mut Plan, options: &InputOptions, reader: &Reader, found: &mut Found) -> BTreeSet<PathBuf> {
    let mut added = BTreeSet::new();
    for buffer in std::mem::take(&mut plan.buffers) {
        let path = without_dot(buffer.path);
        if !(options.force_exclude && options.excludes(&path, false)) {
            let source = reader.source(path.clone(), &buffer.bytes, found);
            found.sources.push(source);
            added.insert(path);
        }
    }
    added
}

/// Puts the texts that stand for files of a unit by now in the place of those that stood for them.
pub(super) fn renew_buffers(unit: &mut Unit, options: &InputOptions, reader: &Reader) {
    let mut sources: Vec<Arc<SourceFile>> = unit.sources.files().to_vec();
    for buffer in options.buffers.iter() {
        let path = without_dot(buffer.path.clone());
        let Some(source) = sources.iter_mut().find(|source| source.path == path) else {
            continue;
        };
        let mut found = Found::default();
        let new = reader.source(path.clone(), &buffer.bytes, &mut found);
        if !new.is_same_as(source) {
            unit.problems.retain(|problem| problem.path != path);
            unit.problems.append(&mut found.problems);
            *source = Arc::new(new);
        }
    }
    unit.sources = sources.into_iter().collect();
}

fn walk(plan: &Plan, options: &InputOptions, reader: &Reader) -> Found {
    let mut starts = plan.starts.iter();
    let Some(first) = starts.next() else {
        return Found::default();
    };
    let mut builder = WalkBuilder::new(first);
    for start in starts {
        builder.add(start);
    }
    builder.standard_filters(!options.no_ignore);
    // What is examined depends on the tree, not on whose machine it lies: the user's own ignore file is not asked.
    builder.git_global(false).hidden(!options.hidden).threads(options.jobs);
    builder.max_depth(options.flat.then_some(1));
    let total = Mutex::new(Found::default());
    builder.build_parallel().visit(&mut Visitors {
        plan,
        options,
        reader,
        total: &total,
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

struct Visitors<'a> {
    plan: &'a Plan,
    options: &'a InputOptions,
    reader: &'a Reader,
    total: &'a Mutex<Found>,
}

impl<'a> ParallelVisitorBuilder<'a> for Visitors<'a> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 'a> {
        let Visitors {
            plan,
            options,
            reader,
            total,
        } = *self;
        Box::new(Visitor {
            plan,
            options,
            reader,
            total,
            buffer: Buffer::default(),
            found: Found::default(),
        })
    }
}

/// One thread of the walk.
struct Visitor<'a> {
    plan: &'a Plan,
    options: &'a InputOptions,
    reader: &'a Reader,
    total: &'a Mutex<Found>,
    buffer: Buffer,
    found: Found,
}

impl ParallelVisitor for Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            _ if self.options.deadline.is_over() => return WalkState::Quit,
            Ok(entry) if self.is_excluded(&entry) => return WalkState::Skip,
            Ok(entry) if entry.depth() == 0 => self.named(entry.into_path()),
            Ok(entry) if self.plan.is_start(entry.path()) => return WalkState::Skip,
            Ok(entry) => self.met(entry),
            Err(error) => {
                let (path, text) = explain(error);
                let path = path.unwrap_or_else(|| self.plan.root.clone());
                self.found.problem(
                    &without_dot(path),
                    ProblemKind::Unreadable,
                    format!("cannot be read: {text}"),
                );
            }
        }
        WalkState::Continue
    }
}

impl Visitor<'_> {
    fn is_excluded(&self, entry: &DirEntry) -> bool {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        (entry.depth() > 0 || self.options.force_exclude) && self.options.excludes(entry.path(), is_folder)
    }

    /// An argument. Unlike what a walk meets it was asked for: if it cannot be read, the run has failed.
    fn named(&mut self, path: PathBuf) {
        let metadata = fs::metadata(&path);
        let is_link = self.plan.is_tree() && path.is_symlink();
        let path = without_dot(path);
        match metadata {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) if is_link => self.found.links.push(path),
            Ok(metadata) if metadata.is_file() => match Archive::open(&path) {
                Err(error) => self
                    .found
                    .problem(&path, ProblemKind::Unreadable, format!("cannot be read: {error}")),
                Ok(_) => self.reader.read(path, &mut self.buffer, &mut self.found),
            },
            // Opening a FIFO could wait for ever.
            Ok(metadata) => {
                let text = format!("is {} and was not read", name_of(metadata.file_type()));
                self.found.problem(&path, ProblemKind::Unreadable, text);
            }
            Err(error) => self
                .found
                .problem(&path, ProblemKind::Unreadable, format!("cannot be read: {error}")),
        }
    }

    /// Something below a folder.
    fn met(&mut self, entry: DirEntry) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() || language::by_name(entry.file_name()).is_none() {
            return;
        }
        let path = without_dot(entry.into_path());
        self.options.progress.file();
        if kind.is_file() && self.options.buffers.hold(&path) {
            // The text that stands for it is added when the walk is done.
        } else if kind.is_file() {
            self.reader.read(path, &mut self.buffer, &mut self.found);
        } else if kind.is_symlink() {
            self.found.links.push(path);
        } else {
            self.found.problem(
                &path,
                ProblemKind::NotAFile,
                format!("is {} and was left out", name_of(kind)),
            );
        }
    }
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        self.total
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .absorb(&mut self.found);
    }
}

/// `./a/b.c`, which a walk of the current directory gives, is `a/b.c` to users.
fn without_dot(path: PathBuf) -> PathBuf {
    if key(&path).starts_with(b"./") {
        return path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path);
    }
    path
}

/// Reads the files that only a link leads to. `found` is sorted.
fn read_links(links: Vec<PathBuf>, plan: &Plan, options: &InputOptions, reader: &Reader, found: &mut Found) {
    let mut buffer = Buffer::default();
    let mut targets: BTreeSet<PathBuf> = BTreeSet::new();
    let is_read = |target: &Path, found: &Found| options.buffers.hold_resolved(target) || is_known(target, plan, found);
    let mut fresh = Found::default();
    for link in links {
        match link.canonicalize() {
            Ok(target) if target.is_dir() || targets.contains(&target) || is_read(&target, found) => {}
            Ok(target) if target.is_file() => {
                reader.read(link, &mut buffer, &mut fresh);
                targets.insert(target);
            }
            Ok(_) => fresh.problem(
                &link,
                ProblemKind::NotAFile,
                "is a link to something that is no file".into(),
            ),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                fresh.problem(&link, ProblemKind::Unreadable, format!("cannot be read: {error}"));
            }
            Err(error) => fresh.problem(
                &link,
                ProblemKind::NotAFile,
                format!("is a link that leads nowhere: {error}"),
            ),
        }
    }
    found.absorb(&mut fresh);
}

/// Whether the walk or an argument led to the file already.
fn is_known(target: &Path, plan: &Plan, found: &Found) -> bool {
    let Ok(below) = target.strip_prefix(&plan.real_root) else {
        return false;
    };
    let path = without_dot(plan.root.join(below));
    found
        .others
        .binary_search_by(|other| key(other).cmp(key(&path)))
        .is_ok()
        || found
            .sources
            .binary_search_by(|source| key(&source.path).cmp(key(&path)))
            .is_ok()
}

fn name_of(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a FIFO";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "no file" }
}

/// The path and the bare reason of a walk's error.
fn explain(error: ignore::Error) -> (Option<PathBuf>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path), explain(*err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => explain(*err),
        ignore::Error::Loop { child, .. } => (Some(child), "the folder contains itself".into()),
        ignore::Error::Io(error) => (None, error.to_string()),
        other => (None, other.to_string()),
    }
}
