//! How far a run has come: numbers that grow while it goes on, for whoever shows them meanwhile. Nothing that is reported
//! depends on them.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one run.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicU64,
    functions: AtomicU64,
}

impl Progress {
    /// Counts a file that was read, or read once more.
    pub fn file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a function that was explored.
    pub fn function(&self) {
        self.functions.fetch_add(1, Ordering::Relaxed);
    }

    /// Files read so far.
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// Functions explored so far.
    pub fn functions(&self) -> u64 {
        self.functions.load(Ordering::Relaxed)
    }
}
