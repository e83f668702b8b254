//! Source text and places in it: files, spans, lines and columns, and problems met on the way.
//! Nothing here knows what a language is.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Index of a file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A half-open range of bytes of one file's decoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `file` from byte `start` to byte `end`. Offsets past 4 GiB are clipped; files that large are never read.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        let clip = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span {
            file,
            start: clip(start),
            end: clip(end),
        }
    }

    /// The bytes as a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies within this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// The language that a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// C.
    C,
    /// C++.
    Cpp,
    /// Rust.
    Rust,
}

/// One input file, decoded to UTF-8.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as the user would write it: below the argument that led to it.
    pub path: PathBuf,
    /// What the file is read as.
    pub language: Language,
    /// The text. Bytes that are not UTF-8 are read as Latin-1, one character each, so columns stay meaningful.
    pub text: String,
    lines: LineIndex,
}

impl SourceFile {
    /// Builds a file from its decoded text.
    pub fn new(path: PathBuf, language: Language, text: String) -> SourceFile {
        let lines = LineIndex::new(&text);
        SourceFile {
            path,
            language,
            text,
            lines,
        }
    }

    /// Whether all that is worked out of the other file holds for this one.
    pub fn is_same_as(&self, other: &SourceFile) -> bool {
        let is_alike = self.language == other.language && self.path == other.path;
        std::ptr::eq(self, other) || is_alike && self.text == other.text
    }

    /// Whether the file is made to be included by others, which then see what is private to it: a C or C++ header.
    pub fn is_included(&self) -> bool {
        let name = self.path.to_string_lossy();
        let extension = name.trim_end_matches(".in").rsplit('.').next();
        self.language != Language::Rust && !matches!(extension, Some("c" | "cc" | "cpp" | "cxx" | "c++" | "C"))
    }

    /// The text of a span of this file; empty if the span does not lie on character boundaries.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The line index.
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// Line and UTF-16 column of a byte offset, both counted from 1.
    pub fn position(&self, offset: u32) -> Position {
        self.lines.position(&self.text, offset as usize)
    }
}

/// A place as SARIF and editors count it: line from 1, column from 1 in UTF-16 code units (SARIF 2.1.0, 3.30.5 and 3.30.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 code units, from 1.
    pub column: u32,
}

/// Where lines start, and how many UTF-16 units lie before a byte, both without reading long lines from their start.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// UTF-16 units before each block of [`BLOCK`] bytes.
    units: Vec<u32>,
}

/// Bytes that are counted anew for each position.
const BLOCK: usize = 1024;

impl LineIndex {
    fn new(text: &str) -> LineIndex {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let blocks = text.as_bytes().chunks(BLOCK);
        let sums = blocks.scan(0, |sum, block| {
            let before = *sum;
            *sum += utf16_units(block);
            Some(before)
        });
        LineIndex {
            starts: std::iter::once(0).chain(ends.map(|at| at as u32 + 1)).collect(),
            units: sums.collect(),
        }
    }

    /// Line (from 1) that holds the byte.
    pub fn line(&self, offset: usize) -> u32 {
        self.starts.partition_point(|&start| start as usize <= offset) as u32
    }

    /// First byte of a line (from 1); lines past the end give the last start.
    pub fn start_of(&self, line: u32) -> usize {
        let index = (line.max(1) as usize - 1).min(self.starts.len() - 1);
        self.starts[index] as usize
    }

    fn position(&self, text: &str, offset: usize) -> Position {
        let line = self.line(offset);
        let before = |offset: usize| self.units_before(text.as_bytes(), offset);
        Position {
            line,
            column: before(offset) - before(self.start_of(line)) + 1,
        }
    }

    fn units_before(&self, text: &[u8], offset: usize) -> u32 {
        let offset = offset.min(text.len());
        let block = offset / BLOCK;
        // An offset at the very end may lie behind the last block.
        let Some(&whole) = self.units.get(block) else {
            return self
                .units
                .last()
                .map_or(0, |sum| sum + utf16_units(&text[(block - 1) * BLOCK..]));
        };
        whole + utf16_units(&text[block * BLOCK..offset])
    }
}

/// UTF-16 units of a part of UTF-8 text: a character counts where it begins, those of four bytes twice.
fn utf16_units(bytes: &[u8]) -> u32 {
    let units = |byte: &u8| u32::from(byte & 0xc0 != 0x80) + u32::from(*byte >= 0xf0);
    bytes.iter().map(units).sum()
}

/// All files of one unit, in path order.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Arc<SourceFile>>,
}

impl From<Vec<SourceFile>> for Sources {
    fn from(files: Vec<SourceFile>) -> Sources {
        files.into_iter().map(Arc::new).collect()
    }
}

impl FromIterator<Arc<SourceFile>> for Sources {
    fn from_iter<I: IntoIterator<Item = Arc<SourceFile>>>(files: I) -> Sources {
        Sources {
            files: files.into_iter().collect(),
        }
    }
}

impl Sources {
    /// Adds a file and returns its id.
    pub fn add(&mut self, file: impl Into<Arc<SourceFile>>) -> FileId {
        self.files.push(file.into());
        FileId(self.files.len() as u32 - 1)
    }

    /// The file of an id that this table gave out.
    ///
    /// # Panics
    /// If the id is that of another table and this one has fewer files.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        self.file(span.file).slice(span)
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, file)| (FileId(index as u32), &**file))
    }

    /// All files, to share them with other tables.
    pub fn files(&self) -> &[Arc<SourceFile>] {
        &self.files
    }
}

/// Something that could not be examined, or not wholly. It travels beside the findings into every format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or folder.
    pub path: PathBuf,
    /// Where in the file, if known: line from 1.
    pub line: Option<u32>,
    /// What happened.
    pub kind: ProblemKind,
    /// One sentence without the path, for people.
    pub text: String,
}

impl Problem {
    /// A problem of a file, folder or archive as a whole.
    pub fn new(path: impl Into<PathBuf>, kind: ProblemKind, text: impl Into<String>) -> Problem {
        Problem {
            path: path.into(),
            line: None,
            kind,
            text: text.into(),
        }
    }
}

/// The kinds of [`Problem`]; each is a SARIF notification descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The input could not be read. Exit code 2.
    Unreadable,
    /// The text could not be decoded. Exit code 2.
    Undecodable,
    /// The file is over the size limit and was not examined. Exit code 2.
    TooLarge,
    /// A file of a source package is not the one that its description names (size, checksum). Exit code 2.
    ChecksumMismatch,
    /// A patch of a source package does not fit; the file was examined without it.
    PatchNotApplied,
    /// A name in an archive leads out of it; the file was examined under another.
    UnsafeName,
    /// Neither a regular file nor a folder (FIFO, socket, device, dangling or looping link): left out.
    NotAFile,
    /// A limit of the analysis was hit; the calls concerned are `unproven-old-size`.
    LimitReached,
    /// A part could not be parsed; its calls were read from the tokens.
    Unparsable,
    /// The analyzer failed on this input (a bug); the rest went on.
    #[serde(rename = "internal-error")]
    Internal,
}

impl ProblemKind {
    /// All kinds, in the order of the SARIF descriptors.
    pub const ALL: [ProblemKind; 10] = [
        ProblemKind::Unreadable,
        ProblemKind::Undecodable,
        ProblemKind::TooLarge,
        ProblemKind::ChecksumMismatch,
        ProblemKind::PatchNotApplied,
        ProblemKind::UnsafeName,
        ProblemKind::NotAFile,
        ProblemKind::LimitReached,
        ProblemKind::Unparsable,
        ProblemKind::Internal,
    ];

    /// The stable id that formats print.
    pub fn id(self) -> &'static str {
        word(&self)
    }

    /// Whether the exit code must be 2: an input that could not be read or decoded, as against a limit of the analysis.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            ProblemKind::Unreadable
                | ProblemKind::Undecodable
                | ProblemKind::TooLarge
                | ProblemKind::ChecksumMismatch
                | ProblemKind::Internal
        )
    }
}

/// What serde calls a variant that holds nothing: the word for it in every format.
pub(crate) fn word(variant: &impl Serialize) -> &'static str {
    serde_variant::to_variant_name(variant).expect("only enums without data have words")
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units_in_long_lines_too() {
        let text = format!("é😀\n{}x\n\n", "aé😀".repeat(BLOCK));
        let file = SourceFile::new(PathBuf::from("a.c"), Language::C, text.clone());
        for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
            let expected = Position {
                line: text[..offset].matches('\n').count() as u32 + 1,
                column: text[start..offset].encode_utf16().count() as u32 + 1,
            };
            assert_eq!(file.position(offset as u32), expected, "{offset}");
        }
    }

    #[test]
    fn the_end_of_a_full_block_has_a_position() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let file = SourceFile::new(PathBuf::from("a.c"), Language::C, "x".repeat(length));
            assert_eq!(file.position(length as u32).column, length as u32 + 1);
            assert_eq!(file.position(u32::MAX).column, length as u32 + 1);
        }
    }
}
