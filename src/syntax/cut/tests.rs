//! What files are cut into, by small sources.

use super::*;

fn cut_text(text: &str, language: Language) -> Cut {
    cut(FileId(0), text, language, &Sinks::default())
}

/// One line for each item: kind, name with scope, conditions.
fn outline(text: &str, language: Language) -> Vec<String> {
    let cut = cut_text(text, language);
    let line = |item: &Item| {
        let kind = match &item.kind {
            ItemKind::Macro {
                parameters: Some(parameters),
                variadic,
                ..
            } => {
                let rest = if *variadic { ", ..." } else { "" };
                format!("macro({}{rest})", parameters.join(", "))
            }
            ItemKind::Macro { .. } => "macro".to_owned(),
            kind => format!("{kind:?}").to_lowercase(),
        };
        let mut path = item.scope.clone();
        path.push(item.name.clone());
        let conditions: String = item
            .conditions
            .iter()
            .map(|condition| format!(" if {condition}"))
            .collect();
        format!("{kind} {}{conditions}", path.join("::"))
    };
    cut.items.iter().map(line).collect()
}

/// All names with their kinds.
fn names(text: &str, language: Language) -> Vec<String> {
    let cut = cut_text(text, language);
    cut.names
        .iter()
        .map(|name| format!("{:?} {}", name.kind, name.text).to_lowercase())
        .collect()
}

/// The texts of an item's variants without blank runs.
fn variants_of(text: &str, name: &str) -> Vec<String> {
    let cut = cut_text(text, Language::C);
    let item = cut
        .items
        .iter()
        .find(|item| item.name == name)
        .expect("the item is there");
    let start = item.span.start as usize;
    let blanked = |ranges: &Vec<Range<usize>>| {
        let mut bytes = cut.clean.as_bytes()[item.span.range()].to_vec();
        for range in ranges {
            bytes[range.start - start..range.end - start].fill(b' ');
        }
        String::from_utf8(bytes).expect("blanks keep characters whole")
    };
    let texts = item.variants.iter().map(blanked);
    texts
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn c_items() {
    let text = "#include <sys/mman.h>\n#define ZERO 0\n#define GROW(p, n) grow((p), \\\n  (n))\n#define LOG(f, ...) log(f)\n\
        static int a = 1, *b, c[3] = {1, 2};\nextern int d;\ntypedef unsigned long word;\n\
        struct pair { int x; };\nenum color { RED, GREEN = 3 };\nint f(int);\nstatic int\nf(int a)\n{\n  return a;\n}\n\
        typedef int (*callback)(int);\nint (*handler)(int) = f;\nint (*get(void))(int) { return handler; }\n;\n";
    let wanted = [
        "import ",
        "macro ZERO",
        "macro(p, n) GROW",
        "macro(f, ...) LOG",
        "variable a",
        "declaration d",
        "type word",
        "type pair",
        "type color",
        "declaration f",
        "function f",
        "type callback",
        "variable handler",
        "function get",
    ];
    assert_eq!(outline(text, Language::C), wanted);
    let wanted = ["variable a", "variable b", "variable c"];
    assert_eq!(names(text, Language::C)[3..6], wanted);
    assert!(names(text, Language::C).contains(&"enumerator green".to_owned()));
}

#[test]
fn definitions_without_a_clear_end() {
    let text = "DEFINE_LOCK(one)\nstatic int f(a, b)\nint a;\nchar *b;\n{\n}\nOTHER(x)\nEXPORT(int)\ng(void)\n{\n}\nLAST(x, y)\n";
    assert_eq!(
        outline(text, Language::C),
        ["other ", "function f", "other ", "function g", "other "]
    );
}

#[test]
fn names_behind_macros() {
    assert_eq!(
        outline("INLINE void *NAME(grow)(void *p) { }", Language::C),
        ["function grow"]
    );
    assert_eq!(outline("void *(grow)(void *p) { }", Language::C), ["function grow"]);
    assert_eq!(
        outline("static ATTRIBUTE(2) int grow(void *p) { }", Language::C),
        ["function grow"]
    );
    assert_eq!(outline("struct PACKED(4) pair { int x; };", Language::C), ["type pair"]);
    assert_eq!(outline("struct pair *grow(int a) { }", Language::C), ["function grow"]);
    assert_eq!(
        outline("alignas(64) static const int table[] = { 1 };", Language::C),
        ["variable table"]
    );
}

#[test]
fn attribute_macros_are_blanked() {
    assert_eq!(
        variants_of("static API_EXPORT int f(int a, int b UNUSED) NO_CHECK {}", "f"),
        ["static int f(int a, int b ) {}"]
    );
    assert_eq!(
        variants_of("HOT foo_t internal f(foo_t *p) {}", "f"),
        ["foo_t f(foo_t *p) {}"]
    );
    assert_eq!(variants_of("INLINE int NAME(f)(int a) {}", "f"), ["int f (int a) {}"]);
    assert_eq!(
        variants_of("__u32 f(__u32 n __unused, UNUSED foo_t p, __u64 __user *q) {}", "f"),
        ["__u32 f(__u32 n , foo_t p, __u64 *q) {}"]
    );
    assert_eq!(variants_of("foo_t *f(bar_t b) {}", "f"), ["foo_t *f(bar_t b) {}"]);
}

#[test]
fn cpp_items() {
    let text = "namespace a::b { namespace {\ntemplate <class T, class U = x<T>> struct S : Base<T> {\n  S(int n) : n_(n), m_{n} { go(); }\n\
        ~S() {}\n  static constexpr size_t kZero = 0;\n  enum class E : int { A };\n  void grow() { }\n  void only();\n};\n\
        S::S(int n) : n_(n), m_{n} { }\nbool operator==(const S &a, const S &b) { return true; }\n} }\n\
        namespace std VISIBILITY(default) { int v{3}; }\nextern \"C\" { void h(void); }\nusing size = unsigned long;\nusing a::b::S;\n\
        TEST(Suite, Case) { }\nauto lambda = [](int a) { return a; };\n";
    let wanted = [
        "type a::b::::S",
        "function a::b::::S::S",
        "function a::b::::operator==",
        "variable std::v",
        "declaration h",
        "type size",
        "import ",
        "function TEST",
        "variable lambda",
    ];
    assert_eq!(outline(text, Language::Cpp), wanted);
    let found = names(text, Language::Cpp);
    for name in [
        "function ~s",
        "function grow",
        "variable kzero",
        "type e",
        "enumerator a",
    ] {
        assert!(found.contains(&name.to_owned()), "{name} in {found:?}");
    }
    assert!(!found.contains(&"function only".to_owned()));
}

#[test]
fn rust_items() {
    let text = "#![allow(unused)]\nuse a::b as c;\nconst OLD: usize = 0;\npub(crate) static mut S: [usize; 3] = [0; 3];\n\
        #[cfg(feature = \"x\")]\nmod inner {\n impl<'a, T> Grow<T> for Map<'a, T> where T: Copy {\n  const Z: usize = 1;\n  \
        fn grow(&self, c: char) { let q = '\"'; let l: &'static str = \"}\"; fn nested() {} }\n } }\n\
        enum E { A, B(u32), C { x: u8 } }\nmacro_rules! m { ($a:expr) => { f($a) } }\n\
        extern \"C\" { fn outside(p: *mut u8); }\npub unsafe extern \"C\" fn exported() {}\n\
        cfg_if! { if #[cfg(unix)] { fn here() {} } else { fn there() {} } }\nlazy! { static ref L: u8 = 1; }\n";
    let wanted = [
        "import ",
        "variable OLD",
        "variable S",
        "variable inner::Map::Z if feature = \"x\"",
        "function inner::Map::grow if feature = \"x\"",
        "type E",
        "macro m",
        "declaration outside",
        "function exported",
        "function here",
        "variable L",
    ];
    assert_eq!(outline(text, Language::Rust), wanted);
    let found = names(text, Language::Rust);
    assert!(found.contains(&"function nested".to_owned()));
    assert!(found.contains(&"enumerator c".to_owned()));
}

#[test]
fn what_linux_never_compiles_is_blank() {
    let text = "#if 0\nint a;\n#else\nint b;\n#endif\n#ifdef _WIN32\nint c;\n#elif defined(X)\nint d;\n#else\nint e;\n#endif\n\
        #ifndef __linux__\nint f;\n#endif\n#if X\nint g;\n#elif 1\nint h;\n#else\nint i;\n#endif\n";
    let wanted = [
        "variable b",
        "variable d if X",
        "variable e if !(X)",
        "variable g if X",
        "variable h if !(X)",
    ];
    let cut = cut_text(text, Language::C);
    assert_eq!(outline(text, Language::C), wanted);
    assert_eq!(cut.clean.len(), text.len());
    assert_eq!(cut.clean.lines().count(), text.lines().count());
    let lines: Vec<&str> = cut
        .clean
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let clean = [
        "int b;",
        "#if   defined(X)",
        "int d;",
        "#else",
        "int e;",
        "#endif",
        "#if X",
        "int g;",
        "#else",
        "int h;",
        "#endif",
    ];
    assert_eq!(lines, clean);
}

#[test]
fn include_guards_and_language_tests_are_no_conditions() {
    let text = "#ifndef GUARD_H\n#define GUARD_H\n#ifdef __cplusplus\nextern \"C\" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif\n#endif\n";
    assert_eq!(outline(text, Language::C), ["macro GUARD_H", "declaration f"]);
    assert_eq!(outline(text, Language::Cpp), ["macro GUARD_H", "declaration f"]);
}

#[test]
fn cfg_drops_what_linux_never_compiles() {
    let text = "#[cfg(windows)]\nfn a() {}\n#[cfg(target_os = \"macos\")]\nuse b::{c, d};\n#[cfg(not(unix))]\nconst C: u8 = { 1 };\n\
        #[cfg(any(target_os = \"netbsd\", windows))]\nimpl<A, B> T for S<A, B> { fn e() {} }\nfn f(#[cfg(windows)] g: u8, h: u8) {\n\
        #[cfg(windows)]\nlet i = if x { 1 } else { 2 };\nmatch j { #[cfg(windows)] K { .. } => {}, L => m() }\n}\nfn n() {}\n";
    assert_eq!(outline(text, Language::Rust), ["function f", "function n"]);
    let clean: String = cut_text(text, Language::Rust).clean.split_whitespace().collect();
    assert_eq!(clean, "fnf(h:u8){matchj{L=>m()}}fnn(){}");
}

#[test]
fn arms_start_at_the_depth_of_their_group() {
    let text = "#ifdef A\nint f(int a)\n#else\nint f(int b)\n#endif\n{\n#ifdef B\n  if (x) {\n#else\n  if (y) {\n#endif\n    z();\n  }\n}\nint g(void) {}\n";
    assert_eq!(outline(text, Language::C), ["function f", "function g"]);
    let wanted = [
        "int f(int a) { if (x) { z(); } }",
        "int f(int b) { if (x) { z(); } }",
        "int f(int a) { if (y) { z(); } }",
        "int f(int b) { if (y) { z(); } }",
    ];
    let mut found = variants_of(text, "f");
    found.sort();
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[test]
fn bodies_in_arms_are_two_items() {
    let text = "int f(int a)\n#ifdef A\n{ return 1; }\n#else\n{ return 2; }\n#endif\nint g(void) {}\n";
    let mut found = variants_of(text, "f");
    assert_eq!(outline(text, Language::C).len(), 3);
    found.extend(variants_of(&text.replace("ifdef", "ifndef"), "f"));
    assert_eq!(found, ["int f(int a) { return 1; }", "int f(int a) { return 1; }"]);
}

#[test]
fn a_brace_in_one_arm_only() {
    let text =
        "void f(void) {\n#if !A\n if (x) {\n y();\n } else {\n#endif\n z();\n#if !A\n }\n#endif\n}\nint g(void) {}\n";
    assert_eq!(outline(text, Language::C), ["function f", "function g"]);
    assert_eq!(
        variants_of(text, "f"),
        [
            "void f(void) { z(); }",
            "void f(void) { if (x) { y(); } else { z(); } }"
        ]
    );
    // The same where another setting was chosen first.
    assert_eq!(outline(&format!("#if A\nint a;\n#endif\n{text}"), Language::C).len(), 3);
}

#[test]
fn clean_groups_stay() {
    let text = "int f(void) {\n#ifdef A\n  a();\n#elif B\n  { b(); }\n#endif\n  switch (x) {\n  case 1:\n#ifdef C\n  case 2:\n#endif\n    c();\n  }\n}\n";
    assert_eq!(
        cut_text(text, Language::C).items[0].variants,
        [Vec::<Range<usize>>::new()]
    );
}

#[test]
fn unclean_groups_are_chosen() {
    let text = "int f(void) {\n  return grow(p,\n#ifdef A\n    0,\n#else\n    n,\n#endif\n    m);\n}\n";
    assert_eq!(
        variants_of(text, "f"),
        [
            "int f(void) { return grow(p, 0, m); }",
            "int f(void) { return grow(p, n, m); }"
        ]
    );
    let text = "int f(void) {\n  if (a)\n#ifdef A\n    b();\n  else\n#endif\n    c();\n#ifdef A\n  d();\n#endif\n}\n";
    assert_eq!(
        variants_of(text, "f"),
        [
            "int f(void) { if (a) b(); else c(); d(); }",
            "int f(void) { if (a) c(); }"
        ]
    );
    let text = "int f(void) {\nend:\n#ifdef A\n#endif\n  return 0;\n#define X 1\n}\n";
    assert_eq!(variants_of(text, "f")[0], "int f(void) { end: return 0; }");
}

#[test]
fn many_settings_give_few_variants() {
    let group = |number: usize| format!("#if S{number}\n 1 &&\n#endif\n");
    let text = format!(
        "int f(void) {{ return \n{} 1; }}\n",
        (0..40).map(group).collect::<String>()
    );
    assert_eq!(cut_text(&text, Language::C).items[0].variants.len(), 8);
}

#[test]
fn broken_braces_end_at_the_next_definition() {
    let text = "int f(void) {\n  if (x) {\n}\n\nint g(void) {\n}\nint h(void) {\n}\n";
    assert_eq!(outline(text, Language::C), ["function f", "function g", "function h"]);
    let text = "fn f( {\nfn g() { x( }\nfn h() {\n  if {\nfn i() {}\n";
    assert_eq!(
        outline(text, Language::Rust),
        ["function f", "function g", "function h", "function i"]
    );
}

#[test]
fn line_ends_of_windows_and_other_scripts() {
    let text =
        "#define A \\\r\n 1\r\n/* ä */ int ä = 1;\r\n#if 0\r\n don't ü\r\n#endif\r\nint f(void) { return '\\''; }\r\n";
    assert_eq!(outline(text, Language::C), ["macro A", "variable ä", "function f"]);
}
