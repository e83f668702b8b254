//! The language server: diagnostics of what an editor shows, as it is typed.
//!
//! One thread talks with the client and never waits for an analysis (`desk`); another analyses (`worker`). The text of
//! each open document stands for its file, all of them at once, and what is found in them is published; their other files
//! only count (`analysis`, [`crate::input::Buffers`]). Positions are in UTF-16 code units (`lines`).

mod analysis;
mod answers;
mod desk;
mod diagnostics;
mod lines;
mod steady;
mod worker;
mod workspace;

use crate::input::by_name;
use crate::paths;
use crate::scan::STACK;
use analysis::Kept;
use desk::Desk;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument, Exit,
    Notification as _,
};
use lsp_types::request::{CodeActionRequest, HoverRequest, Initialize, Request as _, Shutdown};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, HoverParams, HoverProviderCapability, PositionEncodingKind,
    SaveOptions, ServerCapabilities, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// The name of the server and of the source of its diagnostics.
const NAME: &str = env!("CARGO_PKG_NAME");

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The client has not introduced itself.
    New,
    Running,
    /// The client has said that it will leave.
    Leaving,
}

/// Serves one client over standard input and output. Returns whether it has left as the protocol wants it.
pub fn serve() -> bool {
    let (Connection { sender, receiver }, threads) = Connection::stdio();
    let desk = Arc::new(Desk::new(move |message| {
        // A client that reads no more will close its side, too.
        let _ = sender.send(message);
    }));
    let for_worker = Arc::clone(&desk);
    let worker = std::thread::Builder::new().stack_size(STACK);
    // It is not waited for: what it has not finished when the client leaves is of no use.
    let started = worker.spawn(move || {
        let mut kept = Kept::default();
        worker::work(&for_worker, |workspace, context, documents| {
            workspace.analyse(&mut kept, context, documents)
        });
    });
    let mut phase = Phase::New;
    let orderly = loop {
        match receiver.recv() {
            Err(_) => break false,
            Ok(Message::Request(request)) => {
                let response = answer(&desk, &mut phase, request);
                desk.send(response.into());
            }
            Ok(Message::Notification(notification)) if notification.method == Exit::METHOD => {
                break phase == Phase::Leaving;
            }
            Ok(Message::Notification(notification)) if phase == Phase::Running => {
                // What is malformed cannot be answered.
                let _ = notified(&desk, notification);
            }
            Ok(Message::Notification(_) | Message::Response(_)) => {}
        }
    };
    desk.close();
    threads.join().is_ok() && started.is_ok() && orderly
}

fn answer(desk: &Desk, phase: &mut Phase, request: Request) -> Response {
    let Request { id, method, params } = request;
    let refuse = |code: ErrorCode, text: String| Response::new_err(id.clone(), code as i32, text);
    let result = match (*phase, method.as_str()) {
        (Phase::New, Initialize::METHOD) => {
            *phase = Phase::Running;
            desk.set_folders(folders(&params));
            Ok(json!({
                "capabilities": capabilities(),
                "serverInfo": { "name": NAME, "version": env!("CARGO_PKG_VERSION") },
            }))
        }
        (Phase::New, _) => return refuse(ErrorCode::ServerNotInitialized, "initialize comes first".into()),
        (Phase::Leaving, _) => return refuse(ErrorCode::InvalidRequest, "the server was shut down".into()),
        (Phase::Running, Initialize::METHOD) => {
            return refuse(ErrorCode::InvalidRequest, "initialize comes once".into());
        }
        (Phase::Running, Shutdown::METHOD) => {
            *phase = Phase::Leaving;
            Ok(Value::Null)
        }
        (Phase::Running, HoverRequest::METHOD) => hover(desk, params),
        (Phase::Running, CodeActionRequest::METHOD) => code_actions(desk, params),
        (Phase::Running, _) => return refuse(ErrorCode::MethodNotFound, format!("{method} is not provided")),
    };
    match result {
        Ok(result) => Response::new_ok(id, result),
        Err(error) => refuse(ErrorCode::InvalidParams, error.to_string()),
    }
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(PositionEncodingKind::UTF16),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::FULL),
            save: Some(SaveOptions::default().into()),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}

/// The folders that the client works in.
fn folders(params: &Value) -> Vec<PathBuf> {
    let folders = params["workspaceFolders"].as_array().into_iter().flatten();
    let uris = folders.map(|folder| &folder["uri"]).chain([&params["rootUri"]]);
    uris.filter_map(|uri| paths::of_file_uri(uri.as_str()?)).collect()
}

fn notified(desk: &Desk, notification: Notification) -> serde_json::Result<()> {
    let Notification { method, params } = notification;
    match method.as_str() {
        DidOpenTextDocument::METHOD => {
            let document = serde_json::from_value::<DidOpenTextDocumentParams>(params)?.text_document;
            let path = path(&document.uri).filter(|path| {
                let name = path.file_name().and_then(by_name);
                name.is_some() || ["c", "cpp", "rust"].contains(&document.language_id.as_str())
            });
            if let Some(path) = path {
                desk.put(path, document.uri, document.version, document.text);
            }
        }
        DidChangeTextDocument::METHOD => {
            let params: DidChangeTextDocumentParams = serde_json::from_value(params)?;
            let (document, changes) = (params.text_document, params.content_changes);
            let path = path(&document.uri).filter(|path| desk.is_open(path));
            // Each is the whole text; the last is how it is now.
            if let (Some(path), Some(change)) = (path, changes.into_iter().next_back()) {
                desk.put(path, document.uri, document.version, change.text);
            }
        }
        DidCloseTextDocument::METHOD => {
            let params: DidCloseTextDocumentParams = serde_json::from_value(params)?;
            if let Some(path) = path(&params.text_document.uri) {
                desk.close_document(&path);
            }
        }
        DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => desk.look_again(),
        _ => {}
    }
    Ok(())
}

/// The file of a document. What has none is not examined.
fn path(uri: &Uri) -> Option<PathBuf> {
    paths::of_file_uri(uri.as_str())
}

fn hover(desk: &Desk, params: Value) -> serde_json::Result<Value> {
    let params: HoverParams = serde_json::from_value(params)?;
    let place = params.text_document_position_params;
    let document = path(&place.text_document.uri).and_then(|path| desk.document(&path));
    serde_json::to_value(document.and_then(|document| answers::hover(&document, place.position)))
}

fn code_actions(desk: &Desk, params: Value) -> serde_json::Result<Value> {
    let params: CodeActionParams = serde_json::from_value(params)?;
    let document = path(&params.text_document.uri).and_then(|path| desk.document(&path));
    let only = params.context.only.as_deref();
    let actions = document.map(|document| answers::code_actions(&document, params.range, only));
    serde_json::to_value(actions.unwrap_or_default())
}
