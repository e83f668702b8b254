//! The `#if` groups inside an item that a syntax tree cannot show (in an argument list, in a condition, with a brace in one
//! arm only, …), and the consistent ways to take arms of them: what has to be blanked for each, other directives included.

use super::preprocessor::{Directive, Preprocessed};
use crate::syntax::lexer::{self, TokenKind};
use std::collections::BTreeMap;
use std::ops::Range;

/// How many choices are made at most.
const VARIANTS: usize = 8;

/// How far back a `?` is looked for that belongs to a `:`.
const TERNARY: usize = 60;

/// How many directives in a row are looked past for what follows them.
const DIRECTIVES: usize = 60;

/// The byte ranges to blank in the item of the tokens, for each choice that agrees with the conditions that hold for the
/// item. `nested` are bytes of other items that lie in it.
pub fn variants(
    text: &str,
    pre: &Preprocessed,
    tokens: &Range<usize>,
    nested: &[Range<usize>],
    conditions: &[String],
) -> Vec<Vec<Range<usize>>> {
    if !pre.has_directives(tokens) {
        return vec![Vec::new()];
    }
    let mut walk = Walk::new(text, pre, tokens.clone());
    walk.run();
    let (groups, settings) = walk.resolved();
    if groups.is_empty() {
        return vec![walk.lines];
    }
    let mut result: Vec<Vec<Range<usize>>> = Vec::new();
    let mut choices = choices(&settings);
    let agrees = |choice: &Choice| conditions.iter().all(|condition| agrees(choice, condition));
    if choices.iter().any(agrees) {
        choices.retain(agrees);
    }
    for choice in choices {
        let mut blanks = walk.lines.clone();
        blanks.extend(nested.iter().cloned());
        for group in &groups {
            walk.take(*group, &choice, &mut blanks);
        }
        let blanks = merged(blanks);
        if !result.contains(&blanks) {
            result.push(blanks);
        }
    }
    result
}

/// Whether each setting holds.
type Choice<'a> = BTreeMap<&'a str, bool>;

/// Whether a choice can be made where the condition holds.
fn agrees(choice: &Choice, condition: &str) -> bool {
    let negated = condition.strip_prefix("!(").and_then(|rest| rest.strip_suffix(')'));
    choice
        .get(negated.unwrap_or(condition))
        .is_none_or(|holds| *holds == negated.is_none())
}

/// Assignments of the settings: all of them if they are few, else all true, all false, and one by one.
fn choices(settings: &[String]) -> Vec<Choice<'_>> {
    let count = settings.len();
    let assign = |holds: &dyn Fn(usize) -> bool| {
        settings
            .iter()
            .enumerate()
            .map(|(index, setting)| (setting.as_str(), holds(index)))
            .collect()
    };
    if 1usize.checked_shl(count as u32).is_some_and(|all| all <= VARIANTS) {
        return (0..1usize << count)
            .rev()
            .map(|bits| assign(&|index| bits >> index & 1 == 1))
            .collect();
    }
    let mut choices = vec![assign(&|_| true), assign(&|_| false)];
    choices.extend((0..count.min(VARIANTS - 2)).map(|single| assign(&|index| index == single)));
    choices
}

/// The same bytes as ranges in order that don't overlap.
pub fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.dedup_by(|next, before| {
        let touches = next.start <= before.end;
        if touches {
            before.end = before.end.max(next.end);
        }
        touches
    });
    ranges
}

/// An open group during the walk.
struct Open {
    group: usize,
    braces: usize,
    parens: usize,
    /// The least depth of braces in the arm.
    least: usize,
    main_end: Option<(usize, usize)>,
    arm: usize,
    clean: bool,
}

struct Walk<'a> {
    text: &'a str,
    pre: &'a Preprocessed,
    tokens: Range<usize>,
    braces: usize,
    parens: usize,
    open: Vec<Open>,
    /// Groups with a directive in the item: whether a tree can show them.
    groups: BTreeMap<usize, bool>,
    /// Other directives.
    lines: Vec<Range<usize>>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, pre: &'a Preprocessed, tokens: Range<usize>) -> Walk<'a> {
        Walk {
            text,
            pre,
            tokens,
            braces: 0,
            parens: 0,
            open: Vec::new(),
            groups: BTreeMap::new(),
            lines: Vec::new(),
        }
    }

    fn run(&mut self) {
        for at in self.tokens.clone() {
            let token = self.pre.tokens[at];
            if token.kind == TokenKind::Directive {
                self.directive(at);
                continue;
            }
            match token.mark(self.text) {
                b'{' => self.braces += 1,
                b'}' => self.braces = self.braces.saturating_sub(1),
                b'(' | b'[' => self.parens += 1,
                b')' | b']' => self.parens = self.parens.saturating_sub(1),
                _ => {}
            }
            if let Some(open) = self.open.last_mut() {
                open.least = open.least.min(self.braces);
            }
        }
        while let Some(open) = self.open.pop() {
            self.groups.insert(open.group, false);
        }
    }

    fn directive(&mut self, at: usize) {
        let fits = self.parens == 0 && self.braces > 0 && self.is_boundary(at);
        match self.pre.directive(at) {
            Directive::If(group) => {
                let (braces, parens) = (self.braces, self.parens);
                let clean = fits && !self.next_is_else(at);
                self.open.push(Open {
                    group,
                    braces,
                    parens,
                    least: braces,
                    main_end: None,
                    arm: 0,
                    clean,
                });
            }
            Directive::Arm(group, arm) => {
                let next_is_else = self.next_is_else(at);
                let Some(open) = self.end_arm(group, fits) else { return };
                open.clean &= !next_is_else;
                open.arm = arm;
                (self.braces, self.parens) = (open.braces, open.parens);
            }
            Directive::End(group) => {
                let next_is_else = self.next_is_else(at);
                let Some(open) = self.end_arm(group, fits) else { return };
                open.clean &= !next_is_else;
                let (clean, least) = (open.clean, open.least);
                (self.braces, self.parens) = open.main_end.unwrap_or((open.braces, open.parens));
                self.open.pop();
                self.groups.insert(group, clean);
                if let Some(outer) = self.open.last_mut() {
                    outer.least = outer.least.min(least);
                }
            }
            // A macro is an item of its own, and grammars trip over directives more often than not.
            // What a file holds stands in its place: that is no blank.
            _ if lexer::directive_name(self.text.as_bytes(), self.pre.tokens[at].range().start) == b"embed" => {}
            _ => self.lines.push(self.pre.tokens[at].range()),
        }
    }

    /// Ends an arm of the innermost group. None if the group began before the item, which no tree can show.
    fn end_arm(&mut self, group: usize, fits: bool) -> Option<&mut Open> {
        let (braces, parens) = (self.braces, self.parens);
        let Some(open) = self.open.last_mut().filter(|open| open.group == group) else {
            self.groups.insert(group, false);
            return None;
        };
        open.clean &= fits && braces == open.braces && open.least >= open.braces;
        if self.pre.groups[group].main == Some(open.arm) {
            open.main_end = Some((braces, parens));
        }
        Some(open)
    }

    /// Whether a statement can end before the directive at the token.
    fn is_boundary(&self, at: usize) -> bool {
        let mut before = (self.tokens.start..at).rev().take(DIRECTIVES);
        let Some(before) = before.find(|before| !self.pre.is_directive(*before)) else {
            return false;
        };
        match self.pre.tokens[before].mark(self.text) {
            b';' | b'{' | b'}' => true,
            b':' => !self.is_ternary(before) && !self.is_label(before),
            _ => false,
        }
    }

    /// Whether a label ends at the colon: it needs its statement with it. `case` and `default` don't.
    fn is_label(&self, colon: usize) -> bool {
        let word = |back: usize| {
            colon
                .checked_sub(back)
                .map_or("", |at| self.pre.tokens[at].text(self.text))
        };
        let access = matches!(
            word(1),
            "default" | "public" | "private" | "protected" | "slots" | "signals"
        );
        let named = colon > 0 && self.pre.tokens[colon - 1].is_name();
        let directive = colon.checked_sub(2).is_some_and(|before| self.pre.is_directive(before));
        named && !access && (directive || matches!(word(2), ";" | "{" | "}" | ":"))
    }

    fn is_ternary(&self, colon: usize) -> bool {
        let before = self.pre.tokens[self.tokens.start..colon].iter().rev().take(TERNARY);
        let marks = before.map(|token| token.mark(self.text));
        marks
            .take_while(|mark| !matches!(mark, b';' | b'{' | b'}'))
            .any(|mark| mark == b'?')
    }

    /// Whether what follows the directive goes on with the statement before it.
    fn next_is_else(&self, at: usize) -> bool {
        let mut following = (at + 1..self.tokens.end).take(DIRECTIVES);
        let next = following.find(|next| self.pre.tokens[*next].kind != TokenKind::Directive);
        let next = next.map_or("", |next| self.pre.tokens[next].text(self.text));
        matches!(next, "else" | "," | ")" | "]" | "=" | "." | "->" | "&&" | "||" | "?")
    }

    /// The groups whose arms have to be chosen, in order, and the settings that they test. A group that a tree could show
    /// is among them if all its settings are chosen anyway, so that one variant never takes both sides of a setting.
    fn resolved(&self) -> (Vec<usize>, Vec<String>) {
        let mut settings: Vec<String> = Vec::new();
        for (group, clean) in &self.groups {
            for arm in self.pre.groups[*group]
                .arms
                .iter()
                .filter(|arm| !clean && !arm.is_else())
            {
                if !settings.contains(&arm.setting) && settings.len() < 64 {
                    settings.push(arm.setting.clone());
                }
            }
        }
        let chosen = |group: &usize| {
            let mut arms = self.pre.groups[*group].arms.iter().filter(|arm| !arm.is_else());
            arms.all(|arm| settings.contains(&arm.setting))
        };
        let groups = self.groups.iter().filter(|(group, clean)| !**clean || chosen(group));
        (groups.map(|(group, _)| *group).collect(), settings)
    }

    /// Blanks the directives of a group and the arms that the choice does not take.
    fn take(&self, group: usize, choice: &Choice, blanks: &mut Vec<Range<usize>>) {
        let group = &self.pre.groups[group];
        let taken = group.arms.iter().position(|arm| {
            arm.is_else() || choice.get(arm.setting.as_str()).copied().unwrap_or(false) == arm.positive
        });
        let whole = self.bytes_of_item();
        let directive = |token: usize| {
            self.pre
                .tokens
                .get(token)
                .map_or(whole.end..whole.end, |token| token.range())
        };
        let (first, last) = (directive(group.arms[0].directive), directive(group.end));
        let kept = taken.map(|arm| {
            let next = group.arms.get(arm + 1).map_or(group.end, |next| next.directive);
            directive(group.arms[arm].directive).end..directive(next).start
        });
        let kept = kept.unwrap_or(last.end..last.end);
        for range in [first.start..kept.start, kept.end..last.end] {
            let clipped = range.start.max(whole.start)..range.end.min(whole.end);
            if clipped.start < clipped.end {
                blanks.push(clipped);
            }
        }
    }

    fn bytes_of_item(&self) -> Range<usize> {
        self.pre.tokens[self.tokens.start].range().start..self.pre.tokens[self.tokens.end - 1].range().end
    }
}
