//! The lines of a text.

use std::ops::Range;

/// A text and where its lines stand.
pub(super) struct Lines<'a> {
    /// The text, with `\n` alone at the ends of lines.
    pub(super) text: &'a str,
    ranges: Vec<Range<usize>>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut ranges = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            ranges.push(start..start + line.trim_end_matches('\n').len());
            start += line.len();
        }
        Self { text, ranges }
    }

    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The number of the line, from 0, that holds this byte.
    pub(super) fn at(&self, offset: usize) -> usize {
        self.ranges
            .partition_point(|line| line.start <= offset)
            .saturating_sub(1)
    }

    /// The line that holds the last byte of what ends here.
    pub(super) fn before(&self, end: usize) -> usize {
        self.at(end.saturating_sub(1))
    }

    /// Where a line stands, its end left out.
    pub(super) fn range(&self, line: usize) -> Range<usize> {
        self.ranges
            .get(line)
            .cloned()
            .unwrap_or(self.text.len()..self.text.len())
    }

    /// What stands on a line.
    pub(super) fn line(&self, line: usize) -> &'a str {
        self.text.get(self.range(line)).unwrap_or_default()
    }

    /// The spaces before what stands on a line.
    pub(super) fn indent(&self, line: usize) -> usize {
        let text = self.line(line);
        text.len() - text.trim_start().len()
    }

    /// The column of a byte, from 0.
    pub(super) fn column(&self, offset: usize) -> usize {
        offset.saturating_sub(self.range(self.at(offset)).start)
    }

    /// Whether nothing but space stands before a byte on its line.
    pub(super) fn begins_line(&self, offset: usize) -> bool {
        self.column(offset) == self.indent(self.at(offset))
    }

    /// A part of the text.
    pub(super) fn part(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Whether a line is empty or only a comment.
    pub(super) fn silent(&self, line: usize) -> bool {
        let text = self.line(line).trim_start();
        text.is_empty() || text.starts_with('#')
    }

    /// The nearest line above that says something.
    pub(super) fn said_above(&self, line: usize) -> Option<usize> {
        (0..line).rev().find(|above| !self.silent(*above))
    }
}
