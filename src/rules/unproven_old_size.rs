#![doc = include_str!("../../docs/rules/unproven-old-size.md")]

use super::Rule;
use crate::finding::{Level, RuleId};

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::Unproven,
    name: "UnprovenOldSize",
    level: Level::Note,
    summary: "Nothing visible makes the old_size of mremap zero, and nothing visible excludes it.",
    description: "The size comes from somewhere that the analysis cannot see, or the analysis hit one of its limits. The rule \
                  speaks only with --unproven. A test or an assertion that the size is not zero, before the call, settles it.",
    precision: "low",
    cwe: &["CWE-477"],
    tags: &["external/cwe/cwe-477", "portability", "linux", "mremap"],
    help: include_str!("../../docs/rules/unproven-old-size.md"),
    page: concat!(
        include_str!("../../docs/rules/unproven-old-size.md"),
        "\n",
        include_str!("../../docs/rules/replacement.md")
    ),
};
