//! Examples to paste: an operation as a step, and as the trigger of a recipe.

use serde_json::{Value, json};
use souschef_expr::Type;
use souschef_expr::types::Format;

use crate::operation::{Input, Operation};

/// The operation as a step, with every input that it needs.
pub fn step(operation: &Operation) -> String {
    let mut text = format!("- action: {}\n", operation.id);
    with(operation, "  ", &mut text);
    text
}

/// The operation as a trigger, where it can be one.
pub fn trigger(operation: &Operation) -> Option<String> {
    let poll = operation.poll.as_ref()?;
    let mut text = format!("trigger:\n  poll: {}\n  every: 5m\n", operation.id);
    // Items without an id can't be remembered, so each poll as a whole starts a run.
    let fire_on = if poll.id.is_some() { "new" } else { "every_poll" };
    text.push_str(&format!("  fire_on: {fire_on}\n"));
    with(operation, "  ", &mut text);
    Some(text)
}

fn with(operation: &Operation, indent: &str, text: &mut String) {
    let needs = operation
        .call()
        .map(|call| call.needs.as_slice())
        .unwrap_or_default();
    let needed: Vec<(&String, &Input)> = operation
        .inputs
        .iter()
        .filter(|(name, input)| needs.first() == Some(*name) || (input.required && input.fill.is_none()))
        .collect();
    if needed.is_empty() {
        return;
    }
    text.push_str(&format!("{indent}with:\n"));
    for (name, input) in needed {
        text.push_str(&format!("{indent}  {name}: {}\n", yaml(&value(input))));
    }
}

/// A value that an input takes: its example, or one of its type.
pub fn value(input: &Input) -> Value {
    input.example.clone().unwrap_or_else(|| of_type(&input.ty))
}

/// A value of a type.
pub fn of_type(ty: &Type) -> Value {
    match ty {
        Type::Text(text) => match (text.one_of.first(), text.format) {
            (Some(word), _) => json!(word),
            (None, Format::Datetime) => json!("2026-12-01T09:00:00Z"),
            (None, Format::Date) => json!("2026-12-01"),
            (None, Format::Phone) => json!("+12025550143"),
            (None, Format::Email) => json!("ana@example.com"),
            (None, Format::Url) => json!("https://example.com"),
            (None, Format::Plain) => json!("…"),
        },
        #[allow(clippy::cast_possible_truncation, reason = "bounds are small whole numbers")]
        Type::Number { min, .. } => json!(min.unwrap_or(1.0).ceil() as i64),
        Type::Boolean => json!(false),
        Type::List(item) => json!([of_type(item)]),
        Type::Map(map) => map
            .fields
            .iter()
            .filter(|(_, field)| field.required)
            .map(|(name, field)| (name.clone(), of_type(&field.ty)))
            .collect(),
        Type::OneOf(kinds) => kinds.first().map_or(Value::Null, of_type),
        Type::Nullable(inner) => of_type(inner),
        Type::Any | Type::Null => json!("…"),
    }
}

/// A value in YAML, on one line: text without quotes where none are needed.
pub fn yaml(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(yaml).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", yaml(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        // JSON's other forms, quoted text among them, are YAML too.
        other => other.to_string(),
    }
}

/// Whether a text is read as itself without quotes, wherever it stands.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_alphanumeric() || " ._@/-".contains(c))
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_lowercase().as_str())
}
