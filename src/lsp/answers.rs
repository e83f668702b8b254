//! Answers about what is shown: the page of a rule, and the comment that allows a finding.

use super::lines::{Lines, utf16_length};
use super::workspace::{Document, Published};
use crate::finding::RuleId;
use crate::rules::{self, Rule};
use lsp_types::{
    CodeAction, CodeActionKind, Diagnostic, Hover, HoverContents, MarkupContent, MarkupKind, NumberOrString, Position,
    Range, TextEdit, WorkspaceEdit,
};

/// What stands in a new comment where its reason belongs.
const REASON: &str = "TODO: reason";

/// The pages of the rules that have a finding at a place.
pub(super) fn hover(document: &Document, at: Position) -> Option<Hover> {
    let published = current(document)?;
    let here = |range: Range| range.start <= at && at < range.end;
    let mut here = published.diagnostics.iter().filter(|diagnostic| here(diagnostic.range));
    let first = here.next()?;
    let mut pages: Vec<&str> = Vec::new();
    for rule in std::iter::once(first).chain(here).filter_map(rule) {
        if !pages.contains(&rule.page) {
            pages.push(rule.page);
        }
    }
    let value = pages.join("\n---\n\n");
    let kind = MarkupKind::Markdown;
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind, value }),
        range: Some(first.range),
    })
}

/// An edit for each rule and line in the range: the comment that allows what is found there.
pub(super) fn code_actions(document: &Document, at: Range, only: Option<&[CodeActionKind]>) -> Vec<CodeAction> {
    let kind = CodeActionKind::QUICKFIX;
    let is_wanted = only.is_none_or(|only| only.contains(&kind) || only.contains(&CodeActionKind::EMPTY));
    let mut actions: Vec<CodeAction> = Vec::new();
    let Some(published) = current(document).filter(|_| is_wanted) else {
        return actions;
    };
    let lines = Lines::new(&document.text);
    for diagnostic in &published.diagnostics {
        let rule = rule(diagnostic).filter(|rule| rule.id != RuleId::UnusedSuppression);
        let is_here = diagnostic.range.start <= at.end && at.start <= diagnostic.range.end;
        let Some(rule) = rule.filter(|_| is_here) else {
            continue;
        };
        let Some(edit) = allow(rule, diagnostic.range.start.line, &lines) else {
            continue;
        };
        let title = format!(
            "Allow {} on line {} by a comment",
            rule.id.id(),
            diagnostic.range.start.line + 1
        );
        // One comment does for all calls of the line.
        if let Some(same) = actions.iter_mut().find(|action| action.title == title) {
            same.diagnostics.get_or_insert_default().push(diagnostic.clone());
            continue;
        }
        actions.push(CodeAction {
            title,
            kind: Some(kind.clone()),
            diagnostics: Some(vec![diagnostic.clone()]),
            edit: Some(WorkspaceEdit {
                changes: Some([(document.uri.clone(), vec![edit])].into()),
                ..WorkspaceEdit::default()
            }),
            ..CodeAction::default()
        });
    }
    actions
}

/// What was published, if it is about the text as it is now.
fn current(document: &Document) -> Option<&Published> {
    let published = document.published.as_ref();
    published.filter(|published| published.revision == document.revision)
}

fn rule(diagnostic: &Diagnostic) -> Option<&'static Rule> {
    match diagnostic.code.as_ref()? {
        NumberOrString::String(name) => rules::by_name(name),
        NumberOrString::Number(_) => None,
    }
}

/// A comment on a line of its own above; within a macro, where that would end the macro, behind the code.
fn allow(rule: &Rule, line: u32, lines: &Lines) -> Option<TextEdit> {
    let text = lines.line(line as usize)?;
    let directive = format!("mremap-lint: allow({}) {REASON}", rule.id.id());
    let before = line.checked_sub(1).and_then(|before| lines.line(before as usize));
    let (column, new_text) = if before.is_some_and(|before| before.ends_with('\\')) {
        let code = text.trim_end_matches('\\').trim_end();
        (utf16_length(code), format!(" /* {directive} */"))
    } else {
        let indentation = &text[..text.len() - text.trim_start().len()];
        (0, format!("{indentation}// {directive}{}", lines.end_of(line as usize)))
    };
    let place = Position::new(line, column);
    Some(TextEdit::new(Range::new(place, place), new_text))
}
