//! Holding a run against what was expected of it.

use serde_json::{Map, Value};

use super::file::{CallExpectation, Expectation};
use crate::record::RunRecord;

/// A call that a run made.
pub(super) type Made = (String, Map<String, Value>);

/// Every way in which a run is not as expected, a line each.
pub(super) fn differences(expect: &Expectation, record: &RunRecord, calls: &[Made]) -> Vec<String> {
    let mut found = Vec::new();
    let outcome = serde_json::to_value(record.outcome)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned));
    let outcome = outcome.unwrap_or_default();
    if let Some(wanted) = &expect.outcome
        && *wanted != outcome
    {
        let why = record
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(" ({reason})"));
        found.push(format!("the run ended as {outcome}{why}, not {wanted}"));
    }
    if let Some(wanted) = &expect.reason {
        let reason = record.reason.clone().unwrap_or_default();
        if !reason.contains(wanted.as_str()) {
            found.push(format!(
                "the reason is \"{reason}\", which does not hold \"{wanted}\""
            ));
        }
    }
    for (name, wanted) in expect.fields.iter().flatten() {
        compare(
            &format!("field {name}"),
            wanted,
            record.fields.get(name),
            false,
            &mut found,
        );
    }
    for (id, wanted) in expect.results.iter().flatten() {
        let result = record
            .steps
            .iter()
            .rev()
            .find(|step| step.id.as_ref() == Some(id));
        compare(
            &format!("steps.{id}"),
            wanted,
            result.and_then(|step| step.result.as_ref()),
            false,
            &mut found,
        );
    }
    if let Some(wanted) = &expect.calls {
        in_full(wanted, calls, &mut found);
    }
    if let Some(wanted) = &expect.calls_include {
        included(wanted, calls, &mut found);
    }
    found
}

fn in_full(wanted: &[CallExpectation], calls: &[Made], found: &mut Vec<String>) {
    for (index, pair) in wanted.iter().enumerate() {
        let number = index + 1;
        match calls.get(index) {
            None => found.push(format!(
                "call {number} should be {}, but the run made only {}",
                pair.call,
                calls.len()
            )),
            Some((operation, _)) if *operation != pair.call => {
                found.push(format!("call {number} is {operation}, not {}", pair.call));
            }
            Some((operation, inputs)) => {
                inputs_of(&format!("call {number} {operation}"), pair, inputs, found);
            }
        }
    }
    for (operation, inputs) in calls.iter().skip(wanted.len()) {
        found.push(format!(
            "the run also called {operation} with {}",
            short(&Value::Object(inputs.clone()))
        ));
    }
}

fn included(wanted: &[CallExpectation], calls: &[Made], found: &mut Vec<String>) {
    let mut left = calls.iter();
    for pair in wanted {
        let fits = |(operation, inputs): &&Made| {
            let mut misfits = Vec::new();
            inputs_of("", pair, inputs, &mut misfits);
            *operation == pair.call && misfits.is_empty()
        };
        if left.by_ref().find(fits).is_none() {
            found.push(format!(
                "no call of {} with {} came (in this order)",
                pair.call,
                short(&Value::Object(pair.with.clone()))
            ));
        }
    }
}

fn inputs_of(place: &str, wanted: &CallExpectation, inputs: &Map<String, Value>, found: &mut Vec<String>) {
    for (name, value) in &wanted.with {
        compare(
            &format!("{place}: {name}"),
            value,
            inputs.get(name),
            wanted.exact,
            found,
        );
    }
    if wanted.exact {
        for (name, value) in inputs.iter().filter(|(name, _)| !wanted.with.contains_key(*name)) {
            found.push(format!(
                "{place}: {name} is {}, and is not expected",
                short(value)
            ));
        }
    }
}

/// Compares a value; a map that is expected may be a part of what is there unless `exact`.
fn compare(place: &str, wanted: &Value, there: Option<&Value>, exact: bool, found: &mut Vec<String>) {
    match (wanted, there) {
        (Value::Null, None) => {}
        (_, None) => found.push(format!("{place} is not there, expected {}", short(wanted))),
        (Value::Object(fields), Some(Value::Object(held))) if !exact => {
            for (name, value) in fields {
                compare(&format!("{place}.{name}"), value, held.get(name), exact, found);
            }
        }
        (Value::Array(items), Some(Value::Array(held))) if items.len() == held.len() && !exact => {
            for (index, (item, held)) in items.iter().zip(held).enumerate() {
                compare(&format!("{place}.{index}"), item, Some(held), exact, found);
            }
        }
        (_, Some(there)) if same(wanted, there) => {}
        (_, Some(there)) => found.push(format!("{place} is {}, expected {}", short(there), short(wanted))),
    }
}

/// Equal as JSON, with numbers compared as numbers.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 120 {
        format!("{}…", text.chars().take(119).collect::<String>())
    } else {
        text
    }
}
