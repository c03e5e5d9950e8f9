//! One pass over the parser's events, building the tree. Not recursive; every budget is counted on the way.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle};

use super::scalar::{self, Surprise};
use super::{Entry, Node, NodeKind, Style};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::{Span, Spanned};

/// Nesting that a recipe may have.
const DEPTH: usize = 32;
/// Values that a recipe may have, aliases spelt out.
const NODES: usize = 20_000;
/// Aliases that a recipe may have.
const ALIASES: usize = 100;

/// What one pass gives.
pub(super) struct Built {
    /// The tree as far as it was read.
    pub(super) tree: Option<Node>,
    /// What is wrong but did not stop the pass.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What stopped it: the parser's error.
    pub(super) stopped: Option<ScanError>,
    /// Whether a budget stopped it; nothing more is tried then.
    pub(super) refused: bool,
}

enum Open {
    List {
        items: Vec<Node>,
        start: Span,
        anchor: usize,
        flow: bool,
    },
    Map {
        entries: Vec<Entry>,
        key: Option<Key>,
        start: Span,
        anchor: usize,
        flow: bool,
    },
}

struct Key {
    node: Node,
}

struct Builder<'a> {
    text: &'a str,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    aliases: usize,
    documents: usize,
    diagnostics: Vec<Diagnostic>,
    refused: bool,
}

/// Builds the tree of a text.
pub(super) fn build(text: &str) -> Built {
    let options = granit_parser::options! {
        strict_indentation: true,
        emit_comments: false,
        flow_nesting_limit: 64,
        block_nesting_limit: 64,
    };
    let mut builder = Builder {
        text,
        stack: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        nodes: 0,
        aliases: 0,
        documents: 0,
        diagnostics: Vec::new(),
        refused: false,
    };
    let mut stopped = None;
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => builder.event(event, span_of(&span)),
            Err(error) => {
                stopped = Some(error);
                break;
            }
        }
        if builder.refused {
            break;
        }
    }
    builder.close_all();
    Built {
        tree: builder.root,
        diagnostics: builder.diagnostics,
        stopped,
        refused: builder.refused,
    }
}

fn span_of(span: &granit_parser::Span) -> Span {
    let start = span.start.byte_offset().unwrap_or(0);
    Span::new(start, span.end.byte_offset().unwrap_or(start).max(start))
}

impl Builder<'_> {
    fn refuse(&mut self, code: Code, span: Span, message: String) {
        self.diagnostics.push(Diagnostic::new(code, span, message));
        self.refused = true;
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.refuse(
                        Code::SEVERAL_DOCUMENTS,
                        span,
                        "a file holds one recipe, but a second one begins here".to_owned(),
                    );
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                self.untagged(tag.is_some(), span);
                let (kind, surprise) = match style {
                    ScalarStyle::Plain => scalar::plain(&value),
                    ScalarStyle::SingleQuoted => {
                        (NodeKind::Text(value.into_owned(), Style::SingleQuoted), None)
                    }
                    ScalarStyle::DoubleQuoted => {
                        (NodeKind::Text(value.into_owned(), Style::DoubleQuoted), None)
                    }
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        (NodeKind::Text(value.into_owned(), Style::Block), None)
                    }
                };
                if let Some(surprise) = surprise
                    && !self.at_key()
                {
                    self.diagnostics.push(warn(surprise, span, self.text));
                }
                self.place(Node { kind, span }, anchor, 1);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.untagged(tag.is_some(), span);
                self.open(
                    Open::List {
                        items: Vec::new(),
                        start: span,
                        anchor,
                        flow: style == StructureStyle::Flow,
                    },
                    span,
                );
            }
            Event::MappingStart(style, anchor, tag) => {
                self.untagged(tag.is_some(), span);
                let flow = style == StructureStyle::Flow;
                self.open(
                    Open::Map {
                        entries: Vec::new(),
                        key: None,
                        start: span,
                        anchor,
                        flow,
                    },
                    span,
                );
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(Some(span)),
            Event::Alias(id) => self.alias(id, span),
            _ => {}
        }
    }

    /// Whether the next value is a key of a map.
    fn at_key(&self) -> bool {
        matches!(self.stack.last(), Some(Open::Map { key: None, .. }))
    }

    fn untagged(&mut self, tagged: bool, span: Span) {
        if tagged {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::TAG,
                    span,
                    "recipes have no tags (the word that begins with `!`)",
                )
                .label("leave the tag out; put text that begins with ! in quotes"),
            );
        }
    }

    fn open(&mut self, open: Open, span: Span) {
        if self.stack.len() >= DEPTH {
            self.refuse(
                Code::TOO_DEEP,
                span,
                format!("this is nested more than {DEPTH} deep"),
            );
            return;
        }
        self.stack.push(open);
    }

    fn alias(&mut self, id: usize, span: Span) {
        self.aliases += 1;
        if self.aliases > ALIASES {
            self.refuse(
                Code::TOO_MANY_VALUES,
                span,
                format!("the file has more than {ALIASES} aliases (`*name`)"),
            );
            return;
        }
        match self.anchors.get(&id) {
            Some((node, size)) => {
                let (mut node, size) = (node.clone(), *size);
                node.span = span;
                self.place(node, 0, size);
            }
            None => {
                self.diagnostics.push(Diagnostic::new(
                    Code::ALIAS,
                    span,
                    "this alias stands inside what it names",
                ));
                self.place(
                    Node {
                        kind: NodeKind::Null,
                        span,
                    },
                    0,
                    1,
                );
            }
        }
    }

    fn close_all(&mut self) {
        while !self.stack.is_empty() {
            self.close(None);
        }
    }

    fn close(&mut self, end: Option<Span>) {
        let Some(open) = self.stack.pop() else { return };
        let (kind, start, last, anchor, flow) = match open {
            Open::List {
                items,
                start,
                anchor,
                flow,
            } => {
                let last = items.last().map(|item| item.span.end);
                (NodeKind::List(items), start, last, anchor, flow)
            }
            Open::Map {
                mut entries,
                key,
                start,
                anchor,
                flow,
            } => {
                if let Some(key) = key {
                    let span = Span::new(key.node.span.end, key.node.span.end);
                    entries.extend(self.entry(
                        key,
                        Node {
                            kind: NodeKind::Null,
                            span,
                        },
                        &[],
                    ));
                }
                let last = entries
                    .last()
                    .map(|entry| entry.value.span.end.max(entry.key.span.end));
                (NodeKind::Map(entries), start, last, anchor, flow)
            }
        };
        let end = match end {
            Some(end) if flow => end.end,
            _ => last.unwrap_or(start.end),
        };
        let size = count(&kind);
        self.place_counted(
            Node {
                kind,
                span: Span::new(start.start, end.max(start.end)),
            },
            anchor,
            1,
            size,
        );
    }

    fn place(&mut self, node: Node, anchor: usize, size: usize) {
        self.place_counted(node, anchor, size, size);
    }

    /// Puts a value where it belongs. `new` values are counted now, `size` is what it holds in all.
    fn place_counted(&mut self, node: Node, anchor: usize, new: usize, size: usize) {
        self.nodes += new;
        if self.nodes > NODES && !self.refused {
            self.refuse(
                Code::TOO_MANY_VALUES,
                node.span,
                format!("the file has more than {NODES} values"),
            );
            return;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let mut finished = None;
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { key, .. }) => match key.take() {
                None => *key = Some(Key { node }),
                Some(key) => finished = Some((key, node)),
            },
        }
        if let Some((key, value)) = finished {
            let made = match self.stack.pop() {
                Some(Open::Map {
                    mut entries,
                    key: open,
                    start,
                    anchor,
                    flow,
                }) => {
                    let entry = self.entry(key, value, &entries);
                    entries.extend(entry);
                    Open::Map {
                        entries,
                        key: open,
                        start,
                        anchor,
                        flow,
                    }
                }
                Some(other) => other,
                None => return,
            };
            self.stack.push(made);
        }
    }

    /// A line of a map, or nothing where its key can't be used; what is wrong with it is told.
    fn entry(&mut self, key: Key, value: Node, before: &[Entry]) -> Option<Entry> {
        let span = key.node.span;
        let name = match key.node.kind {
            NodeKind::Text(text, _) => text,
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_) => {
                self.text.get(span.range()).unwrap_or_default().to_owned()
            }
            NodeKind::Map(_) | NodeKind::List(_) => {
                self.unquoted_braces(span);
                return None;
            }
        };
        if name == "<<" {
            self.diagnostics.push(
                Diagnostic::new(Code::MERGE_KEY, span, "recipes have no merge keys (`<<`)")
                    .label("write the lines out, or share values through mappings or set"),
            );
            return None;
        }
        if let Some(first) = before.iter().find(|entry| entry.key.value == name) {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::DUPLICATE_KEY,
                    span,
                    format!("\"{name}\" stands twice in the same map"),
                )
                .label("keep one of the two")
                .related(first.key.span, "the first one is here"),
            );
            return None;
        }
        Some(Entry {
            key: Spanned::new(name, span),
            value,
        })
    }

    /// A map as a key is nearly always `{{ … }}` without quotes.
    fn unquoted_braces(&mut self, span: Span) {
        let line = self
            .text
            .get(span.start..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default();
        let before = self.text.get(..span.start).unwrap_or_default();
        if line.starts_with('{') && before.ends_with('{') {
            let start = span.start - 1;
            let end = line.find("}}").map_or(span.end + 1, |at| span.start + at + 2);
            self.diagnostics.push(super::syntax::unquoted_expression(
                Span::new(start, end),
                self.text,
            ));
        } else {
            self.diagnostics.push(Diagnostic::new(
                Code::ODD_KEY,
                span,
                "a key must be text, and this is a list or map",
            ));
        }
    }
}

fn count(kind: &NodeKind) -> usize {
    match kind {
        NodeKind::List(items) => 1 + items.iter().map(|item| count(&item.kind)).sum::<usize>(),
        NodeKind::Map(entries) => {
            1 + entries
                .iter()
                .map(|entry| 1 + count(&entry.value.kind))
                .sum::<usize>()
        }
        _ => 1,
    }
}

fn warn(surprise: Surprise, span: Span, text: &str) -> Diagnostic {
    let written = text.get(span.range()).unwrap_or_default();
    let quoted = format!("write \"{written}\", with the quotes");
    let message = match surprise {
        Surprise::LeadingPlus => format!("{written} has no quotes; many YAML readers drop its plus sign"),
        Surprise::LeadingZero => format!("{written} has no quotes; many YAML readers drop its leading zero"),
        Surprise::TooLong => format!("{written} is too long for a number, so it is taken as text"),
        Surprise::OtherBase(number) => format!("{written} without quotes is the number {number}"),
        Surprise::Exponent(number) => format!("{written} without quotes is the number {number}"),
    };
    Diagnostic::new(Code::UNQUOTED_NUMBER, span, message).label(quoted)
}
