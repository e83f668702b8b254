//! Headers that do not say the truth.

use super::{Outcome, read, read_within};
use crate::support::archives::{
    self, COMPRESSIONS, Header, SENTINEL, ZipEntry, cpio, cpio_entry, gzip, member, octal, rpm, tar, zip,
};
use mremap_lint::scan::ArchiveLimits as Limits;

/// After a first member that is sound.
fn after_sentinel(rest: &[u8]) -> Outcome {
    let bytes = [&archives::file("a.c", SENTINEL)[..], rest].concat();
    let outcome = read(&bytes);
    assert_eq!(outcome.seen.files[0], ("a.c".to_owned(), SENTINEL.to_vec()));
    outcome
}

/// A size of 8 bytes in the form for large numbers.
fn binary(size: u64) -> [u8; 12] {
    let mut field = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    field[4..].copy_from_slice(&size.to_be_bytes());
    field
}

#[test]
fn a_size_beyond_the_end_of_a_tar_archive_is_told() {
    for size in [
        octal(1 << 20),
        octal(0o7_777_777_777),
        binary(1 << 62),
        binary(u64::MAX),
        [b'9'; 12],
        [0xff; 12],
    ] {
        for kind in *b"0123567KLxgZ" {
            let header = Header {
                size,
                kind,
                ..Header::file("b.c", 0)
            };
            let outcome = after_sentinel(&member(&header, SENTINEL));
            assert!(!outcome.trouble().is_empty(), "{size:?} {}", kind as char);
        }
    }
}

#[test]
fn a_size_that_is_too_small_makes_the_next_header_wrong() {
    let mut rest = Header::file("b.c", 1).block();
    rest.extend(SENTINEL.repeat(40));
    let outcome = after_sentinel(&rest);
    assert!(!outcome.trouble().is_empty());
}

#[test]
fn attributes_may_claim_any_size() {
    for record in [
        "30 size=9223372036854775807\n",
        "12 size=-1\n",
        "13 size=\u{e9}\n",
        "99 path=x\n",
        "0 \n",
        "11 path=/x\n",
    ] {
        let header = Header {
            kind: b'x',
            ..Header::file("x", record.len() as u64)
        };
        let mut rest = member(&header, record.as_bytes());
        rest.extend(archives::file("b.c", SENTINEL));
        rest.extend(archives::end());
        let outcome = after_sentinel(&rest);
        // Whatever it makes of the second: it is read, or told.
        assert!(outcome.seen.files.len() == 2 || outcome.complains(), "{record}");
        assert!(outcome.seen.files.iter().all(|(name, _)| !name.starts_with('/')));
    }
}

/// A sparse file of old GNU tar: what lies in the archive is one block, what it stands for is `real` bytes.
fn sparse(real: u64) -> Vec<u8> {
    let mut rest = vec![0; 155];
    rest[386 - 345..398 - 345].copy_from_slice(&field(real - 512));
    rest[398 - 345..410 - 345].copy_from_slice(&octal(512));
    rest[483 - 345..495 - 345].copy_from_slice(&field(real));
    let header = Header {
        kind: b'S',
        magic: b"ustar  \0",
        rest,
        ..Header::file("s.c", 512)
    };
    member(&header, &[b'x'; 512])
}

fn field(number: u64) -> [u8; 12] {
    if number < 1 << 33 {
        octal(number)
    } else {
        binary(number)
    }
}

#[test]
fn holes_count_as_bytes() {
    let bytes = [sparse(4096), archives::file("a.c", SENTINEL), archives::end()].concat();
    let outcome = read(&bytes);
    assert_eq!((outcome.seen.names(), outcome.trouble()), (vec!["s.c", "a.c"], ""));
    assert_eq!(outcome.seen.files[0].1.len(), 4096);
    // Without being read: the hole is counted before.
    for real in [1 << 34, 1 << 50, (1 << 62) + 512] {
        let outcome = after_sentinel(&sparse(real));
        assert!(!outcome.limit().is_empty(), "{real}: {}", outcome.trouble());
    }
}

#[test]
fn entries_of_packages_may_claim_any_size() {
    for size in [SENTINEL.len() as u32 + 100, 1 << 30, u32::MAX] {
        let payload = [
            cpio_entry(b"a.c", 0o100_644, 3, b"abc"),
            cpio_entry(b"b.c", 0o100_644, size, SENTINEL),
        ]
        .concat();
        let outcome = read(&rpm(&payload));
        assert!(outcome.seen.names().starts_with(&["a.c"]));
        assert!(!outcome.trouble().is_empty(), "{size}");
    }
}

#[test]
fn names_of_packages_may_claim_any_length() {
    for length in [
        b"00000000",
        b"00000001",
        b"000fffff",
        b"7fffffff",
        b"ffffffff",
        b"-0000001",
    ] {
        let mut entry = cpio_entry(b"b.c", 0o100_644, 3, b"abc");
        entry[94..102].copy_from_slice(length);
        let outcome = read(&rpm(&[cpio_entry(b"a.c", 0o100_644, 3, b"abc"), entry].concat()));
        assert_eq!(outcome.seen.names()[0], "a.c");
        assert!(!outcome.trouble().is_empty(), "{length:?}");
    }
}

#[test]
fn headers_of_packages_may_claim_any_size() {
    for (entries, data) in [(u32::MAX, 0), (0, u32::MAX), (0xffff, 0x0fff_ffff), (1, 1)] {
        let mut bytes = rpm(&cpio(&[("a.c", SENTINEL)]));
        bytes[96 + 8..96 + 12].copy_from_slice(&entries.to_be_bytes());
        bytes[96 + 12..96 + 16].copy_from_slice(&data.to_be_bytes());
        assert!(!read(&bytes).trouble().is_empty());
    }
}

#[test]
fn the_directory_of_a_zip_archive_may_lie() {
    let sound = ZipEntry::stored(b"a.c", SENTINEL);
    let lying = |change: &dyn Fn(&mut ZipEntry)| {
        let mut entry = ZipEntry::stored(b"b.c", SENTINEL);
        change(&mut entry);
        let outcome = read(&zip(&[ZipEntry::stored(b"a.c", SENTINEL), entry]));
        assert!(outcome.seen.names().contains(&"a.c") || !outcome.trouble().is_empty());
        outcome
    };
    let length = SENTINEL.len() as u32;
    // Larger or smaller than it is, another checksum, encrypted, a method that nobody knows.
    assert!(lying(&|entry| entry.packed = 1 << 30).complains());
    assert!(lying(&|entry| entry.packed = length - 9).complains());
    assert!(lying(&|entry| entry.crc ^= 1).complains());
    assert!(lying(&|entry| entry.flags = 1).complains());
    assert!(lying(&|entry| entry.method = 99).complains());
    // The directory counts; what stands before the entry is not needed, but must not do harm.
    let outcome = lying(&|entry| entry.local_size = u32::MAX);
    assert!(outcome.complains() || outcome.seen.files[1].1 == SENTINEL);
    // Offsets that lead nowhere, and more entries than there are.
    let mut bytes = sound.local();
    let offset = bytes.len() as u32;
    for place in [u32::MAX, offset, offset - 5, 1] {
        let directory = sound.central(place);
        let whole = [
            &bytes[..],
            &directory,
            &archives::zip_end(1, directory.len() as u32, offset),
        ]
        .concat();
        let outcome = read(&whole);
        assert!(outcome.complains() && outcome.seen.files.is_empty(), "{place}");
    }
    bytes.extend(sound.central(0));
    for (entries, size, place) in [
        (9, 49, offset),
        (1, u32::MAX, offset),
        (1, 49, u32::MAX),
        (u16::MAX, 49, offset),
        (0, 49, offset),
    ] {
        let outcome = read(&[&bytes[..], &archives::zip_end(entries, size, place)].concat());
        assert!(
            outcome.complains() || outcome.seen.files.len() <= 1,
            "{entries} {size} {place}"
        );
        assert!(outcome.seen.files.len() == 1 || outcome.complains() || entries == 0);
    }
}

#[test]
fn overlapping_entries_of_a_zip_archive_count_each() {
    let data = archives::deflated(&vec![0; 4 << 20]);
    let entry = |name: &'static [u8]| ZipEntry {
        method: 8,
        crc: archives::crc(&vec![0; 4 << 20]),
        packed: data.len() as u32,
        size: 4 << 20,
        local_size: 4 << 20,
        ..ZipEntry::stored(name, &data)
    };
    let mut bytes = entry(b"000.c").local();
    let offset = bytes.len() as u32;
    let mut directory = Vec::new();
    for number in 0..200 {
        // The name in the directory is another for each, the entry itself the same for all.
        let name = format!("{number:03}.c").into_bytes().leak();
        directory.extend(entry(name).central(0));
    }
    bytes.extend(&directory);
    bytes.extend(archives::zip_end(200, directory.len() as u32, offset));
    let limits = Limits {
        bytes: 100 << 20,
        ..Limits::default()
    };
    let outcome = read_within(&bytes, &limits);
    assert!(outcome.seen.files.len() < 200);
    assert!(outcome.complains());
    assert!(outcome.amount.bytes <= limits.bytes + (1 << 20));
}

#[test]
fn trailers_of_compressed_streams_are_checked() {
    let archive = tar(&[("a.c", SENTINEL), ("b.c", &[b'x'; 3000])]);
    for (name, compress) in COMPRESSIONS {
        let bytes = compress(&archive);
        // The sums stand at the end, in xz before the index and the footer, in Zstandard only if it was asked for.
        let from = bytes.len() - if name == "xz" { 60 } else { 8 };
        let noticed = (from..bytes.len()).filter(|at| {
            let mut changed = bytes.clone();
            changed[*at] ^= 0x10;
            !read(&changed).trouble().is_empty()
        });
        let noticed = noticed.count();
        let expected = if name == "zst" { 1 } else { 4 };
        assert!(noticed >= expected, "{name}: {noticed}");
    }
}

#[test]
fn several_streams_are_one() {
    let archive = tar(&[("a.c", SENTINEL), ("b.c", &[b'x'; 3000]), ("c.c", SENTINEL)]);
    for (name, compress) in COMPRESSIONS {
        let (one, two) = archive.split_at(1000);
        let outcome = read(&[compress(one), compress(b""), compress(two)].concat());
        assert_eq!(
            (outcome.seen.names(), outcome.trouble()),
            (vec!["a.c", "b.c", "c.c"], ""),
            "{name}"
        );
    }
}

#[test]
fn decoders_that_want_too_much_memory_are_refused() {
    let archive = tar(&[("a.c", SENTINEL)]);
    let refused = |bytes: &[u8], name: &str| {
        let outcome = read(bytes);
        assert!(outcome.seen.files.is_empty() && !outcome.trouble().is_empty(), "{name}");
    };
    // The header of xz's first block: size, flags, filter, size of its properties, dictionary, padding, checksum.
    let mut xz = archives::xz(&archive);
    assert_eq!(xz[12..16], [2, 0, 0x21, 1]);
    // 4 GiB.
    xz[16] = 40;
    let sum = archives::crc(&xz[12..20]).to_le_bytes();
    xz[20..24].copy_from_slice(&sum);
    refused(&xz, "xz");
    let mut lzma = archives::lzma(&archive);
    lzma[1..5].copy_from_slice(&0xffff_0000_u32.to_le_bytes());
    refused(&lzma, "lzma");
    // Zstandard: a window of 2 GiB instead of a single segment.
    refused(b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", "zstd");
}

#[test]
fn a_sound_old_lzma_stream_is_read() {
    let outcome = read(&archives::lzma(&tar(&[("a.c", SENTINEL)])));
    assert_eq!((outcome.seen.names(), outcome.trouble()), (vec!["a.c"], ""));
}

#[test]
fn what_follows_a_stream_does_no_harm() {
    let archive = tar(&[("a.c", SENTINEL)]);
    for (name, compress) in COMPRESSIONS {
        for rest in [
            &b"garbage"[..],
            &[0; 512],
            b"\x1f\x8b\x08",
            b"BZh9",
            b"\xfd7zXZ\x00",
            b"\x28\xb5\x2f\xfd",
        ] {
            let outcome = read(&[&compress(&archive)[..], rest].concat());
            assert_eq!(outcome.seen.names(), ["a.c"], "{name}");
        }
    }
    let outcome = read(&[gzip(&archive), vec![0; 1 << 20]].concat());
    assert_eq!(outcome.seen.names(), ["a.c"]);
}
