//! Closed sets of words in JSON: written as their names, and nothing else is read.

use crate::finding::{BaselineState, Effect, Level, RuleId};
use crate::rules::RULES;
use crate::source::ProblemKind;
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// One of a closed set of words.
pub(super) trait Word: Copy + 'static {
    fn all() -> impl Iterator<Item = Self>;
    fn word(self) -> &'static str;
}

impl Word for RuleId {
    fn all() -> impl Iterator<Item = RuleId> {
        RULES.into_iter().map(|rule| rule.id)
    }
    fn word(self) -> &'static str {
        self.id()
    }
}

impl Word for Level {
    fn all() -> impl Iterator<Item = Level> {
        [Level::None, Level::Note, Level::Warning, Level::Error].into_iter()
    }
    /// `pass` for calls proven safe: people have no use for a level that is none.
    fn word(self) -> &'static str {
        match self {
            Level::None => "pass",
            level => level.name(),
        }
    }
}

impl Word for Effect {
    fn all() -> impl Iterator<Item = Effect> {
        Effect::ALL.into_iter()
    }
    fn word(self) -> &'static str {
        self.name()
    }
}

impl Word for BaselineState {
    fn all() -> impl Iterator<Item = BaselineState> {
        BaselineState::ALL.into_iter()
    }
    fn word(self) -> &'static str {
        self.name()
    }
}

impl Word for ProblemKind {
    fn all() -> impl Iterator<Item = ProblemKind> {
        ProblemKind::ALL.into_iter()
    }
    fn word(self) -> &'static str {
        self.id()
    }
}

pub(super) fn serialize<W: Word, S: Serializer>(word: &W, serializer: S) -> Result<S::Ok, S::Error> {
    word.word().serialize(serializer)
}

pub(super) fn deserialize<'de, W: Word, D: Deserializer<'de>>(deserializer: D) -> Result<W, D::Error> {
    let text = String::deserialize(deserializer)?;
    W::all()
        .find(|known| known.word() == text)
        .ok_or_else(|| Error::custom(format!("`{text}` is not known")))
}

/// A word that may be absent.
pub(super) mod optional {
    use super::*;

    pub fn serialize<W: Word, S: Serializer>(word: &Option<W>, serializer: S) -> Result<S::Ok, S::Error> {
        word.map(Word::word).serialize(serializer)
    }

    pub fn deserialize<'de, W: Word, D: Deserializer<'de>>(deserializer: D) -> Result<Option<W>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}
