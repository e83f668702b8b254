//! Archives of each format. What a fuzzer cannot guess is made right: magic numbers, the checksums of tar headers, and the
//! headers of a package before its payload.

use mremap_lint::inside::archive::{self, Complaint, Kind, Member, Visitor};
use mremap_lint::scan::{ArchiveLimits as Limits, Deadline};
use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use tempfile::NamedTempFile;

const LIMITS: Limits = Limits {
    bytes: 64 << 20,
    ratio: 1_000,
    members: 10_000,
    threads: 2,
    deadline: Deadline::NEVER,
};
/// Bytes of one member that are read; the rest is skipped.
const READ: u64 = 1 << 20;

thread_local! {
    /// The archive; one file for all runs of a thread.
    static FILE: RefCell<NamedTempFile> = RefCell::new(NamedTempFile::new().expect("a temporary file"));
}

/// Reads all members and looks at their names.
#[derive(Default)]
struct Reader {
    members: u64,
}

impl Visitor for Reader {
    fn restart(&mut self) {
        panic!("nothing here is read twice");
    }

    fn wants(&self, _: &Path) -> bool {
        true
    }

    fn member(&mut self, member: Member) -> io::Result<()> {
        self.members += 1;
        lies_below(&member.path);
        if let Kind::Link(Some(target)) = &member.kind {
            lies_below(target);
        }
        io::copy(&mut member.content.take(READ), &mut io::sink()).map(|_| ())
    }

    fn complaint(&mut self, path: PathBuf, _: Complaint, text: String) {
        lies_below(&path);
        assert!(!text.is_empty());
    }
}

fn lies_below(path: &Path) {
    let is_plain = |part: Component| matches!(part, Component::Normal(_));
    assert!(path.components().all(is_plain), "{path:?} leads out of the archive");
}

fn read(bytes: &[u8]) {
    FILE.with_borrow_mut(|file| {
        let written = file.as_file_mut().set_len(0).and_then(|()| {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(bytes)
        });
        written.expect("the file is ours");
        let mut reader = Reader::default();
        let (amount, result) = archive::read(file.path(), &LIMITS, &mut reader);
        assert!(amount.members <= LIMITS.members + 1);
        assert!(reader.members <= LIMITS.members);
        if let Err(broken) = result {
            assert!(!broken.text.is_empty());
        }
    });
}

/// The bytes, beginning with the magic number.
fn with_magic(data: &[u8], magic: &[u8]) -> Vec<u8> {
    if data.starts_with(magic) {
        return data.to_vec();
    }
    [magic, data].concat()
}

pub fn tar(data: &[u8]) {
    let mut bytes = data.to_vec();
    let mut at = 0;
    while let Some(header) = bytes.get_mut(at..at + 512) {
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let digits: String = header[124..136].iter().map(|&byte| byte as char).collect();
        let size = u64::from_str_radix(digits.trim_matches(['\0', ' ']), 8).unwrap_or(0);
        let size = usize::try_from(size.min(1 << 20)).expect("small");
        at += 512 + size.next_multiple_of(512);
    }
    read(&bytes);
}

pub fn zip(data: &[u8]) {
    read(&with_magic(data, b"PK\x03\x04"));
}

/// The payload of a package that is not compressed.
pub fn cpio(data: &[u8]) {
    let mut package = vec![0; 96];
    package[..4].copy_from_slice(b"\xed\xab\xee\xdb");
    // Signature and header without entries.
    for _ in 0..2 {
        package.extend(b"\x8e\xad\xe8\x01\0\0\0\0\0\0\0\0\0\0\0\0");
    }
    package.extend(with_magic(data, b"070701"));
    read(&package);
}

pub fn rpm(data: &[u8]) {
    read(&with_magic(data, b"\xed\xab\xee\xdb"));
}

pub fn xz(data: &[u8]) {
    read(&with_magic(data, b"\xfd7zXZ\x00"));
}

pub fn lzma(data: &[u8]) {
    read(&with_magic(data, b"\x5d\x00\x00"));
}

pub fn gzip(data: &[u8]) {
    read(&with_magic(data, b"\x1f\x8b\x08"));
}

pub fn bzip2(data: &[u8]) {
    read(&with_magic(data, b"BZh"));
}

pub fn zstd(data: &[u8]) {
    read(&with_magic(data, b"\x28\xb5\x2f\xfd"));
}
