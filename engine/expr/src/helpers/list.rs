//! Helpers for lists.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{Arguments, Helper, Returns, text_of};
use crate::condition::equal;
use crate::limits;

macro_rules! helper {
    ($name:literal, $signature:literal, $help:literal, [$($example:expr => $gives:expr),*], $least:literal..=$most:literal, $returns:ident, $run:expr) => {
        Helper {
            name: $name, group: "list", signature: $signature, help: $help, examples: &[$(($example, $gives)),*],
            least: $least, most: $most, options: &[], absent_ok: false, returns: Returns::$returns, run: $run,
        }
    };
}

pub(super) const HELPERS: &[Helper] = &[
    helper!("len", "len LIST", "How many items the list has, or characters the text.", ["{{ len (split \"a,b\") }}" => "2", "{{ len \"Ana\" }}" => "3"], 1..=1, Integer, |a| match a.value(0) {
        Value::String(text) => Ok(text.chars().count().into()),
        Value::Object(fields) => Ok(fields.len().into()),
        _ => Ok(a.list(0)?.len().into()),
    }),
    helper!("first", "first LIST", "The list's first item; nothing where it is empty.", ["{{ first (split \"a,b\") }}" => "\"a\""], 1..=1, Item, |a| Ok(a.list(0)?.first().cloned().unwrap_or_default())),
    helper!("last", "last LIST", "The list's last item; nothing where it is empty.", ["{{ last (split \"a,b\") }}" => "\"b\""], 1..=1, Item, |a| Ok(a.list(0)?.last().cloned().unwrap_or_default())),
    helper!("nth", "nth LIST POSITION", "The item at a position, counted from 0; nothing where there is none.", ["{{ nth (split \"a,b\") 1 }}" => "\"b\""], 2..=2, Item, |a| Ok(a.list(0)?.get(a.count(1)?).cloned().unwrap_or_default())),
    helper!("join", "join LIST [SEPARATOR]", "The items as one text, with commas between them unless told otherwise.", ["{{ join (split \"a,b\") }}" => "\"a, b\"", "{{ join (split \"a,b\") \" and \" }}" => "\"a and b\""], 1..=2, Text, |a| {
        let separator = if a.given(1).is_some() { a.text(1)? } else { ", ".to_owned() };
        let parts = a.list(0)?.iter().filter(|item| !item.is_null()).map(text_of).collect::<Result<Vec<_>, _>>()?;
        Ok(parts.join(&separator).into())
    }),
    helper!("sort", "sort LIST", "The list in order.", ["{{ sort (split \"b,a\") }}" => "[\"a\",\"b\"]"], 1..=1, First, |a| {
        let mut items = a.list(0)?.to_vec();
        items.sort_by(compare);
        Ok(items.into())
    }),
    helper!(
        "sort_by",
        "sort_by LIST FIELD",
        "The list in the order of one field of its items.",
        [],
        2..=2,
        First,
        |a| {
            let field = a.text(1)?;
            let mut items = a.list(0)?.to_vec();
            items.sort_by(|one, two| {
                compare(
                    at(one, &field).unwrap_or(&Value::Null),
                    at(two, &field).unwrap_or(&Value::Null),
                )
            });
            Ok(items.into())
        }
    ),
    helper!("reverse", "reverse LIST", "The list from its end.", ["{{ reverse (split \"a,b\") }}" => "[\"b\",\"a\"]"], 1..=1, First, |a| Ok(a.list(0)?.iter().rev().cloned().collect())),
    helper!("unique", "unique LIST", "Each item once.", ["{{ unique (split \"a,b,a\") }}" => "[\"a\",\"b\"]"], 1..=1, First, |a| {
        let mut seen = std::collections::HashSet::new();
        Ok(a.list(0)?.iter().filter(|item| seen.insert(item.to_string())).cloned().collect())
    }),
    helper!("compact", "compact LIST", "The list without empty items.", ["{{ compact (split \"a,,b\") }}" => "[\"a\",\"b\"]"], 1..=1, First, |a| {
        Ok(a.list(0)?.iter().filter(|item| !item.is_null() && item.as_str() != Some("")).cloned().collect())
    }),
    helper!(
        "flatten",
        "flatten LIST",
        "Lists in the list become their items.",
        [],
        1..=1,
        List,
        |a| {
            Ok(a.list(0)?
                .iter()
                .flat_map(|item| match item {
                    Value::Array(inner) => inner.clone(),
                    other => vec![other.clone()],
                })
                .collect())
        }
    ),
    helper!(
        "pluck",
        "pluck LIST FIELD",
        "One field of each item.",
        [],
        2..=2,
        List,
        |a| {
            let field = a.text(1)?;
            Ok(a.list(0)?
                .iter()
                .filter_map(|item| at(item, &field))
                .cloned()
                .collect())
        }
    ),
    helper!(
        "where",
        "where LIST FIELD VALUE",
        "The items whose field is the value.",
        [],
        3..=3,
        First,
        |a| {
            let field = a.text(1)?;
            Ok(a.list(0)?
                .iter()
                .filter(|item| equal(at(item, &field).unwrap_or(&Value::Null), a.value(2)))
                .cloned()
                .collect())
        }
    ),
    helper!(
        "where_not",
        "where_not LIST FIELD VALUE",
        "The items whose field is not the value.",
        [],
        3..=3,
        First,
        |a| {
            let field = a.text(1)?;
            Ok(a.list(0)?
                .iter()
                .filter(|item| !equal(at(item, &field).unwrap_or(&Value::Null), a.value(2)))
                .cloned()
                .collect())
        }
    ),
    helper!(
        "where_before",
        "where_before LIST FIELD MOMENT",
        "The items whose field is a date before the moment.",
        [],
        3..=3,
        First,
        |a| dated(a, true)
    ),
    helper!(
        "where_after",
        "where_after LIST FIELD MOMENT",
        "The items whose field is a date after the moment.",
        [],
        3..=3,
        First,
        |a| dated(a, false)
    ),
    helper!("slice", "slice LIST FROM COUNT", "So many items from a position on, counted from 0.", ["{{ slice (split \"a,b,c\") 1 2 }}" => "[\"b\",\"c\"]"], 3..=3, First, |a| {
        Ok(a.list(0)?.iter().skip(a.count(1)?).take(a.count(2)?).cloned().collect())
    }),
    helper!("range", "range FROM TO", "The whole numbers from one to another.", ["{{ range 1 3 }}" => "[1,2,3]"], 2..=2, List, |a| {
        let (from, to) = (a.number(0)? as i64, a.number(1)? as i64);
        if to.saturating_sub(from) >= limits::ITERATIONS as i64 {
            return Err(format!("a list of numbers may have {} of them", limits::ITERATIONS));
        }
        Ok((from..=to).collect::<Vec<i64>>().into())
    }),
    helper!("append", "append LIST VALUE …", "The list with the values at its end.", ["{{ append (split \"a\") \"b\" }}" => "[\"a\",\"b\"]"], 2..=20, List, |a| {
        let mut items = a.list(0)?.to_vec();
        items.extend(a.values.iter().skip(1).cloned());
        Ok(items.into())
    }),
    helper!("list", "list VALUE …", "The values as a list.", ["{{ list \"a\" 2 }}" => "[\"a\",2]"], 0..=20, List, |a| Ok(a.values.clone().into())),
    helper!(
        "count_by",
        "count_by LIST FIELD",
        "How many items there are for each value of a field.",
        [],
        2..=2,
        Any,
        |a| {
            let field = a.text(1)?;
            let mut counts: Map<String, Value> = Map::new();
            for item in a.list(0)? {
                let key = at(item, &field).map_or_else(|| Ok("none".to_owned()), text_of)?;
                let count = counts.get(&key).and_then(Value::as_u64).unwrap_or(0);
                counts.insert(key, (count + 1).into());
            }
            Ok(counts.into())
        }
    ),
];

fn dated(arguments: &Arguments<'_>, before: bool) -> Result<Value, String> {
    let field = arguments.text(1)?;
    let limit = crate::moment::Moment::read(arguments.value(2), None)?
        .at
        .timestamp();
    let mut kept = Vec::new();
    for item in arguments.list(0)? {
        let Some(value) = at(item, &field).filter(|value| !value.is_null()) else {
            continue;
        };
        let moment = crate::moment::Moment::read(value, None)?.at.timestamp();
        if (before && moment < limit) || (!before && moment > limit) {
            kept.push(item.clone());
        }
    }
    Ok(kept.into())
}

/// A dotted path inside an item.
pub(super) fn at<'v>(item: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(item, |value, name| match value {
        Value::Object(fields) => fields.get(name),
        Value::Array(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
        _ => None,
    })
}

/// Numbers by size, texts by letters, nothing first.
pub(crate) fn compare(one: &Value, two: &Value) -> Ordering {
    match (one.as_f64(), two.as_f64()) {
        (Some(one), Some(two)) => one.total_cmp(&two),
        _ => match (one, two) {
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Null, _) => Ordering::Less,
            (_, Value::Null) => Ordering::Greater,
            (Value::String(one), Value::String(two)) => one.cmp(two),
            (one, two) => one.to_string().cmp(&two.to_string()),
        },
    }
}
