//! Inputs for one call, as a person gives them: in a file, and as `NAME=VALUE` on a command line.

use std::sync::Arc;

use serde_json::{Map, Value};
use souschef_catalog::{Catalog, Operation};
use souschef_expr::Type;
use souschef_recipe::{Code, Diagnostic, Entry, Node, NodeKind, SourceFile, Span, Spanned, Style, tree};

/// What stands for the command line in messages.
const LINE: &str = "command line";

/// Inputs, and what is wrong with them.
#[derive(Debug)]
pub struct Given {
    /// The inputs; a value of the command line comes before the same of the file.
    pub inputs: Map<String, Value>,
    /// What is wrong, by file.
    pub problems: Vec<(SourceFile, Vec<Diagnostic>)>,
    places: Vec<Written>,
}

/// Inputs as they are written: the text, each with its place, and where to tell what is missing.
type Written = (SourceFile, Vec<(Spanned<String>, Node)>, Span);

impl Given {
    /// Reads and checks the inputs of a call: a file's text with the name to show for it, and the command line's.
    ///
    /// # Errors
    /// An argument that is no `NAME=VALUE`, in a sentence.
    pub fn read(
        catalog: &Catalog,
        operation: &Arc<Operation>,
        file: Option<(&str, &str)>,
        arguments: &[String],
    ) -> Result<Self, String> {
        let mut given = Self {
            inputs: Map::new(),
            problems: Vec::new(),
            places: Vec::new(),
        };
        let written = assignments(operation, arguments)?;
        if let Some((name, text)) = file {
            given.file(name, text, &written.1);
        }
        given.inputs.extend(
            written
                .1
                .iter()
                .map(|(name, node)| (name.value.clone(), node.to_json())),
        );
        given.places.push(written);
        if given.problems.is_empty() {
            given.check(catalog, operation);
        }
        Ok(given)
    }

    /// `over`: what the command line gives in place of the file's.
    fn file(&mut self, name: &str, text: &str, over: &[(Spanned<String>, Node)]) {
        let source = SourceFile::new(name, text);
        let parsed = tree::parse(text);
        let whole = Span::new(0, text.find('\n').unwrap_or(text.len()));
        let json: Option<Value> = serde_json::from_str(text).ok();
        // JSON is read as JSON, to the letter; the tree only says where things stand.
        let node = match (json, parsed.tree) {
            (Some(value), Some(tree)) if tree.to_json() == value => tree,
            (Some(value), _) => node_of(&value, whole),
            (None, Some(tree)) if parsed.diagnostics.is_empty() => tree,
            (None, Some(_) | None) if !parsed.diagnostics.is_empty() => {
                self.problems.push((source, parsed.diagnostics));
                return;
            }
            (None, _) => node_of(&Value::Object(Map::new()), whole),
        };
        let NodeKind::Map(entries) = node.kind else {
            let message = format!("the inputs of a call are a map, and this is {}", node.kind_name());
            let diagnostic = Diagnostic::new(Code::WRONG_KIND, whole, message)
                .label("write a line for each input, NAME: VALUE");
            self.problems.push((source, vec![diagnostic]));
            return;
        };
        let with: Vec<_> = entries
            .into_iter()
            .filter(|entry| !over.iter().any(|(name, _)| name.value == entry.key.value))
            .map(|entry| (entry.key, entry.value))
            .collect();
        self.inputs.extend(
            with.iter()
                .map(|(name, node)| (name.value.clone(), node.to_json())),
        );
        self.places.push((source, with, whole));
    }

    /// Checks each source; what is missing is told once, at the first.
    fn check(&mut self, catalog: &Catalog, operation: &Arc<Operation>) {
        let everything: Vec<(Spanned<String>, Node)> = self
            .places
            .iter()
            .flat_map(|(_, with, _)| with.iter().cloned())
            .collect();
        for (index, (source, with, whole)) in self.places.iter().enumerate() {
            let mut told = souschef_plan::check_inputs(operation, catalog, source, with, *whole);
            told.retain(|one| one.code != Code::MISSING_INPUT);
            if index == 0 {
                let missing = souschef_plan::check_inputs(operation, catalog, source, &everything, *whole);
                told.extend(missing.into_iter().filter(|one| one.code == Code::MISSING_INPUT));
                told.sort_by_key(|one| one.span.start);
            }
            if !told.is_empty() {
                self.problems.push((source.clone(), told));
            }
        }
    }

    /// Tells what is wrong with an input, or with all of them, that was found out later.
    pub fn tell(&mut self, input: Option<&str>, code: Code, message: &str, help: Option<&str>) {
        let place = |name: &str| {
            self.places.iter().rev().find_map(|(source, with, _)| {
                let (_, node) = with.iter().find(|(own, _)| own.value == name)?;
                Some((source.clone(), node.span))
            })
        };
        let first = || {
            self.places
                .first()
                .map(|(source, _, whole)| (source.clone(), *whole))
        };
        let Some((source, span)) = input.and_then(place).or_else(first) else {
            return;
        };
        let mut diagnostic = Diagnostic::new(code, span, message);
        diagnostic.label = help.map(str::to_owned);
        match self
            .problems
            .iter_mut()
            .find(|(other, _)| other.name() == source.name())
        {
            Some((_, list)) => list.push(diagnostic),
            None => self.problems.push((source, vec![diagnostic])),
        }
    }
}

/// `NAME=VALUE` arguments, a line each below the operation's id, with each value read as its input's type wants it.
fn assignments(operation: &Operation, arguments: &[String]) -> Result<Written, String> {
    let mut text = operation.id.clone();
    let mut with = Vec::new();
    for argument in arguments {
        let (name, value) = argument
            .split_once('=')
            .ok_or_else(|| format!("{argument} is no NAME=VALUE; write for example title=\"Call back\""))?;
        let name = name.trim();
        if name.is_empty() {
            return Err(format!("{argument} has no name before ="));
        }
        let start = text.len() + 1;
        text.push('\n');
        text.push_str(argument);
        let at = start + argument.len() - value.len();
        let span = Span::new(at, at + value.len());
        let ty = operation.inputs.get(name).map(|input| &input.ty);
        with.push((
            Spanned::new(name.to_owned(), Span::new(start, start + name.len())),
            typed(value, ty, span),
        ));
    }
    let whole = Span::new(0, operation.id.len());
    Ok((SourceFile::new(LINE, text), with, whole))
}

/// A value of the command line: text where text is wanted, else what YAML makes of it.
fn typed(value: &str, ty: Option<&Type>, span: Span) -> Node {
    let text = || Node {
        kind: NodeKind::Text(value.to_owned(), Style::Plain),
        span,
    };
    let read = || match tree::parse(value) {
        parsed if parsed.diagnostics.is_empty() => parsed.tree.map(|node| moved(node, span.start)),
        _ => None,
    };
    match ty {
        Some(Type::Nullable(inner)) => typed(value, Some(inner), span),
        Some(Type::Text(_)) | None => text(),
        // Where anything may stand, only what JSON writes just so is taken as that: an id with a leading zero is text.
        Some(Type::Any | Type::OneOf(_)) => {
            let json = serde_json::from_str::<Value>(value).ok();
            json.filter(|json| !json.is_number() || format!("{json}").as_str() == value)
                .map_or_else(text, |json| node_of(&json, span))
        }
        Some(_) if value.trim().is_empty() => text(),
        Some(_) => read().unwrap_or_else(text),
    }
}

/// A value all of which stands at one place.
fn node_of(value: &Value, span: Span) -> Node {
    let kind = match value {
        Value::Null => NodeKind::Null,
        Value::Bool(truth) => NodeKind::Bool(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => NodeKind::Int(whole),
            (None, Some(float)) => NodeKind::Float(float),
            (None, None) => NodeKind::Text(number.to_string(), Style::Plain),
        },
        Value::String(text) => NodeKind::Text(text.clone(), Style::DoubleQuoted),
        Value::Array(items) => NodeKind::List(items.iter().map(|item| node_of(item, span)).collect()),
        Value::Object(fields) => NodeKind::Map(
            fields
                .iter()
                .map(|(key, value)| Entry {
                    key: Spanned::new(key.clone(), span),
                    value: node_of(value, span),
                })
                .collect(),
        ),
    };
    Node { kind, span }
}

/// The node as it stands further on in a text.
fn moved(node: Node, by: usize) -> Node {
    let shift = |span: Span| Span::new(span.start + by, span.end + by);
    let kind = match node.kind {
        NodeKind::List(items) => NodeKind::List(items.into_iter().map(|item| moved(item, by)).collect()),
        NodeKind::Map(entries) => NodeKind::Map(
            entries
                .into_iter()
                .map(|entry| Entry {
                    key: Spanned::new(entry.key.value, shift(entry.key.span)),
                    value: moved(entry.value, by),
                })
                .collect(),
        ),
        other => other,
    };
    Node {
        kind,
        span: shift(node.span),
    }
}
