//! Conditions of an advanced search: `{ field, operator, value }`, joined by `{ group: AND or OR, filters }`.

use serde_json::{Map, Value};

use crate::clock;
use crate::kind::Kind;
use crate::store::{Record, at};

/// How deep groups may lie in each other.
const DEEPEST: usize = 8;

/// The operators, for messages.
const OPERATORS: &str = "eq, not_eq, contains, not_contains, exists, not_exists, range";

/// What is wrong with conditions, a line each.
pub(crate) fn faults(kind: &Kind, conditions: &Value, place: &str, depth: usize) -> Vec<String> {
    let Value::Array(list) = conditions else {
        return vec![format!("{place} should be a list")];
    };
    if depth > DEEPEST {
        return vec![format!("{place} lies in more than {DEEPEST} groups")];
    }
    let mut found = Vec::new();
    for (index, condition) in list.iter().enumerate() {
        let place = format!("{place}.{index}");
        let Some(condition) = condition.as_object() else {
            found.push(format!("{place} should be a map"));
            continue;
        };
        if condition.contains_key("group") {
            match condition.get("group").and_then(Value::as_str) {
                Some("AND" | "OR") => {}
                _ => found.push(format!("{place}.group should be AND or OR")),
            }
            match condition.get("filters") {
                Some(inner) => found.extend(faults(kind, inner, &format!("{place}.filters"), depth + 1)),
                None => found.push(format!("{place}.filters should not be empty")),
            }
            continue;
        }
        match text(condition, "field") {
            None => found.push(format!("{place}.field should not be empty")),
            Some(field) => {
                let head = field.split('.').next().unwrap_or(field);
                if !kind.fields.is_empty() && !kind.fields.contains_key(head) {
                    found.push(format!("{place}.field: {field} can't be searched"));
                }
            }
        }
        let operator = text(condition, "operator").unwrap_or_default();
        let value = condition.get("value");
        match operator {
            "exists" | "not_exists" => {}
            "range" if value.is_some_and(Value::is_object) => {}
            "range" => found.push(format!("{place}.value should be a map of gt, gte, lt, lte")),
            "eq" | "not_eq" | "contains" | "not_contains" if value.is_some() => {}
            "eq" | "not_eq" | "contains" | "not_contains" => {
                found.push(format!("{place}.value should not be empty"));
            }
            other => found.push(format!(
                "{place}.operator: there is no {other:?}; operators are {OPERATORS}"
            )),
        }
    }
    found
}

/// Whether a thing meets every condition of a list.
pub(crate) fn hold(record: &Record, conditions: &Value) -> bool {
    conditions
        .as_array()
        .is_some_and(|list| list.iter().all(|condition| holds(record, condition)))
}

fn holds(record: &Record, condition: &Value) -> bool {
    let Some(condition) = condition.as_object() else {
        return false;
    };
    if let Some(group) = text(condition, "group") {
        let inner = condition.get("filters").and_then(Value::as_array);
        let mut inner = inner.into_iter().flatten();
        return match group {
            "OR" => inner.any(|condition| holds(record, condition)),
            _ => inner.all(|condition| holds(record, condition)),
        };
    }
    let found = value_of(record, text(condition, "field").unwrap_or_default());
    let wanted = condition.get("value").unwrap_or(&Value::Null);
    match text(condition, "operator").unwrap_or_default() {
        "eq" => any_of(wanted, |wanted| equals(found, wanted)),
        "not_eq" => !any_of(wanted, |wanted| equals(found, wanted)),
        "contains" => any_of(wanted, |wanted| contains(found, wanted)),
        "not_contains" => !any_of(wanted, |wanted| contains(found, wanted)),
        "exists" => is_there(found),
        "not_exists" => !is_there(found),
        "range" => wanted.as_object().is_some_and(|bounds| in_range(found, bounds)),
        _ => false,
    }
}

/// A thing's field; `customFields.ID` is the value of that custom field.
fn value_of<'a>(record: &'a Record, field: &str) -> Option<&'a Value> {
    if let Some(value) = at(record, field) {
        return Some(value);
    }
    let (list, id) = field.split_once('.')?;
    let items = record.get(list)?.as_array()?;
    let item = items
        .iter()
        .filter_map(Value::as_object)
        .find(|item| item.get("id").and_then(Value::as_str) == Some(id))?;
    item.iter()
        .find(|(name, _)| *name != "id")
        .map(|(_, value)| value)
}

fn any_of(wanted: &Value, test: impl Fn(&Value) -> bool) -> bool {
    match wanted {
        Value::Array(several) => several.iter().any(test),
        one => test(one),
    }
}

fn is_there(found: Option<&Value>) -> bool {
    match found {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(_) => true,
    }
}

fn equals(found: Option<&Value>, wanted: &Value) -> bool {
    match found {
        Some(Value::Array(list)) => list.iter().any(|item| equals(Some(item), wanted)),
        Some(Value::String(text)) => wanted
            .as_str()
            .is_some_and(|wanted| wanted.eq_ignore_ascii_case(text)),
        Some(value) => value == wanted,
        None => wanted.is_null(),
    }
}

fn contains(found: Option<&Value>, wanted: &Value) -> bool {
    match (found, wanted) {
        (Some(Value::String(text)), Value::String(wanted)) => {
            text.to_lowercase().contains(&wanted.to_lowercase())
        }
        (Some(Value::Array(list)), wanted) => list.iter().any(|item| contains(Some(item), wanted)),
        (Some(found), wanted) => found == wanted,
        (None, _) => false,
    }
}

fn in_range(found: Option<&Value>, bounds: &Map<String, Value>) -> bool {
    let Some(found) = found else { return false };
    bounds.iter().all(|(word, bound)| {
        let order = match (clock::milliseconds(found), clock::milliseconds(bound)) {
            (Some(found), Some(bound)) => found.cmp(&bound),
            _ => match (found.as_str(), bound.as_str()) {
                (Some(found), Some(bound)) => found.cmp(bound),
                _ => return false,
            },
        };
        match word.as_str() {
            "gt" => order.is_gt(),
            "gte" => order.is_ge(),
            "lt" => order.is_lt(),
            "lte" => order.is_le(),
            _ => false,
        }
    })
}

fn text<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_str)
}
