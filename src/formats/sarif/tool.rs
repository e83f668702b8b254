//! The tool and its vocabulary: rules and notifications with their help.

use super::super::NAME;
use crate::finding::{Level, RuleId};
use crate::rules::{MANUAL_PAGE, RULES, Rule, Setting};
use crate::source::ProblemKind;
use serde_json::{Value, json};

/// 3.18 tool.
pub(super) fn tool() -> Value {
    let rules: Vec<Value> = RULES.into_iter().map(rule).collect();
    let notifications: Vec<Value> = ProblemKind::ALL.into_iter().map(notification).collect();
    json!({
        "driver": {
            "name": NAME,
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "informationUri": MANUAL_PAGE,
            "rules": rules,
            "notifications": notifications,
        },
    })
}

/// 3.49 reporting descriptor of a rule.
fn rule(rule: &Rule) -> Value {
    let severity = match rule.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note | Level::None => "recommendation",
    };
    json!({
        "id": rule.id.id(),
        "name": rule.name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.description },
        "help": { "text": rule.help, "markdown": rule.page },
        "helpUri": MANUAL_PAGE,
        "defaultConfiguration": { "level": rule.level.name() },
        "properties": {
            "tags": rule.tags,
            "cwe": rule.cwe,
            "precision": rule.precision,
            "problem.severity": severity,
        },
    })
}

/// 3.51 configuration override: the level that the user has set.
pub(super) fn set_level((id, setting): (RuleId, Setting)) -> Value {
    let (index, rule) = crate::rules::rule(id);
    let configuration = match setting {
        Setting::Off => json!({ "enabled": false }),
        Setting::On(level) => json!({ "enabled": true, "level": level.name() }),
    };
    json!({ "descriptor": { "id": rule.id.id(), "index": index }, "configuration": configuration })
}

/// 3.49 reporting descriptor of a notification.
fn notification(kind: ProblemKind) -> Value {
    let (name, summary, help) = words(kind);
    json!({
        "id": kind.id(),
        "name": name,
        "shortDescription": { "text": summary },
        "fullDescription": { "text": summary },
        "help": { "text": help, "markdown": help },
        "helpUri": MANUAL_PAGE,
        "defaultConfiguration": { "level": level(kind).name() },
    })
}

/// How loud a problem is.
pub(super) fn level(kind: ProblemKind) -> Level {
    match kind {
        kind if kind.is_failure() => Level::Error,
        ProblemKind::NotAFile => Level::Note,
        _ => Level::Warning,
    }
}

/// Name, meaning and remedy.
fn words(kind: ProblemKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        ProblemKind::Unreadable => (
            "UnreadableInput",
            "A file or folder could not be read.",
            "Check that it exists and that the user who runs the analysis may read it. Calls in it are not in this report.",
        ),
        ProblemKind::Undecodable => (
            "UndecodableText",
            "A file's text could not be decoded.",
            "Convert it to UTF-8. Calls in it are not in this report.",
        ),
        ProblemKind::TooLarge => (
            "FileTooLarge",
            "A file or archive is over a limit on its size.",
            "Split it, or leave it out by an ignore file. Calls in it, or in the rest of the archive, are not in this report.",
        ),
        ProblemKind::ChecksumMismatch => (
            "ChecksumMismatch",
            "A file of a source package is not the one that its description names.",
            "Fetch the package again. What was read of the file is in this report all the same.",
        ),
        ProblemKind::PatchNotApplied => (
            "PatchNotApplied",
            "A patch of a source package does not fit.",
            "The file was examined as it was without the patch. Unpack the package with dpkg-source and examine that.",
        ),
        ProblemKind::UnsafeName => (
            "UnsafeName",
            "A name in an archive leads out of it.",
            "Nothing was written, and the file was examined under a name within the archive. Do not unpack the archive.",
        ),
        ProblemKind::NotAFile => (
            "SkippedNonFile",
            "Something that is neither a file nor a folder was left out.",
            "Nothing has to be done: sockets, devices, named pipes and links that lead nowhere hold no source code.",
        ),
        ProblemKind::LimitReached => (
            "LimitReached",
            "A limit of the analysis was reached.",
            "The calls concerned are reported as unproven-old-size with --unproven; look at them by hand, or make the function \
             smaller.",
        ),
        ProblemKind::Unparsable => (
            "UnparsablePart",
            "A part of a file could not be parsed.",
            "The calls in it were read from the tokens alone, so their surroundings did not count. Look at them by hand.",
        ),
        ProblemKind::Internal => (
            "InternalError",
            "The analyzer failed on an input; the rest was examined.",
            "This is a bug of the analyzer: please report it with the file that led to it.",
        ),
    }
}
