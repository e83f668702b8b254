#![doc = include_str!("../../docs/rules/zero-old-size.md")]

use super::Rule;
use crate::finding::{Level, RuleId};

/// The rule.
pub const RULE: Rule = Rule {
    id: RuleId::Zero,
    name: "ZeroOldSize",
    level: Level::Warning,
    summary: "The old_size of mremap is zero on every visible path.",
    description: "An old_size of zero does not resize. For a shared mapping the kernel maps the same pages a second time and \
                  leaves the old mapping in place; for a private one the call fails with EINVAL since Linux 4.14. This special \
                  case stayed undocumented until 2017 and is discouraged: memfd_create, or a second mmap of the same \
                  descriptor, says what is meant and also works where mremap is emulated.",
    precision: "very-high",
    cwe: &["CWE-477"],
    tags: &["external/cwe/cwe-477", "portability", "linux", "mremap"],
    help: include_str!("../../docs/rules/zero-old-size.md"),
    page: concat!(
        include_str!("../../docs/rules/zero-old-size.md"),
        "\n",
        include_str!("../../docs/rules/replacement.md")
    ),
};
