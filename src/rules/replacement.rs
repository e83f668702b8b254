#![doc = include_str!("../../docs/rules/replacement.md")]
//!
//! The short forms for messages are below; a test compiles and runs the recipes above.

use crate::finding::Replacement;
use crate::source::Language;

/// What to write instead of the call, in one or two sentences, in the words of the language.
pub fn advice(replacement: Replacement, language: Language) -> &'static str {
    match (replacement, language) {
        (Replacement::Memfd, Language::C | Language::Cpp) => {
            "For a second view, make the memory with `memfd_create` and `ftruncate` and `mmap` that descriptor twice with \
             MAP_SHARED; for a resize, pass the size that the mapping has."
        }
        (Replacement::Memfd, Language::Rust) => {
            "For a second view, make the memory with `memfd_create` and `ftruncate` (rustix, nix or libc) and map that \
             descriptor twice as shared; for a resize, pass the length that the mapping has."
        }
        (Replacement::SecondMmap, Language::C | Language::Cpp) => {
            "For a second view, keep the descriptor and `mmap` it again at the same offset with MAP_SHARED; for a resize, \
             pass the size that the mapping has."
        }
        (Replacement::SecondMmap, Language::Rust) => {
            "For a second view, keep the `File` or descriptor and map it again at the same offset as shared; for a resize, \
             pass the length that the mapping has."
        }
        (Replacement::Shmat, Language::C | Language::Cpp) => {
            "For a second view, attach the segment's id again with `shmat` (SHM_REMAP replaces what is at a fixed address)."
        }
        (Replacement::Shmat, Language::Rust) => {
            "For a second view, attach the segment's id again with `libc::shmat` (SHM_REMAP replaces what is at a fixed \
             address)."
        }
        (Replacement::NoAlias, Language::C | Language::Cpp) => {
            "Private memory cannot have an alias: for a snapshot, `mmap` new memory and `memcpy`; for an alias, allocate \
             from a memfd in the first place; for a resize, pass the size that the mapping has."
        }
        (Replacement::NoAlias, Language::Rust) => {
            "Private memory cannot have an alias: for a snapshot, map new memory and copy; for an alias, allocate from a \
             memfd in the first place; for a resize, pass the length that the mapping has."
        }
        (Replacement::PassOldSize, _) => {
            "Remove the call if it is dead or a probe; for a resize, pass the size that the mapping has."
        }
    }
}
