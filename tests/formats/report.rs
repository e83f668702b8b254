//! `report`: journals of surveys merged, compared, and told in all formats.

use crate::schema::schema_errors;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

mod hostile;
mod journal;
use journal::*;

const FORMATS: [&str; 5] = ["text", "sarif", "csv", "html", "jsonl"];
const OWN: &str = "mremapLint/v1";

fn lines(text: &str) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).expect("each line is JSON");
    text.lines().map(line).collect()
}

fn labels(journal: &str) -> Vec<String> {
    let labels = lines(journal)
        .into_iter()
        .map(|line| line["label"].as_str().map(str::to_owned));
    labels.collect::<Option<_>>().expect("each line has a label")
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().expect("results")
}

/// What the schema has against a report, and results that share their name.
fn complaints(log: &Value) -> Vec<String> {
    let mut complaints = schema_errors(log);
    let mut names = BTreeSet::new();
    for result in results(log).iter().filter(|result| result["baselineState"] != "absent") {
        let name = result["partialFingerprints"][OWN].to_string();
        if !names.insert(name.clone()) {
            complaints.push(format!("two results are {name}"));
        }
    }
    complaints
}

/// Calls through a wrapper in another file, an allowed one, safe ones, one that fails, and what cannot be read.
fn tree(folder: &Folder) {
    folder.write(
        "ring_1.0/src/wrapper.c",
        "#include <sys/mman.h>\nvoid *grow(void *p, unsigned long m, unsigned long n) { return mremap(p, m, n, 1); }\n",
    );
    folder.write(
        "ring_1.0/src/a b.c",
        "void *f(void *p, int full)\n{\n    unsigned long size = 0; /* é😀 */\n    if (full)\n        size = 4096;\n    return grow(p, size, 8192);\n}\n",
    );
    folder.write(
        "ring_1.0/c.c",
        "void g(void *p, unsigned long n)\n{\n    mremap(p, 0, n, 1); // mremap-lint: allow(zero-old-size) on purpose\n    mremap(p, 0, n, 3,\n           p);\n    mremap(p, 4096, n, 1);\n    mremap(0, 0, n, 1);\n}\n",
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", folder.path("ring_1.0/gone.c")).expect("the folder is ours");
}

#[test]
fn sarif_of_a_journal_is_that_of_check() {
    let folder = Folder::new(&[]);
    tree(&folder);
    let options = ["--all-calls", "--show-suppressed"];
    let survey = folder.run(&[&["survey", "--journal", "journal", "ring_1.0"], &options[..]].concat());
    assert_eq!(survey.code, Some(0), "{}", survey.err);
    let direct = folder.run(
        &[
            &["check", "ring_1.0", "--no-source-root", "--format", "sarif"],
            &options[..],
        ]
        .concat(),
    );
    let mut direct: Value = serde_json::from_str(&direct.out).expect("SARIF is JSON");
    let mut from_journal = folder.sarif(&["journal"]);
    assert_eq!(complaints(&from_journal), Vec::<String>::new());
    for part in ["codeFlows", "relatedLocations", "suppressions"] {
        assert!(results(&direct).iter().any(|result| result[part].is_array()), "{part}");
    }
    assert!(results(&direct).len() >= 6, "{direct}");
    assert!(cfg!(windows) || direct["runs"][0]["invocations"][0]["toolExecutionNotifications"][0].is_object());
    // Among many packages a fingerprint knows the package's name.
    for log in [&mut direct, &mut from_journal] {
        for result in log["runs"][0]["results"].as_array_mut().expect("results") {
            let name = result["partialFingerprints"]
                .as_object_mut()
                .expect("fingerprints")
                .remove(OWN);
            assert!(name.is_some());
        }
    }
    assert_eq!(direct, from_journal);
}

#[test]
fn later_journals_win() {
    let old = [
        package("a", "1", &[finding("a_1/x.c", "zero-old-size", "old")], &[]),
        package("b", "1", &[], &[]),
    ];
    let new = [
        package("a", "1", &[finding("a_1/x.c", "zero-old-size", "new")], &[]),
        package("c", "1", &[], &[]),
    ];
    let folder = Folder::new(&[("old", &old), ("new", &new)]);
    let merged = lines(&folder.report(&["--format", "jsonl", "old", "new"]));
    assert_eq!(merged, [new[0].clone(), old[1].clone(), new[1].clone()]);
    let merged = lines(&folder.report(&["--format", "jsonl", "new", "old"]));
    assert_eq!(merged[0], old[0]);
}

#[test]
fn the_same_package_elsewhere_counts_once() {
    let mut twin = package("a", "1", &[finding("a_1/x.c", "zero-old-size", "f")], &[]);
    let first = twin.clone();
    twin["input"] = "mirror/a_1.dsc".into();
    let mut other = twin.clone();
    other["input"] = "third/a_1.dsc".into();
    other["digest"] = "sha256:other".into();
    let folder = Folder::new(&[("one", &[first, twin.clone()]), ("two", &[other.clone()])]);
    let merged = lines(&folder.report(&["--format", "jsonl", "one", "two"]));
    assert_eq!(merged, [twin, other]);
    // Other content under the same label is another package, and has paths of its own.
    let log = folder.sarif(&["one", "two"]);
    assert_eq!(complaints(&log), Vec::<String>::new());
    let uri = |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
    let uris: Vec<Value> = results(&log).iter().map(uri).collect();
    assert_eq!(uris, ["a_1/x.c", "a_1@2/x.c"]);
}

#[test]
fn lines_that_cannot_be_read_are_told_and_the_rest_goes_on() {
    let good = [package("a", "1", &[], &[]), package("b", "1", &[], &[])].map(|line| line.to_string());
    let mut unknown = package("c", "1", &[finding("c_1/x.c", "zero-old-size", "f")], &[]);
    unknown["findings"][0]["rule"] = "another-rule".into();
    let text = format!(
        "{}\n{{\"type\":\"package\"\n\n{}\n{unknown}\n{{\"type\":\"pack",
        good[0], good[1]
    );
    let folder = Folder::new(&[]);
    folder.write("journal \u{1b}[2J", &text);
    let run = folder.run(&["report", "--format", "jsonl", "journal \u{1b}[2J", "missing"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(labels(&run.out), ["a_1", "b_1"]);
    let told: Vec<&str> = run.err.lines().collect();
    assert_eq!(told.len(), 4, "{}", run.err);
    for (line, start) in told
        .iter()
        .zip(["2: is not JSON", "5: has a finding", "6: is not JSON"])
    {
        assert!(
            line.starts_with(&format!("mremap-lint: journal \\u{{1b}}[2J:{start}")),
            "{line}"
        );
    }
    assert!(
        told[3].starts_with("mremap-lint: missing: the journal cannot be read"),
        "{}",
        told[3]
    );
}

#[test]
fn a_new_version_of_a_package_is_compared_with_the_old_one() {
    let call = |name: &str| format!("void *{name}(void *p, unsigned long n) {{ return mremap(p, 0, n, 1); }}\n");
    let folder = Folder::new(&[]);
    folder.write("ring-1.0/src/a.c", &(call("kept") + &call("gone")));
    folder.write("ring-2.0/src/a.c", &("\n/* moved */\n".to_owned() + &call("kept")));
    folder.write(
        "ring-2.0/src/b.c",
        "void *other(void *p) { return mremap(p, 0, 8192, 3, p); }\n",
    );
    for version in ["1.0", "2.0"] {
        let journal = format!("{version}.jsonl");
        let run = folder.run(&["survey", "--journal", &journal, &format!("ring-{version}")]);
        assert_eq!(run.code, Some(0), "{}", run.err);
    }
    let log = folder.sarif(&["2.0.jsonl", "--compare", "1.0.jsonl"]);
    let states = results(&log).iter().map(|result| {
        let function = result["locations"][0]["logicalLocations"][0]["name"]
            .as_str()
            .unwrap_or("");
        format!("{function} {}", result["baselineState"].as_str().unwrap_or(""))
    });
    assert_eq!(
        states.collect::<Vec<String>>(),
        ["kept unchanged", "other new", "gone absent"]
    );
    let own = |log: &Value| results(log)[0]["partialFingerprints"][OWN].clone();
    assert_eq!(own(&log), own(&folder.sarif(&["1.0.jsonl"])), "it lasts");
}

/// Two versions of `a`, one of which lost `gone` and got `new`; `b` is there no more, `c` is new and has what `b` had.
fn versions() -> Folder {
    let before = [
        package(
            "a",
            "1",
            &["kept", "gone"].map(|function| finding("a_1/src/x.c", "zero-old-size", function)),
            &[],
        ),
        package("b", "1", &[finding("b_1/y.c", "zero-old-size", "there")], &[]),
    ];
    let now = [
        package(
            "a",
            "2",
            &["new", "kept"].map(|function| finding("a_2/src/x.c", "zero-old-size", function)),
            &[problem("a_2/src/z.c", "too-large", "is too large")],
        ),
        package("c", "1", &[finding("c_1/y.c", "maybe-zero-old-size", "there")], &[]),
    ];
    // The call is another one too, lest the new one be taken for the one that is gone.
    let mut now = now;
    now[0]["findings"][0]["call"] = "mremap(q, 0, n, 1)".into();
    Folder::new(&[("before", &before), ("now", &now)])
}

#[test]
fn comparison_knows_packages_by_name() {
    let folder = versions();
    let log = folder.sarif(&["now", "--compare", "before"]);
    assert_eq!(complaints(&log), Vec::<String>::new());
    let told = |result: &Value| {
        let location = &result["locations"][0];
        let function = &location["logicalLocations"][0]["name"];
        let uri = &location["physicalLocation"]["artifactLocation"]["uri"];
        let texts = [function, uri, &result["baselineState"]].map(|text| text.as_str().unwrap_or("").to_owned());
        texts.join(" ")
    };
    let mut states: Vec<String> = results(&log).iter().map(told).collect();
    states.sort();
    let expected = [
        "gone a_1/src/x.c absent",
        "kept a_2/src/x.c unchanged",
        "new a_2/src/x.c new",
        "there b_1/y.c absent",
        "there c_1/y.c new",
    ];
    assert_eq!(states, expected);

    let csv = folder.report(&["now", "--compare", "before", "--format", "csv"]);
    let counts = ["new", "unchanged", "gone"].map(|state| csv.matches(&format!(",warning,{state},")).count());
    assert_eq!(counts, [2, 1, 2]);
    let text = folder.report(&["now", "--compare", "before"]);
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    for expected in [
        &["new", "2"][..],
        &["unchanged", "1"],
        &["zero-old-size", "2", "1", "1", "1", "2"],
        &["maybe-zero-old-size", "1", "1", "1", "0", "0"],
    ] {
        assert!(words.iter().any(|line| line == expected), "{expected:?}\n{text}");
    }
    assert!(text.contains("1 in packages that are not there any more, 1 in packages that were not wholly examined"));
}

#[test]
fn a_compared_journal_is_a_journal() {
    let folder = versions();
    let compared = folder.report(&["now", "--compare", "before", "--format", "jsonl"]);
    let objects = lines(&compared);
    let types: Vec<&str> = objects.iter().filter_map(|object| object["type"].as_str()).collect();
    assert_eq!(types, ["package", "package", "gone", "gone"]);
    assert_eq!(objects[0]["findings"][0]["baseline_state"], "new");
    assert_eq!(objects[0]["findings"][1]["baseline_state"], "unchanged");
    assert_eq!(objects[2]["findings"][0]["baseline_state"], "absent");
    folder.write("compared", &compared);
    for format in FORMATS {
        let formats = ["--format", format];
        assert_eq!(
            folder.report(&[&["compared"], &formats[..]].concat()),
            folder.report(&[&["now"], &formats[..]].concat()),
            "{format}"
        );
    }
}

#[test]
fn nothing_is_new_in_what_is_compared_with_itself() {
    let folder = versions();
    let log = folder.sarif(&["now", "--compare", "now"]);
    assert_eq!(results(&log).len(), 3);
    assert!(
        results(&log)
            .iter()
            .all(|result| result["baselineState"] == "unchanged")
    );
}

#[test]
fn the_order_of_journals_and_lines_does_not_matter() {
    let packages = ["d", "b", "a", "c"].map(|name| {
        let path = format!("{name}_1/x.c");
        let problems = [problem(&format!("{name}_1/y.c"), "unreadable", "cannot be read")];
        package(name, "1", &[finding(&path, "zero-old-size", "f")], &problems)
    });
    let mut reversed = packages.clone();
    reversed.reverse();
    let folder = Folder::new(&[("one", &packages[..2]), ("two", &packages[2..]), ("all", &reversed)]);
    for format in FORMATS {
        let all = folder.report(&["--format", format, "all"]);
        assert_eq!(all, folder.report(&["--format", format, "two", "one"]), "{format}");
        assert_eq!(
            all,
            folder.report(&["--format", format, "one", "two", "all"]),
            "{format}"
        );
    }
    assert_eq!(
        labels(&folder.report(&["--format", "jsonl", "all"])),
        ["a_1", "b_1", "c_1", "d_1"]
    );
}

#[test]
fn one_file_a_package() {
    let folder = versions();
    let arguments = ["now", "--compare", "before", "--output-dir", "new/sarif"];
    assert_eq!(folder.report(&arguments), "");
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(folder.path("new/sarif")).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        let log: Value = serde_json::from_str(&fs::read_to_string(&path).expect("text")).expect("SARIF is JSON");
        assert_eq!(complaints(&log), Vec::<String>::new());
        let states = results(&log)
            .iter()
            .map(|result| result["baselineState"].as_str().unwrap_or("").to_owned());
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        files.insert(name, states.collect());
    }
    let expected: [(&str, &[&str]); 3] = [
        ("a_2.sarif", &["new", "unchanged", "absent"]),
        ("b_1.gone.sarif", &["absent"]),
        ("c_1.sarif", &["new"]),
    ];
    let expected = expected.map(|(name, states)| {
        (
            name.to_owned(),
            states.iter().map(|state| (*state).to_owned()).collect(),
        )
    });
    assert_eq!(files, BTreeMap::from(expected));

    let again = folder.run(&[&["report"], &arguments[..]].concat());
    assert_eq!(again.code, Some(2));
    assert!(
        again
            .err
            .contains("new/sarif: cannot be written: there is something in the folder"),
        "{}",
        again.err
    );

    let folder = hostile::hostile();
    folder.report(&["journal", "--output-dir", "out"]);
    let count = fs::read_dir(folder.path("out")).expect("the folder is there").count();
    assert_eq!(count, hostile::HOSTILE.len());
    assert_eq!(fs::read_dir(folder.path("")).expect("the folder is there").count(), 3);
}

#[test]
fn the_table_tells_the_totals() {
    let mut failed = package(
        "b",
        "1",
        &[],
        &[
            problem("b_1/", "unreadable", "ends too soon"),
            problem("b_1/x", "too-large", "is too large"),
        ],
    );
    failed["status"] = "failed".into();
    let mut allowed = finding("a_1/x.c", "zero-old-size", "allowed");
    allowed["suppression"] = finding("a_1/x.c", "zero-old-size", "f");
    allowed["suppression"]["reason"] = "on purpose".into();
    let mut pass = finding("a_1/x.c", "zero-old-size", "pass");
    pass["level"] = "pass".into();
    let packages = [
        package(
            "a",
            "1",
            &[finding("a_1/x.c", "zero-old-size", "f"), allowed, pass],
            &[],
        ),
        failed,
        package(
            "c",
            "1",
            &["g", "h"].map(|name| finding("c_1/x.c", "maybe-zero-old-size", name)),
            &[],
        ),
    ];
    let folder = Folder::new(&[("journal", &packages), ("none", &[])]);
    let expected = "\
Packages       3  2 complete, 1 failed
Source files  36  9 analysed; 4.5 kB of input
Findings       3  in 2 packages, 1 allowed by comments, 1 proven safe

Rule                 Findings  Packages
zero-old-size               1         1
maybe-zero-old-size         2         1

What the kernel does          Findings  Packages
maps the pages a second time         3         2

Packages with most findings  Findings
c_1                                 2
a_1                                 1

Not examined  Problems  Packages
unreadable           1         1
too-large            1         1

Packages not wholly examined
b_1 (failed): ends too soon (and 1 more)
";
    assert_eq!(folder.report(&["journal"]), expected);
    let none = "\
Packages      0
Source files  0  0 analysed; 0 B of input
Findings      0  in 0 packages
";
    assert_eq!(folder.report(&["none"]), none);
    let mut other = packages[2].clone();
    other["settings"] = "cd".into();
    folder.write("other", &format!("{other}\n"));
    let mixed = folder.report(&["journal", "other"]);
    assert!(mixed.contains("\nThe packages were examined with 2 different versions or settings of the program.\n"));
}
