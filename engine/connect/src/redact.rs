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

/// Field names that are hidden, with the recipe's own.
#[derive(Debug)]
pub(crate) struct Redaction {
    own: Vec<String>,
}

impl Redaction {
    pub(crate) fn new(own: &[String]) -> Self {
        Self {
            own: own.iter().map(|name| bare(name)).collect(),
        }
    }

    fn hides(&self, name: &str) -> bool {
        let name = bare(name);
        ENDINGS.iter().any(|ending| name.ends_with(ending)) || self.own.contains(&name)
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
            other => other.clone(),
        }
    }

    /// An address as it is shown.
    pub(crate) fn url(&self, url: &Url) -> String {
        if !url.query_pairs().any(|(name, _)| self.hides(&name)) {
            return url.as_str().to_owned();
        }
        let mut shown = url.clone();
        let pairs = url.query_pairs().map(|(name, value)| {
            let value = if self.hides(&name) { HIDDEN.into() } else { value };
            (name, value)
        });
        shown.query_pairs_mut().clear().extend_pairs(pairs);
        shown.into()
    }
}

/// A name without case and signs: `client_secret` and `clientSecret` are one.
fn bare(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Puts `***` wherever a secret stands in a text.
pub(crate) fn hide_in_text(text: &str, secret: Option<&str>) -> String {
    match secret {
        Some(secret) if !secret.is_empty() && text.contains(secret) => text.replace(secret, HIDDEN),
        _ => text.to_owned(),
    }
}
