//! Finds the places where tokens look like a call that reaches `mremap`, reads their arguments and says what they are.

use super::preprocessor::{Preprocessed, Role};
use super::{CallContext, Item, ItemKind, Source, TokenCall};
use crate::sinks::{self, SinkPositions};
use crate::source::{Language, Span};
use crate::syntax::lexer;
use memchr::memmem;
use std::ops::Range;

/// What the cutter knows of an item's outline.
#[derive(Debug)]
pub struct Shape {
    /// Its bytes.
    pub range: Range<usize>,
    /// The brace that opens its body.
    pub body: Option<usize>,
    /// Its name.
    pub name: Option<usize>,
    /// It has a `=` before its body.
    pub initialized: bool,
}

/// All token calls of a file, in the order of their callees.
pub fn calls(source: &Source, pre: &Preprocessed, items: &[Item], shapes: &[Shape]) -> Vec<TokenCall> {
    let mut calls = Vec::new();
    let mut outer_end = 0;
    let hits = hits(source);
    for (item, shape) in items.iter().zip(shapes) {
        let first_hit = hits.partition_point(|hit| *hit < shape.range.start);
        let in_macro = matches!(item.kind, ItemKind::Macro { .. });
        let is_nested = shape.range.end <= outer_end && !(in_macro && source.language != Language::Rust);
        if is_nested || hits.get(first_hit).is_none_or(|hit| *hit >= shape.range.end) {
            continue;
        }
        let context = Surroundings { item, shape, in_macro };
        match &item.kind {
            ItemKind::Macro { body, .. } if source.language != Language::Rust => {
                let tokens = lexer::tokens_of(source.text, body.range(), source.language, false);
                let body = Preprocessed::plain(tokens, Vec::new());
                let all = 0..body.tokens.len();
                Finder::new(source, &body, context).run(all, &mut calls);
            }
            _ => {
                outer_end = shape.range.end;
                let first = pre
                    .tokens
                    .partition_point(|token| (token.start as usize) < shape.range.start);
                let last = pre
                    .tokens
                    .partition_point(|token| (token.start as usize) < shape.range.end);
                Finder::new(source, pre, context).run(first..last, &mut calls);
            }
        }
    }
    calls.sort_by_key(|call: &TokenCall| (call.callee.start, call.open));
    calls
}

/// Where the text holds a word that a call could be made of, in order.
fn hits(source: &Source) -> Vec<usize> {
    let bytes = source.text.as_bytes();
    let mut hits: Vec<usize> = memmem::find_iter(bytes, "mremap")
        .chain(memmem::find_iter(bytes, "MREMAP"))
        .collect();
    for name in source.sinks.extra.keys() {
        hits.extend(memmem::find_iter(bytes, name.as_str()));
    }
    hits.sort_unstable();
    hits
}

/// The item that a call stands in.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    item: &'a Item,
    shape: &'a Shape,
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
        match self.pre.role(at) {
            Role::If(group) => {
                let (start, frozen) = (self.current, self.frozen);
                self.groups.push(OpenGroup {
                    arm: 0,
                    start,
                    frozen,
                    main_end: start,
                });
                self.begin_arm(group, 0);
            }
            Role::Arm(group, arm) => {
                self.end_arm(group);
                if let Some(open) = self.groups.last_mut() {
                    self.current = open.start;
                }
                self.begin_arm(group, arm);
            }
            Role::End(group) => {
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

    /// The callee before an opening bracket, if it is of interest.
    fn callee(&self, open: usize) -> Option<Callee> {
        let before = self.pre.previous(open)?;
        let name = match self.word(before) {
            "!" if self.source.language == Language::Rust => self.pre.previous(before)?,
            ")" => return self.bracketed_callee(before),
            _ => before,
        };
        if !self.is_name(name) {
            return None;
        }
        let word = self.word(name);
        let (first, path) = self.path(name);
        if before == name
            && let Some(positions) = self.source.sinks.by_name(self.source.language, word)
        {
            let wanted = self.source.sinks.is_added(word) || self.is_plain_path(first, name);
            return wanted.then_some(Callee {
                first,
                name,
                kind: CalleeKind::Direct(positions),
            });
        }
        sinks::is_system_call(&path).then_some(Callee {
            first,
            name,
            kind: CalleeKind::Raw,
        })
    }

    /// `(name)(…)`, `PASTE(name)(…)`, `VG_(do_syscall5)(…)`.
    fn bracketed_callee(&self, close: usize) -> Option<Callee> {
        let (frame, _) = self.closed.filter(|(_, at)| *at == close)?;
        let open = self.frames[frame].open;
        let name = self
            .pre
            .next(open)
            .filter(|name| self.is_name(*name) && self.pre.next(*name) == Some(close))?;
        let word = self.word(name);
        let before = self
            .pre
            .previous(open)
            .filter(|before| self.is_name(*before) && !is_expression_word(self.word(*before)));
        let first = before.unwrap_or(open);
        if let Some(positions) = self.source.sinks.by_name(self.source.language, word) {
            let kind = CalleeKind::Direct(positions);
            return Some(Callee {
                first: if self.is_declared_here(name) { name } else { open },
                name,
                kind,
            });
        }
        sinks::is_system_call(word).then_some(Callee {
            first,
            name,
            kind: CalleeKind::Raw,
        })
    }

    fn is_declared_here(&self, name: usize) -> bool {
        self.around.shape.name == Some(self.pre.tokens[name].start as usize)
    }

    /// The first token of the path that ends at a name, and its text. Member accesses belong to it.
    fn path(&self, name: usize) -> (usize, String) {
        let (mut first, mut path) = (name, self.word(name).to_owned());
        for _ in 0..16 {
            let Some(link) = self
                .pre
                .previous(first)
                .filter(|link| matches!(self.word(*link), "::" | "." | "->"))
            else {
                break;
            };
            first = link;
            path.insert_str(0, self.word(link));
            let Some(before) = self.pre.previous(link).filter(|before| self.is_name(*before)) else {
                break;
            };
            if is_expression_word(self.word(before)) {
                break;
            }
            first = before;
            path.insert_str(0, self.word(before));
        }
        (first, path)
    }

    /// Whether the path can lead to the function of the system: no member, no C++ class, no Rust type.
    fn is_plain_path(&self, first: usize, name: usize) -> bool {
        let words = (first..name).map(|at| self.word(at)).collect::<Vec<_>>();
        if self.source.language != Language::Rust {
            return words.is_empty() || words == ["::"];
        }
        let module =
            |word: &&str| *word == "::" || *word == "r" || word.starts_with(|c: char| c.is_lowercase() || c == '_');
        words.iter().all(module) && !words.contains(&".")
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
            close: self
                .pre
                .tokens
                .get(close)
                .map_or(text.len(), |token| token.start as usize),
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
            "]" => "[",
            "}" => "{",
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

    fn context(&self, callee: Callee, close: usize, arguments: &[Range<usize>]) -> CallContext {
        let shape = self.around.shape;
        let next = self
            .pre
            .next(close)
            .filter(|next| *next < self.end)
            .map_or("", |next| self.word(next));
        if self.source.language == Language::Rust {
            let defined = self
                .pre
                .previous(callee.first)
                .is_some_and(|before| self.word(before) == "fn");
            return match (defined, self.around.in_macro) {
                (true, _) if self.has_body(close) => CallContext::Definition,
                (true, _) => CallContext::Declaration,
                (_, true) => CallContext::MacroDefinition,
                _ => CallContext::Call,
            };
        }
        if self.is_declared_here(callee.name) {
            let defines = self.around.item.kind == ItemKind::Function;
            return if defines {
                CallContext::Definition
            } else {
                CallContext::Declaration
            };
        }
        if next == "{" {
            return CallContext::Definition;
        }
        let start = self.pre.tokens[callee.first].start as usize;
        let in_head = !self.around.in_macro && !shape.initialized && shape.body.is_none_or(|body| start < body);
        if (in_head && self.around.item.kind != ItemKind::Other) || self.defines_stub(callee) {
            return CallContext::Declaration;
        }
        if callee.kind != CalleeKind::Raw && self.declares(callee, next, arguments) {
            return CallContext::Declaration;
        }
        if self.around.in_macro {
            CallContext::MacroDefinition
        } else {
            CallContext::Call
        }
    }

    /// Whether a brace comes after the token before any semicolon.
    fn has_body(&self, close: usize) -> bool {
        let mut rest = self.pre.tokens[close.min(self.end)..self.end].iter();
        let marks = rest.by_ref().map(|token| token.mark(self.source.text));
        marks.take(400).find(|mark| matches!(mark, b';' | b'{')) == Some(b'{')
    }

    /// `_syscall5(type, name, …)`: the old way to define a system call's stub.
    fn defines_stub(&self, callee: Callee) -> bool {
        let name = self.word(callee.name).trim_end_matches(|c: char| c.is_ascii_digit());
        callee.kind == CalleeKind::Raw && matches!(name, "_syscall" | "__syscall_stub" | "SYSCALL_DEFINE")
    }

    /// Whether a statement is a prototype: names and stars back to its start, and arguments that look like parameters.
    fn declares(&self, callee: Callee, next: &str, arguments: &[Range<usize>]) -> bool {
        let (mut at, mut names, mut typed) = (callee.first, 0, false);
        while let Some(before) = self.pre.previous(at) {
            at = before;
            let word = self.word(at);
            match word {
                ";" | "{" | "}" | ":" => break,
                "*" | "&" | "::" | "&&" | "<" | ">" => {}
                "else" | "do" => break,
                _ if !self.is_name(at) || is_expression_word(word) => return false,
                _ => (names, typed) = (names + 1, typed || super::header::is_type_word(word)),
            }
            if self.pre.is_directive(at.saturating_sub(1)) {
                break;
            }
        }
        let ends = matches!(next, ";" | "," | "") || next.starts_with("__") || next == "noexcept" || next == "throw";
        names > 0
            && ends
            && (typed || arguments.is_empty() || arguments.iter().any(|argument| self.is_parameter(argument)))
    }

    /// Whether an argument looks like a parameter declaration.
    fn is_parameter(&self, argument: &Range<usize>) -> bool {
        let word = |at: usize| if at < argument.end { self.word(at) } else { "" };
        let first = argument.start;
        let typed = super::header::is_type_word(word(first)) && word(first + 1) != "(";
        let named = self.is_name(first) && !is_expression_word(word(first));
        let pair = named && first + 1 < argument.end && self.is_name(first + 1);
        let pointer = named && argument.clone().next_back().is_some_and(|last| self.word(last) == "*");
        let rest = argument.len() == 3 && argument.clone().all(|at| self.word(at) == ".");
        typed || pair || pointer || rest
    }
}

/// Words after which an expression follows.
fn is_expression_word(word: &str) -> bool {
    matches!(
        word,
        "return"
            | "goto"
            | "throw"
            | "case"
            | "sizeof"
            | "co_return"
            | "co_await"
            | "co_yield"
            | "delete"
            | "new"
            | "and"
            | "or"
            | "not"
            | "typeof"
            | "__typeof__"
            | "decltype"
            | "if"
            | "while"
            | "switch"
            | "for"
            | "else"
            | "do"
            | "in"
            | "match"
            | "let"
            | "move"
            | "await"
            | "break"
            | "as"
            | "mut"
            | "ref"
            | "unsafe"
            | "__extension__"
            | "alignof"
    )
}
