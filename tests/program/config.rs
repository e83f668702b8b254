//! The configuration file: where it is found, what it changes, and how its mistakes are reported.

use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

const ZERO: &str = "void *f(void *p, unsigned long n) { return mremap(p, 0, n, 1); }\n";
const OPEN: &str = "void *f(void *p, unsigned long m, unsigned long n) { return mremap(p, m, n, 1); }\n";
/// The program shows neither that `leave_now` ends it nor that `unit` is not zero.
const STATED: &str = "\
extern unsigned long unit(void);
extern void leave_now(void);
void *one(void *p, unsigned long n) { return mremap(p, unit(), n, 1); }
void *two(void *p, unsigned long m, unsigned long n) { if (!m) leave_now(); return mremap(p, m, n, 1); }
";
const STATED_IN_RUST: &str = "\
fn one(p: *mut c_void, n: usize) { unsafe { libc::mremap(p, crate::sizes::unit(), n, 1); } }
fn two(p: *mut c_void, m: usize, n: usize) { if m == 0 { util::leave_now(); } unsafe { libc::mremap(p, m, n, 1); } }
";

struct Tree(TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Tree {
        let tree = Tree(tempfile::tempdir().expect("a temporary folder"));
        for (name, text) in files {
            let path = tree.0.path().join(name);
            fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder is ours");
            fs::write(path, text).expect("the folder is ours");
        }
        tree
    }

    fn run_in(&self, folder: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mremap-lint"));
        command.current_dir(self.0.path().join(folder)).env_clear();
        command.args(["check", "--format", "gcc"]).args(arguments);
        command.output().expect("the program starts")
    }

    /// `file:line: level: [rule]` for each finding.
    fn found(&self, arguments: &[&str]) -> Vec<String> {
        lines(&self.run_in("", arguments))
    }

    fn complaint(&self, arguments: &[&str]) -> String {
        let output = self.run_in("", arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    }
}

fn lines(output: &Output) -> Vec<String> {
    assert_ne!(output.status.code(), Some(2), "{output:?}");
    let text = std::str::from_utf8(&output.stdout).expect("UTF-8");
    let short = text.lines().map(|line| {
        let parts: Vec<&str> = line.splitn(5, ':').collect();
        let rule = line.rsplit('[').next().expect("a rule").trim_end_matches(']');
        format!("{}:{}:{} {rule}", parts[0], parts[1], parts[3])
    });
    short.collect()
}

#[test]
fn it_is_found_above_the_paths_up_to_the_root_of_the_repository() {
    let tree = Tree::new(&[
        ("mremap-lint.toml", "[rules]\nzero-old-size = \"off\"\n"),
        ("alone/src/a.c", ZERO),
        ("repository/.git/HEAD", ""),
        ("repository/src/a.c", ZERO),
        ("configured/.git/HEAD", ""),
        ("configured/mremap-lint.toml", "[rules]\nzero-old-size = \"note\"\n"),
        ("configured/src/a.c", ZERO),
        ("configured/other/b.c", ZERO),
    ]);
    assert_eq!(
        tree.found(&["alone/src"]),
        Vec::<String>::new(),
        "above, up to the working directory"
    );
    assert_eq!(
        tree.found(&["repository/src"]),
        ["repository/src/a.c:1: warning zero-old-size"]
    );
    assert_eq!(
        tree.found(&["configured/src/a.c"]),
        ["configured/src/a.c:1: note zero-old-size"]
    );
    let both = ["configured/src", "configured/other/b.c"];
    assert_eq!(tree.found(&both).len(), 2, "the folder above both");
    let elsewhere = tree.run_in("repository", &["../alone/src"]);
    assert_eq!(
        lines(&elsewhere),
        ["../alone/src/a.c:1: warning zero-old-size"],
        "not above what is elsewhere"
    );
    let inside = tree.run_in("configured/src", &[]);
    assert_eq!(lines(&inside), ["a.c:1: note zero-old-size"]);
}

#[test]
fn arguments_win_over_it() {
    let tree = Tree::new(&[
        (
            "mremap-lint.toml",
            "[rules]\nzero-old-size = \"error\"\nunproven-old-size = \"off\"\n",
        ),
        ("other.toml", "[rules]\nzero-old-size = \"off\"\n"),
        ("a.c", ZERO),
        ("b.c", OPEN),
    ]);
    assert_eq!(tree.found(&["a.c", "b.c"]), ["a.c:1: error zero-old-size"]);
    assert_eq!(
        tree.found(&["a.c", "--level", "zero-old-size=note"]),
        ["a.c:1: note zero-old-size"]
    );
    assert_eq!(tree.found(&["a.c", "--no-config"]), ["a.c:1: warning zero-old-size"]);
    assert_eq!(tree.found(&["a.c", "--config", "other.toml"]), Vec::<String>::new());
    assert_eq!(tree.found(&["b.c", "--unproven"]), ["b.c:1: note unproven-old-size"]);
    let wrong = tree.complaint(&["a.c", "--level", "zero-old-size=loud"]);
    assert!(wrong.contains("`loud` is none of off, note, warning, error"), "{wrong}");
}

#[test]
fn a_level_decides_the_exit_code_as_any_finding_does() {
    let tree = Tree::new(&[
        ("mremap-lint.toml", "[rules]\nunproven-old-size = \"warning\"\n"),
        ("b.c", OPEN),
    ]);
    let output = tree.run_in("", &["b.c"]);
    assert_eq!(lines(&output), ["b.c:1: warning unproven-old-size"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        tree.run_in("", &["b.c", "--level", "unproven-old-size=off"])
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn functions_that_it_names_are_sinks_with_all_their_operands() {
    let file = "\
[[sink]]
name = \"grow\"
old-size = 2
old-address = 0
new-size = 1
flags = 3
";
    let code = "void *f(void *p, unsigned long n) { return grow(p, n, 0, 2); }\n";
    let tree = Tree::new(&[
        ("mremap-lint.toml", file),
        ("a.c", code),
        ("b.rs", "fn f() { crate::memory::grow(p, n, 0, 2); }\n"),
    ]);
    assert_eq!(
        tree.found(&["."]),
        ["a.c:1: error zero-old-size", "b.rs:1: error zero-old-size"],
        "MREMAP_FIXED without MREMAP_MAYMOVE is certain to fail"
    );
    assert_eq!(
        tree.found(&[".", "--sink", "grow:1"]),
        Vec::<String>::new(),
        "the argument wins"
    );
    assert_eq!(tree.found(&[".", "--no-config"]), Vec::<String>::new());
}

#[test]
fn functions_that_it_names_end_the_program_or_are_never_zero() {
    let file = "never-zero = [\"unit\"]\nnoreturn = [\"util::leave_now\"]\n";
    let tree = Tree::new(&[("mremap-lint.toml", file), ("a.c", STATED), ("b.rs", STATED_IN_RUST)]);
    assert_eq!(tree.found(&[".", "--unproven"]), Vec::<String>::new());
    let without = tree.found(&[".", "--unproven", "--no-config"]);
    let expected = [
        "a.c:3: note unproven-old-size",
        "a.c:4: warning maybe-zero-old-size",
        "b.rs:1: note unproven-old-size",
        "b.rs:2: warning maybe-zero-old-size",
    ];
    assert_eq!(without, expected);
}

#[test]
fn what_is_stated_counts_before_a_definition() {
    let code = "\
static unsigned long unit(void) { return configured ? configured_size : 0; }
void *one(void *p, unsigned long n) { return mremap(p, unit(), n, 1); }
";
    let tree = Tree::new(&[("mremap-lint.toml", "never-zero = [\"unit\"]\n"), ("a.c", code)]);
    assert_eq!(tree.found(&["."]), Vec::<String>::new());
    assert_eq!(
        tree.found(&[".", "--no-config"]),
        ["a.c:2: warning maybe-zero-old-size"]
    );
}

#[test]
fn paths_are_left_out_by_pattern() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        (
            "mremap-lint.toml",
            "exclude = [\"/vendor/\", \"*.gen.c\", \"!keep.gen.c\"]\n",
        ),
        ("a.c", ZERO),
        ("vendor/a.c", ZERO),
        ("src/vendor/a.c", ZERO),
        ("src/b.gen.c", ZERO),
        ("src/keep.gen.c", ZERO),
    ]);
    let all = [
        "a.c:1: warning zero-old-size",
        "src/keep.gen.c:1: warning zero-old-size",
        "src/vendor/a.c:1: warning zero-old-size",
    ];
    assert_eq!(tree.found(&["."]), all);
    assert_eq!(
        lines(&tree.run_in("src", &["."])).len(),
        2,
        "the patterns speak of the file's folder"
    );
    assert_eq!(tree.found(&[".", "--exclude", "/src"]), all[..1]);
    assert_eq!(tree.found(&["vendor/a.c"]).len(), 1, "named files are read");
    assert_eq!(tree.found(&["vendor/a.c", "a.c", "--force-exclude"]), all[..1]);
}

#[test]
fn mistakes_have_a_place_and_the_nearest_right_word() {
    let mistakes = [
        ("exlude = []\n", "1:1: unknown key `exlude`; did you mean `exclude`?"),
        (
            "# täst\nxyz = 1\n",
            "2:1: unknown key `xyz`; known are: exclude, never-zero, noreturn, rules, sink",
        ),
        (
            "[rules]\nzero-oldsize = \"off\"\n",
            "2:1: unknown rule `zero-oldsize`; did you mean `zero-old-size`?",
        ),
        (
            "[rules]\nzero-old-size = \"warn\"\n",
            "2:17: unknown level `warn`; did you mean `warning`?",
        ),
        (
            "[rules]\nzero-old-size = 3\n",
            "2:17: expected \"off\", \"note\", \"warning\" or \"error\"",
        ),
        ("rules = 3\n", "1:9: `rules` is a table: [rules]"),
        ("[sink]\nname = \"a\"\n", "1:1: `sink` is a list of tables: [[sink]]"),
        ("[[sink]]\nname = \"a\"\n", "1:1: a sink needs `old-size`"),
        ("[[sink]]\nold-size = 1\n", "1:1: a sink needs `name`"),
        (
            "[[sink]]\nname = \"a b\"\nold-size = 1\n",
            "2:8: `a b` is not the name of a function",
        ),
        (
            "[[sink]]\nname = \"a\"\nold_size = 1\n",
            "3:1: unknown key `old_size`; did you mean `old-size`?",
        ),
        (
            "[[sink]]\nname = \"a\"\nold-size = -1\n",
            "3:12: expected the position of an argument, from 0",
        ),
        ("noreturn = \"die\"\n", "1:12: expected a list of strings"),
        ("noreturn = [\"a\", 3]\n", "1:18: expected a string"),
        ("exclude = [\"a\", \"{b\"]\n", "1:17: `{b` is not a pattern of paths: "),
        ("exclude = [\n", "1:12: unclosed array"),
    ];
    for (text, expected) in mistakes {
        let tree = Tree::new(&[("mremap-lint.toml", text), ("a.c", ZERO)]);
        let complaint = tree.complaint(&["."]);
        let line = complaint.lines().next().unwrap_or_default();
        let (_, said) = line.split_once("mremap-lint.toml:").expect("the file is named");
        assert!(said.starts_with(expected), "{text}: {said}");
    }
    let tree = Tree::new(&[("a.c", ZERO)]);
    let missing = tree.complaint(&[".", "--config", "none.toml"]);
    assert!(
        missing.starts_with("mremap-lint: none.toml: cannot be read: "),
        "{missing}"
    );
}

#[test]
fn the_example_in_the_manual_is_understood() {
    let manual = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/manual.md"));
    let (_, after) = manual.split_once("```toml\n").expect("the manual shows a file");
    let (example, _) = after.split_once("```").expect("the example ends");
    let code = "void *f(void *p, unsigned long n) { return my_remap(p, 0, n, 1); }\n";
    let tree = Tree::new(&[
        ("mremap-lint.toml", example),
        ("a.c", code),
        ("b.c", OPEN),
        ("vendor/a.c", ZERO),
    ]);
    let expected = ["a.c:1: warning zero-old-size", "b.c:1: warning unproven-old-size"];
    assert_eq!(tree.found(&["."]), expected);
}
