//! Open documents → their diagnostics, each among the files that it belongs to.

use super::diagnostics::Maker;
use super::workspace::Workspace;
use crate::config::{self, Configured};
use crate::input::{self, Buffers};
use crate::paths;
use crate::scan::{self, Checked, Options};
use crate::source::{Problem, ProblemKind};
use lsp_types::{Diagnostic, MessageType, Uri};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What is the same for documents that are analysed together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Context {
    /// The folder of the files that belong to them.
    root: Option<PathBuf>,
    /// The configuration file.
    config: Option<PathBuf>,
}

/// What an analysis gave.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    /// For all documents of the context.
    pub diagnostics: BTreeMap<PathBuf, Vec<Diagnostic>>,
    pub notices: BTreeSet<Notice>,
}

/// Something for the user that no place in a document stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Notice {
    /// The user has to do something, so it is shown and not only logged.
    pub is_shown: bool,
    pub text: String,
}

impl Notice {
    pub fn level(&self) -> MessageType {
        if self.is_shown {
            MessageType::ERROR
        } else {
            MessageType::WARNING
        }
    }

    fn of_problem(problem: &Problem) -> Notice {
        Notice {
            // What is wrong with the program itself is shown; limits and the like are there for those who look.
            is_shown: problem.kind == ProblemKind::Internal,
            text: problem.to_string(),
        }
    }
}

impl Workspace {
    /// What is to be analysed anew, and the documents of each: what is new in one counts for all that lie in the same root.
    pub fn contexts(&self) -> BTreeMap<Context, BTreeSet<PathBuf>> {
        let mut contexts: BTreeMap<Context, BTreeSet<PathBuf>> = BTreeMap::new();
        for path in self.open.keys() {
            let context = Context {
                root: input::context(path, &self.folders),
                config: config::find(std::slice::from_ref(path)).ok().flatten(),
            };
            contexts.entry(context).or_default().insert(path.clone());
        }
        let changed = contexts
            .iter()
            .filter(|(_, documents)| !documents.is_disjoint(&self.changed));
        let roots: BTreeSet<Option<PathBuf>> = changed.map(|(context, _)| context.root.clone()).collect();
        contexts.retain(|context, _| roots.contains(&context.root));
        contexts
    }

    /// Analyses the documents of one context.
    pub fn analyse(&self, context: &Context, documents: &BTreeSet<PathBuf>) -> Analysis {
        let mut analysis = Analysis::default();
        let no_diagnostics = documents.iter().map(|path| (path.clone(), Vec::new()));
        analysis.diagnostics.extend(no_diagnostics);
        match self.options(context, documents) {
            Ok(options) => {
                let _ = scan::scan(&options, |checked| {
                    self.add(&checked, &mut analysis);
                    ControlFlow::<()>::Continue(())
                });
            }
            Err(text) => {
                analysis.notices.insert(Notice { is_shown: true, text });
            }
        }
        analysis
    }

    fn options(&self, context: &Context, documents: &BTreeSet<PathBuf>) -> Result<Options, String> {
        let configured = match &context.config {
            Some(path) => Configured::read(path)?,
            None => Configured::default(),
        };
        let mut options = configured.options()?;
        // An editor opens what it likes; what the configuration leaves out is of no interest all the same.
        options.input.force_exclude = true;
        options.input.paths.extend(context.root.clone());
        let mut buffers = Buffers::default();
        let is_inside = |path: &Path| context.root.as_ref().is_some_and(|root| path.starts_with(root));
        for (path, document) in &self.open {
            if documents.contains(path) || is_inside(path) {
                buffers.insert(path.clone(), document.text.as_bytes());
            }
        }
        options.input.buffers = buffers;
        Ok(options)
    }

    fn add(&self, checked: &Checked, analysis: &mut Analysis) {
        let uri = |path: &Path| self.uri(path);
        let mut maker = Maker::new(&checked.sources, &uri);
        for finding in &checked.findings {
            let path = &checked.sources.file(finding.at.file).path;
            if let Some(diagnostics) = analysis.diagnostics.get_mut(path) {
                diagnostics.push(maker.diagnostic(finding));
            }
        }
        analysis.notices.extend(checked.problems.iter().map(Notice::of_problem));
    }

    /// What the client calls a file, if it has opened it; else what we call it.
    fn uri(&self, path: &Path) -> Option<Uri> {
        if let Some(document) = self.open.get(path) {
            return Some(document.uri.clone());
        }
        let path = std::path::absolute(path).ok()?;
        format!("file://{}", paths::percent_encoded(&path)).parse().ok()
    }
}
