//! The command line on hostile archives: exit codes, what each format tells, memory, and that nothing is written.

use crate::support::archives::{self, Header, SENTINEL, cpio, file, gzip, rpm, tar};
use crate::support::program::{Watched, watch};
use crate::support::tree::Tree;
use serde_json::Value;
use std::fs;

const FORMATS: [&str; 6] = ["text", "gcc", "github", "sarif", "jsonl", "gitlab"];
/// What a run may take, far above what one takes.
const MEGABYTES: u64 = 300;

/// Checks an archive in a folder that holds nothing else, with folders for temporary files and for the user's own beside it.
fn check(name: &str, bytes: &[u8], format: &str) -> Watched {
    let tree = Tree::new(&[]);
    for name in ["inputs", "home", "tmp"] {
        fs::create_dir(tree.path(name)).expect("the folder is ours");
    }
    tree.write(format!("inputs/{name}"), bytes);
    let mut command = tree.command(&["check", "--format", format, name]);
    command
        .current_dir(tree.path("inputs"))
        .env("HOME", tree.path("home"))
        .env("TMPDIR", tree.path("tmp"));
    let run = watch(&mut command);
    assert!(run.megabytes <= MEGABYTES, "{name}: {} MB", run.megabytes);
    assert_eq!(tree.names("inputs"), [name], "nothing is unpacked");
    assert!(tree.names("home").is_empty() && tree.names("tmp").is_empty());
    assert_eq!(tree.names(""), ["home", "inputs", "tmp"]);
    run
}

fn code(run: &Watched) -> Option<i32> {
    run.status.and_then(|status| status.code())
}

/// Characters that a terminal obeys, or that hide what stands there.
fn is_harmful(c: char) -> bool {
    c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c)
}

#[test]
fn names_cannot_forge_lines_or_drive_a_terminal() {
    let names: [&[u8]; 5] = [
        b"a\n::error::forged.c",
        b"b\nx.c:1:1: warning: forged.c",
        b"c\x1b]0;title\x07\x1b[2J.c",
        "d\u{202e}c.\u{2066}e.c".as_bytes(),
        b"f\xff\r\x08\x9b.c",
    ];
    let bytes = tar(&names.map(|name| (name, SENTINEL)));
    for format in FORMATS {
        let run = check("names.tar", &bytes, format);
        assert_eq!(code(&run), Some(1), "{format}: {}", run.err);
        let harmful = run.err.chars().find(|c| is_harmful(*c));
        assert_eq!(harmful, None, "{format}");
        match format {
            "sarif" | "gitlab" => {
                serde_json::from_str::<Value>(&run.out).expect("JSON");
            }
            "jsonl" => {
                let objects = run
                    .out
                    .lines()
                    .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
                assert_eq!(objects.filter(|object| object["type"] == "finding").count(), 5);
            }
            _ => {
                assert_eq!(run.out.chars().find(|c| is_harmful(*c)), None, "{format}");
                let marker = if format == "text" { "warning[" } else { "" };
                let begins = |line: &&str| line.starts_with("::error::forged") || line.starts_with("x.c:1:1");
                assert_eq!(run.out.lines().filter(begins).count(), 0, "{format}");
                let findings = run.out.lines().filter(|line| line.starts_with(marker));
                assert_eq!(findings.count(), 5, "{format}: {}", run.out);
            }
        }
    }
}

#[test]
fn what_leads_out_of_an_archive_is_told() {
    let bytes = tar(&[("../../../e.c", SENTINEL), ("/tmp/abs.c", SENTINEL)]);
    for format in FORMATS {
        let run = check("out.tar", &bytes, format);
        assert_eq!(code(&run), Some(1), "{format}: {}", run.err);
        assert_eq!(run.err.matches("leads out of the archive").count(), 2, "{format}");
    }
}

/// Bombs, lies and damage: what was read before counts, trouble is told, and the exit code says that not all was read.
#[test]
fn what_is_not_read_is_told_in_every_format() {
    let zeros = Header::file("zeros.c", 400 << 20).block();
    let bomb = [
        gzip(&[file("a.c", SENTINEL), zeros].concat()),
        gzip(&vec![0; 4 << 20]).repeat(100),
    ]
    .concat();
    let cut = gzip(&tar(&[("a.c", SENTINEL), ("b.c", &[b'x'; 5_000])]));
    let lie = [file("a.c", SENTINEL), Header::file("b.c", 1 << 30).block()].concat();
    let long = [
        file("a.c", SENTINEL),
        archives::member(
            &Header {
                kind: b'L',
                ..Header::file("long", 6 << 20)
            },
            &vec![b'n'; 6 << 20],
        ),
    ]
    .concat();
    let package = rpm(&archives::zstd(&cpio(&[("a.c", SENTINEL), ("b.tar.gz", &bomb[..])])));
    let archives: [(&str, &[u8]); 5] = [
        ("bomb.tar.gz", &bomb),
        ("cut.tgz", &cut[..cut.len() - 20]),
        ("lie.tar", &lie),
        ("long.tar", &long),
        ("bomb.src.rpm", &package),
    ];
    for (name, bytes) in archives {
        for format in FORMATS {
            let run = check(name, bytes, format);
            assert_eq!(code(&run), Some(2), "{name} {format}: {}", run.err);
            assert!(
                run.err.starts_with(&format!("mremap-lint: {name}")),
                "{name} {format}: {}",
                run.err
            );
            assert!(
                run.out.contains("a.c"),
                "{name} {format}: what was read before is missing"
            );
            // The formats that tell problems tell this one.
            assert!(run.out.contains(name) || format == "text", "{name} {format}");
        }
    }
}

/// A description whose parts are not there, or lie elsewhere.
#[test]
fn descriptions_name_files_beside_them_only() {
    let text = |part: &str| {
        format!("Format: 3.0 (native)\nSource: a\nVersion: 1\nFiles:\n 00000000000000000000000000000000 9 {part}\n")
    };
    for part in [
        "gone.tar.gz",
        "../out.tar.gz",
        "/etc/hostname",
        ".hidden.tar.gz",
        "a\u{1b}[2J.tar.gz",
    ] {
        for format in FORMATS {
            let run = check("a_1.dsc", text(part).as_bytes(), format);
            assert_eq!(code(&run), Some(2), "{part} {format}: {}", run.err);
            assert_eq!(run.err.chars().find(|c| is_harmful(*c)), None, "{format}");
        }
    }
}
