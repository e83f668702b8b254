//! The `#if` structure of a file: drops what can never be compiled for Linux and describes the groups that are left.

use crate::source::Language;
use crate::syntax::condition;
use crate::syntax::lexer::{self, Token, TokenKind};
use std::collections::HashMap;
use std::ops::Range;

/// How many groups without a token between them are passed on the way to the next token.
const LEAPS: usize = 100;

/// One arm of an `#if` group.
#[derive(Debug)]
pub struct Arm {
    /// The token of its directive.
    pub directive: usize,
    /// What it tests, as [`condition::setting`] spells it; empty for `#else`.
    pub setting: String,
    /// Whether it is taken if the setting holds; true for `#else`.
    pub positive: bool,
}

impl Arm {
    /// Whether the arm is `#else`.
    pub fn is_else(&self) -> bool {
        self.setting.is_empty()
    }

    /// The condition as text, negated if it has to be.
    pub fn condition(&self, holds: bool) -> String {
        if self.positive == holds {
            self.setting.clone()
        } else {
            condition::negation(&self.setting)
        }
    }
}

/// An `#if` group whose arms the build chooses from.
#[derive(Debug)]
pub struct Group {
    /// Its arms; never empty.
    pub arms: Vec<Arm>,
    /// The token of its `#endif`, or the number of tokens if there is none.
    pub end: usize,
    /// The arm that belongs to the main configuration: one consistent choice through the whole file, the first arm of the
    /// first group that tests a setting. None if no arm does.
    pub main: Option<usize>,
}

/// What a directive is to those who walk over the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    /// Opens a group.
    If(usize),
    /// Ends an arm of a group and opens the arm of the number.
    Arm(usize, usize),
    /// Ends a group.
    End(usize),
    /// `#define`.
    Define,
    /// `#include`, `#include_next`, `#import`.
    Include,
    /// Any other.
    Other,
}

/// A file's tokens without what is dead, and its groups.
#[derive(Debug, Default)]
pub struct Preprocessed {
    /// The tokens that are left.
    pub tokens: Vec<Token>,
    /// The groups in the order of their starts.
    pub groups: Vec<Group>,
    /// The directives among the tokens.
    directives: Vec<(usize, Directive)>,
    /// What has to be blanked.
    pub blanks: Vec<Range<usize>>,
    /// Directives that have to be spelt otherwise because arms before them are blanked: bytes and their new text.
    patches: Vec<(Range<usize>, String)>,
}

impl Preprocessed {
    /// Tokens that have no directives among them.
    pub fn plain(tokens: Vec<Token>, blanks: Vec<Range<usize>>) -> Preprocessed {
        Preprocessed {
            tokens,
            blanks,
            ..Preprocessed::default()
        }
    }

    /// What the directive at a token is; `Other` for other tokens.
    pub fn directive(&self, token: usize) -> Directive {
        let found = self.directives.binary_search_by_key(&token, |(at, _)| *at);
        found.map_or(Directive::Other, |index| self.directives[index].1)
    }

    /// Whether any directive lies between two tokens.
    pub fn has_directives(&self, tokens: &Range<usize>) -> bool {
        let first = self.directives.partition_point(|(at, _)| *at < tokens.start);
        self.directives.get(first).is_some_and(|(at, _)| *at < tokens.end)
    }

    /// Whether the token is a directive.
    pub fn is_directive(&self, token: usize) -> bool {
        self.tokens
            .get(token)
            .is_some_and(|token| token.kind == TokenKind::Directive)
    }

    /// The token after `token` as one configuration has it: of a group the main arm, of the arm we are in its rest.
    pub fn next(&self, token: usize) -> Option<usize> {
        let (mut at, mut leaps) = (token + 1, 0);
        while self.tokens.get(at)?.kind == TokenKind::Directive && leaps < LEAPS {
            (at, leaps) = match self.directive(at) {
                Directive::If(group) => (self.main_start(group) + 1, leaps + 1),
                Directive::Arm(group, _) => (self.groups[group].end + 1, leaps + 1),
                _ => (at + 1, leaps),
            };
        }
        (leaps < LEAPS).then_some(at)
    }

    /// The token before `token` in the same sense.
    pub fn previous(&self, token: usize) -> Option<usize> {
        let (mut at, mut leaps) = (token.checked_sub(1)?, 0);
        while self.tokens[at].kind == TokenKind::Directive && leaps < LEAPS {
            (at, leaps) = match self.directive(at) {
                Directive::End(group) => (self.main_end(group).checked_sub(1)?, leaps + 1),
                Directive::Arm(group, _) => (self.groups[group].arms[0].directive.checked_sub(1)?, leaps + 1),
                _ => (at.checked_sub(1)?, leaps),
            };
        }
        (leaps < LEAPS).then_some(at)
    }

    /// The directive that opens the main arm, or the `#endif` if there is none.
    fn main_start(&self, group: usize) -> usize {
        let group = &self.groups[group];
        group.main.map_or(group.end, |arm| group.arms[arm].directive)
    }

    /// The directive that ends the main arm, or the one that opens the group if there is none.
    fn main_end(&self, group: usize) -> usize {
        let group = &self.groups[group];
        match group.main {
            Some(arm) => group.arms.get(arm + 1).map_or(group.end, |next| next.directive),
            None => group.arms[0].directive,
        }
    }

    /// The text with what is dead blanked.
    pub fn clean(&self, text: &str) -> String {
        if self.blanks.is_empty() && self.patches.is_empty() {
            return text.to_owned();
        }
        let mut bytes = text.as_bytes().to_vec();
        for range in &self.blanks {
            for byte in &mut bytes[range.clone()] {
                if !matches!(*byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
        }
        for (range, patch) in &self.patches {
            bytes[range.clone()].copy_from_slice(patch.as_bytes());
        }
        String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
    }
}

/// Works out the groups of a file's tokens.
pub fn preprocess(text: &str, tokens: Vec<Token>, language: Language) -> Preprocessed {
    let guard = include_guard(text, &tokens);
    let count = tokens.len();
    let mut pass = Pass {
        text,
        language,
        open: Vec::new(),
        choices: HashMap::new(),
        kept: 0,
        result: Preprocessed::plain(tokens, Vec::new()),
    };
    for index in 0..count {
        let token = pass.result.tokens[index];
        if token.kind == TokenKind::Directive {
            pass.directive(token, guard == Some(index));
        } else if pass.is_live() {
            pass.keep(token);
        }
    }
    pass.finish()
}

/// The first directive, if it is the `#ifndef X` of an include guard.
fn include_guard(text: &str, tokens: &[Token]) -> Option<usize> {
    let [first, second, ..] = tokens else { return None };
    let (first, second) = (Line::read(text, *first)?, Line::read(text, *second)?);
    let (setting, positive) = condition::setting(first.name, first.rest);
    let guarded = !positive && second.name == "define" && second.rest.trim_start().starts_with(&setting);
    (guarded && first.name.starts_with("if") && !setting.is_empty()).then_some(0)
}

/// A directive's parts.
struct Line<'a> {
    name: &'a str,
    rest: &'a str,
}

impl<'a> Line<'a> {
    fn read(text: &'a str, token: Token) -> Option<Line<'a>> {
        if token.kind != TokenKind::Directive {
            return None;
        }
        let name = std::str::from_utf8(lexer::directive_name(text.as_bytes(), token.start as usize)).ok()?;
        let after = name.as_ptr() as usize - text.as_ptr() as usize + name.len();
        Some(Line {
            name,
            rest: text
                .get(after.min(token.end as usize)..token.end as usize)
                .unwrap_or(""),
        })
    }
}

/// A group while it is open.
struct Open {
    /// Index among the groups, once an arm is left to the build.
    group: Option<usize>,
    /// An arm was certainly taken: those after it are dead.
    decided: bool,
    /// The arm that is open is dead.
    dead: bool,
    /// Where the dead part began.
    dead_from: usize,
}

struct Pass<'a> {
    text: &'a str,
    language: Language,
    open: Vec<Open>,
    choices: HashMap<String, bool>,
    /// How many tokens are kept so far.
    kept: usize,
    result: Preprocessed,
}

impl Pass<'_> {
    fn is_live(&self) -> bool {
        self.open.last().is_none_or(|open| !open.dead)
    }

    fn directive(&mut self, token: Token, guard: bool) {
        let text = self.text;
        let Some(line) = Line::read(text, token) else { return };
        match line.name {
            "if" | "ifdef" | "ifndef" if !self.is_live() => {
                // All arms of a group inside something dead are dead as well, and blanked with it.
                self.open.push(Open {
                    group: None,
                    decided: true,
                    dead: true,
                    dead_from: 0,
                });
            }
            "if" | "ifdef" | "ifndef" => {
                self.open.push(Open {
                    group: None,
                    decided: false,
                    dead: false,
                    dead_from: 0,
                });
                self.arm(token, &line, guard);
            }
            "elif" | "elifdef" | "elifndef" | "else" => self.next_arm(token, &line),
            "endif" => self.end(token),
            _ if self.is_live() => {
                let directive = match line.name {
                    "define" => Directive::Define,
                    "include" | "include_next" | "import" => Directive::Include,
                    _ => Directive::Other,
                };
                self.keep_directive(token, directive);
            }
            _ => {}
        }
    }

    /// Keeps a token: the kept ones move to the front of all.
    fn keep(&mut self, token: Token) {
        self.result.tokens[self.kept] = token;
        self.kept += 1;
    }

    fn keep_directive(&mut self, token: Token, directive: Directive) {
        self.result.directives.push((self.kept, directive));
        self.keep(token);
    }

    fn next_arm(&mut self, token: Token, line: &Line) {
        if self.is_inside_dead() {
            return;
        }
        let Some(open) = self.open.last_mut() else {
            return self.result.blanks.push(bytes(token));
        };
        if open.dead {
            self.result.blanks.push(open.dead_from..token.start as usize);
            open.dead = false;
        }
        self.arm(token, line, false);
    }

    /// Whether a group around the innermost one is in a dead arm.
    fn is_inside_dead(&self) -> bool {
        self.open.len() >= 2 && self.open[self.open.len() - 2].dead
    }

    /// The arm that `token` opens is dead.
    fn kill(&mut self, token: Token) {
        if let Some(open) = self.open.last_mut() {
            open.dead = true;
            open.dead_from = token.start as usize;
        }
    }

    /// Opens an arm of the innermost group.
    fn arm(&mut self, token: Token, line: &Line, guard: bool) {
        let Some(open) = self.open.last_mut() else { return };
        let (setting, positive) = match line.name {
            "else" => (String::new(), true),
            name => condition::setting(name.trim_start_matches("el"), line.rest),
        };
        let setting = if setting.is_empty() && line.name != "else" {
            "?".to_owned()
        } else {
            setting
        };
        let truth = match line.name {
            "else" => Some(true),
            _ if guard => Some(true),
            _ => condition::truth(&setting, self.language).map(|truth| truth == positive),
        };
        match (open.decided, truth, open.group) {
            (true, ..) | (_, Some(false), _) => self.kill(token),
            (_, Some(true), None) => {
                open.decided = true;
                self.result.blanks.push(bytes(token));
            }
            (_, Some(true), Some(group)) => {
                open.decided = true;
                if line.name != "else" {
                    self.respell(token, line, "else", true);
                }
                self.undecided(group, token, String::new(), true);
            }
            (_, None, Some(group)) => self.undecided(group, token, setting, positive),
            (_, None, None) => {
                let group = self.result.groups.len();
                open.group = Some(group);
                self.result.groups.push(Group {
                    arms: Vec::new(),
                    end: usize::MAX,
                    main: None,
                });
                if let Some(name) = line.name.strip_prefix("el") {
                    self.respell(token, line, name, false);
                }
                self.undecided(group, token, setting, positive);
            }
        }
    }

    fn undecided(&mut self, group: usize, token: Token, setting: String, positive: bool) {
        let directive = self.kept;
        let arms = &mut self.result.groups[group];
        let number = arms.arms.len();
        if arms.main.is_none() {
            let taken = setting.is_empty() || *self.choices.entry(setting.clone()).or_insert(positive) == positive;
            arms.main = taken.then_some(number);
        }
        arms.arms.push(Arm {
            directive,
            setting,
            positive,
        });
        self.keep_directive(
            token,
            if number == 0 {
                Directive::If(group)
            } else {
                Directive::Arm(group, number)
            },
        );
    }

    /// Writes another name into a directive; what is left of its old text is blanked.
    fn respell(&mut self, token: Token, line: &Line, name: &str, whole: bool) {
        let start = line.name.as_ptr() as usize - self.text.as_ptr() as usize;
        if whole {
            self.result.blanks.push(start..token.end as usize);
        }
        let patch = format!("{name:<width$}", width = line.name.len());
        self.result.patches.push((start..start + line.name.len(), patch));
    }

    fn end(&mut self, token: Token) {
        let Some(open) = self.open.pop() else {
            return self.result.blanks.push(bytes(token));
        };
        if !self.is_live() {
            return;
        }
        if open.dead {
            self.result.blanks.push(open.dead_from..token.start as usize);
        }
        match open.group {
            Some(group) => {
                self.result.groups[group].end = self.kept;
                self.keep_directive(token, Directive::End(group));
            }
            None => self.result.blanks.push(bytes(token)),
        }
    }

    fn finish(mut self) -> Preprocessed {
        if let Some(open) = self.open.iter().find(|open| open.dead) {
            // The outermost one: what is inside it is blanked with it.
            self.result.blanks.push(open.dead_from..self.text.len());
        }
        self.result.tokens.truncate(self.kept);
        for group in &mut self.result.groups {
            group.end = group.end.min(self.kept);
        }
        self.result
    }
}

fn bytes(token: Token) -> Range<usize> {
    token.range()
}
