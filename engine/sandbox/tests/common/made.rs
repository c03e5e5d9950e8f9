//! Inputs made from the catalog's types, and calls made of inputs.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use souschef_catalog::{Body, HttpCall, Input, InputPlace, Operation, PathPart};
use souschef_expr::Type;
use souschef_expr::types::Format;
use souschef_sandbox::Running;

use super::{Got, try_send};

const INPUTS: &str = include_str!("../../../../tests/sandbox/inputs.yaml");

fn table() -> &'static Value {
    static TABLE: OnceLock<Value> = OnceLock::new();
    TABLE.get_or_init(|| serde_yaml::from_str(INPUTS).unwrap())
}

/// A value of a type.
fn value_of(name: &str, ty: &Type, all: bool) -> Value {
    match ty {
        Type::Any => json!("anything"),
        Type::Null => Value::Null,
        Type::Boolean => json!(true),
        Type::Number { min, .. } => json!(min.unwrap_or(1.0).max(1.0) as i64),
        Type::Text(text) => match (text.one_of.first(), text.format) {
            (Some(word), _) => json!(word),
            (None, Format::Plain) => json!(format!("some {name}")),
            (None, Format::Datetime) => json!("2026-01-20T15:00:00Z"),
            (None, Format::Date) => json!("2026-01-20"),
            (None, Format::Phone) => json!("+12025550191"),
            (None, Format::Email) => json!("someone@example.com"),
            (None, Format::Url) => json!("https://example.com/page"),
        },
        Type::List(item) => json!([value_of(name, item, all)]),
        Type::Map(map) => {
            let fields = map.fields.iter().filter(|(_, field)| all || field.required);
            Value::Object(
                fields
                    .map(|(name, field)| (name.clone(), value_of(name, &field.ty, all)))
                    .collect(),
            )
        }
        Type::OneOf(kinds) => value_of(name, &kinds[0], all),
        Type::Nullable(inner) => value_of(name, inner, all),
    }
}

fn resolve(value: &Value, names: &Map<String, Value>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(name) => names
                .get(name)
                .cloned()
                .unwrap_or_else(|| panic!("the sample has no {name}")),
            None => value.clone(),
        },
        Value::Array(list) => list.iter().map(|item| resolve(item, names)).collect(),
        other => other.clone(),
    }
}

fn text_of(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b',' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Method, path and body of a call with these inputs.
fn request(operation: &Operation, call: &HttpCall, inputs: &Map<String, Value>) -> (String, Option<String>) {
    let wire = |name: &str, input: &Input| input.wire.clone().unwrap_or_else(|| name.to_owned());
    let path = call.path.iter().fold(String::new(), |path, part| match part {
        PathPart::Literal(word) => format!("{path}/{word}"),
        PathPart::Input(name) => format!("{path}/{}", text_of(&inputs[name])),
    });
    let of = |place: InputPlace| {
        let given = operation
            .inputs
            .iter()
            .filter(move |(_, input)| input.place == place);
        given.filter_map(|(name, input)| Some((wire(name, input), inputs.get(name)?.clone())))
    };
    let query: Vec<String> = of(InputPlace::Query)
        .map(|(name, value)| format!("{name}={}", text_of(&value)))
        .collect();
    let path = if query.is_empty() {
        path
    } else {
        format!("{path}?{}", query.join("&"))
    };
    let body = match &call.body {
        Body::None => None,
        Body::Json => Some(Value::Object(of(InputPlace::Body).collect()).to_string()),
        Body::Whole(name) => Some(inputs[name].to_string()),
    };
    (path, body)
}

/// Whether the published status of success is 201.
pub(crate) fn is_created(operation: &str) -> bool {
    let table = table();
    table["created"]
        .as_array()
        .unwrap()
        .iter()
        .any(|id| id == operation)
}

/// Inputs for a call: those that it needs, or all.
pub(crate) fn inputs(
    operation: &Operation,
    call: &HttpCall,
    names: &Map<String, Value>,
    all: bool,
) -> Map<String, Value> {
    let table = table();
    let mut inputs = Map::new();
    for (name, input) in &operation.inputs {
        let sent = call.sends.is_empty() || call.sends.contains(name);
        let in_path = call.path.contains(&PathPart::Input(name.clone()));
        let mut named = table["needs"][&operation.id].as_array().into_iter().flatten();
        let needed = input.required
            || input.fill.is_some()
            || in_path
            || call.needs.first() == Some(name)
            || named.any(|needed| needed == name);
        if !sent || !(needed || all) {
            continue;
        }
        let special = [&table["operations"][&operation.id][name], &table["every"][name]];
        let fitting =
            |value: &&&Value| !value.is_null() && input.ty.mismatches(&resolve(value, names)).is_empty();
        let value = match special.iter().find(fitting) {
            Some(value) => resolve(value, names),
            None => input
                .example
                .clone()
                .unwrap_or_else(|| value_of(name, &input.ty, all)),
        };
        inputs.insert(name.clone(), value);
    }
    inputs
}

/// Calls an operation.
pub(crate) async fn call(
    running: &Running,
    operation: &Operation,
    call: &HttpCall,
    inputs: &Map<String, Value>,
) -> Got {
    let (path, body) = request(operation, call, inputs);
    let prefix = match operation.connector.as_str() {
        "ghl" => String::new(),
        other => format!("/{other}"),
    };
    let mut headers = vec![("authorization", "Bearer test")];
    if let Some(version) = &call.version {
        headers.push(("version", version));
    }
    if body.is_some() {
        headers.push(("content-type", "application/json"));
    }
    let path = format!("{prefix}{path}");
    let got = try_send(running, call.method.as_str(), &path, &headers, body.as_deref()).await;
    got.unwrap_or_else(|| panic!("{} has no answer", operation.id))
}
