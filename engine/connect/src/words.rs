//! What a person is told of a call that came to nothing, or to nobody knows what.

use serde_json::Value;
use souschef_catalog::{Connector, Effect, Operation};

use crate::outcome::Refusal;

/// Nothing was sent.
pub(crate) fn not_sent(operation: &Operation, connector: &Connector, why: &str) -> Refusal {
    Refusal {
        code: "SC520",
        message: format!("{} was not sent to {}: {why}", operation.id, connector.title),
        help: Some(
            "nothing happened there; see that the network and the connection's base_url are right".to_owned(),
        ),
        status: None,
        answer: None,
        trace: None,
    }
}

/// Something was sent, and no whole answer came.
pub(crate) fn broken(
    operation: &Operation,
    connector: &Connector,
    why: &str,
    status: Option<u16>,
) -> Refusal {
    Refusal {
        code: "SC521",
        message: format!(
            "{} was sent to {}, and {why}{}",
            operation.id,
            connector.title,
            doubt(operation)
        ),
        help: settle(operation, connector),
        status,
        answer: None,
        trace: None,
    }
}

/// It happened, and the answer can't be read.
pub(crate) fn unreadable(operation: &Operation, connector: &Connector, status: u16, why: &str) -> Refusal {
    let message = match operation.effect {
        Effect::Read => format!(
            "{} answered {} ({status}) with something that can't be read: {why}",
            connector.title, operation.id
        ),
        _ => format!(
            "{} took {} ({status}), so it has happened, but the answer can't be read: {why}",
            connector.title, operation.id
        ),
    };
    Refusal {
        code: "SC522",
        message,
        help: match operation.effect {
            Effect::Read => {
                Some("see that the connection's base_url leads to the API and not to a web page".to_owned())
            }
            _ => settle(operation, connector),
        },
        status: Some(status),
        answer: None,
        trace: None,
    }
}

/// An answer that leads elsewhere.
pub(crate) fn redirected(
    operation: &Operation,
    connector: &Connector,
    status: u16,
    to: Option<&str>,
) -> Refusal {
    // Only the host is told: an address may hold more than is to be shown.
    let host = to
        .and_then(|to| url::Url::parse(to).ok())
        .and_then(|url| url.host_str().map(str::to_owned));
    let place = host.map_or_else(
        || "another address".to_owned(),
        |host| format!("an address of {host}"),
    );
    Refusal {
        code: "SC523",
        message: format!(
            "{} answered {} ({status}) with {place}; it was not followed",
            connector.title, operation.id
        ),
        help: Some("credentials go to the connection's base_url only; set the right one there".to_owned()),
        status: Some(status),
        answer: None,
        trace: None,
    }
}

/// The API said no, or failed.
pub(crate) fn refused(
    operation: &Operation,
    connector: &Connector,
    status: u16,
    said: Option<&str>,
    answer: Option<Value>,
    trace: Option<String>,
) -> Refusal {
    let failed = status >= 500 || matches!(status, 408 | 499);
    let verb = if failed { "failed at" } else { "refused" };
    let words = said.unwrap_or_else(|| reason(status));
    let doubt = if failed { doubt(operation) } else { "" };
    Refusal {
        code: match status {
            _ if failed => "SC521",
            401 => "SC511",
            403 => "SC512",
            404 => "SC513",
            400 | 422 => "SC514",
            429 => "SC515",
            _ => "SC510",
        },
        message: format!(
            "{} {verb} {} ({status}): {words}{doubt}",
            connector.title, operation.id
        ),
        help: help(operation, connector, status),
        status: Some(status),
        answer,
        trace,
    }
}

/// What a status means where the API says nothing itself.
fn reason(status: u16) -> &'static str {
    reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("it gave no reason")
}

fn help(operation: &Operation, connector: &Connector, status: u16) -> Option<String> {
    Some(match status {
        400 | 422 => format!("see what it takes: `souschef catalog show {}`", operation.id),
        401 => {
            "see that the connection's token is this account's, is not revoked, and reaches souschef whole"
                .to_owned()
        }
        403 if operation.scopes.is_empty() => {
            "see that the token belongs to this account and may do this".to_owned()
        }
        403 => format!(
            "the token needs the scope {}, and must be this account's",
            operation.scopes.join(", ")
        ),
        404 => "see that the ids in the call exist in this account".to_owned(),
        409 => format!(
            "{} has something there that this would clash with",
            connector.title
        ),
        429 => "the account's rate limit is used up; raise `retry:`, or spread the work".to_owned(),
        408 | 499 | 500.. => return settle(operation, connector),
        _ => return None,
    })
}

/// The doubt that a broken write leaves.
fn doubt(operation: &Operation) -> &'static str {
    match operation.effect {
        Effect::Read => "",
        Effect::Settled | Effect::Checkable | Effect::Unsafe => "; it may or may not have happened",
    }
}

/// How a doubt is settled.
fn settle(operation: &Operation, connector: &Connector) -> Option<String> {
    match operation.effect {
        Effect::Read => None,
        _ => Some(format!(
            "look in {} whether it has happened before you send it again",
            connector.title
        )),
    }
}
