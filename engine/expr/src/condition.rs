//! Conditions, compiled.

use std::cmp::Ordering;

use serde_json::Value;
use souschef_recipe::{Condition as Written, Operator, SourceFile, Span};

use crate::error::{EvalError, ExprError, glimpse};
use crate::limits;
use crate::moment::Moment;
use crate::scope::Scope;
use crate::template::{Reference, Template};
use crate::value::{self, Mistakes, ValueExpr};

/// A compiled condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Every one must hold.
    All(Vec<Condition>),
    /// At least one must hold.
    Any(Vec<Condition>),
    /// It must not hold.
    Not(Box<Condition>),
    /// A comparison.
    Compare(Box<Comparison>),
    /// A value held by its truth: false, null, "", 0 and [] are not true.
    Truth {
        /// The value.
        value: ValueExpr,
        /// As it was written, for the message.
        written: String,
        /// Where.
        span: Span,
    },
}

/// One comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What is looked at; a path that leads nowhere is absent, no failure.
    pub left: ValueExpr,
    /// Where it stands.
    pub left_span: Span,
    /// The operator.
    pub operator: Operator,
    /// What it is held against.
    pub right: ValueExpr,
    /// Where that stands.
    pub right_span: Span,
    /// As it was written: `trigger.source: { is_not: import }`.
    pub written: String,
    /// A regular expression compiled beforehand where the operator is `matches` and `right` a literal.
    pub pattern: Option<regex::Regex>,
}

/// Whether it holds, and if not, the line that did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not: the line, and what was there instead.
    Fails(String),
}

impl Condition {
    /// Compiles a condition.
    ///
    /// # Errors
    /// Every mistake in its expressions, with its place in the file.
    pub fn compile(written: &Written, source: &SourceFile) -> Result<Self, Mistakes> {
        let list = |list: &[Written]| -> Result<Vec<Self>, Mistakes> {
            value::collect(list.iter().map(|one| Self::compile(one, source)))
        };
        match written {
            Written::All(all, _) => Ok(Self::All(list(all)?)),
            Written::Any(any, _) => Ok(Self::Any(list(any)?)),
            Written::Not(inner, _) => Ok(Self::Not(Box::new(Self::compile(inner, source)?))),
            Written::Truth(node) => Ok(Self::Truth {
                value: ValueExpr::compile(node, source)?,
                written: text_at(source, node.span),
                span: node.span,
            }),
            Written::Compare {
                left,
                operator,
                right,
                ..
            } => {
                let path = left.value.as_str();
                let compiled = if path.starts_with("$.") || path.contains("{{") {
                    ValueExpr::parse_text(path)
                } else {
                    Template::parse_expression(path).map(ValueExpr::Template)
                };
                let place = |error: ExprError| vec![(left.span, error)];
                let left_value = compiled.map_err(place);
                let right_value = ValueExpr::compile(right, source);
                let (left_value, right_value) = value::both(left_value, right_value)?;
                let pattern = match (operator.value, right_value.literal()) {
                    (Operator::Matches, Some(Value::String(text))) => {
                        Some(pattern(&text).map_err(|why| {
                            vec![(
                                right.span,
                                ExprError::new("SC111", 0..0, format!("the pattern can't be read: {why}")),
                            )]
                        })?)
                    }
                    _ => None,
                };
                let value = text_at(source, right.span);
                let written = if operator.value == Operator::Is {
                    format!("{path}: {value}")
                } else {
                    format!("{path}: {{ {}: {value} }}", operator.value.word())
                };
                Ok(Self::Compare(Box::new(Comparison {
                    left: left_value,
                    left_span: left.span,
                    operator: operator.value,
                    right: right_value,
                    right_span: right.span,
                    written,
                    pattern,
                })))
            }
        }
    }

    /// Every path it reads, with its place. What a comparison looks at may be absent.
    pub fn references(&self) -> Vec<(Span, Reference)> {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().flat_map(Self::references).collect(),
            Self::Not(inner) => inner.references(),
            Self::Truth { value, span, .. } => value
                .references()
                .into_iter()
                .map(|one| {
                    (
                        *span,
                        Reference {
                            optional: true,
                            ..one
                        },
                    )
                })
                .collect(),
            Self::Compare(comparison) => {
                let left = comparison.left.references().into_iter();
                let left = left.map(|one| {
                    (
                        comparison.left_span,
                        Reference {
                            optional: true,
                            ..one
                        },
                    )
                });
                let right = comparison
                    .right
                    .references()
                    .into_iter()
                    .map(|one| (comparison.right_span, one));
                left.chain(right).collect()
            }
        }
    }

    /// Every comparison in it.
    pub fn comparisons(&self) -> Vec<&Comparison> {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().flat_map(Self::comparisons).collect(),
            Self::Not(inner) => inner.comparisons(),
            Self::Truth { .. } => Vec::new(),
            Self::Compare(comparison) => vec![comparison],
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// A value that can't be compared, or an expression that fails.
    pub fn test(&self, scope: &Scope) -> Result<Verdict, EvalError> {
        match self {
            Self::All(list) => {
                for one in list {
                    if let fails @ Verdict::Fails(_) = one.test(scope)? {
                        return Ok(fails);
                    }
                }
                Ok(Verdict::Holds)
            }
            Self::Any(list) => {
                let mut lines = Vec::new();
                for one in list {
                    match one.test(scope)? {
                        Verdict::Holds => return Ok(Verdict::Holds),
                        Verdict::Fails(line) => lines.push(line),
                    }
                }
                Ok(Verdict::Fails(format!("none of: {}", lines.join("; "))))
            }
            Self::Not(inner) => Ok(match inner.test(scope)? {
                Verdict::Holds => Verdict::Fails("not: what is under it holds".to_owned()),
                Verdict::Fails(_) => Verdict::Holds,
            }),
            Self::Truth { value, written, .. } => {
                let value = value.eval_optional(scope)?.unwrap_or_default();
                Ok(if is_true(&value) {
                    Verdict::Holds
                } else {
                    Verdict::Fails(format!("{written}, but it gave {}", glimpse(&value)))
                })
            }
            Self::Compare(comparison) => comparison.test(scope),
        }
    }
}

impl Comparison {
    fn test(&self, scope: &Scope) -> Result<Verdict, EvalError> {
        let left = self.left.eval_optional(scope)?;
        let right = self.right.eval(scope)?;
        let there = left.clone().unwrap_or_default();
        if self.holds(left.as_ref(), &right)? {
            return Ok(Verdict::Holds);
        }
        let was = match &left {
            None => "it was not there".to_owned(),
            Some(value) => format!("it was {}", glimpse(value)),
        };
        let hint = if matches!(self.operator, Operator::Is | Operator::In) && looks_alike(&there, &right) {
            " (text and a number are never equal)"
        } else {
            ""
        };
        Ok(Verdict::Fails(format!("{}, but {was}{hint}", self.written)))
    }

    fn holds(&self, left: Option<&Value>, right: &Value) -> Result<bool, EvalError> {
        let there = left.unwrap_or(&Value::Null);
        Ok(match self.operator {
            Operator::Is => equal(there, right),
            Operator::IsNot => !equal(there, right),
            Operator::In => self.one_of(there, right)?,
            Operator::NotIn => !self.one_of(there, right)?,
            Operator::Contains => contains(there, right),
            Operator::NotContains => !contains(there, right),
            Operator::StartsWith => texts(there, right).is_some_and(|(text, part)| text.starts_with(part)),
            Operator::EndsWith => texts(there, right).is_some_and(|(text, part)| text.ends_with(part)),
            Operator::Matches => self.matches(there, right)?,
            Operator::GreaterThan => self.order(there, right)? == Some(Ordering::Greater),
            Operator::AtLeast => self.order(there, right)?.is_some_and(Ordering::is_ge),
            Operator::LessThan => self.order(there, right)? == Some(Ordering::Less),
            Operator::AtMost => self.order(there, right)?.is_some_and(Ordering::is_le),
            Operator::Before => self.when(there, right)? == Some(Ordering::Less),
            Operator::After => self.when(there, right)? == Some(Ordering::Greater),
            Operator::Exists => there.is_null() != is_true(right),
            Operator::IsEmpty => is_empty(there) == is_true(right),
        })
    }

    fn fail<T>(&self, why: String) -> Result<T, EvalError> {
        Err(EvalError::new(
            "SC406",
            format!("{} can't be decided: {why}", self.written),
        ))
    }

    fn one_of(&self, there: &Value, right: &Value) -> Result<bool, EvalError> {
        match right {
            Value::Array(items) => Ok(items.iter().any(|item| equal(there, item))),
            other => self.fail(format!(
                "{} needs a list, and was given {}",
                self.operator.word(),
                glimpse(other)
            )),
        }
    }

    fn matches(&self, there: &Value, right: &Value) -> Result<bool, EvalError> {
        let Some(text) = there.as_str() else {
            return Ok(false);
        };
        if let Some(pattern) = &self.pattern {
            return Ok(pattern.is_match(text));
        }
        match right.as_str().map(pattern) {
            Some(Ok(pattern)) => Ok(pattern.is_match(text)),
            Some(Err(why)) => self.fail(format!("the pattern can't be read: {why}")),
            None => self.fail(format!("a pattern is text, and this is {}", glimpse(right))),
        }
    }

    /// How two numbers compare; nothing where there is none to compare.
    fn order(&self, there: &Value, right: &Value) -> Result<Option<Ordering>, EvalError> {
        if there.is_null() {
            return Ok(None);
        }
        match (there.as_f64(), right.as_f64()) {
            (Some(one), Some(two)) => Ok(Some(one.total_cmp(&two))),
            (None, _) => self.fail(format!(
                "{} compares numbers, and it was {}",
                self.operator.word(),
                glimpse(there)
            )),
            _ => self.fail(format!(
                "{} compares numbers, and was given {}",
                self.operator.word(),
                glimpse(right)
            )),
        }
    }

    /// How two moments compare.
    fn when(&self, there: &Value, right: &Value) -> Result<Option<Ordering>, EvalError> {
        if there.is_null() || there.as_str() == Some("") {
            return Ok(None);
        }
        match (Moment::read(there, None), Moment::read(right, None)) {
            (Ok(one), Ok(two)) => Ok(Some(one.at.timestamp().cmp(&two.at.timestamp()))),
            (Err(why), _) | (_, Err(why)) => self.fail(why),
        }
    }
}

/// Compiles a pattern within limits.
pub(crate) fn pattern(text: &str) -> Result<regex::Regex, String> {
    if text.len() > limits::PATTERN.0 {
        return Err(format!("it is longer than {} characters", limits::PATTERN.0));
    }
    regex::RegexBuilder::new(text)
        .size_limit(limits::PATTERN.1)
        .nest_limit(50)
        .build()
        .map_err(|why| {
            if matches!(why, regex::Error::CompiledTooBig(_)) {
                return "it repeats too much".to_owned();
            }
            let text = why.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        })
}

fn text_at(source: &SourceFile, span: Span) -> String {
    let text = source.text().get(span.range()).unwrap_or_default();
    crate::error::short(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Truth of a value: false, null, "", 0 and [] are not true.
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    }
}

/// Equal as JSON, with numbers compared as numbers (1 is 1.0). Text and a number are never equal.
pub fn equal(one: &Value, two: &Value) -> bool {
    match (one.as_f64(), two.as_f64()) {
        (Some(one), Some(two)) => one == two,
        _ => one == two,
    }
}

fn looks_alike(one: &Value, two: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    one.is_string() != two.is_string() && !one.is_null() && text(one) == text(two)
}

fn contains(there: &Value, right: &Value) -> bool {
    match there {
        Value::Array(items) => items.iter().any(|item| equal(item, right)),
        Value::String(text) => right.as_str().is_some_and(|part| text.contains(part)),
        _ => false,
    }
}

fn texts<'a>(there: &'a Value, right: &'a Value) -> Option<(&'a str, &'a str)> {
    Some((there.as_str()?, right.as_str()?))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
