//! Archives for tests, made on the spot.

use std::io::{Cursor, Write};

/// How a tar file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Xz,
    Bzip2,
    Zstd,
}

/// All of them with the usual suffix.
pub const COMPRESSIONS: [(Compression, &str); 5] = [
    (Compression::None, ""),
    (Compression::Gzip, ".gz"),
    (Compression::Xz, ".xz"),
    (Compression::Bzip2, ".bz2"),
    (Compression::Zstd, ".zst"),
];

/// A tar file in the making. Names are written as they are, also those that no tar program would write.
pub struct Builder(tar::Builder<Vec<u8>>);

impl Builder {
    pub fn new() -> Builder {
        Builder(tar::Builder::new(Vec::new()))
    }

    fn add(&mut self, name: &str, kind: tar::EntryType, target: &str, text: &[u8]) {
        let mut header = tar::Header::new_ustar();
        let bytes = header.as_ustar_mut().expect("it is one");
        bytes.name[..name.len()].copy_from_slice(name.as_bytes());
        bytes.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        header.set_cksum();
        self.0.append(&header, text).expect("memory does not fail");
    }

    pub fn file(&mut self, name: &str, text: &str) {
        self.add(name, tar::EntryType::Regular, "", text.as_bytes());
    }

    pub fn folder(&mut self, name: &str) {
        self.add(name, tar::EntryType::Directory, "", b"");
    }

    pub fn link(&mut self, name: &str, target: &str, is_hard: bool) {
        let kind = if is_hard {
            tar::EntryType::Link
        } else {
            tar::EntryType::Symlink
        };
        self.add(name, kind, target, b"");
    }

    pub fn special(&mut self, name: &str) {
        self.add(name, tar::EntryType::Char, "", b"");
    }

    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner().expect("memory does not fail")
    }
}

pub fn tar_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = Builder::new();
    files.iter().for_each(|(name, text)| builder.file(name, text));
    builder.finish()
}

pub fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).expect("a plain name");
        writer.write_all(text.as_bytes()).expect("memory does not fail");
    }
    writer.finish().expect("memory does not fail").into_inner()
}

pub fn compressed(bytes: &[u8], compression: Compression) -> Vec<u8> {
    try_compress(bytes, compression).expect("memory does not fail")
}

fn try_compress(bytes: &[u8], compression: Compression) -> std::io::Result<Vec<u8>> {
    match compression {
        Compression::None => Ok(bytes.to_vec()),
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Compression::Xz => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Compression::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Compression::Zstd => zstd::encode_all(bytes, 1),
    }
}
