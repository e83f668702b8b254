//! The sentences of a finding, the same in every format. Backquotes mark what is code.

use crate::finding::{Finding, RuleId};
use crate::rules::advice;
use crate::source::{Language, Sources};

/// What is wrong, as a sentence without its full stop.
pub(super) fn headline(finding: &Finding) -> String {
    if finding.rule == RuleId::UnusedSuppression {
        return format!("This suppression suppresses nothing (`{}`)", finding.argument);
    }
    let what = if finding.callee.contains("mremap") {
        "an old_size"
    } else {
        "`mremap` an old_size"
    };
    format!(
        "This call of `{}` passes {what} that {} (`{}`)",
        finding.callee,
        verdict(finding),
        finding.argument
    )
}

/// What is known of the value, as the end of "old_size …".
fn verdict(finding: &Finding) -> &'static str {
    if finding.is_pass() {
        return "is never zero";
    }
    match finding.rule {
        RuleId::Zero => "is zero on every visible path",
        RuleId::MaybeZero => "is zero on at least one path",
        RuleId::Unproven => "cannot be shown to be other than zero",
        RuleId::UnusedSuppression => "is not at issue",
    }
}

/// What the kernel will do, as one paragraph; empty for calls proven safe.
pub(super) fn outcome(finding: &Finding) -> String {
    let outcome = finding.outcome.as_ref();
    outcome.map_or(String::new(), |outcome| paragraph(finding.rule, &outcome.sentences))
}

/// The sentences on what the kernel does, for a finding of a rule.
pub fn paragraph(rule: RuleId, sentences: &[String]) -> String {
    let sentences = sentences.join(" ");
    match rule {
        RuleId::Zero | RuleId::UnusedSuppression => sentences,
        RuleId::MaybeZero | RuleId::Unproven => format!("When it is zero, {}", lower_first(&sentences)),
    }
}

/// The sentence as a part of another one: its first letter small, unless that belongs to a name in capitals.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// What to write instead, in the words of the file's language.
pub(super) fn instead(finding: &Finding, language: Language) -> Option<String> {
    if finding.rule == RuleId::UnusedSuppression {
        return Some("Remove the comment, or correct the name of the rule.".to_owned());
    }
    let replacement = finding.outcome.as_ref()?.replacement;
    Some(match finding.rule {
        RuleId::Zero => advice(replacement, language).to_owned(),
        RuleId::MaybeZero => format!(
            "If zero is not meant, exclude it before the call. {}",
            advice(replacement, language)
        ),
        _ => "If zero cannot come here, test or assert that before the call.".to_owned(),
    })
}

/// That a comment allows the finding, and why; empty if none does.
pub(super) fn suppressed(finding: &Finding) -> String {
    match &finding.suppression {
        Some(suppression) => match &suppression.reason {
            Some(reason) => reason.clone(),
            None => "without a reason".to_owned(),
        },
        None => String::new(),
    }
}

/// Everything, for formats that have one text for a finding. The first sentence can stand alone.
pub fn whole(finding: &Finding, sources: &Sources) -> String {
    let language = sources.file(finding.at.file).language;
    let parts = [
        format!("{}.", headline(finding)),
        finding.reason.clone(),
        outcome(finding),
        instead(finding, language).unwrap_or_default(),
    ];
    let parts: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" ")
}
