//! Open documents → their diagnostics, each among the files that it belongs to.

use super::diagnostics::Maker;
use super::steady::steady;
use super::workspace::Workspace;
use crate::config::{self, Configured};
use crate::input::{self, Buffers, Home};
use crate::paths;
use crate::scan::{Checked, Options, Session};
use crate::source::{Problem, ProblemKind};
use lsp_types::{Diagnostic, MessageType, Uri};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is the same for documents that are analysed together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Context {
    /// Where they belong. Stray ones come last, and only the files beside them are read: their folder may be any.
    home: Option<Home>,
    /// The configuration file.
    config: Option<PathBuf>,
}

/// What is kept of the contexts that have open documents, from one analysis to the next.
#[derive(Default)]
pub(super) struct Kept {
    contexts: BTreeMap<Context, (Configured, Session)>,
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
        let mut contexts = self.all_contexts();
        let changed = contexts
            .iter()
            .filter(|(_, documents)| !documents.is_disjoint(&self.changed));
        let homes: BTreeSet<Option<Home>> = changed.map(|(context, _)| context.home.clone()).collect();
        contexts.retain(|context, _| homes.contains(&context.home));
        contexts
    }

    fn all_contexts(&self) -> BTreeMap<Context, BTreeSet<PathBuf>> {
        let mut contexts: BTreeMap<Context, BTreeSet<PathBuf>> = BTreeMap::new();
        for path in self.open.keys() {
            let context = Context {
                home: input::home(path, &self.folders),
                config: config::find(std::slice::from_ref(path)).ok().flatten(),
            };
            contexts.entry(context).or_default().insert(path.clone());
        }
        contexts
    }

    /// Analyses the documents of one context.
    pub fn analyse(&self, kept: &mut Kept, context: &Context, documents: &BTreeSet<PathBuf>) -> Analysis {
        let mut analysis = Analysis::default();
        let no_diagnostics = documents.iter().map(|path| (path.clone(), Vec::new()));
        analysis.diagnostics.extend(no_diagnostics);
        let contexts = self.all_contexts();
        kept.contexts.retain(|context, _| contexts.contains_key(context));
        match self.options(context, documents) {
            Ok((configured, options)) => {
                // What was worked out under another configuration is of no use; and should this fail, nothing is kept.
                let known = kept.contexts.remove(context).filter(|known| known.0 == configured);
                let mut session = known.map(|known| known.1).unwrap_or_default();
                session.scan(&options, self.look, |checked| self.add(&checked, &mut analysis));
                kept.contexts.insert(context.clone(), (configured, session));
            }
            Err(text) => {
                analysis.notices.insert(Notice { is_shown: true, text });
            }
        }
        analysis
    }

    fn options(&self, context: &Context, documents: &BTreeSet<PathBuf>) -> Result<(Configured, Options), String> {
        let configured = match &context.config {
            Some(path) => Configured::read(path)?,
            None => Configured::default(),
        };
        let mut options = configured.options()?;
        // An editor opens what it likes; what the configuration leaves out is of no interest all the same.
        options.input.force_exclude = true;
        options.input.flat = context.home.as_ref().is_some_and(|home| home.is_stray);
        let root = context.home.as_ref().map(|home| &home.folder);
        options.input.paths.extend(root.cloned());
        let mut buffers = Buffers::default();
        let is_inside = |path: &Path| match &context.home {
            Some(home) if home.is_stray => path.parent() == Some(&home.folder),
            home => home.as_ref().is_some_and(|home| path.starts_with(&home.folder)),
        };
        for (path, document) in &self.open {
            if documents.contains(path) || is_inside(path) {
                buffers.insert(path.clone(), steady(path, &document.text).into_bytes());
            }
        }
        options.input.buffers = buffers;
        Ok((configured, options))
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
