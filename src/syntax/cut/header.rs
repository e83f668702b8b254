//! What a C or C++ piece is and which names it brings into being, by the tokens of its head and its type bodies.

use super::c::Piece;
use super::c::is_attribute;
use super::keywords::is_type_word;
use super::preprocessor::{Directive, Preprocessed};
use super::{ItemKind, NameKind};
use crate::source::{FileId, Span};
use crate::syntax::lexer::{self, Token, TokenKind};
use std::ops::Range;

mod members;
mod noise;

/// What a piece was found to be.
#[derive(Debug, Default)]
pub struct Found {
    /// Its kind.
    pub kind: Option<ItemKind>,
    /// All names, its own first.
    pub names: Vec<(NameKind, String)>,
    /// Classes and namespaces that qualify its own name.
    pub qualifiers: Vec<String>,
    /// The token of its own name.
    pub name_token: Option<usize>,
    /// Bytes of the head to blank before parsing.
    pub noise: Vec<Range<usize>>,
}

/// Looks at a piece.
pub fn read(file: FileId, text: &str, pre: &Preprocessed, piece: &Piece) -> Found {
    let first = pre.tokens[piece.tokens.start];
    if first.kind == TokenKind::Directive {
        return match pre.directive(piece.tokens.start) {
            Directive::Define => define(file, text, first),
            _ => Found {
                kind: Some(ItemKind::Import),
                ..Found::default()
            },
        };
    }
    let reader = Reader {
        text,
        pre,
        piece,
        flow: flow(pre, piece),
    };
    reader.read()
}

/// The tokens of the piece as the main configuration has them; of a function only its head and the brace after it.
fn flow(pre: &Preprocessed, piece: &Piece) -> Vec<usize> {
    let head = piece.body.filter(|_| piece.head.function && !piece.head.assigned);
    let end = head.map_or(piece.tokens.end, |body| body + 1);
    std::iter::successors(Some(piece.first), |at| pre.next(*at))
        .take_while(|at| *at < end)
        .collect()
}

/// `#define NAME(parameters) body`.
fn define(file: FileId, text: &str, directive: Token) -> Found {
    let line = directive.range();
    let tokens = lexer::tokens_of(text, line.clone(), crate::source::Language::C, false);
    // `#`, `define`, the name.
    let Some(name) = tokens.get(2).filter(|token| token.is_name()) else {
        return Found {
            kind: Some(ItemKind::Other),
            ..Found::default()
        };
    };
    let mut rest = &tokens[3..];
    let (mut parameters, mut variadic) = (None, false);
    if rest
        .first()
        .is_some_and(|open| open.mark(text) == b'(' && open.start == name.end)
    {
        let close = rest
            .iter()
            .position(|token| token.mark(text) == b')')
            .unwrap_or(rest.len() - 1);
        let list = &rest[1..close.max(1)];
        variadic = list.last().is_some_and(|token| token.mark(text) == b'.');
        parameters = Some(
            list.iter()
                .filter(|token| token.is_name())
                .map(|token| token.text(text).to_owned())
                .collect(),
        );
        rest = &rest[close + 1..];
    }
    let body = match (rest.first(), rest.last()) {
        (Some(first), Some(last)) => Span::new(file, first.start as usize, last.end as usize),
        _ => Span::new(file, line.end, line.end),
    };
    Found {
        kind: Some(ItemKind::Macro {
            parameters,
            variadic,
            body,
        }),
        names: vec![(NameKind::Macro, name.text(text).to_owned())],
        ..Found::default()
    }
}

struct Reader<'a> {
    text: &'a str,
    pre: &'a Preprocessed,
    piece: &'a Piece,
    /// Tokens of the piece in the main configuration.
    flow: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn read(&self) -> Found {
        let head = self.piece.head;
        let body = self.body();
        let mut found = Found::default();
        if head.import {
            self.alias(&mut found);
        } else if head.typedef || head.type_body {
            self.type_names(&mut found, body, head.typedef);
        } else if head.function && body.is_some() && !head.assigned {
            self.function(&mut found, NameKind::Function);
        } else if self.ends_with(";")
            && head.function
            && !head.assigned
            && body.is_none()
            && !self.is_pointer_to_function()
        {
            self.function(&mut found, NameKind::Declaration);
        } else if self.ends_with(";") {
            self.variables(&mut found);
        }
        found.kind = Some(found.kind.unwrap_or(ItemKind::Other));
        found
    }

    fn word(&self, index: usize) -> &'a str {
        self.flow
            .get(index)
            .map_or("", |token| self.pre.tokens[*token].text(self.text))
    }

    fn is_name(&self, index: usize) -> bool {
        self.flow
            .get(index)
            .is_some_and(|token| self.pre.tokens[*token].is_name())
    }

    fn ends_with(&self, word: &str) -> bool {
        self.word(self.flow.len().wrapping_sub(1)) == word
    }

    /// Index into the flow of the body's brace.
    fn body(&self) -> Option<usize> {
        self.piece.body.and_then(|body| self.flow.binary_search(&body).ok())
    }

    /// The index after the bracket that belongs to the one at `open`.
    fn after_group(&self, open: usize) -> usize {
        let mut depth = 0u32;
        for index in open..self.flow.len() {
            match self.word(index) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        self.flow.len()
    }

    /// `using a = b;`, `using a::b;`.
    fn alias(&self, found: &mut Found) {
        found.kind = Some(ItemKind::Import);
        if self.is_name(1) && self.word(2) == "=" {
            found.kind = Some(ItemKind::Type);
            found.names.push((NameKind::Type, self.word(1).to_owned()));
        }
    }

    fn function(&self, found: &mut Found, kind: NameKind) {
        let Some(name) = self.function_name() else { return };
        found.kind = Some(if kind == NameKind::Function {
            ItemKind::Function
        } else {
            ItemKind::Declaration
        });
        found.name_token = Some(self.flow[name]);
        found.names.push((kind, self.spelling(name)));
        found.qualifiers = self.qualifiers(name);
        if let Some(body) = self.body().filter(|_| kind == NameKind::Function) {
            found.noise = noise::noise(self, name, body);
        }
    }

    /// `(*name)(…)` and `(*name[2])(…)`, but not `(*name(…))(…)`, a function that returns one.
    fn is_pointer_to_function(&self) -> bool {
        let Some(name) = self
            .function_name()
            .filter(|name| matches!(self.word(name + 1), ")" | "["))
        else {
            return false;
        };
        let mut before = (0..name).rev().map(|index| self.word(index));
        let mut pointer = false;
        let opened = before.find(|word| {
            pointer |= *word == "*";
            !matches!(*word, "*" | "const" | "volatile" | "_Atomic")
        });
        pointer && opened == Some("(")
    }

    /// A function's name with what makes it a destructor or an operator.
    fn spelling(&self, name: usize) -> String {
        let word = self.word(name);
        match name.checked_sub(1).map(|before| self.word(before)) {
            Some(before @ ("~" | "operator")) => format!("{before}{word}"),
            _ => word.to_owned(),
        }
    }

    /// The index of the function's name: before its parameters, or inside the first bracket if that is part of the
    /// declarator, as in `(name)(…)`, `PASTE(name)(…)` and `(*name(…))(…)`.
    fn function_name(&self) -> Option<usize> {
        let end = self.body().unwrap_or(self.flow.len());
        let mut index = 0;
        while index < end {
            match self.word(index) {
                "template" if self.word(index + 1) == "<" => index = self.after_angles(index + 1),
                "(" => {
                    let (inside, after) = (index + 1, self.after_group(index));
                    let before = index.checked_sub(1).map(|before| match self.word(before) {
                        ">" if !self.ends_operator(before) => self.before_angles(before),
                        _ => before,
                    });
                    let before = before.filter(|before| self.is_declared_name(*before));
                    let declarator = matches!(self.word(inside), "*" | "&" | "^");
                    if declarator && before.is_none_or(|before| is_type_word(self.word(before))) {
                        let name = (inside..after).find(|name| self.is_name(*name) && !is_type_word(self.word(*name)));
                        return name.or(before);
                    }
                    if self.word(after) == "(" && self.is_name(inside) && (before.is_some() || index > 0) {
                        return self.name_inside(inside, after).or(before);
                    }
                    // `EXPORT(type) name(…)`, `ATTRIBUTE(2) name(…)`: the name comes after what the macro takes.
                    let named_after = after < end && self.is_declared_name(after);
                    let number = after == index + 3 && self.word(inside).starts_with(|c: char| c.is_ascii_digit());
                    if before.is_some_and(|before| !named_after || (before > 0 && !number)) {
                        return before;
                    }
                    index = after;
                }
                "[" => index = self.after_group(index),
                _ => index += 1,
            }
        }
        None
    }

    /// Whether the sign of an `operator` ends at a token.
    fn ends_operator(&self, index: usize) -> bool {
        (index.saturating_sub(3)..index).any(|before| self.word(before) == "operator")
    }

    /// The last name in a bracket that holds nothing but names and commas.
    fn name_inside(&self, inside: usize, after: usize) -> Option<usize> {
        let plain = (inside..after.saturating_sub(1)).all(|index| self.is_name(index) || self.word(index) == ",");
        (inside..after).rev().find(|index| plain && self.is_name(*index))
    }

    fn is_declared_name(&self, index: usize) -> bool {
        let operator = index
            .checked_sub(1)
            .is_some_and(|before| self.word(before) == "operator");
        operator || (self.is_name(index) && !is_attribute(self.word(index)))
    }

    /// `A::B<T>::` before the name, as `["A", "B"]`.
    fn qualifiers(&self, name: usize) -> Vec<String> {
        let mut qualifiers = Vec::new();
        let mut at = name;
        while at >= 2 && matches!(self.word(at - 1), "~" | "operator") {
            at -= 1;
        }
        while at >= 2 && self.word(at - 1) == "::" {
            at -= 2;
            if self.word(at) == ">" {
                at = self.before_angles(at);
            }
            if !self.is_name(at) {
                break;
            }
            qualifiers.push(self.word(at).to_owned());
        }
        qualifiers.reverse();
        qualifiers
    }

    fn before_angles(&self, close: usize) -> usize {
        let mut depth = 0u32;
        for index in (0..=close).rev() {
            match self.word(index) {
                ">" => depth += 1,
                "<" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return index.saturating_sub(1);
            }
        }
        close
    }

    fn after_angles(&self, open: usize) -> usize {
        let mut depth = 0u32;
        for index in open..self.flow.len() {
            match self.word(index) {
                "<" => depth += 1,
                ">" => depth = depth.saturating_sub(1),
                ";" | "{" => return open,
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        open
    }

    fn variables(&self, found: &mut Found) {
        let external = (0..self.flow.len().min(4)).any(|index| self.word(index) == "extern");
        let declared = external && !self.piece.head.assigned;
        let kind = if declared {
            NameKind::External
        } else {
            NameKind::Variable
        };
        let names = self.declarators(0);
        // Two names at least: a lone `NAME;` or `NAME(…);` is a macro's use.
        if names.is_empty() || self.flow.len() < 3 {
            return;
        }
        found.kind = Some(if declared {
            ItemKind::Declaration
        } else {
            ItemKind::Variable
        });
        found.name_token = names.first().map(|index| self.flow[*index]);
        found
            .names
            .extend(names.iter().map(|index| (kind, self.word(*index).to_owned())));
    }

    /// The names declared by `type a, *b = 1, c[2], (*d)(int);` from `from` on, as indices.
    fn declarators(&self, from: usize) -> Vec<usize> {
        let (mut names, mut name, mut assigned, mut angles) = (Vec::new(), None, false, 0u32);
        let mut index = from;
        while index < self.flow.len() {
            match self.word(index) {
                ";" | "," if angles == 0 => {
                    names.extend(name.take());
                    assigned = false;
                }
                "<" if !assigned && name.is_some() => angles += 1,
                ">" if angles > 0 => angles -= 1,
                "=" | ":" => assigned = true,
                "(" if index > 0 && is_attribute(self.word(index - 1)) => {
                    index = self.after_group(index);
                    continue;
                }
                "(" if !assigned
                    && name.is_none_or(|name| is_type_word(self.word(name)) || self.word(index + 1) == "*") =>
                {
                    let after = self.after_group(index);
                    let inner = (index..after).find(|inner| self.is_name(*inner) && !is_type_word(self.word(*inner)));
                    name = inner.or(name);
                    // What follows the declarator's bracket are parameters or bounds.
                    assigned = true;
                    index = after;
                    continue;
                }
                "(" | "[" | "{" => {
                    index = self.after_group(index);
                    continue;
                }
                word if !assigned && angles == 0 && self.is_name(index) && !is_attribute(word) => name = Some(index),
                _ => {}
            }
            index += 1;
        }
        names.retain(|index| !is_type_word(self.word(*index)));
        names
    }

    fn type_names(&self, found: &mut Found, body: Option<usize>, typedef: bool) {
        found.kind = Some(ItemKind::Type);
        let after = match body {
            Some(body) => {
                self.tag(found, body);
                members::names(self, found, body);
                self.after_group(body)
            }
            None => usize::from(typedef),
        };
        let declared = if body.is_none() && typedef && self.piece.head.function {
            // `typedef int name(int);` has its name where a function has it.
            self.function_name()
                .filter(|name| !is_type_word(self.word(*name)))
                .into_iter()
                .collect()
        } else {
            self.declarators(after)
        };
        let kind = if typedef { NameKind::Type } else { NameKind::Variable };
        found
            .names
            .extend(declared.iter().map(|index| (kind, self.word(*index).to_owned())));
        if typedef && let Some(alias) = declared.first() {
            found.name_token = Some(self.flow[*alias]);
        }
    }

    /// The names of the classes that one derives from, between its colon and its body.
    fn bases(&self, found: &mut Found, list: Range<usize>) {
        let mut index = list.start + 1;
        while index < list.end {
            let word = self.word(index);
            let access = matches!(word, "public" | "protected" | "private" | "virtual");
            if self.is_name(index) && !access && self.word(index + 1) != "::" {
                found.names.push((NameKind::Base, word.to_owned()));
            }
            index = match word {
                "<" => self.after_angles(index).max(index + 1),
                _ => index + 1,
            };
        }
    }

    /// `struct ATTRIBUTES name final : bases {`.
    fn tag(&self, found: &mut Found, body: usize) {
        let keyword = (0..body)
            .rev()
            .find(|index| matches!(self.word(*index), "struct" | "union" | "class" | "enum"));
        let Some(mut index) = keyword else { return };
        let mut name = None;
        while index + 1 < body {
            index += 1;
            match self.word(index) {
                ":" => break,
                "(" | "[" => index = self.after_group(index) - 1,
                "<" => index = self.after_angles(index).max(index + 1) - 1,
                "final" | "class" | "struct" => {}
                word if self.is_name(index) && !is_attribute(word) => name = Some(index),
                _ => {}
            }
        }
        if let Some(name) = name {
            found.names.push((NameKind::Type, self.word(name).to_owned()));
            found.name_token = Some(self.flow[name]);
            found.qualifiers = self.qualifiers(name);
        }
        if self.word(index) == ":" {
            self.bases(found, index..body);
        }
    }
}
