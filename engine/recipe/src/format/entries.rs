//! The entries of a map that change places: which lines go with each.

use super::order::Order;
use super::walk::{Place, Walk};
use crate::tree::Entry;

impl Walk<'_> {
    /// Remembers that the entries of a map change places, where each has lines of its own.
    pub(super) fn order(&mut self, entries: &[Entry], order: Vec<usize>, column: usize) {
        let key_lines: Vec<usize> = entries
            .iter()
            .map(|entry| self.lines.at(entry.key.span.start))
            .collect();
        let first_alone = entries.first().is_some_and(|entry| {
            let head = self.lines.line(self.lines.at(entry.key.span.start));
            let head = head.get(..column).unwrap_or_default();
            head.chars().all(|c| matches!(c, ' ' | '-'))
        });
        let alone = entries
            .iter()
            .skip(1)
            .all(|entry| self.lines.begins_line(entry.key.span.start));
        if !first_alone || !alone {
            return;
        }
        let mut lines = Vec::new();
        for (index, key_line) in key_lines.iter().enumerate() {
            let above = index.checked_sub(1).and_then(|above| key_lines.get(above));
            // Comments of its own: those right above it, no deeper than it is, up to an empty line.
            let start = match above {
                None => self.lead(*key_line, column),
                Some(above) => (above + 1..*key_line)
                    .rev()
                    .take_while(|line| self.is_comment(*line, column))
                    .last()
                    .unwrap_or(*key_line),
            };
            lines.push(start..start);
        }
        let starts: Vec<usize> = lines.iter().map(|range| range.start).collect();
        for (index, range) in lines.iter_mut().enumerate() {
            let end = match (starts.get(index + 1), entries.get(index)) {
                (Some(next), _) => *next,
                (None, Some(entry)) => self.last(entry) + 1,
                (None, None) => return,
            };
            let blank = (range.start..end)
                .rev()
                .take_while(|line| {
                    self.lines.line(*line).trim().is_empty()
                        && !matches!(
                            self.places.get(*line),
                            Some(Place::Text { .. } | Place::GoesOn { .. })
                        )
                })
                .count();
            range.end = end - blank;
        }
        self.orders.push(Order {
            entries: lines,
            order,
            key_lines,
        });
    }

    /// The first of the comment lines that belong to the first key of a map: none of a step, where they belong to the
    /// step; of a recipe those right above, unless they are the head of the file.
    fn lead(&self, key_line: usize, column: usize) -> usize {
        let begins = self.lines.indent(key_line) == column;
        let own: Vec<usize> = (0..key_line)
            .rev()
            .take_while(|line| begins && self.is_comment(*line, column))
            .collect();
        match own.last() {
            Some(0) | None => key_line,
            Some(first) => *first,
        }
    }

    fn is_comment(&self, line: usize, column: usize) -> bool {
        matches!(self.places.get(line), Some(Place::Free))
            && self.lines.line(line).trim_start().starts_with('#')
            && self.lines.indent(line) <= column
    }

    /// The last line of an entry.
    fn last(&self, entry: &Entry) -> usize {
        let mut last = self.lines.before(entry.value.span.end.max(entry.key.span.end));
        while matches!(
            self.places.get(last + 1),
            Some(Place::Text { .. } | Place::GoesOn { .. })
        ) {
            last += 1;
        }
        last
    }
}
