//! One file → its text, if it holds the word.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::decode::{self, Decoded};
use super::language;
use super::prefilter::Words;
use crate::source::{Language, Problem, ProblemKind, SourceFile};

/// Most source files fit, so most take one read and one that meets the end.
const USUAL: usize = 128 << 10;

/// How files are read, the same for all.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub words: Words,
    /// Overrides names and content.
    pub language: Option<Language>,
    /// Larger files are not read.
    pub limit: u64,
}

/// What reading gave; each thread fills its own.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub sources: Vec<SourceFile>,
    pub others: Vec<PathBuf>,
    pub problems: Vec<Problem>,
    /// Links with the name of a source file; where they lead is looked at when all else is known.
    pub links: Vec<PathBuf>,
}

impl Found {
    pub fn absorb(&mut self, other: &mut Found) {
        self.sources.append(&mut other.sources);
        self.others.append(&mut other.others);
        self.problems.append(&mut other.problems);
        self.links.append(&mut other.links);
    }

    pub fn problem(&mut self, path: &Path, kind: ProblemKind, text: String) {
        self.problems.push(Problem {
            path: path.to_path_buf(),
            line: None,
            kind,
            text,
        });
    }
}

impl Reader {
    /// Reads a file through the thread's buffer and files it under what it turned out to be.
    pub fn read(&self, path: PathBuf, buffer: &mut Buffer, found: &mut Found) {
        match buffer.fill(&path, self.limit) {
            Ok(Some(bytes)) => self.examine(path, bytes, found),
            Ok(None) => {
                let text = format!("is larger than {} bytes and was not examined", self.limit);
                found.problem(&path, ProblemKind::TooLarge, text);
            }
            Err(error) => found.problem(&path, ProblemKind::Unreadable, format!("cannot be read: {error}")),
        }
        buffer.shrink();
    }

    /// Files bytes that are in memory.
    pub fn examine(&self, path: PathBuf, bytes: &[u8], found: &mut Found) {
        if decode::is_searchable(bytes) && !self.words.are_in(bytes) {
            found.others.push(path);
            return;
        }
        let Decoded { text, lossy } = decode::decode(bytes);
        if lossy {
            found.problem(
                &path,
                ProblemKind::Undecodable,
                "holds bytes that its encoding does not allow".into(),
            );
        }
        if self.words.are_in(text.as_bytes()) {
            let name = path.file_name().unwrap_or(OsStr::new(""));
            let language = self.language.unwrap_or_else(|| language::of(name, &text));
            found.sources.push(SourceFile::new(path, language, text));
        } else {
            found.others.push(path);
        }
    }
}

/// The bytes of one file after the other.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
}

impl Buffer {
    /// The whole file, or nothing if it is over the limit.
    fn fill(&mut self, path: &Path, limit: u64) -> std::io::Result<Option<&[u8]>> {
        let mut file = File::open(path)?;
        let mut length = 0;
        loop {
            if length == self.bytes.len() {
                // Only files over the usual size are asked for theirs: for all others that would be one call for nothing.
                let expected = if length == 0 {
                    0
                } else {
                    usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX)
                };
                if expected as u64 > limit {
                    return Ok(None);
                }
                self.bytes
                    .resize(expected.saturating_add(1).max(2 * length).max(USUAL), 0);
            }
            match file.read(&mut self.bytes[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if length as u64 > limit {
                return Ok(None);
            }
        }
        Ok(Some(&self.bytes[..length]))
    }

    /// Gives back what an unusually large file took.
    fn shrink(&mut self) {
        if self.bytes.len() > 8 * USUAL {
            self.bytes.truncate(USUAL);
            self.bytes.shrink_to_fit();
        }
    }
}
