//! Text put together from pieces of the source, each of which knows its place there.

use crate::source::Span;
use std::ops::Range;

/// A stretch of a tree's text and the source that it stands for. Equal lengths map byte by byte, else as a whole.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The bytes of the text.
    pub text: Range<usize>,
    /// Where they come from.
    pub at: Span,
}

/// A text put together from pieces of the source.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Its pieces in order; what no piece covers stands nowhere in the source.
    pub pieces: Vec<Piece>,
    /// What a node is said to be at if it does not lie in one stretch of the source.
    pub whole: Span,
}

impl Text {
    /// Text that stands in the source as it is.
    pub fn plain(text: String, at: Span) -> Text {
        let pieces = vec![Piece {
            text: 0..text.len(),
            at,
        }];
        Text {
            text,
            pieces,
            whole: at,
        }
    }

    /// An empty text to be put together.
    pub fn empty(whole: Span) -> Text {
        Text {
            text: String::new(),
            pieces: Vec::new(),
            whole,
        }
    }

    /// Appends text that stands nowhere in the source.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends text that comes from a place in the source.
    pub fn push_from(&mut self, text: &str, at: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece {
            text: start..self.text.len(),
            at,
        });
    }

    /// Appends another text with its places.
    pub fn append(&mut self, other: &Text) {
        let shift = self.text.len();
        self.text.push_str(&other.text);
        let moved = |piece: &Piece| Piece {
            text: piece.text.start + shift..piece.text.end + shift,
            at: piece.at,
        };
        self.pieces.extend(other.pieces.iter().map(moved));
    }

    /// The part of the text in a range of bytes, with its places.
    pub fn part(&self, range: Range<usize>) -> Text {
        let mut part = Text::empty(self.span(range.clone()));
        part.text = self.text.get(range.clone()).unwrap_or("").to_owned();
        for piece in &self.pieces {
            let cut = piece.text.start.max(range.start)..piece.text.end.min(range.end);
            if cut.start < cut.end {
                let at = Text::within(piece, cut.clone());
                part.pieces.push(Piece {
                    text: cut.start - range.start..cut.end - range.start,
                    at,
                });
            }
        }
        part
    }

    fn piece(&self, offset: usize) -> Option<&Piece> {
        let index = self.pieces.partition_point(|piece| piece.text.end <= offset);
        self.pieces.get(index).filter(|piece| piece.text.contains(&offset))
    }

    fn within(piece: &Piece, range: Range<usize>) -> Span {
        if piece.text.len() != piece.at.range().len() {
            return piece.at;
        }
        let start = piece.at.start as usize + range.start - piece.text.start;
        Span::new(piece.at.file, start, start + range.len())
    }

    /// The place in the source that a range of bytes stands for.
    pub fn span(&self, range: Range<usize>) -> Span {
        let (Some(first), Some(last)) = (self.piece(range.start), self.piece(range.end.max(range.start + 1) - 1))
        else {
            return self.whole;
        };
        if std::ptr::eq(first, last) {
            return Text::within(first, range);
        }
        let start = Text::within(first, range.start..first.text.end);
        let end = Text::within(last, last.text.start..range.end);
        let span = Span {
            file: start.file,
            start: start.start,
            end: end.end,
        };
        // Pieces of one stretch of source follow each other there too, with no more between them than the text has.
        let in_order = start.file == end.file && start.end <= end.start;
        if in_order && self.same_stretch(start, end) {
            span
        } else {
            self.whole
        }
    }

    /// Whether two spans lie in one expansion's text: both within the whole, or both outside of it.
    fn same_stretch(&self, a: Span, b: Span) -> bool {
        self.whole.contains(a) == self.whole.contains(b)
    }
}
