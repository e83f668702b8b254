//! The fuzz targets without a fuzzer: over their corpora and some mutations of them, which are the same in every run.

#[path = "../../fuzz/targets/mod.rs"]
mod targets;

use crate::support::size::size;
use std::fs;
use std::path::Path;

/// Mutations for each input of a corpus: enough to see that a target works; a fuzzer does the rest.
fn mutations() -> usize {
    size(50, 200)
}

/// Mutations of what is checked as a whole, of which each takes some time.
fn checks() -> usize {
    size(3, 8)
}

/// xorshift64: numbers that look random and are not.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % count.max(1) as u64) as usize
    }
}

/// The inputs of a target, in order of their names.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let entries = fs::read_dir(&folder).expect("every target has a corpus");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("a readable file"))
        .collect()
}

/// An input with up to three changes, of which one may be a piece of another input.
fn mutated(input: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len() + 1);
        let end = (at + numbers.below(40)).min(bytes.len());
        match numbers.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            1 if at < bytes.len() => bytes[at] = [0, 0x7f, 0x80, 0xff, b'(', b'}', b'\n'][numbers.below(7)],
            2 => bytes.truncate(at),
            3 => {
                bytes.drain(at..end);
            }
            4 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let from = numbers.below(other.len() + 1);
                let piece = other[from..(from + 40).min(other.len())].to_vec();
                bytes.splice(at..end, piece);
            }
        }
    }
    bytes
}

/// Runs a target over its corpus.
fn survive(name: &str, mutations: usize) {
    let inputs = corpus(name);
    assert!(!inputs.is_empty());
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for input in &inputs {
        targets::run(name, input);
        for _ in 0..mutations {
            let other = numbers.below(inputs.len());
            targets::run(name, &mutated(input, &inputs[other], &mut numbers));
        }
    }
}

#[test]
fn archives() {
    let archives = targets::TARGETS.iter().filter(|(name, _)| name.starts_with("archive_"));
    let names: Vec<&str> = archives.map(|(name, _)| *name).collect();
    assert_eq!(names.len(), 9);
    names.iter().for_each(|name| survive(name, mutations()));
}

#[test]
fn patches_and_descriptions() {
    ["dsc", "patch", "patch_made"]
        .iter()
        .for_each(|name| survive(name, mutations()));
}

#[test]
fn cut() {
    survive("cut", mutations());
}

#[test]
fn check_c() {
    survive("check_c", checks());
}

#[test]
fn check_rust() {
    survive("check_rust", checks());
}

#[test]
fn grammar() {
    survive("grammar", checks());
}

#[test]
fn baseline() {
    survive("baseline", mutations());
}

/// A target that is not run here, or has no program for the fuzzer, would be forgotten.
#[test]
fn every_target_has_a_corpus_and_a_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let names = |kind: &str, ending: &str| {
        let entries = fs::read_dir(folder.join(kind)).expect("a readable folder");
        let names = entries.map(|entry| {
            entry
                .expect("a readable folder")
                .file_name()
                .to_string_lossy()
                .into_owned()
        });
        let mut names: Vec<String> = names.map(|name| name.trim_end_matches(ending).to_owned()).collect();
        names.sort();
        names
    };
    let mut known: Vec<String> = targets::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.sort();
    assert_eq!(names("corpus", ""), known);
    assert_eq!(names("fuzz_targets", ".rs"), known);
}
