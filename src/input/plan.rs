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
    let mut plans = Plans::of_directories(&arguments);
    arguments.iter().for_each(|argument| plans.add(argument));
    buffers.iter().for_each(|buffer| plans.add_buffer(buffer));
    let Plans { trees, files, .. } = plans;
    let mut plans: Vec<Plan> = trees.into_iter().chain([files]).collect();
    plans.retain(|plan| match buffers.is_empty() {
        true => !plan.starts.is_empty(),
        false => !plan.buffers.is_empty(),
    });
    plans
}

/// Plans while they are made.
struct Plans<'a> {
    /// Those of directories.
    trees: Vec<Plan>,
    /// Which of them, by the directory without links.
    tree_of: BTreeMap<&'a Path, usize>,
    /// That of the files that lie in none of these.
    files: Plan,
    /// Its files without links.
    known_files: BTreeSet<&'a Path>,
}

impl<'a> Plans<'a> {
    /// A plan for each directory that lies in no other one.
    fn of_directories(arguments: &'a [Argument]) -> Plans<'a> {
        let mut plans = Plans {
            trees: Vec::new(),
            tree_of: BTreeMap::new(),
            files: Plan::default(),
            known_files: BTreeSet::new(),
        };
        let directories = || arguments.iter().filter(|argument| argument.is_directory);
        let all: BTreeSet<&Path> = directories().map(|argument| argument.real.as_path()).collect();
        for argument in directories() {
            let is_inside = argument.real.ancestors().skip(1).any(|above| all.contains(above));
            if !is_inside && !plans.tree_of.contains_key(argument.real.as_path()) {
                plans.tree_of.insert(&argument.real, plans.trees.len());
                plans.trees.push(Plan {
                    root: argument.given.to_path_buf(),
                    real_root: argument.real.clone(),
                    starts: BTreeSet::from([argument.given.to_path_buf()]),
                    buffers: Vec::new(),
                });
            }
        }
        plans
    }

    /// The tree that an argument belongs to and the path by which it does: where a link stands counts before where it leads.
    fn home<'p>(&self, argument: &'p Argument) -> Option<(usize, &'p Path)> {
        [&argument.place, &argument.real].into_iter().find_map(|path| {
            let tree = path.ancestors().find_map(|above| self.tree_of.get(above))?;
            Some((*tree, path.as_path()))
        })
    }

    fn add(&mut self, argument: &'a Argument) {
        if let Some((tree, path)) = self.home(argument) {
            self.trees[tree].join(path);
        } else if self.known_files.insert(&argument.real) {
            self.files.starts.insert(argument.given.to_path_buf());
        }
    }

    /// What lies in no directory argument belongs to the files, or else to what the arguments speak of first.
    fn add_buffer(&mut self, buffer: &Buffer) {
        let home = self.home(&Argument::new(&buffer.path)).map(|(tree, _)| tree);
        let home = home.or(self.files.starts.is_empty().then_some(0));
        let plan = home.and_then(|tree| self.trees.get_mut(tree));
        plan.unwrap_or(&mut self.files).buffers.push(buffer.clone());
    }
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
