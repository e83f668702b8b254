//! `--explain-call`: how the verdict on the calls of one line came about.

use super::output::Output;
use super::{CLEAN, FAILED, complain, ended, tell};
use crate::formats::printable;
use crate::program::SourceLine;
use crate::scan::{self, Checked, Options};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;

/// Prints the explanations. Exits with 0 if there is one.
pub(super) fn explain(options: &Options, place: &SourceLine, mut out: Output, target: Option<&Path>) -> u8 {
    let mut met = Met::default();
    // What other options leave out can be asked for all the same.
    let mut all = options.clone();
    all.analysis.all_calls = true;
    all.suppressed = true;
    let broken = scan::scan(&all, |checked| match met.unit(&checked, place, &mut out) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    });
    let written = match broken {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => out.commit(),
    };
    match ended(written, target) {
        CLEAN if met.explanations == 0 => complain(&met.nothing(place)),
        CLEAN if met.failures > 0 => FAILED,
        code => code,
    }
}

/// What was found of the line and its file.
#[derive(Default)]
struct Met {
    explanations: usize,
    failures: usize,
    /// The file was analysed.
    analysed: bool,
    /// Lines of the file on which calls start.
    lines: BTreeSet<u32>,
}

impl Met {
    fn unit(&mut self, checked: &Checked, place: &SourceLine, out: &mut Output) -> io::Result<()> {
        for problem in &checked.problems {
            tell(&problem.to_string());
        }
        self.failures += checked
            .problems
            .iter()
            .filter(|problem| problem.kind.is_failure())
            .count();
        let mut files = checked.sources.iter().filter(|(_, file)| place.is_in(&file.path));
        if let Some((id, file)) = files.next() {
            self.analysed = true;
            let here = checked.findings.iter().filter(|finding| finding.at.file == id);
            self.lines
                .extend(here.map(|finding| file.position(finding.at.start).line));
        }
        for explanation in &checked.explanations {
            self.explanations += 1;
            for (depth, text) in &explanation.lines {
                writeln!(out, "{:indent$}{}", "", printable(text), indent = 2 * depth)?;
            }
        }
        Ok(())
    }

    /// Why there is no explanation.
    fn nothing(&self, place: &SourceLine) -> String {
        let (path, line) = (place.path.display(), place.line);
        if !self.analysed {
            return format!(
                "{path} was not analysed: it is not among the inputs, or no code that leads to mremap is in it"
            );
        }
        let lines: Vec<String> = self.lines.iter().map(u32::to_string).collect();
        let others = match lines.is_empty() {
            true => String::new(),
            false => format!("; such calls start on line {}", lines.join(", ")),
        };
        format!("{path}:{line}: no call that leads to mremap starts here{others}")
    }
}
