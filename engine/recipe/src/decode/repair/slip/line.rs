//! The lines of a text that say something, and how they stand to each other.

use crate::span::Span;

/// A line that says something.
#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    pub(super) text: &'t str,
    pub(super) start: usize,
    pub(super) indent: usize,
}

impl Line<'_> {
    fn words(&self) -> &str {
        self.text.trim()
    }

    pub(super) fn span(&self) -> Span {
        let start = self.start + self.text.len() - self.text.trim_start().len();
        Span::new(start, start + self.words().len())
    }

    /// The column of what stands behind its dashes.
    pub(super) fn inner(&self) -> usize {
        let mut rest = self.text.trim_start();
        while let Some(item) = rest.strip_prefix("- ") {
            rest = item.trim_start();
        }
        self.text.len() - rest.len()
    }

    pub(super) fn opens(&self) -> bool {
        self.words().ends_with(':')
    }

    /// The word that it begins with, behind its dashes.
    pub(super) fn word(&self) -> &str {
        let rest = self.text.get(self.inner()..).unwrap_or_default();
        let len = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        rest.get(..len).unwrap_or_default()
    }
}

/// The lines that say something, and for each line of the text the first of them that stands there or below.
pub(super) fn said(text: &str) -> (Vec<Line<'_>>, Vec<usize>) {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut index_of = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let words = line.trim();
        index_of.push(lines.len());
        if !words.is_empty() && !words.starts_with('#') {
            let indent = line.len() - line.trim_start().len();
            lines.push(Line {
                text: line,
                start,
                indent,
            });
        }
        start += line.len() + 1;
    }
    (lines, index_of)
}

/// The first of the lines above that are indented as far as the one above this, where that is further than this.
pub(super) fn head(lines: &[Line<'_>], index: usize) -> Option<usize> {
    let own = lines.get(index)?.indent;
    let mut head = None;
    let mut at = index;
    while let Some(up) = at.checked_sub(1) {
        if lines.get(up)?.indent <= own {
            break;
        }
        head = Some(up);
        at = up;
    }
    head
}

/// The nearest line above that is indented less.
pub(super) fn parent(lines: &[Line<'_>], index: usize) -> Option<usize> {
    let own = lines.get(index)?.indent;
    lines.get(..index)?.iter().rposition(|line| line.indent < own)
}
