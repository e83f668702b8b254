//! Readers that count what passes through them, and stop where a limit is hit.

use super::{Amount, Broken, Limits};
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Bytes of headers between two members: names and attributes. A reader of containers keeps them in memory.
const HEADERS: u64 = 4 << 20;

/// What was counted so far in one archive.
#[derive(Clone)]
pub(super) struct Meter(Rc<Counters>);

struct Counters {
    limits: Limits,
    compressed: Cell<u64>,
    bytes: Cell<u64>,
    members: Cell<u64>,
    /// Bytes of headers that may still come before the next member; `None` while a member is read.
    headers: Cell<Option<u64>>,
    hit: Cell<Option<&'static str>>,
}

impl Meter {
    pub fn new(limits: Limits) -> Meter {
        Meter(Rc::new(Counters {
            limits,
            compressed: Cell::new(0),
            bytes: Cell::new(0),
            members: Cell::new(0),
            headers: Cell::new(Some(HEADERS)),
            hit: Cell::new(None),
        }))
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub fn amount(&self) -> Amount {
        Amount {
            members: self.0.members.get(),
            bytes: self.0.bytes.get(),
        }
    }

    /// Counts a member, whose content comes next.
    pub fn member(&self) -> io::Result<()> {
        self.0.members.set(self.0.members.get() + 1);
        self.0.headers.set(None);
        if self.0.members.get() > self.0.limits.members {
            return Err(self.too_many());
        }
        Ok(())
    }

    /// What ends an archive with more members than may be.
    pub fn too_many(&self) -> io::Error {
        self.stop("has too many members")
    }

    /// Counts bytes that a member stands for, but that are not in the archive.
    pub fn holes(&self, bytes: u64) -> io::Result<()> {
        self.count(bytes, false)
    }

    /// No more members come, only what ends the stream.
    pub fn rest(&self) {
        self.0.headers.set(None);
    }

    /// Headers come next.
    pub fn between(&self) {
        self.0.headers.set(Some(HEADERS));
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
                text: text.to_owned(),
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

    fn count(&self, read: u64, compressed: bool) -> io::Result<()> {
        let counters = &*self.0;
        if compressed {
            counters.compressed.set(counters.compressed.get() + read);
            return Ok(());
        }
        let bytes = counters.bytes.get().saturating_add(read);
        counters.bytes.set(bytes);
        if bytes > counters.limits.bytes {
            return Err(self.stop("is too large when it is unpacked"));
        }
        let most = counters.compressed.get().saturating_mul(counters.limits.ratio);
        if bytes > Limits::RATIO_FROM && bytes > most {
            return Err(self.stop("holds too much for its size"));
        }
        if let Some(left) = counters.headers.get() {
            let left = left.checked_sub(read);
            counters.headers.set(left);
            if left.is_none() {
                return Err(self.stop("has a header that is too long"));
            }
        }
        Ok(())
    }

    fn stop(&self, text: &'static str) -> io::Error {
        self.0.hit.set(Some(text));
        io::Error::other(text)
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
        self.meter.count(read as u64, self.compressed)?;
        Ok(read)
    }
}
