//! Findings that a project lives with: allowed in the source, or known from a baseline. The sources are such that no doubt is possible about the rule.

use crate::schema::schema_errors;
use crate::support::program::Run;
use crate::support::tree::Tree;
use serde_json::Value;

/// A tree in which `check` is run.
struct Project(Tree);

impl Project {
    fn new(files: &[(&str, &str)]) -> Project {
        Project(Tree::new(files))
    }

    fn write(&self, name: &str, text: &str) {
        self.0.write(name, text);
    }

    fn run_in(&self, folder: &str, arguments: &[&str]) -> Run {
        self.0.run_in(folder, &[&["check"], arguments].concat())
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_in("", arguments)
    }

    /// The results of a SARIF report.
    fn sarif(&self, arguments: &[&str]) -> Vec<Value> {
        let Run { out, err, .. } = self.run(&[&["--format", "sarif"], arguments].concat());
        let log: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {err}"));
        assert_eq!(schema_errors(&log), Vec::<String>::new());
        log["runs"][0]["results"].as_array().expect("results").clone()
    }
}

/// What is found in one file: `line rule`.
fn found(name: &str, text: &str, arguments: &[&str]) -> Vec<String> {
    let project = Project::new(&[(name, text)]);
    let results = project.sarif(&[arguments, &[name]].concat());
    let line = |result: &Value| result["locations"][0]["physicalLocation"]["region"]["startLine"].to_string();
    let rule = |result: &Value| result["ruleId"].as_str().expect("a rule").to_owned();
    results
        .iter()
        .map(|result| format!("{} {}", line(result), rule(result)))
        .collect()
}

/// A function whose body these lines are, which begin on line 2.
fn c(body: &str) -> String {
    format!("void f(char *p, unsigned long n, int k) {{\n{body}\n}}\n")
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_comment_allows_its_line_or_the_next() {
    let allowed = [
        "mremap(p, 0, n, 1); // mremap-lint: allow(zero-old-size)",
        "mremap(p, 0, n, 1); /* mremap-lint: allow(zero-old-size) */ k++;",
        "// mremap-lint: allow(zero-old-size) kept for old kernels\nmremap(p, 0, n, 1);",
        "/* mremap-lint: allow(zero-old-size)\n * kept for old kernels */\nmremap(p, 0, n, 1);",
        "/* first */ /* mremap-lint: allow(zero-old-size) */\n/* more */\n\nmremap(p, 0, n, 1);",
        "//mremap-lint:allow( maybe-zero-old-size , zero-old-size ): x\nmremap(p, 0, n, 1);\nif (k) n = 0;\n\
         mremap(p, n, 9, 1); // mremap-lint: allow(maybe-zero-old-size)",
        "mremap(p,\n  0, /* mremap-lint: allow(zero-old-size) */\n  n, 1);",
        "mremap(p,\n  // mremap-lint: allow(zero-old-size)\n  0,\n  n, 1);",
    ];
    for body in &allowed[..5] {
        assert_eq!(found("a.c", &c(body), &[]), NOTHING, "{body}");
    }
    assert_eq!(found("a.c", &c(allowed[5]), &[]), ["2 unused-suppression"]);
    for body in &allowed[6..] {
        assert_eq!(found("a.cpp", &c(body), &[]), NOTHING, "{body}");
    }
    let rust = "unsafe fn f(p: *mut libc::c_void, n: usize) {\n    // mremap-lint: allow(zero-old-size) /* r */\n    \
                libc::mremap(p, 0, n, 1);\n    libc::mremap(p, 0, n, 1); /* mremap-lint: allow(zero-old-size) */\n}\n";
    assert_eq!(found("a.rs", rust, &[]), NOTHING);
}

#[test]
fn a_comment_allows_nothing_else() {
    let both = ["2 zero-old-size", "2 unused-suppression"];
    // Another rule, another line, a line behind code, text that is no comment.
    assert_eq!(
        found(
            "a.c",
            &c("mremap(p, 0, n, 1); // mremap-lint: allow(maybe-zero-old-size)"),
            &[]
        ),
        both
    );
    let body = "k = 1; // mremap-lint: allow(zero-old-size)\nmremap(p, 0, n, 1);";
    assert_eq!(found("a.c", &c(body), &[]), ["2 unused-suppression", "3 zero-old-size"]);
    let body = "mremap(p, 0, n, 1); puts(\"// mremap-lint: allow(zero-old-size)\");";
    assert_eq!(found("a.c", &c(body), &[]), ["2 zero-old-size"]);
    let body = "mremap(p, 0, n, 1); // write mremap-lint: allow(zero-old-size) here";
    assert_eq!(found("a.c", &c(body), &[]), ["2 zero-old-size"]);
}

#[test]
fn what_allows_nothing_is_reported() {
    for comment in [
        "allow(zero-old-size)",
        "allow(zero)",
        "allow()",
        "allow",
        "ignore(zero-old-size)",
        "",
    ] {
        let body = format!("/* mremap-lint: {comment} */\nmremap(p, 4096, n, 1);");
        assert_eq!(found("a.c", &c(&body), &[]), ["2 unused-suppression"], "{comment}");
    }
    // No call at all is left, and each name counts by itself.
    assert_eq!(
        found("a.c", "// mremap-lint: allow(zero-old-size)\n", &[]),
        ["1 unused-suppression"]
    );
    let body = "mremap(p, 0, n, 1); // mremap-lint: allow(zero-old-size, unused-suppression, zero-old-sized)";
    assert_eq!(
        found("a.c", &c(body), &[]),
        ["2 unused-suppression", "2 unused-suppression"]
    );
    let project = Project::new(&[("a.c", &c(body))]);
    let Run { code, out, .. } = project.run(&[]);
    assert_eq!(code, Some(1));
    assert!(
        out.contains("note[unused-suppression]: this suppression suppresses nothing (`zero-old-sized`)"),
        "{out}"
    );
    assert!(
        out.contains("= why: There is no rule `zero-old-sized`; the rules are `zero-old-size`, "),
        "{out}"
    );
}

#[test]
fn what_is_only_shown_on_demand_can_be_allowed_all_the_same() {
    let body = "/* mremap-lint: allow(unproven-old-size) callers test it */\nmremap(p, n, 9, 1);";
    assert_eq!(found("a.c", &c(body), &[]), NOTHING);
    assert_eq!(found("a.c", &c(body), &["--unproven"]), NOTHING);
    // A call proven safe is no finding that could be allowed.
    let body = "/* mremap-lint: allow(zero-old-size) */\nmremap(p, 4096, n, 1);";
    assert_eq!(
        found("a.c", &c(body), &["--all-calls"]),
        ["2 unused-suppression", "3 zero-old-size"]
    );
}

#[test]
fn suppressed_findings_are_shown_on_demand_and_do_not_count() {
    let body = "/* mremap-lint: allow(zero-old-size) kept for\n   \"old\" kernels */\nmremap(p, 0, n, 1);\n\
                mremap(p, 0, n, 1); // mremap-lint: allow(zero-old-size)";
    let project = Project::new(&[("a.c", &c(body))]);
    for format in ["text", "sarif", "jsonl", "github", "gcc"] {
        let Run { code, out, .. } = project.run(&["--format", format]);
        assert_eq!(code, Some(0), "{format}");
        assert!(!out.contains("old_size that is"), "{out}");
        let Run { code, out, .. } = project.run(&["--format", format, "--show-suppressed"]);
        assert_eq!(code, Some(0), "{format}");
        assert!(out.contains("old_size that is zero"), "{out}");
    }
    let Run { out, err, .. } = project.run(&["--show-suppressed"]);
    assert!(out.contains("= suppressed: kept for \"old\" kernels\n"), "{out}");
    assert!(out.contains("= suppressed: without a reason\n"), "{out}");
    assert_eq!(err, "0 findings, 2 suppressed; files read: 1, analysed: 1\n");

    let results = project.sarif(&["--show-suppressed"]);
    assert_eq!(results.len(), 2);
    let suppression = &results[0]["suppressions"][0];
    assert_eq!(
        (&suppression["kind"], &suppression["status"]),
        (&"inSource".into(), &"accepted".into())
    );
    assert_eq!(suppression["justification"], "kept for \"old\" kernels");
    let region = &suppression["location"]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["endLine"]), (&2.into(), &3.into()));
    assert_eq!(results[1]["suppressions"].as_array().map(Vec::len), Some(1));
    assert!(results[1]["suppressions"][0].get("justification").is_none());

    let Run { out, .. } = project.run(&["--show-suppressed", "--format", "jsonl"]);
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["suppression"]["reason"], "kept for \"old\" kernels");
    assert_eq!(
        (&lines[0]["suppression"]["line"], &lines[0]["suppression"]["path"]),
        (&2.into(), &"a.c".into())
    );
    assert_eq!(
        (&lines[2]["suppressed"], &lines[2]["findings"]["zero-old-size"]),
        (&2.into(), &0.into())
    );
    let Run { out, .. } = project.run(&["--show-suppressed", "--format", "github"]);
    assert!(out.lines().all(|line| line.starts_with("::debug ")), "{out}");
}

const OLD: &str = "\
void one(void *p, unsigned long n) {
    mremap(p, 0, n, 1);
    mremap(p, 0, n, 1);
}
void two(void *p, unsigned long n) { mremap(p, 0, n + 1, 1); }
";

/// A project with its baseline in `base.sarif`.
fn with_baseline() -> Project {
    let project = Project::new(&[
        ("project/src/a.c", OLD),
        ("project/src/b.c", &OLD.replace("void ", "int ")),
    ]);
    let Run { code, out, err } = project.run_in(
        "project",
        &["--baseline", "base.sarif", "--update-baseline", "--format", "github"],
    );
    assert_eq!((code, out.lines().count(), err.as_str()), (Some(0), 6, ""));
    project
}

/// Lines of the new findings in a folder of the project, then how many results are unchanged and absent.
fn compared(project: &Project, folder: &str) -> (Vec<String>, usize, usize) {
    let arguments = ["--baseline", "base.sarif", "--format", "sarif"];
    let Run { code, out, err } = project.run_in(folder, &arguments);
    let log: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {err}"));
    let results = log["runs"][0]["results"].as_array().expect("results");
    let with = |state: &str| {
        results
            .iter()
            .filter(|result| result["baselineState"] == state)
            .collect::<Vec<_>>()
    };
    let place = |result: &&Value| {
        let physical = &result["locations"][0]["physicalLocation"];
        let uri = physical["artifactLocation"]["uri"].as_str().expect("a URI");
        format!("{uri}:{}", physical["region"]["startLine"])
    };
    let new: Vec<String> = with("new").iter().map(place).collect();
    assert_eq!(code, Some(i32::from(!new.is_empty())));
    let Run {
        code: text_code,
        out: text,
        ..
    } = project.run_in(folder, &["--baseline", "base.sarif"]);
    assert_eq!(
        (text_code, text.matches("warning[").count()),
        (code, new.len()),
        "{text}"
    );
    (new, with("unchanged").len(), with("absent").len())
}

#[test]
fn the_same_code_is_not_new() {
    let project = with_baseline();
    assert_eq!(compared(&project, "project"), (vec![], 6, 0));
    // The folder above the root has another name.
    project.0.rename("project", "other");
    assert_eq!(compared(&project, "other"), (vec![], 6, 0));
    // Moved, reindented and wrapped.
    let text = OLD.replace("    mremap(p, 0, n, 1)", "\t  mremap( p,\n\t\t0,\n\tn,1 )");
    let (first, second) = text.split_at(text.find("void two").expect("it is there"));
    project.write("other/src/a.c", &format!("// new\n\n{second}\n{first}"));
    assert_eq!(compared(&project, "other"), (vec![], 6, 0));
    // A file, a folder and a function with another name.
    project.0.rename("other/src", "other/lib");
    project.0.rename("other/lib/b.c", "other/lib/c.c");
    assert_eq!(compared(&project, "other"), (vec![], 6, 0));
    project.write("other/src/a.c", &OLD.replace("one", "eins"));
    project.0.remove("other/lib/a.c");
    assert_eq!(compared(&project, "other"), (vec![], 6, 0));
    project.0.rename("other/lib/c.c", "other/src/b.c");
    assert_eq!(compared(&project, "other"), (vec![], 6, 0));
}

#[test]
fn new_code_is_new() {
    let project = with_baseline();
    // One more of two equal calls; a copied function; a copied file.
    project.write(
        "project/src/a.c",
        &OLD.replacen("    mremap(p, 0, n, 1);\n", &"    mremap(p, 0, n, 1);\n".repeat(2), 1),
    );
    assert_eq!(compared(&project, "project"), (vec!["src/a.c:4".to_owned()], 6, 0));
    project.write(
        "project/src/a.c",
        &format!("{OLD}{}", OLD.replace("one", "three").replace("two", "four")),
    );
    let new = ["src/a.c:7", "src/a.c:8", "src/a.c:10"].map(str::to_owned).to_vec();
    assert_eq!(compared(&project, "project"), (new, 6, 0));
    project.write("project/src/a.c", OLD);
    project.write("project/src/copy.c", OLD);
    let new = ["src/copy.c:2", "src/copy.c:3", "src/copy.c:5"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(compared(&project, "project"), (new, 6, 0));
    // One is mended, and another one comes.
    project.0.remove("project/src/copy.c");
    project.write("project/src/a.c", &OLD.replace("p, 0, n + 1, 1", "p, 0, n + 2, 1"));
    assert_eq!(compared(&project, "project"), (vec!["src/a.c:5".to_owned()], 5, 1));
    let Run { err, .. } = project.run_in("project", &["--baseline", "base.sarif"]);
    assert_eq!(
        err,
        "1 finding (1 warning), 5 in the baseline, 1 of the baseline gone; files read: 2, analysed: 2\n"
    );
    // Taken over, nothing is new any more, and what is gone is forgotten.
    assert_eq!(
        project
            .run_in("project", &["--baseline", "base.sarif", "--update-baseline"])
            .code,
        Some(0)
    );
    assert_eq!(compared(&project, "project"), (vec![], 6, 0));
}

#[test]
fn a_baseline_may_be_any_report_of_ours() {
    let project = with_baseline();
    project.write("project/src/a.c", &OLD.replace("n + 1", "n + 2"));
    // One that was itself compared, with a byte order mark as some tools write it.
    let Run { out, .. } = project.run_in("project", &["--baseline", "base.sarif", "--format", "sarif"]);
    project.write("project/base.sarif", &format!("\u{feff}{out}"));
    assert_eq!(compared(&project, "project"), (vec![], 6, 0));
    // Without fingerprints and rule indices.
    let mut log: Value = serde_json::from_str(&out).expect("JSON");
    for result in log["runs"][0]["results"].as_array_mut().expect("results") {
        let result = result.as_object_mut().expect("an object");
        result.remove("partialFingerprints");
        result.remove("ruleIndex");
    }
    project.write("project/base.sarif", &log.to_string());
    assert_eq!(compared(&project, "project"), (vec![], 6, 0));
    log["runs"][0]["results"] = serde_json::json!([null, 1, {}, { "ruleId": "gone" }]);
    project.write("project/base.sarif", &log.to_string());
    assert_eq!(compared(&project, "project").0.len(), 6);
}

#[test]
fn a_broken_baseline_is_an_error() {
    let project = Project::new(&[
        ("a.c", OLD),
        (
            "other.sarif",
            r#"{"runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}"#,
        ),
    ]);
    project.write("cut.sarif", "{\"runs\": [");
    project.write("list.sarif", "[]");
    let cases = [
        ("gone.sarif", "gone.sarif: the baseline cannot be read: "),
        ("cut.sarif", "cut.sarif: the baseline is not JSON: "),
        (
            "list.sarif",
            "list.sarif: the baseline is not a SARIF report: it has no `runs`",
        ),
        ("other.sarif", "other.sarif: the baseline holds no run of mremap-lint"),
    ];
    for (name, text) in cases {
        let Run { code, out, err } = project.run(&["--baseline", name]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{name}");
        assert!(err.starts_with(&format!("mremap-lint: {text}")), "{err}");
    }
    assert_eq!(project.run(&["--update-baseline"]).code, Some(2));
    // What could not be read must not be forgotten.
    assert_eq!(
        project
            .run(&["--baseline", "new.sarif", "--update-baseline", "a.c", "gone.c"])
            .code,
        Some(2)
    );
    assert!(!project.0.path("new.sarif").exists());
}
