//! What a client has open.

use lsp_types::{Diagnostic, Uri};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// What the client works on.
#[derive(Clone, Debug, Default)]
pub(super) struct Workspace {
    /// The documents that are open.
    pub open: BTreeMap<PathBuf, Document>,
    /// Those of which something is new.
    pub changed: BTreeSet<PathBuf>,
    /// Files on the disk may have changed.
    pub look: bool,
    /// The folders that the client works in.
    pub folders: Vec<PathBuf>,
}

/// An open document.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// What the client calls it.
    pub uri: Uri,
    pub version: i32,
    pub text: Arc<str>,
    /// Tells its states apart, whatever the client does with versions.
    pub revision: u64,
    pub published: Option<Published>,
}

/// What was published last of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Published {
    pub revision: u64,
    pub diagnostics: Vec<Diagnostic>,
}
