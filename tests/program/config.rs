//! The configuration file: where it is found, what it changes, and how its mistakes are reported.

use crate::support::program::Run;
use crate::support::tree::Tree;

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

/// A tree in which `check` is run.
struct Project(Tree);

impl Project {
    fn new(files: &[(&str, &str)]) -> Project {
        Project(Tree::new(files))
    }

    fn run_in(&self, folder: &str, arguments: &[&str]) -> Run {
        self.0
            .run_in(folder, &[&["check", "--format", "gcc"], arguments].concat())
    }

    /// `file:line: level: [rule]` for each finding.
    fn found(&self, arguments: &[&str]) -> Vec<String> {
        lines(&self.run_in("", arguments))
    }

    fn complaint(&self, arguments: &[&str]) -> String {
        let run = self.run_in("", arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
        run.err
    }
}

fn lines(run: &Run) -> Vec<String> {
    assert_ne!(run.code, Some(2), "{run:?}");
    let short = run.out.lines().map(|line| {
        let parts: Vec<&str> = line.splitn(5, ':').collect();
        let rule = line.rsplit('[').next().expect("a rule").trim_end_matches(']');
        format!("{}:{}:{} {rule}", parts[0], parts[1], parts[3])
    });
    short.collect()
}

#[test]
fn it_is_found_above_the_paths_up_to_the_root_of_the_repository() {
    let project = Project::new(&[
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
        project.found(&["alone/src"]),
        Vec::<String>::new(),
        "above, up to the working directory"
    );
    assert_eq!(
        project.found(&["repository/src"]),
        ["repository/src/a.c:1: warning zero-old-size"]
    );
    assert_eq!(
        project.found(&["configured/src/a.c"]),
        ["configured/src/a.c:1: note zero-old-size"]
    );
    let both = ["configured/src", "configured/other/b.c"];
    assert_eq!(project.found(&both).len(), 2, "the folder above both");
    let elsewhere = project.run_in("repository", &["../alone/src"]);
    assert_eq!(
        lines(&elsewhere),
        ["../alone/src/a.c:1: warning zero-old-size"],
        "not above what is elsewhere"
    );
    let inside = project.run_in("configured/src", &[]);
    assert_eq!(lines(&inside), ["a.c:1: note zero-old-size"]);
}

#[test]
fn arguments_win_over_it() {
    let project = Project::new(&[
        (
            "mremap-lint.toml",
            "[rules]\nzero-old-size = \"error\"\nunproven-old-size = \"off\"\n",
        ),
        ("other.toml", "[rules]\nzero-old-size = \"off\"\n"),
        ("a.c", ZERO),
        ("b.c", OPEN),
    ]);
    assert_eq!(project.found(&["a.c", "b.c"]), ["a.c:1: error zero-old-size"]);
    assert_eq!(
        project.found(&["a.c", "--level", "zero-old-size=note"]),
        ["a.c:1: note zero-old-size"]
    );
    assert_eq!(project.found(&["a.c", "--no-config"]), ["a.c:1: warning zero-old-size"]);
    assert_eq!(project.found(&["a.c", "--config", "other.toml"]), Vec::<String>::new());
    assert_eq!(project.found(&["b.c", "--unproven"]), ["b.c:1: note unproven-old-size"]);
    let wrong = project.complaint(&["a.c", "--level", "zero-old-size=loud"]);
    assert!(wrong.contains("`loud` is none of off, note, warning, error"), "{wrong}");
}

#[test]
fn a_level_decides_the_exit_code_as_any_finding_does() {
    let project = Project::new(&[
        ("mremap-lint.toml", "[rules]\nunproven-old-size = \"warning\"\n"),
        ("b.c", OPEN),
    ]);
    let run = project.run_in("", &["b.c"]);
    assert_eq!(lines(&run), ["b.c:1: warning unproven-old-size"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        project.run_in("", &["b.c", "--level", "unproven-old-size=off"]).code,
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
    let project = Project::new(&[
        ("mremap-lint.toml", file),
        ("a.c", code),
        ("b.rs", "fn f() { crate::memory::grow(p, n, 0, 2); }\n"),
    ]);
    assert_eq!(
        project.found(&["."]),
        ["a.c:1: error zero-old-size", "b.rs:1: error zero-old-size"],
        "MREMAP_FIXED without MREMAP_MAYMOVE is certain to fail"
    );
    assert_eq!(
        project.found(&[".", "--sink", "grow:1"]),
        Vec::<String>::new(),
        "the argument wins"
    );
    assert_eq!(project.found(&[".", "--no-config"]), Vec::<String>::new());
}

#[test]
fn functions_that_it_names_end_the_program_or_are_never_zero() {
    let file = "never-zero = [\"unit\"]\nnoreturn = [\"util::leave_now\"]\n";
    let project = Project::new(&[("mremap-lint.toml", file), ("a.c", STATED), ("b.rs", STATED_IN_RUST)]);
    assert_eq!(project.found(&[".", "--unproven"]), Vec::<String>::new());
    let without = project.found(&[".", "--unproven", "--no-config"]);
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
    let project = Project::new(&[("mremap-lint.toml", "never-zero = [\"unit\"]\n"), ("a.c", code)]);
    assert_eq!(project.found(&["."]), Vec::<String>::new());
    assert_eq!(
        project.found(&[".", "--no-config"]),
        ["a.c:2: warning maybe-zero-old-size"]
    );
}

#[test]
fn paths_are_left_out_by_pattern() {
    let project = Project::new(&[
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
    assert_eq!(project.found(&["."]), all);
    assert_eq!(
        lines(&project.run_in("src", &["."])).len(),
        2,
        "the patterns speak of the file's folder"
    );
    assert_eq!(project.found(&[".", "--exclude", "/src"]), all[..1]);
    assert_eq!(project.found(&["vendor/a.c"]).len(), 1, "named files are read");
    assert_eq!(project.found(&["vendor/a.c", "a.c", "--force-exclude"]), all[..1]);
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
        let project = Project::new(&[("mremap-lint.toml", text), ("a.c", ZERO)]);
        let complaint = project.complaint(&["."]);
        let line = complaint.lines().next().unwrap_or_default();
        let (_, said) = line.split_once("mremap-lint.toml:").expect("the file is named");
        assert!(said.starts_with(expected), "{text}: {said}");
    }
    let project = Project::new(&[("a.c", ZERO)]);
    let missing = project.complaint(&[".", "--config", "none.toml"]);
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
    let project = Project::new(&[
        ("mremap-lint.toml", example),
        ("a.c", code),
        ("b.c", OPEN),
        ("vendor/a.c", ZERO),
    ]);
    let expected = ["a.c:1: warning zero-old-size", "b.c:1: warning unproven-old-size"];
    assert_eq!(project.found(&["."]), expected);
}
