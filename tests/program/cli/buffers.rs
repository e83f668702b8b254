//! Standard input as the text of a file that an editor has not saved.

use super::{SAFE, ZERO};
use crate::support::tree::Tree;

#[test]
fn standard_input_has_the_name_that_it_is_given() {
    let tree = Tree::new(&[]);
    let run = tree.run_with_input(&["check", "-", "--stdin-filename", "src/unsaved.c"], ZERO);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.out.contains("--> src/unsaved.c:1:44\n"), "{run:?}");
    let rust = "unsafe fn f(p: *mut libc::c_void) { unsafe { libc::mremap(p, 0, 1, 1) }; }\n";
    let run = tree.run_with_input(&["check", "-", "--stdin-filename", "lib.rs"], rust);
    assert_eq!(run.code, Some(1), "{run:?}");
}

/// What is found in a buffer: `file:line rule`.
fn found_in_buffer(tree: &Tree, arguments: &[&str], text: &str) -> Vec<String> {
    let all = [&["check", "-", "--format", "gcc", "--quiet"], arguments].concat();
    let run = tree.run_with_input(&all, text);
    assert_eq!(run.code, Some(i32::from(!run.out.is_empty())), "{run:?}");
    let short = run.out.lines().map(|line| {
        let place: Vec<&str> = line.splitn(3, ':').collect();
        let rule = line.rsplit('[').next().expect("a rule").trim_end_matches(']');
        format!("{}:{} {rule}", place[0], place[1])
    });
    short.collect()
}

const WRAPPER: &str = "\
#include \"sizes.h\"
void *grow(void *p, unsigned long m, unsigned long n) { return mremap(p, m, n, 1); }
void *fixed(void *p, unsigned long n) { return mremap(p, old_size, n, 1); }
";
const ZERO_SIZE: &str = "static const unsigned long old_size = 0;\n";
const CALLER: &str = "void *f(void *p) { return grow(p, 0, 8192); }\n";

#[test]
fn a_buffer_stands_for_its_file_among_the_others_of_the_repository() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        ("lib/wrapper.c", WRAPPER),
        ("lib/sizes.h", "static const unsigned long old_size = 4096;\n"),
        ("src/caller.c", "int saved;\n"),
        ("src/other.c", ZERO),
    ]);
    let zero = ["src/caller.c:1 zero-old-size"];
    assert_eq!(
        found_in_buffer(&tree, &["--stdin-filename", "src/caller.c"], CALLER),
        zero
    );
    assert_eq!(
        found_in_buffer(&tree, &["--stdin-filename", "src/caller.c"], SAFE),
        [""; 0]
    );
    let new = ["src/new/x.c:1 zero-old-size"];
    assert_eq!(
        found_in_buffer(&tree, &["--stdin-filename", "src/new/x.c"], CALLER),
        new
    );
    // Not even where what is zero stands in the buffer: the call is elsewhere.
    let sizes = ["--stdin-filename", "lib/sizes.h"];
    assert_eq!(found_in_buffer(&tree, &sizes, ZERO_SIZE), [""; 0]);
    let wrapper = ["--stdin-filename", "lib/wrapper.c"];
    assert_eq!(found_in_buffer(&tree, &wrapper, WRAPPER), [""; 0]);
    tree.write("lib/sizes.h", ZERO_SIZE);
    assert_eq!(
        found_in_buffer(&tree, &wrapper, WRAPPER),
        ["lib/wrapper.c:3 zero-old-size"]
    );
    let absolute = tree.path("src/caller.c");
    let absolute = absolute.to_str().expect("UTF-8");
    let zero = [format!("{absolute}:1 zero-old-size")];
    assert_eq!(found_in_buffer(&tree, &["--stdin-filename", absolute], CALLER), zero);
}

#[test]
fn the_unit_of_a_buffer_can_be_named() {
    let tree = Tree::new(&[
        ("a/caller.c", "int saved;\n"),
        ("b/wrapper.c", WRAPPER),
        ("c/unrelated.c", ZERO),
    ]);
    let zero = ["a/caller.c:1 zero-old-size"];
    let buffer = ["--stdin-filename", "a/caller.c"];
    for (paths, expected) in [
        (&[][..], &[][..]),
        (&["a"], &[]),
        (&["c"], &[]),
        (&["."], &zero),
        (&["b"], &zero),
        (&["b/wrapper.c"], &zero),
        (&["a/caller.c", "b/wrapper.c"], &zero),
    ] {
        let found = found_in_buffer(&tree, &[&buffer[..], paths].concat(), CALLER);
        assert_eq!(found, expected, "{paths:?}");
    }
    let missing = tree.run_with_input(&["check", "-", "missing.c", "--stdin-filename", "a/caller.c"], SAFE);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(missing.err.starts_with("mremap-lint: missing.c: "), "{missing:?}");
}

#[test]
fn a_buffer_is_read_where_a_walk_leaves_its_file_out() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        (".ignore", "skipped\n"),
        ("skipped/a.c", SAFE),
        (".hidden/a.c", SAFE),
        ("wrapper.c", WRAPPER),
    ]);
    for name in ["skipped/a.c", ".hidden/a.c", "no-suffix"] {
        let expected = [format!("{name}:1 zero-old-size")];
        assert_eq!(found_in_buffer(&tree, &["--stdin-filename", name], CALLER), expected);
    }
    let excluded = ["--stdin-filename", "a.c", "--exclude", "*.c"];
    assert_eq!(found_in_buffer(&tree, &excluded, ZERO), ["a.c:1 zero-old-size"]);
    let forced = [&excluded[..], &["--force-exclude"]].concat();
    assert_eq!(found_in_buffer(&tree, &forced, ZERO), [""; 0]);
}
