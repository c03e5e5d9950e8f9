//! The catalog's part of the recipe schema: what `action`, `poll` and `webhook` may be, each with its help and inputs.

use serde_json::{Map, Value, json};
use souschef_expr::Type;

use super::value;
use crate::connector::Event;
use crate::operation::{Advance, Operation, Slots};

/// Matches no text. A form with it says in its own words what is wrong where no other form is near; without it an
/// editor would list all operations in one message.
const NOTHING: &str = r"[^\s\S]";

/// A word that is in no list.
pub(super) fn unknown(help: &str, message: &str) -> Value {
    json!({
        "type": "string",
        "pattern": NOTHING,
        "description": help,
        "errorMessage": message,
        "patternErrorMessage": message,
    })
}

/// A word that is offered here and belongs to another form; `message` says what that needs.
pub(super) fn elsewhere(word: &str, help: &str, message: &str) -> Value {
    json!({ "const": word, "description": help, "pattern": NOTHING, "patternErrorMessage": message })
}

/// A step or poll with this operation: the form's keys, and the operation's own inputs under `with`.
pub(super) fn form(
    operation: &Operation,
    key: &str,
    keys: &Map<String, Value>,
    with: &str,
    shorter: &[&str],
    missing: &str,
) -> Value {
    let mut named = Map::new();
    named.insert("const".to_owned(), json!(operation.id));
    named.insert("errorMessage".to_owned(), json!(missing));
    named.insert("description".to_owned(), json!(operation.help));
    named.insert("markdownDescription".to_owned(), json!(in_full(operation)));
    if let Some(why) = &operation.deprecated {
        named.insert("deprecationMessage".to_owned(), json!(why));
    }
    let mut properties = Map::new();
    properties.insert(key.to_owned(), apart(Value::Object(named), shorter));
    // An editor offers `with` once for each form that fits; it must fit nothing before the operation is written.
    properties.insert("with".to_owned(), json!({ "doNotSuggest": true }));
    let with = json!({ "properties": { "with": { "$ref": format!("#/definitions/{with}") } } });
    for (name, schema) in keys {
        properties.entry(name.clone()).or_insert_with(|| schema.clone());
    }
    // `with` is never required, even where inputs are: a half-written step must fit all operations alike, or an editor
    // offers only those without inputs. `souschef check` tells what is missing.
    json!({
        "type": "object",
        "title": operation.title,
        "properties": properties,
        "required": [key],
        "dependencies": { key: with },
        "additionalProperties": false,
    })
}

/// Keeps an id apart from the shorter ones that it begins with. While completing, the YAML language server takes a value
/// that `const` begins with for a match, so that it would offer the inputs of contacts.get_task for contacts.get.
fn apart(named: Value, shorter: &[&str]) -> Value {
    if shorter.is_empty() {
        return named;
    }
    let shorter: Vec<String> = shorter.iter().map(|id| id.replace('.', r"\.")).collect();
    let shorter = json!({
        "type": "string",
        "pattern": format!("^({})$", shorter.join("|")),
    });
    // Of two forms that fit it weighs the first, which is no `const`; `not` takes back that the first fits.
    json!({ "anyOf": [shorter, named], "not": shorter })
}

/// The help, what it needs and what it gives.
fn in_full(operation: &Operation) -> String {
    let mut text = operation.help.clone();
    let list = |names: &[&str]| {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let needed = needed(operation, false);
    if !needed.is_empty() {
        text.push_str(&format!("\n\nNeeds {}.", list(&needed)));
    }
    let given = match &operation.output {
        Type::Map(map) => map.fields.keys().map(String::as_str).take(8).collect(),
        _ => Vec::new(),
    };
    if !given.is_empty() {
        text.push_str(&format!("\n\nGives {}.", list(&given)));
    }
    if let Some(why) = &operation.deprecated {
        text.push_str(&format!("\n\n**Should not be used any more.** {why}"));
    }
    text
}

/// The inputs that a recipe must give: not those that the connection fills, that only one of several requests sends, or,
/// in a poll, that move from page to page.
fn needed(operation: &Operation, poll: bool) -> Vec<&str> {
    let moved: Vec<&str> = operation
        .poll
        .iter()
        .filter(|_| poll)
        .filter_map(|poll| poll.paging.as_ref())
        .flat_map(|paging| {
            let size = paging.size.iter().map(|(name, _)| name.as_str());
            let moved: Vec<&str> = match &paging.advance {
                Advance::Page { input, .. } | Advance::Skip { input } => vec![input],
                Advance::Answer(inputs) | Advance::LastItem(inputs) => {
                    inputs.keys().map(String::as_str).collect()
                }
            };
            size.chain(moved)
        })
        .collect();
    let always = |name: &String| {
        operation
            .calls
            .iter()
            .all(|call| call.sends.is_empty() || call.sends.contains(name))
    };
    operation
        .inputs
        .iter()
        .filter(|(name, input)| input.required && input.fill.is_none() && always(name))
        .map(|(name, _)| name.as_str())
        .filter(|name| !moved.contains(name))
        .filter(|name| operation.slots.as_ref().is_none_or(|slots| slots.into != *name))
        .collect()
}

/// The inputs of an operation.
pub(super) fn with(operation: &Operation, poll: bool) -> Value {
    let mut properties: Map<String, Value> = operation
        .inputs
        .iter()
        .map(|(name, input)| (name.clone(), value::input(input)))
        .collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    // An editor offers all that is needed under this name.
    schema.insert("title".to_owned(), json!(format!("inputs of {}", operation.id)));
    if let Some(slots) = &operation.slots {
        let one = slot(slots);
        let others: Vec<String> = (2..=slots.count).map(|number| number.to_string()).collect();
        let pattern = format!("^{}({})$", slots.prefix, others.join("|"));
        properties.insert(format!("{}1", slots.prefix), one.clone());
        schema.insert("patternProperties".to_owned(), json!({ pattern: one }));
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
    let needed = needed(operation, poll);
    if !needed.is_empty() {
        schema.insert("required".to_owned(), json!(needed));
    }
    // Of several request forms one must be possible.
    if operation.calls.iter().all(|call| !call.needs.is_empty()) {
        let forms: Vec<Value> = operation
            .calls
            .iter()
            .flat_map(|call| &call.needs)
            .map(|name| json!({ "required": [name] }))
            .collect();
        schema.insert("anyOf".to_owned(), Value::Array(forms));
    }
    schema.insert("additionalProperties".to_owned(), json!(false));
    Value::Object(schema)
}

/// `custom_field_1: { key or id, value }`.
fn slot(slots: &Slots) -> Value {
    let fields: Map<String, Value> = slots
        .item
        .keys()
        .map(|key| {
            let help = match key.as_str() {
                "id" => "The field's id.",
                "key" => "The field's key.",
                "value" => "What it is set to.",
                _ => "A part of the field.",
            };
            (key.clone(), json!({ "description": help }))
        })
        .collect();
    let which: Vec<Value> = slots
        .item
        .keys()
        .filter(|key| *key != "value")
        .map(|key| json!({ "required": [key] }))
        .collect();
    let mut form = json!({ "type": "object", "properties": fields, "additionalProperties": false });
    if let Some(form) = form.as_object_mut() {
        if slots.item.contains_key("value") {
            form.insert("required".to_owned(), json!(["value"]));
        }
        if !which.is_empty() {
            form.insert("anyOf".to_owned(), Value::Array(which));
        }
    }
    json!({
        "description": format!("A field of your own: which one, and its value. There are {}1 to {}{}.", slots.prefix, slots.prefix, slots.count),
        "anyOf": [form, { "$ref": "#/definitions/expression" }],
    })
}

/// An event, with its help.
pub(super) fn event(event: &Event) -> Value {
    json!({ "const": event.id, "description": event.help })
}
