//! xz, with several blocks decoded at once where a file has them.

use liblzma::bufread::XzDecoder;
use liblzma::stream::MtStreamBuilder;
use std::io::{self, BufRead, BufReader, Read};

/// Streams one after the other, with zeros between them, as xz(1) reads them: the library's decoder of several blocks ends
/// with the first.
pub(super) struct Xz<R: Read> {
    state: State<R>,
    threads: u32,
    memory: u64,
}

enum State<R: Read> {
    Stream(XzDecoder<BufReader<R>>),
    Between(BufReader<R>),
    /// At the end, or after an error.
    Done,
}

impl<R: Read> Xz<R> {
    /// A reader of what was compressed; `memory` bytes are the most that decoding may take.
    pub fn new(compressed: R, threads: u32, memory: u64) -> Xz<R> {
        Xz {
            state: State::Between(BufReader::with_capacity(1 << 16, compressed)),
            threads,
            memory,
        }
    }

    fn decoder(&self, compressed: BufReader<R>) -> io::Result<XzDecoder<BufReader<R>>> {
        let stream = MtStreamBuilder::new()
            .threads(self.threads)
            .memlimit_threading(self.memory)
            .memlimit_stop(self.memory)
            .decoder()?;
        Ok(XzDecoder::new_stream(compressed, stream))
    }
}

impl<R: Read> Read for Xz<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Done) {
                State::Stream(mut decoder) => {
                    let read = decoder.read(buffer)?;
                    if read > 0 || buffer.is_empty() {
                        self.state = State::Stream(decoder);
                        return Ok(read);
                    }
                    State::Between(decoder.into_inner())
                }
                State::Between(mut compressed) => {
                    skip_zeros(&mut compressed)?;
                    if compressed.fill_buf()?.is_empty() {
                        return Ok(0);
                    }
                    State::Stream(self.decoder(compressed)?)
                }
                State::Done => return Ok(0),
            }
        }
    }
}

fn skip_zeros(compressed: &mut impl BufRead) -> io::Result<()> {
    loop {
        let bytes = compressed.fill_buf()?;
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let is_all = zeros == bytes.len();
        compressed.consume(zeros);
        if zeros == 0 || !is_all {
            return Ok(());
        }
    }
}
