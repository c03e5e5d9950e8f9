//! Mappings: a value taken from somewhere, with what is done to it on the way.

use serde_json::Value;
use souschef_recipe::{Mapping as Written, SourceFile, Span, ValueKind};

use crate::convert::{self, Options};
use crate::error::{EvalError, ExprError, glimpse};
use crate::scope::Scope;
use crate::template::tree::Expr;
use crate::template::{Reference, Segment};
use crate::transform::Transform;
use crate::types::{Format, Type};
use crate::value::{Mistakes, ValueExpr};

/// A compiled mapping. Order: `from`, `default` where it is absent, `transform`, `lookup`, `as`.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The field's name.
    pub name: String,
    /// Where the value comes from.
    pub from: ValueExpr,
    /// Taken where it is absent (nothing or empty text too), and where a lookup finds nothing.
    pub default: Option<ValueExpr>,
    /// Fails the run where the value is absent and there is no default.
    pub required: bool,
    /// In order.
    pub transform: Vec<Transform>,
    /// From value (compared as text) to value.
    pub lookup: Option<Vec<(String, ValueExpr)>>,
    /// What it is made into.
    pub kind: Option<ValueKind>,
    /// ISO region for phones without a country code (`US`), IANA zone for dates without one.
    pub options: Options,
    /// Where `from` and `default` stand.
    pub spans: (Span, Span),
}

impl Mapping {
    /// Compiles a mapping. In long form `from: trigger.email` is a path, in short form a value is itself.
    ///
    /// # Errors
    /// Every mistake, with its place in the file.
    pub fn compile(written: &Written, source: &SourceFile) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::new();
        let mut keep = |result: Result<ValueExpr, Mistakes>| match result {
            Ok(value) => value,
            Err(more) => {
                mistakes.extend(more);
                ValueExpr::Literal(Value::Null)
            }
        };
        let from = keep(from(written, source));
        let default = written
            .default
            .as_ref()
            .map(|node| keep(ValueExpr::compile(node, source)));
        let lookup = written.lookup.as_ref().map(|table| {
            table
                .iter()
                .map(|(key, node)| (key.value.clone(), keep(ValueExpr::compile(node, source))))
                .collect()
        });
        let mut transform = Vec::new();
        for one in &written.transform {
            let argument = one.argument.as_ref().map(souschef_recipe::Node::to_json);
            match Transform::compile(&one.name.value, argument.as_ref()) {
                Ok(compiled) => transform.push(compiled),
                Err(error) => mistakes.push((one.name.span, error)),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Self {
            name: written.name.value.clone(),
            from,
            default,
            required: written.required,
            transform,
            lookup,
            kind: written.kind.as_ref().map(|kind| kind.value),
            options: Options {
                region: written.region.as_ref().map(|region| region.value.clone()),
                time_zone: written.time_zone.as_ref().map(|zone| zone.value.clone()),
            },
            spans: (
                written.from.span,
                written.default.as_ref().map_or(written.span, |node| node.span),
            ),
        })
    }

    /// Every path it reads, with its place. What `from` reads may be absent.
    pub fn references(&self) -> Vec<(Span, Reference)> {
        let from = self.from.references().into_iter();
        let from = from.map(|one| {
            (
                self.spans.0,
                Reference {
                    optional: one.optional || self.default.is_some(),
                    ..one
                },
            )
        });
        let tables = self
            .lookup
            .iter()
            .flatten()
            .flat_map(|(_, value)| value.references());
        let rest = self
            .default
            .iter()
            .flat_map(ValueExpr::references)
            .chain(tables)
            .map(|one| (self.spans.1, one));
        from.chain(rest).collect()
    }

    /// The field's value.
    ///
    /// # Errors
    /// A required value that is absent, or one that can't be converted; the sentence names the field.
    pub fn eval(&self, scope: &Scope) -> Result<Value, EvalError> {
        self.make(scope).map_err(|error| EvalError {
            message: format!("the field {}: {}", self.name, error.message),
            ..error
        })
    }

    fn make(&self, scope: &Scope) -> Result<Value, EvalError> {
        let mut value = if self.default.is_some() || self.required {
            self.from.eval_optional(scope)?.unwrap_or_default()
        } else {
            self.from
                .eval(scope)
                .map_err(|error| match self.from.expression() {
                    // One path: the field's own default says best what is taken instead.
                    Some(Expr::Path(_)) if error.code == "SC401" => {
                        let meant = error.help.as_deref().and_then(|help| help.split_once("? "));
                        let meant = meant.map(|(near, _)| format!("{near}? ")).unwrap_or_default();
                        error.help(format!(
                            "{meant}where it may be missing, give the field a default:"
                        ))
                    }
                    _ => error,
                })?
        };
        // A form that was left empty sends an empty text: nothing is there.
        if (value.is_null() || value.as_str() == Some(""))
            && let Some(default) = &self.default
        {
            value = default.eval(scope)?;
        }
        if value.is_null() || (self.required && value.as_str() == Some("")) {
            if self.required {
                return Err(EvalError::new("SC401", "it is required, and is not there")
                    .help("give it a default:, or leave required: out"));
            }
            return Ok(Value::Null);
        }
        for transform in &self.transform {
            value = transform.apply(value, scope.now())?;
        }
        if let Some(table) = &self.lookup {
            value = self.look_up(table, &value, scope)?;
        }
        match self.kind {
            Some(kind) => convert::convert(&value, kind, &self.options),
            None => Ok(value),
        }
    }

    fn look_up(
        &self,
        table: &[(String, ValueExpr)],
        value: &Value,
        scope: &Scope,
    ) -> Result<Value, EvalError> {
        let key = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match (table.iter().find(|(entry, _)| *entry == key), &self.default) {
            (Some((_, found)), _) => found.eval(scope),
            (None, Some(default)) => default.eval(scope),
            (None, None) => {
                let entries: Vec<&str> = table.iter().map(|(entry, _)| entry.as_str()).take(10).collect();
                Err(
                    EvalError::new("SC407", format!("its lookup has no entry for {}", glimpse(value))).help(
                        format!("it has: {}; add an entry or a default:", entries.join(", ")),
                    ),
                )
            }
        }
    }

    /// What kind of value it gives (see [`crate::Template::type_of`]).
    pub fn type_of(&self, lookup: &dyn Fn(&[Segment]) -> Option<Type>) -> Type {
        let kind = match self.kind {
            Some(ValueKind::Text | ValueKind::Duration) => Type::text(),
            Some(ValueKind::Number) => Type::number(),
            Some(ValueKind::Integer) => Type::Number {
                integer: true,
                min: None,
                max: None,
            },
            Some(ValueKind::Boolean) => Type::Boolean,
            Some(ValueKind::Date) => Type::formatted(Format::Date),
            Some(ValueKind::Datetime) => Type::formatted(Format::Datetime),
            Some(ValueKind::Phone) => Type::formatted(Format::Phone),
            Some(ValueKind::Email) => Type::formatted(Format::Email),
            Some(ValueKind::List) => Type::list(),
            Some(ValueKind::Any) | None if self.transform.is_empty() && self.lookup.is_none() => {
                self.from.type_of(lookup)
            }
            Some(ValueKind::Any) | None => Type::Any,
        };
        if self.required || self.default.is_some() {
            kind
        } else {
            Type::Nullable(Box::new(kind))
        }
    }
}

/// `from:` in long form may be a bare path; everything else is a value.
fn from(written: &Written, source: &SourceFile) -> Result<ValueExpr, Mistakes> {
    if let Some(text) = written.from.as_text().filter(|_| written.long)
        && is_path(text)
    {
        return crate::Template::parse_expression(text)
            .map(ValueExpr::Template)
            .map_err(|error: ExprError| vec![crate::value::placed(source, &written.from, error)]);
    }
    ValueExpr::compile(&written.from, source)
}

/// A bare path from one of the names in scope.
fn is_path(text: &str) -> bool {
    let first = text.split('.').next().unwrap_or_default();
    let known = ["trigger", "fields", "steps", "inputs", "connection", "run"].contains(&first);
    known && !text.contains(char::is_whitespace) && !text.contains("{{")
}
