//! Arguments and lists → packages.

use super::SurveyArguments;
use crate::paths;
use crate::survey::Package;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The packages that are named and belong to the part that is asked for, each path once.
pub(super) fn packages(arguments: &SurveyArguments) -> Result<Vec<Package>, String> {
    let mut paths = arguments.packages.clone();
    if let Some(list) = &arguments.files_from {
        paths.extend(listed(list, arguments.null)?);
    }
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    let mut packages: Vec<Package> = paths.into_iter().map(Package::new).collect();
    packages.retain(|package| arguments.shard.is_none_or(|shard| shard.holds(&package.name)));
    Ok(packages)
}

/// The paths in a list. Between two ends there may be nothing.
fn listed(list: &Path, null: bool) -> Result<Vec<PathBuf>, String> {
    let mut bytes = Vec::new();
    let read = match list == Path::new("-") {
        true => io::stdin().lock().read_to_end(&mut bytes).map(|_| ()),
        false => fs::read(list).map(|read| bytes = read),
    };
    let name = list.display();
    read.map_err(|error| format!("{name}: the list of packages cannot be read: {error}"))?;
    let end = if null { b'\0' } else { b'\n' };
    let entries = bytes.split(|byte| *byte == end).filter(|entry| !entry.is_empty());
    let paths = entries.map(|entry| paths::from_bytes(entry.to_vec()));
    let paths: Option<Vec<PathBuf>> = paths.collect();
    paths.ok_or_else(|| format!("{name}: the list of packages is not UTF-8"))
}
