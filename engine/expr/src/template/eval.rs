//! The evaluator.

use std::borrow::Cow;

use serde_json::Value;

use super::tree::{BlockKind, Call, Expr, Part, Path, Root};
use crate::error::{EvalError, glimpse};
use crate::helpers::Arguments;
use crate::limits;
use crate::scope::Scope;
use crate::weight::Budget;

/// What blocks have bound, innermost last.
struct Frame<'a> {
    names: Vec<(&'a str, Cow<'a, Value>)>,
    this: Cow<'a, Value>,
    index: usize,
    count: usize,
    key: Option<String>,
}

struct Evaluator<'a> {
    scope: &'a Scope,
    frames: Vec<Frame<'a>>,
    turns: usize,
    output: usize,
    budget: Budget,
}

/// Evaluates a template's parts.
pub(super) fn template(parts: &[Part], single: bool, scope: &Scope) -> Result<Value, EvalError> {
    let mut evaluator = Evaluator::new(scope);
    if single && let [Part::Expr { expr }] = parts {
        return match evaluator.expression(expr, false)? {
            Some(value) => Ok(value.into_owned()),
            None => Ok(Value::Null),
        };
    }
    let mut text = String::new();
    evaluator.parts(parts, &mut text)?;
    Ok(Value::String(text))
}

/// Evaluates one expression.
///
/// # Errors
/// A name that leads nowhere, a helper that can't work with a value, or a limit.
pub fn expression(expr: &Expr, scope: &Scope) -> Result<Value, EvalError> {
    let mut evaluator = Evaluator::new(scope);
    Ok(evaluator
        .expression(expr, false)?
        .map_or(Value::Null, Cow::into_owned))
}

/// Evaluates one expression where a path that leads nowhere is absent, and no failure.
///
/// # Errors
/// A helper that can't work with a value, or a limit.
pub fn optional(expr: &Expr, scope: &Scope) -> Result<Option<Value>, EvalError> {
    let mut evaluator = Evaluator::new(scope);
    Ok(evaluator.expression(expr, true)?.map(Cow::into_owned))
}

impl<'a> Evaluator<'a> {
    fn new(scope: &'a Scope) -> Self {
        Self {
            scope,
            frames: Vec::new(),
            turns: 0,
            output: 0,
            budget: Budget::default(),
        }
    }

    fn parts(&mut self, parts: &'a [Part], text: &mut String) -> Result<(), EvalError> {
        for part in parts {
            match part {
                Part::Text(piece) => self.put(piece, text)?,
                Part::Expr { expr } => {
                    let value = self.expression(expr, false)?.map_or(Value::Null, Cow::into_owned);
                    let piece = in_text(&value, &written(expr))?;
                    self.put(&piece, text)?;
                }
                Part::Block {
                    kind,
                    argument,
                    names,
                    body,
                    inverse,
                } => {
                    self.block(*kind, argument, names, body, inverse, text)?;
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, piece: &str, text: &mut String) -> Result<(), EvalError> {
        self.output += piece.len();
        if self.output > limits::OUTPUT {
            let message = format!("a text grew beyond {} KB", limits::OUTPUT / 1024);
            return Err(EvalError::new("SC405", message).help("shorten it with {{ truncate … 1000 }}"));
        }
        text.push_str(piece);
        Ok(())
    }

    fn block(
        &mut self,
        kind: BlockKind,
        argument: &'a Expr,
        names: &'a [String],
        body: &'a [Part],
        inverse: &'a [Part],
        text: &mut String,
    ) -> Result<(), EvalError> {
        let absent_ok = matches!(kind, BlockKind::If | BlockKind::Unless);
        let value = self.expression(argument, absent_ok)?.unwrap_or_default();
        let truth = crate::condition::is_true(&value);
        match kind {
            BlockKind::If => self.parts(if truth { body } else { inverse }, text),
            BlockKind::Unless => self.parts(if truth { inverse } else { body }, text),
            BlockKind::With if !truth => self.parts(inverse, text),
            BlockKind::With => self.framed(names, None, value, 0, 1, body, text),
            BlockKind::Each => {
                let items: Vec<(Option<String>, Cow<'a, Value>)> = match value {
                    Cow::Borrowed(Value::Array(items)) => {
                        items.iter().map(|item| (None, Cow::Borrowed(item))).collect()
                    }
                    Cow::Owned(Value::Array(items)) => {
                        items.into_iter().map(|item| (None, Cow::Owned(item))).collect()
                    }
                    Cow::Borrowed(Value::Object(fields)) => {
                        let fields = fields.iter();
                        fields
                            .map(|(key, item)| (Some(key.clone()), Cow::Borrowed(item)))
                            .collect()
                    }
                    Cow::Owned(Value::Object(fields)) => {
                        let fields = fields.into_iter();
                        fields.map(|(key, item)| (Some(key), Cow::Owned(item))).collect()
                    }
                    other if other.is_null() => Vec::new(),
                    other => {
                        let message = format!(
                            "{{{{#each {}}}}} needs a list, and it is {}",
                            written(argument),
                            glimpse(&other)
                        );
                        return Err(EvalError::new("SC402", message));
                    }
                };
                if items.is_empty() {
                    return self.parts(inverse, text);
                }
                let count = items.len();
                for (index, (key, item)) in items.into_iter().enumerate() {
                    self.turns += 1;
                    if self.turns > limits::ITERATIONS {
                        let message =
                            format!("loops turned more than {} times in one text", limits::ITERATIONS);
                        return Err(EvalError::new("SC405", message));
                    }
                    self.framed(names, key, item, index, count, body, text)?;
                }
                Ok(())
            }
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one frame's parts, used in this file only"
    )]
    fn framed(
        &mut self,
        names: &'a [String],
        key: Option<String>,
        item: Cow<'a, Value>,
        index: usize,
        count: usize,
        body: &'a [Part],
        text: &mut String,
    ) -> Result<(), EvalError> {
        let mut bound: Vec<(&'a str, Cow<'a, Value>)> = Vec::new();
        if let Some(name) = names.first() {
            bound.push((name.as_str(), item.clone()));
        }
        if let Some(name) = names.get(1) {
            let position = key.clone().map_or_else(|| Value::from(index), Value::String);
            bound.push((name.as_str(), Cow::Owned(position)));
        }
        self.frames.push(Frame {
            names: bound,
            this: item,
            index,
            count,
            key,
        });
        let done = self.parts(body, text);
        self.frames.pop();
        done
    }

    /// A value, or none where a path leads nowhere and `absent_ok`.
    fn expression(&mut self, expr: &'a Expr, absent_ok: bool) -> Result<Option<Cow<'a, Value>>, EvalError> {
        match expr {
            Expr::Literal(value, _) => Ok(Some(Cow::Borrowed(value))),
            Expr::Path(path) => {
                let value = self.path(path, absent_ok)?;
                // A value made inside the template is copied each time it is read.
                if let Some(Cow::Owned(value)) = &value {
                    self.budget.take(value)?;
                }
                Ok(value)
            }
            Expr::Call(call) => self.call(call).map(|value| Some(Cow::Owned(value))),
        }
    }

    fn call(&mut self, call: &'a Call) -> Result<Value, EvalError> {
        let mut values = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            let value = self.expression(argument, call.helper.absent_ok)?;
            if let Some(value) = &value {
                self.budget.take(value)?;
            }
            values.push(value.map_or(Value::Null, Cow::into_owned));
        }
        let mut options = Vec::with_capacity(call.options.len());
        for (name, value) in &call.options {
            let value = self
                .expression(value, call.helper.absent_ok)?
                .map_or(Value::Null, Cow::into_owned);
            options.push((name.as_str(), value));
        }
        let arguments = Arguments {
            values,
            options,
            now: self.scope.now(),
        };
        let value = (call.helper.run)(&arguments).map_err(|why| {
            EvalError::new("SC402", format!("{{{{ {} … }}}} failed: {why}", call.helper.name))
                .help(format!("write {{{{ {} }}}}", call.helper.signature))
        })?;
        self.budget.take(&value)?;
        if let Value::String(text) = &value
            && text.len() > limits::OUTPUT
        {
            return Err(EvalError::new(
                "SC405",
                format!(
                    "{} made a text beyond {} KB",
                    call.helper.name,
                    limits::OUTPUT / 1024
                ),
            ));
        }
        Ok(value)
    }

    fn path(&self, path: &'a Path, absent_ok: bool) -> Result<Option<Cow<'a, Value>>, EvalError> {
        let (begin, rest): (Option<Cow<'a, Value>>, &[super::Segment]) = match &path.root {
            // One block further out than there are blocks: the names themselves, `../trigger.name`.
            Root::This(out) if *out > 0 && *out == self.frames.len() => match path.segments.split_first() {
                Some((first, rest)) => (self.scope.get(&first.name).map(Cow::Borrowed), rest),
                None => (None, &[]),
            },
            Root::This(out) => {
                let frame = self
                    .frames
                    .len()
                    .checked_sub(out + 1)
                    .and_then(|index| self.frames.get(index));
                (frame.map(|frame| frame.this.clone()), path.segments.as_slice())
            }
            Root::Local(name) => {
                let frame = self.frames.last();
                let value = frame.and_then(|frame| match name.as_str() {
                    "index" => Some(Value::from(frame.index)),
                    "first" => Some(Value::from(frame.index == 0)),
                    "last" => Some(Value::from(frame.index + 1 == frame.count)),
                    "key" => Some(
                        frame
                            .key
                            .clone()
                            .map_or_else(|| Value::from(frame.index), Value::String),
                    ),
                    _ => None,
                });
                (value.map(Cow::Owned), path.segments.as_slice())
            }
            Root::Name => {
                let Some(first) = path.segments.first() else {
                    return Ok(None);
                };
                let rest = path.segments.get(1..).unwrap_or_default();
                let bound = self.bound(&first.name);
                if bound.is_none()
                    && let Some((second, rest)) = rest.split_first()
                    && self.scope.has_parts(&first.name)
                {
                    match self.scope.part(&first.name, &second.name) {
                        Some(part) => {
                            return match descend(part, rest) {
                                Ok(value) => Ok(Some(Cow::Borrowed(value))),
                                Err(_) if absent_ok => Ok(None),
                                Err(gap) => Err(Gap {
                                    at: gap.at + 1,
                                    ..gap
                                }
                                .error(path)),
                            };
                        }
                        None if absent_ok => return Ok(None),
                        // Told below, with the parts that are there.
                        None => {}
                    }
                }
                let value = bound.or_else(|| self.scope.get(&first.name).map(Cow::Borrowed));
                (value, rest)
            }
        };
        let Some(begin) = begin else {
            return if absent_ok {
                Ok(None)
            } else {
                Err(self.nowhere(path))
            };
        };
        match follow(begin, rest) {
            Ok(value) => Ok(Some(value)),
            Err(_) if absent_ok => Ok(None),
            Err(gap) => Err(gap.error(path)),
        }
    }

    /// The value of a name that a block has bound.
    fn bound(&self, name: &str) -> Option<Cow<'a, Value>> {
        for frame in self.frames.iter().rev() {
            if let Some((_, value)) = frame.names.iter().find(|(bound, _)| *bound == name) {
                return Some(value.clone());
            }
            // Inside `each` without names, a bare name is a field of the item.
            if frame.names.is_empty() {
                let field = match &frame.this {
                    Cow::Borrowed(this) => this.get(name).map(Cow::Borrowed),
                    Cow::Owned(this) => this.get(name).cloned().map(Cow::Owned),
                };
                if field.is_some() {
                    return field;
                }
            }
        }
        None
    }

    fn nowhere(&self, path: &Path) -> EvalError {
        let first = path
            .segments
            .first()
            .map_or("this", |segment| segment.name.as_str());
        let names: Vec<&str> = self.scope.names().collect();
        EvalError::new("SC401", format!("there is no {first} here"))
            .help(format!("names here: {}", names.join(", ")))
    }
}

/// Where a path stopped: which step, and what was there.
struct Gap {
    at: usize,
    there: Value,
}

/// Follows a path from a value.
fn follow<'a>(begin: Cow<'a, Value>, segments: &[super::Segment]) -> Result<Cow<'a, Value>, Gap> {
    match begin {
        Cow::Borrowed(value) => descend(value, segments).map(Cow::Borrowed),
        Cow::Owned(value) => descend(&value, segments).cloned().map(Cow::Owned),
    }
}

fn descend<'v>(value: &'v Value, segments: &[super::Segment]) -> Result<&'v Value, Gap> {
    let mut value = value;
    for (at, segment) in segments.iter().enumerate() {
        let next = match value {
            Value::Object(fields) => fields.get(&segment.name),
            Value::Array(items) => segment
                .name
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index)),
            _ => None,
        };
        value = next.ok_or_else(|| Gap {
            at,
            there: value.clone(),
        })?;
    }
    Ok(value)
}

impl Gap {
    fn error(self, path: &Path) -> EvalError {
        let skip = usize::from(path.root == Root::Name);
        let names: Vec<&str> = path
            .segments
            .iter()
            .map(|segment| segment.name.as_str())
            .collect();
        let missing = names.get(self.at + skip).copied().unwrap_or_default();
        let before = names.get(..self.at + skip).unwrap_or_default().join(".");
        let before = if before.is_empty() {
            "this".to_owned()
        } else {
            before
        };
        let whole = names.join(".");
        let (message, near) = match &self.there {
            Value::Object(fields) => (
                format!("{whole} is not there: {before} has no {missing}"),
                crate::types::nearest(missing, fields.keys().map(String::as_str)).map(str::to_owned),
            ),
            Value::Array(items) => (
                format!("{whole} is not there: {before} is a list of {}", items.len()),
                None,
            ),
            Value::Null => (format!("{whole} is not there: {before} is nothing"), None),
            other => (
                format!("{whole} is not there: {before} is {}", glimpse(other)),
                None,
            ),
        };
        let help = match near {
            Some(near) => format!(
                "did you mean {before}.{near}? Where it may be missing, write {{{{ default {whole} \"…\" }}}}"
            ),
            None => format!("where it may be missing, write {{{{ default {whole} \"…\" }}}}"),
        };
        EvalError::new("SC401", message).help(help)
    }
}

/// A value in the middle of text.
fn in_text(value: &Value, expression: &str) -> Result<String, EvalError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Null => Err(EvalError::new(
            "SC401",
            format!("{expression} is nothing, and stands in the middle of text"),
        )
        .help(format!("write {{{{ default {expression} \"…\" }}}}"))),
        Value::Array(_) => Err(EvalError::new(
            "SC404",
            format!(
                "{expression} is {}, and stands in the middle of text",
                glimpse(value)
            ),
        )
        .help(format!("write {{{{ join {expression} \", \" }}}}"))),
        Value::Object(_) => Err(EvalError::new(
            "SC404",
            format!(
                "{expression} is {}, and stands in the middle of text",
                glimpse(value)
            ),
        )
        .help(format!(
            "name one of its parts, or write {{{{ json {expression} }}}}"
        ))),
    }
}

/// An expression as it reads: for messages.
fn written(expr: &Expr) -> String {
    match expr {
        Expr::Literal(value, _) => value.to_string(),
        Expr::Path(path) => {
            let names = path
                .segments
                .iter()
                .map(|segment| segment.name.as_str())
                .collect::<Vec<_>>()
                .join(".");
            match &path.root {
                Root::Name => names,
                Root::This(_) if names.is_empty() => "this".to_owned(),
                Root::This(_) => format!("this.{names}"),
                Root::Local(name) => format!("@{name}"),
            }
        }
        Expr::Call(call) => format!("({} …)", call.helper.name),
    }
}
