//! Cuts C and C++ tokens into top-level pieces by brackets. Each arm of an `#if` group starts at the depth at which the
//! group starts; what follows the group goes on from the end of its main arm.
//!
//! Pieces without a clear end are told by looking past brackets: macro uses without semicolon, old-style parameter
//! declarations, definitions that begin while something is open.

use std::ops::Range;

use super::ITEMS;
use super::calls::Hits;
use super::keywords::{is_declaration_keyword, is_statement_keyword};
use super::preprocessor::{Directive, Group, Preprocessed};
use crate::source::Language;
use crate::syntax::lexer::{Token, TokenKind};

/// How far to look ahead for the `{` after old-style parameter declarations or a definition's head.
const LOOKAHEAD: usize = 400;

/// How many enclosing conditions an item states, innermost first to go.
const CONDITIONS: usize = 16;

/// What the tokens before the body of a piece have shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// A `=` that is not part of an operator's name.
    pub assigned: bool,
    /// A bracket after a name, as functions have.
    pub function: bool,
    /// `struct`, `union`, `class` or `enum`.
    pub aggregate: bool,
    /// The body is that of a type.
    pub type_body: bool,
    /// `typedef`.
    pub typedef: bool,
    /// `using` or `import`.
    pub import: bool,
    namespace: bool,
    external: bool,
    /// The `:` before the initialisers of a constructor.
    initializers: bool,
    /// Parameter declarations between `)` and `{` follow.
    pub(super) old_style: bool,
    /// The last round bracket that opened.
    pub(super) open: usize,
}

impl Head {
    /// Whether parameter declarations stand between `)` and `{`.
    pub fn is_old_style(&self) -> bool {
        self.old_style
    }
}

/// A top-level piece of a file.
#[derive(Debug)]
pub struct Piece {
    /// Its tokens; directives and other arms of groups among them.
    pub tokens: Range<usize>,
    /// The first of its tokens that is in the main configuration.
    pub first: usize,
    /// The opening brace of its body.
    pub body: Option<usize>,
    /// What its head shows.
    pub head: Head,
    /// The namespaces that hold it; an anonymous one is empty text.
    pub scope: Vec<String>,
    /// The conditions that hold for it.
    pub conditions: Vec<String>,
}

/// Where a walk over the tokens stands; small, because every arm of every group saves one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    pub(super) first: Option<usize>,
    /// Where the piece begins in an arm before the one that `first` is in.
    earlier: Option<usize>,
    pub(super) body: Option<usize>,
    pub(super) head: Head,
    braces: u32,
    /// Round and square brackets in the head, and braces inside those.
    parens: u32,
    scope: usize,
}

impl Position {
    pub(super) fn is_inside(&self) -> bool {
        self.braces > 0 || self.parens > 0
    }
}

/// An open `#if` group.
struct OpenGroup {
    group: usize,
    arm: usize,
    start: Position,
    main_end: Option<Position>,
    /// Pieces that were begun before the group and end in an arm outside the main configuration. They count if the main
    /// configuration ends the piece in the group as well.
    doubtful: Vec<Piece>,
}

/// Cuts the tokens. Directives become pieces of their own.
pub fn pieces(text: &str, pre: &Preprocessed, language: Language, hits: &Hits) -> Vec<Piece> {
    let mut cutter = Cutter::new(text, pre, language, hits);
    cutter.run();
    let Some(suspect) = cutter.suspect() else {
        cutter.end_of_text();
        return cutter.pieces;
    };
    // A bracket is missing somewhere: cut again and believe the layout of the lines from the piece where it was missed.
    let mut cutter = Cutter {
        by_layout_from: suspect,
        ..Cutter::new(text, pre, language, hits)
    };
    cutter.run();
    cutter.end_of_text();
    cutter.pieces
}

pub struct Cutter<'a> {
    pub(super) text: &'a str,
    pub(super) pre: &'a Preprocessed,
    pub(super) cpp: bool,
    hits: &'a Hits,
    /// From this token on, a definition's head at the start of a line ends what is open.
    by_layout_from: usize,
    pub(super) position: Position,
    groups: Vec<OpenGroup>,
    /// Namespaces: the enclosing one and the name. The file is 0.
    scopes: Vec<(usize, Option<String>)>,
    pieces: Vec<Piece>,
}

impl<'a> Cutter<'a> {
    fn new(text: &'a str, pre: &'a Preprocessed, language: Language, hits: &'a Hits) -> Cutter<'a> {
        Cutter {
            text,
            pre,
            cpp: language == Language::Cpp,
            hits,
            by_layout_from: usize::MAX,
            position: Position::default(),
            groups: Vec::new(),
            scopes: vec![(0, None)],
            pieces: Vec::new(),
        }
    }

    fn run(&mut self) {
        let mut at = 0;
        while at < self.pre.tokens.len() {
            at = self.step(at);
        }
    }

    /// The token from which on the layout should count, if the file ended inside something.
    fn suspect(&self) -> Option<usize> {
        if self.position.is_inside() {
            return self.position.first;
        }
        let open_scope = self.position.scope != 0 && self.by_layout_from == usize::MAX;
        let last = self
            .pieces
            .iter()
            .filter(|piece| piece.body.is_some())
            .max_by_key(|piece| piece.tokens.end);
        last.filter(|_| open_scope).map(|piece| piece.tokens.start)
    }

    fn end_of_text(&mut self) {
        if self.position.first.is_some() {
            self.end_piece(self.pre.tokens.len());
        }
    }

    fn word(&self, token: usize) -> &'a str {
        self.pre.tokens.get(token).map_or("", |token| token.text(self.text))
    }

    pub(super) fn mark(&self, token: usize) -> u8 {
        self.pre.tokens.get(token).map_or(0, |token| token.mark(self.text))
    }

    /// Takes one token (or a run of them) and returns the next.
    fn step(&mut self, at: usize) -> usize {
        let token = self.pre.tokens[at];
        if token.kind == TokenKind::Directive {
            self.directive(at);
            return at + 1;
        }
        if self.position.is_inside() && at > self.by_layout_from && self.starts_definition(at, token) {
            self.end_piece(at);
        }
        if self.position.first.is_some() && !self.position.is_inside() && self.is_complete_call(at, token) {
            self.end_piece(at);
        }
        let mark = token.mark(self.text);
        if self.position.braces > 0 {
            self.in_body(at, mark);
        } else if self.position.parens > 0 {
            self.in_brackets(at, mark);
        } else {
            return self.in_head(at, token, mark);
        }
        at + 1
    }

    fn in_body(&mut self, at: usize, mark: u8) {
        match mark {
            b'{' => self.position.braces += 1,
            b'}' => {
                self.position.braces -= 1;
                let head = self.position.head;
                // `int n{1}, m{2};` has its initialisers in braces.
                let listed = !head.function && matches!(self.mark(at + 1), b';' | b',');
                // The handlers of a function whose body is a `try` block belong to it.
                let handled = self.cpp && head.function && self.word(at + 1) == "catch";
                let goes_on = head.assigned || head.type_body || listed || handled;
                if self.position.braces == 0 && !goes_on {
                    self.end_piece(at + 1);
                }
            }
            _ => {}
        }
    }

    fn in_brackets(&mut self, at: usize, mark: u8) {
        match mark {
            b'(' | b'[' | b'{' => self.position.parens += 1,
            b')' | b']' | b'}' => {
                self.position.parens -= 1;
                if self.position.parens == 0
                    && mark == b')'
                    && self.position.head.function
                    && !self.position.head.assigned
                {
                    self.position.head.old_style = self.is_old_style(at);
                }
            }
            _ => {}
        }
    }

    fn in_head(&mut self, at: usize, token: Token, mark: u8) -> usize {
        match mark {
            b';' if !self.position.head.old_style || self.position.body.is_some() => {
                if self.position.first.is_some() {
                    self.end_piece(at + 1);
                }
                return at + 1;
            }
            b'}' => {
                self.close_scope();
                return at + 1;
            }
            _ => {}
        }
        self.position.first.get_or_insert(at);
        match mark {
            b'(' => self.open_bracket(at),
            b'[' => self.position.parens = 1,
            b'{' => self.open_brace(at),
            b'=' => self.position.head.assigned |= self.word(at.wrapping_sub(1)) != "operator",
            b':' => self.position.head.initializers |= self.cpp && self.position.head.function,
            _ if token.is_name() => return self.name_in_head(at, token),
            _ => {}
        }
        at + 1
    }

    fn name_in_head(&mut self, at: usize, token: Token) -> usize {
        let head = &mut self.position.head;
        match token.text(self.text) {
            "struct" | "union" | "enum" => head.aggregate = true,
            "class" if self.cpp => head.aggregate = true,
            "namespace" if self.cpp => head.namespace |= !head.import && !head.function,
            "using" if self.cpp => head.import = true,
            "typedef" => head.typedef = true,
            "extern" => head.external = true,
            "template" if self.cpp => return self.after_angles(at + 1),
            _ => {}
        }
        at + 1
    }

    fn open_bracket(&mut self, at: usize) {
        self.position.parens = 1;
        if self.position.head.assigned || self.position.head.function {
            return;
        }
        self.position.head.open = at;
        let Some(before) = self
            .pre
            .previous(at)
            .filter(|before| Some(*before) >= self.position.first)
        else {
            return;
        };
        let token = self.pre.tokens[before];
        let named = token.is_name() && !is_attribute(token.text(self.text)) && !self.follows_tag(before);
        let bracketed = token.mark(self.text) == b')' && self.pre.next(at).is_some();
        let initialised = self.cpp && named && self.is_initialised(at, before);
        self.position.head.assigned = initialised;
        let specialised = self.is_specialisation(before);
        self.position.head.function |= !initialised && (named || bracketed || specialised || self.is_operator(before));
    }

    /// Whether the bracket after a declared name holds a value, as in `const int n(4096);`: parameters begin with a type.
    fn is_initialised(&self, open: usize, name: usize) -> bool {
        let before = self.pre.previous(name).unwrap_or(name);
        let typed = before < name && Some(before) >= self.position.first;
        let typed = typed && (self.pre.tokens[before].is_name() || matches!(self.mark(before), b'>' | b'*'));
        let first = self.pre.next(open).map_or("", |first| self.word(first));
        typed && first.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '\'' | '"' | '!' | '~'))
    }

    /// Whether a name with template arguments ends at the token, as in `template <> int size<char>(`.
    fn is_specialisation(&self, close: usize) -> bool {
        if !self.cpp || self.mark(close) != b'>' {
            return false;
        }
        let mut depth = 0_u32;
        let first = self.position.first.unwrap_or(close);
        for at in (first..=close).rev() {
            match self.mark(at) {
                b'>' => depth += 1,
                b'<' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return at > first && self.pre.tokens[at - 1].is_name() && self.word(at - 1) != "template";
            }
        }
        false
    }

    /// Whether the name is a macro right after `struct` or the like: `struct PACKED(4) name {`.
    fn follows_tag(&self, name: usize) -> bool {
        let before = self.pre.previous(name).map_or("", |before| self.word(before));
        self.position.head.aggregate && matches!(before, "struct" | "union" | "enum" | "class")
    }

    /// Whether `operator` and up to three tokens of its sign end at the token.
    fn is_operator(&self, at: usize) -> bool {
        self.cpp && (at.saturating_sub(3)..=at).any(|token| self.word(token) == "operator")
    }

    fn open_brace(&mut self, at: usize) {
        let head = self.position.head;
        let before = self
            .pre
            .previous(at)
            .filter(|before| Some(*before) >= self.position.first);
        let before = before.map(|before| self.pre.tokens[before]);
        if head.namespace {
            self.open_namespaces(at);
        } else if head.external && !head.function && before.is_some_and(|token| token.kind == TokenKind::String) {
            self.open_scope(None);
        } else if head.initializers
            && before.is_some_and(|token| token.is_name() || token.mark(self.text) == b'>')
            && !before.is_some_and(|token| matches!(token.text(self.text), "try" | "const" | "noexcept" | "override"))
        {
            self.position.parens = 1;
        } else {
            self.position.braces = 1;
            if self.position.body.is_none() {
                self.position.body = Some(at);
                self.position.head.type_body = head.aggregate && !head.function && !head.assigned;
            }
        }
    }

    /// `namespace a::b ATTRIBUTES {`.
    fn open_namespaces(&mut self, brace: usize) {
        let first = self.position.first.unwrap_or(brace);
        let keyword = (first..brace).find(|at| self.word(*at) == "namespace").unwrap_or(first);
        let mut name = String::new();
        for at in keyword + 1..brace {
            let word = self.word(at);
            let starts = name.is_empty() && self.pre.tokens[at].is_name() && !is_attribute(word);
            let goes_on = word == "::" || (name.ends_with("::") && word != "inline" && self.pre.tokens[at].is_name());
            if starts || (goes_on && !name.is_empty()) {
                name.push_str(word);
            }
        }
        self.open_scope(Some(name));
    }

    fn open_scope(&mut self, name: Option<String>) {
        self.scopes.push((self.position.scope, name));
        self.position = Position {
            scope: self.scopes.len() - 1,
            ..Position::default()
        };
    }

    fn close_scope(&mut self) {
        self.position = Position {
            scope: self.scopes[self.position.scope].0,
            ..Position::default()
        };
    }

    fn directive(&mut self, at: usize) {
        self.end_complete_call(at);
        match self.pre.directive(at) {
            Directive::If(group) => {
                self.groups.push(OpenGroup {
                    group,
                    arm: 0,
                    start: self.position,
                    main_end: None,
                    doubtful: Vec::new(),
                });
            }
            Directive::Arm(group, arm) => {
                self.end_arm(group);
                if let Some(open) = self.groups.last_mut() {
                    open.arm = arm;
                    self.position = open.start;
                }
            }
            Directive::End(group) => {
                self.end_arm(group);
                if let Some(open) = self.groups.pop() {
                    self.position = open.main_end.unwrap_or(open.start);
                    if self.position.first != open.start.first {
                        self.pieces.extend(open.doubtful);
                    }
                }
            }
            Directive::Define | Directive::Include => {
                let (saved, scope) = (self.position, self.position.scope);
                self.position = Position {
                    first: Some(at),
                    scope,
                    ..Position::default()
                };
                self.end_piece(at + 1);
                self.position = saved;
            }
            Directive::Other => {}
        }
    }

    fn end_arm(&mut self, group: usize) {
        let main = self.pre.groups[group].main;
        let Some(open) = self.groups.last_mut() else { return };
        let arm = Position {
            earlier: open.main_end.and_then(|end| end.earlier),
            ..self.position
        };
        if main == Some(open.arm) {
            open.main_end = Some(arm);
        } else if open.start.first.is_none() && main.is_some_and(|main| main > open.arm) {
            // What arms before the main one leave pending belongs to the same item.
            let earlier = arm.earlier.or(self.position.first);
            open.main_end = Some(Position { earlier, ..open.start });
        }
    }

    /// Ends what is pending before a token.
    fn end_piece(&mut self, end: usize) {
        let state = self.position;
        self.position = Position {
            scope: state.scope,
            ..Position::default()
        };
        let Some(first) = state.first else { return };
        let tokens = state.earlier.unwrap_or(first)..end;
        let bytes = self.pre.tokens[tokens.start].start as usize..self.pre.tokens[end - 1].end as usize;
        if self.pieces.len() >= ITEMS && !self.hits.any_in(&bytes) {
            return;
        }
        let piece = Piece {
            tokens,
            first,
            body: state.body,
            head: state.head,
            scope: self.scope_names(state.scope),
            conditions: self.conditions(),
        };
        match self.arm_that_may_not_end(first) {
            Some(group) => self.groups[group].doubtful.push(piece),
            None => self.pieces.push(piece),
        }
    }

    /// The outermost group inside the piece that we are in an arm of that is outside the main configuration.
    fn arm_that_may_not_end(&self, first: usize) -> Option<usize> {
        let inside = self.groups.iter().rposition(|open| open.start.first != Some(first));
        let inside = inside.map_or(0, |outside| outside + 1);
        let other = |open: &OpenGroup| self.pre.groups[open.group].main != Some(open.arm);
        self.groups[inside..].iter().position(other).map(|group| inside + group)
    }

    fn scope_names(&self, mut scope: usize) -> Vec<String> {
        let mut names = Vec::new();
        while scope != 0 && names.len() < CONDITIONS {
            let (outer, name) = &self.scopes[scope];
            if let Some(name) = name {
                names.extend(name.rsplit("::").map(str::to_owned));
            }
            scope = *outer;
        }
        names.reverse();
        names
    }

    fn conditions(&self) -> Vec<String> {
        let outermost = self.groups.iter().take(CONDITIONS);
        outermost
            .flat_map(|open| arm_conditions(&self.pre.groups[open.group], open.arm))
            .collect()
    }
}

/// The conditions under which an arm is taken: not those before it, and its own.
fn arm_conditions(group: &Group, arm: usize) -> impl Iterator<Item = String> + '_ {
    let before = group.arms[..arm]
        .iter()
        .rev()
        .take(CONDITIONS)
        .rev()
        .map(|other| other.condition(false));
    let own = (!group.arms[arm].is_else()).then(|| group.arms[arm].condition(true));
    before.chain(own)
}

impl Cutter<'_> {
    /// Whether what is pending is a whole `NAME(…)` without semicolon, as macros that define things are written, and the
    /// token starts something else on a new line.
    fn is_complete_call(&self, at: usize, token: Token) -> bool {
        let Some(first) = self.position.first else { return false };
        let call = self.position.head.function && self.position.head.open == first + 1 && !self.position.head.old_style;
        if !call || self.mark(at - 1) != b')' || !token.is_name() || !self.is_line_start(token) {
            return false;
        }
        let next = self.pre.next(at);
        let declares = next.is_some_and(|next| self.pre.tokens[next].is_name() || self.mark(next) == b'*');
        declares || is_declaration_keyword(token.text(self.text)) || self.is_call_without_body(at)
    }

    /// Whether `NAME(…)` stands at the token, and no body after it.
    fn is_call_without_body(&self, at: usize) -> bool {
        let mut depth = 0u32;
        for ahead in at + 1..(at + LOOKAHEAD).min(self.pre.tokens.len()) {
            match self.mark(ahead) {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b'{' | b'}' | b';' => return false,
                _ => {}
            }
            if depth == 0 {
                return self.mark(ahead) == b')' && !matches!(self.mark(ahead + 1), b'{' | b':' | b'(');
            }
        }
        false
    }

    fn is_line_start(&self, token: Token) -> bool {
        token.start == 0 || self.text.as_bytes()[token.start as usize - 1] == b'\n'
    }

    /// Whether the bracket that closes here held a list of bare names, and declarations up to a `{` follow.
    pub(super) fn is_old_style(&self, close: usize) -> bool {
        let list = &self.pre.tokens[self.position.head.open + 1..close];
        let bare = list.iter().enumerate().all(|(index, token)| match index % 2 {
            0 => token.is_name(),
            _ => token.mark(self.text) == b',',
        });
        if self.cpp || list.is_empty() || !bare {
            return false;
        }
        let (mut names, mut ended) = (0, false);
        for (at, token) in self.pre.tokens.iter().enumerate().skip(close + 1).take(LOOKAHEAD) {
            match token.mark(self.text) {
                // A function of its own.
                b'(' if self.pre.tokens[at - 1].is_name() && names > 1 => return false,
                b'{' => return ended && names == 0,
                b';' if names < 2 => return false,
                b';' => (names, ended) = (0, true),
                b'}' | b'=' => return false,
                _ if token.kind == TokenKind::Directive => {}
                _ if token.is_name() => names += 1,
                _ if names == 0 => return false,
                _ => {}
            }
        }
        false
    }

    /// Whether a token at the start of a line begins the head of a definition.
    fn starts_definition(&self, at: usize, token: Token) -> bool {
        if !token.is_name() || !self.is_line_start(token) || is_statement_keyword(token.text(self.text)) {
            return false;
        }
        if matches!(token.text(self.text), "typedef" | "namespace" | "template") {
            return true;
        }
        let (mut depth, mut called) = (0u32, false);
        for ahead in at + 1..(at + LOOKAHEAD).min(self.pre.tokens.len()) {
            match self.mark(ahead) {
                b'(' => {
                    (depth, called) = (
                        depth + 1,
                        called || (depth == 0 && self.pre.tokens[ahead - 1].is_name()),
                    )
                }
                b')' if depth == 0 => return false,
                b')' => depth -= 1,
                b'{' if depth == 0 => return called || matches!(token.text(self.text), "static" | "struct" | "enum"),
                b'{' | b'}' | b';' => return false,
                b'=' if depth == 0 => return token.text(self.text) == "static",
                _ => {}
            }
        }
        false
    }

    fn end_complete_call(&mut self, at: usize) {
        let Some(first) = self.position.first else { return };
        let head = self.position.head;
        let call = head.function && head.open == first + 1 && !head.old_style && !self.position.is_inside();
        if call && self.position.body.is_none() && self.mark(at - 1) == b')' {
            self.end_piece(at);
        }
    }

    /// The token after `<…>` that starts at `at`, or `at` if nothing of the kind is there.
    pub(super) fn after_angles(&self, at: usize) -> usize {
        let mut depth = 0u32;
        for (ahead, token) in self.pre.tokens.iter().enumerate().skip(at).take(LOOKAHEAD) {
            match token.mark(self.text) {
                b'<' => depth += 1,
                b'>' => depth = depth.saturating_sub(1),
                b';' | b'{' | b'}' => return at,
                _ => {}
            }
            if depth == 0 {
                return if ahead == at { at } else { ahead + 1 };
            }
        }
        at
    }
}

/// Words that take brackets in a head and name no function.
pub fn is_attribute(word: &str) -> bool {
    matches!(
        word,
        "__attribute__"
            | "__attribute"
            | "__declspec"
            | "alignas"
            | "_Alignas"
            | "decltype"
            | "typeof"
            | "__typeof__"
            | "__typeof"
            | "typeof_unqual"
            | "asm"
            | "__asm__"
            | "__asm"
            | "noexcept"
            | "throw"
            | "requires"
            | "explicit"
            | "_Static_assert"
            | "static_assert"
            | "_Atomic"
            | "__extension__"
    )
}
