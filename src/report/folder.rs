//! One SARIF file a package.

use super::{Gone, PackageEntry, Report, sarif};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

/// Bytes of a file's name at most, without its ending. File systems allow 255.
const NAME: usize = 200;

/// Writes the files. What is gone is told with the package of the same name, or else under the label that it had.
pub(super) fn write(report: &Report, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "there is something in the folder",
        ));
    }
    let mut gone: BTreeMap<&str, Vec<&Gone>> = BTreeMap::new();
    for one in report.gone() {
        gone.entry(&one.line.name).or_default().push(one);
    }
    for package in report.packages() {
        let gone = gone.remove(package.line.name.as_str()).unwrap_or_default();
        if !(package.findings.is_empty() && package.problems.is_empty() && gone.is_empty()) {
            file(folder, &package.line.label, Some(&package), &gone)?;
        }
    }
    for gone in gone.values().flatten() {
        file(folder, &format!("{}.gone", gone.line.label), None, &[gone])?;
    }
    Ok(())
}

fn file(folder: &Path, label: &str, package: Option<&PackageEntry>, gone: &[&Gone]) -> io::Result<()> {
    // Never over another file, whatever the labels are.
    let mut out = BufWriter::new(File::create_new(folder.join(file_name(label)))?);
    let mut log = sarif::log();
    if let Some(package) = package {
        sarif::add(&mut log, package, &mut out)?;
    }
    for gone in gone {
        sarif::add_gone(&mut log, gone, &mut out)?;
    }
    log.finish(&mut out)?;
    out.flush()
}

/// A name that is different for each label, also where capitals do not count, and leads nowhere else.
fn file_name(label: &str) -> String {
    let mut name = String::new();
    for (at, &byte) in label.as_bytes().iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'+' | b'~' | b'@' => name.push(char::from(byte)),
            b'.' if at > 0 => name.push('.'),
            _ => name.push_str(&format!("%{byte:02x}")),
        }
    }
    if name.len() > NAME {
        // The encoding is ASCII, so that any byte can be the last one.
        name.truncate(NAME - 17);
        let hash = Sha256::digest(label.as_bytes());
        name.push('-');
        name.extend(hash.iter().take(8).map(|byte| format!("{byte:02x}")));
    }
    name + ".sarif"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn file_names_stay_in_the_folder_and_apart() {
        let long = "x".repeat(300);
        let other = format!("{long}y");
        let labels = [
            "ring_2.0-3",
            "Ring_2.0-3",
            "../ring",
            "/etc/passwd",
            ".",
            "..",
            "",
            "a\u{1b}[2J\n",
            "%2e",
            &long,
            &other,
        ];
        let names: BTreeSet<String> = labels.iter().map(|label| file_name(label).to_lowercase()).collect();
        assert_eq!(names.len(), labels.len());
        assert!(names.contains("ring_2.0-3.sarif"));
        for name in &names {
            assert!(!name.contains('/') && name.len() < 255 && name.is_ascii(), "{name}");
            assert!(!name.chars().any(char::is_control), "{name}");
        }
    }
}
