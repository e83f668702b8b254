//! What is read and told, of one project by `check` as of many packages by `survey`.

use crate::finding::{Level, RuleId};
use crate::rules::{Levels, Setting, by_name};
use crate::scan::Options;
use crate::sinks::{SinkPositions, is_name};
use clap::Args;

/// The arguments that both commands have.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// Also report calls where nothing is visible either way
    #[arg(long)]
    unproven: bool,

    /// Report every call: unproven ones too, and those proven safe as passes
    #[arg(long)]
    all_calls: bool,

    /// Also report what comments in the source allow; it does not count for the exit code
    #[arg(long)]
    show_suppressed: bool,

    /// How loud a rule is: off, note, warning or error
    #[arg(long = "level", value_name = "RULE=LEVEL", value_parser = level)]
    levels: Vec<(RuleId, Setting)>,

    /// Treat a function as mremap: its name, and the position of old_size among its arguments, from 0
    #[arg(long = "sink", value_name = "NAME:OLD_SIZE_INDEX", value_parser = sink)]
    sinks: Vec<(String, usize)>,

    /// Read what .gitignore, .ignore and the like leave out
    #[arg(long)]
    no_ignore: bool,

    /// Read hidden files and folders
    #[arg(long)]
    hidden: bool,
}

impl Wanted {
    /// Adds what the user wants to what the configuration says.
    pub fn set(&self, options: &mut Options) {
        let named = self.sinks.iter().cloned();
        options.add_sinks(named.map(|(name, old_size)| (name, SinkPositions::only_old_size(old_size))));
        options.input.no_ignore = self.no_ignore;
        options.input.hidden = self.hidden;
        options.analysis.all_calls = self.all_calls;
        options.suppressed = self.show_suppressed;
        self.set_levels(&mut options.levels);
    }

    /// The file's levels, unless an argument says otherwise.
    fn set_levels(&self, levels: &mut Levels) {
        let unproven = levels.iter().find(|(rule, _)| *rule == RuleId::Unproven);
        if self.unproven && unproven.is_none_or(|(_, setting)| setting == Setting::Off) {
            levels.set(RuleId::Unproven, Setting::On(Level::Note));
        }
        for (rule, setting) in &self.levels {
            levels.set(*rule, *setting);
        }
    }
}

/// `RULE=LEVEL`.
fn level(text: &str) -> Result<(RuleId, Setting), String> {
    let (rule, level) = text
        .split_once('=')
        .ok_or("expected RULE=LEVEL, as in `unproven-old-size=note`")?;
    let rule = by_name(rule).ok_or_else(|| format!("`{rule}` is not a rule"))?;
    let setting = Setting::by_name(level);
    let setting = setting.ok_or_else(|| format!("`{level}` is none of {}", Setting::NAMES.join(", ")))?;
    Ok((rule.id, setting))
}

/// `NAME:OLD_SIZE_INDEX`; a C++ or Rust path may hold colons itself.
fn sink(text: &str) -> Result<(String, usize), String> {
    let (name, index) = text
        .rsplit_once(':')
        .ok_or("expected NAME:OLD_SIZE_INDEX, as in `my_mremap:1`")?;
    let index = index
        .parse()
        .map_err(|_| format!("`{index}` is not the position of an argument"))?;
    if is_name(name) {
        Ok((name.to_owned(), index))
    } else {
        Err(format!("`{name}` is not the name of a function"))
    }
}
