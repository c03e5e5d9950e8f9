//! The JSON body of a request.

use serde_json::{Map, Value};
use souschef_catalog::{Body, HttpCall, InputPlace, Operation, PathPart};
use souschef_expr::error::glimpse;

use super::BuildError;

/// The body; none where this form has none.
pub(super) fn body(
    operation: &Operation,
    call: &HttpCall,
    values: &Map<String, Value>,
    path: &[PathPart],
    faults: &mut Vec<BuildError>,
) -> Option<Value> {
    match &call.body {
        Body::None => None,
        Body::Whole(name) => values.get(name).cloned(),
        Body::Json => {
            let mut body = Map::new();
            for (name, input) in &operation.inputs {
                let in_path = path.contains(&PathPart::Input(name.clone()));
                if input.place != InputPlace::Body || in_path {
                    continue;
                }
                if let Some(value) = values.get(name) {
                    let wire = input.wire.clone().unwrap_or_else(|| name.clone());
                    if body.insert(wire.clone(), value.clone()).is_some() {
                        faults.push(BuildError::input(
                            "SC501",
                            name,
                            format!("and another input are both sent as {wire}"),
                        ));
                    }
                }
            }
            Some(Value::Object(body))
        }
    }
}

/// Folds `custom_field_1: { key, value }` … into their list, after what it already holds. A slot of null, or with a value of
/// null, has nothing to say and is left out.
pub(super) fn fold(operation: &Operation, given: &mut Map<String, Value>, faults: &mut Vec<BuildError>) {
    let Some(slots) = &operation.slots else { return };
    let mut folded = Vec::new();
    for name in operation.slot_names() {
        let fields = match given.remove(&name) {
            None | Some(Value::Null) => continue,
            Some(Value::Object(fields)) => fields,
            Some(other) => {
                let names: Vec<&str> = slots.item.keys().map(String::as_str).collect();
                faults.push(BuildError::input(
                    "SC501",
                    &name,
                    format!(
                        "should be a map with {}, and this is {}",
                        names.join(", "),
                        glimpse(&other)
                    ),
                ));
                continue;
            }
        };
        let mut item = Map::new();
        for (field, value) in fields {
            match slots.item.get(&field) {
                Some(wire) if !value.is_null() => {
                    item.insert(wire.clone(), value);
                }
                Some(_) => {}
                None => faults.push(
                    BuildError::input("SC501", &name, format!("has no field {field}")).help(format!(
                        "it has: {}",
                        slots.item.keys().cloned().collect::<Vec<_>>().join(", ")
                    )),
                ),
            }
        }
        let value = slots.item.get("value");
        if value.is_some_and(|wire| !item.contains_key(wire)) {
            continue;
        }
        if value.is_some() && item.len() < 2 {
            faults.push(BuildError::input(
                "SC501",
                &name,
                "does not say which field it is",
            ));
            continue;
        }
        folded.push(Value::Object(item));
    }
    if folded.is_empty() {
        return;
    }
    match given.get_mut(&slots.into) {
        Some(Value::Array(list)) => list.extend(folded),
        None | Some(Value::Null) => {
            given.insert(slots.into.clone(), Value::Array(folded));
        }
        // What stands there is no list; that is told when it is fitted to its type.
        Some(_) => {}
    }
}
