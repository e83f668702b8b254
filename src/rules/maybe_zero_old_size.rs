#![doc = include_str!("../../docs/rules/maybe-zero-old-size.md")]

use super::Rule;
use crate::finding::{Level, RuleId};

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::MaybeZero,
    name: "MaybeZeroOldSize",
    level: Level::Warning,
    summary: "The old_size of mremap is zero on at least one feasible visible path.",
    description: "On one path that leads to the call something makes old_size zero, and no test on the way excludes it. On that \
                  path the call does not resize: a shared mapping is mapped a second time, and for a private one the call \
                  fails with EINVAL since Linux 4.14. Other paths may pass a size that is not zero.",
    precision: "high",
    cwe: &["CWE-477"],
    tags: &["external/cwe/cwe-477", "portability", "linux", "mremap"],
    help: include_str!("../../docs/rules/maybe-zero-old-size.md"),
    page: concat!(
        include_str!("../../docs/rules/maybe-zero-old-size.md"),
        "\n",
        include_str!("../../docs/rules/replacement.md")
    ),
};
