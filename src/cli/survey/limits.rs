//! What one package may cost.

use crate::archive;
use crate::survey::Options;
use clap::Args;
use std::num::NonZeroU32;
use std::time::Duration;

/// The limits of each package.
#[derive(Debug, Args)]
pub(in crate::cli) struct Limits {
    /// Time for one package
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    limit_time: NonZeroU32,

    /// Memory for one package
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    limit_memory: u64,

    /// What is read of one archive, after decompression
    #[arg(long, value_name = "MIB", default_value_t = archive::Limits::default().bytes >> 20)]
    limit_bytes: u64,

    /// Members of one archive
    #[arg(long, value_name = "N", default_value_t = archive::Limits::default().members)]
    limit_members: u64,

    /// Bytes that may come of each compressed byte, above 256 MiB in all
    #[arg(long, value_name = "N", default_value_t = archive::Limits::default().ratio)]
    limit_ratio: u64,
}

impl Limits {
    /// Sets them.
    pub fn set(&self, options: &mut Options) {
        let input = &mut options.scan.input;
        input.limits.bytes = self.limit_bytes.saturating_mul(1 << 20);
        input.limits.members = self.limit_members;
        input.limits.ratio = self.limit_ratio;
        options.memory = self.limit_memory.saturating_mul(1 << 20);
        options.time = Duration::from_secs(u64::from(self.limit_time.get()));
    }
}
