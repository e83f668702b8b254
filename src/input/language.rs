//! Which language a file is read as: by its name, and where that leaves a choice, by its code.

use std::ffi::OsStr;

use crate::source::Language;

/// What a file's name says about its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByName {
    /// This one.
    Sure(Language),
    /// C or C++: its code must tell.
    CFamily,
}

/// What a name says; nothing for a name that is no source file's. `.in` templates count as what they become.
pub fn by_name(name: &OsStr) -> Option<ByName> {
    let name = name.as_encoded_bytes();
    let name = name.strip_suffix(b".in").unwrap_or(name);
    let dot = memchr::memrchr(b'.', name)?;
    match &name[dot + 1..] {
        b"c" => Some(ByName::Sure(Language::C)),
        b"h" | b"inc" | b"inl" => Some(ByName::CFamily),
        b"cc" | b"cpp" | b"cxx" | b"c++" | b"C" | b"hpp" | b"hh" | b"hxx" | b"h++" | b"H" | b"ipp" | b"tcc" => {
            Some(ByName::Sure(Language::Cpp))
        }
        b"rs" => Some(ByName::Sure(Language::Rust)),
        _ => None,
    }
}

/// The language of a file that was read.
pub(super) fn of(name: &OsStr, text: &str) -> Language {
    match by_name(name) {
        Some(ByName::Sure(language)) => language,
        Some(ByName::CFamily) => c_or_cpp(text),
        None if is_rust(text) => Language::Rust,
        None => c_or_cpp(text),
    }
}

/// Rust has functions that begin with `fn name`; C has no two names of which the first could be `fn` but by macro.
fn is_rust(text: &str) -> bool {
    let tokens: Vec<Token> = Code::new(text).collect();
    tokens
        .windows(2)
        .any(|pair| matches!(pair, [Token::Word("fn"), Token::Word(_)]))
}

/// C++ if the code outside of `#ifdef __cplusplus` holds something that no C has: a C++ keyword followed by a name where C
/// could have used the keyword as a name, a qualified name, a named cast, a template, `extern "C"`, or a header without
/// `.h`. Comments, strings and macro definitions don't count.
fn c_or_cpp(text: &str) -> Language {
    let mut arms = Arms::default();
    let mut before = Token::Other(b'\n');
    let mut tokens = Code::new(text);
    let mut in_attribute = false;
    let mut now = tokens.next();
    while let Some(token) = now {
        let next = tokens.next();
        match token {
            Token::Other(b'[') if before == token => in_attribute = true,
            Token::Other(b']') => in_attribute = false,
            _ => {}
        }
        let is_evidence = match token {
            Token::Directive(line) => {
                arms.directive(line);
                includes_cpp(line)
            }
            Token::Word(word) => word_is_cpp(word, before, next),
            Token::Scope => !in_attribute && is_qualified_name(before, next),
            Token::Text => before == Token::Word("extern"),
            Token::Other(_) => false,
        };
        if is_evidence && !arms.in_cpp() {
            return Language::Cpp;
        }
        if !matches!(token, Token::Directive(_)) {
            before = token;
        }
        now = next;
    }
    Language::C
}

fn word_is_cpp(word: &str, before: Token, next: Option<Token>) -> bool {
    match word {
        "class" | "namespace" | "using" | "typename" | "virtual" | "explicit" | "friend" | "new" | "delete" => {
            // `struct class *class` and `x->new` are C. So is `return class;`, as no name follows.
            let is_name = matches!(before, Token::Word("struct" | "union") | Token::Other(b'.' | b'>'));
            !is_name && matches!(next, Some(Token::Word(_)))
        }
        // C has it since 2023 as well, but hardly in headers.
        "constexpr" => matches!(next, Some(Token::Word(_))),
        "template" | "static_cast" | "reinterpret_cast" | "const_cast" | "dynamic_cast" => {
            next == Some(Token::Other(b'<'))
        }
        _ => false,
    }
}

/// `a::b` and `= ::b`; but the `::` of an assembler statement stands after a string or a parenthesis.
fn is_qualified_name(before: Token, next: Option<Token>) -> bool {
    let is_assembler = matches!(before, Token::Text | Token::Other(b')' | b']'));
    matches!(next, Some(Token::Word(_))) && !is_assembler
}

/// `#include <vector>`: C's headers all have a suffix.
fn includes_cpp(line: &str) -> bool {
    let target = line
        .strip_prefix("include")
        .map(str::trim_start)
        .and_then(|rest| rest.strip_prefix('<'));
    target
        .and_then(|rest| rest.split_once('>'))
        .is_some_and(|(header, _)| !header.contains('.') && !header.is_empty())
}

/// The open `#if` groups: for each whether its present arm is for C++ only, and whether its `#else` is.
#[derive(Default)]
struct Arms {
    open: Vec<(bool, bool)>,
}

impl Arms {
    fn directive(&mut self, line: &str) {
        let word = line
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .next()
            .unwrap_or("");
        let asks = line.contains("__cplusplus");
        let negated = asks && (word == "ifndef" || line.contains('!'));
        match word {
            "if" | "ifdef" | "ifndef" => self.open.push((asks && !negated, negated)),
            "elif" | "elifdef" | "elifndef" => {
                if let Some(arm) = self.open.last_mut() {
                    *arm = (asks && !negated, negated || arm.1);
                }
            }
            "else" => {
                if let Some(arm) = self.open.last_mut() {
                    arm.0 = arm.1;
                }
            }
            "endif" => {
                self.open.pop();
            }
            _ => {}
        }
    }

    fn in_cpp(&self) -> bool {
        self.open.iter().any(|arm| arm.0)
    }
}

/// A token, as far as telling languages apart needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// A name or keyword.
    Word(&'a str),
    /// A string or character literal.
    Text,
    /// `::`
    Scope,
    /// A directive without its `#`, continued lines included.
    Directive(&'a str),
    /// Any other byte of code.
    Other(u8),
}

/// The tokens of a text. Knows comments, strings and directives, and is right about them in C, C++ and nearly always Rust.
struct Code<'a> {
    text: &'a str,
    at: usize,
    at_line_start: bool,
}

impl<'a> Code<'a> {
    fn new(text: &'a str) -> Code<'a> {
        Code {
            text,
            at: 0,
            at_line_start: true,
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// The end of the line, taking continued lines as one.
    fn line_end(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(length) = memchr::memchr(b'\n', &bytes[at..]) {
            at += length;
            let line = bytes[from..at].strip_suffix(b"\r").unwrap_or(&bytes[from..at]);
            if !line.ends_with(b"\\") {
                return at;
            }
            at += 1;
        }
        bytes.len()
    }

    /// The length of a string, which begins here, up to the next quote that no backslash hides.
    fn string(&self) -> usize {
        let rest = self.rest();
        let mut at = 1;
        while let Some(length) = rest.get(at..).and_then(|tail| memchr::memchr2(b'"', b'\\', tail)) {
            at += length;
            match rest[at] {
                b'\\' => at += 2,
                _ => return at + 1,
            }
        }
        rest.len()
    }

    /// The length of a character literal; one if the apostrophe begins none but stands in prose or before a lifetime.
    fn character(&self) -> usize {
        let rest = self.rest();
        let longest = &rest[..rest.len().min(12)];
        let start = if longest.get(1) == Some(&b'\\') { 3 } else { 1 };
        let end = longest
            .iter()
            .skip(start)
            .position(|&byte| byte == b'\'' || byte == b'\n');
        match end {
            Some(end) if longest[start + end] == b'\'' => start + end + 1,
            _ => 1,
        }
    }
}

impl<'a> Iterator for Code<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let start = self.at;
            let rest = self.rest();
            let (length, token) = match *rest {
                [] => return None,
                [b'\n', ..] => {
                    self.at_line_start = true;
                    self.at += 1;
                    continue;
                }
                [byte, ..] if byte.is_ascii_whitespace() => (1, None),
                [b'/', b'/', ..] => (self.line_end(start) - start, None),
                [b'/', b'*', ..] => (
                    memchr::memmem::find(&rest[2..], b"*/").map_or(rest.len(), |end| end + 4),
                    None,
                ),
                [b'#', ..] if self.at_line_start => {
                    let end = self.line_end(start);
                    (end - start, Some(Token::Directive(self.text[start + 1..end].trim())))
                }
                [b'"', ..] => (self.string(), Some(Token::Text)),
                [b'\'', ..] => (self.character(), Some(Token::Text)),
                [b':', b':', ..] => (2, Some(Token::Scope)),
                [byte, ..] if is_word(byte) => {
                    let end = rest.iter().position(|&byte| !is_word(byte)).unwrap_or(rest.len());
                    (end, Some(Token::Word(&self.text[start..start + end])))
                }
                [byte, ..] => (1, Some(Token::Other(byte))),
            };
            self.at += length;
            if token.is_some() {
                self.at_line_start = false;
                return token;
            }
        }
    }
}

/// Letters, digits and all that is not ASCII, so that names and numbers are one token each.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let sure = |name: &str| match by_name(OsStr::new(name)) {
            Some(ByName::Sure(language)) => Some(language),
            _ => None,
        };
        for name in ["a.c", "a.b.c", "a.c.in", ".c"] {
            assert_eq!(sure(name), Some(Language::C), "{name}");
        }
        for name in "a.cc a.cpp a.cxx a.c++ a.C a.hpp a.hh a.hxx a.h++ a.H a.ipp a.tcc a.hpp.in".split(' ') {
            assert_eq!(sure(name), Some(Language::Cpp), "{name}");
        }
        assert_eq!(sure("lib.rs"), Some(Language::Rust));
        for name in ["a.h", "config.h.in", "a.inc", "a.inl"] {
            assert_eq!(by_name(OsStr::new(name)), Some(ByName::CFamily), "{name}");
        }
        for name in ["c", "a.S", "Makefile.in", "a.in", "a.py", "a.c~", "", "a."] {
            assert_eq!(by_name(OsStr::new(name)), None, "{name}");
        }
    }

    #[test]
    fn headers_that_are_cpp() {
        for code in [
            "class Mapping;",
            "struct A {}; class B : public A { int x; };",
            "enum class Kind { A };",
            "namespace os { }\nnamespace x = os;\nnamespace os { int a; }",
            "template <typename T> T grow(T t);",
            "#include <vector>\nint x;",
            "# include  <cstddef>\n",
            "extern \"C\" void *grow(void);",
            "extern \"C\" {\n#ifdef __cplusplus\n#endif\n}",
            "inline void f() { std::swap(a, b); }",
            "inline void f() { p = ::mremap(p, 0, n, 1); }",
            "auto p = static_cast<char *>(q);",
            "using size = unsigned long;",
            "/* ' */ class A;",
            "#error don't\nclass A;",
            "char c = '\"'; class A;",
        ] {
            assert_eq!(c_or_cpp(code), Language::Cpp, "{code}");
        }
    }

    #[test]
    fn headers_that_are_c() {
        for code in [
            "",
            "int x;",
            "struct class *class; int new = old; return class;",
            "int template, namespace; void f(int delete, int new);",
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif",
            "#if defined(__cplusplus) && __cplusplus >= 201103L\nnamespace x { class A; }\n#endif",
            "#ifndef __cplusplus\nint a;\n#else\nclass A;\n#endif",
            "#if !defined(__cplusplus)\nint a;\n#else\nclass A;\n#endif",
            "// class A\n/* namespace x { */ const char *s = \"class A; std::x\";",
            "#define NEW new thing; class A; std::x",
            "#define LONG a \\\n class A;",
            "asm volatile(\"nop\" ::: \"memory\"); asm(\"nop\" :: \"r\"(x)); asm(\"\" :[o] \"=r\"(x) :: memory);",
            "[[gnu::noreturn]] void f(void); [[a, gnu::pure]] int g(void);",
            "x->new; y.class = 1; struct new old;",
            "#include <sys/mman.h>\n#include \"vector\"",
        ] {
            assert_eq!(c_or_cpp(code), Language::C, "{code}");
        }
    }

    #[test]
    fn rust_among_files_of_unknown_name() {
        let of = |text| of(OsStr::new("script"), text);
        assert_eq!(of("pub fn grow<'a>(p: &'a u8) { let x = \"fn\"; }"), Language::Rust);
        assert_eq!(of("int fn(void); // fn main"), Language::C);
        assert_eq!(of("class A {};"), Language::Cpp);
    }
}
