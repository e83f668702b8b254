//! What the client has told and what it is told, shared by the thread that talks with it and the one that analyses.

use super::analysis::{Analysis, Notice};
use super::workspace::{Document, Published, Workspace};
use lsp_server::{Message, Notification};
use lsp_types::notification::{LogMessage, Notification as _, PublishDiagnostics, ShowMessage};
use lsp_types::{Diagnostic, PublishDiagnosticsParams, Uri};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For so long nothing must change before an analysis begins: most changes are a letter of a word.
const QUIET: Duration = Duration::from_millis(100);
/// But who types on and on sees something after this time.
const PATIENCE: Duration = Duration::from_secs(1);

/// All documents and the way to the client. No analysis is made while the lock is held.
pub(super) struct Desk {
    state: Mutex<State>,
    news: Condvar,
}

/// Takes messages.
type Client = Box<dyn Fn(Message) + Send>;

struct State {
    /// Nothing if the session is over.
    client: Option<Client>,
    workspace: Workspace,
    revision: u64,
}

impl Desk {
    /// `client` is dropped when the session is over.
    pub fn new(client: impl Fn(Message) + Send + 'static) -> Desk {
        Desk {
            state: Mutex::new(State {
                client: Some(Box::new(client)),
                workspace: Workspace::default(),
                revision: 0,
            }),
            news: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn send(&self, message: Message) {
        self.state().send(message);
    }

    /// The session is over. What was sent is on its way; nothing is sent any more.
    pub fn close(&self) {
        self.state().client = None;
        self.news.notify_all();
    }

    pub fn set_folders(&self, folders: Vec<PathBuf>) {
        self.state().workspace.folders = folders;
    }

    /// A document was opened, or has a new text.
    pub fn put(&self, path: PathBuf, uri: Uri, version: i32, text: String) {
        let mut state = self.state();
        state.revision += 1;
        let revision = state.revision;
        let published = state
            .workspace
            .open
            .remove(&path)
            .and_then(|document| document.published);
        let text = Arc::from(text);
        state.workspace.open.insert(
            path.clone(),
            Document {
                uri,
                version,
                text,
                revision,
                published,
            },
        );
        state.workspace.changed.insert(path);
        self.news.notify_all();
    }

    /// The files on the disk may be others than before.
    pub fn look_again(&self) {
        let mut state = self.state();
        state.revision += 1;
        state.workspace.changed = state.workspace.open.keys().cloned().collect();
        self.news.notify_all();
    }

    /// A document was closed: its file counts again, and nothing is shown of it.
    pub fn close_document(&self, path: &Path) {
        let mut state = self.state();
        if let Some(document) = state.workspace.open.remove(path) {
            state.publish(document.uri, None, Vec::new());
        }
        drop(state);
        self.look_again();
    }

    pub fn is_open(&self, path: &Path) -> bool {
        self.state().workspace.open.contains_key(path)
    }

    pub fn document(&self, path: &Path) -> Option<Document> {
        self.state().workspace.open.get(path).cloned()
    }

    /// Waits until something is new and a moment has passed without more. Nothing when the session is over.
    pub fn wait(&self) -> Option<Workspace> {
        let is_idle = |state: &mut State| state.workspace.changed.is_empty() && state.client.is_some();
        let waited = self.news.wait_while(self.state(), is_idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        while state.client.is_some() && begun.elapsed() < PATIENCE {
            let revision = state.revision;
            let is_quiet = |state: &mut State| state.revision == revision && state.client.is_some();
            let waited = self.news.wait_timeout_while(state, QUIET, is_quiet);
            let (after, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = after;
            if timeout.timed_out() {
                break;
            }
        }
        state.client.as_ref()?;
        let workspace = state.workspace.clone();
        state.workspace.changed.clear();
        Some(workspace)
    }

    /// Publishes what is still true: diagnostics of documents that are open and have the text that was analysed.
    pub fn publish(&self, analysed: &BTreeMap<PathBuf, Document>, analysis: Analysis) {
        let mut state = self.state();
        for (path, diagnostics) in analysis.diagnostics {
            let Some(document) = state.workspace.open.get_mut(&path) else {
                continue;
            };
            let revision = document.revision;
            let published = Some(Published { revision, diagnostics });
            let is_old = analysed.get(&path).is_none_or(|before| before.revision != revision);
            if is_old || document.published == published {
                continue;
            }
            document.published = published.clone();
            let (uri, version) = (document.uri.clone(), document.version);
            let diagnostics = published.map(|published| published.diagnostics).unwrap_or_default();
            state.publish(uri, Some(version), diagnostics);
        }
    }

    /// Tells the user what is in none of the documents.
    pub fn tell<'a>(&self, notices: impl IntoIterator<Item = &'a Notice>) {
        let state = self.state();
        for notice in notices {
            let method = if notice.is_shown {
                ShowMessage::METHOD
            } else {
                LogMessage::METHOD
            };
            let parameters = serde_json::json!({ "type": notice.level(), "message": notice.text });
            state.send(Notification::new(method.to_owned(), parameters).into());
        }
    }
}

impl State {
    fn send(&self, message: Message) {
        if let Some(client) = &self.client {
            client(message);
        }
    }

    fn publish(&self, uri: Uri, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
        let parameters = PublishDiagnosticsParams {
            uri,
            diagnostics,
            version,
        };
        self.send(Notification::new(PublishDiagnostics::METHOD.to_owned(), parameters).into());
    }
}
