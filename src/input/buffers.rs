//! Texts that stand for files: what editors show and have not saved yet.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::paths::resolve;

/// Texts by the files that they stand for. A file need not exist.
#[derive(Clone, Debug, Default)]
pub struct Buffers {
    by_file: BTreeMap<PathBuf, Buffer>,
    /// The names of the files without their folders.
    names: BTreeSet<OsString>,
}

/// One text.
#[derive(Clone, Debug)]
pub(super) struct Buffer {
    /// The file as the user names it; it is reported so.
    pub path: PathBuf,
    pub bytes: Arc<[u8]>,
}

impl Buffers {
    /// Adds a text. A later one for the same file takes its place.
    pub fn insert(&mut self, path: PathBuf, bytes: impl Into<Arc<[u8]>>) {
        let file = resolve(&path);
        self.names.extend(file.file_name().map(OsString::from));
        let bytes = bytes.into();
        self.by_file.insert(file, Buffer { path, bytes });
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_file.is_empty()
    }

    /// The files as the user names them.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.iter().map(|buffer| buffer.path.as_path())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Buffer> {
        self.by_file.values()
    }

    /// Whether a text stands for this file, which is no link. Asked of every file of a walk: only for one with the right name
    /// the file system is asked where it really is.
    pub(super) fn hold(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| self.names.contains(name)) && self.hold_resolved(&resolve(path))
    }

    /// Whether a text stands for the file with this path, which has no links in it.
    pub(super) fn hold_resolved(&self, path: &Path) -> bool {
        self.by_file.contains_key(path)
    }
}
