//! Answers for a dry run: nothing is sent, so a later step that uses an answer gets a value of the right kind whose
//! text says where it would have come from.

use serde_json::{Map, Value};
use souschef_expr::Type;
use souschef_expr::types::Format;

/// A value of this type. `name` is where it would come from: `contact.id`.
pub fn of(ty: &Type, name: &str) -> Value {
    match ty {
        Type::Any => Value::String(stand_in(name)),
        Type::Null => Value::Null,
        Type::Boolean => Value::Bool(true),
        Type::Number { min, .. } => Value::from(min.unwrap_or(1.0).max(1.0) as i64),
        Type::Text(text) => Value::String(match (text.one_of.first(), text.format) {
            (Some(word), _) => word.clone(),
            (None, Format::Datetime) => "2026-01-01T09:00:00Z".to_owned(),
            (None, Format::Date) => "2026-01-01".to_owned(),
            (None, Format::Phone) => "+12025550100".to_owned(),
            (None, Format::Email) => "someone@example.com".to_owned(),
            (None, Format::Url) => "https://example.com".to_owned(),
            (None, Format::Plain) => stand_in(name),
        }),
        Type::List(item) => Value::Array(vec![of(item, name)]),
        Type::Map(map) => Value::Object(
            map.fields
                .iter()
                .map(|(key, field)| {
                    let inner = if name.is_empty() {
                        key.clone()
                    } else {
                        format!("{name}.{key}")
                    };
                    (key.clone(), of(&field.ty, &inner))
                })
                .collect::<Map<_, _>>(),
        ),
        Type::OneOf(kinds) => kinds.first().map_or(Value::Null, |kind| of(kind, name)),
        Type::Nullable(inner) => of(inner, name),
    }
}

fn stand_in(name: &str) -> String {
    if name.is_empty() {
        "(answer)".to_owned()
    } else {
        format!("({name})")
    }
}
