//! The template helpers: a table of functions, each with its signature, one line of help and tested examples.
//!
//! A group is a file; an entry of its table is all that there is to say of a helper, and all that a new one needs.

mod date;
mod list;
mod logic;
mod number;
mod text;

use jiff::Timestamp;
use serde_json::Value;

use crate::types::{Format, Type};

/// One helper.
#[derive(Debug)]
pub struct Helper {
    /// Its name.
    pub name: &'static str,
    /// The group it stands in: text, number, date, list, logic.
    pub group: &'static str,
    /// `date_add MOMENT DURATION`.
    pub signature: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Expressions and the JSON that each gives; a test runs them.
    pub examples: &'static [(&'static str, &'static str)],
    /// The fewest arguments.
    pub least: usize,
    /// The most.
    pub most: usize,
    /// Names of its options (`zone="Europe/Vienna"`).
    pub options: &'static [&'static str],
    /// Whether an argument may be a path that leads nowhere.
    pub absent_ok: bool,
    /// What it gives.
    pub returns: Returns,
    /// What it does.
    pub run: fn(&Arguments<'_>) -> Result<Value, String>,
}

/// What a helper gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its own name")]
pub enum Returns {
    Any,
    Text,
    Number,
    Integer,
    Boolean,
    List,
    Datetime,
    Date,
    /// What its first argument is.
    First,
    /// An item of its first argument.
    Item,
    /// One of its arguments.
    OneOf,
    /// What its last two arguments are.
    Branches,
    /// A moment; a day where its first argument is one that is shifted by whole days.
    Shifted,
}

impl Returns {
    /// The type, by the types of the arguments.
    pub fn of(self, arguments: &[Type]) -> Type {
        let first = || arguments.first().cloned().unwrap_or_default();
        let either = |kinds: &[Type]| {
            let mut found: Vec<Type> = Vec::new();
            for kind in kinds {
                let kind = match kind {
                    Type::Nullable(inner) => inner.as_ref().clone(),
                    other => other.clone(),
                };
                if !found.contains(&kind) {
                    found.push(kind);
                }
            }
            match found.len() {
                0 => Type::Any,
                1 => found.remove(0),
                _ => Type::OneOf(found),
            }
        };
        match self {
            Self::Any => Type::Any,
            Self::Text => Type::text(),
            Self::Number => Type::number(),
            Self::Integer => Type::Number {
                integer: true,
                min: None,
                max: None,
            },
            Self::Boolean => Type::Boolean,
            Self::List => Type::list(),
            Self::Datetime | Self::Shifted => Type::formatted(Format::Datetime),
            Self::Date => Type::formatted(Format::Date),
            Self::First => first(),
            Self::Item => match first() {
                Type::List(item) => *item,
                _ => Type::Any,
            },
            Self::OneOf => either(arguments),
            Self::Branches => either(arguments.get(1..).unwrap_or_default()),
        }
    }
}

/// What a helper is called with.
#[derive(Debug)]
pub struct Arguments<'a> {
    /// By position.
    pub values: Vec<Value>,
    /// By name.
    pub options: Vec<(&'a str, Value)>,
    /// The moment of the run.
    pub now: Timestamp,
}

impl Arguments<'_> {
    fn value(&self, index: usize) -> &Value {
        self.values.get(index).unwrap_or(&Value::Null)
    }

    fn given(&self, index: usize) -> Option<&Value> {
        self.values.get(index)
    }

    fn option(&self, name: &str) -> Option<&Value> {
        self.options
            .iter()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value)
    }

    /// Text; a number is taken as its digits.
    fn text(&self, index: usize) -> Result<String, String> {
        text_of(self.value(index))
    }

    fn number(&self, index: usize) -> Result<f64, String> {
        number_of(self.value(index))
    }

    fn count(&self, index: usize) -> Result<usize, String> {
        let number = self.number(index)?;
        if number < 0.0 || number.fract() != 0.0 {
            return Err(format!("{number} is no whole number from 0 on"));
        }
        Ok(number as usize)
    }

    fn list(&self, index: usize) -> Result<&[Value], String> {
        match self.value(index) {
            Value::Array(items) => Ok(items),
            Value::Null => Ok(&[]),
            other => Err(format!(
                "it needs a list, and was given {}",
                crate::error::glimpse(other)
            )),
        }
    }

    fn zone(&self) -> Option<&str> {
        self.option("zone").and_then(Value::as_str)
    }
}

/// A value as text, where it is text, a number, or true or false.
pub(crate) fn text_of(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        other => Err(format!(
            "it needs text, and was given {}",
            crate::error::glimpse(other)
        )),
    }
}

/// A value as a number; text that holds nothing else is taken as one.
pub(crate) fn number_of(value: &Value) -> Result<f64, String> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite()).ok_or_else(|| {
        format!(
            "it needs a number, and was given {}",
            crate::error::glimpse(value)
        )
    })
}

/// A number as JSON: whole where it has no fraction.
pub(crate) fn to_number(number: f64) -> Result<Value, String> {
    if number.fract() == 0.0 && number.abs() < 9.0e15 {
        return Ok(Value::from(number as i64));
    }
    serde_json::Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| "the result is no number".to_owned())
}

/// Every helper, in reference order.
pub fn all() -> impl Iterator<Item = &'static Helper> {
    [
        text::HELPERS,
        number::HELPERS,
        date::HELPERS,
        list::HELPERS,
        logic::HELPERS,
    ]
    .into_iter()
    .flatten()
}

/// A helper by name.
pub fn find(name: &str) -> Option<&'static Helper> {
    all().find(|helper| helper.name == name)
}
