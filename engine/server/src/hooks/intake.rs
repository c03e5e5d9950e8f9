//! The trigger room behind the webhook listener.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::request::Parts;
use jiff::Timestamp;
use souschef_runtime::trigger::webhook::{self, Arrival, Headers};

use super::{Answer, Intake, Receiving};

/// Webhooks, as the project's recipes and accounts take them.
pub(crate) struct Room(pub(crate) Arc<webhook::Hooks>);

impl Intake for Room {
    fn receive(&self, head: Parts, body: Vec<u8>) -> Receiving<'_> {
        Box::pin(async move {
            let answer = self.0.receive(&arrival(&head, body)).await;
            Answer {
                // The room's own statuses are all statuses.
                status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::TOO_MANY_REQUESTS),
                retry_after: answer.retry_after,
                body: answer.body,
            }
        })
    }
}

fn arrival(head: &Parts, body: Vec<u8>) -> Arrival {
    let mut headers = Headers::default();
    for (name, value) in &head.headers {
        headers.push(name.as_str(), value.as_bytes());
    }
    let path = head.uri.path();
    Arrival {
        path: path.strip_prefix("/hooks/").unwrap_or(path).to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers,
        body,
        at: Timestamp::now(),
    }
}
