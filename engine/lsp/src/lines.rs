//! Places as editors count them: lines from 0, and UTF-16 code units in a line.

use serde_json::{Value, json};
use souschef_recipe::Span;

/// Where the lines of a text begin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if ends {
                starts.push(at + 1);
            }
        }
        Self { starts }
    }

    /// The text of a line, without what ends it, and where it begins.
    pub(crate) fn line<'t>(&self, text: &'t str, line: usize) -> (usize, &'t str) {
        let Some(start) = self.starts.get(line).copied() else {
            return (text.len(), "");
        };
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let line = text.get(start..end).unwrap_or_default();
        (start, line.trim_end_matches(['\n', '\r']))
    }

    /// The byte at a place; the end of the line where it is longer, and of the text where there is no such line.
    pub(crate) fn offset(&self, text: &str, line: usize, character: usize) -> usize {
        let (start, line) = self.line(text, line);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            if units >= character {
                return start + at;
            }
            units += c.len_utf16();
        }
        start + line.len()
    }

    /// The place of a byte.
    pub(crate) fn position(&self, text: &str, at: usize) -> (usize, usize) {
        let at = at.min(text.len());
        let line = self
            .starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1);
        let (start, whole) = self.line(text, line);
        let units = whole
            .char_indices()
            .take_while(|(offset, _)| start + offset < at)
            .map(|(_, c)| c.len_utf16())
            .sum();
        (line, units)
    }

    /// A span as the protocol writes it.
    pub(crate) fn range(&self, text: &str, span: Span) -> Value {
        let place = |at| {
            let (line, character) = self.position(text, at);
            json!({ "line": line, "character": character })
        };
        json!({ "start": place(span.start), "end": place(span.end.max(span.start)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_utf_16_units_and_any_line_end_counts() {
        let text = "a: 😀b\r\nc: é\rd\n";
        let lines = Lines::new(text);
        let b = text.find('b').unwrap_or_default();
        assert_eq!(lines.position(text, b), (0, 5));
        assert_eq!(lines.offset(text, 0, 5), b);
        // In the middle of a character: the next one.
        assert_eq!(lines.offset(text, 0, 4), b);
        let d = text.find('d').unwrap_or_default();
        assert_eq!(lines.position(text, d), (2, 0));
        assert_eq!(lines.offset(text, 1, 99), d - 1);
        assert_eq!(lines.offset(text, 99, 0), text.len());
        for (at, _) in text.char_indices().filter(|(_, c)| !matches!(c, '\r' | '\n')) {
            let (line, character) = lines.position(text, at);
            assert_eq!(lines.offset(text, line, character), at);
        }
    }
}
