//! What the analysis answers: about fixtures, about units of several files, and about its own domain.

mod again;
mod fixtures;
mod growing;
mod laws;
mod many;
mod nesting;
mod outcomes;
mod pairs;
mod searches;

#[path = "../support/mod.rs"]
mod support;
