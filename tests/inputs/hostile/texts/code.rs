//! Brackets, expressions and function bodies.

use super::{DEEP, Text, c, c_body, nest, numbered, rust, rust_body};

/// Puts a text into a program.
type Around = fn(&str) -> String;

/// Nested brackets of every kind, closed and not, in code and between items.
pub fn brackets() -> Vec<Text> {
    let mut texts = Vec::new();
    for file in ["a.c", "a.cpp", "a.rs"] {
        let (size, body): (Around, Around) = if file == "a.rs" { (rust, rust_body) } else { (c, c_body) };
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("<", ">"),
            ("a[", "]"),
            ("f(", ")"),
            ("(int)(", ")"),
        ] {
            let name = |what: &str| format!("{open} {what} in {file}");
            texts.push(Text::new(
                name("around the size"),
                file,
                size(&nest(open, "n", close, DEEP)),
            ));
            texts.push(Text::new(
                name("as a statement"),
                file,
                body(&nest(open, ";", close, DEEP)),
            ));
            texts.push(Text::new(
                name("between items"),
                file,
                nest(open, "mremap", close, DEEP) + &size("n"),
            ));
            texts.push(Text::new(name("never closed"), file, size(&open.repeat(DEEP))));
            texts.push(Text::new(name("never opened"), file, size(&close.repeat(DEEP))));
        }
    }
    let call = "p = mremap(";
    texts.push(Text::new(
        "calls in calls",
        "a.c",
        c_body(&nest(call, "p", ", n, n, 1)", 20_000)),
    ));
    texts.push(Text::new(
        "blocks in Rust expressions",
        "a.rs",
        rust(&nest("if n == 0 { ", "n", " } else { 1 }", 20_000)),
    ));
    texts.push(Text::new(
        "closures in closures",
        "a.rs",
        rust_body(&nest("let g = || {", "n", "};", 20_000)),
    ));
    texts.push(Text::new(
        "unsafe in unsafe",
        "a.rs",
        rust_body(&nest("unsafe {", "n += 1;", "}", 20_000)),
    ));
    texts.push(Text::new(
        "macros in macros",
        "a.rs",
        rust_body(&nest("dbg!(", "libc::mremap(p, n, 1, 1)", ")", 20_000)),
    ));
    texts.push(Text::new(
        "lambdas in lambdas",
        "a.cpp",
        c_body(&nest("auto g = [=] {", "n++;", "};", 20_000)),
    ));
    texts.push(Text::new(
        "templates in templates",
        "a.cpp",
        nest("A<", "mremap", " >", DEEP) + " x;\n" + &c("n"),
    ));
    texts.push(Text::new(
        "namespaces",
        "a.cpp",
        nest("namespace x {", &c("0"), "}", DEEP),
    ));
    texts.push(Text::new("classes", "a.cpp", nest("struct x {", &c("0"), "};", 20_000)));
    texts.push(Text::new("modules", "a.rs", nest("mod x {", &rust("0"), "}", 20_000)));
    texts.push(Text::new(
        "functions in functions",
        "a.rs",
        nest("fn g() {", &rust("0"), "}", 20_000),
    ));
    texts.push(Text::new(
        "records in records",
        "a.c",
        nest("struct {", "int mremap;", "} x;", DEEP) + &c("0"),
    ));
    texts.push(Text::new(
        "initialisers",
        "a.c",
        format!("int x[] = {};\n{}", nest("{", "0", "}", DEEP), c("x[0]")),
    ));
    texts
}

/// Expressions of ten thousand terms and more.
pub fn expressions() -> Vec<Text> {
    let mut texts = Vec::new();
    for operator in [
        "+", "-", "*", "/", "%", "<<", "&", "|", "^", "==", "<", "&&", "||", ",", "=", "+=",
    ] {
        for term in ["n", "0", "n * 0"] {
            let chain = vec![term; 10_000].join(operator);
            texts.push(Text::new(
                format!("{term} {operator} … in C"),
                "a.c",
                c(&format!("({chain})")),
            ));
            if operator != "," {
                texts.push(Text::new(format!("{term} {operator} … in Rust"), "a.rs", rust(&chain)));
            }
        }
    }
    for prefix in ["!", "-", "~", "*", "&", "++", "(int)", "sizeof ", "(unsigned char)"] {
        texts.push(Text::new(
            format!("{prefix} … in C"),
            "a.c",
            c(&(prefix.repeat(20_000) + "n")),
        ));
    }
    for (piece, file) in [
        ("->x", "a.c"),
        (".x", "a.c"),
        ("[0]", "a.c"),
        ("()", "a.c"),
        ("++", "a.c"),
        ("::x", "a.cpp"),
    ] {
        texts.push(Text::new(
            format!("{piece} … in {file}"),
            file,
            c(&("n".to_string() + &piece.repeat(20_000))),
        ));
    }
    for piece in ["!", "-", "*", "&", "&mut "] {
        texts.push(Text::new(
            format!("{piece} … in Rust"),
            "a.rs",
            rust(&(piece.repeat(20_000) + "n")),
        ));
    }
    for piece in [
        ".max(1)",
        ".x",
        "[0]",
        "?",
        " as usize",
        ".checked_add(1).unwrap()",
        "::x",
        "..",
        "()",
    ] {
        texts.push(Text::new(
            format!("{piece} … in Rust"),
            "a.rs",
            rust(&("n".to_string() + &piece.repeat(10_000))),
        ));
    }
    texts.push(Text::new("n ? n : …", "a.c", c(&("n ? n : ".repeat(10_000) + "0"))));
    texts.push(Text::new("n ? … : n", "a.c", c(&nest("n ? ", "0", " : n", 10_000))));
    texts.push(Text::new(
        "different tests",
        "a.c",
        c(&(numbered(2_000, "a[#] ? a[#] : ") + "0")),
    ));
    texts.push(Text::new(
        "(n ? 0 : 1) + …",
        "a.c",
        c(&(numbered(2_000, "(a[#] ? 0 : 1) + ") + "0")),
    ));
    texts.push(Text::new(
        "a call of many arguments",
        "a.c",
        c_body(&format!("mremap({});", vec!["0"; 50_000].join(","))),
    ));
    texts.push(Text::new(
        "a macro of many arguments",
        "a.rs",
        rust_body(&format!("f!({});", vec!["mremap(p,0,n,1)"; 5_000].join(","))),
    ));
    texts
}

/// Functions with more statements, branches, loops and jumps than can be followed one by one.
pub fn bodies() -> Vec<Text> {
    let c_texts = [
        ("tests in a row", numbered(5_000, "if (m == #) n++; ")),
        ("independent tests in a row", numbered(2_000, "if (g#()) n += #; ")),
        ("tests that set zero", numbered(2_000, "if (g#()) n = 0; else n = #; ")),
        ("one value each", numbered(2_000, "if (g#()) n = #; ")),
        ("else if", numbered(10_000, "if (m == #) n = #; else ") + "n = 1;"),
        ("nested tests", nest("if (m--) {", "n = 0;", "}", 20_000)),
        ("nested else", nest("if (m--) n++; else {", "n = 0;", "}", 20_000)),
        ("nested loops", nest("while (m--) {", "n++;", "}", 20_000)),
        ("nested for", nest("for (int i = 0; i < 10; i++) {", "n++;", "}", 1_000)),
        (
            "loops in a row",
            numbered(1_000, "for (int i = 0; i < #; i++) n ^= i; "),
        ),
        (
            "a long count",
            "for (unsigned long i = 0; i < 1000000000000; i++) n = i;".into(),
        ),
        ("a long count down", "n = 1000000000; while (n) n--;".into()),
        (
            "cases",
            format!("switch (m) {{ {} }}", numbered(20_000, "case #: n = #; break; ")),
        ),
        (
            "falling cases",
            format!("switch (m) {{ {} }}", numbered(5_000, "case #: n += #; ")),
        ),
        ("nested switches", nest("switch (m) { case 0: ", "n = 0;", "}", 5_000)),
        ("labels", numbered(3_000, "l#: if (g#()) goto l0; n++; ")),
        (
            "jumps crosswise",
            numbered(999, "l#: n++; if (m & #) goto k#; k#: if (m > #) goto l#; "),
        ),
        ("labels without use", "x:".repeat(50_000) + ";"),
        (
            "variables",
            numbered(10_000, "unsigned long v# = #; ") + &numbered(10_000, "n += v#; "),
        ),
        (
            "a chain of copies",
            "unsigned long v0 = 0; ".to_string() + &numbered(5_000, "unsigned long w# = n; n = w#; "),
        ),
        ("assignments", "n = n + 1; m = n * 3; ".repeat(10_000)),
        ("calls", "p = mremap(p, n, 4096, 1); ".repeat(2_000)),
        ("semicolons", ";".repeat(1_000_000)),
        (
            "stores through pointers",
            numbered(5_000, "((char *)p)[#] = #; *(long *)(p + n) = #; "),
        ),
    ];
    let mut texts: Vec<Text> = c_texts
        .into_iter()
        .map(|(name, body)| Text::new(name, "a.c", c_body(&body)))
        .collect();
    let rust_texts = [
        (
            "Rust: tests in a row",
            numbered(2_000, "if g#() { n = 0; } else { n = #; } "),
        ),
        ("Rust: shadowing", numbered(10_000, "let n = n + #; ")),
        (
            "Rust: else if",
            numbered(5_000, "if n == # { n = #; } else ") + "{ n = 1; }",
        ),
        (
            "Rust: arms",
            format!("n = match n {{ {} _ => 0 }};", numbered(10_000, "# => #, ")),
        ),
        (
            "Rust: guarded arms",
            format!("n = match n {{ {} _ => 0 }};", numbered(2_000, "x if x == # => #, ")),
        ),
        (
            "Rust: alternatives",
            format!("n = match n {{ {} 1 => 0, _ => 2 }};", numbered(10_000, "# | ")),
        ),
        (
            "Rust: let else",
            numbered(3_000, "let Some(x#) = g#(n) else { return; }; n = x#; "),
        ),
        ("Rust: nested loops", nest("loop {", "n += 1; break;", "}", 5_000)),
        (
            "Rust: labelled loops",
            nest("'a: loop { if n == 3 { break 'a; }", "n += 1;", "}", 2_000),
        ),
        ("Rust: question marks", numbered(3_000, "n = g#(n)?; ")),
        ("Rust: closures", numbered(2_000, "let c# = |x| x + n; n = c#(#); ")),
        (
            "Rust: nested patterns",
            format!("if let {} = n {{ n = 0; }}", nest("Some(", "x", ")", 20_000)),
        ),
    ];
    texts.extend(
        rust_texts
            .into_iter()
            .map(|(name, body)| Text::new(name, "a.rs", rust_body(&body))),
    );
    texts
}
