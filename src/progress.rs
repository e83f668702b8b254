//! How far a run has come, and when it must end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When an analysis must end, as far as it has got. It is asked between small pieces of work; nobody is interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// There is none.
    pub const NEVER: Deadline = Deadline(None);

    /// So long after now; never if that is too far away for a clock.
    pub fn after(time: Duration) -> Deadline {
        Deadline(Instant::now().checked_add(time))
    }

    /// Whether it is time to end. Once true, it stays so.
    pub fn is_over(self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }
}

/// Numbers that grow while a run goes on, for whoever shows them meanwhile. Nothing that is reported depends on them.
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
