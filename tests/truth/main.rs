//! What the analysis says against what happens: compiled programs are run, and calls are made of the running kernel.

#[allow(clippy::print_stdout, reason = "its figures")]
mod execution;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod kernel;

#[path = "../support/mod.rs"]
mod support;
