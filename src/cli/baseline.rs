//! `--baseline`: a run that is compared with an earlier one before anything of it is written.

use super::arguments::CheckArguments;
use super::output::Output;
use super::{Run, ended};
use crate::formats::{Baseline, Format, Settings, SourceRoot, UnitResult, writer};
use crate::scan::{self, Checked, Options};
use std::fs;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// The baseline and, later, what this run gave.
pub(super) struct Compared {
    path: PathBuf,
    baseline: Baseline,
    units: Vec<Checked>,
}

impl Compared {
    /// Reads the baseline, if one is asked for. Where it is to be written, it need not be there.
    pub fn read(arguments: &CheckArguments) -> Result<Option<Compared>, String> {
        let Some(path) = arguments.baseline.clone() else {
            return Ok(None);
        };
        let name = path.display();
        let baseline = match fs::read(&path) {
            Err(error) if arguments.update_baseline && error.kind() == ErrorKind::NotFound => Baseline::default(),
            Err(error) => return Err(format!("{name}: the baseline cannot be read: {error}")),
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| format!("{name}: the baseline is not UTF-8"))?;
                Baseline::read(&text).map_err(|wrong| format!("{name}: the baseline {wrong}"))?
            }
        };
        Ok(Some(Compared {
            path,
            baseline,
            units: Vec::new(),
        }))
    }

    /// Examines the inputs and writes what was found, and what is found no more.
    pub fn run(&mut self, options: &Options, root: &SourceRoot, run: &mut Run, out: &mut Output) -> io::Result<()> {
        // Renamed code can only be told from new code when all is known.
        let _ = scan::scan(options, |checked| {
            self.units.push(checked);
            ControlFlow::<()>::Continue(())
        });
        let units = self.units.iter_mut();
        let mut units: Vec<_> = units.map(|checked| (&checked.sources, &mut checked.findings)).collect();
        let absent = std::mem::take(&mut self.baseline).compare(&mut units, root);
        run.meter.stop();
        for checked in &self.units {
            run.unit(checked, out)?;
        }
        run.counts.absent = absent.len() as u64;
        run.writer.absent(&absent, out)
    }

    /// Writes what was found as the baseline of later runs.
    pub fn update(mut self, settings: Settings) -> u8 {
        let path = self.path.clone();
        ended(self.write(settings), Some(&path))
    }

    fn write(&mut self, mut settings: Settings) -> io::Result<()> {
        // A baseline is kept with the sources, on many machines.
        settings.run.without_root = true;
        let mut out = Output::open(Some(&self.path))?;
        let mut writer = writer(Format::Sarif, settings);
        for checked in &mut self.units {
            for finding in &mut checked.findings {
                finding.baseline = None;
            }
            let unit = UnitResult {
                sources: &checked.sources,
                findings: &checked.findings,
                problems: &checked.problems,
                unread: checked.unread,
            };
            writer.unit(unit, &mut out)?;
        }
        writer.finish(&mut out)?;
        out.commit()
    }
}
