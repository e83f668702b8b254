//! The headers of an RPM package, which are skipped: the payload behind them is a compressed cpio archive.

use std::io::{self, Read};

/// The obsolete lead.
const LEAD: u64 = 96;
/// Entries of a header's index, 16 bytes each, and bytes of its data. What rpm itself allows (`lib/header.c`).
const ENTRIES: u64 = 0xffff;
const DATA: u64 = 0x0fff_ffff;

/// Reads up to the payload.
pub(super) fn skip_headers(package: &mut dyn Read) -> io::Result<()> {
    skip(package, LEAD)?;
    let signature = skip_header(package)?;
    // The signature is padded; the header is not.
    skip(package, signature.next_multiple_of(8) - signature)?;
    skip_header(package).map(|_| ())
}

/// Skips a header. Returns its size.
fn skip_header(package: &mut dyn Read) -> io::Result<u64> {
    let mut intro = [0; 16];
    package.read_exact(&mut intro)?;
    if intro[..3] != [0x8e, 0xad, 0xe8] {
        return Err(io::Error::other("a header of the package is damaged"));
    }
    let number = |at: usize| {
        u64::from(u32::from_be_bytes([
            intro[at],
            intro[at + 1],
            intro[at + 2],
            intro[at + 3],
        ]))
    };
    let (entries, data) = (number(8), number(12));
    if entries > ENTRIES || data > DATA {
        return Err(io::Error::other("a header of the package is damaged"));
    }
    let size = 16 * entries + data;
    skip(package, size)?;
    Ok(16 + size)
}

fn skip(reader: &mut dyn Read, bytes: u64) -> io::Result<()> {
    let skipped = io::copy(&mut reader.take(bytes), &mut io::sink())?;
    if skipped < bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}
