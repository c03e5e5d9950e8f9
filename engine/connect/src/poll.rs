//! Reading lists: items out of answers, page after page. The parts that need no socket are functions.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use souschef_catalog::{Advance, Paging};
use souschef_expr::jsonpath::Path;

/// More pages than that are taken for a fault of the API.
const MOST_PAGES: usize = 10_000;

/// The items that a JSONPath finds in an answer; lenient about one more or one fewer wrapper, and about one item where a
/// list was described or the other way round.
pub fn items(answer: &Value, path: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for value in places(answer, path) {
        flatten(value, last_name(path), &mut found);
    }
    found
}

/// Whether an answer has the place that a JSONPath names, be it empty.
pub(crate) fn there(answer: &Value, path: &str) -> bool {
    answer.is_array() || !places(answer, path).is_empty()
}

/// The path to the list itself: `$.tasks` for `$.tasks[*]`.
fn base(path: &str) -> &str {
    path.strip_suffix("[*]").unwrap_or(path)
}

/// `tasks` for `$.tasks[*]`.
fn last_name(path: &str) -> &str {
    base(path).rsplit('.').next().unwrap_or_default()
}

fn matches(answer: &Value, path: &str) -> Vec<Value> {
    Path::parse(path)
        .map(|path| path.matches(answer))
        .unwrap_or_default()
}

/// What stands at the path: as it is written, or with a wrapper fewer, or with one more around it.
fn places(answer: &Value, path: &str) -> Vec<Value> {
    let base = base(path);
    let found = matches(answer, base);
    if !found.is_empty() {
        return found;
    }
    if answer.is_array() {
        return vec![answer.clone()];
    }
    let Some((wrapper, rest)) = base
        .strip_prefix("$.")
        .map(|path| path.split_once('.').unwrap_or((path, "")))
    else {
        return Vec::new();
    };
    if wrapper != "*" && !rest.is_empty() {
        let found = matches(answer, &format!("$.{rest}"));
        if !found.is_empty() {
            return found;
        }
    }
    match answer.as_object().map(|fields| {
        fields
            .values()
            .filter(|value| value.is_object())
            .collect::<Vec<_>>()
    }) {
        Some(inner) => match inner.as_slice() {
            [only] => matches(only, base),
            _ => Vec::new(),
        },
        None => Vec::new(),
    }
}

fn flatten(value: Value, name: &str, found: &mut Vec<Value>) {
    match value {
        Value::Array(list) => found.extend(list.into_iter().filter(|item| !item.is_null())),
        Value::Null => {}
        Value::Object(fields) if fields.is_empty() => {}
        // `messages: { messages: [ … ] }`.
        Value::Object(mut fields) if fields.get(name).is_some_and(Value::is_array) => {
            if let Some(inner) = fields.remove(name) {
                flatten(inner, "", found);
            }
        }
        one => found.push(one),
    }
}

/// A dotted path's value in an item, as text for use as a key; a map or list as its JSON.
pub fn key(item: &Value, path: &str) -> Option<String> {
    match path.split('.').try_fold(item, |value, segment| match value {
        Value::Array(list) => list.get(segment.parse::<usize>().ok()?),
        other => other.get(segment),
    })? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The inputs of the first page: size and place filled in where the recipe gives none.
pub fn first_page(paging: &Paging, inputs: &Map<String, Value>) -> Map<String, Value> {
    let mut page = inputs.clone();
    if let Some((name, size)) = &paging.size {
        set_if_absent(&mut page, name, *size);
    }
    match &paging.advance {
        Advance::Page { input, first } => set_if_absent(&mut page, input, *first),
        // Some APIs want it for the first page too.
        Advance::Skip { input } => set_if_absent(&mut page, input, 0),
        Advance::Answer(_) | Advance::LastItem(_) => {}
    }
    page
}

fn set_if_absent(page: &mut Map<String, Value>, name: &str, number: u64) {
    if page.get(name).is_none_or(Value::is_null) {
        page.insert(name.to_owned(), json!(number));
    }
}

/// The inputs of the next page, or none where this was the last. Whether the API leads in circles is for [`Pages`] to see.
pub fn next_page(
    paging: &Paging,
    inputs: &Map<String, Value>,
    answer: &Value,
    items: &[Value],
) -> Option<Map<String, Value>> {
    let more = match &paging.more {
        Some(path) => matches(answer, path).iter().any(tells_more),
        None => {
            let size = paging
                .size
                .as_ref()
                .and_then(|(name, size)| number(inputs, name).or(Some(*size)));
            !items.is_empty() && size.is_none_or(|size| items.len() as u64 >= size)
        }
    };
    if !more {
        return None;
    }
    let mut page = inputs.clone();
    match &paging.advance {
        Advance::Page { input, first } => {
            let now = number(inputs, input).unwrap_or(*first);
            page.insert(input.clone(), json!(now.checked_add(1)?));
        }
        Advance::Skip { input } => {
            // An empty page does not move on.
            let passed = u64::try_from(items.len()).ok().filter(|count| *count > 0)?;
            let now = number(inputs, input).unwrap_or_default();
            page.insert(input.clone(), json!(now.checked_add(passed)?));
        }
        Advance::Answer(paths) => {
            for (input, path) in paths {
                page.insert(input.clone(), matches(answer, path).into_iter().find(is_cursor)?);
            }
        }
        Advance::LastItem(paths) => {
            let last = items.last()?;
            for (input, path) in paths {
                let value = path
                    .split('.')
                    .try_fold(last, |value, segment| value.get(segment))?;
                page.insert(input.clone(), Some(value.clone()).filter(is_cursor)?);
            }
        }
    }
    Some(page)
}

fn number(inputs: &Map<String, Value>, name: &str) -> Option<u64> {
    match inputs.get(name)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

fn is_cursor(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    }
}

fn tells_more(value: &Value) -> bool {
    match value {
        Value::Bool(more) => *more,
        Value::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        other => is_cursor(other),
    }
}

/// The pages that one scan has asked for: an API whose mark leads back to one of them would be asked for ever.
#[derive(Debug, Default)]
pub struct Pages {
    seen: HashSet<String>,
}

/// Why a scan goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PagesError {
    /// The same page a second time.
    #[error("the API's mark for the next page leads back to a page that was read already")]
    Circle,
    /// Too many.
    #[error("the API gave {MOST_PAGES} pages and has still more")]
    TooMany,
}

impl Pages {
    /// Notes that a page is about to be read, by its inputs.
    ///
    /// # Errors
    /// It was read before, or there are too many.
    pub fn enter(&mut self, inputs: &Map<String, Value>) -> Result<(), PagesError> {
        if self.seen.len() >= MOST_PAGES {
            return Err(PagesError::TooMany);
        }
        let mut fields: Vec<String> = inputs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        fields.sort();
        if self.seen.insert(fields.join("\n")) {
            Ok(())
        } else {
            Err(PagesError::Circle)
        }
    }
}
