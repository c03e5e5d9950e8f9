//! How a node is written, and where it begins.

use super::walk::Walk;
use crate::tree::{Entry, Node, NodeKind, Style};

/// How a node is written.
pub(super) enum Shape<'n> {
    Map(&'n [Entry]),
    List(&'n [Node]),
    Flow,
    Block,
    Leaf,
}

impl Walk<'_> {
    pub(super) fn shape<'n>(&self, node: &'n Node) -> Shape<'n> {
        let written = self.lines.part(node.span.start, node.span.end);
        match &node.kind {
            // What stands outside of its list or map was brought in by an alias.
            NodeKind::Map(entries) => match entries.first() {
                Some(first) if !node.span.range().contains(&first.key.span.start) => Shape::Leaf,
                None if written.starts_with('*') => Shape::Leaf,
                Some(first) if first.key.span.start == node.span.start => Shape::Map(entries),
                _ => Shape::Flow,
            },
            NodeKind::List(items) => match items.first() {
                Some(first) if !(node.span.start..=node.span.end).contains(&first.span.start) => Shape::Leaf,
                None if written.starts_with('*') => Shape::Leaf,
                Some(first) if !written.starts_with('[') || first.span.start == node.span.start => {
                    Shape::List(items)
                }
                _ => Shape::Flow,
            },
            NodeKind::Text(_, Style::Block) if self.header(node).is_some() => Shape::Block,
            _ => Shape::Leaf,
        }
    }

    /// Where the `|` or `>` of a text of several lines stands.
    pub(super) fn header(&self, node: &Node) -> Option<usize> {
        let line = self.lines.at(node.span.start);
        // The place of an empty text is that of its header.
        let above = (0..=line)
            .rev()
            .find(|above| !self.lines.line(*above).trim().is_empty() && self.sign(*above, node).is_some())?;
        self.sign(above, node)
    }

    /// The `|` or `>` that ends a line, if it stands before the node's text.
    fn sign(&self, line: usize, node: &Node) -> Option<usize> {
        let range = self.lines.range(line);
        let text = self.lines.line(line);
        let said = text.split(" #").next().unwrap_or_default().trim_end();
        let sign = said
            .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'))
            .strip_suffix(['|', '>'])?
            .len();
        let at = range.start + sign;
        (at < node.span.start || node.span.start == node.span.end).then_some(at)
    }

    /// Where a node begins: for a list, its first dash.
    pub(super) fn begin(&self, node: &Node) -> usize {
        match self.shape(node) {
            Shape::List([first, ..]) => self.dash(first),
            Shape::Block => self.header(node).unwrap_or(node.span.start),
            _ => node.span.start,
        }
    }

    /// The dash before an item.
    pub(super) fn dash(&self, item: &Node) -> usize {
        let begin = self.begin(item);
        let line = self.lines.at(begin);
        let head = self.lines.part(self.lines.range(line).start, begin);
        if let Some(dash) = last_dash(head) {
            return self.lines.range(line).start + dash;
        }
        let Some(above) = self.lines.said_above(line) else {
            return begin;
        };
        last_dash(self.lines.line(above)).map_or(begin, |dash| self.lines.range(above).start + dash)
    }
}

/// The last of the dashes that a line begins with.
fn last_dash(text: &str) -> Option<usize> {
    let mut found = None;
    for (at, c) in text.char_indices() {
        match c {
            ' ' => {}
            '-' if text
                .get(at + 1..)
                .is_none_or(|rest| rest.is_empty() || rest.starts_with(' ')) =>
            {
                found = Some(at);
            }
            _ => break,
        }
    }
    found
}
