//! How loud the rules are in one run, where the user wants it otherwise than the table has it.

use crate::finding::{Finding, Level, RuleId};
use std::collections::BTreeMap;

/// What the user wants of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Its findings are left out.
    Off,
    /// Its findings are this loud, whatever they say themselves.
    On(Level),
}

impl Setting {
    /// All names that [`Setting::by_name`] knows.
    pub const NAMES: [&str; 4] = ["off", "note", "warning", "error"];

    /// The setting of a name.
    pub fn by_name(name: &str) -> Option<Setting> {
        Some(match name {
            "off" => Setting::Off,
            "note" => Setting::On(Level::Note),
            "warning" => Setting::On(Level::Warning),
            "error" => Setting::On(Level::Error),
            _ => return None,
        })
    }
}

/// The rules for which something is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels(BTreeMap<RuleId, Setting>);

impl Levels {
    /// Sets a rule's level; the last word counts.
    pub fn set(&mut self, rule: RuleId, setting: Setting) {
        self.0.insert(rule, setting);
    }

    /// What is set, in the order of the rules.
    pub fn iter(&self) -> impl Iterator<Item = (RuleId, Setting)> {
        self.0.iter().map(|(rule, setting)| (*rule, *setting))
    }

    /// Gives a finding its level. Returns whether it is wanted: unproven calls are only if they are set to a level.
    pub fn apply(&self, finding: &mut Finding) -> bool {
        match self.0.get(&finding.rule) {
            None => finding.rule != RuleId::Unproven,
            Some(Setting::Off) => false,
            Some(Setting::On(level)) => {
                finding.level = *level;
                true
            }
        }
    }
}
