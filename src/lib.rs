//! mremap-lint finds calls that reach Linux `mremap` with an `old_size` that is or may be zero.
//!
//! # Data flow
//! One direction, no cycles; a module uses only modules named before it (`tests/layers.rs` holds this to be so):
//!
//! 1. [`paths`]: paths as such. [`source`]: text, spans, lines and columns, problems. [`progress`]: how far a run has come.
//! 2. [`sinks`]: the table of callees that reach mremap.
//! 3. [`archive`]: archives and source packages → a stream of members.
//!    [`input`]: paths → units. Walks or unpacks in memory, decodes, and keeps the text of files that hold the word; of the
//!    others only the paths, and of small archives the text. Texts that editors have not saved yet stand for files.
//! 4. [`syntax`]: text → items (a light lexer cuts the file, so that only what matters is parsed) → trees → roles. The
//!    queries under `queries/` say what each construct looks like; their capture names are one closed vocabulary.
//! 5. [`ir`]: the language-neutral control-flow graph.
//!    [`facts`]: what is known of the platform and of libraries, in tables.
//! 6. [`lower`]: roles → IR. Macros are expanded as code, `#if` becomes a branch on a setting of the build.
//! 7. [`value`]: what a value can be: constants with their origin, symbolic terms in a normal form, ranges.
//!    [`state`]: what is known at one point of one path: memory and constraints.
//!    [`engine`]: explores the paths of a function and of all that it calls, within bounds.
//! 8. [`outcome`]: what the kernel does with a call. [`verdict`]: from the values that reach a call to a finding.
//!    [`program`]: the rounds: which functions to explore, who calls them, which other files of the unit are wanted.
//! 9. [`finding`]: what the analysis says about one call; [`suppression`]: comments that allow it; `rules` and `formats`: the
//!    rule table and the formats.
//! 10. `scan`: inputs → findings and problems, in path order. `config`: the configuration file. `lsp`: the language
//!     server. `survey`: many packages → their `journal`. [`report`]: journals → one report. `cli`: the command line.
//!
//! ```text
//! files with the word ─ cut ─ items with a sink ─ lower ─ explore ─ records ─ verdict ─ findings ─ reports
//!          ▲                        ▲                                  │
//!          │                        └── items that call a wrapper ◄────┤ a round: callers decide
//!          └── other files that mention a wanted name ◄────────────────┘ a search: something is not there
//! ```
//!
//! An analysis is a number of rounds: each explores the functions that call those which the one before left undecided
//! (`program/callers.rs`). After the last, functions that only unseen code calls are explored anew among what the unit
//! leaves in its globals, and what memory held on entry is looked up in what other functions leave there
//! (`program/objects.rs`). A search gives the unit more files, and the analysis is made again from the first round on;
//! an item or exploration of which all questions still have the same answers is taken over (`program/inquiry.rs`,
//! `program/memo.rs`).
//!
//! # What keeps the cost down
//! Only the slice of a function that has to do with old_size is run ([`engine`]). A call that does not lead to a sink
//! has an allowance of steps, above which less is kept apart in it, and above a second one it may have done anything. A
//! call that is followed only for what it asks leaves one state for each answer to what is zero. Loops that count, or
//! walk along a list, run twice before they are widened. States with one memory are joined before others. A function
//! that hits its bound all the same is explored a second time with less kept apart: what that proves is proven, a zero
//! that was found before stays found, and if it does not end either, nothing is claimed that other states could
//! contradict.
//!
//! Names that many files mention are looked for where the text around them looks like a definition. The first search reads
//! all other files of a unit once more; further ones are made only where that costs little (`scan`). No search is made for
//! what only one file sees, and for names that hold the word. What an analysis has lowered and explored is used again by the
//! one after a search, as far as the new files give no other answer to what was asked on the way ([`program`]).
//!
//! # Rules of evidence
//! `zero-old-size` needs that every state that reaches the call brings zero. `maybe-zero-old-size` needs one feasible state
//! that brings a concrete zero: a constant, a test that leaves nothing else, a zero that another function of the unit leaves
//! in the field or global that is read, a test of the program's own for zero on the same path after the call. An unknown
//! value, a widened loop or the overflow of an unknown never makes a zero. What only unseen code calls may run in any order:
//! its private globals hold their initial values, or what up to three calls of the unit's functions leave in them. A loop
//! that counts up to a value and does not run at all is no evidence either.
//!
//! # How a verdict came about
//! `check --explain-call FILE:LINE` tells it for the calls of one line: the same analysis, which keeps the operands of each
//! state as text ([`verdict::shown`]) and what each exploration has asked for, and lists both (`program/explain.rs`). Where a
//! verdict surprises, the state that causes it, the name that is not visible or the limit that was hit is in the list.
//!
//! # Assumptions behind proofs
//! 64-bit Linux with pages of 4 KiB; no data race; no access outside of the bounds of an object; pointers that the
//! program does not relate do not alias; library functions do what their manual pages say; sizes that the program does
//! not fix do not overflow when they grow; no sum or product is made with the -1 of a failure beside page sizes; a mask
//! `-m` belongs to a power of two `m`; a value that is only known not to be zero does not lie within one page of the
//! largest `size_t`, unless the program's own constants and arithmetic alone make it what it is.

pub mod paths;

pub mod source;

pub mod progress;

pub mod sinks;

pub mod archive;

pub mod input;

pub mod syntax;

pub mod ir;

pub mod facts;

pub mod lower;

pub mod value;

pub mod state;

pub mod engine;

pub mod outcome;

pub mod verdict;

pub mod program;

pub mod finding;

pub mod rules;

pub mod formats;

pub mod suppression;

pub mod scan;

pub mod config;

pub mod lsp;

pub mod journal;

pub mod survey;

pub mod report;

pub mod cli;

/// The code in the page about the library is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct Library;
