//! mremap-lint finds calls that reach Linux `mremap` with an `old_size` that is or may be zero.
//!
//! # Data flow
//! One direction, no cycles; a module uses only modules named before it:
//!
//! 1. [`source`]: text, spans, problems.
//! 2. [`input`]: paths → files. Walks, decodes, and keeps only files that hold the word.
//! 3. [`syntax`]: text → items (a light lexer cuts the file) → syntax trees → roles. Queries under `queries/` say what each
//!    construct looks like; the capture names are one closed vocabulary for all languages.
//! 4. [`ir`]: the language-neutral control-flow graph.
//! 5. `lower`: roles → IR. Macros are expanded as code, `#if` becomes a branch on a build setting.
//! 6. `value`, `state`, `engine`: bounded symbolic execution of the IR on states that hold just what matters.
//! 7. `verdict`, `outcome`: from the values that reach a call to a finding.
//! 8. [`finding`]: what the analysis says about one call.
//! 9. `rules`, `report`: the rule table and the formats.
//! 10. `scan`, `cli`: inputs → findings and problems, in path order.

pub mod source;

pub mod sinks;

pub mod input;

pub mod syntax;

pub mod ir;

pub mod lower;

pub mod value;

pub mod state;

pub mod engine;

pub mod outcome;

pub mod verdict;

pub mod finding;
