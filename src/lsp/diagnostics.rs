//! Findings as the protocol's diagnostics.

use super::lines::Lines;
use crate::finding::{Finding, Level, RuleId};
use crate::formats::{message, places};
use crate::rules::MANUAL_PAGE;
use crate::source::{FileId, Sources};
use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Uri,
};
use std::collections::BTreeMap;
use std::path::Path;

/// Makes diagnostics of the findings of one unit.
pub(super) struct Maker<'unit> {
    sources: &'unit Sources,
    /// The lines of each file that was spoken of.
    lines: BTreeMap<FileId, Lines<'unit>>,
    uri: &'unit dyn Fn(&Path) -> Option<Uri>,
}

impl<'unit> Maker<'unit> {
    /// `uri` says what the client calls a file.
    pub fn new(sources: &'unit Sources, uri: &'unit dyn Fn(&Path) -> Option<Uri>) -> Maker<'unit> {
        Maker {
            sources,
            lines: BTreeMap::new(),
            uri,
        }
    }

    pub fn diagnostic(&mut self, finding: &Finding) -> Diagnostic {
        let related: Vec<DiagnosticRelatedInformation> = places(finding)
            .into_iter()
            .filter_map(|step| {
                let uri = (self.uri)(&self.sources.file(step.at.file).path)?;
                let range = self.lines(step.at.file).range(step.at);
                let location = Location { uri, range };
                let message = step.text.clone();
                Some(DiagnosticRelatedInformation { location, message })
            })
            .collect();
        let is_zero = matches!(finding.rule, RuleId::Zero | RuleId::MaybeZero);
        Diagnostic {
            range: self.lines(finding.at.file).range(finding.at),
            severity: Some(severity(finding.level)),
            code: Some(NumberOrString::String(finding.rule.id().to_owned())),
            code_description: MANUAL_PAGE.parse().ok().map(|href| CodeDescription { href }),
            source: Some(super::NAME.to_owned()),
            message: message(finding, self.sources),
            related_information: (!related.is_empty()).then_some(related),
            tags: is_zero.then(|| vec![DiagnosticTag::DEPRECATED]),
            data: None,
        }
    }

    fn lines(&mut self, file: FileId) -> &Lines<'unit> {
        let text = &self.sources.file(file).text;
        self.lines.entry(file).or_insert_with(|| Lines::new(text))
    }
}

fn severity(level: Level) -> DiagnosticSeverity {
    match level {
        Level::Error => DiagnosticSeverity::ERROR,
        Level::Warning => DiagnosticSeverity::WARNING,
        Level::Note | Level::None => DiagnosticSeverity::INFORMATION,
    }
}
