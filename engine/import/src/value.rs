//! Parameters of other tools as the values of inputs.

use serde_json::{Value, json};
use souschef_catalog::listing::bare;
use souschef_expr::Type;

/// A parameter's name as names are held against each other: `first_name` and `firstName` are one.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Whether a parameter says nothing.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || text.trim() == "=",
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// A parameter as a value of a type; every text goes through `translate`. None where it cannot be told.
pub(crate) fn of(value: &Value, ty: &Type, translate: &dyn Fn(&str) -> Option<String>) -> Option<Value> {
    let ty = bare(ty);
    match value {
        Value::String(text) => {
            let made = translate(text)?;
            let whole = made.starts_with("{{") && made.ends_with("}}") && made.matches("{{").count() == 1;
            Some(match ty {
                Type::List(item) if !whole => made
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(|part| typed(part, item))
                    .collect(),
                ty => typed(&made, ty),
            })
        }
        // What n8n calls a resource locator: a list's choice and its value.
        Value::Object(fields) if fields.contains_key("__rl") => of(fields.get("value")?, ty, translate),
        Value::Array(items) => items
            .iter()
            .map(|item| match ty {
                Type::List(inner) => of(item, inner, translate),
                _ => of(item, &Type::Any, translate),
            })
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, item)| Some((name.clone(), of(item, &Type::Any, translate)?)))
            .collect::<Option<_>>()
            .map(Value::Object),
        other if matches!(ty, Type::Text(_)) && !other.is_null() => Some(json!(other.to_string())),
        other => Some(other.clone()),
    }
}

/// A literal text as the type wants it.
fn typed(text: &str, ty: &Type) -> Value {
    let number = || text.trim().parse::<serde_json::Number>().ok().map(Value::Number);
    match bare(ty) {
        Type::Number { .. } => number().unwrap_or_else(|| json!(text)),
        Type::Boolean => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "1" => json!(true),
            "false" | "no" | "0" => json!(false),
            _ => json!(text),
        },
        _ => json!(text),
    }
}

/// A unit of time in one letter: `days` is `d`.
pub(crate) fn unit(word: &str) -> Option<&'static str> {
    match word.to_lowercase().trim_end_matches('s') {
        "second" => Some("s"),
        "minute" | "min" => Some("m"),
        "hour" => Some("h"),
        "day" => Some("d"),
        "week" => Some("w"),
        _ => None,
    }
}
