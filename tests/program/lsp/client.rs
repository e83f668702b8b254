//! A client that speaks with the real server over its standard input and output.

use crate::support::tree::Tree;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing takes so long, but on a machine that is very busy.
const LONG: Duration = Duration::from_secs(300);

/// A server that runs in a folder of its own, which is a repository.
pub struct Client {
    pub tree: Tree,
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Messages that were not waited for yet, in order.
    kept: Vec<Value>,
    requests: u64,
}

impl Client {
    /// Starts a server that waits for `initialize`.
    pub fn new(files: &[(&str, &str)]) -> Client {
        let tree = Tree::new(&[(".git/HEAD", "")]);
        files.iter().for_each(|(name, text)| tree.write(name, text));
        let mut command = tree.command(&["lsp"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Client {
            tree,
            child,
            stdin,
            messages,
            kept: Vec::new(),
            requests: 0,
        }
    }

    /// Starts a server and introduces the client.
    pub fn running(files: &[(&str, &str)]) -> Client {
        let mut client = Client::new(files);
        let answer = client.request(
            "initialize",
            json!({ "processId": null, "rootUri": null, "capabilities": {} }),
        );
        assert_eq!(
            answer["result"]["capabilities"]["textDocumentSync"]["change"], 1,
            "{answer}"
        );
        assert_eq!(
            answer["result"]["capabilities"]["positionEncoding"], "utf-16",
            "{answer}"
        );
        client.notify("initialized", json!({}));
        client
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.tree.path(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        self.tree.write(name, text);
    }

    /// The names used in these tests need no encoding.
    pub fn uri(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let stdin = self.stdin.as_mut().expect("it is open");
        let sent = write!(stdin, "Content-Length: {}\r\n\r\n{text}", text.len()).and_then(|()| stdin.flush());
        sent.expect("the server reads");
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and waits for its response.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.wait(|message| message["id"] == id)
    }

    /// The next message that is wanted; those before it are kept.
    pub fn wait(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.kept.iter().position(&is_wanted) {
            return self.kept.remove(index);
        }
        loop {
            let message = self.messages.recv_timeout(LONG).expect("the server answers");
            if is_wanted(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    pub fn open(&mut self, name: &str, text: &str) {
        let language = Path::new(name)
            .extension()
            .map_or("", |end| if end == "rs" { "rust" } else { "c" });
        let document = json!({ "uri": self.uri(name), "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub fn change(&mut self, name: &str, version: i32, text: &str) {
        let document = json!({ "uri": self.uri(name), "version": version });
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        self.notify("textDocument/didChange", params);
    }

    pub fn close(&mut self, name: &str) {
        let params = json!({ "textDocument": { "uri": self.uri(name) } });
        self.notify("textDocument/didClose", params);
    }

    /// The diagnostics of a version of a document.
    pub fn diagnostics(&mut self, name: &str, version: impl Into<Value>) -> Vec<Value> {
        let (uri, version) = (self.uri(name), version.into());
        let published = self.wait(|message| is_publish(message, &uri) && message["params"]["version"] == version);
        let diagnostics = published["params"]["diagnostics"].as_array();
        diagnostics.expect("a list").clone()
    }

    /// All that was published of a document and not waited for.
    pub fn published(&mut self, name: &str) -> usize {
        self.kept.extend(self.messages.try_iter());
        let uri = self.uri(name);
        self.kept.iter().filter(|message| is_publish(message, &uri)).count()
    }

    /// The code actions for a range.
    pub fn actions(&mut self, name: &str, range: &Value) -> Vec<Value> {
        let params = json!({
            "textDocument": { "uri": self.uri(name) },
            "range": range,
            "context": { "diagnostics": [] },
        });
        let answer = self.request("textDocument/codeAction", params);
        answer["result"].as_array().expect("a list").clone()
    }

    /// Closes the server's standard input and waits for its end.
    pub fn exit_code(mut self) -> Option<i32> {
        self.stdin = None;
        self.child.wait().expect("it ends").code()
    }

    /// Leaves as the protocol wants it.
    pub fn leave(mut self) {
        assert_eq!(self.request("shutdown", Value::Null)["result"], Value::Null);
        self.notify("exit", Value::Null);
        assert_eq!(self.exit_code(), Some(0));
    }
}

fn is_publish(message: &Value, uri: &str) -> bool {
    message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
}

fn read(stdout: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", number)) => length = number.parse().expect("a number"),
            Some(_) => {}
            None => break,
        }
    }
    let mut bytes = vec![0; length];
    stdout.read_exact(&mut bytes).expect("a whole message");
    Some(serde_json::from_slice(&bytes).expect("JSON"))
}
