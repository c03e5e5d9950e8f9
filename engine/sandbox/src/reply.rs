//! What is answered, before it becomes bytes.

use axum::http::StatusCode;
use serde_json::{Map, Value};
use souschef_catalog::Connector;

use crate::limit::Budget;

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
    pub(crate) budget: Option<Budget>,
    /// Where the browser is sent.
    pub(crate) location: Option<String>,
}

impl Reply {
    /// JSON.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json; charset=utf-8".to_owned(),
            body: body.to_string(),
            budget: None,
            location: None,
        }
    }

    /// Another kind of text.
    pub(crate) fn text(content_type: &str, body: impl Into<String>) -> Self {
        Self {
            status: 200,
            content_type: content_type.to_owned(),
            body: body.into(),
            budget: None,
            location: None,
        }
    }

    /// Sends a browser elsewhere.
    pub(crate) fn redirect(to: String) -> Self {
        Self {
            status: 302,
            location: Some(to),
            ..Self::text("text/plain", "")
        }
    }

    /// A refusal, in the connector's form: the first places where it says message and trace.
    pub(crate) fn refusal(
        connector: Option<&Connector>,
        status: u16,
        problems: &[String],
        trace: &str,
    ) -> Self {
        let message = match (status, problems) {
            (422, list) => Value::from(list.to_vec()),
            (_, list) => Value::from(list.join("; ")),
        };
        let reason = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        let mut body = Map::new();
        body.insert("statusCode".to_owned(), Value::from(status));
        let errors = connector
            .map(|connector| connector.errors.clone())
            .unwrap_or_default();
        set(
            &mut body,
            errors.message.first().map_or("message", String::as_str),
            message,
        );
        set(
            &mut body,
            errors.trace.first().map_or("traceId", String::as_str),
            Value::from(trace),
        );
        // A connector may keep its message under this very name.
        body.entry("error")
            .or_insert_with(|| Value::from(reason.unwrap_or("Error")));
        Self::json(status, &Value::Object(body))
    }
}

/// Sets a value at a dotted path.
fn set(map: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            map.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = map.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}
