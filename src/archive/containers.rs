//! Containers: tar, cpio, zip and RPM give their members, what is compressed is decompressed before.

use super::format::{Format, HEAD};
use super::limited::Meter;
use super::names::{clean, target};
use super::{Complaint, Kind, Member, Visitor, decompressed, rpm, zipped};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A zip archive inside of another archive is read into memory if it is not larger.
const NESTED_ZIP: u64 = 64 << 20;
/// Bytes that are read at once from a container that is not compressed.
const INPUT: usize = 64 << 10;

/// A reader in the middle of a file.
type Stream<'a> = Box<dyn Read + Send + 'a>;

/// An archive that is a file.
pub(super) fn file(mut file: File, meter: &Meter, visitor: &mut dyn Visitor) -> io::Result<()> {
    let mut head = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    let nesting = Nesting {
        prefix: PathBuf::new(),
        meter,
    };
    match Format::of(&head) {
        Some(Format::Zip) => zipped::read(BufReader::new(file), Path::new(""), meter, visitor),
        Some(format) if format.is_compressed() => nesting.compressed(decompressed::file(file, format, meter)?, visitor),
        Some(Format::Tar) => nesting.tar(meter.plain(nesting.buffered(file)), visitor),
        Some(Format::Rpm) => nesting.package(nesting.buffered(file), visitor),
        Some(_) | None => Err(io::Error::other("it is of no known kind")),
    }
}

/// Where a stream lies.
struct Nesting<'a> {
    /// What stands before the names of members.
    prefix: PathBuf,
    meter: &'a Meter,
}

impl Nesting<'_> {
    fn buffered(&self, file: File) -> impl Read + Send + 'static {
        BufReader::with_capacity(INPUT, self.meter.compressed(file))
    }

    /// What was compressed must be a tar archive.
    fn compressed<'a>(&self, stream: impl Read + Send + 'a, visitor: &mut dyn Visitor) -> io::Result<()> {
        match peeked(stream)? {
            (stream, Some(Format::Tar)) => self.tar(stream, visitor),
            _ => Err(io::Error::other("it is compressed, but holds no tar archive")),
        }
    }

    fn tar(&self, stream: impl Read, visitor: &mut dyn Visitor) -> io::Result<()> {
        let mut archive = tar::Archive::new(stream);
        for entry in archive.entries()? {
            let mut entry = entry?;
            self.meter.member()?;
            if entry.header().entry_type().is_gnu_sparse() {
                // The holes of a sparse file are not in the archive.
                self.meter
                    .holes(entry.size().saturating_sub(entry.header().entry_size()?))?;
            }
            let (path, strange) = clean(&entry.path_bytes());
            if let Some(kind) = kind_of(&entry, &path) {
                self.member(path, strange, kind, &mut entry, visitor)?;
            }
            // What comes next is a header, once the rest is skipped.
            skip(&mut entry)?;
            self.meter.between();
        }
        self.rest(archive.into_inner())
    }

    /// Reads what follows the last member: the sum of a compressed stream stands at its end.
    fn rest(&self, mut stream: impl Read) -> io::Result<()> {
        self.meter.rest();
        skip(&mut stream).map(|_| ())
    }

    /// An RPM package: a cpio archive whose members may be archives themselves.
    fn package(&self, mut stream: impl Read + Send, visitor: &mut dyn Visitor) -> io::Result<()> {
        rpm::skip_headers(&mut stream)?;
        let mut head = Vec::new();
        (&mut stream).take(HEAD).read_to_end(&mut head)?;
        let format = Format::of(&head);
        let stream = Cursor::new(head).chain(stream);
        let mut stream: Stream = match format {
            Some(Format::Cpio) => Box::new(self.meter.plain(stream)),
            Some(format) if format.is_compressed() => {
                let stream = decompressed::stream(stream, format, self.meter)?;
                Box::new(self.meter.plain(BufReader::with_capacity(INPUT, stream)))
            }
            _ => return Err(io::Error::other("its payload is of no known kind")),
        };
        loop {
            let mut entry = cpio::NewcReader::new(stream)?;
            if entry.entry().is_trailer() {
                return self.rest(entry.finish()?);
            }
            self.meter.member()?;
            let name = entry.entry().name().as_bytes().to_vec();
            // The upper bits of the mode are those of stat(2).
            if entry.entry().mode() & 0o170_000 == 0o100_000 {
                self.packed(&name, &mut entry, visitor)?;
            }
            skip(&mut entry)?;
            self.meter.between();
            stream = entry.finish()?;
        }
    }

    /// A member of a package: an archive is opened, but none that lies in it.
    fn packed(&self, name: &[u8], content: &mut (dyn Read + Send), visitor: &mut dyn Visitor) -> io::Result<()> {
        let mut head = Vec::new();
        (&mut *content).take(HEAD).read_to_end(&mut head)?;
        let format = Format::of(&head);
        let mut content = Cursor::new(head).chain(content);
        let (path, strange) = clean(name);
        let inner = Nesting {
            prefix: self.prefix.join(&path),
            meter: self.meter,
        };
        let read = match format {
            Some(Format::Zip) => inner.zip(content, visitor),
            Some(Format::Tar) => inner.tar(content, visitor),
            Some(format) if format.is_compressed() => {
                let stream = decompressed::stream(content, format, self.meter)?;
                inner.compressed(self.meter.plain(stream), visitor)
            }
            _ => return self.member(path, strange, Kind::File, &mut content, visitor),
        };
        match read {
            Err(error) if self.meter.is_hit() => Err(error),
            Err(error) => {
                let text = format!("cannot be read to its end: {error}");
                visitor.complaint(inner.prefix, Complaint::Unreadable, text);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// A zip archive inside of another archive.
    fn zip(&self, content: impl Read, visitor: &mut dyn Visitor) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.take(NESTED_ZIP + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > NESTED_ZIP {
            return Err(io::Error::other("it is too large to be read inside of another archive"));
        }
        zipped::read(Cursor::new(bytes), &self.prefix, self.meter, visitor)
    }

    fn member(
        &self,
        path: PathBuf,
        strange: bool,
        kind: Kind,
        content: &mut dyn Read,
        visitor: &mut dyn Visitor,
    ) -> io::Result<()> {
        visitor.member(Member {
            path: self.prefix.join(path),
            strange,
            kind,
            content,
        })
    }
}

/// What a tar entry with this path is; `None` if it is about other entries.
fn kind_of<R: Read>(entry: &tar::Entry<R>, path: &Path) -> Option<Kind> {
    let kind = entry.header().entry_type();
    Some(if kind.is_pax_global_extensions() {
        return None;
    } else if kind.is_dir() {
        Kind::Folder
    } else if kind.is_symlink() {
        Kind::Link(target(path, &entry.link_name_bytes()?))
    } else if kind.is_hard_link() {
        // Unlike that of a symbolic link it is a path from the archive's root.
        Kind::Link(Some(clean(&entry.link_name_bytes()?).0))
    } else if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
        Kind::Special
    } else {
        // tar(5): all that is not known is to be taken for a file.
        Kind::File
    })
}

fn skip(content: &mut impl Read) -> io::Result<u64> {
    io::copy(content, &mut io::sink())
}

/// What a stream is, and the stream from its beginning.
fn peeked<'a>(mut stream: impl Read + Send + 'a) -> io::Result<(Stream<'a>, Option<Format>)> {
    let mut head = Vec::new();
    (&mut stream).take(HEAD).read_to_end(&mut head)?;
    let format = Format::of(&head);
    Ok((Box::new(Cursor::new(head).chain(stream)), format))
}
