//! The configuration file: what a repository says once for everybody who checks it.
//!
//! It is called `mremap-lint.toml` and lies in the folder that holds all paths of a run, or above it. Command line
//! arguments win over it. Whatever the program does not know in it is an error, with its place: a misspelled key would
//! otherwise silently do nothing.

mod parse;

use crate::facts::Stated;
use crate::input::Excluded;
use crate::paths;
use crate::rules::Levels;
use crate::scan::Options;
use crate::sinks::SinkPositions;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The name of the file.
pub const FILE_NAME: &str = "mremap-lint.toml";

/// What a configuration file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Patterns of paths that are left out, as in `.gitignore`.
    pub exclude: Vec<String>,
    /// Functions that are treated as mremap.
    pub sinks: BTreeMap<String, SinkPositions>,
    /// Functions that never return, or never return zero.
    pub stated: Stated,
    /// The levels of rules.
    pub levels: Levels,
}

impl Config {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// If it is not TOML, or says something that this program does not know.
    pub fn parse(text: &str) -> Result<Config, Mistake> {
        parse::parse(text)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As a sentence that begins with the path, and has line and column where there are any.
    pub fn read(path: &Path) -> Result<Config, String> {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
        Config::parse(&text).map_err(|Mistake { line, column, text }| {
            let path = path.display();
            format!("{path}:{line}:{column}: {text}")
        })
    }
}

/// A configuration and the folder that its patterns of paths speak of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configured {
    /// What the file says.
    pub config: Config,
    /// Its folder, an absolute path; empty if there is no file.
    pub folder: PathBuf,
}

impl Configured {
    /// Reads a file.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn read(path: &Path) -> Result<Configured, String> {
        let config = Config::read(path)?;
        let path = std::path::absolute(path).map_err(|error| no_working_directory(&error))?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Configured { config, folder })
    }

    /// Reads the file that is found for paths; without one, nothing is said.
    ///
    /// # Errors
    /// As [`Config::read`] and [`find`].
    pub fn of(paths: &[PathBuf]) -> Result<Configured, String> {
        let path = find(paths).map_err(|error| no_working_directory(&error))?;
        path.map_or_else(|| Ok(Configured::default()), |path| Configured::read(&path))
    }

    /// What to examine and to report as the file says.
    ///
    /// # Errors
    /// If a pattern of paths is malformed, as a sentence.
    pub fn options(&self) -> Result<Options, String> {
        let mut options = Options {
            levels: self.config.levels.clone(),
            ..Options::default()
        };
        if !self.config.exclude.is_empty() {
            let excluded = Excluded::new(&self.folder, &self.config.exclude)?;
            options.input.excluded.push(excluded);
        }
        options.analysis.stated = self.config.stated.clone();
        options.add_sinks(self.config.sinks.clone());
        Ok(options)
    }
}

/// What to say if the working directory cannot be found out.
pub(crate) fn no_working_directory(error: &io::Error) -> String {
    format!("the working directory cannot be found out: {error}")
}

/// What is wrong with a configuration file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// A sentence without final stop.
    pub text: String,
}

/// Finds the configuration file for paths: in the folder that holds them all, or above it up to the root of the repository.
/// Outside of a repository folders above the working directory do not count, and where the paths lie elsewhere, none above
/// their own: whoever else can write there has no say.
///
/// # Errors
/// If the working directory cannot be found out.
pub fn find(paths: &[PathBuf]) -> io::Result<Option<PathBuf>> {
    let working = std::env::current_dir()?;
    let Some(start) = common_folder(&working, paths) else {
        return Ok(None);
    };
    let folders: Vec<&Path> = start.ancestors().collect();
    let repository = folders.iter().position(|folder| paths::is_repository(folder));
    let last = repository
        .or_else(|| folders.iter().position(|folder| *folder == working))
        .unwrap_or(0);
    let candidates = folders[..=last].iter().map(|folder| folder.join(FILE_NAME));
    Ok(candidates.into_iter().find(|path| path.is_file()))
}

/// The innermost folder that holds all paths. Links are not resolved: the folder is where the user sees it.
fn common_folder(working: &Path, paths: &[PathBuf]) -> Option<PathBuf> {
    let folders = paths.iter().map(|path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| working.join(path));
        let path = paths::without_dots(&path);
        if path.is_dir() {
            path
        } else {
            path.parent().map(Path::to_path_buf).unwrap_or(path)
        }
    });
    folders.reduce(|common, folder| {
        let parts = common.components().zip(folder.components());
        parts
            .take_while(|(one, other)| one == other)
            .map(|(part, _)| part)
            .collect()
    })
}
