//! Which places are calls, and their arguments.

use crate::sinks::Sinks;
use crate::source::{FileId, Language};
use crate::syntax::cut::{Cut, cut};

/// One line for each token call: context, callee, arguments.
fn calls_with(text: &str, language: Language, sinks: &Sinks) -> Vec<String> {
    let Cut { calls, .. } = cut(FileId(0), text, language, sinks);
    let line = |call: &crate::syntax::cut::TokenCall| {
        let arguments: Vec<&str> = call.arguments.iter().map(|argument| &text[argument.range()]).collect();
        format!("{:?} {}({})", call.context, call.callee_text, arguments.join("|")).to_lowercase()
    };
    calls.iter().map(line).collect()
}

fn calls(text: &str, language: Language) -> Vec<String> {
    calls_with(text, language, &Sinks::default())
}

/// The token calls in the body of a C function.
fn in_body(body: &str) -> Vec<String> {
    calls(&format!("int f(void)\n{{\n{body}\n}}\n"), Language::C)
}

#[test]
fn calls_in_code() {
    assert_eq!(in_body("p = mremap(p, 0, n, 1);"), ["call mremap(p|0|n|1)"]);
    assert_eq!(
        in_body("if (a) x(); else mremap(p, f(0, 1), n, 1);"),
        ["call mremap(p|f(0, 1)|n|1)"]
    );
    assert_eq!(
        in_body("return (char *)mremap /* a */ (p /* , */, 0, n, 1);"),
        ["call mremap(p|0|n|1)"]
    );
    assert_eq!(in_body("CHECK(q = mremap(mremap(p, 1, 2, 3), 0, n, 1));").len(), 2);
    assert_eq!(in_body("(mremap)(p, 0, n, 1);"), ["call (mremap)(p|0|n|1)"]);
    assert_eq!(in_body("return (mremap)(p, 0, n, 1);"), ["call (mremap)(p|0|n|1)"]);
    assert_eq!(in_body("void *q = __mremap(p, 0, n, 1);"), ["call __mremap(p|0|n|1)"]);
    assert_eq!(
        in_body("(void) mremap(p, (struct s){ 0, 1 }.b, n, 1);"),
        ["call mremap(p|(struct s){ 0, 1 }.b|n|1)"]
    );
    assert_eq!(
        calls("void *p = mremap(q, 0, n, 1);", Language::C),
        ["call mremap(q|0|n|1)"]
    );
    assert_eq!(
        calls("void f() { ::mremap(p, 0, n, 1); }", Language::Cpp),
        ["call ::mremap(p|0|n|1)"]
    );
}

#[test]
fn raw_calls_in_code() {
    assert_eq!(
        in_body("syscall(SYS_mremap, p, 0, n, 1, 0);"),
        ["call syscall(sys_mremap|p|0|n|1|0)"]
    );
    assert_eq!(
        in_body("VG_(do_syscall5)(__NR_mremap, p, 0, n, 1, 0);"),
        ["call vg_(do_syscall5)(__nr_mremap|p|0|n|1|0)"]
    );
    assert_eq!(
        in_body("a->b.syscall(SYS_mremap, p, 0, n, 1);"),
        ["call a->b.syscall(sys_mremap|p|0|n|1)"]
    );
    assert_eq!(
        in_body("xsyscall(SYS_mremap, (long[]){ p, 0, n, 1 });"),
        ["call xsyscall(sys_mremap|p|0|n|1)"]
    );
    assert!(in_body("allow(SCMP_SYS(mremap), 0); switch (a) { case SYS_mremap: b(1, 2, 3, 4); }").is_empty());
    assert!(in_body("DENY_SYSCALL(mremap, EPERM); int t[] = { [SYS_mremap] = 5 };").is_empty());
}

#[test]
fn no_calls() {
    assert!(in_body("a.mremap(1, 2, 3, 4); a->mremap(1); f = mremap; /* mremap(1) */ g(\"mremap(1)\");").is_empty());
    assert!(in_body("CHECK_TYPE(mremap, void *, void *, size_t, size_t, int);").is_empty());
    assert!(calls("void f() { a::mremap(p, 0, n, 1); this->mremap(1); }", Language::Cpp).is_empty());
    assert!(
        calls(
            "void *(*mremap)(void *, size_t);\nstruct s o = { .mremap = mremap };",
            Language::C
        )
        .is_empty()
    );
}

#[test]
fn declarations() {
    for text in [
        "extern void *mremap(void *, size_t, size_t, int, ...);",
        "void *mremap();",
        "caddr_t mremap(caddr_t, usize_t, usize_t);",
        "int f(void) { void *mremap(void *, size_t, size_t, int); }",
        "int f(void) { extern caddr_t mremap(); return 0; }",
        "int f(void) { foo_t mremap(foo_t p, bar_t n); }",
        "extern __typeof(mremap) x; void *mremap(void *p) __attribute__((weak));",
        "_syscall5(void *, mremap, void *, a, size_t, b, size_t, c, unsigned long, d, void *, e)",
    ] {
        assert!(
            calls(text, Language::C)
                .iter()
                .all(|call| call.starts_with("declaration")),
            "{text}"
        );
    }
    assert_eq!(
        calls("extern \"C\" void *mremap(void *, unsigned long);", Language::Cpp).len(),
        1
    );
    assert!(calls("class A { void *mremap(void *p); };", Language::Cpp)[0].starts_with("declaration"));
    assert!(calls("extern \"C\" { fn mremap(p: *mut u8) -> *mut u8; }", Language::Rust)[0].starts_with("declaration"));
}

#[test]
fn definitions() {
    for text in [
        "void *mremap(void *p, size_t o) { return 0; }",
        "void *\nmremap(p, o)\n void *p; size_t o;\n{ return 0; }",
        "void *(mremap)(void *p, size_t o) { return 0; }",
        "INLINE void *NAME(mremap)(void *p, size_t o) { return 0; }",
        "SYSCALL_DEFINE5(mremap, unsigned long, addr, unsigned long, old, unsigned long, new) { return 0; }",
    ] {
        assert!(
            calls(text, Language::C)
                .iter()
                .all(|call| call.starts_with("definition")),
            "{text}"
        );
    }
    let method = "class A { void *mremap(void *p) const { return b::mremap(p); } }; void *A::mremap(void *p) { return mremap(p, 0); }";
    let found = calls(method, Language::Cpp);
    assert_eq!(
        found.iter().filter(|call| call.starts_with("call")).count(),
        1,
        "{found:?}"
    );
    assert!(calls("pub fn mremap(p: usize) -> usize where T: X { 0 }", Language::Rust)[0].starts_with("definition"));
}

#[test]
fn macros() {
    let text = "#define GROW(p, n) mremap((p), 0, \\\n (n), 1)\n#define mremap(a, b) __mremap(a, b, c, 1)\nint f(void) {\n#define IN mremap(p, 0, n, 1)\n}\n";
    let wanted = [
        "macrodefinition mremap((p)|0|(n)|1)",
        "macrodefinition __mremap(a|b|c|1)",
        "macrodefinition mremap(p|0|n|1)",
    ];
    assert_eq!(calls(text, Language::C), wanted);
    let text = "macro_rules! m { ($p:expr) => { libc::mremap($p, 0, 1, 1) } }";
    assert_eq!(calls(text, Language::Rust), ["macrodefinition libc::mremap($p|0|1|1)"]);
}

#[test]
fn arguments_in_arms() {
    let text = "p = mremap(p,\n#ifdef A\n  0,\n#else\n  n,\n#endif\n  m, 1);";
    assert_eq!(in_body(text), ["call mremap(p|0|m|1)"]);
    let text = "p =\n#ifdef A\n mremap(p, 0, n, 1)\n#else\n mremap(p, 1, n, 1)\n#endif\n;";
    assert_eq!(in_body(text), ["call mremap(p|0|n|1)", "call mremap(p|1|n|1)"]);
    assert!(in_body("#if 0\nmremap(p, 0, n, 1);\n#endif").is_empty());
}

#[test]
fn brackets_that_never_close() {
    assert_eq!(in_body("p = mremap(p, 0, n, f(1);\nq();"), ["call mremap(p|0|n|f(1))"]);
    assert_eq!(
        in_body("p = mremap(p, 0, n, 1\n}\nint g(void) { mremap(p, 1, n, 1); }").len(),
        2
    );
    assert_eq!(
        in_body("for (p = mremap(p, 0, n, 1); p; p = 0) { }"),
        ["call mremap(p|0|n|1)"]
    );
}

#[test]
fn rust_calls() {
    let text = "fn f() { unsafe { libc::mremap(p, 0, n, 1,) }; self.mremap(1); Map::mremap(2); let x: Vec<u8> = mremap(p, 0, n, 1);\n\
        syscall!(Sysno::mremap, p, 0, n, 1); t.syscall(SYS_mremap, &[p as usize, 0, n, 1]); assert_eq!(a, nc::mremap(p, 0, n, 1)?);\n\
        rustix::mm::mremap_fixed(p, 0, n, F, q); libc::syscall(libc::SYS_mremap, p, 0, n, 1); }";
    let wanted = [
        "call libc::mremap(p|0|n|1)",
        "call mremap(p|0|n|1)",
        "call syscall!(sysno::mremap|p|0|n|1)",
        "call t.syscall(sys_mremap|p as usize|0|n|1)",
        "call nc::mremap(p|0|n|1)",
        "call rustix::mm::mremap_fixed(p|0|n|f|q)",
        "call libc::syscall(libc::sys_mremap|p|0|n|1)",
    ];
    assert_eq!(calls(text, Language::Rust), wanted);
}

#[test]
fn names_that_the_user_adds() {
    let sinks = Sinks {
        extra: [("grow".to_owned(), crate::sinks::SinkPositions::only_old_size(1))].into(),
    };
    let text = "void grow(int a, int b) { a->grow(1, 2); x::grow(3, 4); grow(5, 6); }";
    let found = calls_with(text, Language::Cpp, &sinks);
    assert_eq!(
        found,
        [
            "definition grow(int a|int b)",
            "call a->grow(1|2)",
            "call x::grow(3|4)",
            "call grow(5|6)"
        ]
    );
}

#[test]
fn nesting_without_end() {
    for (open, close) in [
        ("mremap(", ")"),
        ("(", ")"),
        ("{", "}"),
        ("syscall(SYS_mremap, [", "])"),
        ("#if A\n", "\n#endif\n"),
    ] {
        for language in [Language::C, Language::Cpp, Language::Rust] {
            for closes in [0, 1, 5_000] {
                let text = format!(
                    "void f() {{\n{}1, 0, 2, 3{}; }}",
                    open.repeat(5_000),
                    close.repeat(closes)
                );
                cut(FileId(0), &text, language, &Sinks::default());
            }
        }
    }
}
