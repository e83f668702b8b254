//! Zip archives, by their central directory.

use super::limited::Meter;
use super::names;
use super::{Complaint, Kind, Member, Visitor};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Members of a zip archive at most: the reader keeps the whole directory, some 400 bytes for each.
const MEMBERS: u64 = 200_000;
/// Bytes of a link's target at most.
const TARGET: u64 = 4096;

/// Reads all members. `prefix` stands before their names.
pub(super) fn read<R: Read + Seek>(
    mut file: R,
    prefix: &Path,
    meter: &Meter,
    visitor: &mut dyn Visitor,
) -> io::Result<()> {
    let size = file.seek(SeekFrom::End(0))?;
    let told = members(&mut file, size)?;
    if told > meter.limits().members.min(MEMBERS) {
        return Err(meter.too_many());
    }
    file.seek(SeekFrom::Start(0))?;
    // All of it may have to be read.
    meter.count_compressed(size);
    let mut archive = ::zip::ZipArchive::new(file)?;
    for index in 0..archive.len() {
        let raw = archive.by_index_raw(index);
        let name = raw.map(|raw| raw.name_raw().to_vec()).unwrap_or_default();
        let (path, strange) = names::clean(&name);
        let path = prefix.join(path);
        let read = match archive.by_index(index) {
            Ok(entry) => {
                meter.member()?;
                member(entry, path.clone(), strange, meter, visitor)
            }
            Err(error) => Err(error.into()),
        };
        match read {
            Err(error) if meter.is_hit() => return Err(error),
            Err(error) => visitor.complaint(path, Complaint::Unreadable, format!("cannot be read: {error}")),
            Ok(()) => {}
        }
    }
    // The reader knows members by their names.
    match told.saturating_sub(archive.len() as u64) {
        0 => Ok(()),
        lost => Err(io::Error::other(format!("{lost} members have the name of another one"))),
    }
}

fn member<R: Read>(
    entry: ::zip::read::ZipFile<R>,
    path: PathBuf,
    strange: bool,
    meter: &Meter,
    visitor: &mut dyn Visitor,
) -> io::Result<()> {
    let (is_folder, is_link) = (entry.is_dir(), entry.is_symlink());
    let mut content = meter.plain(entry);
    let kind = if is_folder {
        Kind::Folder
    } else if is_link {
        let mut target = Vec::new();
        (&mut content).take(TARGET).read_to_end(&mut target)?;
        Kind::Link(names::target(&path, &target))
    } else {
        Kind::File
    };
    visitor.member(Member {
        path,
        strange,
        kind,
        content: &mut content,
    })
}

/// The number of members that the end of a zip archive tells; 0 where it is not found.
fn members<R: Read + Seek>(file: &mut R, size: u64) -> io::Result<u64> {
    /// The record at the end with the longest comment, and before it the two of large archives.
    const TAIL: u64 = 22 + 0xffff + 20 + 56;
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let last = |mark: &[u8]| tail.windows(4).rposition(|window| window == mark);
    let small = last(b"PK\x05\x06").and_then(|at| tail.get(at + 10..at + 12)?.try_into().ok());
    let large = last(b"PK\x06\x06").and_then(|at| tail.get(at + 32..at + 40)?.try_into().ok());
    let small = u64::from(small.map_or(0, u16::from_le_bytes));
    let large = large.map(u64::from_le_bytes);
    Ok(match large {
        // The small field holds no number.
        Some(large) if small == u64::from(u16::MAX) => large,
        large => large.unwrap_or(0).max(small),
    })
}
