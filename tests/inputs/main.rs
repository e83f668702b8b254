//! What is read: files, folders and archives, and input of all kinds that wants to do harm.

mod archives;
#[cfg(unix)]
mod files;
mod fuzz_corpus;
#[allow(clippy::print_stdout, reason = "its figures")]
mod hostile;
mod hostile_archives;

#[path = "../support/mod.rs"]
mod support;
