//! The language server, driven as an editor drives it. No test depends on how long something takes.

mod client;

use client::Client;
use serde_json::{Value, json};

/// The call begins after a character that is two units in UTF-16, and four bytes.
const ZERO: &str = "void *f(void *p, unsigned long n)\n{\n\t/* 😀é */ return mremap(p, 0, n, 1);\n}\n";
const SAFE: &str = "void *f(void *p, unsigned long n)\n{\n\t/* 😀é */ return mremap(p, 4096, n, 1);\n}\n";
const WRAPPER: &str = "void *grow(void *p, unsigned long m, unsigned long n) { return mremap(p, m, n, 1); }\n";
const CALLER: &str = "void *g(void *p) { return grow(p, 0, 8192); }\n";

fn range(line: u32, start: u32, end: u32) -> Value {
    json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } })
}

/// The text after an edit, which is given by UTF-16 positions on lines that hold nothing else than ASCII before them.
fn edited(text: &str, edit: &Value) -> String {
    let start = &edit["range"]["start"];
    assert_eq!(start, &edit["range"]["end"], "it only inserts");
    let line = start["line"].as_u64().expect("a number") as usize;
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let at = before + start["character"].as_u64().expect("a number") as usize;
    format!(
        "{}{}{}",
        &text[..at],
        edit["newText"].as_str().expect("text"),
        &text[at..]
    )
}

#[test]
fn a_diagnostic_comes_and_goes() {
    let mut client = Client::running(&[("a.c", SAFE)]);
    client.open("a.c", ZERO);
    let diagnostics = client.diagnostics("a.c", 1);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    let diagnostic = &diagnostics[0];
    assert_eq!(diagnostic["range"], range(2, 18, 36));
    assert_eq!(diagnostic["severity"], 2);
    assert_eq!(diagnostic["code"], "zero-old-size");
    assert_eq!(
        diagnostic["codeDescription"]["href"],
        "https://man7.org/linux/man-pages/man2/mremap.2.html"
    );
    assert_eq!(diagnostic["source"], "mremap-lint");
    assert_eq!(diagnostic["tags"], json!([2]));
    let message = diagnostic["message"].as_str().expect("text");
    assert!(message.starts_with("This call of `mremap` passes an old_size that is zero on every visible path"));
    assert!(message.contains("memfd_create"), "{message}");
    client.change("a.c", 2, SAFE);
    assert_eq!(client.diagnostics("a.c", 2), [Value::Null; 0]);
    client.change("a.c", 3, ZERO);
    assert_eq!(client.diagnostics("a.c", 3).len(), 1);
    client.close("a.c");
    assert_eq!(client.diagnostics("a.c", Value::Null), [Value::Null; 0]);
    client.leave();
}

#[test]
fn other_files_count_and_the_buffers_of_open_ones_more() {
    let mut client = Client::running(&[
        ("lib/wrapper.c", WRAPPER),
        ("src/caller.c", "int saved;\n"),
        ("other.c", ZERO),
    ]);
    client.open("src/caller.c", CALLER);
    let found = client.diagnostics("src/caller.c", 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"], range(0, 26, 42));
    let related = found[0]["relatedInformation"].as_array().expect("places");
    let wrapper = related
        .iter()
        .find(|place| place["location"]["uri"] == client.uri("lib/wrapper.c"));
    assert_eq!(
        wrapper.expect("where the size goes")["location"]["range"],
        range(0, 63, 81)
    );
    // What is not saved yet counts, for the document itself and for the others that are open.
    client.open(
        "lib/wrapper.c",
        "void *grow(void *p, unsigned long m, unsigned long n) { return mremap(p, m + 4096, n, 1); }\n",
    );
    assert_eq!(client.diagnostics("lib/wrapper.c", 1), [Value::Null; 0]);
    assert_eq!(client.diagnostics("src/caller.c", 1), [Value::Null; 0]);
    // The file on the disk is as it was.
    client.close("lib/wrapper.c");
    assert_eq!(client.diagnostics("lib/wrapper.c", Value::Null), [Value::Null; 0]);
    assert_eq!(client.diagnostics("src/caller.c", 1).len(), 1);
    assert_eq!(client.published("other.c"), 0, "it is not open");
    client.write(
        "lib/wrapper.c",
        "void *grow(void *p, unsigned long m, unsigned long n) { return p; }\n",
    );
    let saved = json!({ "textDocument": { "uri": client.uri("src/caller.c") } });
    client.notify("textDocument/didSave", saved);
    assert_eq!(client.diagnostics("src/caller.c", 1), [Value::Null; 0]);
    client.leave();
}

#[test]
fn files_that_change_on_the_disk_are_noticed_without_being_told() {
    let mut client = Client::running(&[("lib/wrapper.c", WRAPPER), ("src/caller.c", CALLER)]);
    client.open("src/caller.c", CALLER);
    assert_eq!(client.diagnostics("src/caller.c", 1).len(), 1);
    client.write(
        "lib/wrapper.c",
        "void *grow(void *p, unsigned long m, unsigned long n) { return p; }\n",
    );
    assert_eq!(client.diagnostics("src/caller.c", 1), [Value::Null; 0]);
    client.leave();
}

#[test]
fn a_stray_file_is_examined_among_the_files_beside_it() {
    let stray = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(stray.path().join("below")).expect("a folder");
    std::fs::write(stray.path().join("beside.c"), WRAPPER).expect("a file");
    std::fs::write(stray.path().join("below/other.c"), WRAPPER.replace("grow", "widen")).expect("a file");
    let mut client = Client::running(&[]);
    let uri = format!("file://{}/caller.c", stray.path().display());
    let text = format!("{CALLER}{}", CALLER.replace("g(", "h(").replace("grow", "widen"));
    let document = json!({ "uri": uri, "languageId": "c", "version": 1, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }));
    let published = client.wait(|message| message["params"]["uri"] == uri.as_str());
    let diagnostics = published["params"]["diagnostics"].as_array().expect("a list");
    assert_eq!(
        diagnostics.len(),
        1,
        "what lies in folders below is not read: {published}"
    );
    assert_eq!(diagnostics[0]["range"]["start"]["line"], 0);
    client.leave();
}

#[test]
fn rust_and_names_that_uris_encode() {
    let mut client = Client::running(&[]);
    let text = "unsafe fn f(p: *mut libc::c_void) { unsafe { libc::mremap(p, 0, 1, 1) }; }\n";
    let uri = format!("{}/a%20%C3%A9.rs", client.uri("new"));
    let document = json!({ "uri": uri, "languageId": "rust", "version": 7, "text": text });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }));
    let published = client.wait(|message| message["params"]["uri"] == uri.as_str());
    assert_eq!(published["params"]["version"], 7);
    assert_eq!(
        published["params"]["diagnostics"][0]["code"], "zero-old-size",
        "{published}"
    );
    client.leave();
}

#[test]
fn the_configuration_is_honoured() {
    let mut client = Client::running(&[(
        "mremap-lint.toml",
        "exclude = [\"/vendor\"]\n[rules]\nzero-old-size = \"note\"\n",
    )]);
    client.open("vendor/a.c", ZERO);
    client.open("a.c", ZERO);
    assert_eq!(client.diagnostics("vendor/a.c", 1), [Value::Null; 0]);
    assert_eq!(client.diagnostics("a.c", 1)[0]["severity"], 3);
    client.write("mremap-lint.toml", "exlude = []\n");
    client.change("a.c", 2, ZERO);
    let shown = client.wait(|message| message["method"] == "window/showMessage");
    let text = shown["params"]["message"].as_str().expect("text");
    assert!(text.contains("mremap-lint.toml:1:1: unknown key `exlude`"), "{text}");
    client.write("mremap-lint.toml", "");
    client.change("a.c", 3, ZERO);
    assert_eq!(client.diagnostics("a.c", 3)[0]["severity"], 2);
    client.leave();
}

#[test]
fn hovering_shows_the_page_of_the_rule() {
    let mut client = Client::running(&[]);
    client.open("a.c", ZERO);
    client.diagnostics("a.c", 1);
    let mut hover = |line, character| {
        let position = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": client.uri("a.c") }, "position": position });
        client.request("textDocument/hover", params)["result"].clone()
    };
    assert_eq!(hover(2, 17), Value::Null);
    assert_eq!(hover(2, 36), Value::Null);
    assert_eq!(hover(1, 20), Value::Null);
    for character in [18, 35] {
        let hover = hover(2, character);
        assert_eq!(hover["range"], range(2, 18, 36));
        assert_eq!(hover["contents"]["kind"], "markdown");
        let text = hover["contents"]["value"].as_str().expect("text");
        assert!(
            text.starts_with("# zero-old-size\n") && text.contains("memfd_create"),
            "{text}"
        );
    }
    client.leave();
}

#[test]
fn a_code_action_allows_the_finding() {
    let in_macro =
        "#define VIEW(p, n) do { \\\n\tmremap(p, 0, n, 1); \\\n} while (0)\nvoid f(void *p) { VIEW(p, 4096); }\n";
    let twice = "void f(void *p) {\r\n  mremap(p, 0, 1, 1); mremap(p, 0, 1, 1);\r\n}\r\n";
    let rust = "fn f(p: *mut u8) {\n    unsafe {\n        libc::mremap(p, 0, 1, 1);\n    }\n}\n";
    let cases = [
        ("a.c", ZERO, "\t// mremap-lint: allow(zero-old-size) TODO: reason\n"),
        ("m.c", in_macro, ""),
        ("t.c", twice, "  // mremap-lint: allow(zero-old-size) TODO: reason\r\n"),
        (
            "r.rs",
            rust,
            "        // mremap-lint: allow(zero-old-size) TODO: reason\n",
        ),
    ];
    let mut client = Client::running(&[]);
    for (name, text, inserted) in cases {
        client.open(name, text);
        let diagnostics = client.diagnostics(name, 1);
        let (first, last) = (&diagnostics[0]["range"], &diagnostics[diagnostics.len() - 1]["range"]);
        let mut actions = client.actions(name, &json!({ "start": first["start"], "end": last["start"] }));
        assert_eq!(actions.len(), 1, "{name}: {actions:?}");
        let action = actions.remove(0);
        assert_eq!(action["kind"], "quickfix");
        assert_eq!(
            action["diagnostics"].as_array().map(Vec::len),
            Some(diagnostics.len()),
            "{name}"
        );
        let edit = &action["edit"]["changes"][client.uri(name)][0];
        if !inserted.is_empty() {
            assert_eq!(edit["newText"], inserted);
        }
        let text = edited(text, edit);
        client.change(name, 2, &text);
        assert_eq!(client.diagnostics(name, 2), [Value::Null; 0], "{text}");
        assert_eq!(client.actions(name, &range(0, 0, 0)), [Value::Null; 0]);
    }
    client.leave();
}

#[test]
fn fast_changes_do_not_pile_up() {
    let mut client = Client::running(&[]);
    client.open("a.c", SAFE);
    assert_eq!(client.diagnostics("a.c", 1), [Value::Null; 0]);
    for version in 2..=200 {
        let text = if version % 2 == 0 { ZERO } else { SAFE };
        client.change("a.c", version, &format!("{text}// {version}\n"));
    }
    client.change("a.c", 201, &format!("\n{ZERO}"));
    // Requests are answered meanwhile.
    let answer = client.request(
        "textDocument/hover",
        json!({
            "textDocument": { "uri": client.uri("a.c") },
            "position": { "line": 0, "character": 0 },
        }),
    );
    assert_eq!(answer["result"], Value::Null);
    let last = client.diagnostics("a.c", 201);
    assert_eq!(last.len(), 1);
    assert_eq!(last[0]["range"], range(3, 18, 36));
    assert!(client.published("a.c") < 100, "{} times", client.published("a.c"));
    client.leave();
}

#[test]
fn the_life_of_a_session_is_that_of_the_protocol() {
    let mut client = Client::new(&[]);
    let code = |answer: &Value| answer["error"]["code"].as_i64();
    assert_eq!(code(&client.request("textDocument/hover", json!({}))), Some(-32002));
    assert!(client.request("initialize", json!({ "capabilities": {} }))["result"].is_object());
    assert_eq!(
        code(&client.request("initialize", json!({ "capabilities": {} }))),
        Some(-32600)
    );
    assert_eq!(code(&client.request("no/such", json!({}))), Some(-32601));
    assert_eq!(code(&client.request("textDocument/hover", json!([]))), Some(-32602));
    client.notify("textDocument/didOpen", json!({ "nonsense": true }));
    client.notify("$/setTrace", json!({ "value": "off" }));
    assert_eq!(client.request("shutdown", Value::Null)["result"], Value::Null);
    assert_eq!(code(&client.request("textDocument/hover", json!({}))), Some(-32600));
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(0));

    let mut client = Client::running(&[]);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(1), "it was not shut down");
    assert_eq!(Client::running(&[]).exit_code(), Some(1), "the client is gone");
    let mut client = Client::new(&[]);
    client.notify("exit", Value::Null);
    assert_eq!(client.exit_code(), Some(1), "it was not even begun");
}
