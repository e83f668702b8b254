//! Text that does not parse because of macros, made to parse: statements without semicolon get one, a block behind a macro
//! call is a loop, attribute macros in declarations go. Nothing moves: every byte of the source keeps
//! its place.

use crate::source::Language;
use crate::syntax::lexer::{self, Token};
use crate::syntax::{Node, Text};

/// A change to a text.
#[derive(Debug, PartialEq)]
enum Change {
    /// Puts text before a byte.
    Insert(usize, &'static str),
    /// Takes bytes away.
    Remove(usize, usize),
}

/// What a use of a macro is, as far as its definition is visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacroKind {
    /// Not visible, or nothing that the parser does not see by itself.
    Other,
    /// The head of a loop.
    Loop,
    /// Whole statements: no semicolon need follow it.
    Statements,
}

/// A text with its repairs.
pub struct Repaired {
    /// The text.
    pub text: Text,
    /// The definition of a macro demands one of the repairs: also a text that parses is not meant as it parses.
    pub demanded: bool,
}

/// The text of a tree with its repairs. `None`: nothing to repair.
pub fn repaired(root: &Node, language: Language, kind: &dyn Fn(&str) -> MacroKind) -> Option<Repaired> {
    let source = root.source();
    let tokens = lexer::tokens(&source.text, language);
    let mut scan = Scan {
        text: &source.text,
        tokens: &tokens,
        changes: Vec::new(),
        depth: 0,
        demanded: false,
        kind,
    };
    scan.statements();
    scan.attributes(root);
    scan.run_time();
    scan.changes.sort_by_key(|change| match change {
        Change::Insert(at, _) | Change::Remove(at, _) => *at,
    });
    if scan.changes.is_empty() {
        None
    } else {
        Some(Repaired {
            text: changed(&source, &scan.changes),
            demanded: scan.demanded,
        })
    }
}

fn changed(source: &Text, changes: &[Change]) -> Text {
    let mut text = Text::empty(source.whole);
    let mut done = 0;
    for change in changes {
        let (Change::Insert(at, _) | Change::Remove(at, _)) = change;
        if *at < done {
            continue;
        }
        text.append(&source.part(done..*at));
        done = *at;
        match change {
            Change::Insert(_, inserted) => text.push(inserted),
            Change::Remove(_, end) => {
                text.push(" ");
                done = *end;
            }
        }
    }
    text.append(&source.part(done..source.text.len()));
    text
}

struct Scan<'t> {
    text: &'t str,
    tokens: &'t [Token],
    changes: Vec<Change>,
    depth: u32,
    demanded: bool,
    kind: &'t dyn Fn(&str) -> MacroKind,
}

impl Scan<'_> {
    /// Looks for macros at the start of statements.
    fn statements(&mut self) {
        let mut start = false;
        let mut index = 0;
        while index < self.tokens.len() {
            let mark = self.tokens[index].mark(self.text);
            match mark {
                b'{' => self.depth += 1,
                b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if start && self.depth > 0 && self.is_plain_name(index) {
                index = self.statement(index);
            }
            let end = self.tokens.get(index).map_or(0, |token| token.range().end);
            let completed = matches!(self.changes.last(), Some(Change::Insert(at, ";")) if *at == end);
            start = completed || matches!(self.mark(index), b';' | b'{' | b'}');
            index += 1;
        }
    }

    /// Repairs the statement that begins with the name at `index`; gives the last token looked at.
    fn statement(&mut self, index: usize) -> usize {
        if self.mark(index + 1) != b'(' {
            // A name alone on its line.
            let alone = self.breaks_after(index) && self.mark(index + 1) != b'{';
            if self.is_capital(index) && alone && self.begins_statement(index + 1) {
                self.changes.push(Change::Insert(self.tokens[index].range().end, ";"));
            }
            return index;
        }
        let Some(close) = self.closing(index + 1) else {
            return index;
        };
        let kind = self.name(index).map_or(MacroKind::Other, self.kind);
        if self.mark(close + 1) == b'{' || kind == MacroKind::Loop {
            // A macro that takes a block runs it any number of times.
            self.changes
                .push(Change::Insert(self.tokens[index].range().start, "while ("));
            self.changes.push(Change::Insert(self.tokens[close].range().end, ")"));
        } else if kind == MacroKind::Statements && close + 1 < self.tokens.len() && self.mark(close + 1) != b';' {
            self.demanded = true;
            self.changes.push(Change::Insert(self.tokens[close].range().end, ";"));
        } else if self.breaks_after(close) && self.begins_statement(close + 1) {
            self.changes.push(Change::Insert(self.tokens[close].range().end, ";"));
        }
        close
    }

    /// Takes away names in capitals, with their arguments, that stand where the parser stumbled over a declaration.
    fn attributes(&mut self, root: &Node) {
        let faults: Vec<usize> = root.faults().map(|range| range.start).collect();
        for fault in faults {
            let first = self.tokens.partition_point(|token| token.range().end <= fault);
            let Some(index) = (first..first + 2).find(|&index| index < self.tokens.len() && self.is_capital(index))
            else {
                continue;
            };
            let close = match self.mark(index + 1) {
                b'(' => self.closing(index + 1).unwrap_or(index),
                _ => index,
            };
            let declares = index > 0 && self.tokens[index - 1].is_name();
            if declares && matches!(self.mark(close + 1), b'=' | b';' | b',' | b'{') {
                self.changes.push(Change::Remove(
                    self.tokens[index].range().start,
                    self.tokens[close].range().end,
                ));
            }
        }
    }

    /// `if consteval`, which the grammar does not know: what runs is never evaluated by the compiler. What it does evaluate
    /// is not known (`declarators.rs`).
    fn run_time(&mut self) {
        let word = |index: usize| self.tokens.get(index).map_or("", |token| token.text(self.text));
        let mut found = Vec::new();
        for index in 0..self.tokens.len() {
            let negated = matches!(word(index + 1), "!" | "not");
            let last = index + 1 + usize::from(negated);
            if word(index) == "if" && word(last) == "consteval" {
                let range = self.tokens[index + 1].range().start..self.tokens[last].range().end;
                found.push(Change::Insert(range.start, if negated { "(true)" } else { "(false)" }));
                found.push(Change::Remove(range.start, range.end));
            }
        }
        self.changes.extend(found);
    }

    fn mark(&self, index: usize) -> u8 {
        self.tokens.get(index).map_or(0, |token| token.mark(self.text))
    }

    fn name(&self, index: usize) -> Option<&str> {
        self.tokens
            .get(index)
            .filter(|token| token.is_name())
            .map(|token| token.text(self.text))
    }

    fn is_plain_name(&self, index: usize) -> bool {
        self.name(index).is_some_and(|name| !is_keyword(name))
    }

    fn is_capital(&self, index: usize) -> bool {
        self.name(index).is_some_and(|name| {
            name.len() > 1
                && name
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
    }

    /// Whether a line ends after the token.
    fn breaks_after(&self, index: usize) -> bool {
        let end = self.tokens[index].range().end;
        let next = self
            .tokens
            .get(index + 1)
            .map_or(self.text.len(), |token| token.range().start);
        self.text.get(end..next).is_some_and(|between| between.contains('\n'))
    }

    /// Whether a statement, or the end of a block, can begin with the token.
    fn begins_statement(&self, index: usize) -> bool {
        self.name(index).is_some() || matches!(self.mark(index), b'}' | b'{' | b'*')
    }

    /// The parenthesis that closes the one at `open`.
    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_u32;
        for (index, token) in self.tokens.iter().enumerate().skip(open) {
            match token.mark(self.text) {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b';' | b'{' | b'}' if depth == 0 => return None,
                _ => {}
            }
            if depth == 0 {
                return Some(index);
            }
        }
        None
    }
}

fn is_keyword(name: &str) -> bool {
    matches!(
        name,
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
            | "struct"
            | "union"
            | "enum"
            | "static"
            | "const"
            | "volatile"
            | "extern"
            | "register"
            | "typedef"
            | "unsigned"
            | "signed"
            | "int"
            | "char"
            | "long"
            | "short"
            | "void"
            | "try"
            | "catch"
            | "throw"
            | "using"
            | "namespace"
            | "class"
            | "template"
            | "public"
            | "private"
            | "protected"
            | "delete"
            | "new"
            | "asm"
            | "__asm__"
            | "__attribute__"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    fn repair(text: &str) -> Option<String> {
        let at = Span::new(FileId(0), 0, text.len());
        let root = crate::syntax::parse(Text::plain(text.to_owned(), at), Language::C).unwrap();
        let kind = |name: &str| match name {
            "EVERY" => MacroKind::Loop,
            "STEP" => MacroKind::Statements,
            _ => MacroKind::Other,
        };
        repaired(&root, Language::C, &kind).map(|repaired| repaired.text.text)
    }

    #[test]
    fn statements_get_semicolons_and_loops() {
        let text = "void f(void) {\n ENTER\n TRACE((a))\n size_t n = 0;\n EACH(a, b) { g(a); }\n EVERY(x)\n h();\n LEAVE\n return;\n}";
        let wanted = "void f(void) {\n ENTER;\n TRACE((a));\n size_t n = 0;\n while (EACH(a, b)) { g(a); }\n while (EVERY(x))\n h();\n LEAVE;\n return;\n}";
        assert_eq!(repair(text).as_deref(), Some(wanted));
    }

    #[test]
    fn macros_that_are_statements_stand_side_by_side() {
        let text = "void f(void) { STEP(1) STEP(2) return; }";
        let wanted = "void f(void) { STEP(1); STEP(2); return; }";
        assert_eq!(repair(text).as_deref(), Some(wanted));
        assert_eq!(repair("void f(void) { STEP(1); g(); }"), None);
    }

    #[test]
    fn attributes_go() {
        let text = "void f(void) { size_t n ALIGNED(16) = 0; }";
        assert_eq!(repair(text).as_deref(), Some("void f(void) { size_t n   = 0; }"));
        assert_eq!(repair("void f(void) { size_t n = OLD(3); }"), None);
    }
}
