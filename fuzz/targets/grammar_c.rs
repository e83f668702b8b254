//! Programs in C, which are C++ too.

use super::choices::Choices;
use std::fmt::Write;

const HEAD: &str = "\
#include <sys/mman.h>
void *sentinel(void *p) { return mremap(p, 0, 4096, 1); }
struct s { unsigned long len; struct s *next; unsigned flags : 3; char *p; unsigned long a[4]; };
static unsigned long total = 0;
static struct s shared;
unsigned long ask(void);
";
/// Nesting of expressions and of statements.
const DEPTH: usize = 5;
/// Statements of one block, and functions.
const STATEMENTS: usize = 6;
const FUNCTIONS: usize = 4;

const ATOMS: [&str; 22] = [
    "0",
    "n",
    "m",
    "1",
    "4096",
    "total",
    "s->len",
    "shared.len",
    "-1",
    "~0UL",
    "0x7fffffffffffffffUL",
    "k",
    "sizeof *s",
    "s->next->len",
    "ask()",
    "s->flags",
    "s->a[k]",
    "s->a[0]",
    "(unsigned char)n",
    "(int)m",
    "MAX(n, 0)",
    "*q",
];
const OPERATORS: [&str; 19] = [
    "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "<", "<=", ">", ">=", "==", "!=", "&&", "||", ",",
];
const PLACES: [&str; 10] = [
    "n",
    "m",
    "k",
    "total",
    "s->len",
    "shared.len",
    "*q",
    "s->a[k]",
    "s->next",
    "q",
];
const ASSIGNMENTS: [&str; 8] = ["=", "+=", "-=", "*=", "&=", "|=", "<<=", "/="];

/// A program.
pub fn program(choices: &mut Choices) -> String {
    let mut text = String::from(HEAD);
    let _ = writeln!(
        text,
        "#define MAX(a, b) {}",
        choices.of(&["((a) > (b) ? (a) : (b))", "(a)", "b", "a ## b"])
    );
    let count = 1 + choices.below(FUNCTIONS);
    for index in 0..count {
        let linkage = choices.of(&["", "static ", "static inline "]);
        let _ = writeln!(
            text,
            "{linkage}void *f{index}(char *p, unsigned long n, unsigned long m, int k, struct s *s, unsigned long *q) {{"
        );
        block(choices, index, 0, &mut text);
        let _ = writeln!(
            text,
            "out:\n    return mremap(p, {}, m, 1);\n}}",
            expression(choices, 0)
        );
    }
    text
}

fn block(choices: &mut Choices, index: usize, depth: usize, text: &mut String) {
    for _ in 0..choices.below(STATEMENTS) {
        statement(choices, index, depth, text);
    }
}

fn statement(choices: &mut Choices, index: usize, depth: usize, text: &mut String) {
    let kinds = if depth < DEPTH { 16 } else { 8 };
    let _ = match choices.below(kinds) {
        0 => writeln!(text, "{} = {};", choices.of(&PLACES[..8]), expression(choices, 0)),
        1 => writeln!(
            text,
            "{} {} {};",
            choices.of(&PLACES[..8]),
            choices.of(&ASSIGNMENTS),
            expression(choices, 0)
        ),
        2 => writeln!(
            text,
            "if ({}) return mremap(p, {}, n, 1);",
            expression(choices, 0),
            expression(choices, 0)
        ),
        3 => writeln!(text, "{}{};", choices.of(&PLACES[..8]), choices.of(&["++", "--"])),
        // A function that comes before, or after: recursion.
        4 => writeln!(
            text,
            "f{}(p, {}, m, k, s, {});",
            (index + choices.below(3)) % FUNCTIONS,
            expression(choices, 0),
            choices.of(&["q", "&n", "&s->len", "0"])
        ),
        5 => writeln!(text, "goto out;"),
        6 => writeln!(
            text,
            "{};",
            choices.of(&[
                "q = &n",
                "q = &s->len",
                "s = s->next",
                "s = &shared",
                "q++",
                "p += n",
                "break",
                "return 0"
            ])
        ),
        7 => writeln!(
            text,
            "{{ unsigned long n = {}; mremap(p, n, m, k); }}",
            expression(choices, 0)
        ),
        8 | 9 => {
            let _ = writeln!(text, "if ({}) {{", expression(choices, 0));
            block(choices, index, depth + 1, text);
            text.push_str("} else {\n");
            block(choices, index, depth + 1, text);
            writeln!(text, "}}")
        }
        10 => {
            let _ = writeln!(text, "while ({}) {{", expression(choices, 0));
            block(choices, index, depth + 1, text);
            writeln!(text, "}}")
        }
        11 => {
            let _ = writeln!(text, "for (k = 0; k < {}; k++) {{", expression(choices, 2));
            block(choices, index, depth + 1, text);
            writeln!(text, "}}")
        }
        12 => {
            text.push_str("do {\n");
            block(choices, index, depth + 1, text);
            writeln!(text, "}} while ({});", expression(choices, 0))
        }
        13 => {
            let _ = writeln!(text, "switch ({}) {{ case 0:", expression(choices, 1));
            block(choices, index, depth + 1, text);
            text.push_str("case 1: case 2:\n");
            block(choices, index, depth + 1, text);
            text.push_str("default:;\n");
            block(choices, index, depth + 1, text);
            writeln!(text, "}}")
        }
        14 => {
            text.push_str(choices.of(&["#if A\n", "#ifdef B\n", "#if 0\n", "#if defined(A) && B > 2\n"]));
            block(choices, index, depth + 1, text);
            text.push_str("#else\n");
            block(choices, index, depth + 1, text);
            writeln!(text, "#endif")
        }
        _ => writeln!(text, "n = {};", expression(choices, 0)),
    };
}

fn expression(choices: &mut Choices, depth: usize) -> String {
    if depth >= DEPTH || choices.is_empty() {
        return choices.of(&ATOMS).to_owned();
    }
    match choices.below(8) {
        0..3 => choices.of(&ATOMS).to_owned(),
        3 | 4 => {
            let left = expression(choices, depth + 1);
            let operator = choices.of(&OPERATORS);
            format!("({left} {operator} {})", expression(choices, depth + 1))
        }
        5 => format!(
            "{}{}",
            choices.of(&["!", "-", "~", "(int)", "(unsigned char)", "+"]),
            expression(choices, depth + 1)
        ),
        6 => format!(
            "({} ? {} : {})",
            expression(choices, depth + 1),
            expression(choices, depth + 1),
            expression(choices, depth + 1)
        ),
        _ => format!(
            "MAX({}, {})",
            expression(choices, depth + 1),
            expression(choices, depth + 1)
        ),
    }
}
