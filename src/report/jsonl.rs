//! The journal of all packages: each line as it was, in order, with how its findings stand to earlier journals; then one line
//! for each package of which something is gone, which readers of journals skip.

use super::{Gone, Report};
use crate::formats::{FindingEntry, write_json_line};
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};

/// What is gone of a package.
#[derive(Serialize)]
#[serde(tag = "type", rename = "gone")]
struct GoneLine<'a> {
    name: &'a str,
    label: &'a str,
    findings: &'a [FindingEntry],
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for (package, before) in report.packages().zip(&report.lines) {
        let mut line: Value = serde_json::from_str(&before.text)?;
        // What the program does not know is kept.
        if let Some(findings) = line["findings"].as_array_mut() {
            findings.retain(|finding| finding["baseline_state"] != "absent");
            for (finding, entry) in findings.iter_mut().zip(&package.findings) {
                let Some(object) = finding.as_object_mut() else {
                    continue;
                };
                match entry.baseline_state {
                    Some(state) => object.insert("baseline_state".into(), state.name().into()),
                    None => object.shift_remove("baseline_state"),
                };
            }
        }
        write_json_line(&line, out)?;
    }
    for Gone { line, findings, .. } in report.gone() {
        let gone = GoneLine {
            name: &line.name,
            label: &line.label,
            findings,
        };
        write_json_line(&gone, out)?;
    }
    Ok(())
}
