//! Archives, made on the spot: byte by byte, since most are such that no library would write them.

use std::io::{Cursor, Write};

/// A C file with one call that certainly passes zero.
pub const SENTINEL: &[u8] = b"void *sentinel(void *p) { return mremap(p, 0, 4096, 1); }\n";
const BLOCK: usize = 512;

/// A compression: the usual ending of a file's name, and a stream of some bytes.
pub type Compression = (&'static str, fn(&[u8]) -> Vec<u8>);

pub const COMPRESSIONS: [Compression; 4] = [("gz", gzip), ("bz2", bzip2), ("xz", xz), ("zst", zstd)];

/// What tar says of a member.
pub struct Header {
    pub name: Vec<u8>,
    pub kind: u8,
    /// The field of the size, in whatever form.
    pub size: [u8; 12],
    pub link: Vec<u8>,
    /// Bytes from 345 on: a prefix of the name, or what old GNU tar writes there.
    pub rest: Vec<u8>,
    pub magic: &'static [u8; 8],
}

impl Header {
    pub fn file(name: impl AsRef<[u8]>, size: u64) -> Header {
        Header {
            name: name.as_ref().to_vec(),
            kind: b'0',
            size: octal(size),
            link: Vec::new(),
            rest: Vec::new(),
            magic: b"ustar\x0000",
        }
    }

    pub fn kind(name: &str, kind: u8, link: &str) -> Header {
        Header {
            kind,
            link: link.into(),
            ..Header::file(name, 0)
        }
    }

    /// The block, with the right checksum.
    pub fn block(&self) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.name);
        put(100, b"0000644\0");
        put(124, &self.size);
        put(148, b"        ");
        put(156, &[self.kind]);
        put(157, &self.link);
        put(257, self.magic);
        put(345, &self.rest);
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }
}

/// A number as tar writes it: 11 octal digits.
pub fn octal(number: u64) -> [u8; 12] {
    let text = format!("{number:011o}\0");
    text.into_bytes().try_into().expect("up to 11 digits")
}

/// A member: its header and its content.
pub fn member(header: &Header, content: &[u8]) -> Vec<u8> {
    let mut bytes = header.block();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

/// A file of this name.
pub fn file(name: impl AsRef<[u8]>, content: &[u8]) -> Vec<u8> {
    member(&Header::file(name, content.len() as u64), content)
}

/// What ends an archive.
pub fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}

/// An archive of these files.
pub fn tar<N: AsRef<[u8]>, C: AsRef<[u8]>>(files: &[(N, C)]) -> Vec<u8> {
    let file = |(name, content): &(N, C)| file(name, content.as_ref());
    let mut bytes: Vec<u8> = files.iter().flat_map(file).collect();
    bytes.extend(end());
    bytes
}

/// A tar archive as it is and in each compression, with the usual endings of their names.
pub fn tarballs(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut tarballs = vec![("tar".to_owned(), tar.to_vec())];
    tarballs.extend(COMPRESSIONS.map(|(suffix, compress)| (format!("tar.{suffix}"), compress(tar))));
    tarballs
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = liblzma::stream::LzmaOptions::new_preset(6).expect("a preset");
    let stream = liblzma::stream::Stream::new_lzma_encoder(&options).expect("an encoder");
    let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).expect("memory takes it")
}

/// An entry of a cpio archive in the new ASCII format, whose size may be another than that of its content.
pub fn cpio_entry(name: &[u8], mode: u32, size: u32, content: &[u8]) -> Vec<u8> {
    let numbers = [1, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.len() as u32 + 1, 0];
    let mut bytes = b"070701".to_vec();
    numbers
        .iter()
        .for_each(|number| bytes.extend(format!("{number:08x}").bytes()));
    bytes.extend(name);
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Regular files, and the entry that ends the archive.
pub fn cpio<N: AsRef<[u8]>>(files: &[(N, &[u8])]) -> Vec<u8> {
    let entry = |(name, content): &(N, &[u8])| cpio_entry(name.as_ref(), 0o100_644, content.len() as u32, content);
    let mut bytes: Vec<u8> = files.iter().flat_map(entry).collect();
    bytes.extend(cpio_entry(b"TRAILER!!!", 0, 0, b""));
    bytes
}

/// A source package with this payload.
pub fn rpm(payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 96];
    bytes[..4].copy_from_slice(b"\xed\xab\xee\xdb");
    // Signature and header without entries.
    for _ in 0..2 {
        bytes.extend(b"\x8e\xad\xe8\x01\0\0\0\0\0\0\0\0\0\0\0\0");
    }
    bytes.extend(payload);
    bytes
}

/// An entry of a zip archive. The directory and the entry itself may tell different things.
pub struct ZipEntry<'a> {
    pub name: &'a [u8],
    pub method: u16,
    /// Bit 0: encrypted.
    pub flags: u16,
    /// Compressed bytes, as they stand in the archive.
    pub data: &'a [u8],
    /// The sum and the sizes, in the directory.
    pub crc: u32,
    pub packed: u32,
    pub size: u32,
    /// The size before the entry itself.
    pub local_size: u32,
}

impl<'a> ZipEntry<'a> {
    /// An entry that is not compressed and does not lie.
    pub fn stored(name: &'a [u8], data: &'a [u8]) -> ZipEntry<'a> {
        ZipEntry {
            name,
            method: 0,
            flags: 0,
            data,
            crc: crc(data),
            packed: data.len() as u32,
            size: data.len() as u32,
            local_size: data.len() as u32,
        }
    }

    fn fields(&self, size: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [20, self.flags, self.method, 0, 0] {
            bytes.extend(number.to_le_bytes());
        }
        for number in [self.crc, self.packed, size] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend((self.name.len() as u16).to_le_bytes());
        bytes.extend([0; 2]);
        bytes
    }

    pub fn local(&self) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend(self.fields(self.local_size));
        bytes.extend(self.name);
        bytes.extend(self.data);
        bytes
    }

    pub fn central(&self, offset: u32) -> Vec<u8> {
        let mut bytes = b"PK\x01\x02\x14\x03".to_vec();
        bytes.extend(self.fields(self.size));
        // Comment, disk, attributes; the permissions of a regular file.
        bytes.extend([0; 6]);
        bytes.extend((0o100_644_u32 << 16).to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(self.name);
        bytes
    }
}

/// The directory's end.
pub fn zip_end(entries: u16, size: u32, offset: u32) -> Vec<u8> {
    let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
    bytes.extend(entries.to_le_bytes());
    bytes.extend(entries.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// An archive of these entries, one after the other.
pub fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        directory.extend(entry.central(bytes.len() as u32));
        bytes.extend(entry.local());
    }
    let offset = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(zip_end(entries.len() as u16, directory.len() as u32, offset));
    bytes
}

/// An archive of these files as other programs write it.
pub fn usual_zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).expect("a plain name");
        writer.write_all(text.as_bytes()).expect("memory takes it");
    }
    writer.finish().expect("memory takes it").into_inner()
}

/// The data of a zip entry, deflated.
pub fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
