//! The journal of a survey: JSON Lines, one line for each package, and nothing else.
//!
//! Keys come in one order and without blanks, so that equal results are equal bytes. Findings and problems are the objects
//! that `--format jsonl` prints; who reads them need not know all of their keys.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use crate::formats::write_json;
use crate::paths::percent_encoded;
use crate::source::word;

/// The program's name in each line.
const TOOL: &str = env!("CARGO_PKG_NAME");
/// What [`input_name`] begins with where the path itself is no text.
const ENCODED: &str = "file:";

/// One package.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The package's name.
    pub name: String,
    /// Its version, if it is known.
    pub version: Option<String>,
    /// What all paths and URIs of the line begin with, followed by a slash: name and version, without the epoch.
    pub label: String,
    /// The path as the user gave it (`input_name`).
    pub input: String,
    /// `sha256:` and 64 hexadecimal digits, over the content; `None` if nothing could be read.
    pub digest: Option<String>,
    /// The version of the program.
    pub tool_version: String,
    /// A hash of the options that change results.
    pub settings: String,
    /// How far the package was examined.
    pub status: Status,
    /// What was met.
    pub counts: Counts,
    /// How long it took, unless times are left out.
    pub seconds: Option<f64>,
    /// Objects of `"type":"finding"`, as `--format jsonl` prints them.
    pub findings: Vec<Value>,
    /// Objects of `"type":"problem"`, as `--format jsonl` prints them.
    pub problems: Vec<Value>,
}

/// How far a package was examined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Wholly.
    #[default]
    Complete,
    /// A part of it could not be read, or a limit was hit.
    Incomplete,
    /// Not at all.
    Failed,
}

impl Status {
    /// All, from best to worst.
    pub const ALL: [Status; 3] = [Status::Complete, Status::Incomplete, Status::Failed];

    /// The word in the journal.
    pub fn name(self) -> &'static str {
        word(&self)
    }
}

/// What was met in a package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Source files read.
    pub files: u64,
    /// Bytes of the input as it lies on disk: of an archive, or of a folder's files.
    pub bytes: u64,
    /// Files of them that were analysed, since they hold the word or were searched for.
    pub examined: u64,
    /// How much could not be examined, wholly or in part, by the id of the problem's kind.
    pub skipped: BTreeMap<String, u64>,
}

impl Line {
    /// Writes the line with its end.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut object = Map::new();
        object.insert("type".into(), "package".into());
        object.insert("name".into(), self.name.clone().into());
        object.insert("version".into(), self.version.clone().into());
        object.insert("label".into(), self.label.clone().into());
        object.insert("input".into(), self.input.clone().into());
        object.insert("digest".into(), self.digest.clone().into());
        object.insert("tool".into(), TOOL.into());
        object.insert("tool_version".into(), self.tool_version.clone().into());
        object.insert("settings".into(), self.settings.clone().into());
        object.insert("status".into(), self.status.name().into());
        object.insert("counts".into(), json!(self.counts));
        if let Some(seconds) = self.seconds {
            object.insert("seconds".into(), seconds.into());
        }
        let mut head = Vec::new();
        write_json(&Value::Object(object), &mut head)?;
        head.pop();
        out.write_all(&head)?;
        // There may be many of them, and they are not copied.
        for (key, objects) in [("findings", &self.findings), ("problems", &self.problems)] {
            write!(out, ",\"{key}\":[")?;
            for (index, object) in objects.iter().enumerate() {
                out.write_all(if index == 0 { b"" } else { b"," })?;
                write_json(object, out)?;
            }
            out.write_all(b"]")?;
        }
        out.write_all(b"}\n")
    }

    /// The findings that count: neither passes nor what a comment in the source allows.
    pub fn counted(&self) -> impl Iterator<Item = &Value> {
        let counts = |finding: &&Value| finding["level"] != "pass" && finding["suppression"].is_null();
        self.findings.iter().filter(counts)
    }

    /// Reads a line, without its end.
    ///
    /// # Errors
    /// If it is no line of a journal: a predicate without final stop, as in "is not JSON".
    pub fn parse(text: &str) -> Result<Line, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        let text = |key: &'static str| {
            let text = value[key].as_str().map(str::to_owned);
            text.ok_or_else(|| format!("has no text under \"{key}\""))
        };
        if text("type")? != "package" || text("tool")? != TOOL {
            return Err(format!("is not a package of {TOOL}"));
        }
        let status = text("status")?;
        let status = Status::ALL.into_iter().find(|known| known.name() == status);
        let objects = |key: &'static str| {
            let objects = value[key].as_array().cloned();
            objects.ok_or_else(|| format!("has no list under \"{key}\""))
        };
        Ok(Line {
            name: text("name")?,
            version: value["version"].as_str().map(str::to_owned),
            label: text("label")?,
            input: text("input")?,
            digest: value["digest"].as_str().map(str::to_owned),
            tool_version: text("tool_version")?,
            settings: text("settings")?,
            status: status.ok_or("has a status that is not known")?,
            counts: Counts::deserialize(&value["counts"]).map_err(|_| "has no counts")?,
            seconds: value["seconds"].as_f64(),
            findings: objects("findings")?,
            problems: objects("problems")?,
        })
    }
}

/// How a path stands in a journal. Different paths have different names, also where they are no text: these, and what looks
/// like one of them, are written as URIs.
pub fn input_name(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.starts_with(ENCODED) => text.to_owned(),
        _ => format!("{ENCODED}{}", percent_encoded(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of a line, written by hand.
    const TEXT: &str = concat!(
        r#"{"type":"package","name":"ring","version":"2.0-3","label":"ring_2.0-3","#,
        r#""input":"pool/main/r/ring_2.0-3.dsc","digest":"sha256:00ff","tool":"mremap-lint","#,
        r#""tool_version":"0.1.0","settings":"ab","status":"incomplete","#,
        r#""counts":{"files":12,"bytes":12345,"examined":3,"skipped":{"not-a-file":2,"unreadable":1}},"#,
        r#""seconds":1.234,"findings":[{"type":"finding","z":1,"a":2},{"b":3}],"problems":[{"type":"problem"}]}"#
    );

    fn written(line: &Line) -> String {
        let mut bytes = Vec::new();
        line.write(&mut bytes).expect("a vector takes everything");
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    #[test]
    fn a_line_is_written_as_it_was_read() {
        let line = Line::parse(TEXT).expect("a line");
        assert_eq!(line.version.as_deref(), Some("2.0-3"));
        assert_eq!(line.status, Status::Incomplete);
        assert_eq!(line.counts.skipped["not-a-file"], 2);
        assert_eq!(written(&line), format!("{TEXT}\n"));
        let without = TEXT
            .replace(r#""seconds":1.234,"#, "")
            .replace(r#""version":"2.0-3""#, r#""version":null"#);
        let line = Line::parse(&without).expect("a line");
        assert_eq!((line.version.as_deref(), line.seconds), (None, None));
        assert_eq!(written(&line), format!("{without}\n"));
    }

    #[test]
    fn other_lines_are_refused() {
        for (from, to) in [
            ("\"package\"", "\"finding\""),
            ("\"mremap-lint\"", "\"other\""),
            ("incomplete", "unknown"),
            ("\"files\":12", "\"files\":-1"),
            ("\"input\":", "\"output\":"),
            ("}]}", "}]"),
        ] {
            let text = TEXT.replace(from, to);
            assert!(text != TEXT && Line::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn different_paths_have_different_names() {
        assert_eq!(input_name(Path::new("a b/c.dsc")), "a b/c.dsc");
        assert_eq!(input_name(Path::new("file:a%")), "file:file%3Aa%25");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
            assert_eq!(input_name(Path::new(name)), "file:caf%E9");
        }
    }
}
