//! What programs are told of an operation: the JSON of `souschef catalog --format json`, which others rely on.

use serde_json::{Map, Value, json};
use souschef_expr::Type;
use souschef_expr::types::Format;

use crate::operation::{Input, Operation, Poll};

/// An operation as programs see it.
pub fn operation(operation: &Operation) -> Value {
    let call = operation.call();
    let inputs: Map<String, Value> = operation
        .inputs
        .iter()
        .map(|(name, input)| (name.clone(), self::input(input)))
        .collect();
    let mut listed = json!({
        "id": operation.id,
        "name": operation.title,
        "kind": operation.kind,
        "category": operation.category,
        "connector": operation.connector,
        "method": call.map(|call| call.method.as_str()),
        "path": call.map(crate::HttpCall::path_text),
        "version": call.and_then(|call| call.version.clone()),
        "scopes": operation.scopes,
        "effect": operation.effect,
        "deprecated": operation.deprecated.is_some(),
        "inputs": inputs,
    });
    if let (Some(poll), Some(map)) = (&operation.poll, listed.as_object_mut()) {
        map.insert("poll".to_owned(), self::poll(poll));
    }
    listed
}

fn input(input: &Input) -> Value {
    let mut listed = json!({ "in": input.place, "type": word(&input.ty), "required": input.required });
    if let (Some(words), Some(map)) = (words(&input.ty), listed.as_object_mut()) {
        map.insert("enum".to_owned(), json!(words));
    }
    listed
}

fn poll(poll: &Poll) -> Value {
    json!({
        "items": poll.items,
        "id": poll.id,
        "changed": poll.changed,
        "paging": poll.paging.as_ref().map(|paging| paging.label.clone()),
    })
}

/// The one word for a type, as connector files write it.
pub fn word(ty: &Type) -> &'static str {
    match ty {
        Type::Any | Type::OneOf(_) => "any",
        Type::Null => "null",
        Type::Boolean => "boolean",
        Type::Number { integer: true, .. } => "integer",
        Type::Number { .. } => "number",
        Type::Text(text) => match text.format {
            Format::Plain => "text",
            Format::Datetime => "datetime",
            Format::Date => "date",
            Format::Phone => "phone",
            Format::Email => "email",
            Format::Url => "url",
        },
        Type::List(_) => "list",
        Type::Map(_) => "map",
        Type::Nullable(inner) => word(inner),
    }
}

/// The words that a value, or each item of a list, may be.
fn words(ty: &Type) -> Option<&[String]> {
    match ty {
        Type::Text(text) if !text.one_of.is_empty() => Some(&text.one_of),
        Type::List(item) => words(item),
        Type::Nullable(inner) => words(inner),
        _ => None,
    }
}

/// A type as programs see it: its word, and what is in it.
pub fn shape(ty: &Type) -> Value {
    let mut listed = json!({ "type": word(ty) });
    let Some(map) = listed.as_object_mut() else {
        return listed;
    };
    match bare(ty) {
        Type::Map(fields) => {
            let fields: Map<String, Value> = fields
                .fields
                .iter()
                .map(|(name, field)| (name.clone(), shape(&field.ty)))
                .collect();
            map.insert("fields".to_owned(), Value::Object(fields));
        }
        Type::List(item) => {
            map.insert("items".to_owned(), shape(item));
        }
        _ => {}
    }
    if let Some(words) = words(ty) {
        map.insert("enum".to_owned(), json!(words));
    }
    listed
}

/// The type without its leave to be null.
pub fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(inner) => bare(inner),
        other => other,
    }
}
