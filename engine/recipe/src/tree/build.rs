//! One pass over the parser's events, building the tree. Not recursive; every budget is counted on the way.

mod alias;
mod odd;

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle};

use self::alias::{Anchored, count, depth};
use super::scalar;
use super::syntax::{self, Fault};
use super::{Entry, Node, NodeKind, Style};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::span::{Span, Spanned};

/// Nesting that a recipe may have.
const DEPTH: usize = 32;
/// Values that a recipe may have, aliases spelt out.
const NODES: usize = 20_000;

/// What one pass gives.
pub(super) struct Built {
    /// The tree as far as it was read.
    pub(super) tree: Option<Node>,
    /// What is wrong but did not stop the pass.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What is wrong and can be mended before the next pass.
    pub(super) faults: Vec<Fault>,
    /// Values that are absent, about which something was said.
    pub(super) unread: Vec<Span>,
    /// What stopped it: the parser's error.
    pub(super) stopped: Option<ScanError>,
    /// Whether a budget stopped it; nothing more is tried then.
    pub(super) refused: bool,
}

/// A list or map that is not closed yet.
struct Open {
    held: Held,
    start: Span,
    anchor: usize,
    flow: bool,
}

enum Held {
    List(Vec<Node>),
    Map(OpenMap),
}

#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    names: HashMap<String, Span>,
    key: Option<Node>,
}

struct Builder<'a> {
    /// The text as the parser sees it.
    mended: &'a str,
    /// The text as it was written.
    text: &'a str,
    /// Where texts stand whose quotes are missing.
    texts: &'a HashMap<usize, usize>,
    stack: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    aliases: usize,
    documents: usize,
    built: Built,
}

/// Builds the tree of a text: `mended` is what is parsed, `text` what was written there, byte by byte in the same place,
/// and `texts` are places where a text lacks its quotes.
pub(super) fn build(mended: &str, text: &str, texts: &HashMap<usize, usize>) -> Built {
    let mut builder = Builder {
        mended,
        text,
        texts,
        stack: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        aliases: 0,
        documents: 0,
        built: Built {
            tree: None,
            diagnostics: Vec::new(),
            faults: Vec::new(),
            unread: Vec::new(),
            stopped: None,
            refused: false,
        },
    };
    for next in Parser::new_from_str_with_options(mended, options()) {
        match next {
            Ok((event, span)) => builder.event(event, span_of(&span)),
            Err(error) => {
                builder.built.stopped = Some(error);
                break;
            }
        }
        if builder.built.refused {
            break;
        }
    }
    while !builder.stack.is_empty() {
        builder.close(None);
    }
    builder.built
}

/// Where the parser stops at an error, where it does.
pub(crate) fn stop(text: &str) -> Option<usize> {
    Parser::new_from_str_with_options(text, options())
        .find_map(Result::err)
        .map(|error| error.marker().byte_offset().unwrap_or(text.len()))
}

fn options() -> granit_parser::Options {
    granit_parser::options! {
        strict_indentation: true,
        emit_comments: false,
        flow_nesting_limit: 64,
        block_nesting_limit: 64,
    }
}

fn span_of(span: &granit_parser::Span) -> Span {
    let start = span.start.byte_offset().unwrap_or(0);
    Span::new(start, span.end.byte_offset().unwrap_or(start).max(start))
}

impl Builder<'_> {
    fn tell(&mut self, diagnostic: Diagnostic) {
        self.built.diagnostics.push(diagnostic);
    }

    fn refuse(&mut self, code: Code, span: Span, message: String) {
        self.tell(Diagnostic::new(code, span, message));
        self.built.refused = true;
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a file holds one recipe, but a second one begins here".to_owned();
                    self.refuse(Code::SEVERAL_DOCUMENTS, span, message);
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                if tag.is_some() {
                    self.tag(span);
                }
                let kind = match self.texts.get(&span.start) {
                    // Something was said of it already, so it counts as quoted.
                    Some(end) => {
                        let written = self.text.get(span.start..*end).unwrap_or_default();
                        NodeKind::Text(written.to_owned(), Style::DoubleQuoted)
                    }
                    None => self.scalar(&value, style, span),
                };
                if matches!(kind, NodeKind::Null) && (anchor > 0 || tag.is_some()) {
                    if tag.is_none() {
                        self.empty_anchor(span);
                    }
                    self.built.unread.push(span);
                }
                self.place(Node { kind, span }, anchor, 1, 1);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.open(Held::List(Vec::new()), style, anchor, tag.is_some(), span);
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(Held::Map(OpenMap::default()), style, anchor, tag.is_some(), span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(Some(span)),
            Event::Alias(id) => self.alias(id, span),
            _ => {}
        }
    }

    /// What a scalar is, with a word where it is not what it seems.
    fn scalar(&mut self, value: &str, style: ScalarStyle, span: Span) -> NodeKind {
        let style = match style {
            ScalarStyle::Plain => {
                let (kind, surprise) = scalar::plain(value);
                let at_key = matches!(self.stack.last().map(|open| &open.held), Some(Held::Map(map)) if map.key.is_none());
                if at_key {
                    return kind;
                }
                if let Some(surprise) = surprise {
                    let diagnostic = scalar::warning(surprise, span, self.mended);
                    self.tell(diagnostic);
                }
                self.stray_quote(&kind, span);
                return self.hash(kind, span);
            }
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal | ScalarStyle::Folded => {
                if let Some(fault) = syntax::empty_block(self.mended, span.start, value) {
                    self.built.faults.push(fault);
                }
                Style::Block
            }
        };
        NodeKind::Text(value.to_owned(), style)
    }

    fn open(&mut self, held: Held, style: StructureStyle, anchor: usize, tagged: bool, start: Span) {
        if tagged {
            self.tag(start);
        }
        if self.stack.len() >= DEPTH {
            self.refuse(
                Code::TOO_DEEP,
                start,
                format!("this is nested more than {DEPTH} deep"),
            );
            return;
        }
        self.stack.push(Open {
            held,
            start,
            anchor,
            flow: style == StructureStyle::Flow,
        });
    }

    fn close(&mut self, end: Option<Span>) {
        let Some(Open {
            held,
            start,
            anchor,
            flow,
        }) = self.stack.pop()
        else {
            return;
        };
        let (kind, last) = match held {
            Held::List(items) => {
                let last = items.last().map(|item| item.span.end);
                (NodeKind::List(items), last)
            }
            Held::Map(mut map) => {
                if let Some(key) = map.key.take() {
                    let span = Span::new(key.span.end, key.span.end);
                    self.entry(
                        &mut map,
                        key,
                        Node {
                            kind: NodeKind::Null,
                            span,
                        },
                    );
                }
                let last = map
                    .entries
                    .last()
                    .map(|entry| entry.value.span.end.max(entry.key.span.end));
                (NodeKind::Map(map.entries), last)
            }
        };
        let end = match end {
            Some(end) if flow => end.end,
            _ => last.unwrap_or(start.end),
        };
        let size = count(&kind);
        let span = Span::new(start.start, end.max(start.end));
        self.place(Node { kind, span }, anchor, 1, size);
    }

    /// Puts a value where it belongs. `new` values are counted now, `size` is what it holds in all.
    fn place(&mut self, node: Node, anchor: usize, new: usize, size: usize) {
        self.nodes += new;
        if self.nodes > NODES {
            if !self.built.refused {
                self.refuse(
                    Code::TOO_MANY_VALUES,
                    node.span,
                    format!("the file has more than {NODES} values"),
                );
            }
            return;
        }
        if anchor > 0 {
            let depth = depth(&node.kind);
            self.anchors.insert(
                anchor,
                Anchored {
                    node: node.clone(),
                    size,
                    depth,
                },
            );
        }
        let Some(mut open) = self.stack.pop() else {
            self.built.tree = Some(node);
            return;
        };
        match &mut open.held {
            Held::List(items) => items.push(node),
            Held::Map(map) => match map.key.take() {
                None => map.key = Some(node),
                Some(key) => {
                    if open.flow {
                        self.no_colon(&key, &node);
                    }
                    self.entry(map, key, node);
                }
            },
        }
        self.stack.push(open);
    }

    /// Adds a line to a map, unless its key can't be used; what is wrong with it is told.
    fn entry(&mut self, map: &mut OpenMap, key: Node, value: Node) {
        let span = key.span;
        let name = match key.kind {
            NodeKind::Text(text, _) => text,
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_) => {
                self.mended.get(span.range()).unwrap_or_default().to_owned()
            }
            NodeKind::Map(_) | NodeKind::List(_) => return self.odd_key(span),
        };
        if name == "<<" {
            let diagnostic = Diagnostic::new(Code::MERGE_KEY, span, "recipes have no merge keys (`<<`)")
                .label("write the lines out, or share values through mappings or set");
            return self.tell(diagnostic);
        }
        if let Some(first) = map.names.get(&name) {
            let message = format!("\"{name}\" stands twice in the same map");
            let diagnostic = Diagnostic::new(Code::DUPLICATE_KEY, span, message)
                .label("keep one of the two")
                .related(*first, "the first one is here");
            return self.tell(diagnostic);
        }
        map.names.insert(name.clone(), span);
        map.entries.push(Entry {
            key: Spanned::new(name, span),
            value,
        });
    }
}
