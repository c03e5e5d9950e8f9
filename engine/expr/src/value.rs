//! A value as a recipe writes it: a literal, a template, a JSONPath, or a list or map of these.

use std::ops::Range;

use serde_json::{Map, Number, Value};
use souschef_recipe::{Node, NodeKind, SourceFile, Span, Style};

use crate::error::{EvalError, ExprError};
use crate::jsonpath::Path;
use crate::scope::Scope;
use crate::template::{Reference, Segment, Template, eval, tree};
use crate::types::Type;
use crate::weight::Budget;

/// Mistakes with their places in the file.
pub type Mistakes = Vec<(Span, ExprError)>;

/// A compiled value.
#[derive(Clone, Debug)]
pub enum ValueExpr {
    /// Itself.
    Literal(Value),
    /// Text with expressions.
    Template(Template),
    /// `$.…`, an RFC 9535 query over the names in scope.
    Path(Path),
    /// A list of values.
    List(Vec<ValueExpr>),
    /// A map of values; keys are literal.
    Map(Vec<(String, ValueExpr)>),
}

impl ValueExpr {
    /// Compiles a scalar text: a JSONPath where it begins with `$.`, a template otherwise; a text without expressions is
    /// a literal.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse_text(text: &str) -> Result<Self, ExprError> {
        if text.starts_with("$.") {
            return Path::parse(text).map(Self::Path);
        }
        let template = Template::parse(text)?;
        Ok(match template.literal() {
            Some(text) => Self::Literal(Value::String(text)),
            None => Self::Template(template),
        })
    }

    /// Compiles a whole tree. A map of the one key `text` is its text, as it is: `{ text: "$.99" }`.
    ///
    /// # Errors
    /// Every mistake, with its place in the file.
    pub fn compile(node: &Node, source: &SourceFile) -> Result<Self, Mistakes> {
        match &node.kind {
            NodeKind::Text(text, _) => Self::parse_text(text).map_err(|error| {
                let all = mistakes_of_pieces(text, error).into_iter();
                all.map(|error| placed(source, node, error)).collect()
            }),
            NodeKind::List(items) => {
                let items = collect(items.iter().map(|item| Self::compile(item, source)))?;
                Ok(
                    match items.iter().map(Self::literal).collect::<Option<Vec<_>>>() {
                        Some(values) => Self::Literal(Value::Array(values)),
                        None => Self::List(items),
                    },
                )
            }
            NodeKind::Map(entries) => {
                if let [only] = entries.as_slice()
                    && only.key.value == "text"
                    && let Some(text) = only.value.as_text().filter(|text| text.starts_with("$."))
                {
                    return Ok(Self::Literal(Value::String(text.to_owned())));
                }
                let fields = collect(
                    entries
                        .iter()
                        .map(|entry| Ok((entry.key.value.clone(), Self::compile(&entry.value, source)?))),
                )?;
                let literal: Option<Map<String, Value>> = fields
                    .iter()
                    .map(|(name, value)| Some((name.clone(), value.literal()?)))
                    .collect();
                Ok(literal.map_or(Self::Map(fields), |fields| Self::Literal(Value::Object(fields))))
            }
            _ => Ok(Self::Literal(node.to_json())),
        }
    }

    /// Every path it reads from the scope. Of a JSONPath, its leading names.
    pub fn references(&self) -> Vec<Reference> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Template(template) => template.references(),
            Self::Path(path) => path.reference().into_iter().collect(),
            Self::List(items) => items.iter().flat_map(Self::references).collect(),
            Self::Map(fields) => fields.iter().flat_map(|(_, value)| value.references()).collect(),
        }
    }

    /// What kind of value it gives (see [`Template::type_of`]).
    pub fn type_of(&self, lookup: &dyn Fn(&[Segment]) -> Option<Type>) -> Type {
        match self {
            Self::Literal(value) => tree::of_value(value),
            Self::Template(template) => template.type_of(lookup),
            Self::Path(_) => Type::Any,
            Self::List(items) => {
                let mut kinds: Vec<Type> = items.iter().map(|item| item.type_of(lookup)).collect();
                kinds.dedup();
                Type::List(Box::new(if kinds.len() == 1 {
                    kinds.remove(0)
                } else {
                    Type::Any
                }))
            }
            Self::Map(fields) => {
                let fields = fields.iter().map(|(name, value)| {
                    let field = crate::types::Field {
                        ty: value.type_of(lookup),
                        required: true,
                        help: None,
                    };
                    (name.clone(), field)
                });
                Type::Map(crate::types::Map {
                    fields: fields.collect(),
                    open: false,
                })
            }
        }
    }

    /// The expression, where it is one and nothing else.
    pub fn expression(&self) -> Option<&tree::Expr> {
        match self {
            Self::Template(template) => template.expression(),
            _ => None,
        }
    }

    /// The value, where it needs no scope.
    pub fn literal(&self) -> Option<Value> {
        match self {
            Self::Literal(value) => Some(value.clone()),
            _ => None,
        }
    }

    /// Its value: one match of a JSONPath gives the value, several a list, none null.
    ///
    /// # Errors
    /// A name that leads nowhere, a helper that can't work with a value, or a limit.
    pub fn eval(&self, scope: &Scope) -> Result<Value, EvalError> {
        self.within(scope, &mut Budget::default())
    }

    fn within(&self, scope: &Scope, budget: &mut Budget) -> Result<Value, EvalError> {
        let value = match self {
            Self::Literal(value) => value.clone(),
            Self::Template(template) => template.eval(scope)?,
            Self::Path(path) => path.eval(scope),
            Self::List(items) => {
                return items.iter().map(|item| item.within(scope, budget)).collect();
            }
            Self::Map(fields) => {
                return fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), value.within(scope, budget)?)))
                    .collect::<Result<Map<_, _>, _>>()
                    .map(Value::Object);
            }
        };
        budget.take(&value)?;
        Ok(value)
    }

    /// Its value, or none where it is one path and that leads nowhere.
    ///
    /// # Errors
    /// A helper that can't work with a value, or a limit.
    pub fn eval_optional(&self, scope: &Scope) -> Result<Option<Value>, EvalError> {
        match self {
            Self::Template(template) => match self.expression() {
                Some(expr @ tree::Expr::Path(_)) => eval::optional(expr, scope),
                _ => template.eval(scope).map(Some),
            },
            Self::Path(path) => Ok(Some(path.eval(scope)).filter(|value| !value.is_null())),
            other => other.eval(scope).map(Some),
        }
    }
}

/// A mistake in a scalar's text with its place in the file.
pub(crate) fn placed(source: &SourceFile, node: &Node, mut error: ExprError) -> (Span, ExprError) {
    for (range, _) in &mut error.related {
        *range = range_in(source, node, range).range();
    }
    (range_in(source, node, &error.range), error)
}

/// The mistakes of each expression of a text, where they can be looked at one by one and one of them is the mistake that
/// the whole text has; else that one alone.
fn mistakes_of_pieces(text: &str, whole: ExprError) -> Vec<ExprError> {
    let pieces = Template::pieces(text).into_iter();
    let wrong = pieces.filter_map(|(start, piece)| {
        let mut error = piece.err()?;
        let places = error.related.iter_mut().map(|(range, _)| range);
        for range in places.chain([&mut error.range]) {
            *range = range.start + start..range.end + start;
        }
        Some(error)
    });
    let all: Vec<ExprError> = wrong.collect();
    if all.contains(&whole) { all } else { vec![whole] }
}

/// Where a range of a scalar's text stands in the file: exact for a scalar on one line without escapes and for a literal
/// block; otherwise the whole scalar.
pub fn range_in(source: &SourceFile, node: &Node, range: &Range<usize>) -> Span {
    let NodeKind::Text(text, style) = &node.kind else {
        return node.span;
    };
    let written = source.text().get(node.span.range()).unwrap_or_default();
    let lead = match style {
        Style::Plain => 0,
        Style::SingleQuoted | Style::DoubleQuoted => 1,
        Style::Block => {
            if let Some(span) = range_in_block(text, written, range) {
                return Span::new(node.span.start + span.start, node.span.start + span.end);
            }
            // Lines were folded: the one that holds the part is found by its text.
            let part = text
                .get(range.clone())
                .and_then(|part| part.lines().next())
                .unwrap_or_default();
            return match written.find(part) {
                Some(offset) if !part.is_empty() => {
                    Span::new(node.span.start + offset, node.span.start + offset + part.len())
                }
                _ => node.span,
            };
        }
    };
    if written.get(lead..lead + text.len()) == Some(text) {
        let start = node.span.start + lead;
        Span::new(start + range.start, start + range.end.max(range.start))
    } else {
        node.span
    }
}

/// Where a range of a literal block's text stands in the block as it is written: its lines are the text's, further in.
fn range_in_block(text: &str, written: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let place = |at: usize| {
        let line = text.get(..at)?.matches('\n').count();
        let begin = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
        let own = text.get(begin..)?.lines().next()?;
        let mut lines = written.split_inclusive('\n');
        let before: usize = lines.by_ref().take(line).map(str::len).sum();
        let full = lines.next()?;
        let indent = full.trim_end().len().checked_sub(own.trim_end().len())?;
        let matches = full.get(indent..)?.trim_end() == own.trim_end();
        matches.then_some(before + indent + (at - begin))
    };
    let end = range.end.max(range.start);
    Some(place(range.start)?..place(end)?)
}

/// All values, or all mistakes.
pub(crate) fn collect<T>(all: impl Iterator<Item = Result<T, Mistakes>>) -> Result<Vec<T>, Mistakes> {
    let mut values = Vec::new();
    let mut mistakes = Vec::new();
    for one in all {
        match one {
            Ok(value) => values.push(value),
            Err(more) => mistakes.extend(more),
        }
    }
    if mistakes.is_empty() {
        Ok(values)
    } else {
        Err(mistakes)
    }
}

/// Two values, or the mistakes of both.
pub(crate) fn both<A, B>(one: Result<A, Mistakes>, two: Result<B, Mistakes>) -> Result<(A, B), Mistakes> {
    match (one, two) {
        (Ok(one), Ok(two)) => Ok((one, two)),
        (Err(mut one), Err(two)) => {
            one.extend(two);
            Err(one)
        }
        (Err(mistakes), _) | (_, Err(mistakes)) => Err(mistakes),
    }
}

/// The number that a text is exactly: no spaces, signs, leading zeros, exponents or lost digits.
pub fn exact_number(text: &str) -> Option<Number> {
    let number: Number = serde_json::from_str(text).ok()?;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let exact = text.trim() == text
        && !text.contains(['e', 'E'])
        && (number.is_i64() || number.is_u64() || digits <= 15);
    exact.then_some(number)
}
