//! What stands in a run's tree for an item or a branch.

use serde_json::Value;
use souschef_expr::Condition;

/// The longest label, in characters.
const LONGEST: usize = 60;

/// `title: Welcome call`; an item that is a map or a list is told by its number, from 1.
pub(crate) fn item(name: &str, place: usize, item: &Value) -> String {
    let told = match item {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(_) | Value::Bool(_) => item.to_string(),
        Value::Object(fields) => ["name", "title", "id"]
            .iter()
            .find_map(|key| fields.get(*key)?.as_str())
            .map_or_else(|| number(place), str::to_owned),
        Value::Null | Value::Array(_) => number(place),
    };
    short(&format!("{name}: {told}"))
}

fn number(place: usize) -> String {
    format!("#{}", place + 1)
}

/// A condition in one line.
pub(crate) fn condition(condition: &Condition) -> String {
    short(&format!("if {}", line(condition)))
}

fn line(condition: &Condition) -> String {
    let lines = |list: &[Condition], between: &str| list.iter().map(line).collect::<Vec<_>>().join(between);
    match condition {
        Condition::All(list) => lines(list, ", "),
        Condition::Any(list) => format!("any of {}", lines(list, "; ")),
        Condition::Not(inner) => format!("not {}", line(inner)),
        Condition::Compare(comparison) => comparison.written.clone(),
        Condition::Truth { written, .. } => written.clone(),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() > LONGEST {
        format!("{}…", text.chars().take(LONGEST - 1).collect::<String>())
    } else {
        text.to_owned()
    }
}
