//! The part of a file that the text format shows. Lines of ordinary length are shown whole; of a line of minified code only
//! what lies around the marked places.

use super::printable::printable_in_place;
use crate::source::{SourceFile, Span};
use std::ops::Range;

/// Bytes up to which a line is shown whole.
const LINE: usize = 240;
/// Bytes kept before a marked place in a longer line.
const BEFORE: usize = 40;
/// Bytes kept after it.
const AFTER: usize = 80;
/// Lines of one marked place; of longer ones only the first line is marked.
const LINES: u32 = 12;
/// Lines between two places that still belong to one excerpt.
const GAP: u32 = 200;

/// Some lines of a file.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// The number of the first line.
    pub first_line: u32,
    /// The text to show.
    pub text: String,
    /// Which bytes of the file stand where in `text`, in order.
    pieces: Vec<(Range<usize>, usize)>,
}

/// Splits places of one file, in order of place, into runs that are shown as one excerpt each.
pub(super) fn runs(file: &SourceFile, places: &[Span]) -> Vec<Vec<Span>> {
    let mut runs: Vec<Vec<Span>> = Vec::new();
    let mut last_line = 0;
    for &place in places {
        let (start, end) = (line(file, place.start), line(file, place.end));
        match runs.last_mut() {
            Some(run) if start <= last_line + GAP => run.push(place),
            _ => runs.push(vec![place]),
        }
        last_line = last_line.max(end);
    }
    runs
}

impl Excerpt {
    /// The lines that hold the places, which are of this file and in order.
    pub fn new(file: &SourceFile, places: &[Span]) -> Excerpt {
        let marks: Vec<Range<usize>> = places.iter().map(|&place| marked(file, place)).collect();
        let start = marks.iter().map(|mark| mark.start).min().unwrap_or(0);
        let end = marks.iter().map(|mark| mark.end).max().unwrap_or(0);
        let mut excerpt = Excerpt {
            first_line: file.lines().line(start),
            text: String::new(),
            pieces: Vec::new(),
        };
        for number in excerpt.first_line..=file.lines().line(end.saturating_sub(1).max(start)) {
            excerpt.line(file, number, &marks);
            excerpt.text.push('\n');
        }
        excerpt
    }

    /// Where a place of the file is in `text`.
    pub fn locate(&self, file: &SourceFile, place: Span) -> Range<usize> {
        let mark = marked(file, place);
        let start = self.offset(mark.start);
        start..self.offset(mark.end).max(start)
    }

    fn offset(&self, byte: usize) -> usize {
        let index = self.pieces.partition_point(|(piece, _)| piece.end < byte);
        match self.pieces.get(index) {
            Some((piece, at)) => at + byte.saturating_sub(piece.start),
            None => self.text.len(),
        }
    }

    fn line(&mut self, file: &SourceFile, number: u32, marks: &[Range<usize>]) {
        let line = line_range(file, number);
        let mut keep: Vec<Range<usize>> = Vec::new();
        if line.len() <= LINE {
            keep.push(line.clone());
        } else {
            let ends = marks.iter().flat_map(|mark| [mark.start, mark.end]);
            for at in ends.filter(|at| line.contains(at) || *at == line.end) {
                let window = at.saturating_sub(BEFORE).max(line.start)..(at + AFTER).min(line.end);
                keep.push(on_characters(&file.text, window));
            }
            if keep.is_empty() {
                keep.push(on_characters(&file.text, line.start..line.start + AFTER));
            }
        }
        keep.sort_by_key(|window| window.start);
        let mut shown = line.start;
        for window in keep {
            if window.start > shown {
                self.text.push('…');
            }
            let window = window.start.max(shown)..window.end.max(shown);
            self.pieces.push((window.clone(), self.text.len()));
            self.text.push_str(&printable_in_place(&file.text[window.clone()]));
            shown = window.end;
        }
        if shown < line.end {
            self.text.push('…');
        }
    }
}

fn line(file: &SourceFile, byte: u32) -> u32 {
    file.lines().line(byte as usize)
}

/// A line without its end.
pub(super) fn line_range(file: &SourceFile, number: u32) -> Range<usize> {
    let start = file.lines().start_of(number);
    let next = file.lines().start_of(number + 1);
    let end = if next > start { next - 1 } else { file.text.len() };
    start..end - usize::from(file.text[start..end].ends_with('\r'))
}

/// The bytes of a place that are marked.
fn marked(file: &SourceFile, place: Span) -> Range<usize> {
    let Range { start, end } = on_characters(&file.text, place.start as usize..place.end as usize);
    let first = file.lines().line(start);
    let last = file.lines().line(end.saturating_sub(1).max(start));
    if last - first < LINES {
        start..end
    } else {
        start..line_range(file, first).end.max(start)
    }
}

/// The range with ends where characters begin, inside of the text.
pub(super) fn on_characters(text: &str, range: Range<usize>) -> Range<usize> {
    let down = |at: usize| {
        (0..=at.min(text.len()))
            .rev()
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(0)
    };
    let end = down(range.end);
    down(range.start.min(end))..end
}
