//! Words of C and C++ that look like names to whoever knows only tokens, and are none.

/// Words of which types are made and that name nothing.
pub fn is_type_word(word: &str) -> bool {
    matches!(
        word,
        "void"
            | "char"
            | "short"
            | "int"
            | "long"
            | "float"
            | "double"
            | "signed"
            | "unsigned"
            | "bool"
            | "_Bool"
            | "auto"
            | "const"
            | "volatile"
            | "restrict"
            | "__restrict"
            | "__restrict__"
            | "static"
            | "extern"
            | "inline"
            | "register"
            | "struct"
            | "union"
            | "enum"
            | "class"
            | "typename"
            | "typedef"
            | "constexpr"
            | "wchar_t"
            | "size_t"
            | "mutable"
            | "__inline"
            | "__inline__"
            | "__const"
            | "__volatile__"
            | "_Noreturn"
            | "noreturn"
            | "thread_local"
            | "override"
    )
}

/// Words of statements and of the parts of classes.
pub fn is_statement_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "else"
            | "for"
            | "while"
            | "do"
            | "switch"
            | "case"
            | "default"
            | "return"
            | "goto"
            | "break"
            | "continue"
            | "sizeof"
            | "public"
            | "private"
            | "protected"
            | "catch"
            | "try"
    )
}

/// Words that declarations begin with.
pub fn is_declaration_keyword(word: &str) -> bool {
    matches!(
        word,
        "static"
            | "extern"
            | "typedef"
            | "struct"
            | "union"
            | "enum"
            | "const"
            | "void"
            | "int"
            | "char"
            | "long"
            | "short"
            | "unsigned"
            | "signed"
            | "float"
            | "double"
            | "inline"
            | "template"
            | "class"
            | "namespace"
            | "using"
    )
}
