//! GitHub's `primaryLocationLineHash`: a rolling hash over the next 100 characters from the start of a line, blanks left
//! out, and how many lines before have the same. Code scanning follows an alert through edits by it and would otherwise
//! compute it from the checked-out file; the way of counting is that of its upload action.

use crate::source::SourceFile;
use std::collections::{BTreeMap, BTreeSet};

/// Characters in the window.
const WINDOW: usize = 100;
/// The base of the polynomial, modulo 2^64.
const BASE: u64 = 37;
/// Stands for the end of the file, as a character that no text holds.
const END: u16 = u16::MAX;

/// The hashes of the lines asked for (from 1), by line.
pub(super) fn line_hashes(file: &SourceFile, lines: &BTreeSet<u32>) -> BTreeMap<u32, String> {
    let mut roller = Roller::new(lines);
    let mut after_return = false;
    for unit in file.text.encode_utf16() {
        let newline = unit == u16::from(b'\n');
        let skip = unit == u16::from(b' ') || unit == u16::from(b'\t') || (after_return && newline);
        after_return = unit == u16::from(b'\r');
        if !skip {
            roller.character(if after_return { u16::from(b'\n') } else { unit });
        }
    }
    roller.character(END);
    roller.finish()
}

struct Roller<'a> {
    wanted: &'a BTreeSet<u32>,
    characters: [u16; WINDOW],
    /// The line that starts at the place in the window.
    starts: [Option<u32>; WINDOW],
    place: usize,
    hash: u64,
    /// `BASE` to the power of `WINDOW`: what a character weighs when it leaves.
    leaving: u64,
    line: u32,
    at_line_start: bool,
    seen: BTreeMap<u64, u32>,
    hashes: BTreeMap<u32, String>,
}

impl Roller<'_> {
    fn new(wanted: &BTreeSet<u32>) -> Roller<'_> {
        Roller {
            wanted,
            characters: [0; WINDOW],
            starts: [None; WINDOW],
            place: 0,
            hash: 0,
            leaving: (0..WINDOW).fold(1, |power: u64, _| power.wrapping_mul(BASE)),
            line: 0,
            at_line_start: true,
            seen: BTreeMap::new(),
            hashes: BTreeMap::new(),
        }
    }

    fn character(&mut self, character: u16) {
        self.emit();
        if self.at_line_start {
            self.line += 1;
            self.starts[self.place] = Some(self.line);
        }
        self.at_line_start = character == u16::from(b'\n');
        self.shift(character);
    }

    /// The window is full from the start of the line at this place on: its hash is known.
    fn emit(&mut self) {
        if let Some(line) = self.starts[self.place].take() {
            let count = self.seen.entry(self.hash).or_insert(0);
            *count += 1;
            if self.wanted.contains(&line) {
                self.hashes.insert(line, format!("{:x}:{count}", self.hash));
            }
        }
    }

    fn shift(&mut self, character: u16) {
        let left = u64::from(std::mem::replace(&mut self.characters[self.place], character));
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(character))
            .wrapping_sub(self.leaving.wrapping_mul(left));
        self.place = (self.place + 1) % WINDOW;
    }

    fn finish(mut self) -> BTreeMap<u32, String> {
        for _ in 0..WINDOW {
            self.emit();
            self.shift(0);
        }
        self.hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Language;
    use std::path::PathBuf;

    fn hashes(text: &str) -> Vec<String> {
        let file = SourceFile::new(PathBuf::from("a.c"), Language::C, text.to_owned());
        let lines = (1..=text.lines().count() as u32 + 1).collect();
        line_hashes(&file, &lines).into_values().collect()
    }

    #[test]
    fn blanks_and_line_ends_do_not_count() {
        assert_eq!(hashes("int  a;\r\n\tint b;\r\n"), hashes("int a;\nint b;\n"));
        assert_ne!(hashes("int a;\nint b;\n"), hashes("int a;\nint c;\n"));
    }

    /// What Microsoft's sarif-multitool 5.7.0 inserts for these files (`--insert RollingHashPartialFingerprints`).
    #[test]
    fn hashes_are_those_of_another_implementation() {
        let call = "void *f(void *p, unsigned long n) { return mremap(p, 0, n, 1); }";
        let three = format!("{call}\n{call}\n{call}\n");
        assert_eq!(
            hashes(&three)[..3],
            ["6eed8b1bb707f67e:1", "6eed8b1bb707f67e:2", "7b00f3fcf03fd858:1"]
        );
        let windows = format!("/* 😀é */\r\n{call}\r\n{call}\r\n{call}\r\n\t {call}");
        assert_eq!(hashes(&windows)[3..5], ["6eed8b1bb707f67e:3", "edbdce512c332b52:1"]);
        let astral = format!("x\n\n\n{call}/* 😀 */{call}\n{}\n", "y".repeat(300));
        assert_eq!(hashes(&astral)[3], "896c91fd285d3ed1:1");
    }

    #[test]
    fn equal_windows_are_numbered() {
        let filler = "x".repeat(WINDOW);
        let text = format!("{filler}\n{filler}\n{filler}");
        let hashes = hashes(&text);
        assert!(hashes[0].ends_with(":1") && hashes[1].ends_with(":2"), "{hashes:?}");
    }
}
