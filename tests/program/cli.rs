//! The command: exit codes, streams, arguments, files. Whether the analysis is right is tested elsewhere; the sources here
//! are such that no doubt is possible.

mod buffers;

use crate::support::program::Run;
use crate::support::tree::Tree;
use std::fs;
use std::process::{Command, Stdio};

/// One certain finding.
const ZERO: &str = "void *f(void *p, unsigned long n) { return mremap(p, 0, n, 1); }\n";
/// One call that is safe.
const SAFE: &str = "void *f(void *p, unsigned long n) { return mremap(p, 4096, n, 1); }\n";
/// One call of which nothing is known.
const OPEN: &str = "void *f(void *p, unsigned long m, unsigned long n) { return mremap(p, m, n, 1); }\n";

const FORMATS: [&str; 6] = ["text", "sarif", "jsonl", "github", "gcc", "gitlab"];

#[test]
fn exit_codes_are_the_same_in_every_format() {
    let tree = Tree::new(&[("zero/a.c", ZERO), ("safe/a.c", SAFE), ("none/a.c", "int x;\n")]);
    for format in FORMATS {
        let code = |arguments: &[&str]| tree.run(&[&["check", "--format", format], arguments].concat()).code;
        assert_eq!(code(&["zero"]), Some(1), "{format}");
        assert_eq!(code(&["zero", "--exit-zero"]), Some(0), "{format}");
        assert_eq!(code(&["safe"]), Some(0), "{format}");
        assert_eq!(code(&["safe", "--all-calls"]), Some(0), "{format}");
        assert_eq!(code(&["none"]), Some(0), "{format}");
        assert_eq!(code(&["missing"]), Some(2), "{format}");
        assert_eq!(code(&["zero", "missing"]), Some(2), "{format}");
        assert_eq!(code(&["zero", "missing", "--exit-zero"]), Some(2), "{format}");
    }
}

#[test]
fn the_current_directory_is_the_default() {
    let tree = Tree::new(&[("src/a.c", ZERO)]);
    let run = tree.run(&["check"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("--> src/a.c:1:44\n"), "{run:?}");
    assert_eq!(run.err, "1 finding (1 warning); files read: 1, analysed: 1\n");
}

#[test]
fn nothing_found_prints_nothing() {
    let tree = Tree::new(&[("a.c", "int x;\n")]);
    let run = tree.run(&["check"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""));
    for format in FORMATS.iter().filter(|format| **format != "text") {
        assert_eq!(tree.run(&["check", "--format", format]).err, "");
    }
}

#[test]
fn numbers_on_demand_and_silence_on_demand() {
    let tree = Tree::new(&[("a.c", ZERO), ("b.c", OPEN)]);
    let run = tree.run(&["check", "--quiet", "a.c"]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""));
    let run = tree.run(&["check", "--quiet", "a.c", "missing.c"]);
    assert_eq!((run.code, run.err.lines().count()), (Some(2), 1));
    let run = tree.run(&["check", "--quiet", "--statistics", "--unproven"]);
    let table = "       1  zero-old-size\n       0  maybe-zero-old-size\n       1  unproven-old-size\n       0  unused-suppression\n";
    assert_eq!(run.err, format!("{table}       0  pieces of source not understood\n"));
}

#[test]
fn pieces_that_are_not_understood_are_counted_once() {
    // One in a function that two others call, and one for itself.
    let text = "static unsigned long size(unsigned long n)\n{\n    if n n--;\n    return n;\n}\n\
                void *f(void *p) { mremap(p, size(2), 8, 1); return mremap(p, size(3), 8, 1); }\n\
                void *g(void *p, unsigned long n)\n{\n    if n n--;\n    return mremap(p, n, 8, 1);\n}\n";
    let tree = Tree::new(&[("a.c", text)]);
    let run = tree.run(&["check", "--quiet", "--statistics", "a.c"]);
    assert!(
        run.err.ends_with("       2  pieces of source not understood\n"),
        "{run:?}"
    );
    let run = tree.run(&["check", "--format", "jsonl", "a.c"]);
    let summary = run.out.lines().last().unwrap_or_default().to_owned();
    assert!(summary.contains("\"unread\":2"), "{summary}");
}

#[test]
fn usage_errors_exit_with_2_and_say_so_on_standard_error() {
    let tree = Tree::new(&[("a.c", ZERO)]);
    let wrong: [&[&str]; 14] = [
        &[],
        &["frobnicate"],
        &["check", "--frobnicate"],
        &["check", "--format", "xml"],
        &["check", "--jobs", "0"],
        &["check", "--jobs", "many"],
        &["check", "--sink", "name"],
        &["check", "--sink", "name:x"],
        &["check", "--sink", ":1"],
        &["check", "--sink", "na me:1"],
        &["check", "--lang", "fortran"],
        &["check", "-"],
        &["check", "--stdin-filename", "a.c"],
        &["explain", "no-such-rule"],
    ];
    for arguments in wrong {
        let run = tree.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(!run.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let tree = Tree::new(&[]);
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["check", "--help"],
        &["explain", "--help"],
    ] {
        let run = tree.run(arguments);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(!run.out.is_empty(), "{arguments:?}");
    }
    assert_eq!(
        tree.run(&["--version"]).out,
        format!("mremap-lint {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn explain_prints_a_page_or_the_table() {
    let tree = Tree::new(&[]);
    let table = tree.run(&["explain"]);
    assert_eq!((table.code, table.out.lines().count()), (Some(0), 4));
    for rule in ["zero-old-size", "maybe-zero-old-size", "unproven-old-size"] {
        assert!(table.out.contains(&format!("{rule} ")), "{table:?}");
        let page = tree.run(&["explain", rule]);
        assert_eq!(page.code, Some(0));
        assert!(
            page.out.starts_with(&format!("# {rule}\n")) && page.out.contains("memfd_create"),
            "{page:?}"
        );
    }
}

#[test]
fn one_line_for_each_problem_and_the_rest_goes_on() {
    let tree = Tree::new(&[("a.c", ZERO)]);
    let run = tree.run(&["check", "a.c", "b.c", "c\u{1b}[31m.c", "--format", "github"]);
    assert_eq!(run.code, Some(2));
    let problems: Vec<&str> = run.err.lines().collect();
    assert_eq!(problems.len(), 2, "{run:?}");
    assert!(problems[0].starts_with("mremap-lint: b.c: "), "{run:?}");
    assert!(problems[1].starts_with("mremap-lint: c\\u{1b}[31m.c: "), "{run:?}");
    assert!(run.out.contains("::warning file=a.c,"), "{run:?}");
}

#[test]
fn unproven_and_safe_calls_are_shown_on_demand() {
    let tree = Tree::new(&[("open.c", OPEN), ("safe.c", SAFE)]);
    let rules = |arguments: &[&str]| -> Vec<String> {
        let run = tree.run(&[&["check", "--format", "jsonl"], arguments].concat());
        let objects = run
            .out
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        let findings = objects.filter(|object| object["type"] == "finding");
        findings
            .map(|object| format!("{} {}", object["level"], object["rule"]).replace('"', ""))
            .collect()
    };
    assert_eq!(rules(&[]), [""; 0]);
    assert_eq!(rules(&["--unproven"]), ["note unproven-old-size"]);
    assert_eq!(
        rules(&["--all-calls"]),
        ["note unproven-old-size", "pass zero-old-size"]
    );
    assert_eq!(tree.run(&["check", "--unproven"]).code, Some(1));
}

#[test]
fn the_language_can_be_said() {
    let tree = Tree::new(&[("code.txt", ZERO)]);
    assert_eq!(tree.run(&["check", "code.txt", "--lang", "c"]).code, Some(1));
    assert_eq!(tree.run(&["check", "code.txt", "--lang", "cpp"]).code, Some(1));
}

#[test]
fn a_sink_can_be_named() {
    let tree = Tree::new(&[("a.c", "void f(void) { my_remap(0, 4096, 0); }\n")]);
    assert_eq!(tree.run(&["check"]).code, Some(0));
    assert_eq!(tree.run(&["check", "--sink", "my_remap:1"]).code, Some(0));
    assert_eq!(
        tree.run(&["check", "--sink", "my_remap:1", "--sink", "my_remap:2"])
            .code,
        Some(1)
    );
    assert_eq!(tree.run(&["check", "--sink", "my_remap:2"]).code, Some(1));
}

#[test]
fn ignored_and_hidden_files_are_read_on_demand() {
    let tree = Tree::new(&[(".ignore", "skipped\n"), ("skipped/a.c", ZERO), (".hidden/a.c", ZERO)]);
    assert_eq!(tree.run(&["check"]).code, Some(0));
    let run = tree.run(&["check", "--no-ignore"]);
    assert!(
        run.out.contains("--> skipped/a.c:") && !run.out.contains(".hidden"),
        "{run:?}"
    );
    let run = tree.run(&["check", "--hidden"]);
    assert!(
        run.out.contains("--> .hidden/a.c:") && !run.out.contains("skipped"),
        "{run:?}"
    );
    assert_eq!(tree.run(&["check", "skipped/a.c"]).code, Some(1));
}

#[test]
fn the_number_of_threads_does_not_show() {
    let names: Vec<String> = (0..40).map(|number| format!("d{}/f{number}.c", number % 7)).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), ZERO)).collect();
    let tree = Tree::new(&files);
    for format in FORMATS {
        let one = tree.run(&["check", "--format", format, "--jobs", "1"]);
        let many = tree.run(&["check", "--format", format, "--jobs", "8"]);
        assert_eq!((one.code, one.out), (many.code, many.out), "{format}");
    }
}

#[test]
fn colours_are_used_when_they_are_asked_for() {
    let tree = Tree::new(&[("a.c", ZERO)]);
    assert!(!tree.run(&["check"]).out.contains('\u{1b}'));
    assert!(tree.run(&["check", "--color", "always"]).out.contains('\u{1b}'));
    assert!(!tree.run(&["check", "--color", "never"]).out.contains('\u{1b}'));
    assert!(
        !tree
            .run(&["check", "--color", "always", "--format", "sarif"])
            .out
            .contains('\u{1b}')
    );
}

#[test]
fn output_appears_whole_or_not_at_all() {
    let tree = Tree::new(&[("a.c", ZERO), ("old.sarif", "old")]);
    let run = tree.run(&["check", "a.c", "--format", "sarif", "-o", "new.sarif"]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{run:?}");
    let new = tree.read("new.sarif");
    assert_eq!(new, tree.run(&["check", "a.c", "--format", "sarif"]).out);

    assert_eq!(
        tree.run(&["check", "a.c", "--output", "old.sarif", "--format", "sarif"])
            .code,
        Some(1)
    );
    assert_eq!(tree.read("old.sarif"), new);

    let run = tree.run(&["check", "a.c", "-o", "no/such/folder.sarif"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert!(run.err.starts_with("mremap-lint: no/such/folder.sarif: "), "{run:?}");
    assert!(!run.err.contains(".mremap-lint-"), "{run:?}");

    assert_eq!(
        tree.names(""),
        ["a.c", "new.sarif", "old.sarif"],
        "nothing temporary stays"
    );
}

#[cfg(unix)]
#[test]
fn output_keeps_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let tree = Tree::new(&[("a.c", ZERO), ("old.sarif", "old")]);
    let mode = |name: &str| {
        let metadata = fs::metadata(tree.path(name)).expect("the file is there");
        metadata.permissions().mode() & 0o777
    };
    fs::set_permissions(tree.path("old.sarif"), fs::Permissions::from_mode(0o640)).expect("the file is ours");
    symlink("old.sarif", tree.path("link.sarif")).expect("the folder is ours");
    tree.run(&["check", "a.c", "-o", "link.sarif"]);
    assert_eq!(mode("old.sarif"), 0o640);
    assert_ne!(tree.read("old.sarif"), "old");
    assert!(
        fs::symlink_metadata(tree.path("link.sarif"))
            .expect("the link is there")
            .is_symlink()
    );

    tree.write("plain", "");
    tree.run(&["check", "a.c", "-o", "new"]);
    assert_eq!(mode("new"), mode("plain"), "the user's mask counts");

    let run = tree.run(&["check", "a.c", "-o", "/dev/null"]);
    assert_eq!(run.code, Some(1), "a device is written to, not replaced: {run:?}");
    assert!(!fs::metadata("/dev/null").expect("it is there").is_file());
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let names: Vec<String> = (0..400).map(|number| format!("{number}.c")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), ZERO)).collect();
    let tree = Tree::new(&files);
    for format in FORMATS {
        let mut command = tree.command(&["check", "--format", format]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        drop(child.stdout.take());
        let run = Run::new(child.wait_with_output().expect("the program ends"));
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{format}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error() {
    let tree = Tree::new(&[("a.c", ZERO)]);
    let full = fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut command = tree.command(&["check"]);
    let run = Run::of(command.stdout(full).stderr(Stdio::piped()));
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.err.contains("standard output: cannot be written: "), "{run:?}");
}

#[test]
fn sarif_paths_are_relative_to_the_working_directory_or_to_what_holds_all_inputs() {
    let tree = Tree::new(&[("in/src/a b.c", ZERO), ("in/work/x.c", "int x;\n")]);
    let log = |folder: &str, arguments: &[&str]| -> serde_json::Value {
        let run = tree.run_in(folder, &[&["check", "--format", "sarif"], arguments].concat());
        serde_json::from_str(&run.out).expect("SARIF is JSON")
    };
    let place = |log: &serde_json::Value| {
        let uri = log.pointer("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri");
        let base = log.pointer("/runs/0/originalUriBaseIds/%SRCROOT%/uri");
        (
            uri.expect("a URI").clone(),
            base.expect("a base").as_str().expect("a URI").to_owned(),
        )
    };
    let (uri, base) = place(&log("in", &["src"]));
    assert_eq!(uri, "src/a%20b.c");
    assert!(base.starts_with("file:///") && base.ends_with("/in/"), "{base}");
    let (uri, base) = place(&log("in/work", &["../src", "."]));
    assert_eq!(uri, "src/a%20b.c");
    assert!(base.ends_with("/in/"), "{base}");
}

#[cfg(unix)]
#[test]
fn file_names_may_be_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let tree = Tree::new(&[("100%/a b.c", ZERO)]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.c");
    if fs::write(tree.path(name), ZERO).is_err() {
        return; // the file system wants UTF-8
    }
    let run = tree.run(&["check", "--format", "sarif"]);
    for uri in ["\"100%25/a%20b.c\"", "\"caf%E9.c\""] {
        assert!(run.out.contains(uri), "{run:?}");
    }
    assert!(tree.run(&["check"]).out.contains("--> caf\u{fffd}.c:1:44\n"));
}

#[test]
fn equal_trees_give_equal_bytes_wherever_they_lie() {
    let trees = [1, 2].map(|_| Tree::new(&[("src/a.c", ZERO), (".git/HEAD", "")]));
    let report = |tree: &Tree, arguments: &[&str]| tree.run(&[&["check", "--format", "sarif"], arguments].concat()).out;
    let [one, other] = trees.each_ref().map(|tree| report(tree, &["--no-source-root"]));
    assert_eq!(one, other);
    assert_ne!(report(&trees[0], &[]), report(&trees[1], &[]));
    let baselines = trees.each_ref().map(|tree| {
        let run = tree.run(&["check", "--baseline", "b.sarif", "--update-baseline"]);
        assert_eq!(run.code, Some(0), "{run:?}");
        tree.read("b.sarif")
    });
    assert_eq!(baselines[0], baselines[1]);
}

#[test]
fn a_repository_is_named_by_a_uri() {
    let tree = Tree::new(&[("a.c", ZERO)]);
    for wrong in ["ring", "/srv/ring", "https://example.org/a b", ":x"] {
        let run = tree.run(&["check", "--repository", wrong]);
        assert_eq!(run.code, Some(2), "{wrong}");
        assert!(run.err.contains("expected an absolute URI"), "{run:?}");
    }
    assert_eq!(
        tree.run(&["check", "--revision", "1"]).code,
        Some(2),
        "of which repository?"
    );
}

#[test]
fn manual_pages_and_completions_have_every_option() {
    let tree = Tree::new(&[]);
    let run = tree.run(&["generate", "share"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), "", ""));
    let read = |name: &str| tree.read(&format!("share/{name}"));
    for (command, least) in [("check", 20), ("report", 4)] {
        let help = tree.run(&[command, "--help"]).out;
        let options: Vec<&str> = help
            .split_whitespace()
            .filter(|word| word.starts_with("--") && word.len() > 2 && !word.contains(','))
            .map(|word| word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()))
            .collect();
        assert!(options.len() > least, "{options:?}");
        for option in options {
            let name = option.trim_start_matches("--");
            assert!(read("bash/mremap-lint").contains(option), "bash: {option}");
            assert!(read("zsh/_mremap-lint").contains(option), "zsh: {option}");
            assert!(
                read("fish/mremap-lint.fish").contains(&format!("-l {name}")),
                "fish: {option}"
            );
            let page = read(&format!("man1/mremap-lint-{command}.1")).replace("\\-", "-");
            assert!(page.contains(option), "man: {option}");
        }
    }
    assert_eq!(
        tree.names("share/man1"),
        [
            "mremap-lint-check.1",
            "mremap-lint-explain.1",
            "mremap-lint-generate.1",
            "mremap-lint-lsp.1",
            "mremap-lint-report.1",
            "mremap-lint-survey.1",
            "mremap-lint.1"
        ]
    );
    let bash = Command::new("bash")
        .arg("-n")
        .arg(tree.path("share/bash/mremap-lint"))
        .status();
    assert!(bash.is_ok_and(|status| status.success()));
}

#[test]
fn what_shows_progress_is_for_terminals_only() {
    let tree = Tree::new(&[("a.c", ZERO)]);
    assert_eq!(tree.run(&["check", "--format", "jsonl"]).err, "");
}
