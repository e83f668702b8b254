//! Unified diffs, applied in memory as `patch -p1 -F0` does it for Debian's source packages: a hunk may have moved, but its
//! context must be there.

use std::ops::Range;

/// Bytes that are compared to find the places of one file's hunks; text of equal lines would take for ever.
const EFFORT: usize = 1 << 28;

/// The changes to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatch {
    /// The file's name without its first folder, in bytes as the patch has it.
    pub path: Vec<u8>,
    /// The file is made by the patch.
    pub creates: bool,
    /// The file is removed by the patch.
    pub removes: bool,
    /// The file is made from another one, before the hunks apply (git-diff(1), extended headers).
    pub origin: Option<Origin>,
    hunks: Vec<Hunk>,
}

/// Where a file comes from that a patch moves or copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The other file's name.
    pub path: Vec<u8>,
    /// The other file is gone after that.
    pub moves: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Hunk {
    /// The line from which on it applies, from 0, before earlier hunks have moved it.
    at: usize,
    /// Lines that go, or must be there.
    lines: usize,
    /// Their text.
    old: Vec<u8>,
    /// What stands there then.
    new: Vec<u8>,
}

/// A hunk whose context is nowhere, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit(pub usize);

/// The header with which git begins a file, as far as it was read.
enum GitHeader {
    Absent,
    Begun,
    /// It names the file that this one comes from.
    WithOrigin(Origin),
}

/// The files that a patch changes, in its order. Text between them is no part of it; a hunk that is damaged ends its file.
pub fn parse(patch: &[u8]) -> Vec<FilePatch> {
    let mut files: Vec<FilePatch> = Vec::new();
    let mut git = GitHeader::Absent;
    let mut rest = patch;
    while !rest.is_empty() {
        let (line, after) = split_line(rest);
        let (next, behind) = split_line(after);
        rest = after;
        if line.starts_with(b"diff --git ") {
            git = GitHeader::Begun;
        } else if !matches!(git, GitHeader::Absent)
            && let Some(origin) = origin(line)
        {
            git = GitHeader::WithOrigin(origin);
        } else if let Some(path) = target(line)
            && let Some(origin) = git.take_origin()
        {
            let mut file = FilePatch::of(path);
            file.origin = Some(origin);
            files.push(file);
        } else if let (Some(old), Some(new)) = (name_behind(line, b"--- "), name_behind(next, b"+++ ")) {
            let (creates, removes) = (old == b"/dev/null", new == b"/dev/null");
            let path = without_first_folder(if removes { old } else { new });
            let is_known = |file: &FilePatch| file.origin.is_some() && file.hunks.is_empty() && file.path == path;
            if !files.last().is_some_and(is_known) {
                let mut file = FilePatch::of(path);
                (file.creates, file.removes) = (creates, removes);
                files.push(file);
            }
            git = GitHeader::Absent;
            rest = behind;
        } else if let (Some(header), Some(file)) = (header_of(line), files.last_mut()) {
            let (hunk, end) = hunk(after, &header);
            file.hunks.extend(hunk);
            rest = end;
        }
    }
    files.retain(|file| !file.hunks.is_empty() || file.creates || file.removes || file.origin.is_some());
    // Some patches name the same empty beginning for files that they make without `/dev/null`.
    for file in &mut files {
        file.creates |= file.hunks.len() == 1 && file.hunks[0].old.is_empty() && file.hunks[0].at == 0 && !file.removes;
    }
    files
}

impl GitHeader {
    fn take_origin(&mut self) -> Option<Origin> {
        match std::mem::replace(self, GitHeader::Begun) {
            GitHeader::WithOrigin(origin) => Some(origin),
            other => {
                *self = other;
                None
            }
        }
    }
}

impl FilePatch {
    /// Nothing is changed in the file yet.
    fn of(path: &[u8]) -> FilePatch {
        FilePatch {
            path: path.to_vec(),
            creates: false,
            removes: false,
            origin: None,
            hunks: Vec::new(),
        }
    }

    /// The text after the changes.
    ///
    /// # Errors
    /// If a hunk's lines are not where it says, nor anywhere else in order.
    pub fn apply(&self, text: &[u8]) -> Result<Vec<u8>, Misfit> {
        let lines = Lines::of(text);
        let mut result = Vec::with_capacity(text.len());
        let (mut done, mut moved, mut effort) = (0_usize, 0_isize, EFFORT);
        for (number, hunk) in self.hunks.iter().enumerate() {
            let wanted = hunk.at.saturating_add_signed(moved).max(done);
            let at = lines.place(done, wanted, hunk, &mut effort).ok_or(Misfit(number + 1))?;
            moved = at as isize - hunk.at as isize;
            result.extend_from_slice(lines.text(done..at));
            result.extend_from_slice(&hunk.new);
            done = at + hunk.lines;
        }
        result.extend_from_slice(lines.text(done..lines.count()));
        Ok(result)
    }
}

/// A text, and where its lines end.
struct Lines<'a> {
    text: &'a [u8],
    ends: Vec<u32>,
}

impl Lines<'_> {
    fn of(text: &[u8]) -> Lines<'_> {
        let breaks = memchr::memchr_iter(b'\n', text).map(|at| at + 1);
        let last = Some(text.len()).filter(|_| text.last().is_some_and(|&byte| byte != b'\n'));
        // Files that large are not patched.
        let ends = breaks.chain(last).map_while(|end| u32::try_from(end).ok()).collect();
        Lines { text, ends }
    }

    fn count(&self) -> usize {
        self.ends.len()
    }

    fn text(&self, lines: Range<usize>) -> &[u8] {
        let end_of = |count: usize| count.checked_sub(1).map_or(0, |line| self.ends[line] as usize);
        &self.text[end_of(lines.start)..end_of(lines.end)]
    }

    /// Where the lines of a hunk are found, nearest to where they are wanted; as patch(1), first after that place, then
    /// before. An effort is all that a search may take.
    fn place(&self, from: usize, wanted: usize, hunk: &Hunk, effort: &mut usize) -> Option<usize> {
        let last = self.count().checked_sub(hunk.lines).filter(|last| from <= *last)?;
        if hunk.lines == 0 {
            return (wanted <= last && from <= wanted).then_some(wanted);
        }
        let nearest = wanted.min(last);
        let mut candidates = (0..=last - from).flat_map(|distance| {
            let after = Some(nearest + distance).filter(|after| *after <= last);
            let before = nearest.checked_sub(distance);
            let before = before.filter(|before| 0 < distance && from <= *before);
            after.into_iter().chain(before)
        });
        candidates.find_map(|at| {
            let text = self.text(at..at + hunk.lines);
            // Texts of other lengths are told apart at once.
            let work = if text.len() == hunk.old.len() { text.len() } else { 1 };
            match effort.checked_sub(work) {
                Some(left) => *effort = left,
                // Nothing more is looked at.
                None => return Some(None),
            }
            (text == hunk.old).then_some(Some(at))
        })?
    }
}

/// The first line, with its break, and what follows it.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1);
    text.split_at(end)
}

/// The name in a line that begins a file, without the time behind it.
fn name_behind<'a>(line: &'a [u8], marker: &[u8]) -> Option<&'a [u8]> {
    let name = line.strip_prefix(marker)?.trim_ascii_end();
    let end = name.iter().position(|&byte| byte == b'\t').unwrap_or(name.len());
    let name = &name[..end];
    // Older programs put blanks before the time.
    let end = name.windows(2).position(|pair| pair == b"  ").unwrap_or(name.len());
    Some(&name[..end]).filter(|name| !name.is_empty())
}

/// The line of git that names the file from which the next one is made.
fn origin(line: &[u8]) -> Option<Origin> {
    let kinds = [(&b"rename from "[..], true), (b"copy from ", false)];
    kinds.into_iter().find_map(|(mark, moves)| {
        let path = line.strip_prefix(mark)?.trim_ascii_end().to_vec();
        Some(Origin { path, moves })
    })
}

/// The name in the line that follows it.
fn target(line: &[u8]) -> Option<&[u8]> {
    let name = line
        .strip_prefix(b"rename to ")
        .or_else(|| line.strip_prefix(b"copy to "))?;
    Some(name.trim_ascii_end())
}

fn without_first_folder(name: &[u8]) -> &[u8] {
    match name.iter().position(|&byte| byte == b'/') {
        Some(slash) => &name[slash + 1..],
        None => name,
    }
}

/// The old and new lines of a hunk: `@@ -start,count +start,count @@`.
struct Header {
    start: usize,
    old: usize,
    new: usize,
}

fn header_of(line: &[u8]) -> Option<Header> {
    let text = line.strip_prefix(b"@@ -")?;
    let text = std::str::from_utf8(&text[..text.iter().position(|&byte| byte == b'@')?]).ok()?;
    let (old, new) = text.trim_end().split_once(" +")?;
    let (start, old) = range(old)?;
    let (_, new) = range(new)?;
    Some(Header {
        // Where nothing is taken away, the line is the one before.
        start: if old == 0 { start } else { start.saturating_sub(1) },
        old,
        new,
    })
}

fn range(text: &str) -> Option<(usize, usize)> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    // No file has more lines than 32 bits can count.
    let start: u32 = start.parse().ok()?;
    Some((start as usize, count.parse().ok()?))
}

/// The hunk that begins a text, and what follows it.
fn hunk<'a>(text: &'a [u8], header: &Header) -> (Option<Hunk>, &'a [u8]) {
    let mut hunk = Hunk {
        at: header.start,
        lines: 0,
        old: Vec::new(),
        new: Vec::new(),
    };
    let (mut rest, mut new_lines, mut before) = (text, 0, b' ');
    while hunk.lines < header.old || new_lines < header.new {
        let (line, after) = split_line(rest);
        let Some((&mark, text)) = line.split_first() else {
            return (None, rest);
        };
        // Editors strip the blank of an empty line.
        let text = if mark == b'\n' { line } else { text };
        match mark {
            b' ' | b'\n' | b'-' | b'+' => {
                if mark != b'+' {
                    hunk.old.extend_from_slice(text);
                    hunk.lines += 1;
                }
                if mark != b'-' {
                    hunk.new.extend_from_slice(text);
                    new_lines += 1;
                }
            }
            b'\\' => hunk.without_line_break(before),
            _ => return (None, rest),
        }
        (rest, before) = (after, mark);
    }
    if rest.first() == Some(&b'\\') {
        hunk.without_line_break(before);
        rest = split_line(rest).1;
    }
    (Some(hunk), rest)
}

impl Hunk {
    /// `\ No newline at end of file`: the line before, which had this mark, has none.
    fn without_line_break(&mut self, mark: u8) {
        let strip = |text: &mut Vec<u8>| {
            if text.last() == Some(&b'\n') {
                text.pop();
            }
        };
        if mark != b'+' {
            strip(&mut self.old);
        }
        if mark != b'-' {
            strip(&mut self.new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &[u8] = b"one\ntwo\nthree\nfour\nfive\n";

    fn only(patch: &str) -> FilePatch {
        let mut files = parse(patch.as_bytes());
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }

    #[test]
    fn hunks_are_applied_in_order() {
        let patch =
            only("--- a/x.c\t2020\n+++ b/x.c\t2021\n@@ -1,2 +1,3 @@ f\n one\n+new\n two\n@@ -5 +6 @@\n-five\n+FIVE\n");
        assert_eq!(patch.path, b"x.c");
        assert_eq!(patch.apply(OLD), Ok(b"one\nnew\ntwo\nthree\nfour\nFIVE\n".to_vec()));
    }

    #[test]
    fn a_hunk_is_found_where_its_lines_have_moved_to() {
        let patch = only("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n two\n-three\n+THREE\n");
        assert_eq!(patch.apply(OLD), Ok(b"one\ntwo\nTHREE\nfour\nfive\n".to_vec()));
        let patch = only("--- a/x\n+++ b/x\n@@ -90,2 +90,2 @@\n two\n-three\n+THREE\n");
        assert_eq!(patch.apply(OLD), Ok(b"one\ntwo\nTHREE\nfour\nfive\n".to_vec()));
    }

    #[test]
    fn other_context_is_a_misfit() {
        let patch = only("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n+1\n@@ -2,2 +2,2 @@\n two\n-3\n+4\n");
        assert_eq!(patch.apply(OLD), Err(Misfit(2)));
    }

    #[test]
    fn hunks_may_claim_any_place() {
        for start in ["0", "4294967295"] {
            let patch = only(&format!(
                "--- a/x\n+++ b/x\n@@ -{start},2 +{start},2 @@\n two\n-three\n+THREE\n"
            ));
            assert_eq!(patch.apply(OLD), Ok(b"one\ntwo\nTHREE\nfour\nfive\n".to_vec()));
            let patch = only(&format!("--- a/x\n+++ b/x\n@@ -{start} +{start} @@\n-six\n+SIX\n"));
            assert_eq!(patch.apply(OLD), Err(Misfit(1)));
        }
        for start in ["4294967296", "18446744073709551615", "-1"] {
            assert!(parse(format!("--- a/x\n+++ b/x\n@@ -{start} +{start} @@\n-one\n+1\n").as_bytes()).is_empty());
        }
    }

    #[test]
    fn a_search_among_equal_lines_ends() {
        let lines = 200_000;
        let same = " \n".repeat(lines / 2);
        let patch = only(&format!(
            "--- a/x\n+++ b/x\n@@ -1,{0} +1,{0} @@\n{same}-x\n+y\n",
            lines / 2 + 1
        ));
        assert_eq!(patch.apply("\n".repeat(lines).as_bytes()), Err(Misfit(1)));
    }

    #[test]
    fn git_moves_and_copies_files() {
        let patch = "diff --git a/old.c b/new.c\nsimilarity index 90%\nrename from old.c\nrename to new.c\n\
                     --- a/old.c\n+++ b/new.c\n@@ -1 +1 @@\n-one\n+1\n\
                     diff --git a/x.c b/y.c\ncopy from x.c\ncopy to y.c\n\
                     diff --git a/z.c b/z.c\n--- a/z.c\n+++ b/z.c\n@@ -1 +1 @@\n-a\n+b\n";
        let files = parse(patch.as_bytes());
        let origins: Vec<_> = files.iter().map(|file| file.origin.clone()).collect();
        let origin = |path: &str, moves| {
            let path = path.as_bytes().to_vec();
            Some(Origin { path, moves })
        };
        assert_eq!(origins, [origin("old.c", true), origin("x.c", false), None]);
        assert_eq!(files[0].path, b"new.c");
        assert_eq!(files[0].apply(OLD), Ok(b"1\ntwo\nthree\nfour\nfive\n".to_vec()));
        assert_eq!(
            (&files[1].path[..], files[1].apply(OLD)),
            (&b"y.c"[..], Ok(OLD.to_vec()))
        );
        assert!(
            parse(b"rename from a.c\nrename to b.c\n").is_empty(),
            "only git writes them"
        );
    }

    #[test]
    fn files_are_made_and_removed() {
        let made = only("--- /dev/null\n+++ b/d/y.c\n@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert!(made.creates && made.path == b"d/y.c");
        assert_eq!(made.apply(b""), Ok(b"a\nb\n".to_vec()));
        let made = only("--- old.orig/d/y.c\n+++ old/d/y.c\n@@ -0,0 +1 @@\n+a\n");
        assert!(made.creates);
        let removed = only("--- a/z\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
        assert!(removed.removes && removed.path == b"z");
    }

    #[test]
    fn the_last_line_may_have_no_break() {
        let patch = only("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n");
        assert_eq!(patch.apply(b"a"), Ok(b"b\n".to_vec()));
        let patch = only("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n");
        assert_eq!(patch.apply(b"a\n"), Ok(b"b".to_vec()));
    }

    #[test]
    fn lines_that_look_like_headers_are_lines_within_a_hunk() {
        let patch = only("--- a/x\n+++ b/x\n@@ -1,2 +1,1 @@\n one\n--- two\n");
        assert_eq!(patch.apply(b"one\n-- two\n"), Ok(b"one\n".to_vec()));
    }

    #[test]
    fn what_is_no_patch_is_none() {
        for text in [
            "",
            "Index: x\n",
            "--- a\n",
            "--- a\n+++ b\n",
            "@@ -1 +1 @@\n-a\n+b\n",
            "--- a\n+++ b\n@@ -1,9 +1 @@\n-a\n",
        ] {
            assert!(parse(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
