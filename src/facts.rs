//! What is known of the platform and of libraries that are not among the files: facts as data, which lowering and the
//! engine look up by name. A definition in the unit always comes first.
//!
//! Each table names the sources of its facts: ISO C and C++, POSIX, the Linux manual pages of sections 2 and 3, the kernel's
//! and the C library's headers, the documentation of the Rust standard library.
//!
//! # Add a fact
//! Find the table that asks the question which the fact answers, and add a line to it:
//!
//! | The fact | Table |
//! |---|---|
//! | A call never returns, asserts something, is one of its arguments, fills or moves memory | [`functions`] |
//! | An atomic operation | [`atomics`] |
//! | What a function that is not visible leaves as it is, returns, or refuses | [`external`] |
//! | A constant of the system's headers | [`headers`] |
//! | A Rust function of another crate gives the size of a page, never returns, or returns a type | [`rust`] |
//!
//! What the user states about the functions of a program is [`stated`].
//!
//! Only what the source says for every system that the analysis assumes is a fact. What a fact leads to is shown in a
//! fixture under `tests/fixtures/`. A kind of fact that no table holds is a new variant of the types that the tables are
//! made of; who looks the fact up gives it its meaning.

pub mod atomics;
pub mod external;
pub mod functions;
pub mod headers;
pub mod rust;
pub mod stated;

pub use atomics::Atomic;
pub use external::{Effect, Library, Returns};
pub use functions::{Assertion, Fact, Failure};
pub use stated::Stated;
