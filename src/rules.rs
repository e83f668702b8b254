//! The rule table: what each rule is called, how loud it is, and the page that explains it.
//!
//! A rule is a file under `src/rules/`, its entry in the table, and a page under `docs/rules/`. The page stands before the
//! recipes that all rules about calls share (`docs/rules/replacement.md`); both together are what `explain` prints and what
//! SARIF carries as help.

mod levels;
mod maybe_zero_old_size;
mod replacement;
mod unproven_old_size;
mod unused_suppression;
mod zero_old_size;

pub use levels::{Levels, Setting};
pub use replacement::advice;

use crate::finding::{Level, RuleId};

/// The manual page that documents the behaviour; it is the link for more information in all formats.
pub const MANUAL_PAGE: &str = "https://man7.org/linux/man-pages/man2/mremap.2.html";

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The id in PascalCase, as SARIF wants a second name.
    pub name: &'static str,
    /// How loud its findings are, unless the finding itself says otherwise.
    pub level: Level,
    /// When it speaks, in one sentence without markup.
    pub summary: &'static str,
    /// What that means, in a few sentences without markup.
    pub description: &'static str,
    /// How seldom it is wrong, in the words that code scanning uses: `very-high`, `high`, `medium`, `low`.
    pub precision: &'static str,
    /// The weaknesses that it is about.
    pub cwe: &'static [&'static str],
    /// Words to find it by; those of weaknesses in the form that code scanning knows.
    pub tags: &'static [&'static str],
    /// Its own page.
    pub help: &'static str,
    /// Its page and, if it is about a call, the recipes.
    pub page: &'static str,
}

/// All rules, in the order of [`RuleId`]; formats list them in this order.
pub const RULES: [&Rule; 4] = [
    &zero_old_size::RULE,
    &maybe_zero_old_size::RULE,
    &unproven_old_size::RULE,
    &unused_suppression::RULE,
];

/// The entry of a rule, and its place in [`RULES`].
pub fn rule(id: RuleId) -> (usize, &'static Rule) {
    let index = match id {
        RuleId::Zero => 0,
        RuleId::MaybeZero => 1,
        RuleId::Unproven => 2,
        RuleId::UnusedSuppression => 3,
    };
    (index, RULES[index])
}

/// The rule that a user names.
pub fn by_name(name: &str) -> Option<&'static Rule> {
    RULES.into_iter().find(|rule| rule.id.id() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_ids() {
        for (index, entry) in RULES.iter().enumerate() {
            assert_eq!(rule(entry.id).0, index);
            assert_eq!(by_name(entry.id.id()).map(|rule| rule.id), Some(entry.id));
        }
    }

    #[test]
    fn descriptions_fit_the_limits_of_code_scanning() {
        for rule in RULES {
            for text in [rule.summary, rule.description] {
                assert!(text.ends_with('.') && text.len() <= 1024, "{text}");
                assert!(!text.contains('`'), "{text}");
            }
            assert!(rule.page.starts_with(&format!("# {}\n", rule.id.id())));
        }
    }
}
