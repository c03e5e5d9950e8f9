//! JSON values, as a person reads them in a line.

use serde_json::Value;
use souschef_recipe::ValueKind;

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
    cut(&text, most)
}

/// `NAME=VALUE` as a name and a text.
pub(crate) fn assignment(text: &str) -> Result<(String, &str), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("{text} is no NAME=VALUE; write for example title=\"Call back\""))?;
    if name.trim().is_empty() {
        return Err(format!("{text} has no name before ="));
    }
    Ok((name.trim().to_owned(), value))
}

/// A text of the command line as a recipe's setting: JSON for lists and for what may be anything, else text, of which
/// the run makes what the setting's type says.
pub(crate) fn read(text: &str, kind: ValueKind) -> Value {
    let json = match kind {
        ValueKind::List | ValueKind::Any => serde_json::from_str::<Value>(text).ok(),
        _ => None,
    };
    // An id with a leading zero, or more digits than a number holds, stays as it is.
    json.filter(|json| !json.is_number() || format!("{json}").as_str() == text)
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// What a request says, in short: the fields of its body, else its query.
pub(crate) fn sent(request: &Value) -> Option<String> {
    let body = request.get("body").filter(|body| !body.is_null());
    let pairs: Vec<String> = match body {
        Some(Value::Object(fields)) => fields
            .iter()
            .filter(|(name, value)| !is_account(name) && !value.is_null())
            .map(|(name, value)| format!("{name}: {}", inline(value, 48)))
            .collect(),
        Some(other) => vec![inline(other, 60)],
        None => {
            let url = request.get("url").and_then(Value::as_str).unwrap_or_default();
            let url = url::Url::parse(url).ok();
            url.iter()
                .flat_map(|url| url.query_pairs())
                .filter(|(name, _)| !is_account(name))
                .map(|(name, value)| format!("{name}: {}", inline(&Value::String(value.into_owned()), 48)))
                .collect()
        }
    };
    (!pairs.is_empty()).then(|| pairs.join(" · "))
}

/// Which account it is, is said at the head of the run.
fn is_account(name: &str) -> bool {
    matches!(name, "locationId" | "companyId")
}

/// What came back, in short: ids and what is next to them, and how many there are of lists. What was sent is not news.
pub(crate) fn got(result: &Value, request: Option<&Value>) -> Option<String> {
    let sent = request
        .and_then(|request| request.get("body"))
        .and_then(Value::as_object);
    let mut found: Vec<(u8, String)> = Vec::new();
    let url = request
        .and_then(|request| request.get("url"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_news = |name: &str, value: &Value| {
        let in_address = value
            .as_str()
            .is_some_and(|text| text.len() > 5 && url.contains(text));
        sent.and_then(|sent| sent.get(name)) != Some(value) && !in_address
    };
    gather(result, "", 0, &is_news, &mut found);
    found.sort_by_key(|(rank, _)| *rank);
    let shown: Vec<String> = found.into_iter().take(3).map(|(_, text)| text).collect();
    (!shown.is_empty()).then(|| shown.join(" · "))
}

fn gather(
    value: &Value,
    name: &str,
    depth: usize,
    is_news: &impl Fn(&str, &Value) -> bool,
    found: &mut Vec<(u8, String)>,
) {
    match value {
        Value::Object(fields) if depth < 2 => {
            for (key, inner) in fields {
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                gather(inner, &name, depth + 1, is_news, found);
            }
        }
        Value::Array(items) if items.is_empty() && depth > 1 => {}
        Value::Array(items) => found.push((
            if depth > 1 { 4 } else { 2 },
            format!("{}: {}", named(name), many(items.len())),
        )),
        Value::Object(_) | Value::Null => {}
        plain => {
            let last = name.rsplit('.').next().unwrap_or(name);
            let rank = match last {
                "id" => 0,
                "traceId" | "locationId" | "companyId" => return,
                _ if !is_news(last, plain) => return,
                _ if depth <= 1 => 1,
                "name" | "title" | "email" | "status" => 2,
                _ => 3,
            };
            found.push((rank, format!("{}: {}", named(name), inline(plain, 40))));
        }
    }
}

fn named(name: &str) -> &str {
    if name.is_empty() { "result" } else { name }
}

fn many(count: usize) -> String {
    match count {
        0 => "none".to_owned(),
        1 => "1 item".to_owned(),
        count => format!("{count} items"),
    }
}

/// A length of time as recipes write it: `5m`, `90s`.
pub(crate) fn length(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match [(86_400, "d"), (3600, "h"), (60, "m")]
        .into_iter()
        .find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit))
    {
        Some((unit, word)) => format!("{}{word}", seconds / unit),
        None => format!("{seconds}s"),
    }
}
