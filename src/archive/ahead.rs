//! Decompressing ahead: a stream is read on a thread of its own while what it gave before is searched.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

/// Bytes of one piece: it fits the processor's cache.
const PIECE: usize = 256 << 10;
/// Pieces that wait to be read.
const WAITING: usize = 8;

/// A stream that another thread reads.
pub(super) struct Ahead {
    pieces: Receiver<io::Result<Vec<u8>>>,
    /// Pieces that are read go back, to be filled again.
    empty: Sender<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
    is_done: bool,
}

impl Ahead {
    /// Begins to read a stream.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn new(stream: impl Read + Send + 'static) -> io::Result<Ahead> {
        let (filled, pieces) = sync_channel(WAITING);
        let (empty, recycled) = channel();
        thread::Builder::new().spawn(move || {
            // A decoder that fails ends its own stream only.
            let read = catch_unwind(AssertUnwindSafe(|| read(stream, &filled, &recycled)));
            if read.is_err() {
                let _ = filled.send(Err(io::Error::other("the decoder failed")));
            }
        })?;
        Ok(Ahead {
            pieces,
            empty,
            piece: Vec::new(),
            at: 0,
            is_done: false,
        })
    }

    /// Takes the next piece; an empty one at the end of the stream, and after an error.
    fn next(&mut self) -> io::Result<()> {
        let used = std::mem::take(&mut self.piece);
        self.at = 0;
        if self.is_done {
            return Ok(());
        }
        let _ = self.empty.send(used);
        match self.pieces.recv() {
            Ok(Ok(piece)) if !piece.is_empty() => self.piece = piece,
            Ok(Err(error)) => {
                self.is_done = true;
                return Err(error);
            }
            Ok(Ok(_)) | Err(_) => self.is_done = true,
        }
        Ok(())
    }
}

/// Reads to the end, or until nobody wants more. The last piece is empty.
fn read(mut stream: impl Read, filled: &SyncSender<io::Result<Vec<u8>>>, recycled: &Receiver<Vec<u8>>) {
    loop {
        let mut piece = recycled.try_recv().unwrap_or_default();
        piece.resize(PIECE, 0);
        let mut length = 0;
        let mut error = None;
        while length < PIECE && error.is_none() {
            match stream.read(&mut piece[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(failure) if failure.kind() == io::ErrorKind::Interrupted => {}
                Err(failure) => error = Some(failure),
            }
        }
        piece.truncate(length);
        let is_last = length == 0;
        // What came before an error counts.
        if !(is_last && error.is_some()) && filled.send(Ok(piece)).is_err() {
            return;
        }
        if let Some(error) = error {
            let _ = filled.send(Err(error));
            return;
        }
        if is_last {
            return;
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            self.next()?;
        }
        let count = (&self.piece[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn the_stream_comes_whole_and_in_order() {
        let bytes: Vec<u8> = (0..5 * PIECE + 17).map(|number| (number % 251) as u8).collect();
        let mut read = Vec::new();
        let mut ahead = Ahead::new(Cursor::new(bytes.clone())).expect("a thread");
        assert_eq!(ahead.read_to_end(&mut read).expect("no error"), bytes.len());
        assert!(read == bytes);
        assert_eq!(ahead.read(&mut [0; 9]).expect("still at the end"), 0);
    }

    #[test]
    fn what_comes_before_an_error_is_read() {
        struct Fails(usize);
        impl Read for Fails {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 => (&b"abc"[..]).read(buffer),
                    2 => Err(io::Error::other("damaged")),
                    _ => panic!("an error is the end"),
                }
            }
        }
        let mut ahead = Ahead::new(Fails(0)).expect("a thread");
        let mut read = Vec::new();
        let error = ahead.read_to_end(&mut read).expect_err("the stream is damaged");
        assert_eq!((&read[..], error.to_string().as_str()), (&b"abc"[..], "damaged"));
    }

    #[test]
    fn a_decoder_that_panics_is_an_error() {
        struct Panics;
        impl Read for Panics {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                panic!("a bug of the decoder")
            }
        }
        let mut ahead = Ahead::new(Panics).expect("a thread");
        assert!(ahead.read(&mut [0; 9]).is_err());
    }
}
