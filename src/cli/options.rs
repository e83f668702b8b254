//! Arguments and configuration → what to read, how to analyse it, what to report.

use super::arguments::CheckArguments;
use crate::config::{self, Config};
use crate::finding::{Level, RuleId};
use crate::input::{Excluded, InputOptions};
use crate::program;
use crate::progress::Progress;
use crate::rules::{Levels, Setting};
use crate::scan::Options;
use crate::sinks::{SinkPositions, Sinks, last_segment};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn options(arguments: &CheckArguments) -> Result<Options, String> {
    let (paths, stdin) = inputs(arguments)?;
    let (config, folder) = configuration(arguments, &paths, stdin.as_ref().map(|(name, _)| name))?;
    let mut excluded = vec![Excluded::new(&folder, &config.exclude)?];
    let working = std::env::current_dir().map_err(|error| no_working_directory(&error))?;
    excluded.push(Excluded::new(&working, &arguments.exclude)?);
    let mut extra = config.sinks.clone();
    let named = arguments.sinks.iter().cloned();
    extra.extend(named.map(|(name, old_size)| (name, SinkPositions::only_old_size(old_size))));
    let progress: Arc<Progress> = Arc::default();
    let input = InputOptions {
        paths,
        stdin,
        no_ignore: arguments.no_ignore,
        hidden: arguments.hidden,
        excluded,
        force_exclude: arguments.force_exclude,
        language: arguments.language.map(Into::into),
        names: extra.keys().map(|name| last_segment(name).to_owned()).collect(),
        progress: progress.clone(),
        jobs: arguments.jobs.map_or(0, |jobs| usize::from(jobs.get())),
        ..InputOptions::default()
    };
    let analysis = program::Options {
        sinks: Sinks { extra },
        stated: config.stated.clone(),
        progress,
        explain: arguments.explain_call.clone(),
        all_calls: arguments.all_calls,
        ..program::Options::default()
    };
    Ok(Options {
        input,
        analysis,
        levels: levels(arguments, &config),
        suppressed: arguments.show_suppressed,
    })
}

pub(super) fn no_working_directory(error: &io::Error) -> String {
    format!("the working directory cannot be found out: {error}")
}

type Inputs = (Vec<PathBuf>, Option<(PathBuf, Vec<u8>)>);

/// The paths, and standard input under its name.
fn inputs(arguments: &CheckArguments) -> Result<Inputs, String> {
    let reads_stdin = arguments.paths.iter().any(|path| path == Path::new("-"));
    let mut paths = arguments.paths.clone();
    let stdin = match (&arguments.stdin_filename, reads_stdin) {
        (Some(_), true) if paths.len() > 1 => return Err("`-` must be the only path".to_owned()),
        (Some(name), true) => {
            paths.clear();
            let mut bytes = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|error| format!("standard input cannot be read: {error}"))?;
            Some((name.clone(), bytes))
        }
        (None, true) => return Err("`-` needs --stdin-filename".to_owned()),
        (Some(_), false) => return Err("--stdin-filename needs the path `-`".to_owned()),
        (None, false) => None,
    };
    if paths.is_empty() && stdin.is_none() {
        paths.push(PathBuf::from("."));
    }
    Ok((paths, stdin))
}

/// What the configuration file says, and the folder that it speaks of.
fn configuration(
    arguments: &CheckArguments,
    paths: &[PathBuf],
    stdin: Option<&PathBuf>,
) -> Result<(Config, PathBuf), String> {
    let path = match &arguments.config {
        _ if arguments.no_config => None,
        Some(path) => Some(std::path::absolute(path).map_err(|error| no_working_directory(&error))?),
        None => {
            let named: Vec<PathBuf> = paths.iter().chain(stdin).cloned().collect();
            config::find(&named).map_err(|error| no_working_directory(&error))?
        }
    };
    let Some(path) = path else {
        return Ok((Config::default(), PathBuf::from("/")));
    };
    let shown = arguments.config.as_deref().unwrap_or(&path);
    let config = Config::read(shown)?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok((config, folder))
}

/// The file's levels, unless an argument says otherwise.
fn levels(arguments: &CheckArguments, config: &Config) -> Levels {
    let mut levels = config.levels.clone();
    let unproven = levels.iter().find(|(rule, _)| *rule == RuleId::Unproven);
    if arguments.unproven && unproven.is_none_or(|(_, setting)| setting == Setting::Off) {
        levels.set(RuleId::Unproven, Setting::On(Level::Note));
    }
    for (rule, setting) in &arguments.levels {
        levels.set(*rule, *setting);
    }
    levels
}
