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

/// For so long nothing must change before an analysis begins: most changes are a letter of a word. But where analyses take less,
/// waiting longer than they do saves nothing.
const QUIET: Duration = Duration::from_millis(100);
/// But who types on and on sees something after this time.
const PATIENCE: Duration = Duration::from_secs(1);
/// When nothing was new for so long after a change, it is looked whether other files have changed, once.
const IDLE: Duration = Duration::from_secs(2);

/// All documents and the way to the client. No analysis is made while the lock is held.
pub(super) struct Desk {
    session: Mutex<Session>,
    news: Condvar,
}

/// Takes messages.
type Client = Box<dyn Fn(Message) + Send>;

/// What both threads share.
struct Session {
    /// Nothing if the session is over.
    client: Option<Client>,
    workspace: Workspace,
    revision: u64,
    /// How long the last analysis took; nothing before the first.
    took: Option<Duration>,
    /// Something was analysed since the files on the disk were last looked at.
    to_look: bool,
}

impl Desk {
    /// `client` is dropped when the session is over.
    pub fn new(client: impl Fn(Message) + Send + 'static) -> Desk {
        Desk {
            session: Mutex::new(Session {
                client: Some(Box::new(client)),
                workspace: Workspace::default(),
                revision: 0,
                took: None,
                to_look: false,
            }),
            news: Condvar::new(),
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn send(&self, message: Message) {
        self.session().send(message);
    }

    /// The session is over. What was sent is on its way; nothing is sent any more.
    pub fn close(&self) {
        self.session().client = None;
        self.news.notify_all();
    }

    pub fn set_folders(&self, folders: Vec<PathBuf>) {
        self.session().workspace.folders = folders;
    }

    /// A document was opened, or has a new text.
    pub fn put(&self, path: PathBuf, uri: Uri, version: i32, text: String) {
        let mut session = self.session();
        session.revision += 1;
        let revision = session.revision;
        let published = session
            .workspace
            .open
            .remove(&path)
            .and_then(|document| document.published);
        let text = Arc::from(text);
        session.workspace.open.insert(
            path.clone(),
            Document {
                uri,
                version,
                text,
                revision,
                published,
            },
        );
        session.workspace.changed.insert(path);
        self.news.notify_all();
    }

    /// The files on the disk may be others than before.
    pub fn look_again(&self) {
        self.session().look_again();
        self.news.notify_all();
    }

    /// A document was closed: its file counts again, and nothing is shown of it.
    pub fn close_document(&self, path: &Path) {
        let mut session = self.session();
        if let Some(document) = session.workspace.open.remove(path) {
            session.publish(document.uri, None, Vec::new());
        }
        drop(session);
        self.look_again();
    }

    pub fn is_open(&self, path: &Path) -> bool {
        self.session().workspace.open.contains_key(path)
    }

    pub fn document(&self, path: &Path) -> Option<Document> {
        self.session().workspace.open.get(path).cloned()
    }

    /// An analysis is done.
    pub fn took(&self, time: Duration) {
        self.session().took = Some(time);
    }

    /// Waits until something is new and a moment has passed without more. Nothing when the session is over.
    pub fn wait(&self) -> Option<Workspace> {
        let is_idle = |session: &mut Session| session.workspace.changed.is_empty() && session.client.is_some();
        let session = self.session();
        let mut session = match session.to_look {
            true => {
                let waited = self.news.wait_timeout_while(session, IDLE, is_idle);
                let (mut session, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                if timeout.timed_out() {
                    session.look_again();
                }
                session
            }
            false => {
                let waited = self.news.wait_while(session, is_idle);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
        };
        let quiet = session.took.map_or(QUIET, |took| took.min(QUIET));
        let begun = Instant::now();
        while session.client.is_some() && begun.elapsed() < PATIENCE {
            let revision = session.revision;
            let is_quiet = |session: &mut Session| session.revision == revision && session.client.is_some();
            let waited = self.news.wait_timeout_while(session, quiet, is_quiet);
            let (after, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            session = after;
            if timeout.timed_out() {
                break;
            }
        }
        session.client.as_ref()?;
        let workspace = session.workspace.clone();
        session.to_look = !workspace.look;
        session.workspace.changed.clear();
        session.workspace.look = false;
        Some(workspace)
    }

    /// Publishes what is still true: diagnostics of documents that are open and have the text that was analysed.
    pub fn publish(&self, analysed: &BTreeMap<PathBuf, Document>, analysis: Analysis) {
        let mut session = self.session();
        for (path, diagnostics) in analysis.diagnostics {
            let Some(document) = session.workspace.open.get_mut(&path) else {
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
            session.publish(uri, Some(version), diagnostics);
        }
    }

    /// Tells the user what is in none of the documents.
    pub fn tell<'a>(&self, notices: impl IntoIterator<Item = &'a Notice>) {
        let session = self.session();
        for notice in notices {
            let method = if notice.is_shown {
                ShowMessage::METHOD
            } else {
                LogMessage::METHOD
            };
            let parameters = serde_json::json!({ "type": notice.level(), "message": notice.text });
            session.send(Notification::new(method.to_owned(), parameters).into());
        }
    }
}

impl Session {
    fn look_again(&mut self) {
        self.revision += 1;
        self.workspace.changed = self.workspace.open.keys().cloned().collect();
        self.workspace.look = true;
    }

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
