//! Places in a document as the protocol counts them: lines from 0, which also a lone carriage return ends, and columns in
//! UTF-16 code units.

use crate::source::Span;
use lsp_types::{Position, Range};

/// Where the lines of a text begin.
pub(super) struct Lines<'text> {
    text: &'text str,
    starts: Vec<usize>,
}

impl<'text> Lines<'text> {
    pub fn new(text: &'text str) -> Lines<'text> {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
        let ends = ends.filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
        Lines {
            text,
            starts: std::iter::once(0).chain(ends.map(|at| at + 1)).collect(),
        }
    }

    /// A line with its end; nothing past the last.
    fn whole(&self, line: usize) -> Option<&'text str> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end)
    }

    /// A line without its end.
    pub fn line(&self, line: usize) -> Option<&'text str> {
        Some(self.whole(line)?.trim_end_matches(['\r', '\n']))
    }

    /// How a line ends; as most do if it is the last.
    pub fn end_of(&self, line: usize) -> &'text str {
        let end = self
            .whole(line)
            .map(|whole| &whole[whole.trim_end_matches(['\r', '\n']).len()..]);
        end.filter(|end| !end.is_empty()).unwrap_or("\n")
    }

    pub fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let before = self.text.get(self.starts[line]..offset).unwrap_or("");
        Position::new(line as u32, utf16_length(before))
    }

    pub fn range(&self, span: Span) -> Range {
        let span = span.range();
        Range::new(self.position(span.start), self.position(span.end))
    }
}

pub(super) fn utf16_length(text: &str) -> u32 {
    text.encode_utf16().count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_three_ways() {
        let lines = Lines::new("a\nb\r\n😀é\rd");
        let texts: Vec<_> = (0..5).map(|line| lines.line(line)).collect();
        assert_eq!(texts, [Some("a"), Some("b"), Some("😀é"), Some("d"), None]);
        let ends: Vec<_> = (0..4).map(|line| lines.end_of(line)).collect();
        assert_eq!(ends, ["\n", "\r\n", "\r", "\n"]);
        let place = |offset| (lines.position(offset).line, lines.position(offset).character);
        assert_eq!([0, 1, 2, 5].map(place), [(0, 0), (0, 1), (1, 0), (2, 0)]);
        assert_eq!([9, 11, 12, 13].map(place), [(2, 2), (2, 3), (3, 0), (3, 1)]);
    }
}
