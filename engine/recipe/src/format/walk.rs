//! The walk over the tree: which line belongs where, and what changes inside of lines.

use super::lines::Lines;
use super::order::{Order, Role};
use super::shape::Shape;
use super::{flow, quotes};
use crate::span::Span;
use crate::tree::{Entry, Node, NodeKind};

/// Columns that were and that will be, from the outermost level to the innermost.
pub(super) type Levels = Vec<(usize, usize)>;

/// What is known of a line.
#[derive(Clone, Default)]
pub(super) enum Place {
    /// A comment, nothing, or something that the tree does not tell of.
    #[default]
    Free,
    /// A key or an item begins here.
    Begins {
        /// The column that it gets.
        indent: usize,
        /// The levels that are open here.
        levels: Levels,
    },
    /// A value goes on here.
    GoesOn {
        /// The column that the line gets.
        indent: usize,
    },
    /// Text of several lines: only its indentation moves.
    Text {
        /// The column where the text begins now.
        from: usize,
        /// The column where it will.
        to: usize,
    },
}

/// What the walk finds.
pub(super) struct Walk<'a> {
    pub(super) lines: Lines<'a>,
    pub(super) places: Vec<Place>,
    /// What changes inside of lines.
    pub(super) edits: Vec<(Span, String)>,
    /// Maps whose entries change places, the inner ones first.
    pub(super) orders: Vec<Order>,
}

/// Walks over a tree of this text.
pub(super) fn walk<'a>(text: &'a str, tree: &Node, role: Role) -> Walk<'a> {
    let lines = Lines::new(text);
    let mut walk = Walk {
        places: vec![Place::Free; lines.len()],
        lines,
        edits: Vec::new(),
        orders: Vec::new(),
    };
    match walk.shape(tree) {
        Shape::Map(entries) => walk.map(entries, 0, role, &Vec::new()),
        Shape::List(items) => walk.list(items, 0, role, &Vec::new()),
        _ => walk.leaf(tree, 0, 0, &Vec::new()),
    }
    walk
}

impl Walk<'_> {
    /// Says where a line goes, if what begins here is the first on it.
    fn begins(&mut self, offset: usize, indent: usize, levels: &Levels) {
        if self.lines.begins_line(offset) {
            let line = self.lines.at(offset);
            if let Some(place) = self.places.get_mut(line) {
                *place = Place::Begins {
                    indent,
                    levels: levels.clone(),
                };
            }
        }
    }

    fn map(&mut self, entries: &[Entry], indent: usize, role: Role, levels: &Levels) {
        let Some(first) = entries.first() else { return };
        let column = self.lines.column(first.key.span.start);
        let mut levels = levels.clone();
        levels.push((column, indent));
        for (index, entry) in entries.iter().enumerate() {
            let key = entry.key.span;
            self.begins(key.start, indent, &levels);
            let written = self.lines.part(key.start, key.end);
            if let Some(better) = quotes::better_key(&entry.key.value, written) {
                self.edits.push((key, better));
            }
            let aligned = self.aligned(entries, index);
            self.value(entry, indent, role.of(&entry.key.value), aligned, &levels);
        }
        if let Some(order) = role.order(entries) {
            self.order(entries, order, column);
        }
    }

    /// Whether an entry's value stands in the column of a neighbour's, as in a table.
    fn aligned(&self, entries: &[Entry], index: usize) -> bool {
        let value = |entry: &Entry| {
            let (key, value) = (entry.key.span, entry.value.span);
            let line = self.lines.at(key.start);
            let whole = value.end > value.start
                && self.lines.at(value.start) == line
                && self.lines.before(value.end) == line;
            whole.then(|| (line, self.lines.column(value.start)))
        };
        let at = |index: Option<usize>| index.and_then(|index| entries.get(index)).and_then(value);
        let Some((line, column)) = at(Some(index)) else {
            return false;
        };
        let above = at(index.checked_sub(1)).is_some_and(|other| other == (line.wrapping_sub(1), column));
        let below = at(Some(index + 1)).is_some_and(|other| other == (line + 1, column));
        above || below
    }

    fn value(&mut self, entry: &Entry, indent: usize, role: Role, aligned: bool, levels: &Levels) {
        let (end, node) = (entry.key.span.end, &entry.value);
        match self.shape(node) {
            Shape::Map(entries) => {
                self.colon(end);
                self.map(entries, indent + 2, role, levels);
            }
            Shape::List(items) => {
                self.colon(end);
                self.list(items, indent + 2, role, levels);
            }
            _ => {
                let begin = self.begin(node);
                if node.span.end == node.span.start && !matches!(self.shape(node), Shape::Block) {
                    self.colon(end);
                } else if self.lines.at(begin) == self.lines.at(end) {
                    if aligned {
                        self.colon(end);
                    } else {
                        self.gap(end, begin, ":", ": ");
                    }
                } else {
                    self.colon(end);
                }
                self.leaf(node, indent, indent + 2, levels);
            }
        }
    }

    /// No space before the colon.
    fn colon(&mut self, key_end: usize) {
        let rest = self.lines.part(key_end, self.lines.text.len());
        if let Some(colon) = rest.find(':') {
            self.gap(key_end, key_end + colon, "", "");
        }
    }

    fn list(&mut self, items: &[Node], indent: usize, role: Role, levels: &Levels) {
        let Some(first) = items.first() else { return };
        let mut levels = levels.clone();
        levels.push((self.lines.column(self.dash(first)), indent));
        let needs = items.iter().any(|item| {
            let written = self.lines.part(item.span.start, item.span.end);
            quotes::needs(item, written, false)
        });
        for item in items {
            let dash = self.dash(item);
            self.begins(dash, indent, &levels);
            let begin = self.begin(item);
            if begin > dash && self.lines.at(begin) == self.lines.at(dash) && item.span.end > dash + 1 {
                self.gap(dash + 1, begin, "", " ");
            }
            let role = role.item(matches!(item.kind, NodeKind::List(_)));
            match self.shape(item) {
                Shape::Map(entries) => self.map(entries, indent + 2, role, &levels),
                Shape::List(items) => self.list(items, indent + 2, role, &levels),
                _ => self.scalar(item, indent, indent + 2, &levels, needs),
            }
        }
    }

    fn leaf(&mut self, node: &Node, parent: usize, indent: usize, levels: &Levels) {
        self.scalar(node, parent, indent, levels, false);
    }

    /// A value that is no block of lines of its own. `parent` is the column of its key or dash.
    fn scalar(&mut self, node: &Node, parent: usize, indent: usize, levels: &Levels, list_needs: bool) {
        match self.shape(node) {
            Shape::Block => self.text(node, parent, levels),
            Shape::Flow => {
                self.goes_on(node, parent, indent, levels, true);
                self.flow(node);
            }
            _ => {
                if node.span.end > node.span.start {
                    self.goes_on(node, parent, indent, levels, false);
                }
                self.quotes(node, false, list_needs);
            }
        }
    }

    fn quotes(&mut self, node: &Node, in_flow: bool, list_needs: bool) {
        let written = self.lines.part(node.span.start, node.span.end);
        if let Some(better) = quotes::better(node, written, in_flow, list_needs) {
            self.edits.push((node.span, better));
        }
    }

    fn flow(&mut self, node: &Node) {
        flow::spaces(self, node);
        match &node.kind {
            NodeKind::List(items) => {
                let needs = items.iter().any(|item| {
                    let written = self.lines.part(item.span.start, item.span.end);
                    quotes::needs(item, written, true)
                });
                for item in items {
                    self.in_flow(item, needs);
                }
            }
            NodeKind::Map(entries) => {
                for entry in entries {
                    let written = self.lines.part(entry.key.span.start, entry.key.span.end);
                    if let Some(better) = quotes::better_key(&entry.key.value, written) {
                        self.edits.push((entry.key.span, better));
                    }
                    self.in_flow(&entry.value, false);
                }
            }
            _ => {}
        }
    }

    fn in_flow(&mut self, node: &Node, list_needs: bool) {
        match self.shape(node) {
            Shape::Flow => self.flow(node),
            // `[ a: b ]` and what an alias brings stay as they are.
            Shape::Map(_) | Shape::List(_) | Shape::Block => {}
            Shape::Leaf => self.quotes(node, true, list_needs),
        }
    }

    /// A value of one or several lines. Those of brackets keep their shape, those of a text stand one below the other.
    fn goes_on(&mut self, node: &Node, parent: usize, indent: usize, levels: &Levels, shaped: bool) {
        self.begins(node.span.start, indent, levels);
        let first = self.lines.at(node.span.start);
        let last = self.lines.before(node.span.end);
        let Some(Place::Begins { indent, .. }) = self.places.get(first) else {
            return;
        };
        let by = indent.cast_signed() - self.lines.indent(first).cast_signed();
        for line in first + 1..=last {
            let closes = self.lines.line(line).trim_start().starts_with([']', '}']);
            let was = self.lines.indent(line);
            let indent = match (shaped, closes) {
                (true, true) => was.saturating_add_signed(by).max(parent),
                (true, false) => was.saturating_add_signed(by).max(parent + 2),
                (false, _) => parent + 2,
            };
            if let Some(place) = self.places.get_mut(line) {
                *place = Place::GoesOn { indent };
            }
        }
    }

    /// The lines of a text after `|` or `>`.
    fn text(&mut self, node: &Node, parent: usize, levels: &Levels) {
        let Some(header) = self.header(node) else { return };
        self.begins(header, parent + 2, levels);
        let line = self.lines.at(header);
        let signs = self.lines.part(header + 1, self.lines.range(line).end);
        let signs: String = signs.chars().take_while(|c| !c.is_whitespace()).collect();
        let below = line + 1..self.lines.len();
        let blank = |line: &usize| self.lines.line(*line).trim_matches(' ').is_empty();
        let Some(said) = below.clone().find(|line| !blank(line)) else {
            if signs.contains('+') {
                below.for_each(|line| self.is_text(line, 0, 0));
            }
            return;
        };
        let spaces = |line: usize| {
            let text = self.lines.line(line);
            text.len() - text.trim_start_matches(' ').len()
        };
        let given = signs
            .chars()
            .find_map(|c| c.to_digit(10))
            .map(|digit| digit as usize);
        let column = levels.last().map_or(0, |(column, _)| *column);
        let (from, to) = match given {
            Some(given) => (column + given, parent + given),
            None => (spaces(said), parent + 2),
        };
        let end = below
            .clone()
            .find(|line| !blank(line) && spaces(*line) < from)
            .unwrap_or(below.end);
        let mut end = end;
        if !signs.contains('+') {
            // Empty lines below it are no part of it.
            while end > line + 1 && blank(&(end - 1)) && self.lines.line(end - 1).len() <= from {
                end -= 1;
            }
        }
        if spaces(said) < from {
            // It has no text of its own.
            return;
        }
        (line + 1..end).for_each(|line| self.is_text(line, from, to));
    }

    fn is_text(&mut self, line: usize, from: usize, to: usize) {
        if let Some(place) = self.places.get_mut(line) {
            *place = Place::Text { from, to };
        }
    }

    /// Changes what stands between two places of a line, if it is no more than this sign and space.
    pub(super) fn gap(&mut self, start: usize, end: usize, sign: &str, new: &str) {
        let Some(old) = self.lines.text.get(start..end) else {
            return;
        };
        if old != new && !old.contains('\n') && old.trim() == sign {
            self.edits.push((Span::new(start, end), new.to_owned()));
        }
    }
}
