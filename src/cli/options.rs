//! Arguments and configuration → what to read, how to analyse it, what to report.

use super::arguments::CheckArguments;
use crate::config::{Configured, no_working_directory};
use crate::input::{self, Buffers, Excluded, InputOptions};
use crate::progress::Progress;
use crate::scan::Options;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn options(arguments: &CheckArguments) -> Result<Options, String> {
    let Inputs { paths, buffers } = inputs(arguments)?;
    let configured = configuration(arguments, &buffers)?;
    let mut options = configured.options()?;
    let working = std::env::current_dir().map_err(|error| no_working_directory(&error))?;
    options
        .input
        .excluded
        .push(Excluded::new(&working, &arguments.exclude)?);
    let progress: Arc<Progress> = Arc::default();
    options.input = InputOptions {
        paths,
        buffers,
        force_exclude: arguments.force_exclude,
        language: arguments.language.map(Into::into),
        progress: progress.clone(),
        jobs: arguments.jobs.map_or(0, |jobs| usize::from(jobs.get())),
        ..options.input
    };
    options.analysis.progress = progress;
    options.analysis.explain = arguments.explain_call.clone();
    arguments.wanted.set(&mut options);
    Ok(options)
}

/// What to read.
struct Inputs {
    paths: Vec<PathBuf>,
    /// Standard input, under its name.
    buffers: Buffers,
}

/// The paths that are given, but for the one that stands for standard input.
fn given(arguments: &CheckArguments) -> Vec<PathBuf> {
    let given = arguments.paths.iter().filter(|path| *path != Path::new("-"));
    given.cloned().collect()
}

fn inputs(arguments: &CheckArguments) -> Result<Inputs, String> {
    let mut paths = given(arguments);
    let mut buffers = Buffers::default();
    let reads_stdin = paths.len() < arguments.paths.len();
    match &arguments.stdin_filename {
        Some(name) if reads_stdin => {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|error| format!("standard input cannot be read: {error}"))?;
            buffers.insert(name.clone(), bytes);
            if paths.is_empty() {
                paths.extend(context(name));
            }
        }
        None if reads_stdin => return Err("`-` needs --stdin-filename".to_owned()),
        Some(_) => return Err("--stdin-filename needs the path `-`".to_owned()),
        None if paths.is_empty() => paths.push(PathBuf::from(".")),
        None => {}
    }
    Ok(Inputs { paths, buffers })
}

/// The folder of the files that belong together with a file, written as the file is.
fn context(file: &Path) -> Option<PathBuf> {
    let folder = input::home(file, &[])?.folder;
    let working = std::env::current_dir().ok().filter(|_| file.is_relative());
    let below = working.and_then(|working| folder.strip_prefix(working).ok());
    Some(match below {
        Some(here) if here.as_os_str().is_empty() => PathBuf::from("."),
        Some(below) => below.to_path_buf(),
        None => folder,
    })
}

/// The configuration file that is named, or that lies above what is named.
fn configuration(arguments: &CheckArguments, buffers: &Buffers) -> Result<Configured, String> {
    match &arguments.config {
        _ if arguments.no_config => Ok(Configured::default()),
        Some(path) => Configured::read(path),
        None => {
            let mut named = given(arguments);
            named.extend(buffers.paths().map(Path::to_path_buf));
            if named.is_empty() {
                named.push(PathBuf::from("."));
            }
            Configured::of(&named)
        }
    }
}
