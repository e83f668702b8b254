//! Archives that want to do harm: no panic, no hang, bounded memory; what was read before counts, and what could not be
//! read is told.

mod command;
mod damaged;
mod kinds;
mod lies;
mod limits;

use mremap_lint::inside::archive::{self, Amount, Broken, Complaint, Kind, Member, Visitor};
use mremap_lint::scan::ArchiveLimits as Limits;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What a visitor has seen.
#[derive(Debug, Default)]
struct Seen {
    /// Names, and the bytes of their content.
    files: Vec<(String, Vec<u8>)>,
    strange: Vec<String>,
    special: Vec<String>,
    /// Links, and where they lead below the archive.
    links: Vec<(String, Option<PathBuf>)>,
    unreadable: Vec<(String, String)>,
}

impl Seen {
    fn names(&self) -> Vec<&str> {
        self.files.iter().map(|(name, _)| name.as_str()).collect()
    }
}

impl Visitor for Seen {
    fn restart(&mut self) {
        panic!("nothing here is read twice");
    }

    fn wants(&self, _: &Path) -> bool {
        true
    }

    fn member(&mut self, member: Member) -> io::Result<()> {
        let name = member.path.to_string_lossy().into_owned();
        if member.strange {
            self.strange.push(name.clone());
        }
        match member.kind {
            Kind::File => {}
            Kind::Folder => return Ok(()),
            Kind::Link(target) => {
                self.links.push((name, target));
                return Ok(());
            }
            Kind::Special => {
                self.special.push(name);
                return Ok(());
            }
        }
        let mut content = Vec::new();
        // More than this is no source file.
        member.content.take(1 << 20).read_to_end(&mut content)?;
        self.files.push((name, content));
        Ok(())
    }

    fn complaint(&mut self, path: PathBuf, _: Complaint, text: String) {
        self.unreadable.push((path.to_string_lossy().into_owned(), text));
    }
}

/// What reading an archive gave.
struct Outcome {
    seen: Seen,
    amount: Amount,
    result: Result<(), Broken>,
}

impl Outcome {
    /// What was wrong with the whole; empty if nothing was.
    fn trouble(&self) -> &str {
        self.result.as_ref().err().map_or("", |broken| &broken.text)
    }

    /// The limit that was hit; empty if none was.
    fn limit(&self) -> &str {
        self.result
            .as_ref()
            .err()
            .filter(|broken| broken.limit)
            .map_or("", |broken| &broken.text)
    }

    /// Whether something is told, of the whole or of a member.
    fn complains(&self) -> bool {
        self.result.is_err() || !self.seen.unreadable.is_empty()
    }
}

fn read_within(bytes: &[u8], limits: &Limits) -> Outcome {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("the file is ours");
    let mut seen = Seen::default();
    let (amount, result) = archive::read(file.path(), limits, &mut seen);
    Outcome { seen, amount, result }
}

fn read(bytes: &[u8]) -> Outcome {
    read_within(bytes, &Limits::default())
}
