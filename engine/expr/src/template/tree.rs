//! Our own tree of a template.

use std::ops::Range;

use serde_json::Value;

use super::{Reference, Segment};
use crate::helpers::{Helper, Returns};
use crate::types::{Format, Type};

/// A part of a template.
#[derive(Clone, Debug)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// `{{ … }}`.
    Expr {
        /// The expression.
        expr: Expr,
    },
    /// `{{#if …}}…{{/if}}` and its like.
    Block {
        /// Which.
        kind: BlockKind,
        /// Its argument.
        argument: Expr,
        /// The names in `as |item index|`.
        names: Vec<String>,
        /// What stands inside.
        body: Vec<Part>,
        /// What stands after `{{else}}`.
        inverse: Vec<Part>,
    },
}

impl Part {
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

/// The blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum BlockKind {
    If,
    Unless,
    Each,
    With,
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A value as it is, and where it stands.
    Literal(Value, Range<usize>),
    /// A path from a name.
    Path(Path),
    /// A helper with its arguments.
    Call(Call),
}

/// A path.
#[derive(Clone, Debug)]
pub struct Path {
    /// Where it begins.
    pub root: Root,
    /// Its steps.
    pub segments: Vec<Segment>,
    /// Where it stands.
    pub range: Range<usize>,
}

/// Where a path begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// A name in scope (or bound by a block).
    Name,
    /// `this`, so many blocks further out (`../this`).
    This(usize),
    /// `@index`, `@first`, `@last`, `@key`.
    Local(String),
}

/// A helper with its arguments.
#[derive(Clone, Debug)]
pub struct Call {
    /// The helper.
    pub helper: &'static Helper,
    /// By position.
    pub arguments: Vec<Expr>,
    /// By name.
    pub options: Vec<(String, Expr)>,
    /// Where it stands.
    pub range: Range<usize>,
}

/// Every call of a helper in these parts.
pub(super) fn calls<'t>(parts: &'t [Part], found: &mut Vec<&'t Call>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Expr { expr } => calls_in(expr, found),
            Part::Block {
                argument,
                body,
                inverse,
                ..
            } => {
                calls_in(argument, found);
                calls(body, found);
                calls(inverse, found);
            }
        }
    }
}

fn calls_in<'t>(expr: &'t Expr, found: &mut Vec<&'t Call>) {
    if let Expr::Call(call) = expr {
        found.push(call);
        let options = call.options.iter().map(|(_, value)| value);
        call.arguments
            .iter()
            .chain(options)
            .for_each(|one| calls_in(one, found));
    }
}

/// Every path read from the scope by these parts.
pub(super) fn references(parts: &[Part], found: &mut Vec<Reference>) {
    walk(parts, &mut Vec::new(), false, found);
}

fn walk(parts: &[Part], bound: &mut Vec<String>, inside: bool, found: &mut Vec<Reference>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Expr { expr } => expression(expr, bound, inside, false, found),
            Part::Block {
                kind,
                argument,
                names,
                body,
                inverse,
            } => {
                let optional = matches!(kind, BlockKind::If | BlockKind::Unless);
                expression(argument, bound, inside, optional, found);
                let changes = matches!(kind, BlockKind::Each | BlockKind::With);
                let before = bound.len();
                bound.extend(names.iter().cloned());
                walk(body, bound, inside || (changes && names.is_empty()), found);
                bound.truncate(before);
                walk(inverse, bound, inside, found);
            }
        }
    }
}

/// The names that are in every scope: inside `each` a bare name may also be a field of the item, so only these are told.
const SCOPE: [&str; 7] = [
    "trigger",
    "fields",
    "steps",
    "inputs",
    "connection",
    "run",
    "secrets",
];

fn expression(expr: &Expr, bound: &[String], inside: bool, optional: bool, found: &mut Vec<Reference>) {
    match expr {
        Expr::Literal(..) => {}
        Expr::Path(path) => {
            let Some(first) = path.segments.first() else {
                return;
            };
            let own = path.root != Root::Name || bound.contains(&first.name);
            if !own && (!inside || SCOPE.contains(&first.name.as_str())) {
                found.push(Reference {
                    segments: path.segments.clone(),
                    optional,
                });
            }
        }
        Expr::Call(call) => {
            for argument in call
                .arguments
                .iter()
                .chain(call.options.iter().map(|(_, value)| value))
            {
                expression(argument, bound, inside, optional || call.helper.absent_ok, found);
            }
        }
    }
}

fn is_whole_days(length: &str) -> bool {
    souschef_recipe::duration::parse(length).is_ok_and(|length| length.as_secs() % 86_400 == 0)
}

/// What kind of value an expression gives.
pub(super) fn type_of(expr: &Expr, lookup: &dyn Fn(&[Segment]) -> Option<Type>) -> Type {
    match expr {
        Expr::Literal(value, _) => of_value(value),
        Expr::Path(path) if path.root == Root::Name => lookup(&path.segments).unwrap_or_default(),
        Expr::Path(_) => Type::Any,
        Expr::Call(call) => {
            let arguments: Vec<Type> = call
                .arguments
                .iter()
                .map(|argument| type_of(argument, lookup))
                .collect();
            match (arguments.as_slice(), call.arguments.get(1)) {
                ([Type::Text(first), ..], Some(Expr::Literal(Value::String(length), _)))
                    if call.helper.returns == Returns::Shifted
                        && first.format == Format::Date
                        && is_whole_days(length) =>
                {
                    Type::formatted(Format::Date)
                }
                _ => call.helper.returns.of(&arguments),
            }
        }
    }
}

/// The type of a value that is known.
pub fn of_value(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Boolean,
        Value::Number(_) => Type::number(),
        Value::String(_) => Type::text(),
        Value::Array(items) => {
            let mut kinds: Vec<Type> = Vec::new();
            for item in items {
                let kind = of_value(item);
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            Type::List(Box::new(match kinds.len() {
                1 => kinds.remove(0),
                _ => Type::Any,
            }))
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| {
                    let field = crate::types::Field {
                        ty: of_value(value),
                        required: true,
                        help: None,
                    };
                    (name.clone(), field)
                })
                .collect();
            Type::Map(crate::types::Map { fields, open: false })
        }
    }
}
