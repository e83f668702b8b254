//! What is printed: findings in every format, suppressed and known ones, and reports of journals.

mod findings;
mod report;
mod schema;
mod suppression;

#[path = "../support/mod.rs"]
mod support;
