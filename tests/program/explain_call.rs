//! `--explain-call`: what a user relies on to find out why a call is reported, or is not.

use crate::support::tree::Tree;

/// A wrapper, and a caller in a file that only a search for the wrapper's name finds.
const WRAPPER: &str = "void *grow(void *p, unsigned long m, unsigned long n)\n{\n    return mremap(p, m, n, 1);\n}\n";
const CALLER: &str = "void *start(void *p, unsigned long n)\n{\n    return grow(p, 0, n);\n}\n";

/// The output for one line, which must be explained.
fn explained(tree: &Tree, place: &str) -> String {
    let run = tree.run(&["check", "--explain-call", place, "."]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    assert_eq!(run.out, tree.run(&["check", "--explain-call", place, "."]).out);
    run.out
}

fn assert_lines(text: &str, lines: &[&str]) {
    let mut rest = text.lines().map(str::trim);
    for line in lines {
        assert!(rest.any(|one| one.starts_with(line)), "no `{line}` in\n{text}");
    }
}

#[test]
fn a_zero_through_a_wrapper_of_another_file_is_explained_at_both_calls() {
    let tree = Tree::new(&[("wrapper.c", WRAPPER), ("caller.c", CALLER)]);
    let way = [
        "from `start` (caller.c:1:7): zero",
        "through caller.c:3:12, wrapper.c:3:12",
        "old_size: 0",
        "new_size: n; `n` is parameter 2 of `start`",
        "flags: 1",
        "caller.c:3:20: the value is `0`",
    ];
    let outside = explained(&tree, "caller.c:3");
    assert_lines(
        &outside,
        &["caller.c:3:12: `grow(p, 0, n)`", "verdict: zero-old-size (warning)"],
    );
    assert_lines(&outside, &way);
    assert_lines(
        &outside,
        &[
            "round 1: `grow`",
            "round 2: `start`",
            "`grow`: wrapper.c:1:7",
            "for grow: found caller.c",
            "none",
        ],
    );
    let inside = explained(&tree, "wrapper.c:3");
    assert_lines(
        &inside,
        &[
            "verdict: unproven-old-size (note)",
            "It depends on parameter 2 of callers that are not visible.",
        ],
    );
    assert_lines(&inside, &way);
    assert_lines(&inside, &["counts for the call at caller.c:3:12", "round 1: `grow`"]);
    assert!(inside.contains("its callers are wanted"), "{inside}");
}

#[test]
fn a_proven_call_is_explained_with_its_proof() {
    let guarded =
        "void *f(void *p, unsigned long m)\n{\n    if (m < 16)\n        return p;\n    return mremap(p, m, 9, 1);\n}\n";
    let tree = Tree::new(&[("a.c", guarded)]);
    let text = explained(&tree, "a.c:5");
    assert_lines(
        &text,
        &[
            "verdict: never zero",
            "`m` is never zero here: it is at least 16 where `m < 16` is false (line 3).",
        ],
    );
    assert_lines(
        &text,
        &["states that reach it: 1", "old_size: m, from 16 to ", "new_size: 9"],
    );
}

#[test]
fn an_unproven_call_is_explained_by_what_is_unknown_or_which_limit_was_hit() {
    let tree = Tree::new(&[("a.c", "void *f(void *p)\n{\n    return mremap(p, ask(), 9, 1);\n}\n")]);
    let text = explained(&tree, "a.c:3");
    assert_lines(
        &text,
        &["verdict: unproven-old-size (note)", "It depends on what `ask` returns."],
    );
    assert_lines(
        &text,
        &["old_size: ask(…); `ask(…)` is the result of the call at a.c:3:22"],
    );
    assert_lines(
        &text,
        &[
            "`ask`: not visible: it may do and return anything",
            "limits hit",
            "none",
        ],
    );
    // Nine functions that call each other, and at the end a zero that is too deep to be followed.
    let mut deep = "unsigned long f0(void) { return 0; }\n".to_owned();
    for index in 1..10 {
        deep += &format!("unsigned long f{index}(void) {{ return f{}(); }}\n", index - 1);
    }
    deep += "void *g(void *p) { return mremap(p, f9(), 9, 1); }\n";
    let tree = Tree::new(&[("a.c", &deep)]);
    let text = explained(&tree, "a.c:11");
    assert_lines(
        &text,
        &[
            "verdict: unproven-old-size",
            "limits hit",
            "`f1()` (a.c:3:33) is not followed: 8 calls deep already",
        ],
    );
}

#[test]
fn a_line_without_a_call_is_an_error_that_names_the_lines_that_have_one() {
    let zero = "void *f(void *p, unsigned long n) { return mremap(p, 0, n, 1); }\n";
    let tree = Tree::new(&[("a.c", zero), ("b.c", "int x;\n")]);
    let fails = |arguments: &[&str]| {
        let run = tree.run(&[&["check"], arguments].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
        run.err
    };
    let said = fails(&["--explain-call", "a.c:2"]);
    assert_eq!(
        said,
        "mremap-lint: a.c:2: no call that leads to mremap starts here; such calls start on line 1\n"
    );
    assert!(fails(&["--explain-call", "b.c:1"]).contains("b.c was not analysed"));
    assert!(fails(&["--explain-call", "a.c"]).contains("expected FILE:LINE"));
    assert!(fails(&["--explain-call", "a.c:0"]).contains("number of a line"));
    assert!(fails(&["--explain-call", "a.c:1", "--format", "sarif"]).contains("cannot be used with"));
}

#[test]
fn pieces_that_are_not_understood_are_listed_with_the_states_that_came_by_them() {
    let text = "void *f(void *p)\n{\n    unsigned long n = 4096;\n    if n { n--; }\n    return mremap(p, n, 8, 1);\n}\n\
                void *g(void *p)\n{\n    unsigned long n = 4096;\n    return mremap(p, n, 8, 1);\n    if n { n--; }\n}\n";
    let tree = Tree::new(&[("a.c", text)]);
    let by_it = explained(&tree, "a.c:5");
    assert!(!by_it.contains("never zero\n"), "{by_it}");
    assert_lines(&by_it, &["not understood on the way: `if n"]);
    assert!(by_it.contains("(a.c:4:5)"), "{by_it}");
    // What comes after the call is not on the way to it.
    let before_it = explained(&tree, "a.c:10");
    assert_lines(&before_it, &["verdict: never zero"]);
    assert!(!before_it.contains("not understood"), "{before_it}");
}

#[test]
fn a_literal_zero_that_no_path_reaches_is_said_to_be_just_that() {
    let text = "void *f(void *p)\n{\n    unsigned long n = 1;\n    if (n == 0)\n        return mremap(p, 0, 8, 1);\n    return p;\n}\n\
                void *g(void *p)\n{\n    return p;\n    return mremap(p, 0, 8, 1);\n}\n";
    let tree = Tree::new(&[("a.c", text)]);
    for place in ["a.c:5", "a.c:11"] {
        let text = explained(&tree, place);
        assert_lines(
            &text,
            &[
                "verdict: never zero",
                "The call is not reached: no feasible path leads to it.",
            ],
        );
        assert!(!text.contains("is never zero here"), "{text}");
    }
    // A piece that is not understood may go to any label.
    let text =
        "void *f(void *p, int n)\n{\n    if n { n--; }\n    return p;\nagain:\n    return mremap(p, 0, 8, 1);\n}\n";
    let tree = Tree::new(&[("a.c", text)]);
    assert!(!explained(&tree, "a.c:6").contains("not reached"));
}
