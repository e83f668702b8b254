//! One direction, no cycles: a module uses only modules named before it in the order below, which is that of the crate docs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::files::sources;

const ORDER: &[&str] = &[
    "paths",
    "source",
    "progress",
    "finding",
    "sinks",
    "archive",
    "input",
    "syntax",
    "ir",
    "facts",
    "lower",
    "value",
    "state",
    "engine",
    "outcome",
    "verdict",
    "program",
    "rules",
    "formats",
    "suppression",
    "scan",
    "config",
    "lsp",
    "journal",
    "survey",
    "report",
    "cli",
];

/// The top-level module that a file belongs to.
fn module_of(path: &Path, root: &Path) -> String {
    let below = path.strip_prefix(root).expect("found below the root");
    let first = below
        .components()
        .next()
        .expect("a file has a name")
        .as_os_str()
        .to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Modules named after `crate::` in code; documentation may point anywhere.
fn used(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut found = BTreeSet::new();
    for line in code {
        for after in line.split("crate::").skip(1) {
            let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.is_empty() {
                // `use crate::{a, b::c}`
                let list = after.trim_start_matches('{');
                found.extend(list.split(',').map(|item| {
                    item.trim()
                        .split("::")
                        .next()
                        .unwrap_or("")
                        .trim_end_matches("};")
                        .to_owned()
                }));
            } else {
                found.insert(name);
            }
        }
    }
    found.retain(|name| ORDER.contains(&name.as_str()));
    found
}

#[test]
fn modules_use_only_what_comes_before_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let place = |name: &str| ORDER.iter().position(|known| *known == name);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for path in &files {
        let module = module_of(path, &root);
        let Some(own) = place(&module) else {
            assert!(
                ["lib", "main"].contains(&module.as_str()),
                "{module} has no place in the order"
            );
            continue;
        };
        seen.insert(module.clone());
        for other in used(&fs::read_to_string(path).expect("sources are text")) {
            let allowed = if module == "formats" {
                ["paths", "source", "finding", "rules", "formats"].contains(&other.as_str())
            } else {
                place(&other) <= Some(own)
            };
            if !allowed {
                wrong.push(format!("{} uses {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen.len() > 10, "only {seen:?} were looked at");
}
