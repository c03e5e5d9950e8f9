//! Every operation of the catalog can be used as a step, and every trigger as a poll, with the values that it asks for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use serde_json::{Value, json};
use souschef_catalog::{Catalog, Input, Operation, OperationKind};
use souschef_expr::Type;
use souschef_expr::types::Format;
use souschef_plan::{Context, check};
use souschef_recipe::{Severity, SourceFile, render};

/// A value of a type.
fn value(ty: &Type) -> Value {
    match ty {
        Type::Text(text) => match (text.one_of.first(), text.format) {
            (Some(word), _) => json!(word),
            (None, Format::Datetime) => json!("2026-12-01T09:00:00Z"),
            (None, Format::Date) => json!("2026-12-01"),
            (None, Format::Email) => json!("ana@example.com"),
            (None, Format::Phone) => json!("+12025550143"),
            (None, _) => json!("abc"),
        },
        Type::Number { min, .. } => json!(min.unwrap_or(1.0).ceil() as i64),
        Type::Boolean => json!(true),
        Type::List(item) => json!([value(item)]),
        Type::Map(map) => map
            .fields
            .iter()
            .map(|(name, field)| (name.clone(), value(&field.ty)))
            .collect(),
        Type::OneOf(kinds) => kinds.first().map_or(Value::Null, value),
        Type::Nullable(inner) => value(inner),
        Type::Any | Type::Null => json!({}),
    }
}

fn given(input: &Input) -> Value {
    input.example.clone().unwrap_or_else(|| value(&input.ty))
}

/// The inputs that a call needs; or all.
fn inputs(operation: &Operation, all: bool) -> Value {
    let form = operation.calls.first().unwrap();
    let wanted = |(name, input): &(&String, &Input)| {
        all || form.needs.contains(name) || (input.required && input.fill.is_none())
    };
    operation
        .inputs
        .iter()
        .filter(wanted)
        .map(|(name, input)| (name.clone(), given(input)))
        .collect()
}

#[test]
fn every_operation_can_be_a_step_and_every_trigger_a_poll() {
    let catalog = Catalog::bundled();
    let mut wrong = String::new();
    let operations = catalog.operations();
    assert!(operations.len() >= 126, "{}", operations.len());
    for operation in &operations {
        for all in [false, true] {
            let with = inputs(operation, all);
            let mut recipes = vec![format!(
                "trigger: {{ manual: true }}\nactions:\n  - action: {}\n    with: {with}\n",
                operation.id
            )];
            if operation.kind == OperationKind::Trigger {
                let memory = operation.poll.as_ref().is_some_and(|poll| poll.id.is_some());
                let fire_on = if memory { "new" } else { "every_poll" };
                let id = &operation.id;
                recipes.push(format!(
                    "trigger: {{ poll: {id}, fire_on: {fire_on}, with: {with} }}\nactions:\n  - stop: done\n"
                ));
            }
            for text in recipes {
                let source = SourceFile::new(format!("{}.yaml", operation.id), text);
                let checked = check(
                    "recipe",
                    &source,
                    Context {
                        catalog: &catalog,
                        project: None,
                        recipes: None,
                    },
                );
                let errors: Vec<_> = checked
                    .diagnostics
                    .into_iter()
                    .filter(|one| one.severity() == Severity::Error)
                    .collect();
                wrong.push_str(&render::human(&[(source, errors)], false, 160));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
