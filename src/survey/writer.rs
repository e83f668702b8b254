//! The journal as a file: what is in it already, and lines that are added whole.
//!
//! A line is written at once and is on the disk before the next package's. Whatever ends the program leaves whole lines and,
//! at most, the beginning of one, which the next run cuts off.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;

use crate::journal::Line;

/// What every line begins with.
const START: &[u8] = br#"{"type":"package","name":""#;

/// An open journal. No other run can have it open at the same time.
#[derive(Debug)]
pub struct Journal {
    file: File,
    /// By input, what its last line holds for.
    known: BTreeMap<String, Key>,
}

/// What a line holds for: as long as all of it is the same, the package need not be examined again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub digest: Option<String>,
    pub tool_version: String,
    pub settings: String,
}

impl Journal {
    /// Opens a journal, or makes an empty one. The beginning of a line at its end is cut off.
    ///
    /// # Errors
    /// If the file is no journal, is in use, or cannot be read or written: a predicate without final stop. A file that is no
    /// journal is left as it is.
    pub fn open(path: &Path) -> Result<Journal, String> {
        let cannot = |error: io::Error| format!("cannot be opened: {error}");
        let is_new = !path.exists();
        if !is_new && !path.is_file() {
            return Err("is no regular file".to_owned());
        }
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err("is in use by another run".to_owned()),
            // Some file systems of clusters have no locks. There each run has its own journal all the same.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        if is_new {
            keep_name(path);
        }
        let mut journal = Journal {
            file,
            known: BTreeMap::new(),
        };
        let whole = journal.read()?;
        let cannot = |error: io::Error| format!("cannot be written: {error}");
        if journal.file.metadata().map_err(cannot)?.len() > whole {
            journal.file.set_len(whole).map_err(cannot)?;
            journal.file.sync_data().map_err(cannot)?;
        }
        Ok(journal)
    }

    /// Reads all lines; returns how many bytes they are.
    fn read(&mut self) -> Result<u64, String> {
        let cannot = |error: io::Error| format!("cannot be read: {error}");
        self.file.seek(SeekFrom::Start(0)).map_err(cannot)?;
        let mut reader = BufReader::new(&self.file);
        let (mut whole, mut number) = (0, 0);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).map_err(cannot)? > 0 {
            number += 1;
            let line = bytes.strip_suffix(b"\n").ok_or("ends within a line");
            let line = line.map_err(str::to_owned).and_then(parse);
            match line {
                Ok(line) => {
                    whole += bytes.len() as u64;
                    self.known.insert(line.input.clone(), Key::of(&line));
                }
                Err(_) if looks_torn(&bytes) && reader.fill_buf().map_err(cannot)?.is_empty() => break,
                Err(text) => return Err(format!("is no journal: line {number} {text}")),
            }
            bytes.clear();
        }
        Ok(whole)
    }

    /// Whether the last line of an input still holds.
    pub(super) fn holds(&self, input: &str, key: &Key) -> bool {
        self.known.get(input) == Some(key)
    }

    /// Adds a line. When this returns, it is on the disk.
    pub(super) fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = Vec::new();
        line.write(&mut bytes)?;
        self.file.write_all(&bytes)?;
        self.file.sync_data()
    }
}

impl Key {
    fn of(line: &Line) -> Key {
        Key {
            digest: line.digest.clone(),
            tool_version: line.tool_version.clone(),
            settings: line.settings.clone(),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Line, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    Line::parse(text)
}

/// Whether bytes are what a loss of power may leave of a line: its beginning, or zeros where some of it never got to the
/// disk.
fn looks_torn(bytes: &[u8]) -> bool {
    let same = bytes.len().min(START.len());
    bytes[..same] == START[..same] || bytes.first() == Some(&0)
}

/// Brings a new file's name to the disk, where that can be done.
fn keep_name(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
}
