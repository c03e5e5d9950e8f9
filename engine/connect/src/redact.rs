//! What is hidden where requests and answers are shown.

use serde_json::{Map, Value};
use url::Url;

/// What stands in place of a secret.
pub(crate) const HIDDEN: &str = "***";

/// Names hidden always: alone, or as the end of a longer name (`refresh_token`).
const ENDINGS: [&str; 11] = [
    "authorization",
    "token",
    "password",
    "passwd",
    "secret",
    "apikey",
    "privatekey",
    "cookie",
    "ssn",
    "cardnumber",
    "cvv",
];

/// Shorter values are not looked for in texts: they would be found everywhere.
const SHORTEST: usize = 6;

/// What is hidden: fields by name, with the recipe's own, and values wherever they stand in a text.
pub(crate) struct Redaction {
    own: Vec<String>,
    values: Vec<String>,
}

impl Redaction {
    pub(crate) fn new(own: &[String]) -> Self {
        Self {
            own: own.iter().map(|name| bare(name)).collect(),
            values: Vec::new(),
        }
    }

    /// Hides what stands in the hidden fields of a request's path, query and body wherever an answer repeats it.
    pub(crate) fn and_values_of(mut self, url: &Url, path: &[Option<String>], body: Option<&Value>) -> Self {
        let mut values = Vec::new();
        for (segment, name) in parts(url, path) {
            if name.is_some_and(|name| self.hides(name)) {
                values.push(segment.to_owned());
            }
        }
        for (name, value) in url.query_pairs() {
            if self.hides(&name) {
                values.push(value.into_owned());
            }
        }
        if let Some(body) = body {
            self.collect(body, false, &mut values);
        }
        self.values
            .extend(values.into_iter().filter(|value| value.len() >= SHORTEST));
        self
    }

    fn collect(&self, value: &Value, hidden: bool, values: &mut Vec<String>) {
        match value {
            Value::String(text) if hidden => values.push(text.clone()),
            Value::Number(number) if hidden => values.push(number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, hidden, values)),
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| self.collect(value, hidden || self.hides(name), values)),
            _ => {}
        }
    }

    /// A text as it is shown.
    pub(crate) fn text(&self, text: &str) -> String {
        let found = self.values.iter().filter(|value| text.contains(value.as_str()));
        found.fold(text.to_owned(), |text, value| {
            text.replace(value.as_str(), HIDDEN)
        })
    }

    fn hides(&self, name: &str) -> bool {
        // It is asked of every field: mostly the last letter tells already.
        let last = letters(name).next_back();
        let ends = |ending: &str| {
            let mut own = letters(name).rev();
            last.is_some_and(|last| ending.ends_with(last))
                && ending.chars().rev().all(|letter| own.next() == Some(letter))
        };
        ENDINGS.into_iter().any(ends) || (!self.own.is_empty() && self.own.contains(&bare(name)))
    }

    /// A field's value as it is shown.
    pub(crate) fn field(&self, name: &str, value: &Value) -> Value {
        if self.hides(name) && !value.is_null() {
            Value::String(HIDDEN.to_owned())
        } else {
            self.value(value)
        }
    }

    /// A value as it is shown.
    pub(crate) fn value(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item)).collect()),
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.field(name, value)))
                    .collect::<Map<_, _>>(),
            ),
            Value::String(text) => Value::String(self.text(text)),
            other => other.clone(),
        }
    }

    /// An address as it is shown; `path` names the inputs that its end is made of.
    pub(crate) fn url(&self, url: &Url, path: &[Option<String>]) -> String {
        let mut shown = url.clone();
        if path.iter().flatten().any(|name| self.hides(name)) {
            let parts: Vec<&str> = parts(url, path)
                .map(|(segment, name)| match name {
                    Some(name) if self.hides(name) => HIDDEN,
                    _ => segment,
                })
                .collect();
            shown.set_path(&parts.join("/"));
        }
        if !url.query_pairs().any(|(name, _)| self.hides(&name)) {
            return shown.into();
        }
        let pairs = url.query_pairs().map(|(name, value)| {
            let value = if self.hides(&name) { HIDDEN.into() } else { value };
            (name, value)
        });
        shown.query_pairs_mut().clear().extend_pairs(pairs);
        shown.into()
    }
}

/// The parts of an address's path, each with the input that it is made of.
fn parts<'a>(
    url: &'a Url,
    path: &'a [Option<String>],
) -> impl Iterator<Item = (&'a str, Option<&'a String>)> {
    let segments: Vec<&str> = url.path().trim_start_matches('/').split('/').collect();
    let before = segments.len().saturating_sub(path.len());
    let names = std::iter::repeat_n(None, before).chain(path.iter().map(Option::as_ref));
    segments.into_iter().zip(names)
}

/// A name without case and signs: `client_secret` and `clientSecret` are one.
fn bare(name: &str) -> String {
    letters(name).collect()
}

fn letters(name: &str) -> impl DoubleEndedIterator<Item = char> {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
}
