//! Values as an input's type takes them: strict, with the few conversions that change no meaning.

use serde_json::{Number, Value};
use souschef_expr::Type;
use souschef_expr::types::Mismatch;
use souschef_expr::value::exact_number;

/// Whether a value of this type may be sent as null.
pub(super) fn may_be_null(ty: &Type) -> bool {
    match ty {
        Type::Null | Type::Nullable(_) => true,
        Type::OneOf(kinds) => kinds.iter().any(may_be_null),
        _ => false,
    }
}

/// The value as this type takes it, or where it does not fit.
pub(super) fn fit(value: Value, ty: &Type) -> Result<Value, Vec<Mismatch>> {
    let value = adapt(value, ty);
    let mismatches = ty.mismatches(&value);
    if mismatches.is_empty() {
        Ok(value)
    } else {
        Err(mismatches)
    }
}

fn adapt(value: Value, ty: &Type) -> Value {
    match (ty, value) {
        (Type::Nullable(_), Value::Null) => Value::Null,
        (Type::Nullable(inner), value) => adapt(value, inner),
        (Type::Text(_), Value::Number(number)) => plain(&number).map_or(Value::Number(number), Value::String),
        (Type::Number { .. }, value) => match number(&value) {
            Some(number) => Value::Number(number),
            None => value,
        },
        (Type::Boolean, Value::String(text)) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(text),
        },
        (Type::List(item), Value::Array(items)) => {
            Value::Array(items.into_iter().map(|one| adapt(one, item)).collect())
        }
        (Type::Map(map), Value::Object(fields)) => Value::Object(
            fields
                .into_iter()
                .filter_map(|(name, value)| match map.fields.get(&name) {
                    // Null stands for "nothing to say", as it does for an input.
                    Some(field) if value.is_null() && !may_be_null(&field.ty) && field.ty != Type::Any => {
                        None
                    }
                    Some(field) => {
                        let value = adapt(value, &field.ty);
                        Some((name, value))
                    }
                    None => Some((name, value)),
                })
                .collect(),
        ),
        (Type::OneOf(kinds), value) => {
            if kinds.iter().any(|kind| kind.mismatches(&value).is_empty()) {
                return value;
            }
            kinds
                .iter()
                .map(|kind| (kind, adapt(value.clone(), kind)))
                .find_map(|(kind, adapted)| kind.mismatches(&adapted).is_empty().then_some(adapted))
                .unwrap_or(value)
        }
        (_, value) => value,
    }
}

/// A number as digits, where those are all of it: no exponent, no rounding.
fn plain(number: &Number) -> Option<String> {
    let exact = number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|n| n.abs() < 1e15);
    let text = number.to_string();
    let text = text.strip_suffix(".0").unwrap_or(&text);
    (exact && !text.contains(['e', 'E'])).then(|| text.to_owned())
}

/// A number, from a number or from text that is exactly one.
fn number(value: &Value) -> Option<Number> {
    let number = match value {
        Value::Number(number) => number.clone(),
        Value::String(text) => exact_number(text)?,
        _ => return None,
    };
    // 5.0 is the number 5, and some APIs take only the latter.
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
            Some(Number::from(float as i64))
        }
        _ => Some(number),
    }
}
