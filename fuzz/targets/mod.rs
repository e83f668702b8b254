//! What is fuzzed: each target is a function of bytes that must not panic, hang or take much memory, and that checks what
//! holds for all bytes. They run under libFuzzer (`fuzz/fuzz_targets`) and, over the corpora and some mutations of them,
//! as ordinary tests (`tests/inputs/fuzz_corpus.rs`).

mod archives;
mod choices;
mod grammar_c;
mod grammar_rust;
mod patches;
mod sources;

/// A target: its name, which is that of its corpus, and the function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 17] = [
    ("archive_tar", archives::tar),
    ("archive_zip", archives::zip),
    ("archive_cpio", archives::cpio),
    ("archive_rpm", archives::rpm),
    ("archive_xz", archives::xz),
    ("archive_lzma", archives::lzma),
    ("archive_gzip", archives::gzip),
    ("archive_bzip2", archives::bzip2),
    ("archive_zstd", archives::zstd),
    ("dsc", patches::description),
    ("patch", patches::patch),
    ("patch_made", patches::made),
    ("cut", sources::cut),
    ("check_c", sources::check_c),
    ("check_rust", sources::check_rust),
    ("grammar", sources::grammar),
    ("baseline", sources::baseline),
];

/// Runs the target of this name.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    target.expect("a target of this name").1(data);
}
