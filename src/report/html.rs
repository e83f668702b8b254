//! One page that works from a file and asks for nothing: its own style and script (`page.css`, `page.js`), which the page's
//! policy names by their hashes, and the data as JSON in a script element that is not run. All that comes from outside gets
//! into the page as that JSON or, for readers without scripts, escaped into one table.

use super::totals::Totals;
use super::{PackageEntry, Report, state_word};
use crate::formats::{FindingEntry, ProblemEntry, StepEntry, outcome_paragraph, printable, write_json_in_html};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// The page with the names of its parts in double braces.
const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (text, parts) = split(PAGE);
    out.write_all(text.as_bytes())?;
    for (part, text) in parts {
        match part {
            "policy" => out.write_all(policy().as_bytes())?,
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => out.write_all(SCRIPT.as_bytes())?,
            "data" => data(report, out)?,
            "rows" => rows(report, out)?,
            _ => {}
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// The text before the first part, and each part with the text behind it.
fn split(page: &str) -> (&str, Vec<(&str, &str)>) {
    let mut pieces = page.split("{{");
    let first = pieces.next().unwrap_or("");
    (first, pieces.filter_map(|piece| piece.split_once("}}")).collect())
}

/// Nothing is loaded, sent or run but what is in the page, and no text becomes markup.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The data: the packages as they come, then what is gone.
fn data(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let head = json!({
        "tool": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "compared": report.is_compared(),
        "runs": Totals::of(report).runs.len(),
    });
    out.write_all(br#"{"head":"#)?;
    write_json_in_html(&head, out)?;
    out.write_all(br#","packages":["#)?;
    for (index, package) in report.packages().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        write_json_in_html(&package_data(&package), out)?;
    }
    out.write_all(br#"],"gone":["#)?;
    for (index, gone) in report.gone().iter().enumerate() {
        let findings: Vec<Value> = gone.findings.iter().map(finding_data).collect();
        let status = gone.status.map(|status| status.name());
        let data = json!({ "label": gone.line.label, "status": status, "findings": findings });
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        write_json_in_html(&data, out)?;
    }
    out.write_all(b"]}")
}

/// A package: most have neither findings nor problems, and there are many.
fn package_data(package: &PackageEntry) -> Value {
    let line = &package.line;
    let mut data = json!({
        "label": line.label,
        "input": line.input,
        "status": line.status.name(),
        "files": line.counts.files,
        "examined": line.counts.examined,
        "bytes": line.counts.bytes,
    });
    if let Some(seconds) = line.seconds {
        data["seconds"] = seconds.into();
    }
    if !package.findings.is_empty() {
        data["findings"] = package.findings.iter().map(finding_data).collect();
    }
    if !package.problems.is_empty() {
        data["problems"] = package.problems.iter().map(problem_data).collect();
    }
    data
}

fn finding_data(finding: &FindingEntry) -> Value {
    let suppression = finding.suppression.as_ref();
    let outcome = finding.outcome.as_ref();
    let replacement = finding.replacement.as_ref();
    let place = &finding.place;
    json!({
        "rule": finding.rule.id(),
        "level": finding.level.word(),
        "state": finding.baseline_state.map(state_word),
        "path": place.path,
        "at": [place.line, place.column, place.end_line, place.end_column],
        "snippet": place.snippet,
        "function": finding.function,
        "headline": finding.headline,
        "reason": finding.reason,
        "steps": finding.way().into_iter().map(step_data).collect::<Vec<Value>>(),
        "related": finding.related.iter().map(step_data).collect::<Vec<Value>>(),
        "effect": outcome.map(|outcome| outcome.effect.name()),
        "kernel": outcome.map(|outcome| outcome_paragraph(finding.rule, &outcome.sentences)),
        "instead": replacement.and_then(|replacement| replacement.text.as_ref()),
        "allowed": suppression.map(|suppression| suppression.reason.as_deref().unwrap_or("without a reason")),
        "fingerprint": finding.fingerprint,
    })
}

fn step_data(step: &StepEntry) -> Value {
    let place = &step.place;
    json!({
        "kind": step.kind,
        "text": step.text,
        "path": place.path,
        "at": [place.line, place.column, place.end_line, place.end_column],
        "snippet": place.snippet,
    })
}

fn problem_data(problem: &ProblemEntry) -> Value {
    json!({ "kind": problem.kind.id(), "path": problem.path, "line": problem.line, "message": problem.message })
}

/// The rows of the table for readers without scripts.
fn rows(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for package in report.packages() {
        package.findings.iter().try_for_each(|finding| row(finding, out))?;
    }
    let gone = report.gone().iter().flat_map(|gone| &gone.findings);
    gone.into_iter().try_for_each(|finding| row(finding, out))
}

fn row(finding: &FindingEntry, out: &mut dyn Write) -> io::Result<()> {
    let place = &finding.place;
    writeln!(
        out,
        "<tr><td>{}</td><td>{}</td><td>{}:{}:{}</td><td>{}</td></tr>",
        escaped(finding.rule.id()),
        escaped(finding.baseline_state.map_or(finding.level.word(), state_word)),
        escaped(&place.path),
        place.line,
        place.column,
        escaped(&finding.message),
    )
}

/// Text between tags.
fn escaped(text: &str) -> String {
    let text = printable(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
