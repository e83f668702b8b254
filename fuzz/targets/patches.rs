//! Patches and the descriptions of Debian's source packages.

use mremap_lint::inside::archive::{Dsc, FilePatch, parse_patch};

pub fn description(data: &[u8]) {
    let Some(dsc) = Dsc::parse(&String::from_utf8_lossy(data)) else {
        return;
    };
    assert!(!dsc.label().is_empty() && !dsc.parts.is_empty());
    for part in &dsc.parts {
        assert!(!part.name.contains('/') && !part.name.starts_with('.'));
        part.role();
    }
}

/// A patch, a zero byte, and the text that it is for.
pub fn patch(data: &[u8]) {
    let end = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    let text = data.get(end + 1..).unwrap_or_default();
    for file in parse_patch(&data[..end]) {
        // Whether it fits is another matter.
        let _ = file.apply(text);
    }
}

/// A patch that is made from two texts makes one from the other. Each byte is a line that stays, goes or comes.
pub fn made(data: &[u8]) {
    let Some((settings, edits)) = data.split_first() else {
        return;
    };
    let context = usize::from(settings % 4);
    let edits: Vec<(u8, String)> = edits
        .iter()
        .map(|byte| (byte >> 4, format!("{}\n", byte & 15)))
        .collect();
    let (mut old, mut new) = (String::new(), String::new());
    for (edit, line) in &edits {
        if keeps_old(*edit) {
            old.push_str(line);
        }
        if keeps_new(*edit) {
            new.push_str(line);
        }
    }
    let mut text = String::from("--- a/x\n+++ b/x\n");
    let near = |at: &usize| {
        let window = &edits[at.saturating_sub(context)..(at + context + 1).min(edits.len())];
        window.iter().any(|(edit, _)| !keeps_old(*edit) || !keeps_new(*edit))
    };
    let shown: Vec<usize> = (0..edits.len()).filter(near).collect();
    for hunk in shown.chunk_by(|one, next| one + 1 == *next) {
        text.push_str(&hunk_text(&edits, hunk));
    }
    let files = parse_patch(text.as_bytes());
    if shown.is_empty() {
        assert!(files.is_empty());
        return;
    }
    let [file] = &files[..] else {
        panic!("{} files instead of one: {text}", files.len());
    };
    check(file, &old, &new, &text);
}

fn check(file: &FilePatch, old: &str, new: &str, text: &str) {
    let result = file.apply(old.as_bytes());
    assert_eq!(result.as_deref(), Ok(new.as_bytes()), "{text}");
}

fn keeps_old(edit: u8) -> bool {
    edit % 4 != 3
}

fn keeps_new(edit: u8) -> bool {
    edit % 4 != 2
}

/// `@@ -start,count +start,count @@` and the lines.
fn hunk_text(edits: &[(u8, String)], hunk: &[usize]) -> String {
    let count = |range: &[(u8, String)], keeps: fn(u8) -> bool| range.iter().filter(|(edit, _)| keeps(*edit)).count();
    let (before, lines) = (&edits[..hunk[0]], &edits[hunk[0]..hunk[0] + hunk.len()]);
    let range = |keeps: fn(u8) -> bool| {
        let lines = count(lines, keeps);
        // Where a side has no line, the number is that of the line before.
        (count(before, keeps) + usize::from(lines > 0), lines)
    };
    let ((old_start, old), (new_start, new)) = (range(keeps_old), range(keeps_new));
    let mut text = format!("@@ -{old_start},{old} +{new_start},{new} @@\n");
    for (edit, line) in lines {
        let mark = match edit % 4 {
            2 => '-',
            3 => '+',
            _ => ' ',
        };
        text.push(mark);
        text.push_str(line);
    }
    text
}
