//! Directives, and macros, constants, types and functions that lead to each other.

use std::fmt::Write;

use super::{DEEP, Text, c, c_body, nest, numbered, rust, rust_body};

/// `#if` in every number and place.
pub fn preprocessor() -> Vec<Text> {
    let around = |text: &str| nest("#if A\n", text, "\n#endif\n", DEEP);
    let mut arguments = String::from("void *f(char *p, long n) { return mremap(p");
    for number in 0..500 {
        let _ = write!(arguments, "\n#ifdef A{number}\n, n\n#else\n, 0\n#endif\n");
    }
    arguments += ", 1); }\n";
    let mut texts = vec![
        Text::new("#if around an item", "a.c", around(&c("0"))),
        Text::new("#if around a statement", "a.c", c_body(&around("n = 0;"))),
        Text::new("#if around an argument", "a.c", c(&around("0"))),
        Text::new("#if never closed", "a.c", "#if A\n".repeat(DEEP) + &c("0")),
        Text::new("#else without #if", "a.c", "#else\n#endif\n".repeat(DEEP) + &c("0")),
        Text::new(
            "#elif",
            "a.c",
            "#if A\n".to_string() + &numbered(DEEP, "#elif B\n") + &c("0") + "#endif\n",
        ),
        Text::new("#if around each argument", "a.c", arguments),
        Text::new(
            "#if in a row within statements",
            "a.c",
            c_body(&numbered(2_000, "\n=ifdef A#\n n = #;\n=endif\n").replace('=', "#")),
        ),
        Text::new(
            "#if that splits statements",
            "a.c",
            c_body(&numbered(300, "\n=ifdef A#\nif (m == #) {\n=else\n{\n=endif\nn = 0; }\n").replace('=', "#")),
        ),
        Text::new(
            "#if nested within statements",
            "a.c",
            c_body(&nest("\n#if A\nn = 1;\n", "", "\n#else\nn = 0;\n#endif\n", 2_000)),
        ),
        Text::new(
            "a condition of brackets",
            "a.c",
            format!("#if {}\n#endif\n{}", nest("(", "A", ")", DEEP), c("0")),
        ),
        Text::new(
            "a condition of negations",
            "a.c",
            format!("#if {}A\n#endif\n{}", "!".repeat(DEEP), c("0")),
        ),
        Text::new(
            "a condition of terms",
            "a.c",
            format!("#if {} 0\n#endif\n{}", "defined(A) && ".repeat(DEEP), c("0")),
        ),
        Text::new(
            "directives of all kinds",
            "a.c",
            "#\n#pragma x\n#line 3\n#error x\n#include x\n#undef x\n#foo\n##\n".repeat(10_000) + &c("0"),
        ),
        Text::new(
            "continued lines",
            "a.c",
            "#define A \\\n".to_string() + &"mremap(p, 0, n, 1) \\\n".repeat(50_000) + "\n" + &c("0"),
        ),
    ];
    texts.push(Text::new(
        "include of itself",
        "a.h",
        "#include \"a.h\"\n#include \"a.h\"\n".repeat(1_000) + &c("0"),
    ));
    texts
}

/// Macros, constants, types and functions defined in terms of each other.
pub fn definitions() -> Vec<Text> {
    let doubled = |count: usize, piece: &str| {
        let mut text = String::new();
        for number in 1..count {
            text += &piece
                .replace("##", &(number - 1).to_string())
                .replace('#', &number.to_string());
        }
        text
    };
    let all_call_all = numbered(
        100,
        "void *g#(char *p, long n) { switch (n) { {} } return mremap(p, n, 1, 1); }\n",
    );
    let all_call_all = all_call_all.replace("{}", &numbered(100, "case #: g#(p, n - 1); break; "));
    vec![
        Text::new("macros that double", "a.c", "=define A0 0\n".to_string().replace('=', "#") + &doubled(DEEP, "=define A# (A## + A##)\n").replace('=', "#") + &c("A99999")),
        Text::new("macros that double, shallow", "a.c", "#define A0 n\n".to_string() + &doubled(60, "=define A# A## + A##\n").replace('=', "#") + &c("A59")),
        Text::new("function macros that double", "a.c", "#define A0(x) x\n".to_string() + &doubled(200, "=define A#(x) A##(x + x)\n").replace('=', "#") + &c("A199(n)")),
        Text::new("function macros that nest", "a.c", "#define A0(x) x\n".to_string() + &doubled(200, "=define A#(x) A##(A##(x))\n").replace('=', "#") + &c("A199(0)")),
        Text::new("call macros that double", "a.c", "#define A0(x) mremap(p, x, 1, 1)\n".to_string() + &doubled(100, "=define A#(x) A##(x); A##(0)\n").replace('=', "#") + &c_body("A99(n);")),
        Text::new("statement macros that branch", "a.c", "#define A0 n++;\n".to_string() + &doubled(40, "=define A# if (m == #) { A## } else { A## }\n").replace('=', "#") + &c_body("A39")),
        Text::new("a macro of itself", "a.c", "#define A A\n#define B(x) B(B(x)) + A\n#define C D\n#define D C\n".to_string() + &c("A + B(C) + D")),
        Text::new("mremap as a macro of itself", "a.c", "#define mremap(a, b, c, d) mremap(a, b, c, d)\n#define mremap mremap\n".to_string() + &c("0")),
        Text::new("a macro of a hundred definitions", "a.c", numbered(1_000, "=define A #\n").replace('=', "#") + &c("A + A * A")),
        Text::new("many macros of many definitions", "a.c", numbered(50, &numbered(20, "=define A@ #\n").replace('#', "1").replace('@', "#")).replace('=', "#") + &c("A1+A2+A3+A4+A5+A6+A7+A8+A9")),
        Text::new("pasted names", "a.c", "#define CAT(a, b) a##b\n#define X(n) CAT(X, n)(n)\n".to_string() + &c("X(X(X(1)))")),
        Text::new("constants in a chain", "a.c", "const unsigned long A0 = 0;\n".to_string() + &doubled(20_000, "const unsigned long A# = A## + A##;\n") + &c("A19999")),
        Text::new("enumerators in a chain", "a.c", format!("enum {{ A0, {} }};\n{}", doubled(20_000, "A# = A## * 2, "), c("A19999"))),
        Text::new("enumerations in a chain", "a.c", "enum { A0 };\n".to_string() + &doubled(20_000, "enum { A# = A## * 2 };\n") + &c("A19999")),
        Text::new("types in a chain", "a.c", "typedef unsigned long T0;\n".to_string() + &doubled(20_000, "typedef T## T#;\n") + &c("(T19999)0")),
        Text::new("types in a circle", "a.c", "typedef A B;\ntypedef B A;\nstruct S { struct S x; A y[sizeof(struct S)]; };\n".to_string() + &c("sizeof(A) + sizeof(struct S) + (B)n")),
        Text::new("records of records", "a.c", "struct T0 { char x; };\n".to_string() + &doubled(200, "struct T# { struct T## a, b; };\n") + &c("sizeof(struct T199)")),
        Text::new("functions in a chain", "a.c", "void *g0(char *p, long n) { return mremap(p, n, 1, 1); }\n".to_string() + &doubled(5_000, "static void *g#(char *p, long n) { return g##(p, n); }\n") + "void *h(char *p) { return g4999(p, 0); }\n"),
        Text::new("functions that double", "a.c", "static long g0(long n) { return n; }\n".to_string() + &doubled(100, "static long g#(long n) { return g##(n) + g##(n - 1); }\n") + &c("g99(n)")),
        Text::new("wrappers that double", "a.c", "static void g0(char *p, long n) { mremap(p, n, 1, 1); }\n".to_string() + &doubled(60, "static void g#(char *p, long n) { if (n > #) g##(p, n); else g##(p, 0); }\n") + "void h(char *p, long n) { g59(p, n); }\n"),
        Text::new("many callers", "a.c", "static void g(char *p, long n) { mremap(p, n, 1, 1); }\n".to_string() + &numbered(5_000, "void h#(char *p) { g(p, #); }\n")),
        Text::new("functions that call each other", "a.c", all_call_all),
        Text::new("a function of itself", "a.c", "static long g(long n) { return n ? g(n - 1) + g(n - 2) : g(g(n)); }\nvoid h(char *p, long n) { mremap(p, g(n), 1, 1); h(p, g(n) - 1); h(p, 0); }\n"),
        Text::new("pointers to functions", "a.c", "typedef void *(*F)(void *, long, long, int);\nF a[] = {".to_string() + &"mremap, ".repeat(20_000) + "};\n" + &numbered(1_000, "void *h#(char *p, long n) { F f = a[#]; return f(p, n, 1, 1); }\n")),
        Text::new("an object in every function", "a.c", "struct S { long n; struct S *next; } *s;\n".to_string() + &numbered(3_000, "void h#(char *p) { s->n = #; s->next->n = s->n; mremap(p, s->next->next->n, 1, 1); }\n")),
        Text::new("Rust: constants in a circle", "a.rs", "const A: usize = B;\nconst B: usize = A;\nstatic C: usize = C + A;\n".to_string() + &rust("A + B + C")),
        Text::new("Rust: constants in a chain", "a.rs", "const A0: usize = 0;\n".to_string() + &doubled(20_000, "const A#: usize = A## + A##;\n") + &rust("A19999")),
        Text::new("Rust: imports in a circle", "a.rs", "use a as b;\nuse b as c;\nuse c as a;\nuse self::x::*;\nmod x { pub use super::*; }\nuse a::mremap;\n".to_string() + &rust_body("a::mremap(p, 0, 1, 1); mremap(p, 0, 1, 1);")),
        Text::new("Rust: imports in a chain", "a.rs", "use libc::mremap as a0;\n".to_string() + &doubled(10_000, "use a## as a#;\n") + &rust_body("a9999(p, 0, 1, 1);")),
        Text::new("Rust: nested imports", "a.rs", format!("use {};\n{}", nest("a::{", "mremap", "}", 20_000), rust("0"))),
        Text::new("Rust: macros of themselves", "a.rs", "macro_rules! a { ($x:expr) => { a!(a!($x)) }; }\nmacro_rules! b { ($($x:tt)*) => { c!($($x)* $($x)*) }; }\nmacro_rules! c { ($($x:tt)*) => { b!($($x)* $($x)*) }; }\n".to_string() + &rust_body("b!(libc::mremap(p, 0, 1, 1)); n = a!(n);")),
        Text::new("Rust: functions in a chain", "a.rs", "unsafe fn g0(p: *mut u8, n: usize) { libc::mremap(p, n, 1, 1); }\n".to_string() + &doubled(5_000, "unsafe fn g#(p: *mut u8, n: usize) { g##(p, n) }\n") + "unsafe fn h(p: *mut u8) { g4999(p, 0) }\n"),
        Text::new("Rust: types in a circle", "a.rs", "type A = B; type B = A; struct S { x: [S; std::mem::size_of::<S>()] }\n".to_string() + &rust("std::mem::size_of::<A>() + std::mem::size_of::<S>()")),
    ]
}

/// More calls than a person would read about.
pub fn many_calls() -> Vec<Text> {
    vec![
        Text::new(
            "20,000 functions with a call",
            "a.c",
            numbered(20_000, "void *f#(void *p) { return mremap(p, 0, #, 1); }\n"),
        ),
        Text::new(
            "20,000 uses of a macro",
            "a.c",
            "#define M(p) mremap(p, 0, 1, 1)\n".to_string() + &numbered(20_000, "void *f#(void *p) { return M(p); }\n"),
        ),
        Text::new(
            "20,000 Rust functions with a call",
            "a.rs",
            numbered(20_000, "unsafe fn f#(p: *mut u8) { libc::mremap(p, 0, 1, 1); }\n"),
        ),
        Text::new(
            "20,000 functions of one name",
            "a.c",
            "void *f(void *p) { return mremap(p, 0, 1, 1); }\n".repeat(20_000),
        ),
        Text::new(
            "20,000 calls of a wrapper of many definitions",
            "a.c",
            numbered(100, "static void *w(void *p, long n) { return mremap(p, n, #, 1); }\n")
                + &numbered(5_000, "void f#(void *p) { w(p, 0); }\n"),
        ),
    ]
}
