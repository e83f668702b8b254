//! For people at a terminal: the totals, the findings by rule and by outcome, the packages with most, and what could not be
//! examined. Names from outside are escaped.

use super::totals::{Findings, Totals};
use super::{PackageEntry, Report};
use crate::finding::Effect;
use crate::formats::printable;
use crate::journal::Status;
use crate::rules::RULES;
use std::io::{self, Write};

/// Packages listed at most in each list.
const LISTED: usize = 20;
/// Characters of a name shown at most.
const NAME: usize = 60;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let totals = Totals::of(report);
    head(&totals, report, out)?;
    by_sort(&totals, report.is_compared(), out)?;
    most(report, out)?;
    not_examined(&totals, report, out)
}

/// The totals.
fn head(totals: &Totals, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = totals_now(totals);
    if report.is_compared() {
        rows.extend(totals_compared(totals));
    }
    let number = rows.iter().map(|row| row[1].len()).max().unwrap_or(0);
    for [name, count, more] in &rows {
        writeln!(out, "{}", format!("{name:<14}{count:>number$}  {more}").trim_end())?;
    }
    if totals.runs.len() > 1 {
        writeln!(
            out,
            "\nThe packages were examined with {} different versions or settings of the program.",
            totals.runs.len()
        )?;
    }
    Ok(())
}

/// A name, a number, and what there is to say of it.
type Total = [String; 3];

fn totals_now(totals: &Totals) -> Vec<Total> {
    let statuses = Status::ALL.iter().filter_map(|status| {
        let count = totals.by_status.get(status)?;
        Some(format!("{} {}", grouped(*count), status.name()))
    });
    let statuses: Vec<String> = statuses.collect();
    let examined = format!("{} analysed; {} of input", grouped(totals.examined), size(totals.bytes));
    let open = totals.findings.open;
    let others = [
        (totals.suppressed, "allowed by comments"),
        (totals.passes, "proven safe"),
    ];
    let found = format!("in {}", counted(open.packages, "package"));
    let found: Vec<String> = std::iter::once(found).chain(nonzero(others)).collect();
    vec![
        ["Packages".to_owned(), grouped(totals.packages), statuses.join(", ")],
        ["Source files".to_owned(), grouped(totals.files), examined],
        ["Findings".to_owned(), grouped(open.all), found.join(", ")],
    ]
}

fn totals_compared(totals: &Totals) -> [Total; 3] {
    let findings = &totals.findings;
    let gone = nonzero([
        (totals.removed, "in packages that are not there any more"),
        (totals.doubtful, "in packages that were not wholly examined"),
    ]);
    let gone: Vec<String> = gone.collect();
    [
        ["  new".to_owned(), grouped(findings.new), String::new()],
        ["  unchanged".to_owned(), grouped(findings.unchanged), String::new()],
        ["  gone".to_owned(), grouped(findings.gone), gone.join(", ")],
    ]
}

/// What there is any of, as a number and words.
fn nonzero(counts: [(u64, &str); 2]) -> impl Iterator<Item = String> {
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, words)| format!("{} {words}", grouped(count)))
}

/// The findings by rule and by what the kernel does.
fn by_sort(totals: &Totals, is_compared: bool, out: &mut dyn Write) -> io::Result<()> {
    let rules = RULES.iter().zip(&totals.by_rule);
    let rules = rules.map(|(rule, findings)| (rule.id.id(), findings)).collect();
    let effects = Effect::ALL.iter().zip(&totals.by_effect);
    let effects = effects
        .map(|(effect, findings)| (effect_words(*effect), findings))
        .collect();
    for (title, sorts) in [("Rule", rules), ("What the kernel does", effects)] {
        sort(title, sorts, is_compared, out)?;
    }
    Ok(())
}

fn sort(title: &str, sorts: Vec<(&str, &Findings)>, is_compared: bool, out: &mut dyn Write) -> io::Result<()> {
    let columns = if is_compared { 5 } else { 2 };
    let words = ["Findings", "Packages", "New", "Unchanged", "Gone"];
    let mut rows = vec![Row::head(title, &words[..columns])];
    for (name, findings) in sorts {
        let Findings {
            open,
            new,
            unchanged,
            gone,
        } = *findings;
        if open.all + gone > 0 {
            let numbers = [open.all, open.packages, new, unchanged, gone];
            rows.push(Row::new(name, &numbers[..columns]));
        }
    }
    print(rows, out)
}

/// The packages with most findings.
fn most(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let count = |package: &PackageEntry| package.findings.iter().filter(|finding| finding.counts()).count() as u64;
    let counts = report.packages().map(|package| (count(&package), package.line.label));
    let mut counts: Vec<(u64, String)> = counts.filter(|(count, _)| *count > 0).collect();
    counts.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let mut rows = vec![Row::head("Packages with most findings", &["Findings"])];
    let listed = counts.iter().take(LISTED);
    rows.extend(listed.map(|(count, label)| Row::new(&name(label), &[*count])));
    print(rows, out)?;
    more(counts.len(), out)
}

/// What could not be examined: kinds, then the packages with the first thing said of each.
fn not_examined(totals: &Totals, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![Row::head("Not examined", &["Problems", "Packages"])];
    let kinds = totals.problems.iter();
    rows.extend(kinds.map(|(kind, count)| Row::new(kind.id(), &[count.all, count.packages])));
    print(rows, out)?;
    let mut packages: Vec<(Status, String)> = report
        .packages()
        .filter(|package| package.line.status != Status::Complete)
        .map(|package| (package.line.status, told(&package)))
        .collect();
    // The worst first; the order of labels stays.
    packages.sort_by_key(|(status, _)| std::cmp::Reverse(*status));
    if !packages.is_empty() {
        writeln!(out, "\nPackages not wholly examined")?;
    }
    for (_, text) in packages.iter().take(LISTED) {
        writeln!(out, "{text}")?;
    }
    more(packages.len(), out)
}

fn told(package: &PackageEntry) -> String {
    let line = &package.line;
    // What could not be read says more than a limit of the analysis.
    let problems = package.problems.iter();
    let first = problems.min_by_key(|problem| !problem.kind.is_failure());
    let first = first.map_or(String::new(), |problem| {
        let below = problem.path.strip_prefix(&line.label).unwrap_or(&problem.path);
        let path = below.trim_matches('/');
        let path = if path.is_empty() {
            String::new()
        } else {
            format!("{}: ", name(path))
        };
        format!(": {path}{}", printable(&problem.message))
    });
    let others = package.problems.len().saturating_sub(1);
    let others = if others > 0 {
        format!(" (and {others} more)")
    } else {
        String::new()
    };
    format!("{} ({}){first}{others}", name(&line.label), line.status.name())
}

/// How many were left out of a list of so many.
fn more(all: usize, out: &mut dyn Write) -> io::Result<()> {
    match all.saturating_sub(LISTED) {
        0 => Ok(()),
        left => writeln!(out, "and {} more", grouped(left as u64)),
    }
}

/// A row of a table: a name and numbers.
struct Row {
    name: String,
    numbers: Vec<String>,
}

impl Row {
    fn head(name: &str, numbers: &[&str]) -> Row {
        Row {
            name: name.to_owned(),
            numbers: numbers.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    fn new(name: &str, numbers: &[u64]) -> Row {
        Row {
            name: name.to_owned(),
            numbers: numbers.iter().map(|number| grouped(*number)).collect(),
        }
    }
}

/// Prints a table after a blank line, if it has a row besides its head.
fn print(rows: Vec<Row>, out: &mut dyn Write) -> io::Result<()> {
    if rows.len() < 2 {
        return Ok(());
    }
    let first = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    writeln!(out)?;
    for row in &rows {
        write!(out, "{:<first$}", row.name)?;
        for (column, number) in row.numbers.iter().enumerate() {
            let widths = rows.iter().filter_map(|row| row.numbers.get(column)).map(String::len);
            let width = widths.max().unwrap_or(0);
            write!(out, "  {number:>width$}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// What becomes of the call.
pub(super) fn effect_words(effect: Effect) -> &'static str {
    match effect {
        Effect::Failure => "always fails",
        Effect::SecondMapping => "maps the pages a second time",
        Effect::Depends => "depends on what is not visible",
    }
}

/// A name from outside, on one line and not too long.
fn name(text: &str) -> String {
    let text = printable(text);
    match text.char_indices().nth(NAME) {
        None => text.into_owned(),
        Some(_) => text.chars().take(NAME - 1).chain(['…']).collect(),
    }
}

/// A count and its noun.
fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in a unit that fits.
fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1_000.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_can_be_read() {
        let groups = [0, 999, 1_000, 12_345, 1_234_567].map(grouped);
        assert_eq!(groups, ["0", "999", "1,000", "12,345", "1,234,567"]);
        let sizes = [0, 999, 1_000, 1_234_567, 999_999_999, u64::MAX].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "1.2 MB", "1.0 GB", "18.4 EB"]);
    }
}
