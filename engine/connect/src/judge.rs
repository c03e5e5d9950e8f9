//! What an exchange says about its call: done, not done or unknown. No clock, no socket.

use serde_json::Value;
use souschef_catalog::{Connector, Effect, Operation};

use crate::answer::{Content, cut};
use crate::exchange::{Answer, Exchange};
use crate::outcome::Refusal;
use crate::token::Held;
use crate::words;

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It happened; the answer.
    Done(Value),
    /// It did not happen; `again` where a later try may do better.
    NotDone { refusal: Refusal, again: bool },
    /// It may have happened; `again` where a later try may say more.
    Unknown { refusal: Refusal, again: bool },
    /// Nothing was sent: there is no token that works now, or the other side is left alone.
    Held(Held),
}

/// Whether the other side has failed, as far as its next answers are concerned: it was not there, gave no whole answer, or
/// said that it can't. None where nothing was asked of it.
pub(crate) fn is_well(exchange: &Exchange) -> Option<bool> {
    match exchange {
        Exchange::Unfit(_) => None,
        Exchange::NotSent(_) | Exchange::Broken { .. } => Some(false),
        Exchange::Answered(answer) => Some(!matches!(answer.status, 408 | 499 | 500..)),
    }
}

/// Judges an exchange.
pub(crate) fn judge(operation: &Operation, connector: &Connector, exchange: &Exchange) -> Verdict {
    match exchange {
        Exchange::Unfit(why) | Exchange::NotSent(why) => Verdict::NotDone {
            refusal: words::not_sent(operation, connector, why),
            again: true,
        },
        Exchange::Broken { why, status } => Verdict::Unknown {
            refusal: words::broken(operation, connector, why, *status),
            again: true,
        },
        Exchange::Answered(answer) => answered(operation, connector, answer),
    }
}

fn answered(operation: &Operation, connector: &Connector, answer: &Answer) -> Verdict {
    let status = answer.status;
    match (status, &answer.content) {
        (200..300, Content::Empty) => Verdict::Done(Value::Null),
        (200..300, Content::Json(value)) => Verdict::Done(value.clone()),
        (200..300, Content::Unreadable { why, .. }) => unreadable(operation, connector, answer, why, true),
        (200..300, Content::TooLong(limit)) => {
            let why = format!("it is longer than {limit} bytes");
            unreadable(operation, connector, answer, &why, false)
        }
        (300..400, _) => {
            let refusal = words::redirected(operation, connector, status, answer.location.as_deref());
            match operation.effect {
                // "See other" is what is said after a thing was done.
                Effect::Settled | Effect::Checkable | Effect::Unsafe if status == 303 => Verdict::Unknown {
                    refusal,
                    again: false,
                },
                _ => Verdict::NotDone {
                    refusal,
                    again: false,
                },
            }
        }
        (429, _) => Verdict::NotDone {
            refusal: refused(operation, connector, answer),
            again: true,
        },
        // The server, or one before it, gave up on the request; how much of it was heard nobody knows.
        (408 | 499, _) => Verdict::Unknown {
            refusal: refused(operation, connector, answer),
            again: true,
        },
        (400..500, _) => Verdict::NotDone {
            refusal: refused(operation, connector, answer),
            again: false,
        },
        _ => Verdict::Unknown {
            refusal: refused(operation, connector, answer),
            again: true,
        },
    }
}

/// A 2xx whose body can't be used: a write has happened, with a result that nobody knows.
fn unreadable(
    operation: &Operation,
    connector: &Connector,
    answer: &Answer,
    why: &str,
    again: bool,
) -> Verdict {
    let refusal = words::unreadable(operation, connector, answer.status, why);
    match operation.effect {
        Effect::Read if !again => Verdict::NotDone { refusal, again },
        _ => Verdict::Unknown { refusal, again },
    }
}

fn refused(operation: &Operation, connector: &Connector, answer: &Answer) -> Refusal {
    let body = answer.content.json();
    let said = match (body, &answer.content) {
        (Some(body), _) => said(connector, body),
        (None, Content::Unreadable { glimpse, .. }) => Some(glimpse.clone()),
        (None, _) => None,
    };
    let trace = body.and_then(|body| {
        let mut paths = connector.errors.trace.iter();
        paths.find_map(|path| at(body, path).and_then(words_of))
    });
    words::refused(
        operation,
        connector,
        answer.status,
        said.as_deref(),
        body.cloned(),
        trace,
    )
}

/// The API's own words.
pub(crate) fn said(connector: &Connector, body: &Value) -> Option<String> {
    let mut paths = connector.errors.message.iter();
    paths
        .find_map(|path| at(body, path).and_then(words_of))
        .or_else(|| body.as_str().map(cut))
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(value, |value, segment| value.get(segment))
}

/// A text, or a list of text, as sentences.
fn words_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(words_of).collect::<Vec<_>>().join(". "),
        Value::Number(number) => number.to_string(),
        // Some APIs put a map of faults there: shown as it is rather than not at all.
        Value::Object(_) => value.to_string(),
        Value::Null | Value::Bool(_) => return None,
    };
    let text = cut(&text);
    (!text.is_empty()).then_some(text)
}
