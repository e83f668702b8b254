//! Readers that count what passes through them, and stop where a limit is hit.

use super::{Amount, Broken, Limits};
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Bytes of headers between two members: names and attributes. A reader of containers keeps them in memory.
const HEADERS: u64 = 4 << 20;

/// What was counted so far in one archive. A thread that decompresses ahead counts as well.
#[derive(Clone)]
pub(super) struct Meter(Arc<Counters>);

struct Counters {
    limits: Limits,
    compressed: AtomicU64,
    bytes: AtomicU64,
    members: AtomicU64,
    /// What `bytes` may be when the next member begins; none while a member is read.
    headers: AtomicU64,
    hit: OnceLock<&'static str>,
}

/// Stands for no bound on the bytes of headers.
const UNBOUNDED: u64 = u64::MAX;

impl Meter {
    pub fn new(limits: Limits) -> Meter {
        Meter(Arc::new(Counters {
            limits,
            compressed: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            members: AtomicU64::new(0),
            headers: AtomicU64::new(HEADERS),
            hit: OnceLock::new(),
        }))
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub fn amount(&self) -> Amount {
        Amount {
            members: self.0.members.load(Ordering::Relaxed),
            bytes: self.0.bytes.load(Ordering::Relaxed),
        }
    }

    /// Counts a member, whose content comes next.
    pub fn member(&self) -> io::Result<()> {
        let members = 1 + self.0.members.fetch_add(1, Ordering::Relaxed);
        self.0.headers.store(UNBOUNDED, Ordering::Relaxed);
        if members > self.0.limits.members {
            return Err(self.too_many());
        }
        self.in_time()
    }

    /// What ends an archive with more members than may be.
    pub fn too_many(&self) -> io::Error {
        self.stop("has too many members")
    }

    /// Counts bytes that a member stands for, but that are not in the archive.
    pub fn holes(&self, bytes: u64) -> io::Result<()> {
        if bytes > self.0.limits.bytes {
            return Err(self.stop("is too large when it is unpacked"));
        }
        self.count(bytes)
    }

    /// No headers come: it is the end of a stream, or one that has none.
    pub fn rest(&self) {
        self.0.headers.store(UNBOUNDED, Ordering::Relaxed);
    }

    /// Headers come next.
    pub fn between(&self) {
        let bytes = self.0.bytes.load(Ordering::Relaxed);
        self.0.headers.store(bytes + HEADERS, Ordering::Relaxed);
    }

    /// A reader of compressed bytes.
    pub fn compressed<R: Read>(&self, inner: R) -> Counted<R> {
        Counted {
            inner,
            meter: self.clone(),
            compressed: true,
        }
    }

    /// A reader of bytes that are not compressed any more.
    pub fn plain<R: Read>(&self, inner: R) -> Counted<R> {
        Counted {
            inner,
            meter: self.clone(),
            compressed: false,
        }
    }

    /// Why reading ended with an error.
    pub fn reason(&self, error: &io::Error) -> Broken {
        match self.0.hit.get() {
            Some(text) => Broken {
                text: (*text).to_owned(),
                limit: true,
            },
            None => Broken {
                text: format!("cannot be read to its end: {error}"),
                limit: false,
            },
        }
    }

    /// Whether a limit was hit: nothing more can be read.
    pub fn is_hit(&self) -> bool {
        self.0.hit.get().is_some()
    }

    /// Counts bytes of the archive's file.
    pub fn count_compressed(&self, read: u64) {
        self.0.compressed.fetch_add(read, Ordering::Relaxed);
    }

    fn count(&self, read: u64) -> io::Result<()> {
        let counters = &*self.0;
        let bytes = read + counters.bytes.fetch_add(read, Ordering::Relaxed);
        if bytes > counters.limits.bytes {
            return Err(self.stop("is too large when it is unpacked"));
        }
        let compressed = counters.compressed.load(Ordering::Relaxed);
        if bytes > Limits::RATIO_FROM && bytes > compressed.saturating_mul(counters.limits.ratio) {
            return Err(self.stop("holds too much for its size"));
        }
        if bytes > counters.headers.load(Ordering::Relaxed) {
            return Err(self.stop("has a header that is too long"));
        }
        self.in_time()
    }

    fn in_time(&self) -> io::Result<()> {
        if self.0.limits.deadline.is_over() {
            return Err(self.stop("takes too long to read"));
        }
        Ok(())
    }

    fn stop(&self, text: &'static str) -> io::Error {
        io::Error::other(*self.0.hit.get_or_init(|| text))
    }
}

/// A reader whose bytes are counted.
pub(super) struct Counted<R> {
    inner: R,
    meter: Meter,
    compressed: bool,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if self.compressed {
            self.meter.count_compressed(read as u64);
        } else {
            self.meter.count(read as u64)?;
        }
        Ok(read)
    }
}
