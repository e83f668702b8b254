//! mremap-lint finds calls that reach Linux `mremap` with an `old_size` that is or may be zero.
//!
//! Users of the library begin with [`scan::scan`]; [`config`] reads what a repository says of itself, and [`formats`] writes
//! what was found. All else is private.
//!
//! # Data flow
//! One direction, no circles; a module uses only modules named before it (`tests/structure/layers.rs` holds this to be so):
//!
//! 1. `paths`: paths as such. [`source`]: text, spans, lines and columns, problems. `progress`: how far a run has come.
//!    [`finding`]: what the analysis says about one call.
//! 2. `sinks`: the table of callees that reach mremap.
//! 3. `archive`: archives and source packages → a stream of members. `input`: paths → units.
//! 4. `syntax`: text → items → trees → roles. The queries under `queries/` say what each construct looks like; their
//!    capture names are one closed vocabulary.
//! 5. `ir`: the language-neutral control-flow graph. `facts`: what is known of the platform and of libraries, in tables.
//! 6. `lower`: roles → IR. Macros are expanded as code, `#if` becomes a branch on a setting of the build.
//! 7. `value`: what a value can be. `state`: what is known at one point of one path. `engine`: explores the paths of a
//!    function and of all that it calls, within bounds.
//! 8. `kernel`: what the kernel does with a call. `verdict`: from the values that reach a call to a finding. `program`:
//!    which functions to explore, who calls them, which other files of the unit are wanted.
//! 9. [`rules`]: the rule table. [`formats`]: findings → text, SARIF and others. `suppression`: comments that allow findings.
//! 10. [`scan`]: inputs → findings and problems, in path order. [`config`]: the configuration file. `lsp`: the language
//!     server. `journal`: one line for each package; `survey`: many packages → a journal; `report`: journals → one page.
//!     `cli`: the command line.
//!
//! ```text
//! files with the word ─ cut ─ items with a sink ─ lower ─ explore ─ records ─ verdict ─ findings ─ formats
//!          ▲                        ▲                                  │
//!          │                        └── items that call a wrapper ◄────┤ a round: callers decide
//!          └── other files that mention a wanted name ◄────────────────┘ a search: something is not there
//! ```
//!
//! # Words
//! - **Unit**: the files that are analysed together: a folder, a source package, or all files that are named one by one.
//! - **Item**: the piece of a file that is parsed and lowered as one: a function, a type, a macro, a global.
//! - **Sink**: a callee of which it is known that one of its arguments becomes old_size: `mremap` itself, what libraries
//!   call so, the raw system call, and functions that the user names.
//! - **Wrapper**: a function or macro that hands on what it is given, or a part of it, to a sink or another wrapper as
//!   old_size.
//! - **External**: outside of the unit, and so unseen. External callers may call what the unit does not keep private, with
//!   any arguments.
//! - **Round**: the exploration of the functions that call those which the round before left undecided. **Search**: a look
//!   for wanted names in the other files of the unit, after which the analysis is made again with what was found.
//! - **Slice**: the part of a function that has to do with old_size: the statements that it is computed from, and the
//!   branches that decide over these. Only the slice is run.
//! - **Disjunct**: one of the states of a block that are not joined. Their number is bounded; above it states are joined,
//!   and what differs in them becomes an unknown.
//! - **Havoc**: what lies in reach of code that is not followed becomes unknown. **Epoch**: the time between two havocs;
//!   each has a number. A place that is read twice in one epoch, and not written in between, holds the same unknown.
//! - **Unread**: of a piece of source: not understood. It is lowered as a call of anything with what it names, from which
//!   control may go to wherever it can go from there.
//! - **Widening**: what a loop changes becomes unknown, within bounds that hold in every further round of the loop.
//! - **Witness**: a constant that an unknown does have on some path, with the reason.
//! - **Record**: what one state that reaches a sink says of its arguments. **Site**: a call, or use of a macro, that a
//!   record counts for: the sink's own, and those that brought old_size there through wrappers.
//!
//! # What keeps the cost down
//! Only the slice of a function is run. What calls do and what is of interest is worked out once for an exploration; a slice is
//! made again only where something has become of interest that it mentions. States share their memory and what tests have
//! taught until one of them changes it. A call that does not lead to a sink has an allowance of steps, above which it has
//! fewer disjuncts, and above a second one its effect is a havoc. A call that is followed only for what it asks leaves one
//! disjunct for each answer to what is zero. Loops that count, or walk along a list, run twice before they are widened.
//! States with one memory are joined before others. A function is explored with few disjuncts first: what that proves is
//! proven, and most is; and what it leaves open is searched for. Only what is still open when all files are there that searches
//! bring is explored with all of them; if that hits its bound, a zero that was found
//! before stays found, and nothing is claimed that other states could contradict. A caller that takes too much already with
//! few disjuncts before it comes to a sink is left at that. The callers of one unit have a bound together, spent on the nearest
//! first; those beyond it are told as left out.
//!
//! When no search brings anything more, functions with external callers only are explored anew among what the unit leaves in its
//! globals (`program/objects.rs`), and the verdicts are made. The first search reads all other files of a unit once more;
//! further ones are made only where that costs little ([`scan`]). None is made for what only one file sees, or for names that
//! hold the word, since their files are there. What was lowered and explored is used again by the rounds after a search, as
//! far as the new files give no other answer to what was asked on the way (`program/inquiry.rs`).
//!
//! # A unit that changes
//! The language server keeps of each unit what its last analysis has worked out (`program/kept.rs`) and analyses the next state
//! stage by stage as the first, so that the outcome is that of `check`. Of a file that has changed, the items that stand at the
//! same place with the same text are as before (`syntax/index/renewal.rs`); what was lowered stays if none of the names that it
//! asked for has come or gone, and else is lowered anew and compared; what was explored stays if all its questions are answered
//! as before. Blanks behind the functions of an open document take up what a change adds (`lsp/steady.rs`). Files on the disk
//! are read again when the client says that they changed, and once when nothing was typed for a while.
//!
//! # What is not understood
//! A piece that lowering cannot read (an error of the parser, a construct without a role, a macro that is not visible) may run
//! any part of itself, write whatever its names, globals and escaped objects lead to, and jump to any label, case or loop exit
//! in sight (`lower/unread.rs`). What a call of a function that is not visible can write, it may have written: what its
//! arguments lead to through every level, globals, `errno`. A store through a pointer whose target is not known may be a store
//! to whatever it may point to (`engine/aliases.rs`). A value is only computed with where width and sign are known.
//!
//! # Rules of evidence
//! `zero-old-size` needs that every state that reaches the call brings zero. `maybe-zero-old-size` needs one feasible state
//! that brings a concrete zero: a constant, a test that leaves nothing else, a zero that another function of the unit
//! leaves in the field or global that is read, a test of the program's own for zero on the same path after the call. An
//! unknown value, a widened loop or the overflow of an unknown never makes a zero. Functions with external callers only may
//! run in any order: their private globals hold their initial values, or what up to three calls of the unit's functions
//! leave in them. A loop that counts up to a value and does not run at all is no evidence either.
//!
//! # How a verdict came about
//! `check --explain-call FILE:LINE` tells it for the calls of one line: the same analysis, which keeps the operands of each
//! record as text (`verdict/operands.rs`) and what each exploration has asked for, and lists both (`program/explain.rs`).
//! Where a verdict surprises, the state that causes it, the name that is not visible or the limit that was hit is in the
//! list.
//!
//! # Assumptions behind proofs
//! 64-bit Linux with pages of 4 KiB; no data race; no access outside of the bounds of an object; pointers that the program
//! does not relate do not alias (what a function is given points to nothing that it has itself, and a pointer that is not
//! followed points to what external code knows); a store through a pointer changes objects of the width of its target, through
//! one to characters or to what is not a plain value any (C's effective types), to a field only fields of that name; a pointer
//! that is moved stays in its object; a number that the program writes fits the type it is given; library functions do what
//! their manual pages say; sizes that the program does not fix do not overflow when they grow, in 64 bits or with sign; no sum
//! or product is made with the -1 of a failure beside page sizes; a mask `-m` belongs to a power of two `m`; a value that is
//! only known not to be zero does not lie within one page of the largest `size_t`, unless the program's own constants and
//! arithmetic alone make it what it is.

mod paths;

pub mod source;

mod progress;

pub mod finding;

mod sinks;

mod archive;

mod input;

mod syntax;

mod ir;

mod facts;

mod lower;

mod value;

mod state;

mod engine;

mod kernel;

mod verdict;

mod program;

pub mod rules;

pub mod formats;

mod suppression;

pub mod scan;

pub mod config;

mod lsp;

mod journal;

mod survey;

mod report;

mod cli;

/// The whole program, for `main`: what the arguments ask for, as an exit code.
#[doc(hidden)]
pub use cli::run;

/// What the tests and the fuzzer see of the inside besides. Nothing here is promised to stay.
#[doc(hidden)]
pub mod inside {
    pub mod archive {
        pub use crate::archive::debian::Dsc;
        pub use crate::archive::patch::{FilePatch, parse as parse_patch};
        pub use crate::archive::{Amount, Broken, Complaint, Kind, Member, Visitor, read};
    }

    pub mod input {
        pub use crate::input::{Unit, units};
    }

    pub mod journal {
        pub use crate::journal::{Line, Status};
    }

    pub mod lower {
        pub use crate::lower::dump;
    }

    pub mod program {
        pub use crate::program::{Kept, Options, check, check_again, check_growing};
    }

    pub mod suppression {
        pub use crate::suppression::apply;
    }

    pub mod survey {
        pub use crate::survey::{Journal, Options, Package, RESULTS, Tally, survey};
    }

    pub mod syntax {
        pub use crate::syntax::cut::cut;
    }

    pub mod value {
        pub use crate::value::bounds::Constraints;
        pub use crate::value::fold::fold;
        pub use crate::value::ranges::{Ranges, as_signed, mask};
        pub use crate::value::{Operator, Source, Term, TermId, Terms};
    }
}

/// The code in the page about the library is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct Library;
