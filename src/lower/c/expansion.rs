//! The text that a macro's use expands to, with the place of every byte; and text read as code.

use std::collections::BTreeMap;

use super::C;
use super::macros::{Definition, Use};
use crate::lower::Lowering;
use crate::source::{Language, Span};
use crate::syntax::lexer::{self, Token, TokenKind};
use crate::syntax::parser;
use crate::syntax::{Node, Text};

impl Lowering<'_, C> {
    /// Parses a text as one expression.
    pub fn parse_expression(&mut self, text: &Text) -> Option<Node> {
        let root = self.parse_framed("void f(void) { return ", text, "; }")?;
        let returned = root.descendants().find(|node| node.kind() == "return_statement")?;
        let mut values = returned.children();
        let value = values.next()?;
        (values.next().is_none() && !root.is_faulty() && returned.text().ends_with(';')).then_some(value)
    }

    /// Parses a text as statements.
    pub fn parse_statements(&mut self, text: &Text) -> Option<Vec<Node>> {
        let root = self.parse_framed("void f(void) { ", text, "; }")?;
        let root = self.repaired(root);
        let body = root.descendants().find(|node| node.kind() == "compound_statement")?;
        let whole = body.range().end == root.range().end;
        (whole && !root.is_faulty()).then(|| body.children().collect())
    }

    /// Parses a text with a frame around it.
    pub fn parse_framed(&mut self, before: &str, text: &Text, after: &str) -> Option<Node> {
        if parser::is_spent() {
            return None;
        }
        let mut framed = Text::empty(text.whole);
        framed.push(before);
        framed.append(&self.spliced(text.clone()));
        framed.push(after);
        crate::syntax::parse(framed, self.language_of_file())
    }

    /// The text that a use expands to. `None`: too long.
    pub fn expansion(&mut self, use_of: &Use, definition: &Definition) -> Option<Text> {
        if parser::is_spent() {
            return None;
        }
        let mut expansion = Text::empty(use_of.at);
        let body = &self.index.cut(definition.body.file).clean;
        let language = self.language_of_file();
        let tokens = lexer::tokens_of(body, definition.body.range(), language, false);
        let bound = bind(definition, use_of);
        for (index, token) in tokens.iter().enumerate() {
            let pasted = token.text(body) == "##" || index > 0 && tokens[index - 1].text(body) == "##";
            // An operator that the lexer gives in pieces stays one; an argument never grows together with its neighbours.
            let adjacent = index > 0 && tokens[index - 1].end == token.start;
            let replaced = |token: &Token| bound.contains_key(token.text(body));
            if !pasted && (!adjacent || replaced(token) || index > 0 && replaced(&tokens[index - 1])) {
                expansion.push(" ");
            }
            if token.text(body) == "##" {
                continue;
            }
            self.substitute(&mut expansion, body, &tokens, index, &bound, definition.body);
            if expansion.text.len() > LENGTH {
                self.limit(use_of.at, "a macro's expansion is too long");
                return None;
            }
        }
        Some(expansion)
    }

    /// The text of a macro's body by itself, comments left out.
    pub fn body_text(&self, body: Span) -> Text {
        let clean = &self.index.cut(body.file).clean;
        let mut text = Text::empty(body);
        let mut end = None;
        for token in lexer::tokens_of(clean, body.range(), self.language_of_file(), false) {
            if end.is_some_and(|end| end != token.start) {
                text.push(" ");
            }
            end = Some(token.end);
            let at = Span {
                start: token.start,
                end: token.end,
                ..body
            };
            text.push_from(token.text(clean), at);
        }
        text
    }

    /// Appends one token of a macro's body, with its parameter's argument if it is one.
    pub(super) fn substitute(
        &self,
        expansion: &mut Text,
        body: &str,
        tokens: &[Token],
        index: usize,
        bound: &BTreeMap<&str, Text>,
        at: Span,
    ) {
        let token = tokens[index];
        let text = token.text(body);
        let previous = index.checked_sub(1).map_or("", |index| tokens[index].text(body));
        let next = tokens.get(index + 1).map_or("", |token| token.text(body));
        match bound.get(text).filter(|_| token.kind == TokenKind::Identifier) {
            Some(_) if previous == "#" => expansion.push("\"\""),
            Some(argument) => {
                // `, ## __VA_ARGS__` takes the comma away where there are no further arguments.
                if argument.text.is_empty() && previous == "##" && expansion.text.ends_with(',') {
                    expansion.text.pop();
                    return;
                }
                expansion.append(argument);
            }
            None if text == "#" && bound.contains_key(next) => {}
            None => expansion.push_from(text, Span::new(at.file, token.range().start, token.range().end)),
        }
    }

    /// The arguments of a call as texts, split as the preprocessor does it.
    pub fn argument_texts(&self, list: &Node) -> Vec<Text> {
        let source = list.source();
        let inner = match source.text.strip_prefix('(') {
            Some(rest) => 1..1 + rest.strip_suffix(')').unwrap_or(rest).len(),
            None => return Vec::new(),
        };
        split_arguments(&source.text, inner, self.language_of_file())
            .into_iter()
            .map(|range| source.part(range))
            .collect()
    }
}

/// Bytes of one expansion.
const LENGTH: usize = 100_000;

/// Parameters with their arguments.
fn bind<'d>(definition: &'d Definition, use_of: &Use) -> BTreeMap<&'d str, Text> {
    let mut bound = BTreeMap::new();
    let (Some(parameters), Some(arguments)) = (&definition.parameters, &use_of.arguments) else {
        return bound;
    };
    let empty = Text::empty(use_of.at);
    for (index, parameter) in parameters.iter().enumerate() {
        let rest = definition.named_rest && index + 1 == parameters.len();
        let argument = if rest {
            joined(&arguments[index.min(arguments.len())..], &empty)
        } else {
            arguments.get(index).cloned().unwrap_or_else(|| empty.clone())
        };
        bound.insert(parameter.as_str(), argument);
    }
    if definition.variadic {
        let from = parameters.len().min(arguments.len());
        bound
            .entry("__VA_ARGS__")
            .or_insert_with(|| joined(&arguments[from..], &empty));
    }
    bound
}

fn joined(arguments: &[Text], empty: &Text) -> Text {
    let mut all = empty.clone();
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            all.push(", ");
        }
        all.append(argument);
    }
    all
}

/// Splits a range of a text at the commas that stand in no brackets; one empty argument is none.
pub fn split_arguments(text: &str, range: std::ops::Range<usize>, language: Language) -> Vec<std::ops::Range<usize>> {
    let tokens = lexer::tokens_of(text, range.clone(), language, false);
    let mut arguments = Vec::new();
    let (mut depth, mut start) = (0_i32, range.start);
    for token in &tokens {
        match token.mark(text) {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                arguments.push(trimmed(text, start..token.range().start));
                start = token.range().end;
            }
            _ => {}
        }
    }
    if !tokens.is_empty() {
        arguments.push(trimmed(text, start..range.end));
    }
    arguments
}

fn trimmed(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let inner = text.get(range.clone()).unwrap_or("");
    let start = range.start + inner.len() - inner.trim_start().len();
    start..start + inner.trim().len()
}
