//! JSON values, as a person reads them in a line.

use serde_json::Value;

use super::terminal::cut;

/// A value in a line: text without quotes, lists and maps in short.
pub(crate) fn inline(value: &Value, most: usize) -> String {
    let text = match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Null => "nothing".to_owned(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => items
            .iter()
            .map(|item| inline(item, most))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    // Control characters could move the terminal's cursor.
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { '·' } else { c })
        .collect();
    cut(&text, most)
}

/// Reads `NAME=VALUE`; a value that reads as JSON is taken as that, any other as text.
pub(crate) fn assignment(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("{text} is no NAME=VALUE; write for example title=\"Call back\""))?;
    if name.trim().is_empty() {
        return Err(format!("{text} has no name before ="));
    }
    // Text that JSON would change (a phone number, an id with a leading zero) stays text.
    let json = serde_json::from_str::<Value>(value)
        .ok()
        .filter(|json| !json.is_number() || json.to_string() == value);
    Ok((
        name.trim().to_owned(),
        json.unwrap_or_else(|| Value::String(value.to_owned())),
    ))
}
