//! Cuts a file into its top-level items by tokens alone, so that only items that matter are parsed.

use super::lexer::{self, Token};
use crate::sinks::{SinkPositions, Sinks};
use crate::source::{FileId, Language, Span};
use std::cmp::Reverse;
use std::ops::Range;

mod brackets;
mod c;
mod calls;
mod excluded;
mod header;
mod keywords;
mod pragmas;
mod preprocessor;
mod rust;
mod variants;

#[cfg(test)]
mod tests;

use calls::{Hits, Shape};
use preprocessor::Preprocessed;

/// Items that are kept of one file, far more than any written by hand has; of those after them only what holds the word.
const ITEMS: usize = 300_000;

/// A top-level item: a function, macro, variable, type and so on. Items may lie inside others: a `#define` in a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The whole of it.
    pub span: Span,
    /// What it is.
    pub kind: ItemKind,
    /// The last segment of its name; may be empty. What else it names is in [`Cut::names`].
    pub name: String,
    /// The first byte of the body: the brace that opens it, of a function or type.
    pub body: Option<u32>,
    /// Namespaces, modules, `impl` types, traits that hold it, outermost first. `extern` blocks are transparent.
    pub scope: Vec<String>,
    /// The conditions of the `#if` arms that hold it, outermost first. A negation is written `!(A)`.
    pub conditions: Vec<String>,
    /// Byte ranges of the file to blank before parsing, one list for each consistent choice of arms of those `#if` groups
    /// inside that a syntax tree cannot show, and macros in the head of a function that a grammar cannot guess. One empty
    /// list if there are none. Never empty.
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
    /// A variable that is defined elsewhere.
    External,
    /// A macro of the preprocessor.
    Macro,
    /// A variable, constant, static.
    Variable,
    /// A type: tag, typedef name, class, enum, trait.
    Type,
    /// A constant of an enumeration.
    Enumerator,
    /// A class that others derive from: the item holds one that does.
    Base,
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
}

/// A place where tokens look like a call that reaches `mremap`.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenCall {
    /// The callee, with its path or with its own argument list if it is a macro call.
    pub callee: Span,
    /// Its text without blanks.
    pub callee_text: String,
    /// The opening bracket of the arguments.
    pub open: usize,
    /// One past the closing bracket, or the end of the text.
    pub end: usize,
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
    /// Where names are called that end in the word after an underscore: what nobody defines may stand for the function.
    pub named_after: Vec<u32>,
    /// What it tells the compiler.
    pub pragmas: pragmas::Pragmas,
}

/// Cuts a file.
pub fn cut(file: FileId, text: &str, language: Language, sinks: &Sinks) -> Cut {
    let tokens = lexer::tokens(text, language);
    let hits = Hits::new(text, sinks);
    let source = Source {
        file,
        text,
        language,
        sinks,
        hits,
    };
    if language == Language::Rust {
        source.cut_rust(tokens)
    } else {
        source.cut_c(tokens)
    }
}

/// What is being cut.
struct Source<'a> {
    file: FileId,
    text: &'a str,
    language: Language,
    sinks: &'a Sinks,
    hits: Hits,
}

/// An item with what only the cutter wants to know of it.
struct Draft {
    item: Item,
    names: Vec<(NameKind, String)>,
    shape: Shape,
}

impl Source<'_> {
    fn cut_c(&self, tokens: Vec<Token>) -> Cut {
        let pre = preprocessor::preprocess(self.text, tokens, self.language);
        let mut pieces = c::pieces(self.text, &pre, self.language, &self.hits);
        pieces.sort_by_key(|piece| (piece.tokens.start, Reverse(piece.tokens.end)));
        let bytes = |piece: &c::Piece| {
            pre.tokens[piece.tokens.start].start as usize..pre.tokens[piece.tokens.end - 1].end as usize
        };
        let mut drafts = Vec::with_capacity(pieces.len());
        for (index, piece) in pieces.iter().enumerate() {
            let found = header::read(self.file, self.text, &pre, piece);
            let inside = pieces[index + 1..]
                .iter()
                .take_while(|other| other.tokens.start < piece.tokens.end);
            let nested = inside.filter(|other| !pre.is_directive(other.tokens.start)).map(bytes);
            let nested: Vec<Range<usize>> = nested.collect();
            let mut variants = variants::variants(self.text, &pre, &piece.tokens, &nested, &piece.conditions);
            for variant in &mut variants {
                variant.extend(found.noise.iter().cloned());
                *variant = variants::merged(std::mem::take(variant));
            }
            let range = bytes(piece);
            let mut scope = piece.scope.clone();
            scope.extend(found.qualifiers);
            let offset = |token: usize| pre.tokens[token].start;
            drafts.push(Draft {
                shape: Shape {
                    body: piece.body.map(offset),
                    name: found.name_token.map(offset),
                    initialized: piece.head.assigned,
                },
                item: Item {
                    span: Span::new(self.file, range.start, range.end),
                    kind: found.kind.unwrap_or(ItemKind::Other),
                    name: found.names.first().map(|(_, name)| name.clone()).unwrap_or_default(),
                    body: piece.body.map(offset),
                    scope,
                    conditions: piece.conditions.clone(),
                    variants,
                },
                names: found.names,
            });
        }
        self.assemble(&pre, drafts)
    }

    fn cut_rust(&self, tokens: Vec<Token>) -> Cut {
        let pre = excluded::without_dead(self.text, tokens);
        let drafts = rust::items(self, &pre.tokens);
        self.assemble(&pre, drafts)
    }

    fn assemble(&self, pre: &Preprocessed, drafts: Vec<Draft>) -> Cut {
        let (mut items, mut names, mut shapes) = (Vec::new(), Vec::new(), Vec::new());
        for (index, draft) in drafts.into_iter().enumerate() {
            let named = draft.names.into_iter().filter(|(_, text)| !text.is_empty());
            names.extend(named.map(|(kind, text)| Name {
                text,
                kind,
                item: index as u32,
            }));
            items.push(draft.item);
            shapes.push(draft.shape);
        }
        let calls = calls::calls(self, pre, &items, &shapes);
        Cut {
            clean: pre.clean(self.text),
            items,
            names,
            calls,
            named_after: self.hits.called_after_underscore(self.text),
            pragmas: match self.language {
                Language::Rust => pragmas::Pragmas::default(),
                _ => pragmas::Pragmas::of(self.text),
            },
        }
    }
}
