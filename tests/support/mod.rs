//! What the test programs share: one maker of small trees, one runner of the program, one maker of archives,
//! one word on how much is tried.

#![allow(dead_code, reason = "each of the test programs needs a part of it")]

pub mod archives;
pub mod program;
pub mod size;
pub mod tree;
