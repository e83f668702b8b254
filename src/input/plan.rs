//! Arguments → plans: which arguments belong to one unit, each file and folder once.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::buffers::{Buffer, Buffers};
use crate::paths::resolve;

/// What one unit reads.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The directory that makes the unit; empty for the unit of named files.
    pub root: PathBuf,
    /// The root without links, to tell whether a link leads back into it.
    pub real_root: PathBuf,
    /// The root and the arguments below it, or the named files. The walk reads these even where it would leave them out.
    pub starts: BTreeSet<PathBuf>,
    /// Texts that stand for files of the unit.
    pub buffers: Vec<Buffer>,
}

/// An argument and where it is.
struct Argument<'a> {
    given: &'a Path,
    /// The file or folder itself, without links.
    real: PathBuf,
    /// Where a link itself stands; for all else the same.
    place: PathBuf,
    is_directory: bool,
}

impl Argument<'_> {
    fn new(given: &Path) -> Argument<'_> {
        let real = resolve(given);
        let is_directory = given.is_dir();
        let place = if is_directory { None } else { place(given) };
        Argument {
            given,
            place: place.unwrap_or_else(|| real.clone()),
            real,
            is_directory,
        }
    }
}

fn place(given: &Path) -> Option<PathBuf> {
    let parent = match given.parent()? {
        empty if empty.as_os_str().is_empty() => Path::new("."),
        parent => parent,
    };
    Some(parent.canonicalize().ok()?.join(given.file_name()?))
}

/// One plan for each directory that lies in no other directory argument, in the order given, then one for the files that
/// lie in none of them. An argument inside a directory argument joins that directory's plan, under the path that the walk
/// would meet it by. If there are buffers, only the plans that have one.
pub(super) fn plan(paths: &[PathBuf], buffers: &Buffers) -> Vec<Plan> {
    let arguments = paths.iter().map(|path| Argument::new(path));
    let arguments: Vec<Argument> = arguments
        .filter(|argument| !buffers.hold_resolved(&argument.real))
        .collect();
    let directories: BTreeSet<&Path> = arguments
        .iter()
        .filter(|argument| argument.is_directory)
        .map(|argument| argument.real.as_path())
        .collect();
    let mut plans: Vec<Plan> = Vec::new();
    let mut homes: BTreeMap<&Path, usize> = BTreeMap::new();
    for argument in arguments.iter().filter(|argument| argument.is_directory) {
        let is_inside = argument
            .real
            .ancestors()
            .skip(1)
            .any(|ancestor| directories.contains(ancestor));
        if !is_inside && !homes.contains_key(argument.real.as_path()) {
            homes.insert(&argument.real, plans.len());
            let starts = BTreeSet::from([argument.given.to_path_buf()]);
            plans.push(Plan {
                root: argument.given.to_path_buf(),
                real_root: argument.real.clone(),
                starts,
                buffers: Vec::new(),
            });
        }
    }
    let home = |path: &Path| path.ancestors().find_map(|ancestor| homes.get(ancestor).copied());
    let mut loose = Plan::default();
    let mut loose_files: BTreeSet<&Path> = BTreeSet::new();
    for argument in &arguments {
        if let Some(index) = home(&argument.place) {
            plans[index].join(&argument.place);
        } else if let Some(index) = home(&argument.real) {
            plans[index].join(&argument.real);
        } else if loose_files.insert(&argument.real) {
            loose.starts.insert(argument.given.to_path_buf());
        }
    }
    for buffer in buffers.iter() {
        let argument = Argument::new(&buffer.path);
        // What lies in no directory argument belongs to the files, or else to what the arguments speak of first.
        let home = home(&argument.place).or_else(|| home(&argument.real));
        let home = home.or(loose.starts.is_empty().then_some(0));
        let plan = home.and_then(|index| plans.get_mut(index)).unwrap_or(&mut loose);
        plan.buffers.push(buffer.clone());
    }
    plans.push(loose);
    plans.retain(|plan| {
        if buffers.is_empty() {
            !plan.starts.is_empty()
        } else {
            !plan.buffers.is_empty()
        }
    });
    plans
}

impl Plan {
    /// Adds what an argument below the root names.
    fn join(&mut self, real: &Path) {
        let below = real
            .strip_prefix(&self.real_root)
            .expect("the caller found the argument below the root");
        if !below.as_os_str().is_empty() {
            self.starts.insert(self.root.join(below));
        }
    }

    /// Whether a path that the walk met by itself is also a start: then it is read as that, once.
    pub fn is_start(&self, path: &Path) -> bool {
        self.starts.len() > 1 && self.starts.contains(path)
    }

    /// Whether the unit is a directory, in which a link may lead to a file that is read anyway.
    pub fn is_tree(&self) -> bool {
        !self.root.as_os_str().is_empty()
    }
}
