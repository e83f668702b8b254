//! Finds the places where tokens look like a call that reaches `mremap`, reads their arguments and says what they are.

use super::preprocessor::{Directive, Preprocessed};
use super::{Item, ItemKind, Source, TokenCall};
use crate::sinks::{self, SinkPositions, Sinks};
use crate::source::{Language, Span};
use crate::syntax::lexer;
use memchr::memmem;
use std::ops::Range;

mod callee;
mod context;
#[cfg(test)]
mod tests;

/// Where a text holds a word that a call could be made of, in order.
#[derive(Debug)]
pub struct Hits(Vec<usize>);

impl Hits {
    /// Looks for the words.
    pub fn new(text: &str, sinks: &Sinks) -> Hits {
        let added = sinks.extra.keys().map(String::as_str);
        let words = ["mremap", "MREMAP"].into_iter().chain(added);
        let mut hits: Vec<usize> = words
            .flat_map(|word| memmem::find_iter(text.as_bytes(), word))
            .collect();
        hits.sort_unstable();
        Hits(hits)
    }

    /// Those that end a longer name before an opening bracket.
    pub fn called_after_underscore(&self, text: &str) -> Vec<u32> {
        let is_called = |hit: usize| {
            let after = text.get(hit + "mremap".len()..).unwrap_or("").trim_start();
            text[..hit].ends_with('_') && after.starts_with('(')
        };
        let called = self.0.iter().filter(|hit| is_called(**hit));
        called.map(|hit| *hit as u32).collect()
    }

    /// Whether the bytes hold one.
    pub fn any_in(&self, bytes: &Range<usize>) -> bool {
        let first = self.0.partition_point(|hit| *hit < bytes.start);
        self.0.get(first).is_some_and(|hit| *hit < bytes.end)
    }
}

/// What the cutter knows of an item's outline.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape {
    /// The brace that opens its body, as a byte of the file.
    pub body: Option<u32>,
    /// Its name, as a byte of the file.
    pub name: Option<u32>,
    /// It has a `=` before its body.
    pub initialized: bool,
}

/// All token calls of a file, in the order of their callees.
pub fn calls(source: &Source, pre: &Preprocessed, items: &[Item], shapes: &[Shape]) -> Vec<TokenCall> {
    let mut calls = Vec::new();
    let mut outer_end = 0;
    for (item, shape) in items.iter().zip(shapes) {
        let range = item.span.range();
        let in_macro = matches!(item.kind, ItemKind::Macro { .. });
        let is_nested = range.end <= outer_end && !(in_macro && source.language != Language::Rust);
        if is_nested || !source.hits.any_in(&range) {
            continue;
        }
        let context = Surroundings {
            item,
            shape: *shape,
            in_macro,
        };
        match &item.kind {
            ItemKind::Macro { body, .. } if source.language != Language::Rust => {
                let tokens = lexer::tokens_of(source.text, body.range(), source.language, false);
                let body = Preprocessed::plain(tokens, Vec::new());
                let all = 0..body.tokens.len();
                Finder::new(source, &body, context).run(all, &mut calls);
            }
            _ => {
                outer_end = range.end;
                let token_at = |byte: usize| pre.tokens.partition_point(|token| (token.start as usize) < byte);
                let (first, last) = (token_at(range.start), token_at(range.end));
                Finder::new(source, pre, context).run(first..last, &mut calls);
            }
        }
    }
    calls.sort_by_key(|call: &TokenCall| (call.callee.start, call.open));
    calls
}

/// The item that a call stands in.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    item: &'a Item,
    shape: Shape,
    in_macro: bool,
}

/// The callee in front of a bracket.
#[derive(Clone, Copy)]
struct Callee {
    /// Its first token, path included.
    first: usize,
    /// The name that decides, which may stand in brackets of its own.
    name: usize,
    kind: CalleeKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CalleeKind {
    Direct(SinkPositions),
    /// Perhaps a raw system call: the arguments tell.
    Raw,
}

/// An open bracket.
struct Frame {
    parent: usize,
    mark: u8,
    /// Its token.
    open: usize,
    callee: Option<Callee>,
    /// The bracket or comma before the current argument.
    after: usize,
    /// First and last token of each argument.
    arguments: Vec<Range<usize>>,
    /// `for (`, which may hold semicolons.
    is_for: bool,
}

/// An open `#if` group.
struct OpenGroup {
    arm: usize,
    start: usize,
    frozen: usize,
    main_end: usize,
}

/// How many tokens an array of system call arguments has at most.
const ARRAY: usize = 1000;

/// No frame.
const NONE: usize = usize::MAX;

/// One walk over the tokens of an item. The arms of `#if` groups start from the same open brackets; brackets opened before
/// a group take arguments from its main arm only.
struct Finder<'a> {
    source: &'a Source<'a>,
    pre: &'a Preprocessed,
    around: Surroundings<'a>,
    frames: Vec<Frame>,
    current: usize,
    groups: Vec<OpenGroup>,
    /// Frames before this one take no arguments now.
    frozen: usize,
    /// The frame closed last and its closing token.
    closed: Option<(usize, usize)>,
    end: usize,
}

impl<'a> Finder<'a> {
    fn new(source: &'a Source<'a>, pre: &'a Preprocessed, around: Surroundings<'a>) -> Finder<'a> {
        Finder {
            source,
            pre,
            around,
            frames: Vec::new(),
            current: NONE,
            groups: Vec::new(),
            frozen: 0,
            closed: None,
            end: 0,
        }
    }

    fn run(&mut self, tokens: Range<usize>, calls: &mut Vec<TokenCall>) {
        self.end = tokens.end;
        for at in tokens {
            if self.pre.is_directive(at) {
                self.directive(at);
                continue;
            }
            match self.pre.tokens[at].mark(self.source.text) {
                mark @ (b'(' | b'[' | b'{') => self.open(at, mark),
                b',' => self.comma(at),
                mark @ (b')' | b']' | b'}') => self.close(at, mark, calls),
                b';' => self.abandon(at, calls),
                _ => {}
            }
        }
        while self.current != NONE {
            self.pop(self.end, calls);
        }
    }

    fn word(&self, at: usize) -> &'a str {
        self.pre.tokens.get(at).map_or("", |token| token.text(self.source.text))
    }

    fn is_name(&self, at: usize) -> bool {
        self.pre.tokens.get(at).is_some_and(|token| token.is_name())
    }

    fn directive(&mut self, at: usize) {
        match self.pre.directive(at) {
            Directive::If(group) => {
                let (start, frozen) = (self.current, self.frozen);
                self.groups.push(OpenGroup {
                    arm: 0,
                    start,
                    frozen,
                    main_end: start,
                });
                self.begin_arm(group, 0);
            }
            Directive::Arm(group, arm) => {
                self.end_arm(group);
                if let Some(open) = self.groups.last_mut() {
                    self.current = open.start;
                }
                self.begin_arm(group, arm);
            }
            Directive::End(group) => {
                self.end_arm(group);
                if let Some(open) = self.groups.pop() {
                    (self.current, self.frozen) = (open.main_end, open.frozen);
                }
            }
            _ => {}
        }
    }

    fn begin_arm(&mut self, group: usize, arm: usize) {
        let Some(open) = self.groups.last_mut() else { return };
        open.arm = arm;
        self.frozen = if self.pre.groups[group].main == Some(arm) {
            open.frozen
        } else {
            self.frames.len()
        };
    }

    fn end_arm(&mut self, group: usize) {
        let Some(open) = self.groups.last_mut() else { return };
        if self.pre.groups[group].main == Some(open.arm) {
            open.main_end = self.current;
        }
    }

    fn open(&mut self, at: usize, mark: u8) {
        // Rust's macros take any bracket.
        let callee = if mark == b'(' || (at > 0 && self.word(at - 1) == "!") {
            self.callee(at)
        } else {
            None
        };
        let is_for = at > 0 && self.word(at - 1) == "for";
        let arguments = Vec::new();
        self.frames.push(Frame {
            parent: self.current,
            mark,
            open: at,
            callee,
            after: at,
            arguments,
            is_for,
        });
        self.current = self.frames.len() - 1;
    }

    fn comma(&mut self, at: usize) {
        if self.current == NONE || self.current < self.frozen || self.frames[self.current].callee.is_none() {
            return;
        }
        self.end_argument(at);
    }

    /// Ends an argument of the current frame before the token.
    fn end_argument(&mut self, at: usize) {
        let argument = self.argument(self.frames[self.current].after, at);
        let frame = &mut self.frames[self.current];
        frame.arguments.push(argument);
        frame.after = at;
    }

    /// The tokens between two, without what other arms of groups hold.
    fn argument(&self, after: usize, before: usize) -> Range<usize> {
        let first = self.pre.next(after).filter(|first| *first < before);
        let last = if before < self.end {
            self.pre.previous(before)
        } else {
            self.end.checked_sub(1)
        };
        match (first, last) {
            (Some(first), Some(last)) if first <= last => first..last + 1,
            _ => before..before,
        }
    }

    fn close(&mut self, at: usize, mark: u8, calls: &mut Vec<TokenCall>) {
        let wanted = match mark {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        // A brace closes what is still open inside it; another bracket that does not fit is passed over.
        let mut frame = self.current;
        while wanted == b'{' && frame != NONE && self.frames[frame].mark != b'{' {
            frame = self.frames[frame].parent;
        }
        if frame == NONE || self.frames[frame].mark != wanted {
            return;
        }
        while self.current != frame {
            self.pop(at, calls);
        }
        self.pop(at, calls);
        self.closed = Some((frame, at));
    }

    /// A semicolon inside round brackets: somebody forgot to close them.
    fn abandon(&mut self, at: usize, calls: &mut Vec<TokenCall>) {
        while self.current != NONE && self.frames[self.current].mark == b'(' && !self.frames[self.current].is_for {
            self.pop(at, calls);
        }
    }

    /// Closes the current frame at the token.
    fn pop(&mut self, at: usize, calls: &mut Vec<TokenCall>) {
        let index = self.current;
        if index >= self.frozen && self.frames[index].callee.is_some() {
            let empty = self.argument(self.frames[index].after, at).is_empty();
            if !empty {
                self.end_argument(at);
            }
            if let Some(callee) = self.frames[index].callee {
                self.finish(callee, index, at, calls);
            }
        }
        self.current = self.frames[index].parent;
    }

    fn is_declared_here(&self, name: usize) -> bool {
        self.around.shape.name == Some(self.pre.tokens[name].start)
    }

    fn finish(&mut self, callee: Callee, index: usize, close: usize, calls: &mut Vec<TokenCall>) {
        let frame = &self.frames[index];
        let arguments: Vec<Range<usize>> = match callee.kind {
            CalleeKind::Direct(_) => frame.arguments.clone(),
            CalleeKind::Raw => frame
                .arguments
                .iter()
                .flat_map(|argument| self.flattened(argument.clone()))
                .collect(),
        };
        let spans: Vec<Span> = arguments.iter().map(|argument| self.span(argument)).collect();
        let text = self.source.text;
        // A name in brackets of its own that begins the callee stands alone.
        let alone = callee.first == callee.name && self.word(frame.open - 1) == ")";
        let callee_span = self.span(&(callee.first..if alone { callee.name + 1 } else { frame.open }));
        let callee_text: String = text[callee_span.range()].split_whitespace().collect();
        let positions = match callee.kind {
            CalleeKind::Direct(positions) => Some(positions),
            CalleeKind::Raw => {
                let texts: Vec<&str> = spans.iter().map(|span| &text[span.range()]).collect();
                sinks::raw(&callee_text, &texts)
            }
        };
        let Some(positions) = positions else { return };
        let context = self.context(callee, close, &arguments);
        calls.push(TokenCall {
            callee: callee_span,
            callee_text,
            open: self.pre.tokens[frame.open].start as usize,
            end: self
                .pre
                .tokens
                .get(close)
                .map_or(text.len(), |token| token.end as usize),
            arguments: spans,
            context,
            positions,
        });
    }

    fn span(&self, tokens: &Range<usize>) -> Span {
        let at = |token: usize| {
            self.pre
                .tokens
                .get(token)
                .map_or(self.source.text.len(), |token| token.start as usize)
        };
        if tokens.is_empty() {
            return Span::new(self.source.file, at(tokens.start), at(tokens.start));
        }
        Span::new(
            self.source.file,
            at(tokens.start),
            self.pre.tokens[tokens.end - 1].end as usize,
        )
    }

    /// The elements of an array literal that is passed as one argument: `[a, b]`, `&[a, b]`, `(long[]){a, b}`.
    fn flattened(&self, argument: Range<usize>) -> Vec<Range<usize>> {
        let closes = argument.clone().next_back().map_or("", |last| self.word(last));
        let wanted = match closes {
            "]" if argument.len() < ARRAY => "[",
            "}" if argument.len() < ARRAY => "{",
            _ => return vec![argument],
        };
        let mut open = argument.start;
        while matches!(self.word(open), "&" | "mut" | "(" | "vec" | "!") && open < argument.end {
            open = if self.word(open) == "(" {
                self.after_cast(open, argument.end)
            } else {
                open + 1
            };
        }
        if self.word(open) != wanted {
            return vec![argument];
        }
        let (mut elements, mut after, mut depth) = (Vec::new(), open, 0u32);
        for at in open + 1..argument.end {
            match self.word(at) {
                "(" | "[" | "{" => depth += 1,
                "," | "]" | "}" if depth == 0 => {
                    let element = self.argument(after, at);
                    elements.extend((!element.is_empty()).then_some(element));
                    after = at;
                }
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        elements
    }

    fn after_cast(&self, open: usize, end: usize) -> usize {
        (open..end)
            .find(|at| self.word(*at) == ")")
            .map_or(end, |close| close + 1)
    }
}
