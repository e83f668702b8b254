//! Cuts a file into its top-level items by tokens alone, so that only items that matter are parsed.

use super::lexer::{self, Token};
use crate::sinks::{SinkPositions, Sinks};
use crate::source::{FileId, Language, Span};
use std::ops::Range;

/// A top-level item: a function, macro, variable, type and so on. Items may lie inside others: a `#define` in a function.
#[derive(Clone, Debug)]
pub struct Item {
    /// The whole of it.
    pub span: Span,
    /// What it is.
    pub kind: ItemKind,
    /// The last segment of its name; may be empty. What else it names is in [`Cut::names`].
    pub name: String,
    /// Namespaces, modules, `impl` types, traits that hold it, outermost first. `extern` blocks are transparent.
    pub scope: Vec<String>,
    /// The conditions of the `#if` arms that hold it, outermost first. A negation is written `!(A)`.
    pub conditions: Vec<String>,
    /// Byte ranges of the file to blank before parsing, one list for each consistent choice of arms of those `#if` groups
    /// inside that a syntax tree cannot show. One empty list if there are none. Never empty.
    pub variants: Vec<Vec<Range<usize>>>,
}

/// The kinds of [`Item`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A function with a body.
    Function,
    /// A macro of the preprocessor.
    Macro {
        /// The names of its parameters; None if it takes none. The rest parameter of a variadic one is not among them
        /// unless it is named.
        parameters: Option<Vec<String>>,
        /// Whether the last parameter stands for all further arguments.
        variadic: bool,
        /// Its replacement.
        body: Span,
    },
    /// One or more variables or constants.
    Variable,
    /// A structure, union, class, enumeration, trait, or another name for a type.
    Type,
    /// A prototype.
    Declaration,
    /// `#include`, `use`, `using`.
    Import,
    /// Anything else.
    Other,
}

/// What a name in [`Cut::names`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    /// A function or method with a body.
    Function,
    /// A function without.
    Declaration,
    /// A macro of the preprocessor.
    Macro,
    /// A variable, constant, static.
    Variable,
    /// A type: tag, typedef name, class, enum, trait.
    Type,
    /// A constant of an enumeration.
    Enumerator,
}

/// A name that an item brings into being.
#[derive(Clone, Debug)]
pub struct Name {
    /// The last segment.
    pub text: String,
    /// What it stands for.
    pub kind: NameKind,
    /// Index into [`Cut::items`].
    pub item: u32,
}

/// What a token call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallContext {
    /// A call in code.
    Call,
    /// A prototype, or another declaration of the name.
    Declaration,
    /// The head of a definition.
    Definition,
    /// A call in the body of a macro.
    MacroDefinition,
    /// The name or the number of the system call where nothing is called: a table, a filter, a `case`.
    Number,
}

/// A place where tokens look like a call that reaches `mremap`.
#[derive(Clone, Debug)]
pub struct TokenCall {
    /// The callee, with its path or with its own argument list if it is a macro call.
    pub callee: Span,
    /// Its text without blanks.
    pub callee_text: String,
    /// The opening bracket of the arguments.
    pub open: usize,
    /// The closing bracket, or the end of the text.
    pub close: usize,
    /// The arguments, without blanks around them.
    pub arguments: Vec<Span>,
    /// What it is.
    pub context: CallContext,
    /// Which argument is which, as far as the name alone can say.
    pub positions: SinkPositions,
}

/// A file cut into items.
#[derive(Clone, Debug)]
pub struct Cut {
    /// In the order of their starts; an item that lies in another comes after it.
    pub items: Vec<Item>,
    /// The text with what can never be compiled for Linux blanked: same length, line breaks kept.
    pub clean: String,
    /// All names that the items bring into being, by item.
    pub names: Vec<Name>,
    /// Calls by their tokens.
    pub calls: Vec<TokenCall>,
}

/// Cuts a file.
pub fn cut(file: FileId, text: &str, language: Language, sinks: &Sinks) -> Cut {
    let _ = sinks;
    let tokens = lexer::tokens(text, language);
    let (mut items, mut names, mut depth, mut first) = (Vec::new(), Vec::new(), 0u32, 0usize);
    for (index, token) in tokens.iter().enumerate() {
        let mark = token.mark(text);
        match mark {
            b'{' | b'(' => depth += 1,
            b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 || !matches!(mark, b';' | b'}') && token.kind != lexer::TokenKind::Directive {
            continue;
        }
        let head = &tokens[first..index];
        let name = simple_name(head, text);
        let kind = if mark == b'}' {
            ItemKind::Function
        } else {
            ItemKind::Other
        };
        if kind == ItemKind::Function {
            names.push(Name {
                text: name.clone(),
                kind: NameKind::Function,
                item: items.len() as u32,
            });
        }
        let start = tokens[first].start as usize;
        items.push(Item {
            span: Span::new(file, start, token.end as usize),
            kind,
            name,
            scope: Vec::new(),
            conditions: Vec::new(),
            variants: vec![Vec::new()],
        });
        first = index + 1;
    }
    Cut {
        items,
        clean: text.to_owned(),
        names,
        calls: Vec::new(),
    }
}

fn simple_name(head: &[Token], text: &str) -> String {
    let open = head.iter().position(|token| token.mark(text) == b'(').unwrap_or(0);
    let name = open.checked_sub(1).map(|before| head[before].text(text));
    name.unwrap_or("").to_owned()
}
