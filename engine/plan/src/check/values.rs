//! Values that a person may fill with expressions: compiled, and every name in them checked.

use souschef_expr::value::range_in;
use souschef_expr::{ExprError, Segment, ValueExpr};
use souschef_recipe::{Code, Diagnostic, Fix, Node, NodeKind, SourceFile, Span, Spanned, Style};

use super::Checker;
use super::reference::Read;

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
            diagnostic.fix = error.meant.map(|text| Fix { span, text });
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
            }
        }
    }

    fn read(&mut self, node: &Node, path: &[Segment], shift: usize, optional: bool) {
        let spans = path
            .iter()
            .map(|one| {
                let range = one.range.start.saturating_sub(shift)..one.range.end.saturating_sub(shift);
                range_in(self.source, node, &range)
            })
            .collect();
        self.reference(&Read {
            path,
            spans,
            optional,
        });
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
