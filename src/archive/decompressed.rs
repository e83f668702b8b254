//! Compressed streams → what they hold.

use super::ahead::Ahead;
use super::format::Format;
use super::limited::Meter;
use std::io::{self, BufRead, BufReader, Read};

/// Memory that decompressing one stream may take. xz's largest preset needs 65 MiB.
const DECODER: u64 = 128 << 20;
/// Memory that decompressing several blocks at once may take; with more they would wait for each other less.
const BLOCKS: u64 = 96 << 20;
/// Bytes of compressed data that are read at once.
const INPUT: usize = 64 << 10;

/// What a compressed file holds, decompressed ahead if there are threads for it. The bytes of both are counted.
pub(super) fn file(
    file: impl Read + Send + 'static,
    format: Format,
    meter: &Meter,
) -> io::Result<Box<dyn Read + Send>> {
    let stream = stream(meter.compressed(file), format, meter)?;
    Ok(if meter.limits().threads > 1 {
        Box::new(meter.plain(Ahead::new(stream)?))
    } else {
        Box::new(meter.plain(BufReader::with_capacity(INPUT, stream)))
    })
}

/// What a compressed stream holds.
pub(super) fn stream<'a>(
    stream: impl Read + Send + 'a,
    format: Format,
    meter: &Meter,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    let stream = BufReader::with_capacity(INPUT, stream);
    Ok(match format {
        Format::Xz => Box::new(Xz {
            decoder: Some(xz(stream, meter.limits().threads)?),
            threads: meter.limits().threads,
        }),
        Format::Lzma => {
            let decoder = liblzma::stream::Stream::new_lzma_decoder(DECODER)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(stream, decoder))
        }
        Format::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(stream)),
        Format::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(stream)),
        Format::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(stream)?;
            decoder.window_log_max(DECODER.ilog2())?;
            Box::new(decoder)
        }
        Format::Tar | Format::Zip | Format::Rpm | Format::Cpio => Box::new(stream),
    })
}

/// A file in xz's format: streams, one after the other, with zeros between them (the format's section 2). The decoder with
/// several threads takes one of them.
struct Xz<R: BufRead> {
    decoder: Option<liblzma::bufread::XzDecoder<R>>,
    threads: u32,
}

fn xz<R: BufRead>(stream: R, threads: u32) -> io::Result<liblzma::bufread::XzDecoder<R>> {
    let decoder = liblzma::stream::MtStreamBuilder::new()
        .threads(threads.max(1))
        .memlimit_threading(BLOCKS)
        .memlimit_stop(DECODER)
        .decoder()?;
    Ok(liblzma::bufread::XzDecoder::new_stream(stream, decoder))
}

impl<R: BufRead> Read for Xz<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let read = decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(done) = self.decoder.take() else { break };
            let mut stream = done.into_inner();
            if !skip_zeros(&mut stream)? {
                self.decoder = Some(xz(stream, self.threads)?);
            }
        }
        Ok(0)
    }
}

/// Skips zeros. Returns whether the stream is at its end.
fn skip_zeros(stream: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = stream.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let (is_end, all) = (bytes.is_empty(), zeros == bytes.len());
        stream.consume(zeros);
        if is_end || !all {
            return Ok(is_end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::*;
    use std::io::Write;

    fn compressed(text: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
        encoder.write_all(text).expect("memory does not fail");
        encoder.finish().expect("memory does not fail")
    }

    fn read(bytes: &[u8], threads: u32) -> io::Result<Vec<u8>> {
        let meter = Meter::new(Limits {
            threads,
            ..Limits::default()
        });
        let mut read = Vec::new();
        stream(bytes, Format::Xz, &meter)?.read_to_end(&mut read)?;
        Ok(read)
    }

    #[test]
    fn all_streams_of_an_xz_file_are_read() {
        let file = [compressed(b"one"), vec![0; 8], compressed(b"two"), vec![0; 4]].concat();
        for threads in [1, 2] {
            assert_eq!(read(&file, threads).expect("it is sound"), b"onetwo");
            assert!(read(&file[..file.len() - 8], threads).is_err(), "cut off");
        }
    }
}
