//! Tokens of small texts.

use super::*;

fn texts(text: &str, language: Language) -> Vec<&str> {
    tokens(text, language)
        .into_iter()
        .map(|token| token.text(text))
        .collect()
}

#[test]
fn c_tokens() {
    let text = "a/*x*/b//c\\\nstill\nd->e::f \"s\\\"t\" L'\\'' u8\"x\" 0x1p-3 1'000u 1.5e+3 x+1 #b";
    let wanted = [
        "a",
        "b",
        "d",
        "->",
        "e",
        "::",
        "f",
        "\"s\\\"t\"",
        "L'\\''",
        "u8\"x\"",
        "0x1p-3",
        "1'000u",
        "1.5e+3",
        "x",
        "+",
        "1",
        "#",
        "b",
    ];
    assert_eq!(texts(text, Language::C), wanted);
}

#[test]
fn directives_are_one_token() {
    let text = "  # define A /* x\n y */ \\\n 1 // z\nb\n#error don't\nc '\n#if '\"'\n#endif";
    let found = texts(text, Language::C);
    assert_eq!(
        found,
        [
            "# define A /* x\n y */ \\\n 1 // z",
            "b",
            "#error don't",
            "c",
            "'",
            "#if '\"'",
            "#endif"
        ]
    );
}

#[test]
fn strings_end_at_the_line() {
    assert_eq!(texts("\"a\nb' c\n'", Language::C), ["\"a", "b", "' c", "'"]);
    assert_eq!(texts("R\"x(a\")\")x\" b", Language::Cpp), ["R\"x(a\")\")x\"", "b"]);
    assert_eq!(texts("PRI\"a\" R\"no", Language::C), ["PRI", "\"a\"", "R", "\"no"]);
}

#[test]
fn rust_tokens() {
    let text = "'a 'b' '\\'' b'x' r#\"a\"b\"# br\"c\" r#type /* a /* b */ c */ 1..2 1.5 x.0 '\u{e4}' \"a\nb\" #[x] => 'l: 0xeu8";
    let wanted = [
        "'a",
        "'b'",
        "'\\''",
        "b'x'",
        "r#\"a\"b\"#",
        "br\"c\"",
        "r#type",
        "1",
        ".",
        ".",
        "2",
        "1.5",
        "x",
        ".",
        "0",
        "'\u{e4}'",
        "\"a\nb\"",
        "#",
        "[",
        "x",
        "]",
        "=>",
        "'l",
        ":",
        "0xeu8",
    ];
    assert_eq!(texts(text, Language::Rust), wanted);
}

#[test]
fn anything_is_lexed_to_its_end() {
    for text in [
        "\"",
        "'",
        "/*",
        "R\"(",
        "r#\"",
        "r#",
        "#",
        "\\",
        "'\\",
        "\"\\",
        "0x",
        "1e",
        "\u{1F600}",
        "b'",
        "'\u{1F600}",
    ] {
        for language in [Language::C, Language::Cpp, Language::Rust] {
            let found = tokens(text, language);
            assert!(found.iter().all(|token| text.get(token.range()).is_some()), "{text:?}");
        }
    }
}
