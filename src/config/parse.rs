//! The text of a configuration file → what it says, or the first mistake in it.

use super::{Config, Mistake};
use crate::rules::{self, Setting};
use crate::sinks::{SinkPositions, is_name, last_segment};
use std::collections::BTreeSet;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Keys of the file.
const KEYS: [&str; 5] = ["exclude", "never-zero", "noreturn", "rules", "sink"];
/// Keys of a sink: what it is called, and which argument is which.
const SINK_KEYS: [&str; 6] = ["name", "old-size", "old-address", "new-size", "flags", "new-address"];
/// How alike two words must be for one to be a slip of the other; 1 is equal.
const ALIKE: f64 = 0.7;
/// Arguments of a call at most.
const ARGUMENTS: usize = 64;

type Word<'text> = Spanned<DeString<'text>>;
type Entry<'text> = Spanned<DeValue<'text>>;

/// What is wrong at a range of bytes.
type Wrong = (std::ops::Range<usize>, String);

pub(super) fn parse(text: &str) -> Result<Config, Mistake> {
    let parsed = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        (span, error.message().to_owned())
    });
    let read = parsed.and_then(|table| config(table.get_ref()));
    read.map_err(|(span, message)| {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Mistake {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            text: message,
        }
    })
}

fn config(table: &DeTable) -> Result<Config, Wrong> {
    let mut config = Config::default();
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "exclude" => config.exclude = patterns(value)?,
            "never-zero" => config.stated.never_zero = names(value)?,
            "noreturn" => config.stated.noreturn = names(value)?,
            "rules" => {
                let settings = value.get_ref().as_table();
                for (rule, level) in settings.ok_or_else(|| wrong(value, "`rules` is a table: [rules]"))? {
                    let (rule, setting) = level_of(rule, level)?;
                    config.levels.set(rule, setting);
                }
            }
            "sink" => {
                let sinks = value.get_ref().as_array();
                for sink in sinks.ok_or_else(|| wrong(value, "`sink` is a list of tables: [[sink]]"))? {
                    let (name, positions) = sink_of(sink)?;
                    config.sinks.insert(name, positions);
                }
            }
            other => return Err((key.span(), unknown("key", other, &KEYS))),
        }
    }
    Ok(config)
}

fn wrong<T>(value: &Spanned<T>, text: &str) -> Wrong {
    (value.span(), text.to_owned())
}

/// Says that a word is not known, and which one may have been meant.
fn unknown(kind: &str, word: &str, known: &[&str]) -> String {
    let likeness = |other: &&str| strsim::jaro_winkler(word, other);
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|other| likeness(other) >= ALIKE) {
        Some(nearest) => format!("unknown {kind} `{word}`; did you mean `{nearest}`?"),
        None => format!("unknown {kind} `{word}`; known are: {}", known.join(", ")),
    }
}

fn texts<'value>(value: &'value Entry) -> Result<Vec<(&'value Entry<'value>, &'value str)>, Wrong> {
    let list = value.get_ref().as_array();
    let list = list.ok_or_else(|| wrong(value, "expected a list of strings"))?;
    let text = |item: &'value Entry| match item.get_ref().as_str() {
        Some(text) => Ok((item, text)),
        None => Err(wrong(item, "expected a string")),
    };
    list.iter().map(text).collect()
}

/// Names of functions; of paths the last segment, since calls need not spell the rest.
fn names(value: &Entry) -> Result<BTreeSet<String>, Wrong> {
    let names = texts(value)?.into_iter().map(|(item, text)| {
        let name = name(item, text)?;
        Ok(last_segment(&name).to_owned())
    });
    names.collect()
}

fn name(item: &Entry, text: &str) -> Result<String, Wrong> {
    if is_name(text) {
        Ok(text.to_owned())
    } else {
        Err((item.span(), format!("`{text}` is not the name of a function")))
    }
}

/// Patterns of paths, each tried by itself so that a wrong one is named.
fn patterns(value: &Entry) -> Result<Vec<String>, Wrong> {
    let checked = texts(value)?.into_iter().map(|(item, text)| {
        let tried = crate::input::Excluded::new(std::path::Path::new(""), &[text.to_owned()]);
        tried.map_err(|error| (item.span(), error)).map(|_| text.to_owned())
    });
    checked.collect()
}

fn level_of(rule: &Word, level: &Entry) -> Result<(crate::finding::RuleId, Setting), Wrong> {
    let name = rule.get_ref().as_ref();
    let known = rules::RULES.map(|rule| rule.id.id());
    let found = rules::by_name(name).ok_or_else(|| (rule.span(), unknown("rule", name, &known)))?;
    let word = level.get_ref().as_str();
    let word = word.ok_or_else(|| wrong(level, "expected \"off\", \"note\", \"warning\" or \"error\""))?;
    let setting = Setting::by_name(word);
    let setting = setting.ok_or_else(|| (level.span(), unknown("level", word, &Setting::NAMES)))?;
    Ok((found.id, setting))
}

fn sink_of(sink: &Entry) -> Result<(String, SinkPositions), Wrong> {
    let table = sink.get_ref().as_table();
    let table = table.ok_or_else(|| wrong(sink, "expected a table: [[sink]]"))?;
    let mut called = None;
    let mut positions = SinkPositions::only_old_size(0);
    let mut old_size = None;
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "name" => {
                let text = value.get_ref().as_str();
                called = Some(name(value, text.ok_or_else(|| wrong(value, "expected a string"))?)?);
            }
            "old-size" => old_size = Some(position(value)?),
            "old-address" => positions.old_address = Some(position(value)?),
            "new-size" => positions.new_size = Some(position(value)?),
            "flags" => positions.flags = Some(position(value)?),
            "new-address" => positions.new_address = Some(position(value)?),
            other => return Err((key.span(), unknown("key", other, &SINK_KEYS))),
        }
    }
    let missing = |key: &str| wrong(sink, &format!("a sink needs `{key}`"));
    positions.old_size = old_size.ok_or_else(|| missing("old-size"))?;
    Ok((called.ok_or_else(|| missing("name"))?, positions))
}

/// The position of an argument, from 0.
fn position(value: &Entry) -> Result<usize, Wrong> {
    let number = value.get_ref().as_integer();
    let number = number.and_then(|number| usize::from_str_radix(number.as_str(), number.radix()).ok());
    let number = number.filter(|position| *position < ARGUMENTS);
    number.ok_or_else(|| wrong(value, "expected the position of an argument, from 0"))
}
