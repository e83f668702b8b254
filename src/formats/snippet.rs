//! The source lines of a place, for formats that are read where the sources are not.

use super::excerpt::{line_range, on_characters};
use crate::source::{SourceFile, Span};

/// Lines shown at most.
const LINES: u32 = 3;
/// Characters of a line shown at most, those that stand for what was cut off included.
const LINE: usize = 200;
/// Characters of a longer line kept before the place.
const BEFORE: usize = 40;

/// The lines that a place touches, without the end of the last; of many the first, of long ones the part around the place.
pub(super) fn snippet(file: &SourceFile, at: Span) -> String {
    let range = on_characters(&file.text, at.start as usize..at.end as usize);
    let first = file.lines().line(range.start);
    let last = file.lines().line(range.end.saturating_sub(1).max(range.start));
    let lines = first..=last.min(first + LINES - 1);
    let text = lines.map(|number| {
        let line = line_range(file, number);
        shortened(&file.text[line.clone()], range.start.saturating_sub(line.start))
    });
    text.collect::<Vec<String>>().join("\n")
}

/// The line, or the part of it around a byte if it is long.
fn shortened(line: &str, byte: usize) -> String {
    if line.chars().nth(LINE).is_none() {
        return line.to_owned();
    }
    let before = line.get(..byte).unwrap_or(line).char_indices().rev().nth(BEFORE - 1);
    let start = before.map_or(0, |(at, _)| at);
    let head = if start > 0 { "…" } else { "" };
    let rest = &line[start..];
    match rest.char_indices().nth(LINE - head.chars().count()) {
        None => format!("{head}{rest}"),
        Some(_) => {
            let kept: String = rest.chars().take(LINE - head.chars().count() - 1).collect();
            format!("{head}{kept}…")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Language};
    use std::path::PathBuf;

    fn of(text: &str, start: usize, end: usize) -> String {
        let file = SourceFile::new(PathBuf::from("a.c"), Language::C, text.to_owned());
        snippet(&file, Span::new(FileId(0), start, end))
    }

    #[test]
    fn lines_are_whole_and_few() {
        let text = "one\r\n\ttwo é\nthree\nfour\nfive";
        assert_eq!(of(text, 1, 2), "one");
        assert_eq!(of(text, 6, 8), "\ttwo é");
        assert_eq!(of(text, 6, 14), "\ttwo é\nthree");
        assert_eq!(of(text, 0, text.len()), "one\n\ttwo é\nthree");
        assert_eq!(of("", 0, 0), "");
        assert_eq!(of("a\n", 2, 2), "");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}call(){}", "é".repeat(500), "😀".repeat(500));
        for (start, end) in [
            (0, 2),
            (1000, 1006),
            (1006, 1010),
            (text.len() - 4, text.len()),
            (1001, text.len() + 9),
        ] {
            let shown = of(&text, start, end);
            assert!(shown.chars().count() <= LINE, "{shown}");
            let inner = shown.trim_matches('…');
            assert!(text.contains(inner) && inner.chars().count() >= BEFORE, "{shown}");
        }
        let shown = of(&text, 1000, 1006);
        assert!(
            shown.starts_with('…') && shown.contains("écall()😀") && shown.ends_with('…'),
            "{shown}"
        );
        let exact = "x".repeat(LINE);
        assert_eq!(of(&exact, 0, 1), exact);
    }
}
