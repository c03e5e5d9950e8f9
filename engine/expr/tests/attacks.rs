//! Runs the rows of `tests/templates`: templates that would harm a careless engine. Each runs on a thread of 2 MiB, as a
//! stack that overflows ends the process.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::path::Path;

use serde_json::Value;
use souschef_expr::{Scope, ValueExpr};
use souschef_recipe::{Severity, tree};

/// A text, or parts of it that are repeated so often.
fn written(value: &Value) -> Option<String> {
    let Value::Array(parts) = value else {
        return value.as_str().map(str::to_owned);
    };
    parts
        .iter()
        .map(|part| {
            let text = part.get(0)?.as_str()?;
            let times = usize::try_from(part.get(1)?.as_u64()?).ok()?;
            Some(text.repeat(times))
        })
        .collect()
}

/// What a template comes to: its value, or the code and the message.
fn outcome(text: &str, scope: &Scope) -> Result<Value, String> {
    let value = ValueExpr::parse_text(text).map_err(|error| format!("{} {}", error.code, error.message))?;
    // What check asks of a template must be as safe as evaluating it.
    let _ = (value.references(), value.type_of(&|_| None));
    value
        .eval(scope)
        .map_err(|error| format!("{} {}", error.code, error.message))
}

fn rows() -> (Scope, Vec<Value>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/templates/attacks.yaml");
    let parsed = tree::parse(&std::fs::read_to_string(path).unwrap());
    let errors = parsed
        .diagnostics
        .iter()
        .filter(|one| one.severity() == Severity::Error);
    assert_eq!(errors.count(), 0, "{:?}", parsed.diagnostics);
    let file = parsed.tree.unwrap().to_json();
    let mut scope = Scope::new("2026-01-15T09:00:00Z".parse().unwrap());
    for (name, value) in file["scope"].as_object().unwrap() {
        scope.set(name.clone(), value.clone());
    }
    for (name, count) in file["lists"].as_object().unwrap() {
        scope.set(name.clone(), (0..count.as_u64().unwrap()).collect::<Value>());
    }
    (scope, file["rows"].as_array().unwrap().clone())
}

#[test]
fn no_template_harms_the_process() {
    let (scope, rows) = rows();
    assert!(rows.len() >= 60, "there are {} rows", rows.len());
    let mut failed = Vec::new();
    for row in &rows {
        let text = written(&row["template"]).unwrap();
        let scope = scope.clone();
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        let is = thread.spawn(move || outcome(&text, &scope)).unwrap().join();
        let right = match &is {
            Err(_) => false,
            Ok(Err(message)) => row["fails"] == *message,
            Ok(Ok(value)) => match (row.get("gives"), row.get("starts")) {
                (Some(gives), _) => {
                    value == gives || (gives.is_array() && value.as_str() == written(gives).as_deref())
                }
                (None, Some(start)) => value
                    .as_str()
                    .is_none_or(|text| text.starts_with(start.as_str().unwrap())),
                (None, None) => false,
            },
        };
        if !right {
            let is = match is {
                Ok(Ok(value)) => format!(
                    "gives {}",
                    value.to_string().chars().take(200).collect::<String>()
                ),
                Ok(Err(message)) => format!("Fails({message:?})"),
                Err(_) => "panics".to_owned(),
            };
            failed.push(format!("attacks.yaml: {}\n    comes to {is}", row));
        }
    }
    assert!(
        failed.is_empty(),
        "{} rows come to something else:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
