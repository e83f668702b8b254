//! How far a survey has come.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Package;
use crate::journal::{Line, Status};

/// Numbers that grow while a survey goes on, for whoever shows them meanwhile.
#[derive(Debug, Default)]
pub struct Tally {
    /// All packages.
    packages: u64,
    /// Their bytes on disk.
    bytes: u64,
    /// Packages whose lines were in the journal already, and their bytes.
    in_journal: [AtomicU64; 2],
    /// Packages examined, by status.
    examined: [AtomicU64; Status::ALL.len()],
    /// Bytes of these.
    examined_bytes: AtomicU64,
    findings: AtomicU64,
    /// Packages that have findings.
    found_in: AtomicU64,
}

/// The numbers at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Packages in all.
    pub packages: u64,
    /// Their bytes on disk.
    pub bytes: u64,
    /// Packages whose lines were in the journal already.
    pub in_journal: u64,
    /// Bytes of these.
    pub bytes_in_journal: u64,
    /// Packages examined, by status, as [`Status::ALL`] orders them.
    pub examined: [u64; Status::ALL.len()],
    /// Bytes of these.
    pub examined_bytes: u64,
    /// Findings in packages examined.
    pub findings: u64,
    /// Packages examined that have findings.
    pub found_in: u64,
}

impl Tally {
    /// Nothing of these packages is done yet.
    pub fn new(packages: &[Package]) -> Tally {
        Tally {
            packages: packages.len() as u64,
            bytes: packages.iter().map(|package| package.size).sum(),
            ..Tally::default()
        }
    }

    /// What was counted so far.
    pub fn numbers(&self) -> Numbers {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Numbers {
            packages: self.packages,
            bytes: self.bytes,
            in_journal: load(&self.in_journal[0]),
            bytes_in_journal: load(&self.in_journal[1]),
            examined: [0, 1, 2].map(|status: usize| load(&self.examined[status])),
            examined_bytes: load(&self.examined_bytes),
            findings: load(&self.findings),
            found_in: load(&self.found_in),
        }
    }

    pub(super) fn skip(&self, package: &Package) {
        self.in_journal[0].fetch_add(1, Ordering::Relaxed);
        self.in_journal[1].fetch_add(package.size, Ordering::Relaxed);
    }

    pub(super) fn examine(&self, line: &Line) {
        let findings = line.counted().count() as u64;
        self.examined[line.status as usize].fetch_add(1, Ordering::Relaxed);
        self.examined_bytes.fetch_add(line.counts.bytes, Ordering::Relaxed);
        self.findings.fetch_add(findings, Ordering::Relaxed);
        self.found_in.fetch_add(u64::from(findings > 0), Ordering::Relaxed);
    }
}

impl Numbers {
    /// Packages examined.
    pub fn all_examined(&self) -> u64 {
        self.examined.iter().sum()
    }
}
