//! `survey`: a journal with a line for each package, whatever happens to a run or is wrong with a package. The sources here
//! are such that no doubt about findings is possible.

mod journal;
mod limits;

use crate::support::archives::{gzip, tar};
use crate::support::program::Run;
use crate::support::tree::Tree;
use mremap_lint::inside::journal::{Line, Status};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One certain finding.
const ZERO: &str = "void *f(void *p, unsigned long n) { return mremap(p, 0, n, 1); }\n";
/// One call that is safe.
const SAFE: &str = "void *f(void *p, unsigned long n) { return mremap(p, 4096, n, 1); }\n";

/// A folder with packages, and the program run in it.
struct Pool(Tree);

impl Pool {
    fn new(files: &[(&str, &str)]) -> Pool {
        Pool(Tree::new(files))
    }

    /// As many packages as are asked for; every third has a finding, and they have several sizes.
    fn of(count: usize) -> (Pool, Vec<String>) {
        let pool = Pool::new(&[]);
        let names: Vec<String> = (0..count).map(|number| format!("ring{number}-1.{number}")).collect();
        for (number, name) in names.iter().enumerate() {
            let text = if number % 3 == 0 { ZERO } else { SAFE };
            pool.write(&format!("{name}/src/a.c"), text.repeat(number % 5 + 1));
        }
        (pool, names)
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        self.0.write(name, content);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.0
            .command(&[&["survey", "--no-times", "--journal", "journal.jsonl"], arguments].concat())
    }

    /// Runs the program; returns its exit code and standard error.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let run = Run::of(&mut self.command(arguments));
        assert!(run.out.is_empty(), "{run:?}");
        (run.code, run.err)
    }

    /// Runs the program, which must come to its end.
    fn survey(&self, arguments: &[&str]) -> String {
        let (code, err) = self.run(arguments);
        assert_eq!(code, Some(0), "{err}");
        err
    }

    fn journal(&self) -> String {
        self.0.read("journal.jsonl")
    }

    fn sorted(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.journal().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    /// The lines by input; the last of each.
    fn lines(&self) -> BTreeMap<String, Line> {
        let journal = self.journal();
        let lines = journal.lines().map(|line| Line::parse(line).expect("a line"));
        lines.map(|line| (line.input.clone(), line)).collect()
    }
}

fn strings(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The findings and problems of a line with their paths.
fn places(line: &Line) -> Vec<String> {
    let objects = line.findings.iter().chain(&line.problems);
    let place = |object: &serde_json::Value| {
        let kind = object["rule"]
            .as_str()
            .or(object["kind"].as_str())
            .expect("a rule or kind");
        format!("{kind} {}", object["path"].as_str().expect("a path"))
    };
    objects.map(place).collect()
}

#[test]
fn each_package_has_a_line() {
    let pool = Pool::new(&[
        ("ring-1.0/src/a.c", ZERO),
        ("ring-1.0/src/b.c", "int x;\n"),
        ("safe/a.c", SAFE),
        ("loose.c", ZERO),
    ]);
    let err = pool.survey(&["ring-1.0", "./safe", "loose.c"]);
    assert_eq!(
        err,
        "3 packages: 0 in the journal already, 3 complete, 0 incomplete, 0 failed; 2 findings in 2 packages\n"
    );
    let lines = pool.lines();
    let ring = &lines["ring-1.0"];
    assert_eq!((ring.name.as_str(), ring.version.as_deref()), ("ring", Some("1.0")));
    assert_eq!(places(ring), ["zero-old-size ring_1.0/src/a.c"]);
    assert_eq!((ring.counts.files, ring.counts.examined), (2, 1));
    assert_eq!(ring.counts.bytes, ZERO.len() as u64 + 7);
    let safe = &lines["./safe"];
    assert_eq!(
        (safe.label.as_str(), &safe.version, safe.seconds),
        ("safe", &None, None)
    );
    assert!(safe.findings.is_empty() && safe.status == Status::Complete);
    assert_eq!(places(&lines["loose.c"]), ["zero-old-size loose.c/loose.c"]);
}

/// Findings are those that `check --format jsonl` prints, but for where the package lies: fingerprints are those of a check in
/// the package's folder, so that they outlive its version.
#[test]
fn findings_are_those_of_json_lines() {
    let pool = Pool::new(&[("ring_1.0/src/a.c", ZERO)]);
    pool.survey(&["ring_1.0"]);
    let first = |folder: &str, path: &str| -> serde_json::Value {
        let run = pool.0.run_in(folder, &["check", "--format", "jsonl", path]);
        serde_json::from_str(run.out.lines().next().expect("a finding")).expect("JSON")
    };
    let mut finding = first("", "ring_1.0");
    let inside = first("ring_1.0", "src");
    assert_eq!(
        (&finding["type"], &finding["path"]),
        (&"finding".into(), &"ring_1.0/src/a.c".into())
    );
    assert_eq!(inside["path"], "src/a.c");
    assert_ne!(finding["fingerprint"], inside["fingerprint"]);
    finding["fingerprint"] = inside["fingerprint"].clone();
    assert!(
        pool.journal().contains(&format!("\"findings\":[{finding}]")),
        "{}",
        pool.journal()
    );
}

#[test]
fn neither_order_nor_threads_matter() {
    let (pool, mut names) = Pool::of(12);
    pool.survey(&[&["--jobs=1"][..], &strings(&names)].concat());
    let expected = pool.sorted();
    names.reverse();
    for jobs in ["-j2", "-j7", "-j40"] {
        pool.0.remove("journal.jsonl");
        pool.survey(&[&[jobs][..], &strings(&names)].concat());
        assert_eq!(pool.sorted(), expected, "{jobs}");
    }
}

#[test]
fn large_packages_come_first() {
    let (pool, names) = Pool::of(5);
    pool.survey(&[&["--jobs=1"][..], &strings(&names)].concat());
    let journal = pool.journal();
    let sizes = journal
        .lines()
        .map(|line| Line::parse(line).expect("a line").counts.bytes);
    let sizes: Vec<u64> = sizes.collect();
    assert!(
        sizes.len() == 5 && sizes.is_sorted_by(|one, next| one > next),
        "{sizes:?}"
    );
}

#[test]
fn shards_are_a_partition() {
    let (pool, names) = Pool::of(24);
    pool.survey(&strings(&names));
    let whole = pool.sorted();
    let mut all = Vec::new();
    for shard in ["--shard=1/3", "--shard=2/3", "--shard=3/3"] {
        pool.0.remove("journal.jsonl");
        pool.survey(&[&[shard][..], &strings(&names)].concat());
        let part = pool.sorted();
        assert!(part.len() < 24, "{shard} has {} packages", part.len());
        all.extend(part);
    }
    all.sort();
    assert_eq!(all, whole);
}

/// Packages that cannot be examined, among others that can.
#[cfg(unix)]
#[test]
fn a_bad_package_costs_only_itself() {
    let pool = Pool::new(&[
        ("ring-1.0/a.c", ZERO),
        ("odd/a.c", ZERO),
        ("odd.zip", "PK\u{3}\u{4}"),
        ("odd.dsc", "Source"),
    ]);
    std::os::unix::fs::symlink("nowhere", pool.path("odd/b.c")).expect("the folder is ours");
    std::os::unix::fs::symlink("loop", pool.path("loop")).expect("the folder is ours");
    pool.0.fifo("fifo");
    pool.survey(&[
        "missing_1.0.dsc",
        "loop",
        "fifo",
        "odd.zip",
        "odd.dsc",
        "odd",
        "ring-1.0",
    ]);
    let lines = pool.lines();
    assert_eq!(lines.len(), 7);
    for (input, place) in [
        ("missing_1.0.dsc", "unreadable missing_1.0/missing_1.0.dsc"),
        ("loop", "unreadable loop/loop"),
        ("fifo", "unreadable fifo/fifo"),
    ] {
        let line = &lines[input];
        assert_eq!((line.status, &line.digest), (Status::Failed, &None), "{input}");
        assert_eq!(places(line), [place]);
        assert_eq!(line.counts.skipped["unreadable"], 1);
    }
    for input in ["odd.zip", "odd.dsc"] {
        assert_eq!(lines[input].status, Status::Failed, "{:?}", lines[input]);
        assert_eq!(places(&lines[input]), [format!("unreadable odd/{input}")]);
    }
    assert_eq!(lines["odd"].status, Status::Complete);
    assert_eq!(lines["odd"].counts.skipped["not-a-file"], 1);
    assert_eq!(places(&lines["odd"]), ["zero-old-size odd/a.c", "not-a-file odd/b.c"]);
    assert_eq!(places(&lines["ring-1.0"]), ["zero-old-size ring_1.0/a.c"]);
}

#[cfg(unix)]
#[test]
fn lists_may_hold_any_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let names = [&b"line\nbreak"[..], b"caf\xe9", b" \x1b[1m ", b"-0"];
    let pool = Pool::new(&[]);
    let mut list = Vec::new();
    for name in names {
        let folder = pool.path(OsStr::from_bytes(name));
        fs::create_dir(&folder).expect("the folder is ours");
        fs::write(folder.join("a.c"), ZERO).expect("the folder is ours");
        list.extend(name);
        list.push(0);
    }
    fs::write(pool.path("list"), &list).expect("the folder is ours");
    pool.survey(&["--files-from", "list", "-0"]);
    let whole = pool.sorted();
    assert_eq!(whole.len(), 4);
    assert!(whole.iter().all(|line| !line.contains('\u{1b}')));
    let lines = pool.lines();
    for (input, place) in [
        ("line\nbreak", "zero-old-size line_break/a.c"),
        ("file:caf%E9", "zero-old-size caf\u{fffd}/a.c"),
        (" \u{1b}[1m ", "zero-old-size  _[1m /a.c"),
        ("-0", "zero-old-size -0/a.c"),
    ] {
        assert_eq!(places(&lines[input]), [place]);
    }

    pool.0.remove("journal.jsonl");
    let mut command = pool.command(&["--files-from=-", "--null", "./-0"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the program starts");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(&list)
        .expect("the program reads");
    assert!(child.wait().expect("the program ends").success());
    let inputs: Vec<String> = pool.lines().into_keys().collect();
    assert_eq!(inputs, [" \u{1b}[1m ", "-0", "./-0", "file:caf%E9", "line\nbreak"]);
}

#[test]
fn lines_of_a_list_are_packages() {
    let (pool, names) = Pool::of(4);
    pool.write("list", format!("{}\n\n{}", names[..2].join("\n"), names[1]));
    pool.survey(&["--files-from=list", &names[3], &names[3]]);
    let inputs: Vec<String> = pool.lines().into_keys().collect();
    assert_eq!(inputs, [names[0].as_str(), &names[1], &names[3]]);
    assert_eq!(pool.sorted().len(), 3);
}

#[test]
fn what_cannot_be_used_is_told() {
    let (pool, names) = Pool::of(1);
    let run = |arguments: &[&str], expected: &str| {
        let (code, err) = pool.run(arguments);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(expected), "{err}");
    };
    run(&["--files-from=none"], "none: the list of packages cannot be read: ");
    run(&["--shard=5/4", &names[0]], "expected K/N with K from 1 to N");
    run(&["--config=none.toml", &names[0]], "none.toml: cannot be read: ");
    run(&["--null", &names[0]], "--files-from <FILE>");
    run(&[], "required arguments were not provided");
    run(&["--limit-time=0", &names[0]], "invalid value '0'");
    fs::remove_file(pool.path("journal.jsonl")).expect("the journal is opened before the list is read");
    fs::create_dir(pool.path("journal.jsonl")).expect("the folder is ours");
    run(&[&names[0]], "journal.jsonl: the journal is no regular file");
}

#[test]
fn archives_are_packages() {
    let part = gzip(&tar(&[("ring-3.0/src/a.c", ZERO)]));
    let description = |size: usize| {
        format!("Format: 3.0 (native)\nSource: ring\nVersion: 1:3.0\nFiles:\n 0 {size} ring_3.0.tar.gz\n")
    };
    let pool = Pool::new(&[("pool/r/ring_3.0.dsc", &description(part.len()))]);
    pool.write("pool/r/ring_3.0.tar.gz", &part);
    pool.write("ring-1.0.tar", tar(&[("ring-1.0/a.c", ZERO)]));
    pool.write("pool/ring-2.0.0.crate", gzip(&tar(&[("ring-2.0.0/src/a.c", ZERO)])));
    let inputs = ["ring-1.0.tar", "pool/ring-2.0.0.crate", "./pool/r/ring_3.0.dsc"];
    pool.survey(&inputs);
    let lines = pool.lines();
    let line = |input: &str| {
        let line = &lines[input];
        assert_eq!(line.status, Status::Complete, "{input}: {:?}", line.problems);
        (line.version.clone().expect("a version"), places(line))
    };
    let places_of = |path: &str| vec![format!("zero-old-size {path}")];
    assert_eq!(line(inputs[0]), ("1.0".into(), places_of("ring_1.0/ring-1.0/a.c")));
    assert_eq!(
        line(inputs[1]),
        ("2.0.0".into(), places_of("ring_2.0.0/ring-2.0.0/src/a.c"))
    );
    assert_eq!(line(inputs[2]), ("1:3.0".into(), places_of("ring_3.0/src/a.c")));
    let size = description(part.len()).len() + part.len();
    assert_eq!(lines[inputs[2]].counts.bytes, size as u64);

    // Another part is another package, even if the description stays.
    pool.write("pool/r/ring_3.0.tar.gz", &part[..part.len() / 2]);
    let err = pool.survey(&inputs);
    assert!(
        err.starts_with("3 packages: 2 in the journal already, 0 complete, 0 incomplete, 1 failed"),
        "{err}"
    );
    let again = &pool.lines()[inputs[2]];
    assert_ne!(again.digest, lines[inputs[2]].digest);
    let told = [
        "checksum-mismatch ring_3.0/ring_3.0.tar.gz",
        "unreadable ring_3.0/ring_3.0.tar.gz",
    ];
    assert!(
        told.iter().all(|told| places(again).iter().any(|place| place == told)),
        "{:?}",
        places(again)
    );
}
