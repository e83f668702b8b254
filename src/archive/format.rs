//! What a file is, by its first bytes.

/// Bytes that [`Format::of`] looks at.
pub(super) const HEAD: u64 = 512;

/// What the first bytes of a file show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A tar archive that is not compressed.
    Tar,
    /// A zip archive.
    Zip,
    /// An RPM package.
    Rpm,
    /// A stream of xz.
    Xz,
    /// A stream of the older LZMA format.
    Lzma,
    /// A stream of gzip.
    Gzip,
    /// A stream of bzip2.
    Bzip2,
    /// A stream of Zstandard.
    Zstd,
    /// A cpio archive in the new ASCII format.
    Cpio,
}

/// The first bytes of each format.
const MAGIC: [(&[u8], Format); 11] = [
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"\xed\xab\xee\xdb", Format::Rpm),
    (b"\xfd7zXZ\x00", Format::Xz),
    (b"\x5d\x00\x00", Format::Lzma),
    (b"\x1f\x8b\x08", Format::Gzip),
    (b"BZh", Format::Bzip2),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"070701", Format::Cpio),
    (b"070702", Format::Cpio),
    (b"\x50\x2a\x4d\x18", Format::Zstd),
];

impl Format {
    /// The format of what begins with these bytes: up to 512, fewer if there are no more.
    pub fn of(head: &[u8]) -> Option<Format> {
        let known = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        known
            .map(|(_, format)| *format)
            .or_else(|| is_tar(head).then_some(Format::Tar))
    }

    /// Whether it is a compressed stream of something else.
    pub fn is_compressed(self) -> bool {
        !matches!(self, Format::Tar | Format::Zip | Format::Rpm | Format::Cpio)
    }
}

/// The first header says so, or, in archives from before POSIX, its checksum is right.
fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    if header[257..].starts_with(b"ustar") {
        return true;
    }
    let digits: String = header[148..156].iter().map(|&byte| byte as char).collect();
    let digits = digits.trim_matches(|c: char| c == '\0' || c == ' ');
    let Ok(expected) = u32::from_str_radix(digits, 8) else {
        return false;
    };
    let sum: u32 = (0..512)
        .map(|at| {
            if (148..156).contains(&at) {
                32
            } else {
                u32::from(header[at])
            }
        })
        .sum();
    sum == expected && header[0] != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_archives() {
        for text in [
            &b""[..],
            b"#include <sys/mman.h>\n",
            &[b'a'; 512],
            &[0; 512],
            b"PK",
            b"BZ",
        ] {
            assert_eq!(Format::of(text), None);
        }
    }

    #[test]
    fn old_tar_files_are_known_by_their_checksum() {
        let mut header = tar::Header::new_old();
        header.set_path("a.c").expect("a short name");
        header.set_size(3);
        header.set_cksum();
        assert_eq!(Format::of(header.as_bytes()), Some(Format::Tar));
        header.set_size(4);
        assert_eq!(Format::of(header.as_bytes()), None);
    }
}
