//! Cuts Rust tokens into items: functions, constants, types and so on, through modules, `impl`, traits and macro braces
//! that hold items.

use super::brackets::Brackets;
use super::calls::Shape;
use super::excluded;
use super::{Draft, ITEMS, Item, ItemKind, NameKind, Source};
use crate::source::Span;
use crate::syntax::lexer::{Token, TokenKind};
use std::ops::Range;

/// How many scopes and conditions an item states.
const SCOPES: usize = 64;

/// How many tokens of a macro's path are read.
const PATH: usize = 32;

/// The items, in the order of their starts.
pub fn items(source: &Source, tokens: &[Token]) -> Vec<Draft> {
    let text = source.text;
    let brackets = Brackets::new(text, tokens);
    let mut cutter = Cutter {
        source,
        text,
        tokens,
        brackets,
        scopes: Vec::new(),
        drafts: Vec::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        at = cutter.item(at);
    }
    cutter.drafts
}

/// An open pair of braces around items.
struct Scope {
    name: Option<String>,
    conditions: Vec<String>,
}

struct Cutter<'a> {
    source: &'a Source<'a>,
    text: &'a str,
    tokens: &'a [Token],
    brackets: Brackets,
    scopes: Vec<Scope>,
    drafts: Vec<Draft>,
}

impl<'a> Cutter<'a> {
    fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text(self.text))
    }

    fn name(&self, at: usize) -> &'a str {
        match self.tokens.get(at) {
            Some(token) if token.is_name() => token.text(self.text).trim_start_matches("r#"),
            _ => "",
        }
    }

    /// The token after the group that opens here, or the next token if it never closes.
    fn after_group(&self, open: usize) -> usize {
        self.brackets.after(open).unwrap_or(open + 1)
    }

    /// The same for the body of an item, which ends by the layout of the lines if its braces never close.
    fn after_body(&self, open: usize) -> usize {
        self.brackets.after(open).unwrap_or_else(|| self.next_item(open + 1))
    }

    /// Takes the item that starts at the token, or passes one token; returns the next.
    fn item(&mut self, start: usize) -> usize {
        if self.word(start) == "}" {
            self.scopes.pop();
            return start + 1;
        }
        if self.word(start) == "#" && self.word(start + 1) == "!" && self.word(start + 2) == "[" {
            return self.after_group(start + 2);
        }
        let mut conditions = Vec::new();
        let mut at = start;
        while self.word(at) == "#" && self.word(at + 1) == "[" {
            if let Some((predicate, _)) = excluded::predicate(self.text, self.tokens, &self.brackets, at)
                && condition_is_open(self.slice(&predicate))
            {
                conditions.push(self.slice(&predicate).to_owned());
            }
            at = self.after_group(at + 1);
        }
        let at = self.after_modifiers(at);
        let span = start..at;
        match self.word(at) {
            "fn" => self.function(span, conditions),
            "mod" if self.word(at + 2) == "{" => self.open(Some(self.name(at + 1).to_owned()), conditions, at + 2),
            "impl" | "trait" => self.block(at, conditions),
            "extern" => self.external(span, conditions),
            "struct" | "enum" | "union" if !self.name(at + 1).is_empty() => self.data(span, conditions),
            "type" => self.simple(span, conditions, ItemKind::Type, NameKind::Type),
            "const" | "static" => self.simple(span, conditions, ItemKind::Variable, NameKind::Variable),
            "use" => self.import(span, conditions),
            "macro_rules" if self.word(at + 1) == "!" => self.macro_rules(span, conditions),
            // The braces of `cfg_if!`.
            "if" | "else" => self.arm(at),
            "{" => self.open(None, conditions, at),
            _ => self.macro_use(span, conditions),
        }
    }

    fn slice(&self, tokens: &Range<usize>) -> &'a str {
        match (
            self.tokens.get(tokens.start),
            self.tokens.get(tokens.end.wrapping_sub(1)),
        ) {
            (Some(first), Some(last)) => {
                &self.text[first.start as usize..(last.end as usize).max(first.start as usize)]
            }
            _ => "",
        }
    }

    /// The keyword after `pub(…)`, `unsafe`, `const` of functions, `extern "C"` of functions and so on.
    fn after_modifiers(&self, mut at: usize) -> usize {
        loop {
            at = match self.word(at) {
                "pub" if self.word(at + 1) == "(" => self.after_group(at + 1),
                "pub" | "default" | "async" | "unsafe" | "safe" | "auto" => at + 1,
                "const" if matches!(self.word(at + 1), "fn" | "unsafe" | "async" | "extern") => at + 1,
                "static" if self.word(at + 1) == "ref" => return at,
                "extern" if self.word(at + 1) == "fn" => at + 1,
                "extern" if self.word(at + 2) == "fn" && self.is_string(at + 1) => at + 2,
                _ => return at,
            };
        }
    }

    fn is_string(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::String)
    }

    fn open(&mut self, name: Option<String>, conditions: Vec<String>, brace: usize) -> usize {
        self.scopes.push(Scope { name, conditions });
        brace + 1
    }

    /// The first of the bytes outside brackets from `at` on; what is in brackets is passed over, unless it is looked for.
    fn find(&self, mut at: usize, marks: &[u8]) -> usize {
        while let Some(token) = self.tokens.get(at) {
            let mark = token.mark(self.text);
            match mark {
                _ if marks.contains(&mark) => return at,
                b'(' | b'[' | b'{' => at = self.after_group(at),
                // The bracket around us: the item is broken off.
                b'}' => return at,
                _ => at += 1,
            }
        }
        at
    }

    /// The brace or semicolon that ends the head of an item: braces in `<…>` hold constants.
    fn head_end(&self, from: usize) -> usize {
        let mut at = self.find(from, b"{;");
        while self.word(at) == "{"
            && matches!(self.word(at.saturating_sub(1)), "<" | "," | "=")
            && let after = self.after_group(at)
            && matches!(self.word(after), "," | ">" | ">>")
        {
            at = self.find(after, b"{;");
        }
        at
    }

    fn function(&mut self, span: Range<usize>, conditions: Vec<String>) -> usize {
        let body = self.head_end(span.end);
        let name = self.name(span.end + 1).to_owned();
        if self.word(body) != "{" {
            let end = body + usize::from(self.word(body) == ";");
            self.add(
                span.start..end,
                ItemKind::Declaration,
                vec![(NameKind::Declaration, name)],
                conditions,
            );
            return end;
        }
        let end = self.after_body(body);
        let mut names = vec![(NameKind::Function, name)];
        self.inner_names(body..end, &mut names);
        let (body, name) = (self.offset(body) as u32, self.offset(span.end + 1) as u32);
        if let Some(draft) = self.add(span.start..end, ItemKind::Function, names, conditions) {
            (draft.item.body, draft.shape) = (
                Some(body),
                Shape {
                    body: Some(body),
                    name: Some(name),
                    initialized: false,
                },
            );
        }
        end
    }

    /// The next token at the start of a line that starts an item.
    fn next_item(&self, from: usize) -> usize {
        let starts = (from..self.tokens.len()).find(|at| {
            let token = self.tokens[*at];
            let first = token.start == 0 || self.text.as_bytes()[token.start as usize - 1] == b'\n';
            first && (self.word(*at) == "pub" || is_item_keyword(self.word(*at)) || self.word(*at) == "#")
        });
        starts.unwrap_or(self.tokens.len())
    }

    /// Functions and constants inside a body.
    fn inner_names(&self, body: Range<usize>, names: &mut Vec<(NameKind, String)>) {
        for at in body {
            let kind = match self.word(at) {
                "fn" => NameKind::Function,
                "const" | "static" => NameKind::Variable,
                _ => continue,
            };
            let name = if self.word(at + 1) == "mut" {
                self.name(at + 2)
            } else {
                self.name(at + 1)
            };
            // `*const T` and `const {…}` name nothing.
            let declares = kind == NameKind::Function || self.word(at + 2) == ":" || self.word(at + 3) == ":";
            if declares && !name.is_empty() && !matches!(name, "fn" | "unsafe" | "move" | "async" | "_") {
                names.push((kind, name.to_owned()));
            }
        }
    }

    /// `impl … Type … {` or `trait Name … {`.
    fn block(&mut self, at: usize, conditions: Vec<String>) -> usize {
        let brace = self.head_end(at + 1);
        if self.word(brace) != "{" {
            return brace + 1;
        }
        let name = if self.word(at) == "trait" {
            self.name(at + 1)
        } else {
            self.implemented(at + 1, brace)
        };
        self.open(Some(name.to_owned()), conditions, brace)
    }

    /// The last segment of the type that an `impl` is for.
    fn implemented(&self, start: usize, brace: usize) -> &'a str {
        let (mut depth, mut name) = (0u32, "");
        for at in start..brace {
            match self.word(at) {
                "<" => depth += 1,
                ">" => depth = depth.saturating_sub(1),
                "for" if depth == 0 && self.word(at + 1) != "<" => name = "",
                "where" if depth == 0 => break,
                "dyn" | "mut" | "const" => {}
                _ if depth == 0 && !self.name(at).is_empty() => name = self.name(at),
                _ => {}
            }
        }
        name
    }

    /// `extern "C" {`, `extern crate x;`.
    fn external(&mut self, span: Range<usize>, conditions: Vec<String>) -> usize {
        let next = span.end + 1 + usize::from(self.is_string(span.end + 1));
        if self.word(next) == "{" {
            return self.open(None, conditions, next);
        }
        self.import(span, conditions)
    }

    fn import(&mut self, span: Range<usize>, conditions: Vec<String>) -> usize {
        let end = self.find(span.end, b";") + 1;
        self.add(span.start..end, ItemKind::Import, Vec::new(), conditions);
        end
    }

    fn data(&mut self, span: Range<usize>, conditions: Vec<String>) -> usize {
        let mut names = vec![(NameKind::Type, self.name(span.end + 1).to_owned())];
        let body = self.head_end(span.end);
        if self.word(body) != "{" {
            self.add(span.start..body + 1, ItemKind::Type, names, conditions);
            return body + 1;
        }
        let end = self.after_body(body);
        if self.word(span.end) == "enum" {
            self.enumerators(body + 1, end, &mut names);
        }
        self.add(span.start..end, ItemKind::Type, names, conditions);
        end
    }

    fn enumerators(&self, mut at: usize, end: usize, names: &mut Vec<(NameKind, String)>) {
        while at + 1 < end {
            while self.word(at) == "#" {
                at = self.after_group(at + 1);
            }
            names.push((NameKind::Enumerator, self.name(at).to_owned()));
            at = self.find(at, b",") + 1;
        }
    }

    /// `const NAME: T = …;`, `static`, `type`.
    fn simple(&mut self, span: Range<usize>, conditions: Vec<String>, kind: ItemKind, named: NameKind) -> usize {
        let mut at = span.end + 1;
        while matches!(self.word(at), "mut" | "ref") {
            at += 1;
        }
        let name = self.name(at).to_owned();
        let end = (self.find(at, b";") + 1).min(self.tokens.len().max(at));
        let offset = self.offset(at) as u32;
        if let Some(draft) = self.add(span.start..end, kind, vec![(named, name)], conditions) {
            draft.shape.name = Some(offset);
            draft.shape.initialized = true;
        }
        end
    }

    fn macro_rules(&mut self, span: Range<usize>, conditions: Vec<String>) -> usize {
        let name = self.name(span.end + 2).to_owned();
        let open = span.end + 3;
        let end = self.after_group(open);
        let body = Span::new(self.source.file, self.offset(open), self.end_offset(end));
        let kind = ItemKind::Macro {
            parameters: None,
            variadic: false,
            body,
        };
        self.add(span.start..end, kind, vec![(NameKind::Macro, name)], conditions);
        end
    }

    /// `if #[cfg(…)] {` and `else {` as `cfg_if!` has them.
    fn arm(&mut self, at: usize) -> usize {
        let mut conditions = Vec::new();
        let mut next = at + 1;
        if let Some((predicate, end)) = excluded::predicate(self.text, self.tokens, &self.brackets, next) {
            let predicate = self.slice(&predicate);
            conditions.extend(condition_is_open(predicate).then(|| predicate.to_owned()));
            next = end;
        }
        if self.word(next) == "{" {
            self.open(None, conditions, next)
        } else {
            at + 1
        }
    }

    /// `path::name! {…}` and the like. Braces that hold items are gone into.
    fn macro_use(&mut self, span: Range<usize>, conditions: Vec<String>) -> usize {
        let mut at = span.end;
        while !self.name(at).is_empty() && self.word(at + 1) == "::" && at < span.end + PATH {
            at += 2;
        }
        if self.name(at).is_empty() || self.word(at + 1) != "!" {
            return span.end.max(span.start) + 1;
        }
        let open = at + 2 + usize::from(!self.name(at + 2).is_empty());
        if self.word(open) == "{" && self.holds_items(open + 1) {
            return self.open(None, conditions, open);
        }
        if !matches!(self.word(open), "{" | "(" | "[") {
            return open;
        }
        let end = self.after_group(open);
        let end = end + usize::from(self.word(end) == ";");
        let mut names = vec![(NameKind::Macro, String::new())];
        self.inner_names(open..end, &mut names);
        self.add(span.start..end, ItemKind::Other, names, conditions);
        end
    }

    fn holds_items(&self, mut at: usize) -> bool {
        while self.word(at) == "#" {
            at = self.after_group(at + 1 + usize::from(self.word(at + 1) == "!"));
        }
        let keyword = self.word(self.after_modifiers(at));
        is_item_keyword(keyword) || (keyword == "if" && self.word(at + 1) == "#")
    }

    fn offset(&self, token: usize) -> usize {
        self.tokens
            .get(token)
            .map_or(self.text.len(), |token| token.start as usize)
    }

    fn end_offset(&self, after: usize) -> usize {
        after
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(self.text.len(), |token| token.end as usize)
    }

    fn add(
        &mut self,
        tokens: Range<usize>,
        kind: ItemKind,
        names: Vec<(NameKind, String)>,
        conditions: Vec<String>,
    ) -> Option<&mut Draft> {
        let range = self.offset(tokens.start)..self.end_offset(tokens.end);
        if self.drafts.len() >= ITEMS && !self.source.hits.any_in(&range) {
            return None;
        }
        let outer = self
            .scopes
            .iter()
            .take(SCOPES)
            .flat_map(|scope| scope.conditions.iter().cloned());
        let conditions = outer.chain(conditions).collect();
        let item = Item {
            span: Span::new(self.source.file, range.start, range.end),
            kind,
            body: None,
            name: names.first().map(|(_, name)| name.clone()).unwrap_or_default(),
            scope: self
                .scopes
                .iter()
                .take(SCOPES)
                .filter_map(|scope| scope.name.clone())
                .collect(),
            conditions,
            variants: vec![Vec::new()],
        };
        self.drafts.push(Draft {
            item,
            names,
            shape: Shape::default(),
        });
        self.drafts.last_mut()
    }
}

fn is_item_keyword(word: &str) -> bool {
    matches!(
        word,
        "fn" | "const" | "static" | "impl" | "trait" | "mod" | "struct" | "enum" | "union" | "use" | "type" | "extern"
    )
}

fn condition_is_open(predicate: &str) -> bool {
    crate::syntax::cfg::on_linux(predicate).is_none()
}
