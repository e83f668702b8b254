//! Tokens, lines and bytes.

use super::{Text, c, c_body, rust};

/// The next number of a fixed sequence (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

/// Tokens and lines of megabytes.
pub fn tokens() -> Vec<Text> {
    const MEGA: usize = 1 << 20;
    let mut texts = Vec::new();
    for (file, size) in [("a.c", c as fn(&str) -> String), ("a.rs", rust)] {
        let cases = [
            ("a name", "a".repeat(MEGA)),
            ("a number", "9".repeat(MEGA)),
            ("a hexadecimal number", "0x".to_string() + &"0".repeat(MEGA)),
            ("a float", "1.".to_string() + &"0".repeat(MEGA) + "e99999999999"),
            ("a string", format!("sizeof(\"{}\")", "\\x".repeat(MEGA))),
            ("a character", format!("'{}'", "0".repeat(MEGA))),
            ("a comment", format!("/*{}*/ 0", " mremap(".repeat(MEGA / 8))),
            ("comments", "/**/".repeat(MEGA / 4) + "0"),
            ("blanks", " ".repeat(10 * MEGA) + "0"),
            ("line breaks", "\n".repeat(10 * MEGA) + "0"),
            ("carriage returns", "\r".repeat(MEGA) + "0"),
            ("continuations", "\\\n".repeat(MEGA) + "0"),
            ("backslashes", "\\".repeat(MEGA) + "0"),
            ("quotes", "\"'".repeat(MEGA / 2) + "0"),
            ("accents", "\u{E9}\u{1F600}\u{301}".repeat(MEGA / 8) + "0"),
        ];
        texts.extend(cases.map(|(name, text)| Text::new(format!("{name} in {file}"), file, size(&text))));
    }
    texts.push(Text::new(
        "a line of 50 MB of code",
        "a.c",
        c_body(&"n = n + 1; ".repeat(50 * MEGA / 11)),
    ));
    texts.push(Text::new(
        "a line of 50 MB of items",
        "a.c",
        "int x; ".repeat(50 * MEGA / 7) + &c("0"),
    ));
    texts.push(Text::new(
        "a line of 50 MB of one string",
        "a.c",
        format!("char s[] = \"{}\";\n", "mremap ".repeat(50 * MEGA / 7)),
    ));
    texts.push(Text::new(
        "a line of 50 MB of numbers",
        "a.c",
        format!("int mremap_table[] = {{ {} }};\n", "0, ".repeat(50 * MEGA / 3)),
    ));
    texts.push(Text::new(
        "a line of 50 MB of one comment",
        "a.rs",
        format!("// {}\n", "mremap ".repeat(50 * MEGA / 7)),
    ));
    texts
}

/// Text that ends in the middle of something.
pub fn unfinished() -> Vec<Text> {
    let mut texts = Vec::new();
    for end in [
        "/*",
        "/* *",
        "//",
        "// \\",
        "\"",
        "\"\\",
        "'",
        "'\\",
        "#",
        "#define",
        "#define A",
        "#define A(",
        "#define A(x",
        "#define A \\",
        "#if",
        "#ifdef",
        "#if (",
        "#include",
        "#include <",
        "mremap",
        "mremap(",
        "mremap(p",
        "mremap(p,",
        "mremap(p, 0",
        "return mremap(p, 0, n, 1)",
        "(",
        "{",
        "[",
        "struct",
        "struct {",
        "enum { A =",
        "R\"(",
        "R\"x(",
        "R\"",
        "u8R\"abcdefghijklmnopqrstuvwxyz(",
        "case",
        "if (n",
        "for (;;",
        "do",
        "0x",
        "1e",
        "\\",
        "@",
        "`",
        "$",
        "template <",
        "namespace",
        "::",
        "operator",
        "[[",
        "asm(\"",
        "_Generic(",
        "\u{FEFF}",
        "\0",
        "\r",
        "%:",
        "??=",
        "<%",
    ] {
        for file in ["a.c", "a.cpp"] {
            texts.push(Text::new(
                format!("{end:?} at the end of {file}"),
                file,
                format!("void *f(void *p, long n) {{ {end}"),
            ));
            texts.push(Text::new(format!("{end:?} between items of {file}"), file, end));
        }
    }
    for end in [
        "/*",
        "/* /* */",
        "//",
        "\"",
        "\"\\",
        "'",
        "b'",
        "'a",
        "r\"",
        "r#\"",
        "r###",
        "br#\"",
        "#",
        "#[",
        "#![",
        "#[cfg(",
        "use",
        "use libc",
        "use libc::{",
        "libc::",
        "libc::mremap",
        "libc::mremap(",
        "libc::mremap(p, 0",
        "mremap!",
        "mremap!(",
        "macro_rules!",
        "macro_rules! a {",
        "macro_rules! a { (",
        "let",
        "let Some(",
        "let n =",
        "match n {",
        "match n { 0",
        "match n { 0 =>",
        "if let",
        "|",
        "||",
        "|x",
        "n.",
        "n as",
        "<",
        "::<",
        "fn",
        "fn f(",
        "fn f<",
        "impl",
        "impl<",
        "unsafe",
        "extern \"C",
        "const",
        "..",
        "?",
        "\u{FEFF}",
        "\0",
        "\r",
        "\u{202E}",
    ] {
        texts.push(Text::new(
            format!("{end:?} at the end of a.rs"),
            "a.rs",
            format!("unsafe fn f(p: *mut u8, n: usize) {{ {end}"),
        ));
        texts.push(Text::new(format!("{end:?} between items of a.rs"), "a.rs", end));
    }
    texts
}

/// Bytes and tokens at random, the word among them.
pub fn soup() -> Vec<Text> {
    let tokens: Vec<&str> = "mremap ( ) ( ) { } [ ] ; , ; , 0 1 n p old = == != < > + - * / & && || ! ? : . -> :: ' \" // /* */ \\ \n \n \n#if \n#else\n \n#endif\n \
        \n#define \n#ifdef \n#elif # ## if else while for do switch case default break continue return goto int long void struct enum union typedef static \
        const sizeof unsigned char x y z f g SYS_mremap syscall __NR_mremap mremap(p,0,n,1) mremap(p,old,n,1) 0x10 'a' \"s\" ..."
        .split(' ')
        .collect();
    let rust_tokens: Vec<&str> = "mremap ( ) ( ) { } [ ] ; , ; , 0 1 n p old = == != < > + - * / & && || ! ? : . -> :: => ' \" // /* */ \\ \n \n \n #[ #! ] if else \
        while for in loop match break continue return let mut fn unsafe use as libc pub mod impl trait struct enum const static self Self crate super 'a usize \
        libc::mremap(p,0,n,1) mremap(p,old,n,1) Some( None Ok( | .. ..= @ _ r#\" \"# macro_rules! a! vec![ assert!( matches!( where dyn ref move"
        .split(' ')
        .collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut texts = Vec::new();
    for round in 0..12 {
        for (file, tokens) in [("a.c", &tokens), ("a.cpp", &tokens), ("a.rs", &rust_tokens)] {
            let length = if round == 0 { 200_000 } else { 2_000 };
            let text: Vec<&str> = (0..length).map(|_| tokens[random.below(tokens.len())]).collect();
            texts.push(Text::new(format!("tokens {round} in {file}"), file, text.join(" ")));
        }
        let file = ["a.c", "a.cpp", "a.rs"][round % 3];
        let bytes: Vec<u8> = (0..100_000)
            .flat_map(|_| {
                if random.below(100) == 0 {
                    b" mremap( ".to_vec()
                } else {
                    vec![random.below(256) as u8]
                }
            })
            .collect();
        texts.push(Text::new(format!("bytes {round} in {file}"), file, bytes));
    }
    texts
}
