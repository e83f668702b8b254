//! Names and kinds of members.

use super::read;
use crate::support::archives::{self, Header, SENTINEL, ZipEntry, cpio, member, rpm, tar, zip};

/// Names that lead elsewhere, and what is left of them below the archive.
const NAMES: [(&str, &str); 9] = [
    ("/etc/passwd", "etc/passwd"),
    ("//a.c", "a.c"),
    ("../../a.c", "a.c"),
    ("d/../../a.c", "d/a.c"),
    ("..", ""),
    ("/", ""),
    ("d/..", "d"),
    ("../.", ""),
    ("/..", ""),
];

#[test]
fn names_do_not_lead_out_of_the_archive() {
    for (name, below) in NAMES {
        // A name that ends in a slash is a folder's in these two.
        let archives = [
            tar(&[(name, SENTINEL)]),
            rpm(&cpio(&[(name, SENTINEL)])),
            zip(&[ZipEntry::stored(name.as_bytes(), SENTINEL)]),
        ];
        for (kind, bytes) in archives.iter().enumerate() {
            if kind == 2 && name.ends_with('/') {
                continue;
            }
            let outcome = read(bytes);
            assert_eq!(outcome.trouble(), "", "{name}");
            assert_eq!(outcome.seen.names(), [below], "{name}");
            assert_eq!(outcome.seen.strange, [below], "{name}");
        }
    }
}

#[test]
fn names_may_be_any_bytes() {
    let names: [&[u8]; 5] = [
        b"a\nb.c",
        b"\x1b]0;x\x07.c",
        "\u{202e}c.\u{2066}a".as_bytes(),
        b"\xff\xfe.c",
        b"a\\..\\b.c",
    ];
    for name in names {
        let expected = String::from_utf8_lossy(name);
        let archives = [tar(&[(name, SENTINEL)]), zip(&[ZipEntry::stored(name, SENTINEL)])];
        for bytes in archives {
            let outcome = read(&bytes);
            assert_eq!(outcome.seen.names(), [&*expected]);
            assert!(outcome.seen.strange.is_empty() && !outcome.complains());
        }
    }
}

#[test]
fn equal_names_are_members_of_their_own() {
    let files: [(&str, &[u8]); 4] = [("a.c", b"1"), ("A.C", b"2"), ("a.c", b"3"), ("./a.c", b"4")];
    let expected = [("a.c", "1"), ("A.C", "2"), ("a.c", "3"), ("a.c", "4")];
    for bytes in [tar(&files), rpm(&cpio(&files))] {
        let outcome = read(&bytes);
        assert!(!outcome.complains());
        let found: Vec<(&str, &str)> = (outcome.seen.files.iter())
            .map(|(name, content)| (name.as_str(), std::str::from_utf8(content).expect("digits")))
            .collect();
        assert_eq!(found, expected);
    }
}

/// A zip archive has a directory, in which a name stands for one member only; that there are two of them is told.
#[test]
fn equal_names_in_a_zip_archive_are_not_lost_in_silence() {
    let outcome = read(&zip(&[ZipEntry::stored(b"a.c", b"1"), ZipEntry::stored(b"a.c", b"2")]));
    assert!(
        outcome.seen.files.len() == 2 || outcome.complains(),
        "{:?}",
        outcome.seen
    );
}

#[test]
fn links_and_devices_are_not_followed() {
    let kinds = [
        ("hard", b'1', "/etc/passwd"),
        ("symbolic", b'2', "../../etc/passwd"),
        ("loop", b'2', "loop"),
        ("loop-1", b'1', "loop-2"),
        ("loop-2", b'1', "loop-1"),
        ("character", b'3', ""),
        ("block", b'4', ""),
        ("folder", b'5', ""),
        ("fifo", b'6', ""),
        ("unknown", b'Z', ""),
    ];
    let mut bytes: Vec<u8> = Vec::new();
    for (name, kind, link) in kinds {
        bytes.extend(Header::kind(name, kind, link).block());
    }
    bytes.extend(archives::file("a.c", SENTINEL));
    bytes.extend(archives::end());
    let outcome = read(&bytes);
    assert!(!outcome.complains());
    assert_eq!(outcome.seen.special, ["character", "block", "fifo"]);
    let links = outcome.seen.links.iter();
    let links: Vec<(&str, Option<&str>)> = links
        .map(|(name, target)| (name.as_str(), target.as_deref().and_then(std::path::Path::to_str)))
        .collect();
    // A hard link's target is a path from the archive's root, whatever stands before it.
    let expected = [
        ("hard", Some("etc/passwd")),
        ("symbolic", None),
        ("loop", Some("loop")),
        ("loop-1", Some("loop-2")),
        ("loop-2", Some("loop-1")),
    ];
    assert_eq!(links, expected);
    // A kind that nobody knows is a regular file, says POSIX.
    assert_eq!(outcome.seen.names(), ["unknown", "a.c"]);
}

#[test]
fn what_is_no_file_may_have_content() {
    // By its headers a link, a folder and a device, each with a file's content, which is skipped.
    let mut bytes = Vec::new();
    for kind in *b"1235" {
        let header = Header {
            kind,
            ..Header::file("x", SENTINEL.len() as u64)
        };
        bytes.extend(member(&header, SENTINEL));
    }
    bytes.extend(archives::file("a.c", SENTINEL));
    bytes.extend(archives::end());
    let outcome = read(&bytes);
    assert_eq!((outcome.seen.names(), outcome.trouble()), (vec!["a.c"], ""));
}

#[test]
fn special_entries_of_packages_are_no_files() {
    let kinds = [0o120_777, 0o040_755, 0o020_644, 0o060_644, 0o010_644, 0o140_644];
    let entry = |mode: &u32| archives::cpio_entry(b"x", *mode, SENTINEL.len() as u32, SENTINEL);
    let mut payload: Vec<u8> = kinds.iter().flat_map(entry).collect();
    payload.extend(cpio(&[("a.c", SENTINEL)]));
    let outcome = read(&rpm(&payload));
    assert_eq!((outcome.seen.names(), outcome.trouble()), (vec!["a.c"], ""));
}

#[test]
fn archives_in_archives_are_opened_in_packages_only_and_once() {
    let inner = tar(&[("a.c", SENTINEL)]);
    let outcome = read(&tar(&[("x.tar", &inner[..])]));
    assert_eq!(outcome.seen.names(), ["x.tar"]);
    let nested = rpm(&cpio(&[("a.c", SENTINEL)]));
    let files: [(&str, &[u8]); 4] = [
        ("x.tar.gz", &archives::gzip(&inner)),
        ("y.src.rpm", &nested),
        ("z.zip", &zip(&[ZipEntry::stored(b"b.c", SENTINEL)])),
        ("b.spec", b"x"),
    ];
    let outcome = read(&rpm(&archives::xz(&cpio(&files))));
    let names = ["x.tar.gz/a.c", "y.src.rpm", "z.zip/b.c", "b.spec"];
    assert_eq!(outcome.seen.names(), names);
    assert!(!outcome.complains());
}

#[test]
fn what_is_compressed_twice_is_told() {
    let bytes = archives::gzip(&archives::gzip(&tar(&[("a.c", SENTINEL)])));
    let outcome = read(&bytes);
    assert!(outcome.seen.files.is_empty() && !outcome.trouble().is_empty());
}
