//! Values that a person may fill with expressions: compiled, and every name in them checked.

use souschef_expr::value::range_in;
use souschef_expr::{ExprError, InnerRead, Segment, Template, Type, ValueExpr};
use souschef_recipe::{Code, Diagnostic, Fix, Node, NodeKind, SourceFile, Span, Spanned, Style, nearest};

use super::Checker;
use super::lost::Kind;
use super::reference::Read;
use super::walk::{Walk, fields, walk};

/// A value that stands for one that could not be compiled.
pub(super) fn nothing() -> ValueExpr {
    ValueExpr::Literal(serde_json::Value::Null)
}

impl Checker<'_> {
    /// Tells what is wrong with an expression's text.
    pub(super) fn mistakes(&mut self, mistakes: Vec<(Span, ExprError)>) {
        for (span, error) in mistakes {
            let mut diagnostic = Diagnostic::new(Code::of(error.code), span, error.message);
            diagnostic.label = error.help;
            diagnostic.fix = error.meant.map(|text| Fix::new(span, text));
            for (range, why) in error.related {
                diagnostic = diagnostic.related(Span::new(range.start, range.end), why);
            }
            self.tell(diagnostic);
        }
    }

    /// Compiles a value and checks the names in it.
    pub(super) fn value(&mut self, node: &Node) -> ValueExpr {
        self.value_if(node).unwrap_or_else(nothing)
    }

    /// The same, or none where it has mistakes.
    pub(super) fn value_if(&mut self, node: &Node) -> Option<ValueExpr> {
        if self.plain {
            return Some(ValueExpr::Literal(node.to_json()));
        }
        match ValueExpr::compile(node, self.source) {
            Ok(value) => {
                self.names_in(node, &value, false);
                Some(value)
            }
            Err(mistakes) => {
                self.mistakes(mistakes);
                self.names_in_parts(node);
                None
            }
        }
    }

    /// Checks the names in those parts of a value that are well written.
    fn names_in_parts(&mut self, node: &Node) {
        if let Some(text) = node.as_text().filter(|text| !text.starts_with("$.")) {
            for (start, piece) in Template::pieces(text) {
                for mut reference in piece.map(|piece| piece.references()).unwrap_or_default() {
                    for segment in &mut reference.segments {
                        segment.range = segment.range.start + start..segment.range.end + start;
                    }
                    self.read(node, &reference.segments, 0, reference.optional);
                }
            }
            return;
        }
        let parts: Vec<&Node> = match &node.kind {
            NodeKind::List(items) => items.iter().collect(),
            NodeKind::Map(entries) => entries.iter().map(|entry| &entry.value).collect(),
            _ => Vec::new(),
        };
        for part in parts {
            match ValueExpr::compile(part, self.source) {
                Ok(value) => self.names_in(part, &value, false),
                Err(_) => self.names_in_parts(part),
            }
        }
    }

    /// Checks every name that a compiled value reads.
    pub(super) fn names_in(&mut self, node: &Node, value: &ValueExpr, optional: bool) {
        match (value, &node.kind) {
            (ValueExpr::Literal(_), NodeKind::List(_) | NodeKind::Map(_)) => self.lookalikes_in(node),
            (ValueExpr::Literal(_), _) => self.lookalikes(node),
            (ValueExpr::List(items), NodeKind::List(nodes)) => {
                for (item, node) in items.iter().zip(nodes) {
                    self.names_in(node, item, optional);
                }
            }
            (ValueExpr::Map(fields), NodeKind::Map(entries)) => {
                for ((_, value), entry) in fields.iter().zip(entries) {
                    self.names_in(&entry.value, value, optional);
                }
            }
            (ValueExpr::Path(path), _) => {
                let segments = leading_names(path.text());
                if !segments.is_empty() {
                    self.read(node, &segments, 0, true);
                }
            }
            (leaf, _) => {
                self.lookalikes(node);
                // A bare path was compiled between braces that are not in the file.
                let shift = if node.as_text().is_some_and(|text| !text.contains("{{")) {
                    2
                } else {
                    0
                };
                for reference in leaf.references() {
                    self.read(node, &reference.segments, shift, optional || reference.optional);
                }
                if let ValueExpr::Template(template) = leaf {
                    self.literals(node, template, shift);
                    for read in template.inner_reads() {
                        self.inner_read(node, &read, shift, optional);
                    }
                }
            }
        }
    }

    fn read(&mut self, node: &Node, path: &[Segment], shift: usize, optional: bool) {
        let spans = self.places(node, path, shift);
        self.reference(&Read {
            path,
            spans,
            optional,
        });
    }

    fn places(&self, node: &Node, path: &[Segment], shift: usize) -> Vec<Span> {
        let place = |one: &Segment| {
            let range = one.range.start.saturating_sub(shift)..one.range.end.saturating_sub(shift);
            range_in(self.source, node, &range)
        };
        path.iter().map(place).collect()
    }

    /// Follows what a template reads of an item through the item's type. How the list came about is told where it is read.
    fn inner_read(&mut self, node: &Node, read: &InnerRead, shift: usize, optional: bool) {
        let item = &read.item;
        let Some(ty) = self.names.type_at(item) else {
            return;
        };
        let list: Vec<&str> = item.iter().map(|one| one.name.as_str()).collect();
        let list = list.join(".");
        let list = list.strip_suffix(".0").unwrap_or(&list);
        let what = match &read.name {
            Some(name) => name.name.clone(),
            None => format!("an item of {list}"),
        };
        let first = Segment {
            name: what.clone(),
            range: read.name.as_ref().map_or(0..0, |name| name.range.clone()),
        };
        let path: Vec<Segment> = std::iter::once(first).chain(read.rest.iter().cloned()).collect();
        let spans = self.places(node, &path, shift);
        let read = Read {
            path: &path,
            spans,
            optional: optional || read.optional,
        };
        self.inside_of_loop(item, &ty, &read);
        self.part(&what, &ty, &read, 1, None);
    }

    /// What the steps inside of a loop return is read by their ids: notes what is used, and what leads nowhere.
    fn inside_of_loop(&mut self, item: &[Segment], ty: &Type, read: &Read<'_>) {
        if !matches!(item, [root, _, _] if root.name == "steps") {
            return;
        }
        let (id, value) = (read.name(1), read.name(2));
        self.used_steps.insert(id.to_owned());
        self.used_steps.insert(format!("{id}.{value}"));
        let rest = read.path.get(1..).unwrap_or_default();
        if let Walk::Nowhere {
            at,
            parent,
            certain: true,
        } = walk(ty, rest)
        {
            let name = read.name(at + 1);
            let near = nearest(name, fields(parent));
            match at {
                0 => self.lost(Kind::Step, name, value, near),
                1 => self.lost(Kind::Value(id.to_owned()), name, "", near),
                _ => {}
            }
        }
    }

    /// The part of a span that is on its first line.
    pub(super) fn first_line(&self, span: Span) -> Span {
        let len = self
            .source
            .text()
            .get(span.range())
            .and_then(|text| text.lines().next())
            .map_or(0, str::len);
        Span::new(span.start, span.start + len.max(1))
    }
}

/// The expression between its braces, or a word for a text that is more than one.
pub(super) fn inner_text(node: &Node) -> String {
    let Some(text) = node.as_text() else {
        return "this".to_owned();
    };
    let text = text.trim();
    let inner = text
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .map(str::trim);
    match inner {
        Some(inner) if !inner.contains("{{") && inner.len() <= 60 => inner.to_owned(),
        Some(_) => "this expression".to_owned(),
        None => "a text with expressions in it".to_owned(),
    }
}

/// The names that a JSONPath begins with, as far as they are plain: `$.trigger['tags'][0]` gives trigger, tags.
fn leading_names(text: &str) -> Vec<Segment> {
    let mut found = Vec::new();
    let mut at = 1;
    while let Some(rest) = text.get(at..) {
        let (begin, len, end) = if let Some(rest) = rest.strip_prefix('.') {
            let len = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            (1, len, 1 + len)
        } else if let Some((quote, inner)) = ['\'', '"']
            .into_iter()
            .find_map(|quote| Some((quote, rest.strip_prefix('[')?.strip_prefix(quote)?)))
        {
            let len = inner.find([quote, '\\']).unwrap_or(0);
            let closed = inner
                .get(len..)
                .is_some_and(|rest| rest.strip_prefix(quote).is_some_and(|rest| rest.starts_with(']')));
            if !closed {
                break;
            }
            (2, len, len + 4)
        } else {
            break;
        };
        if len == 0 {
            break;
        }
        found.push(Segment {
            name: rest.get(begin..begin + len).unwrap_or_default().to_owned(),
            range: at + begin..at + begin + len,
        });
        at += end;
    }
    found
}

/// How a text of which only the place is known was written.
pub(super) fn style_at(source: &SourceFile, span: Span) -> Style {
    match source
        .text()
        .get(span.start..)
        .and_then(|text| text.chars().next())
    {
        Some('"') => Style::DoubleQuoted,
        Some('\'') => Style::SingleQuoted,
        _ => Style::Plain,
    }
}

/// A text that stands as a key, as a node, so that places inside it can be found.
pub(super) fn text_node(text: &Spanned<String>, source: &SourceFile) -> Node {
    Node {
        kind: NodeKind::Text(text.value.clone(), style_at(source, text.span)),
        span: text.span,
    }
}
