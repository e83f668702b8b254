//! Bombs: what a small archive may cost.

use super::{Outcome, read, read_within};
use crate::support::archives::{
    self, COMPRESSIONS, Header, SENTINEL, ZipEntry, cpio, cpio_entry, gzip, member, rpm, tar, zip,
};
use mremap_lint::scan::{ArchiveLimits as Limits, Deadline};

const SMALL: Limits = Limits {
    bytes: 8 << 20,
    ratio: 1_000,
    members: 1_000,
    threads: 2,
    deadline: Deadline::NEVER,
};

/// A sound member, and one of zeros.
fn bomb(megabytes: usize) -> Vec<u8> {
    tar(&[("a.c", SENTINEL), ("zeros.c", &vec![0; megabytes << 20])])
}

fn hits_after_sentinel(outcome: &Outcome, text: &str, case: &str) {
    assert_eq!(outcome.limit(), text, "{case}");
    assert_eq!(outcome.seen.files[0].1, SENTINEL, "{case}");
}

#[test]
fn bytes_are_bounded() {
    let bytes = bomb(9);
    let large = "is too large when it is unpacked";
    for (name, compress) in COMPRESSIONS {
        let outcome = read_within(&compress(&bytes), &SMALL);
        hits_after_sentinel(&outcome, large, name);
        assert!(outcome.amount.bytes < 10 << 20);
    }
    hits_after_sentinel(&read_within(&bytes, &SMALL), large, "tar");
    let packed = rpm(&gzip(&cpio(&[("a.c", SENTINEL), ("b.tar.gz", &gzip(&bytes)[..])])));
    hits_after_sentinel(&read_within(&packed, &SMALL), large, "rpm");
    let deflated = archives::deflated(&vec![0; 9 << 20]);
    let entry = ZipEntry {
        method: 8,
        crc: archives::crc(&vec![0; 9 << 20]),
        size: 9 << 20,
        ..ZipEntry::stored(b"b.c", &deflated)
    };
    let outcome = read_within(&zip(&[ZipEntry::stored(b"a.c", SENTINEL), entry]), &SMALL);
    assert_eq!(outcome.seen.files[0].1, SENTINEL);
    assert!(outcome.amount.bytes < 10 << 20);
}

/// Streams of zeros one after the other make a bomb of any size in no time.
#[test]
fn the_ratio_is_bounded() {
    let zeros = vec![0; 4 << 20];
    let header = Header::file("zeros.c", 400 << 20);
    let head = [archives::file("a.c", SENTINEL), header.block()].concat();
    for (name, compress) in COMPRESSIONS {
        let bytes = [compress(&head), compress(&zeros).repeat(100)].concat();
        let limits = Limits {
            ratio: 100,
            ..Limits::default()
        };
        let outcome = read_within(&bytes, &limits);
        hits_after_sentinel(&outcome, "holds too much for its size", name);
        assert!(outcome.amount.bytes <= Limits::RATIO_FROM + (1 << 20), "{name}");
    }
}

#[test]
fn members_are_bounded() {
    let many = "has too many members";
    let empties: Vec<u8> = archives::file("a.c", SENTINEL)
        .into_iter()
        .chain(Header::file("b.c", 0).block().repeat(2_000))
        .collect();
    let outcome = read_within(&gzip(&empties), &SMALL);
    hits_after_sentinel(&outcome, many, "tar");
    assert_eq!(outcome.seen.files.len(), 1_000);
    // Links and folders take time too.
    let links = [
        archives::file("a.c", SENTINEL),
        Header::kind("l", b'2', "a.c").block().repeat(2_000),
    ]
    .concat();
    hits_after_sentinel(&read_within(&links, &SMALL), many, "links");
    let entries = [
        cpio_entry(b"a.c", 0o100_644, SENTINEL.len() as u32, SENTINEL),
        cpio_entry(b"b.c", 0o040_755, 0, b"").repeat(2_000),
    ];
    hits_after_sentinel(&read_within(&rpm(&entries.concat()), &SMALL), many, "rpm");
    let names: Vec<String> = (0..2_000).map(|number| format!("{number}.c")).collect();
    let entries: Vec<ZipEntry> = names
        .iter()
        .map(|name| ZipEntry::stored(name.as_bytes(), b""))
        .collect();
    let outcome = read_within(&zip(&entries), &SMALL);
    assert_eq!(outcome.limit(), many);
    assert!(outcome.seen.files.len() <= 1_000);
}

/// Long names and attributes stand in memory while they are read.
#[test]
fn headers_are_bounded() {
    for kind in *b"LKx" {
        let header = Header {
            kind,
            ..Header::file("long", 6 << 20)
        };
        let bytes = [archives::file("a.c", SENTINEL), member(&header, &vec![b'n'; 6 << 20])].concat();
        let outcome = read(&gzip(&bytes));
        hits_after_sentinel(&outcome, "has a header that is too long", &(kind as char).to_string());
    }
    // Without end: one such header after the other, each short.
    let header = Header {
        kind: b'x',
        ..Header::file("x", 0)
    };
    let bytes = [archives::file("a.c", SENTINEL), header.block().repeat(20_000)].concat();
    let outcome = read(&gzip(&bytes));
    assert!(!outcome.trouble().is_empty());
    assert_eq!(outcome.seen.files.len(), 1);
}

/// Streams that hold nothing take time as well, but no more than their bytes.
#[test]
fn empty_streams_end() {
    for (name, compress) in COMPRESSIONS {
        let bytes = [compress(b"").repeat(20_000), compress(&tar(&[("a.c", SENTINEL)]))].concat();
        let outcome = read(&bytes);
        assert_eq!((outcome.seen.names(), outcome.trouble()), (vec!["a.c"], ""), "{name}");
    }
}
