//! For people at a terminal: the call and its argument in their source, the way of the zero, what the kernel does, what to
//! write instead. One finding can be read alone.

use super::excerpt::{self, Excerpt};
use super::{FormatWriter, Settings, UnitResult, message, printable};
use crate::finding::{Finding, Level, RuleId, Step, StepKind};
use crate::source::{FileId, Sources, Span};
use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level as Look, Origin, Padding, Renderer, Snippet,
};
use std::io::{self, Write};

/// Columns of the sentences below a finding.
const WIDTH: usize = 100;
/// Marked places shown for one finding at most.
const PLACES: usize = 24;

/// The format.
pub(super) struct Text {
    renderer: Renderer,
}

/// A place and what is said there.
struct Mark {
    at: Span,
    label: String,
    kind: AnnotationKind,
}

impl Text {
    pub fn new(settings: Settings) -> Text {
        let renderer = if settings.color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        Text { renderer }
    }

    fn finding(&self, finding: &Finding, sources: &Sources) -> String {
        let look = match finding.level {
            Level::Error => Look::ERROR,
            Level::Warning => Look::WARNING,
            Level::Note => Look::NOTE,
            Level::None => Look::INFO.with_name("pass"),
        };
        let title = printable(&message::lower_first(&message::headline(finding))).into_owned();
        let mut group = Group::with_title(look.primary_title(title).id(finding.rule.id()));
        let marks = marks(finding);
        for file in files(finding, &marks) {
            group = group.elements(excerpts(file, &marks, finding, sources));
        }
        let language = sources.file(finding.at.file).language;
        let notes = [
            ("why", finding.reason.clone()),
            ("kernel", message::outcome(finding)),
            ("instead", message::instead(finding, language).unwrap_or_default()),
            ("suppressed", message::suppressed(finding)),
        ];
        for (name, text) in notes.into_iter().filter(|(_, text)| !text.is_empty()) {
            let look = if name == "instead" { Look::HELP } else { Look::NOTE };
            group = group.element(look.with_name(name).message(wrapped(&printable(&text), name.len())));
        }
        without_blank_heads(&self.renderer.render(&[group]))
    }
}

impl FormatWriter for Text {
    fn unit(&mut self, unit: UnitResult, out: &mut dyn Write) -> io::Result<()> {
        for finding in unit.findings.iter().filter(|finding| !finding.is_known()) {
            writeln!(out, "{}\n", self.finding(finding, unit.sources))?;
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// The call, its argument, and the steps that are elsewhere, numbered if there are several.
fn marks(finding: &Finding) -> Vec<Mark> {
    let label = match finding.steps.iter().find(|step| step.at == finding.argument_at) {
        Some(step) => step.text.clone(),
        None if finding.rule == RuleId::UnusedSuppression => String::new(),
        None => "old_size".to_owned(),
    };
    let inside = finding.at.contains(finding.argument_at);
    let argument = if inside { finding.argument_at } else { finding.at };
    let mut marks = vec![Mark {
        at: argument,
        label: printable(&label).into_owned(),
        kind: AnnotationKind::Primary,
    }];
    if inside {
        marks.push(Mark {
            at: finding.at,
            label: String::new(),
            kind: AnnotationKind::Context,
        });
    }
    let known = |step: &Step| [finding.at, finding.argument_at].contains(&step.at) && step.kind != StepKind::Branch;
    let steps: Vec<&Step> = finding.steps.iter().filter(|step| !known(step)).collect();
    for (index, step) in steps.iter().enumerate() {
        let number = if steps.len() > 1 {
            format!("{}: ", index + 1)
        } else {
            String::new()
        };
        marks.push(Mark::context(step, &number));
    }
    marks.extend(
        finding
            .related
            .iter()
            .filter(|step| !known(step))
            .map(|step| Mark::context(step, "")),
    );
    marks.truncate(PLACES);
    marks
}

impl Mark {
    fn context(step: &Step, number: &str) -> Mark {
        Mark {
            at: step.at,
            label: format!("{number}{}", printable(&step.text)),
            kind: AnnotationKind::Context,
        }
    }
}

/// The finding's file, then the others in the order in which the steps visit them.
fn files(finding: &Finding, marks: &[Mark]) -> Vec<FileId> {
    let mut files = vec![finding.at.file];
    for mark in marks {
        if !files.contains(&mark.at.file) {
            files.push(mark.at.file);
        }
    }
    files
}

/// The excerpts of one file, each below a line that says where it is.
fn excerpts<'a>(file: FileId, marks: &[Mark], finding: &Finding, sources: &Sources) -> Vec<Element<'a>> {
    let source = sources.file(file);
    let mut places: Vec<Span> = marks.iter().map(|mark| mark.at).filter(|at| at.file == file).collect();
    places.sort();
    let mut runs = excerpt::runs(source, &places);
    // The excerpt with the call comes first.
    runs.sort_by_key(|run| !run.contains(&finding.at));
    let mut elements = Vec::new();
    for run in runs {
        let head = if run.contains(&finding.at) { finding.at } else { run[0] };
        let position = source.position(head.start);
        let path = printable(&source.path.to_string_lossy()).into_owned();
        let origin = Origin::path(path)
            .line(position.line as usize)
            .char_column(position.column as usize);
        if head.file != finding.at.file || !elements.is_empty() {
            elements.push(Element::Padding(Padding));
        }
        elements.push(Element::Origin(origin));
        let excerpt = Excerpt::new(source, &run);
        let annotations: Vec<Annotation> = marks
            .iter()
            .filter(|mark| run.contains(&mark.at))
            .map(|mark| {
                let label = (!mark.label.is_empty()).then(|| mark.label.clone());
                mark.kind.span(excerpt.locate(source, mark.at)).label(label)
            })
            .collect();
        let snippet = Snippet::source(excerpt.text)
            .line_start(excerpt.first_line as usize)
            .annotations(annotations);
        elements.push(Element::Cause(snippet));
    }
    elements
}

/// The renderer takes an excerpt whose place is given beforehand, because its columns are not those of the excerpt, for one
/// of a file without name and announces it by an empty head. That line is left out.
fn without_blank_heads(rendered: &str) -> String {
    let is_blank_head =
        |line: &str| line.contains("::: ") && anstream::adapter::strip_str(line).to_string().trim() == ":::";
    let lines: Vec<&str> = rendered.split('\n').filter(|line| !is_blank_head(line)).collect();
    lines.join("\n")
}

/// The text in lines of a readable length; `indent` columns of the first are taken.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = indent;
    for word in text.split_whitespace() {
        let length = word.chars().count() + 1;
        if !lines.is_empty() {
            lines.push(if column + length > WIDTH { '\n' } else { ' ' });
        }
        column = if column + length > WIDTH {
            indent + length
        } else {
            column + length
        };
        lines.push_str(word);
    }
    lines
}
