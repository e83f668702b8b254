//! Streams of containers: what is compressed is decompressed, tar, cpio, zip and RPM give their members.

use super::format::{Format, HEAD};
use super::limited::Meter;
use super::xz::Xz;
use super::{Member, Visitor, rpm};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Memory that decompressing one stream may take. xz's largest preset needs 65 MiB.
const DECODER: u64 = 128 << 20;
/// A zip archive inside of another archive is read into memory if it is not larger.
const NESTED_ZIP: u64 = 64 << 20;

type Stream<'a> = Box<dyn Read + 'a>;

/// An archive that is a file.
pub(super) fn file(mut file: File, meter: &Meter, visitor: &mut dyn Visitor) -> io::Result<()> {
    let mut head = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    match Format::of(&head) {
        Some(Format::Zip) => zip(BufReader::new(file), Path::new(""), meter, visitor),
        format => {
            let stream = BufReader::with_capacity(1 << 16, meter.compressed(file));
            let mut nesting = Nesting {
                prefix: PathBuf::new(),
                meter,
                inside_package: false,
            };
            nesting.stream(Box::new(stream), format, visitor)
        }
    }
}

/// Where a stream lies.
struct Nesting<'a> {
    /// What stands before the names of members.
    prefix: PathBuf,
    meter: &'a Meter,
    /// The stream is a member of a package; no further archive in it is opened.
    inside_package: bool,
}

impl Nesting<'_> {
    fn stream(&mut self, stream: Stream, format: Option<Format>, visitor: &mut dyn Visitor) -> io::Result<()> {
        match format {
            Some(format) if format.is_compressed() => {
                let stream = self.meter.plain(decompressed(stream, format, self.meter)?);
                let (stream, format) = peeked(Box::new(stream))?;
                match format {
                    Some(Format::Tar) => self.tar(stream, visitor),
                    _ => Err(io::Error::other("it is compressed, but holds no tar archive")),
                }
            }
            Some(Format::Tar) => {
                let stream = self.meter.plain(stream);
                self.tar(Box::new(stream), visitor)
            }
            Some(Format::Rpm) if !self.inside_package => self.package(stream, visitor),
            _ => Err(io::Error::other("it is of no known kind")),
        }
    }

    fn tar(&self, stream: Stream, visitor: &mut dyn Visitor) -> io::Result<()> {
        let mut archive = tar::Archive::new(stream);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let kind = entry.header().entry_type();
            let name = entry.path_bytes().into_owned();
            // Also what is no file may have content, which is skipped.
            self.meter.member()?;
            if kind.is_gnu_sparse() {
                // The holes of a sparse file are not in the archive.
                self.meter
                    .holes(entry.size().saturating_sub(entry.header().entry_size()?))?;
            }
            let special = kind.is_character_special() || kind.is_block_special() || kind.is_fifo();
            let is_link = kind.is_hard_link() || kind.is_symlink();
            // A kind that nobody knows is a regular file, says POSIX.
            if !(is_link || kind.is_dir() || kind.is_pax_global_extensions()) {
                self.member(&name, special, &mut entry, visitor)?;
            }
            io::copy(&mut entry, &mut io::sink())?;
            self.meter.between();
        }
        // The sum of a compressed stream stands at its end.
        self.meter.rest();
        io::copy(&mut archive.into_inner(), &mut io::sink()).map(|_| ())
    }

    /// An RPM package: a cpio archive whose members may be archives themselves.
    fn package(&mut self, mut stream: Stream, visitor: &mut dyn Visitor) -> io::Result<()> {
        rpm::skip_headers(&mut stream)?;
        let (stream, format) = peeked(stream)?;
        let stream: Stream = match format {
            Some(Format::Cpio) => Box::new(self.meter.plain(stream)),
            Some(format) if format.is_compressed() => {
                Box::new(self.meter.plain(decompressed(stream, format, self.meter)?))
            }
            _ => return Err(io::Error::other("its payload is of no known kind")),
        };
        let mut stream = stream;
        loop {
            let mut entry = cpio::NewcReader::new(stream)?;
            if entry.entry().is_trailer() {
                self.meter.rest();
                return io::copy(&mut entry.finish()?, &mut io::sink()).map(|_| ());
            }
            self.meter.member()?;
            let name = entry.entry().name().as_bytes().to_vec();
            // The upper bits of the mode are those of stat(2).
            if entry.entry().mode() & 0o170_000 == 0o100_000 {
                self.packed(&name, &mut entry, visitor)?;
            }
            io::copy(&mut entry, &mut io::sink())?;
            self.meter.between();
            stream = entry.finish()?;
        }
    }

    /// A member of a package: an archive is opened.
    fn packed(&mut self, name: &[u8], content: &mut dyn Read, visitor: &mut dyn Visitor) -> io::Result<()> {
        let (mut content, format) = peeked(Box::new(content))?;
        let Some(format) = format else {
            return self.member(name, false, &mut content, visitor);
        };
        let path = self.prefix.join(clean(name).0);
        let read = if format == Format::Zip {
            let mut bytes = Vec::new();
            content.take(NESTED_ZIP + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > NESTED_ZIP {
                Err(io::Error::other("it is too large to be read inside of another archive"))
            } else {
                zip(Cursor::new(bytes), &path, self.meter, visitor)
            }
        } else {
            let mut nesting = Nesting {
                prefix: path.clone(),
                meter: self.meter,
                inside_package: true,
            };
            nesting.stream(content, Some(format), visitor)
        };
        match read {
            Err(error) if self.meter.is_hit() => Err(error),
            Err(error) => {
                visitor.unreadable(path, format!("cannot be read to its end: {error}"));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn member(&self, name: &[u8], special: bool, content: &mut dyn Read, visitor: &mut dyn Visitor) -> io::Result<()> {
        let (path, strange) = clean(name);
        let path = self.prefix.join(path);
        visitor.member(Member {
            path,
            strange,
            special,
            content,
        })
    }
}

fn zip<R: Read + Seek>(mut file: R, prefix: &Path, meter: &Meter, visitor: &mut dyn Visitor) -> io::Result<()> {
    let size = file.seek(SeekFrom::End(0))?;
    // The reader keeps an entry for each member, of which each takes at least 46 bytes in the file.
    let told = entries_of_zip(&mut file, size)?;
    let most = size / 46;
    if most.min(told.unwrap_or(most)) > meter.limits().members {
        return Err(meter.too_many());
    }
    file.seek(SeekFrom::Start(0))?;
    // All of it may have been read to decompress it.
    let _ = io::copy(&mut meter.compressed(io::repeat(0).take(size)), &mut io::sink());
    let mut archive = ::zip::ZipArchive::new(file)?;
    for index in 0..archive.len() {
        let name = archive
            .by_index_raw(index)
            .map(|raw| raw.name_raw().to_vec())
            .unwrap_or_default();
        let mut entry = match archive.by_index(index) {
            Ok(entry) => entry,
            Err(error) => {
                visitor.unreadable(prefix.join(clean(&name).0), format!("cannot be read: {error}"));
                continue;
            }
        };
        if !entry.is_file() {
            continue;
        }
        meter.member()?;
        let (path, strange) = clean(&name);
        let path = prefix.join(path);
        let read = visitor.member(Member {
            path: path.clone(),
            strange,
            special: false,
            content: &mut meter.plain(&mut entry),
        });
        match read {
            Err(error) if meter.is_hit() => return Err(error),
            Err(error) => visitor.unreadable(path, format!("cannot be read: {error}")),
            Ok(()) => {}
        }
    }
    // The reader knows members by their names.
    match told.unwrap_or(0).saturating_sub(archive.len() as u64) {
        0 => Ok(()),
        lost => Err(io::Error::other(format!("{lost} members have the name of another one"))),
    }
}

/// The number of entries that the end of a zip archive tells, if it is there and has not more than 16 bits.
fn entries_of_zip<R: Read + Seek>(file: &mut R, size: u64) -> io::Result<Option<u64>> {
    /// The record's size and that of the longest comment behind it.
    const TAIL: u64 = 22 + 0xffff;
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let at = tail.windows(4).rposition(|window| window == b"PK\x05\x06");
    let count = at.and_then(|at| Some(u16::from_le_bytes([*tail.get(at + 10)?, *tail.get(at + 11)?])));
    Ok(count.filter(|count| *count < u16::MAX).map(u64::from))
}

/// A stream of what was compressed.
fn decompressed<'a>(stream: Stream<'a>, format: Format, meter: &Meter) -> io::Result<Stream<'a>> {
    Ok(match format {
        Format::Xz => Box::new(Xz::new(stream, meter.limits().threads.max(1), DECODER)),
        Format::Lzma => {
            let decoder = liblzma::stream::Stream::new_lzma_decoder(DECODER)?;
            Box::new(liblzma::read::XzDecoder::new_stream(stream, decoder))
        }
        Format::Gzip => Box::new(flate2::read::MultiGzDecoder::new(stream)),
        Format::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(stream)),
        Format::Zstd => Box::new(zstd::stream::read::Decoder::new(stream)?),
        Format::Tar | Format::Zip | Format::Rpm | Format::Cpio => stream,
    })
}

/// What a stream is, and the stream from its beginning.
fn peeked(mut stream: Stream) -> io::Result<(Stream, Option<Format>)> {
    let mut head = Vec::new();
    (&mut stream).take(HEAD).read_to_end(&mut head)?;
    let format = Format::of(&head);
    Ok((Box::new(Cursor::new(head).chain(stream)), format))
}

/// A member's name as a path below the archive, and whether it would have led elsewhere.
fn clean(name: &[u8]) -> (PathBuf, bool) {
    let mut path = PathBuf::new();
    let mut strange = name.first() == Some(&b'/');
    for part in name.split(|&byte| byte == b'/' || byte == 0) {
        match part {
            b"" | b"." => {}
            b".." => strange = true,
            part => path.push(part_of_path(part)),
        }
    }
    (path, strange)
}

#[cfg(unix)]
fn part_of_path(part: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(part))
}

#[cfg(not(unix))]
fn part_of_path(part: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(part).replace(['\\', ':'], "_"))
}
