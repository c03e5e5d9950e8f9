//! From the type of an input to the schema of what a recipe may write there.

use serde_json::{Map, Value, json};
use souschef_expr::Type;
use souschef_expr::types::Format;

use crate::operation::Input;

/// The kinds of value that nearly every operation takes, as definitions that inputs refer to.
pub(super) fn kinds() -> [(&'static str, Value); 6] {
    let expression = json!({ "$ref": "#/definitions/expression" });
    let text = json!({ "anyOf": [{ "type": "string" }, { "$ref": "#/definitions/literal_text" }] });
    let truth = json!({ "anyOf": [{ "type": "boolean" }, expression] });
    let moment = json!({
        "type": "string",
        "pattern": r"^\s*[0-9]+\s*$|^\s*[0-9]+-.*[Tt ].*([Zz]|[+-][0-9]{2}(:?[0-9]{2})?|\])\s*$|\{\{|^\$\.",
        "patternErrorMessage": "Write a date and time like 2026-12-01T09:00:00Z, or an expression",
    });
    let shaped = |pattern: &str, message: &str| {
        let form = json!({ "type": "string", "pattern": pattern, "patternErrorMessage": message });
        json!({ "anyOf": [form, { "$ref": "#/definitions/literal_text" }] })
    };
    let email = shaped(
        r#"^\s*[^\s@<>",;]+@[^\s@<>",;.]+(\.[^\s@<>",;.]+)+\s*$|^$|\{\{|^\$\."#,
        "Write an e-mail address like ana@example.com, or an expression",
    );
    let phone = shaped(
        r"[0-9].*[0-9].*[0-9]|^$|\{\{|^\$\.",
        "Write a phone number like +12025550143, or an expression",
    );
    let number = json!({
        "type": "string",
        "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
        "patternErrorMessage": "Write a number, or an expression",
    });
    [
        ("text", text),
        ("number_as_text", number),
        ("true_or_false", truth),
        ("date_and_time", moment),
        ("email", email),
        ("phone", phone),
    ]
}

/// What may be written for an input, with its help.
pub(super) fn input(input: &Input) -> Value {
    let mut schema = value(&input.ty);
    if input.takes_number_as_text()
        && matches!(inner(&input.ty), Type::Number { .. })
        && let Some(Value::Array(forms)) = schema.get_mut("anyOf")
    {
        forms.push(json!({ "$ref": "#/definitions/number_as_text" }));
    }
    let mut help = help(input.help.as_deref(), &input.ty);
    if input.fill.is_some() {
        help.push_str(" Taken from the connection where left out.");
    }
    schema.insert("description".to_owned(), json!(help.trim()));
    if let Some(example) = &input.example {
        schema.insert("examples".to_owned(), json!([example]));
    }
    if let Some(default) = &input.default {
        schema.insert("default".to_owned(), default.clone());
    }
    Value::Object(schema)
}

/// The help, and the kind of value where that is not plain text.
fn help(written: Option<&str>, ty: &Type) -> String {
    let kind = match inner(ty) {
        Type::Any | Type::Map(_) | Type::OneOf(_) | Type::Null => None,
        Type::Text(text) if !text.one_of.is_empty() || text.format == Format::Plain => None,
        other => Some(other.describe()),
    };
    match (written, kind) {
        (Some(help), Some(kind)) => format!("{help} ({kind})"),
        (Some(help), None) => help.to_owned(),
        (None, Some(kind)) => {
            let mut letters = kind.chars();
            let first = letters.next().map(char::to_uppercase);
            format!(
                "{}.",
                first.into_iter().flatten().chain(letters).collect::<String>()
            )
        }
        (None, None) => String::new(),
    }
}

fn inner(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(ty) => inner(ty),
        other => other,
    }
}

/// What may be written where a value of this type is due: the value, or an expression that gives it.
pub(super) fn value(ty: &Type) -> Map<String, Value> {
    let mut found = Vec::new();
    let mut schema = Map::new();
    if forms(ty, &mut found) {
        match found.as_slice() {
            [Value::Object(only)] => schema = only.clone(),
            _ => {
                schema.insert("anyOf".to_owned(), Value::Array(found));
            }
        }
    }
    schema
}

/// Gathers the forms that a value may have; false where it may be anything.
fn forms(ty: &Type, found: &mut Vec<Value>) -> bool {
    let mut add = |form: Value| {
        if !found.contains(&form) {
            found.push(form);
        }
    };
    let expression = json!({ "$ref": "#/definitions/expression" });
    match ty {
        Type::Any => return false,
        Type::Null => add(json!({ "enum": [null] })),
        Type::Boolean => add(json!({ "$ref": "#/definitions/true_or_false" })),
        Type::Number { integer, min, max } => {
            let mut form = Map::new();
            form.insert(
                "type".to_owned(),
                json!(if *integer { "integer" } else { "number" }),
            );
            form.extend(min.map(|min| ("minimum".to_owned(), number(min))));
            form.extend(max.map(|max| ("maximum".to_owned(), number(max))));
            add(Value::Object(form));
            add(expression);
        }
        Type::Text(text) if !text.one_of.is_empty() => {
            add(json!({ "type": "string", "enum": text.one_of }));
            add(expression);
        }
        Type::Text(text) if text.format == Format::Datetime => {
            add(json!({ "$ref": "#/definitions/date_and_time" }));
        }
        Type::Text(text) => {
            let kind = match text.format {
                Format::Email => "email",
                Format::Phone => "phone",
                _ => "text",
            };
            add(json!({ "$ref": format!("#/definitions/{kind}") }));
        }
        Type::List(item) => {
            add(json!({ "type": "array", "items": value(item) }));
            add(expression);
        }
        Type::Map(map) => {
            let mut form = Map::new();
            form.insert("type".to_owned(), json!("object"));
            let fields = map.fields.iter().map(|(name, field)| {
                let mut schema = value(&field.ty);
                let help = help(field.help.as_deref(), &field.ty);
                if !help.is_empty() {
                    schema.insert("description".to_owned(), Value::String(help));
                }
                (name.clone(), Value::Object(schema))
            });
            let fields: Map<String, Value> = fields.collect();
            if !fields.is_empty() {
                form.insert("properties".to_owned(), Value::Object(fields));
            }
            let required: Vec<&String> = map
                .fields
                .iter()
                .filter(|(_, field)| field.required)
                .map(|(name, _)| name)
                .collect();
            if !required.is_empty() {
                form.insert("required".to_owned(), json!(required));
            }
            if !map.open {
                form.insert("additionalProperties".to_owned(), json!(false));
            }
            add(Value::Object(form));
            add(expression);
        }
        Type::OneOf(kinds) => return kinds.iter().all(|kind| forms(kind, found)),
        Type::Nullable(inner) => {
            let known = forms(inner, found);
            found.push(json!({ "enum": [null] }));
            return known;
        }
    }
    true
}

/// A bound as a person writes it: 1, not 1.0.
fn number(bound: f64) -> Value {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "bounds are small whole numbers where they are whole"
    )]
    if bound.fract() == 0.0 && bound.abs() < 1e15 {
        json!(bound as i64)
    } else {
        json!(bound)
    }
}
