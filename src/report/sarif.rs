//! SARIF with one run: the results of all packages, then what is gone. The writer is that of `check`.

use super::{Gone, PackageEntry, Report};
use crate::formats::{RunDetails, SarifLog};
use std::io::{self, Write};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut log = log();
    for package in report.packages() {
        add(&mut log, &package, out)?;
    }
    for gone in report.gone() {
        add_gone(&mut log, gone, out)?;
    }
    log.finish(out)
}

/// A log that does not tell where the packages lie: their labels are what paths begin with.
pub(super) fn log() -> SarifLog {
    SarifLog::new(RunDetails::default(), None)
}

pub(super) fn add(log: &mut SarifLog, package: &PackageEntry, out: &mut dyn Write) -> io::Result<()> {
    for problem in &package.problems {
        log.problem(problem);
    }
    package
        .findings
        .iter()
        .try_for_each(|finding| log.finding(finding, out))
}

pub(super) fn add_gone(log: &mut SarifLog, gone: &Gone, out: &mut dyn Write) -> io::Result<()> {
    gone.findings.iter().try_for_each(|finding| log.finding(finding, out))
}
