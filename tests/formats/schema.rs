//! SARIF reports against the schema of SARIF 2.1.0.

use jsonschema::Validator;
use serde_json::Value;
use std::sync::OnceLock;

/// What the schema has against a report.
pub fn schema_errors(log: &Value) -> Vec<String> {
    static SCHEMA: OnceLock<Validator> = OnceLock::new();
    let validator = SCHEMA.get_or_init(|| {
        let schema = include_str!("sarif-schema-2.1.0.json");
        let schema = serde_json::from_str(schema).expect("the schema is JSON");
        jsonschema::validator_for(&schema).expect("the schema is a schema")
    });
    validator.iter_errors(log).map(|error| error.to_string()).collect()
}
