//! One shared set of findings through all formats: what each must hold, whatever the analysis finds.

use crate::schema::schema_errors;
use mremap_lint::finding::{Level, RuleId, StepKind};
use mremap_lint::formats::{Format, RunDetails};
use mremap_lint::rules::{Levels, Setting};
use mremap_lint::source::{Language, SourceFile, Sources, Span};
use serde_json::{Value, json};
use std::path::PathBuf;

mod set;
use set::*;

/// What is in the way of one finding being read from one text.
const RISKY: [char; 4] = ['\u{1b}', '\u{9b}', '\u{202e}', '\u{7f}'];

const EXPECTED_TEXT: &str = "\
warning[maybe-zero-old-size]: this call of `mremap` passes an old_size that is zero on at least one path (`old + ZERO`)
 --> dir name/100%.c:5:9
  |
2 |       size_t old = 0;
  |              ------- 2: `old` is set to `0`
3 |       /* é😀 */ q = mremap(p, old, n, 1);
  |                     -------------------- the same happens in `mremap(p, old, n, 1)`
4 |       /* é😀 */ q = mremap(p, old, n, 1);
5 |       q = mremap(p,
  |  _________-
6 | |                old + ZERO,
  | |                ^^^^^^^^^^ old_size
7 | |                n, 1); /* ?[31mred� ¿1m */
  | |____________________-
  |
 ::: inc/zero.h:2:14
  |
2 |   #define ZERO 0 /* nothing */
  |                - 1: the value is `0`
  |
  = why: `old + ZERO` is zero: it was never set.
  = kernel: When it is zero, the kernel maps the same pages a second time.
  = instead: If zero is not meant, exclude it before the call. For a second view, make the memory with
             `memfd_create` and `ftruncate` and `mmap` that descriptor twice with MAP_SHARED; for a
             resize, pass the size that the mapping has.
";

#[test]
fn text_shows_the_call_the_way_and_the_remedy() {
    let text = render(Format::Text, &shared(), false);
    let findings: Vec<&str> = text.split_inclusive("\n\n").collect();
    assert_eq!(findings.len(), 5, "{text}");
    assert_eq!(findings[2].trim_end(), EXPECTED_TEXT.trim_end());
    for finding in findings {
        assert!(finding.contains("= why: "), "{finding}");
        assert!(
            finding.starts_with("pass[") || finding.contains("= kernel: "),
            "{finding}"
        );
        assert!(
            finding.starts_with("pass[") || finding.contains("= instead: "),
            "{finding}"
        );
    }
}

#[test]
fn text_cuts_long_lines_and_keeps_the_true_column() {
    let text = render(Format::Text, &shared(), false);
    assert!(text.contains(" --> src/long.rs:1:100019\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() < 300), "{text}");
    assert!(text.contains("fn f() { let r = mremap(p, 0, n); }"), "{text}");
}

#[test]
fn colours_change_nothing_but_colours() {
    let plain = render(Format::Text, &shared(), false);
    let styled = render(Format::Text, &shared(), true);
    assert_ne!(plain, styled);
    assert_eq!(plain, anstream::adapter::strip_str(&styled).to_string());
}

#[test]
fn nothing_reaches_a_terminal_that_it_could_obey() {
    for format in FORMATS {
        let out = render(format, &shared(), false);
        for risky in RISKY {
            assert!(!out.contains(risky), "{format:?} holds {risky:?}");
        }
    }
}

#[test]
fn every_format_gives_the_same_bytes_again() {
    for format in FORMATS {
        assert_eq!(render(format, &shared(), false), render(format, &shared(), false));
    }
}

#[test]
fn sarif_fits_the_schema() {
    let empty = Set {
        sources: Sources::default(),
        findings: Vec::new(),
        problems: Vec::new(),
    };
    for set in [shared(), empty] {
        assert_eq!(schema_errors(&sarif(&set)), Vec::<String>::new());
    }
}

#[test]
fn sarif_says_of_the_run_what_the_user_says() {
    let mut levels = Levels::default();
    levels.set(RuleId::Unproven, Setting::Off);
    levels.set(RuleId::MaybeZero, Setting::On(Level::Error));
    let run = RunDetails {
        without_root: true,
        id: Some("mremap/linux/7".into()),
        repository: Some("https://example.org/ring".into()),
        revision: Some("0123abc".into()),
        levels,
    };
    let log = sarif_run(&shared(), run);
    assert_eq!(schema_errors(&log), Vec::<String>::new());
    let run = &log["runs"][0];
    assert!(
        !log.to_string().contains("/nowhere"),
        "where the sources lie is not told"
    );
    assert_eq!(run["automationDetails"]["id"], "mremap/linux/7");
    let provenance = &run["versionControlProvenance"][0];
    assert_eq!(provenance["repositoryUri"], "https://example.org/ring");
    assert_eq!(provenance["revisionId"], "0123abc");
    assert_eq!(provenance["mappedTo"]["uriBaseId"], "%SRCROOT%");
    let set = run["invocations"][0]["ruleConfigurationOverrides"]
        .as_array()
        .expect("two rules");
    let told: Vec<(&str, &Value, &Value)> = set
        .iter()
        .map(|one| {
            let rule = one["descriptor"]["index"].as_u64().expect("an index") as usize;
            let id = &run["tool"]["driver"]["rules"][rule]["id"];
            assert_eq!(one["descriptor"]["id"], *id);
            let configuration = &one["configuration"];
            (
                id.as_str().expect("an id"),
                &configuration["enabled"],
                &configuration["level"],
            )
        })
        .collect();
    let expected = [
        ("maybe-zero-old-size", &json!(true), &json!("error")),
        ("unproven-old-size", &json!(false), &Value::Null),
    ];
    assert_eq!(told, expected);
}

#[test]
fn sarif_without_findings_has_an_empty_list() {
    let mut set = shared();
    set.findings.clear();
    let log = sarif(&set);
    assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
    assert_eq!(
        log["runs"][0]["tool"]["driver"]["rules"].as_array().map(Vec::len),
        Some(4)
    );
}

/// What no validator looks at.
#[test]
fn sarif_refers_only_to_what_it_defines() {
    let log = sarif(&shared());
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    let bases = run["originalUriBaseIds"].as_object().expect("bases");
    let mut fingerprints = Vec::new();
    for result in run["results"].as_array().expect("results") {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(result["ruleId"], driver["rules"][index]["id"]);
        let locations = result["locations"].as_array().expect("locations");
        assert_eq!(locations.len(), 1);
        for part in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(locations[0]["physicalLocation"]["region"][part].is_u64(), "{part}");
        }
        let partial = &result["partialFingerprints"];
        assert!(
            partial["primaryLocationLineHash"]
                .as_str()
                .is_some_and(|hash| hash.contains(':'))
        );
        fingerprints.push(partial["mremapLint/v1"].as_str().expect("a fingerprint").to_owned());
        assert!(result.get("rank").is_none());
    }
    let count = fingerprints.len();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), count, "every finding has a fingerprint of its own");
    for notification in run["invocations"][0]["toolExecutionNotifications"]
        .as_array()
        .expect("notifications")
    {
        let index = notification["descriptor"]["index"].as_u64().expect("an index") as usize;
        assert_eq!(notification["descriptor"]["id"], driver["notifications"][index]["id"]);
    }
    walk(&log, &mut |value| {
        if let Some(base) = value.get("uriBaseId") {
            assert!(bases.contains_key(base.as_str().expect("a name")));
            let uri = value["uri"].as_str().expect("a URI");
            assert!(
                !uri.starts_with('/') && !uri.starts_with("./") && !uri.contains([' ', '\\']),
                "{uri}"
            );
        }
    });
    assert_eq!(bases["%SRCROOT%"]["uri"], "file:///nowhere/work/");
}

fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(members) => members.values().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

#[test]
fn sarif_results_say_what_and_where() {
    let log = sarif(&shared());
    let results = log["runs"][0]["results"].as_array().expect("results");

    // Two characters of which one takes two UTF-16 units stand before the column.
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&3.into(), &19.into()));
    assert_eq!((&region["endLine"], &region["endColumn"]), (&3.into(), &39.into()));
    assert_eq!(region["snippet"]["text"], "mremap(p, old, n, 1)");
    let artifact = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(artifact["uri"], "dir%20name/100%25.c");
    let text = results[0]["message"]["text"].as_str().expect("a message");
    assert!(text.starts_with("This call of 'mremap' passes an old_size that is zero on every visible path ('old'). "));
    for part in ["it was never set", "The kernel maps", "memfd_create", "[here](1)"] {
        assert!(text.contains(part), "{text}");
    }

    let flow = &results[2]["codeFlows"][0]["threadFlows"][0]["locations"];
    let kinds: Vec<&str> = flow
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["kinds"][0].as_str())
        .collect();
    assert_eq!(kinds, ["value", "assign", "sink"]);
    let related = results[2]["relatedLocations"].as_array().expect("related locations");
    let ids: Vec<u64> = related.iter().filter_map(|location| location["id"].as_u64()).collect();
    assert_eq!(ids, [1, 2, 3]);
    assert_eq!(related[0]["physicalLocation"]["artifactLocation"]["uri"], "inc/zero.h");
    assert!(
        flow.as_array()
            .expect("steps")
            .iter()
            .all(|step| step.get("nestingLevel").is_none())
    );

    assert_eq!(
        (&results[3]["kind"], &results[3]["level"]),
        (&"pass".into(), &"none".into())
    );
    assert_eq!(
        (&results[4]["kind"], &results[4]["level"]),
        (&"fail".into(), &"error".into())
    );
    assert!(results[3].get("codeFlows").is_none());
}

#[test]
fn fingerprints_outlive_edits_around_the_call() {
    let own = |set: &Set| -> Vec<String> {
        let log = sarif(set);
        let results = log["runs"][0]["results"].as_array().expect("results").clone();
        let own = results
            .iter()
            .map(|result| result["partialFingerprints"]["mremapLint/v1"].to_string());
        own.collect()
    };
    let set = shared();
    let mut moved = shared();
    let mut sources = Sources::default();
    for (_, file) in set.sources.iter() {
        let text = format!("\n\n/* new */{}", file.text);
        sources.add(SourceFile::new(file.path.clone(), file.language, text));
    }
    let by = "\n\n/* new */".len() as u32;
    for finding in &mut moved.findings {
        let steps = finding
            .steps
            .iter_mut()
            .chain(&mut finding.related)
            .map(|step| &mut step.at);
        for at in steps.chain([&mut finding.at, &mut finding.argument_at]) {
            at.start += by;
            at.end += by;
        }
    }
    moved.sources = sources;
    assert_eq!(own(&set), own(&moved));
}

#[test]
fn json_lines_are_one_object_each() {
    let out = render(Format::Jsonl, &shared(), false);
    let objects: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    let types: Vec<&str> = objects.iter().filter_map(|object| object["type"].as_str()).collect();
    let expected = [["finding"; 5].as_slice(), &["problem"; 2], &["summary"]].concat();
    assert_eq!(types, expected);
    assert_eq!(objects[2]["path"], "dir name/100%.c");
    assert_eq!((&objects[2]["line"], &objects[2]["end_line"]), (&5.into(), &7.into()));
    assert_eq!(objects[2]["steps"][0]["path"], "inc/zero.h");
    assert_eq!(objects[2]["steps"][0]["snippet"], "#define ZERO 0 /* nothing */");
    let lines: Vec<&str> = RING.lines().collect();
    assert_eq!(objects[2]["snippet"], lines[4..7].join("\n"));
    let minified = objects[4]["snippet"].as_str().expect("a snippet");
    assert!(minified.contains("mremap(p, 0, n)") && minified.chars().count() <= 200);
    assert_eq!(objects[3]["level"], "pass");
    assert_eq!(objects[4]["outcome"]["certain_failure"], true);
    assert_eq!(objects[4]["replacement"]["name"], "no-alias");
    assert_eq!(objects[7]["findings"]["zero-old-size"], 3);
    assert_eq!((&objects[7]["passes"], &objects[7]["problems"]), (&1.into(), &2.into()));
}

#[test]
fn github_commands_escape_what_separates() {
    let out = render(Format::Github, &shared(), false);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 7, "{out}");
    assert!(
        lines[0].starts_with("::warning file=dir name/100%25.c,line=3,endLine=3,col=19,endColumn=39,title="),
        "{out}"
    );
    assert!(
        lines[2].starts_with("::warning file=dir name/100%25.c,line=5,endLine=7,title=maybe-zero-old-size::"),
        "{out}"
    );
    assert!(lines[3].starts_with("::debug "), "{out}");
    assert!(lines[4].starts_with("::error file=src/long.rs,"), "{out}");
    assert!(lines[5].starts_with("::error file=dir name/gone"), "{out}");
}

#[test]
fn gcc_lines_are_those_of_a_compiler() {
    let out = render(Format::Gcc, &shared(), false);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 7, "{out}");
    // Bytes are counted: the characters before the call take two and four.
    let first =
        "dir name/100%.c:3:22: warning: This call of `mremap` passes an old_size that is zero on every visible path";
    assert!(
        lines[0].starts_with(first) && lines[0].ends_with(" [zero-old-size]"),
        "{out}"
    );
    assert!(lines[2].starts_with("dir name/100%.c:5:9: warning: ") && lines[2].ends_with(" [maybe-zero-old-size]"));
    assert!(lines[3].starts_with("dir name/100%.c:8:12: note: "), "{out}");
    assert!(lines[4].starts_with("src/long.rs:1:100019: error: "), "{out}");
    let unreadable = "dir name/gone\\u{1b}[2J.c: error: cannot be read: permission denied [unreadable]";
    assert_eq!(lines[5], unreadable);
    assert_eq!(
        lines[6],
        "dir name/100%.c:3: warning: too many states in `ring` [limit-reached]"
    );
}

#[test]
fn gitlab_issues_have_the_fields_that_it_reads() {
    let mut set = shared();
    let read = |set: &Set| -> Vec<Value> {
        serde_json::from_str(&render(Format::Gitlab, set, false)).expect("the report is a JSON array")
    };
    let issues = read(&set);
    assert_eq!(issues.len(), 6, "a pass is no issue");
    let mut fingerprints: Vec<&str> = issues
        .iter()
        .filter_map(|issue| issue["fingerprint"].as_str())
        .collect();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), 6);
    for issue in &issues {
        assert!(issue["description"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(
            issue["location"]["lines"]["begin"]
                .as_u64()
                .is_some_and(|line| line > 0)
        );
    }
    let severities: Vec<&str> = issues.iter().filter_map(|issue| issue["severity"].as_str()).collect();
    assert_eq!(severities, ["major", "major", "major", "critical", "major", "info"]);
    assert_eq!(issues[2]["check_name"], "maybe-zero-old-size");
    assert_eq!(issues[2]["location"]["path"], "dir name/100%.c");
    assert_eq!(
        issues[2]["location"]["lines"],
        serde_json::json!({ "begin": 5, "end": 7 })
    );
    set.findings.clear();
    set.problems.clear();
    assert!(read(&set).is_empty());
}

#[test]
fn workflow_commands_escape_names_and_line_ends() {
    let mut set = shared();
    set.problems[0].path = "a:b,c%\r\n/é😀.c".into();
    set.problems[0].text = "one: two, 100%\nthree".into();
    let out = render(Format::Github, &set, false);
    let line = out.lines().nth(5).expect("the problem's line");
    let place =
        "::error file=a%3Ab%2Cc%25\\r\\n/é😀.c,title=unreadable::a:b,c%25\\r\\n/é😀.c: one: two, 100%25\\nthree";
    assert_eq!(line, place);
}

/// Lowering may give any span: of nothing, past the end, inside of a character, over several lines.
#[test]
fn no_span_is_too_odd_to_show() {
    let text = "é😀\r\n\t{q(0,\n\u{1b}\u{9b}\u{202e}\r\r\n\nx)}";
    let long = format!("{}{text}{}", "a".repeat(300), "😀".repeat(100));
    for (text, from, to) in [(text, 0, text.len() + 2), (&long, 290, 340), ("", 0, 2)] {
        let mut sources = Sources::default();
        let file = sources.add(SourceFile::new(PathBuf::from("a.c"), Language::C, text.to_owned()));
        let mut findings = Vec::new();
        for start in from..to {
            for end in start..to {
                let at = Span::new(file, start, end);
                let other = Span::new(file, end / 2, end);
                let mut odd = finding_at(at, other);
                odd.steps = vec![step(other, StepKind::Value, "a"), step(at, StepKind::Sink, "b")];
                odd.related = vec![step(Span::new(file, start / 2, start), StepKind::Call, "c")];
                findings.push(odd);
            }
        }
        let set = Set {
            sources,
            findings,
            problems: Vec::new(),
        };
        for format in FORMATS {
            let out = render(format, &set, false);
            assert!(!out.contains(RISKY), "{format:?}");
        }
    }
}
