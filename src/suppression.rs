//! Comments in the source that allow a finding: `mremap-lint: allow(rule-id, …) reason`.
//!
//! Behind code a comment stands for its own line, alone on its line for the next line of code. It allows what is found of
//! its rules in a call that has a part on that line. One that allows nothing is a finding itself, lest it hides a later one.

use crate::finding::{Finding, Level, RuleId, Suppression};
use crate::rules::{RULES, by_name};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::lexer;
use memchr::memmem;
use std::collections::BTreeMap;
use std::ops::Range;

/// What such a comment begins with.
const MARKER: &str = "mremap-lint:";

/// One rule that a comment names, or a comment that names none.
struct Allowed {
    /// The comment.
    comment: Span,
    /// The name, or what stands in its place.
    name: Span,
    rule: Option<RuleId>,
    understood: bool,
    reason: Option<String>,
    /// The line that the comment stands for.
    line: u32,
    used: bool,
}

/// Marks the findings that comments allow, and adds a finding for each comment that allows nothing.
pub fn apply(sources: &Sources, findings: &mut Vec<Finding>) {
    let mut by_file: BTreeMap<FileId, Vec<Allowed>> = BTreeMap::new();
    for (id, file) in sources.iter() {
        // The lexer runs only where it can find something.
        if memmem::find(file.text.as_bytes(), MARKER.as_bytes()).is_some() {
            by_file.insert(id, in_file(id, file));
        }
    }
    for finding in findings.iter_mut().filter(|finding| !finding.is_pass()) {
        let Some(allowed) = by_file.get_mut(&finding.at.file) else {
            continue;
        };
        let file = sources.file(finding.at.file);
        let lines = line(file, finding.at.start)..=line(file, finding.at.end.max(finding.at.start));
        for allowed in allowed
            .iter_mut()
            .filter(|allowed| allowed.rule == Some(finding.rule) && lines.contains(&allowed.line))
        {
            allowed.used = true;
            finding.suppression.get_or_insert_with(|| Suppression {
                at: allowed.comment,
                reason: allowed.reason.clone(),
            });
        }
    }
    let unused = by_file.values().flatten().filter(|allowed| !allowed.used);
    findings.extend(unused.map(|allowed| allowed.finding(sources)));
}

fn line(file: &SourceFile, offset: u32) -> u32 {
    file.lines().line(offset as usize)
}

fn in_file(id: FileId, file: &SourceFile) -> Vec<Allowed> {
    let comments = lexer::comments(&file.text, file.language);
    let mut found = Vec::new();
    for (index, comment) in comments.iter().enumerate() {
        if let Some(directive) = Directive::parse(&file.text, comment.clone()) {
            let line = stands_for(file, &comments, index);
            found.extend(directive.names.iter().map(|name| {
                let rule = by_name(&file.text[name.clone()]).map(|rule| rule.id);
                Allowed {
                    comment: Span::new(id, comment.start, comment.end),
                    name: Span::new(id, name.start, name.end),
                    rule: rule.filter(|&rule| directive.understood && rule != RuleId::UnusedSuppression),
                    understood: directive.understood,
                    reason: directive.reason.clone(),
                    line,
                    used: false,
                }
            }));
        }
    }
    found
}

/// The line that the comment of this index stands for.
fn stands_for(file: &SourceFile, comments: &[Range<usize>], index: usize) -> u32 {
    let (text, lines) = (&file.text, file.lines());
    let own = lines.line(comments[index].start);
    let mut start = lines.start_of(own);
    // Other comments before it on its line are not code.
    for comment in &comments[..index] {
        if comment.end > start && text[start.min(comment.start)..comment.start].trim().is_empty() {
            start = comment.end;
        }
    }
    if !text[start..comments[index].start].trim().is_empty() {
        return own;
    }
    let mut at = comments[index].end;
    for comment in &comments[index + 1..] {
        if !text[at..comment.start].trim().is_empty() {
            break;
        }
        at = comment.end;
    }
    let rest = &text[at..];
    lines.line(at + rest.len() - rest.trim_start().len())
}

/// A comment of ours, taken apart.
struct Directive {
    /// Where the names are. If it is not understood, where the whole is.
    names: Vec<Range<usize>>,
    reason: Option<String>,
    understood: bool,
}

impl Directive {
    /// None if the comment does not begin with the marker.
    fn parse(text: &str, comment: Range<usize>) -> Option<Directive> {
        let is_block = text[comment.clone()].starts_with("/*");
        let inner = &text[comment.clone()];
        let inner = if is_block {
            inner.strip_suffix("*/").unwrap_or(inner)
        } else {
            inner
        };
        let body = inner.trim_start_matches(['/', '*', '!']).trim();
        let rest = body.strip_prefix(MARKER)?;
        let at = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
        let range = |part: &str| at(part)..at(part) + part.len();
        let list = rest.trim_start().strip_prefix("allow").map(str::trim_start);
        let list = list.and_then(|list| list.strip_prefix('(')?.split_once(')'));
        let Some((list, reason)) = list.filter(|(list, _)| !list.trim().is_empty()) else {
            return Some(Directive {
                names: vec![range(rest.trim())],
                reason: None,
                understood: false,
            });
        };
        // A block comment's lines may begin with an asterisk.
        let words = reason.trim_start_matches([':', '-', '–', '—']).lines();
        let words = words.flat_map(|line| line.trim_start().trim_start_matches('*').split_whitespace());
        let reason = words.collect::<Vec<&str>>().join(" ");
        Some(Directive {
            names: list.split(',').map(|name| range(name.trim())).collect(),
            reason: (!reason.is_empty()).then_some(reason),
            understood: true,
        })
    }
}

impl Allowed {
    /// The comment as a finding of its own.
    fn finding(&self, sources: &Sources) -> Finding {
        let name = sources.slice(self.name);
        let reason = match self.rule {
            Some(rule) => format!(
                "There is no finding of `{}` on line {}, for which it stands.",
                rule.id(),
                self.line
            ),
            None if !self.understood => format!("It is not understood; write `{MARKER} allow(rule-id) reason`."),
            None if name == RuleId::UnusedSuppression.id() => {
                format!("`{name}` cannot be allowed: remove the comment.")
            }
            None => {
                let names = RULES.map(|rule| rule.id).into_iter();
                let names = names.filter(|&rule| rule != RuleId::UnusedSuppression);
                let names: Vec<String> = names.map(|rule| format!("`{}`", rule.id())).collect();
                format!("There is no rule `{name}`; the rules are {}.", names.join(", "))
            }
        };
        Finding {
            rule: RuleId::UnusedSuppression,
            level: Level::Note,
            at: self.comment,
            callee: String::new(),
            argument: name.split_whitespace().collect::<Vec<&str>>().join(" "),
            argument_at: self.name,
            function: None,
            reason,
            steps: Vec::new(),
            related: Vec::new(),
            outcome: None,
            suppression: None,
            baseline: None,
        }
    }
}
