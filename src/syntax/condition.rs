//! Conditions of the preprocessor: their text in one spelling, and their truth where Linux decides it.

use crate::source::Language;

/// Whether a condition holds on Linux, as far as its text says; None if the build decides. `condition` is what stands
/// after `#if`, in the spelling that [`crate::syntax::cut::Item::conditions`] has.
pub fn truth(condition: &str, language: Language) -> Option<bool> {
    let _ = language;
    match condition.trim() {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}
