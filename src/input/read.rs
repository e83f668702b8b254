//! One file → its text, if it holds the word.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::decode::{self, Decoded};
use super::language;
use super::prefilter::Words;
use crate::source::{Language, Problem, ProblemKind, SourceFile};

/// Most source files fit, so most take one read and one that meets the end; and it fits the processor's cache.
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
        self.problems.push(Problem::new(path, kind, text));
    }

    /// Puts all in the order of paths, whichever thread was first.
    pub fn sort(&mut self) {
        self.sources.sort_unstable_by(|a, b| key(&a.path).cmp(key(&b.path)));
        self.others.sort_unstable_by(|a, b| key(a).cmp(key(b)));
        self.links.sort_unstable_by(|a, b| key(a).cmp(key(b)));
        self.problems
            .sort_unstable_by(|a, b| key(&a.path).cmp(key(&b.path)).then_with(|| a.cmp(b)));
    }
}

/// What paths are sorted by: their bytes, the same on every machine, and faster than part by part.
pub(super) fn key(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

impl Reader {
    /// Reads a file through the thread's buffer and files it under what it turned out to be.
    pub fn read(&self, path: PathBuf, buffer: &mut Buffer, found: &mut Found) {
        match self.load(&path, buffer) {
            Ok(Load::Small(bytes)) => self.examine(path, bytes, found),
            Ok(Load::Large(bytes)) => self.examine(path, &bytes, found),
            Ok(Load::WithoutWord) => found.others.push(path),
            Ok(Load::TooLarge) => {
                let text = format!("is larger than {} bytes and was not examined", self.limit);
                found.problem(&path, ProblemKind::TooLarge, text);
            }
            Err(error) => found.problem(&path, ProblemKind::Unreadable, format!("cannot be read: {error}")),
        }
    }

    pub(super) fn load<'a>(&self, path: &Path, buffer: &'a mut Buffer) -> io::Result<Load<'a>> {
        let mut file = File::open(path)?;
        let length = buffer.fill(&mut file, 0)?;
        if length < buffer.bytes.len() {
            return Ok(if length as u64 > self.limit {
                Load::TooLarge
            } else {
                Load::Small(&buffer.bytes[..length])
            });
        }
        // A large file goes through the buffer piece by piece: most hold no word, and memory that the processor's cache
        // does not hold is slow.
        if file.metadata()?.len() > self.limit {
            return Ok(Load::TooLarge);
        }
        if decode::is_searchable(&buffer.bytes) && !self.are_in_rest(&mut file, buffer)? {
            return Ok(Load::WithoutWord);
        }
        file.rewind()?;
        let mut bytes = Vec::new();
        file.take(self.limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(if bytes.len() as u64 > self.limit {
            Load::TooLarge
        } else {
            Load::Large(bytes)
        })
    }

    /// Whether a word stands in the full buffer or in what follows it in the file.
    fn are_in_rest(&self, file: &mut File, buffer: &mut Buffer) -> io::Result<bool> {
        let total = buffer.bytes.len();
        let mut length = total;
        loop {
            if self.words.are_in(&buffer.bytes[..length]) {
                return Ok(true);
            }
            if length < total {
                return Ok(false);
            }
            let kept = self.words.longest().min(total / 2);
            buffer.bytes.copy_within(total - kept.., 0);
            length = buffer.fill(file, kept)?;
        }
    }

    /// Files the bytes of a file.
    pub fn examine(&self, path: PathBuf, bytes: &[u8], found: &mut Found) {
        match self.with_word(path, bytes, found) {
            Ok(source) => found.sources.push(source),
            Err(path) => found.others.push(path),
        }
    }

    /// The file that these bytes make if a word stands in it; otherwise its path.
    pub fn with_word(&self, path: PathBuf, bytes: &[u8], found: &mut Found) -> Result<SourceFile, PathBuf> {
        if decode::is_searchable(bytes) && !self.words.are_in(bytes) {
            return Err(path);
        }
        let source = self.source(path, bytes, found);
        if self.words.are_in(source.text.as_bytes()) {
            Ok(source)
        } else {
            Err(source.path)
        }
    }

    /// The file that these bytes make.
    pub fn source(&self, path: PathBuf, bytes: &[u8], found: &mut Found) -> SourceFile {
        let Decoded { text, lossy } = decode::decode(bytes);
        if lossy {
            found.problem(
                &path,
                ProblemKind::Undecodable,
                "holds bytes that its encoding does not allow".into(),
            );
        }
        let name = path.file_name().unwrap_or(OsStr::new(""));
        let language = self.language.unwrap_or_else(|| language::of(name, &text));
        SourceFile::new(path, language, text)
    }
}

/// What became of a file.
pub(super) enum Load<'a> {
    /// All of it, in the buffer.
    Small(&'a [u8]),
    /// All of it; it holds a word or must be decoded to tell.
    Large(Vec<u8>),
    /// It was seen whole.
    WithoutWord,
    /// It was not.
    TooLarge,
}

/// The bytes of one file, or of a piece of it, after the other.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
}

impl Default for Buffer {
    fn default() -> Buffer {
        Buffer { bytes: vec![0; USUAL] }
    }
}

impl Buffer {
    /// Reads until the buffer is full or the file at its end, which the length of what the buffer then holds tells apart.
    fn fill(&mut self, file: &mut File, mut length: usize) -> io::Result<usize> {
        while length < self.bytes.len() {
            match file.read(&mut self.bytes[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(length)
    }
}
