//! Journals written by hand, and the program's report of them.

use crate::support::program::Run;
use crate::support::tree::Tree;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A place in a file of a package: its lines are not read by anybody.
fn place(path: &str, line: u32) -> Value {
    json!({
        "path": path, "uri": path.replace(' ', "%20"), "line": line, "column": 5, "end_line": line, "end_column": 25,
        "snippet": "    mremap(p, 0, n, 1);",
    })
}

fn joined(values: &[Value]) -> Value {
    let objects = values.iter().filter_map(Value::as_object).flatten();
    Value::Object(objects.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// A finding whose fingerprint is made of the function's name.
pub fn finding(path: &str, rule: &str, function: &str) -> Value {
    let at = place(path, 7);
    let step = joined(&[
        json!({ "kind": "value" }),
        place(path, 3),
        json!({ "text": "the value is `0`" }),
    ]);
    let sink = joined(&[
        json!({ "kind": "sink" }),
        at.clone(),
        json!({ "text": "the call gets it" }),
    ]);
    let identity: u64 = function
        .bytes()
        .fold(7, |sum, byte| sum * 31 % 1_000_003 + u64::from(byte));
    joined(&[
        json!({ "type": "finding", "rule": rule, "level": "warning" }),
        at,
        json!({
            "function": function, "callee": "mremap", "argument": "0", "call": "mremap(p, 0, n, 1)",
            "headline": format!("This call is wrong in `{function}`"),
            "message": format!("This call is wrong in `{function}`. For a reason."),
            "reason": "For a reason.", "steps": [step, sink], "related": [],
            "outcome": {
                "sentences": ["The kernel maps the same pages a second time."],
                "certain_failure": false, "effect": "second-mapping",
            },
            "replacement": { "name": "memfd", "text": "Use a memfd." },
            "fingerprint": format!("{identity:032x}:1"), "line_hash": "6eed8b1bb707f67e:1",
        }),
    ])
}

pub fn problem(path: &str, kind: &str, text: &str) -> Value {
    json!({ "type": "problem", "kind": kind, "path": path, "uri": path, "line": null, "message": text })
}

/// The line of a package.
pub fn package(name: &str, version: &str, findings: &[Value], problems: &[Value]) -> Value {
    let label = format!("{name}_{version}");
    json!({
        "type": "package", "name": name, "version": version, "label": label, "input": format!("pool/{label}.dsc"),
        "digest": format!("sha256:{label}"), "tool": "mremap-lint", "tool_version": "0.1.0", "settings": "ab",
        "status": if problems.is_empty() { "complete" } else { "incomplete" },
        "counts": { "files": 12, "bytes": 1500, "examined": 3, "skipped": {} },
        "seconds": 0.5, "findings": findings, "problems": problems,
    })
}

/// A folder with journals.
pub struct Folder(Tree);

impl Folder {
    pub fn new(journals: &[(&str, &[Value])]) -> Folder {
        let folder = Folder(Tree::new(&[]));
        for (name, lines) in journals {
            folder.write(name, &lines.iter().map(|line| format!("{line}\n")).collect::<String>());
        }
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        self.0.write(name, text);
    }

    /// Runs the program in the folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.0.run(arguments)
    }

    /// A report that is made without complaints.
    pub fn report(&self, arguments: &[&str]) -> String {
        let run = self.run(&[&["report"], arguments].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}");
        run.out
    }

    pub fn sarif(&self, arguments: &[&str]) -> Value {
        let text = self.report(&[&["--format", "sarif"], arguments].concat());
        serde_json::from_str(&text).expect("SARIF is JSON")
    }
}
