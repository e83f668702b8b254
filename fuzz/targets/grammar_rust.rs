//! Programs in Rust.

use super::choices::Choices;
use std::fmt::Write;

const HEAD: &str = "\
unsafe fn sentinel(p: *mut libc::c_void) -> *mut libc::c_void { unsafe { libc::mremap(p, 0, 4096, 1) } }
struct S { len: usize, cap: Option<usize>, list: Vec<usize>, p: *mut libc::c_void }
enum E { A, B(usize), C { size: usize } }
const ZERO: usize = 0;
fn ask() -> usize { extern_size() }
";
const DEPTH: usize = 5;
const STATEMENTS: usize = 6;
const FUNCTIONS: usize = 4;

const ATOMS: [&str; 24] = [
    "0",
    "n",
    "m",
    "1",
    "4096",
    "ZERO",
    "s.len",
    "usize::MAX",
    "ask()",
    "s.cap.unwrap_or(0)",
    "s.list.len()",
    "s.list[0]",
    "s.cap.map_or(1, |c| c)",
    "n.max(1)",
    "n.saturating_sub(m)",
    "(k as usize)",
    "n.checked_add(m).unwrap()",
    "*q",
    "std::mem::size_of::<u64>()",
    "s.cap?",
    "[0, n, 3][1]",
    "(n, m).0",
    "s.list.iter().sum::<usize>()",
    "n.next_power_of_two()",
];
const OPERATORS: [&str; 10] = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"];
const TESTS: [&str; 10] = [
    "n == 0",
    "n != m",
    "n < m",
    "s.len > 0",
    "s.list.is_empty()",
    "s.cap.is_some()",
    "let Some(n) = s.cap",
    "let E::B(m) = e",
    "n > 0 && m == 0",
    "matches!(e, E::A)",
];
const PLACES: [&str; 5] = ["n", "m", "s.len", "*q", "s.list[0]"];

/// A program.
pub fn program(choices: &mut Choices) -> String {
    let mut text = String::from(HEAD);
    let count = 1 + choices.below(FUNCTIONS);
    let methods = choices.below(2) == 1;
    if methods {
        text.push_str("impl S {\n");
    }
    for index in 0..count {
        let _ = writeln!(
            text,
            "unsafe fn f{index}(p: *mut libc::c_void, mut n: usize, mut m: usize, k: i32, s: &mut S, q: &mut usize, e: E) -> Option<usize> {{"
        );
        block(choices, index, 0, &mut text);
        let _ = writeln!(text, "libc::mremap(p, {}, m, 1);\nNone\n}}", expression(choices, 0));
    }
    if methods {
        text.push_str("}\n");
    }
    text
}

fn block(choices: &mut Choices, index: usize, depth: usize, text: &mut String) {
    for _ in 0..choices.below(STATEMENTS) {
        statement(choices, index, depth, text);
    }
}

fn statement(choices: &mut Choices, index: usize, depth: usize, text: &mut String) {
    let kinds = if depth < DEPTH { 15 } else { 8 };
    let _ = match choices.below(kinds) {
        0 => writeln!(text, "{} = {};", choices.of(&PLACES), expression(choices, 0)),
        1 => writeln!(
            text,
            "{} {} {};",
            choices.of(&PLACES),
            choices.of(&["+=", "-=", "*=", "&="]),
            expression(choices, 0)
        ),
        2 => writeln!(text, "let n = {};", expression(choices, 0)),
        3 => writeln!(
            text,
            "if {} {{ libc::mremap(p, {}, m, 1); }}",
            choices.of(&TESTS),
            expression(choices, 0)
        ),
        4 => writeln!(
            text,
            "S::f{}(p, {}, m, k, s, q, e);",
            (index + choices.below(3)) % FUNCTIONS,
            expression(choices, 0)
        ),
        5 => writeln!(
            text,
            "{};",
            choices.of(&[
                "return None",
                "break",
                "continue",
                "s.list.push(n)",
                "assert!(n > 0)",
                "let q = &mut n",
                "s.cap = None",
                "s.cap = Some(n)"
            ])
        ),
        6 => writeln!(
            text,
            "let Some(n) = s.cap else {{ return Some({}) }};",
            expression(choices, 0)
        ),
        7 => writeln!(
            text,
            "let c = |x: usize| x + {}; libc::mremap(p, c(n), m, 1);",
            expression(choices, 2)
        ),
        8 | 9 => {
            let _ = writeln!(text, "if {} {{", choices.of(&TESTS));
            block(choices, index, depth + 1, text);
            text.push_str("} else {\n");
            block(choices, index, depth + 1, text);
            writeln!(text, "}}")
        }
        10 => {
            let _ = writeln!(
                text,
                "{} {{",
                choices.of(&["while n > 0", "loop", "while let Some(n) = s.cap", "'a: loop"])
            );
            block(choices, index, depth + 1, text);
            writeln!(text, "}}")
        }
        11 => {
            let _ = writeln!(
                text,
                "for {} {{",
                choices.of(&[
                    "n in 0..m",
                    "n in s.list.iter().copied()",
                    "(k, n) in s.list.iter().enumerate()"
                ])
            );
            block(choices, index, depth + 1, text);
            writeln!(text, "}}")
        }
        12 => {
            text.push_str("match e { E::A => {\n");
            block(choices, index, depth + 1, text);
            text.push_str("} E::B(n) if n > 0 => {\n");
            block(choices, index, depth + 1, text);
            text.push_str("} E::C { size: n } | E::B(n) => {\n");
            block(choices, index, depth + 1, text);
            writeln!(text, "}} }}")
        }
        13 => {
            text.push_str("let n = {\n");
            block(choices, index, depth + 1, text);
            writeln!(text, "{} }};", expression(choices, 0))
        }
        _ => {
            text.push_str(choices.of(&["#[cfg(unix)]\n{\n", "#[cfg(windows)]\n{\n", "unsafe {\n"]));
            block(choices, index, depth + 1, text);
            writeln!(text, "}}")
        }
    };
}

fn expression(choices: &mut Choices, depth: usize) -> String {
    if depth >= DEPTH || choices.is_empty() {
        return choices.of(&ATOMS).to_owned();
    }
    match choices.below(7) {
        0..3 => choices.of(&ATOMS).to_owned(),
        3 | 4 => {
            let left = expression(choices, depth + 1);
            let operator = choices.of(&OPERATORS);
            format!("({left} {operator} {})", expression(choices, depth + 1))
        }
        5 => format!(
            "if {} {{ {} }} else {{ {} }}",
            choices.of(&TESTS),
            expression(choices, depth + 1),
            expression(choices, depth + 1)
        ),
        _ => format!(
            "match s.cap {{ Some(n) => {}, None => {} }}",
            expression(choices, depth + 1),
            expression(choices, depth + 1)
        ),
    }
}
