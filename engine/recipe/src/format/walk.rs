//! The walk over the tree: which line belongs where, and what changes inside of lines.

use super::lines::Lines;
use super::order::{Order, Role};
use super::{flow, quotes};
use crate::span::Span;
use crate::tree::{Entry, Node, NodeKind, Style};

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

/// How a node is written.
enum Shape<'n> {
    Map(&'n [Entry]),
    List(&'n [Node]),
    Flow,
    Block,
    Leaf,
}

impl Walk<'_> {
    fn shape<'n>(&self, node: &'n Node) -> Shape<'n> {
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
    fn header(&self, node: &Node) -> Option<usize> {
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
    fn begin(&self, node: &Node) -> usize {
        match self.shape(node) {
            Shape::List([first, ..]) => self.dash(first),
            Shape::Block => self.header(node).unwrap_or(node.span.start),
            _ => node.span.start,
        }
    }

    /// The dash before an item.
    fn dash(&self, item: &Node) -> usize {
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

    /// Remembers that the entries of a map change places, where each has lines of its own.
    fn order(&mut self, entries: &[Entry], order: Vec<usize>, column: usize) {
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
