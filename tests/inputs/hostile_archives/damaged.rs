//! Archives that are cut off or changed at any place.

use super::{Outcome, read_within};
use crate::support::archives::{self, SENTINEL, ZipEntry, cpio, rpm, tar, tarballs, zip};
use mremap_lint::scan::{ArchiveLimits as Limits, Deadline};

const LIMITS: Limits = Limits {
    bytes: 64 << 20,
    ratio: 1_000,
    members: 1_000,
    threads: 2,
    deadline: Deadline::NEVER,
};

/// Text that does not compress to nothing.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b'a' + (state % 26) as u8
    };
    (0..length).map(next).collect()
}

/// One archive of each kind with the same three files, and their names.
fn archives() -> Vec<(String, Vec<u8>)> {
    let middle = noise(1500);
    let files: [(&str, &[u8]); 3] = [("a.c", SENTINEL), ("b.c", &middle), ("c.c", SENTINEL)];
    let plain = tar(&files);
    let mut archives: Vec<(String, Vec<u8>)> = vec![
        ("lzma".into(), archives::lzma(&plain)),
        (
            "zip".into(),
            zip(&files.map(|(name, content)| ZipEntry::stored(name.as_bytes(), content))),
        ),
        ("rpm".into(), rpm(&cpio(&files))),
        (
            "rpm of tar.gz".into(),
            rpm(&archives::zstd(&cpio(&[("x.tar.gz", &archives::gzip(&plain)[..])]))),
        ),
    ];
    archives.extend(tarballs(&plain));
    archives
}

/// The names without the archive that they lie in.
fn names(outcome: &Outcome) -> Vec<&str> {
    let names = outcome.seen.names().into_iter();
    names.map(|name| name.rsplit('/').next().unwrap_or(name)).collect()
}

#[test]
fn what_is_whole_is_read() {
    for (kind, bytes) in archives() {
        let outcome = read_within(&bytes, &LIMITS);
        assert_eq!(names(&outcome), ["a.c", "b.c", "c.c"], "{kind}");
        assert!(!outcome.complains(), "{kind}");
    }
}

#[test]
fn what_is_cut_off_is_told() {
    for (kind, bytes) in archives() {
        // What ends a tar archive, and the last pad bytes of others, can be missing without loss.
        let needed = match kind.as_str() {
            "tar" => bytes.len() - 1024,
            _ => bytes.len(),
        };
        for end in (0..bytes.len()).step_by(7) {
            let outcome = read_within(&bytes[..end], &LIMITS);
            let read = names(&outcome);
            assert!(["a.c", "b.c", "c.c"].starts_with(&read), "{kind} {end}: {read:?}");
            // A tar archive may end where a member does.
            let is_whole = read.len() == 3 || kind == "tar" && (end % 512 == 0 || end >= needed);
            assert!(
                outcome.complains() || is_whole,
                "{kind}: cut off at {end} of {}, and nothing told",
                bytes.len()
            );
        }
    }
}

#[test]
fn changed_bits_do_no_harm() {
    for (kind, bytes) in archives() {
        for at in (0..bytes.len()).step_by(5) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let outcome = read_within(&changed, &LIMITS);
            let amount = outcome.amount;
            assert!(
                amount.members <= LIMITS.members + 1 && amount.bytes <= LIMITS.bytes + (1 << 20),
                "{kind} {at}"
            );
        }
    }
}

/// Compressed streams have sums: what they hold is right, or trouble is told.
#[test]
fn changed_bits_of_compressed_streams_are_noticed() {
    for (kind, bytes) in archives().into_iter().filter(|(kind, _)| kind.starts_with("tar.")) {
        let sound = read_within(&bytes, &LIMITS).seen.files;
        for at in (0..bytes.len()).step_by(3) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x40;
            let outcome = read_within(&changed, &LIMITS);
            // Zstandard writes no sum unless it is asked to.
            let is_noticed = outcome.complains() || outcome.seen.files == sound || kind == "tar.zst";
            assert!(is_noticed, "{kind}: bit at {at} of {}", bytes.len());
        }
    }
}
