//! Names and source that mean something to who reads a report: they are text in each format.

use super::journal::*;
use super::{FORMATS, complaints, results};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names and source that mean something to a spreadsheet, a browser or a terminal.
pub const HOSTILE: [&str; 8] = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*2",
    "a,b;\"c\"\nd",
    "</script><script>alert(1)</script>",
    "<!-- <img src=x onerror=alert(1)>",
    "\u{1b}[31mred\u{9b}2J",
    "\u{202e}evil\u{2066}\u{2028}\u{2029}",
    "&lt;{{data}}{{rows}}",
];

pub fn hostile() -> Folder {
    let packages = HOSTILE.map(|name| {
        let path = format!("{name}_1/{name}.c");
        let mut found = finding(&path, "zero-old-size", name);
        for key in ["snippet", "callee", "argument", "headline", "message", "reason"] {
            found[key] = name.into();
        }
        found["steps"][0]["text"] = name.into();
        found["steps"][0]["snippet"] = name.into();
        package(name, "1", &[found], &[problem(&path, "unreadable", name)])
    });
    Folder::new(&[("journal", &packages), ("none", &[])])
}

#[test]
fn csv_is_read_back_as_it_was() {
    let folder = hostile();
    let text = folder.report(&["journal", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head: Vec<String> = reader.headers().expect("a head").iter().map(str::to_owned).collect();
    let rows: Vec<BTreeMap<String, String>> = reader
        .records()
        .map(|row| {
            head.iter()
                .cloned()
                .zip(row.expect("a row").iter().map(str::to_owned))
                .collect()
        })
        .collect();
    assert_eq!(rows.len(), HOSTILE.len());
    for row in &rows {
        for (column, value) in row {
            assert!(
                !value.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{column}: {value}"
            );
            assert!(!value.contains('\n'), "{column}: {value}");
        }
        assert_eq!((row["line"].as_str(), row["rule"].as_str()), ("7", "zero-old-size"));
        assert_eq!(row["effect"], "second-mapping");
    }
    let functions: BTreeSet<&str> = rows.iter().map(|row| row["function"].as_str()).collect();
    for expected in [
        "'=cmd|' /C calc'!A0",
        "'@SUM(1+1)*2",
        "a,b;\"c\"\\nd",
        "\\u{1b}[31mred\\u{9b}2J",
    ] {
        assert!(functions.contains(expected), "{expected}");
    }
}

/// The text between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from}")) + from.len();
    &text[start..start + text[start..].find(to).unwrap_or_else(|| panic!("no {to}"))]
}

#[test]
fn html_has_no_markup_but_its_own() {
    let folder = hostile();
    let page = folder.report(&["journal", "--format", "html"]);
    let empty = folder.report(&["none", "--format", "html"]);
    for tag in ["<script", "</script", "<!--", "<img", "<style", "onerror=alert(1)>"] {
        assert_eq!(page.matches(tag).count(), empty.matches(tag).count(), "{tag}");
    }
    let data = between(&page, "<script type=\"application/json\" id=\"data\">", "</script>");
    assert!(!data.contains(['<', '>', '&', '\u{2028}', '\u{2029}', '\u{202e}', '\u{1b}']));
    let data: Value = serde_json::from_str(data).expect("the data are JSON");
    let packages = data["packages"].as_array().expect("packages");
    let labels: BTreeSet<String> = packages
        .iter()
        .map(|one| one["label"].as_str().unwrap_or("").to_owned())
        .collect();
    let expected: BTreeSet<String> = HOSTILE.iter().map(|name| format!("{name}_1")).collect();
    assert_eq!(labels, expected);
    for package in packages {
        let finding = &package["findings"][0];
        assert_eq!(
            format!("{}_1", finding["snippet"].as_str().unwrap_or("")),
            package["label"]
        );
        assert_eq!(finding["steps"][0]["text"], finding["snippet"]);
    }
}

#[test]
fn html_asks_for_nothing() {
    let page = hostile().report(&["journal", "--format", "html"]);
    let policy = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    for word in [
        " src=\"",
        "url(",
        "@import",
        "innerHTML",
        "insertAdjacentHTML",
        "eval(",
        "fetch(",
        "XMLHttpRequest",
    ] {
        let own = page.replace(between(&page, "id=\"data\">", "</script>"), "");
        assert!(!own.contains(word), "{word}");
    }
}

#[test]
fn nothing_reaches_a_terminal_that_it_could_obey() {
    let folder = hostile();
    for format in FORMATS {
        let out = folder.report(&["journal", "--format", format, "--compare", "none"]);
        for risky in ['\u{1b}', '\u{9b}', '\u{202e}', '\u{2066}'] {
            assert!(!out.contains(risky), "{format} holds {risky:?}");
        }
    }
}

#[test]
fn sarif_of_odd_names_fits_the_schema() {
    let folder = hostile();
    assert_eq!(complaints(&folder.sarif(&["none"])), Vec::<String>::new());
    let mut log = folder.sarif(&["journal"]);
    assert_eq!(results(&log).len(), HOSTILE.len());
    // The names were made into URIs by nobody here.
    for result in log["runs"][0]["results"].as_array_mut().expect("results") {
        result["locations"] = Value::Array(Vec::new());
        for part in ["codeFlows", "relatedLocations"] {
            result.as_object_mut().expect("an object").remove(part);
        }
    }
    log["runs"][0]["invocations"] = Value::Array(Vec::new());
    assert_eq!(complaints(&log), Vec::<String>::new());
}
