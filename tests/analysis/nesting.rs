//! Lowering of code that nests or chains deeper than any real code: no overflow of the stack, and the call is still there.

use mremap_lint::inside::lower;
use mremap_lint::scan::Sinks;
use mremap_lint::source::{Language, SourceFile, Sources};

const LEVELS: usize = 5_000;

fn lowered(language: Language, text: String) -> String {
    let mut sources = Sources::default();
    sources.add(SourceFile::new("nested".into(), language, text));
    lower::dump(&sources, &Sinks::default())
}

/// The old_size argument of a call in a small function.
fn around(argument: &str) -> String {
    format!("void *f(void *p, unsigned long a) {{ return mremap(p, {argument}, 1, 1); }}\n")
}

fn nested(open: &str, inner: &str, close: &str) -> String {
    [open.repeat(LEVELS), inner.to_owned(), close.repeat(LEVELS)].concat()
}

#[test]
fn expressions() {
    let chains = ["+", "-", "&&", "||", ","].map(|operator| format!("({})", vec!["a"; LEVELS].join(operator)));
    let nests = [
        nested("(", "0", ")"),
        nested("g(", "0", ")"),
        nested("(int)", "a", ""),
        nested("!", "a", ""),
        nested("a ? 1 : ", "0", ""),
        nested("({ ", "a;", " });"),
    ];
    for argument in chains.iter().chain(&nests) {
        let text = lowered(Language::C, around(argument));
        assert!(text.contains(" sink 1"), "{:.60}", argument);
    }
}

#[test]
fn statements() {
    let bodies = [
        nested("{ ", "a = 0;", " }"),
        nested("if (a) ", "a = 0;", ""),
        nested("if (a == 1) a = 2; else ", "a = 0;", ""),
        nested("while (a) ", "a = 0;", ""),
        format!("switch (a) {{ {} }}", "case 1: a = 2; break;".repeat(LEVELS)),
    ];
    for body in bodies {
        let call = "mremap(p, a, 1, 1);";
        let text = lowered(
            Language::C,
            format!("void f(void *p, unsigned long a) {{ {call} {body} }}\n"),
        );
        assert!(text.contains(" sink 1"), "{:.60}", body);
    }
}

#[test]
fn declarations() {
    let pointers = format!(
        "void f(void *p) {{ int {}a; mremap(p, 0, 1, 1); }}\n",
        "*".repeat(LEVELS)
    );
    assert!(lowered(Language::C, pointers).contains(" sink 1"));
    let lambdas = format!(
        "void f(void *p) {{ mremap(p, 0, 1, 1); {} }}\n",
        nested("[&]{ ", "", " }();")
    );
    assert!(lowered(Language::Cpp, lambdas).contains(" sink 1"));
}

#[test]
fn macros() {
    let doubling: String = (1..40)
        .map(|n| format!("#define A{n}(x) A{0}(x) + A{0}(x)\n", n - 1))
        .collect();
    let chain: String = (1..2_000).map(|n| format!("#define B{n} B{}\n", n - 1)).collect();
    let defined = format!("#define A0(x) (x)\n#define B0 0\n#define C D\n#define D C\n{doubling}{chain}");
    for argument in ["A39(0)", "B1999", "C"] {
        let text = lowered(Language::C, format!("{defined}{}", around(argument)));
        assert!(text.contains("call mremap"), "{argument}");
    }
}
