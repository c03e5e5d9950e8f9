//! Helpers that compare, decide and say what is taken where something is absent.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Arguments, Helper, Returns};
use crate::condition::{equal, is_true};

macro_rules! helper {
    ($name:literal, $signature:literal, $help:literal, [$($example:expr => $gives:expr),*], $least:literal..=$most:literal, $returns:ident, $absent:literal, $run:expr) => {
        Helper {
            name: $name, group: "logic", signature: $signature, help: $help, examples: &[$(($example, $gives)),*],
            least: $least, most: $most, options: &[], absent_ok: $absent, returns: Returns::$returns, run: $run,
        }
    };
}

pub(super) const HELPERS: &[Helper] = &[
    helper!("default", "default VALUE OTHER", "The value, or the other where it is absent, nothing or empty text.", ["{{ default trigger.nickname \"there\" }}" => "\"there\""], 2..=2, OneOf, true, |a| {
        Ok(if empty(a.value(0)) { a.value(1).clone() } else { a.value(0).clone() })
    }),
    helper!("coalesce", "coalesce VALUE …", "The first value that is there and not empty.", ["{{ coalesce trigger.nickname \"\" \"Ana\" }}" => "\"Ana\""], 1..=20, OneOf, true, |a| {
        Ok(a.values.iter().find(|value| !empty(value)).cloned().unwrap_or_default())
    }),
    helper!("if_else", "if_else CONDITION THEN OTHERWISE", "One value or the other.", ["{{ if_else true \"yes\" \"no\" }}" => "\"yes\""], 3..=3, Branches, true, |a| {
        Ok(a.value(if is_true(a.value(0)) { 1 } else { 2 }).clone())
    }),
    helper!("eq", "eq A B", "Whether the two are equal.", ["{{ eq 1 1.0 }}" => "true"], 2..=2, Boolean, true, |a| Ok(equal(a.value(0), a.value(1)).into())),
    helper!("ne", "ne A B", "Whether the two are different.", ["{{ ne \"a\" \"b\" }}" => "true"], 2..=2, Boolean, true, |a| Ok((!equal(a.value(0), a.value(1))).into())),
    helper!("gt", "gt A B", "Whether A is greater than B.", ["{{ gt 3 2 }}" => "true"], 2..=2, Boolean, false, |a| Ok((order(a)? == Ordering::Greater).into())),
    helper!("gte", "gte A B", "Whether A is B or more.", ["{{ gte 3 3 }}" => "true"], 2..=2, Boolean, false, |a| Ok((order(a)? != Ordering::Less).into())),
    helper!("lt", "lt A B", "Whether A is less than B.", ["{{ lt 2 3 }}" => "true"], 2..=2, Boolean, false, |a| Ok((order(a)? == Ordering::Less).into())),
    helper!("lte", "lte A B", "Whether A is B or less.", ["{{ lte 3 3 }}" => "true"], 2..=2, Boolean, false, |a| Ok((order(a)? != Ordering::Greater).into())),
    helper!("and", "and A B …", "The first value that is not true, or the last: true where all are.", ["{{ and true \"yes\" }}" => "\"yes\""], 2..=20, OneOf, true, |a| {
        Ok(a.values.iter().find(|value| !is_true(value)).or(a.values.last()).cloned().unwrap_or_default())
    }),
    helper!("or", "or A B …", "The first value that is true, or the last.", ["{{ or trigger.nickname \"there\" }}" => "\"there\""], 2..=20, OneOf, true, |a| {
        Ok(a.values.iter().find(|value| is_true(value)).or(a.values.last()).cloned().unwrap_or_default())
    }),
    helper!("not", "not VALUE", "Whether the value is false, nothing, 0 or empty.", ["{{ not \"\" }}" => "true"], 1..=1, Boolean, true, |a| Ok((!is_true(a.value(0))).into())),
    helper!(
        "lookup",
        "lookup MAP KEY",
        "A field of a map, or an item of a list, by a computed name; nothing where there is none.",
        [],
        2..=2,
        Any,
        true,
        |a| {
            let key = super::text_of(a.value(1))?;
            Ok(super::list::at(a.value(0), &key).cloned().unwrap_or_default())
        }
    ),
    helper!("type_of", "type_of VALUE", "What the value is: text, number, boolean, list, map or nothing.", ["{{ type_of 3 }}" => "\"number\""], 1..=1, Text, true, |a| {
        Ok(match a.value(0) {
            Value::Null => "nothing",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "text",
            Value::Array(_) => "list",
            Value::Object(_) => "map",
        }.into())
    }),
    helper!("boolean", "boolean VALUE", "true for true, yes, on and 1; false for false, no, off and 0.", ["{{ boolean \"yes\" }}" => "true"], 1..=1, Boolean, false, |a| {
        crate::convert::boolean(a.value(0)).map(Value::from)
    }),
];

fn empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// Numbers by size, moments by time, other texts by letters.
fn order(arguments: &Arguments<'_>) -> Result<Ordering, String> {
    let (one, two) = (arguments.value(0), arguments.value(1));
    if let (Ok(one), Ok(two)) = (super::number_of(one), super::number_of(two)) {
        return Ok(one.total_cmp(&two));
    }
    match (one, two) {
        (Value::String(a), Value::String(b)) => {
            let moments = (
                crate::moment::Moment::read_text(a, None),
                crate::moment::Moment::read_text(b, None),
            );
            Ok(match moments {
                (Ok(a), Ok(b)) => a.at.timestamp().cmp(&b.at.timestamp()),
                _ => a.cmp(b),
            })
        }
        _ => Err(format!(
            "{} and {} can't be compared",
            crate::error::glimpse(one),
            crate::error::glimpse(two)
        )),
    }
}
