//! JSONPath (RFC 9535) over the names in scope.

use jsonpath_rust::parser::model::{JpQuery, Segment as Step, Selector};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde_json::{Map, Value};

use crate::error::ExprError;
use crate::limits;
use crate::scope::Scope;
use crate::template::{Reference, Segment};

/// A compiled JSONPath.
#[derive(Clone, Debug)]
pub struct Path {
    text: String,
    /// The name it begins with, and the query from there on; none where it begins with anything else.
    from: Option<(String, JpQuery)>,
    /// The second name, and the query from there on, for names that are made of parts.
    part: Option<(String, JpQuery)>,
    whole: JpQuery,
}

impl Path {
    /// Compiles a path.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        let error = |range, message: String| ExprError::new("SC109", range, message);
        if text.len() > limits::JSONPATH {
            return Err(error(
                0..text.len(),
                format!("a JSONPath may have {} characters", limits::JSONPATH),
            ));
        }
        let mut depth: usize = 0;
        for (index, c) in text.char_indices() {
            match c {
                '[' | '(' => depth += 1,
                ']' | ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > limits::NESTING {
                return Err(error(
                    index..index + 1,
                    format!("brackets may be nested {} deep", limits::NESTING),
                ));
            }
        }
        // The parser passes over spaces, and reads `$.first name` as nothing in particular.
        if spaced(text) {
            return Err(explain(text));
        }
        let whole = parse_json_path(text).map_err(|_| explain(text))?;
        let from = named(&whole.segments);
        let part = from.as_ref().and_then(|(_, rest)| named(&rest.segments));
        Ok(Self {
            text: text.to_owned(),
            from,
            part,
            whole,
        })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name that it begins with, and the names after it.
    pub fn reference(&self) -> Option<Reference> {
        let (first, _) = self.from.as_ref()?;
        let segments = vec![Segment {
            name: first.clone(),
            range: 2..2 + first.len(),
        }];
        Some(Reference {
            segments,
            optional: true,
        })
    }

    /// Its value: one match gives the value, several a list, none null.
    pub fn eval(&self, scope: &Scope) -> Value {
        match &self.from {
            Some((name, rest)) => {
                let (value, rest) = match &self.part {
                    Some((part, rest)) if scope.has_parts(name) => (scope.part(name, part), rest),
                    _ => (scope.get(name), rest),
                };
                value.map_or(Value::Null, |value| query(rest, value))
            }
            None => {
                let names = scope.names().map(str::to_owned).collect::<Vec<_>>();
                let all: Map<String, Value> = names
                    .into_iter()
                    .filter_map(|name| Some((name.clone(), scope.get(&name)?.clone())))
                    .collect();
                query(&self.whole, &Value::Object(all))
            }
        }
    }

    /// Every match in a value that is the root itself.
    pub fn matches(&self, root: &Value) -> Vec<Value> {
        all(&self.whole, root)
    }
}

/// Whether there is a space outside of brackets.
fn spaced(text: &str) -> bool {
    let outside = text
        .split('[')
        .enumerate()
        .map(|(index, part)| match part.rsplit_once(']') {
            Some((_, after)) if index > 0 => after,
            _ if index > 0 => "",
            _ => part,
        });
    text.matches('[').count() == text.matches(']').count()
        && outside.into_iter().any(|part| part.contains(char::is_whitespace))
        && !text.contains('(')
}

/// The name that a query begins with, and the rest of it.
fn named(steps: &[Step]) -> Option<(String, JpQuery)> {
    match steps.split_first()? {
        (Step::Selector(Selector::Name(name)), rest) => Some((
            name.trim_matches(['\'', '"']).to_owned(),
            JpQuery {
                segments: rest.to_vec(),
            },
        )),
        _ => None,
    }
}

fn all(path: &JpQuery, root: &Value) -> Vec<Value> {
    js_path_process(path, root)
        .map(|found| found.into_iter().map(|one| one.val().clone()).collect())
        .unwrap_or_default()
}

fn query(path: &JpQuery, root: &Value) -> Value {
    let mut found = all(path, root);
    match found.len() {
        0 => Value::Null,
        1 => found.remove(0),
        _ => Value::Array(found),
    }
}

/// A mistake in our words.
fn explain(text: &str) -> ExprError {
    let opened = text.matches('[').count();
    let closed = text.matches(']').count();
    let whole = 0..text.len();
    if opened > closed {
        let at = text.rfind('[').unwrap_or(0);
        return ExprError::new("SC109", at..text.len(), "this [ is never closed")
            .help("put a ] after the position, name or filter");
    }
    if closed > opened {
        let at = text.rfind(']').unwrap_or(0);
        return ExprError::new("SC109", at..at + 1, "this ] closes nothing").help("leave it out");
    }
    if spaced(text) {
        return ExprError::new("SC109", whole, "a JSONPath has no spaces in it")
            .help("write $.trigger['first name'] for a name with a space; text that begins with $. is written { text: \"…\" }");
    }
    if text.contains("==") && !text.contains('?') {
        return ExprError::new("SC109", whole, "a filter begins with a question mark")
            .help("write [?@.name == 'value']");
    }
    ExprError::new("SC109", whole, "this JSONPath can't be read")
        .help("it looks like $.trigger.tags[0] or $.trigger.items[?@.price > 10]; text that begins with $. is written { text: \"…\" }")
}
