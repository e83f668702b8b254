#![doc = include_str!("../../docs/rules/unused-suppression.md")]

use super::Rule;
use crate::finding::{Level, RuleId};

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::UnusedSuppression,
    name: "UnusedSuppression",
    level: Level::Note,
    summary: "A comment allows a finding that is not there.",
    description: "The comment names a rule that has no finding on the line that it stands for, or no rule at all, or it cannot be \
                  understood. It may hide a finding that comes later, or fail to hide one that it was written for.",
    precision: "very-high",
    cwe: &[],
    tags: &["maintainability", "mremap"],
    help: include_str!("../../docs/rules/unused-suppression.md"),
    page: include_str!("../../docs/rules/unused-suppression.md"),
};
