//! A request becomes a delivery, or is refused: a function of bytes, of who listens, and of now.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ring::digest;
use serde_json::Value;
use souschef_catalog::{Connector, Signature};
use souschef_connect::Secret;

use super::arrival::{Arrival, LARGEST_BODY};
use super::body;
use super::listening::{Account, Hears, Listening, plain_path};
use super::proof::{is_token, signed};
use super::refusal::Refusal;

/// For so long after it was sent a delivery is taken: senders try again for more than an hour. What it repeats is known by
/// its id, however long ago.
pub const WINDOW: Duration = Duration::from_secs(2 * 60 * 60);
/// By so much a sender's clock may be ahead.
const AHEAD: Duration = Duration::from_secs(10 * 60);
/// The longest id of a delivery.
const LONGEST_ID: usize = 200;

/// Headers in which other systems name a delivery.
const DELIVERY_HEADERS: [&str; 9] = [
    "webhook-id",
    "x-webhook-id",
    "x-webhook-delivery",
    "x-github-delivery",
    "x-gitlab-event-uuid",
    "x-shopify-webhook-id",
    "svix-id",
    "x-delivery-id",
    "idempotency-key",
];

/// A delivery that is from whom it says and for us.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// What it is an event of: `ghl.ContactCreate`, `custom/new-leads`.
    pub source: String,
    /// The accounts that it belongs to; none for a custom webhook, which belongs to whoever listens.
    pub accounts: Option<Vec<String>>,
    /// The accounts whose runs may wait for it; none: those of any account.
    pub waited_for_by: Option<Vec<String>>,
    /// What makes it the same delivery as another.
    pub key: Option<String>,
    /// The event's name as waits name it.
    pub event: String,
    /// A custom webhook's path.
    pub path: Option<String>,
    /// The proofs that its sender has shown, of those that waits are marked with.
    pub marks: Vec<String>,
    /// The body.
    pub body: Value,
    /// When it was sent, where it says so.
    pub sent: Option<Timestamp>,
    /// Who hears it, by their places among the listeners.
    pub heard_by: Vec<usize>,
}

/// Hears a request.
///
/// # Errors
/// It is not taken; nothing of it is to be kept.
pub fn hear(listening: &Listening, arrival: &Arrival) -> Result<Delivery, Refusal> {
    let path = plain_path(&arrival.path);
    if arrival.body.len() > LARGEST_BODY {
        return Err(Refusal::too_large());
    }
    if let Some(own) = path.strip_prefix("custom/") {
        return custom(listening, arrival, own);
    }
    let connector = listening
        .connectors
        .iter()
        .find(|connector| connector.name == path && !connector.webhooks.signatures.is_empty())
        .ok_or_else(|| Refusal::nobody("no webhooks are taken at this address"))?;
    of_connector(listening, arrival, connector)
}

fn of_connector(
    listening: &Listening,
    arrival: &Arrival,
    connector: &Connector,
) -> Result<Delivery, Refusal> {
    let own: Vec<&Account> = listening
        .accounts
        .iter()
        .filter(|account| account.connector.name == connector.name)
        .collect();
    let tokens: Vec<&Secret> = own.iter().filter_map(|account| account.token.as_ref()).collect();
    let webhooks = &connector.webhooks;
    let proven = webhooks
        .signatures
        .iter()
        .find(|signature| signed(signature, arrival, &tokens))
        .ok_or_else(|| {
            Refusal::unproven(format!(
                "nothing proves that {} has sent this body",
                connector.title
            ))
        })?;
    let body = body::read(&arrival.headers, &arrival.body)?;
    if !body.is_object() {
        return Err(Refusal::unreadable("the body should be a JSON object"));
    }
    let accounts = accounts_of(&own, connector, proven, arrival, &body)?;
    let sent = match &webhooks.time_field {
        Some(field) => sent(body.get(field), arrival.at)?,
        None => None,
    };
    let wire = webhooks
        .event_field
        .as_ref()
        .and_then(|field| body.get(field))
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::unreadable("the body does not say which event it is"))?;
    let source = webhooks
        .events
        .values()
        .find(|event| event.wire == wire)
        .map_or_else(|| format!("{}.{wire}", connector.name), |event| event.id.clone());
    let key = match webhooks.delivery_field.as_ref().and_then(|field| body.get(field)) {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= LONGEST_ID => format!("id:{id}"),
        _ => format!("body:{}", sha256(&arrival.body)),
    };
    // A booking in a system that does not name accounts is waited for by runs of the CRM's account. And where it does, the
    // event is the account's own, whatever its connections here are called and however many they are.
    let (waited_for_by, whose) = match whose(connector, &body) {
        Whose {
            location: None,
            company: None,
        } => (None, accounts.first().cloned()),
        Whose { location, company } => (Some(accounts.clone()), location.or(company).map(str::to_owned)),
    };
    let key = format!("{} {key}", whose.unwrap_or_default());
    let heard_by = heard_by(
        listening,
        |hears| matches!(hears, Hears::Event { id, .. } if *id == source),
    );
    Ok(Delivery {
        event: source.clone(),
        source,
        accounts: Some(accounts),
        waited_for_by,
        key: Some(key),
        path: None,
        marks: Vec::new(),
        body,
        sent,
        heard_by,
    })
}

/// Whose an event is, by the ids in its body.
struct Whose<'a> {
    location: Option<&'a str>,
    company: Option<&'a str>,
}

fn whose<'a>(connector: &Connector, body: &'a Value) -> Whose<'a> {
    let text = |field: &str| {
        body.get(field)
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty())
    };
    let webhooks = &connector.webhooks;
    Whose {
        location: webhooks.account_field.as_deref().and_then(text),
        company: webhooks.company_field.as_deref().and_then(text),
    }
}

/// The accounts that an event belongs to: those whose token proved it, or those that the body names. A signature that the
/// sender gives to all its customers' events says nothing of whose they are.
fn accounts_of(
    own: &[&Account],
    connector: &Connector,
    proven: &Signature,
    arrival: &Arrival,
    body: &Value,
) -> Result<Vec<String>, Refusal> {
    let Whose { location, company } = whose(connector, body);
    let found: Vec<String> = own
        .iter()
        .filter(|account| match proven {
            Signature::Token { header } => {
                let given = arrival.headers.text(header).unwrap_or_default();
                account.token.as_ref().is_some_and(|token| is_token(token, given))
            }
            Signature::Ed25519 { .. } | Signature::RsaSha256 { .. } => true,
        })
        .filter(|account| match (location, company) {
            (Some(location), _) => account.location_id.as_deref() == Some(location),
            (None, Some(company)) => account.company_id.as_deref() == Some(company),
            (None, None) => connector.webhooks.account_field.is_none(),
        })
        .map(|account| account.name.clone())
        .collect();
    if found.is_empty() {
        return Err(Refusal::not_ours(match (location, company) {
            (None, None) => "the event does not say whose it is".to_owned(),
            _ => format!(
                "the event belongs to {} of {} that is not connected here",
                if location.is_some() {
                    "an account"
                } else {
                    "a company"
                },
                connector.title
            ),
        }));
    }
    Ok(found)
}

fn custom(listening: &Listening, arrival: &Arrival, path: &str) -> Result<Delivery, Refusal> {
    let here = |own: &str| own == path;
    let known = listening
        .listeners
        .iter()
        .any(|one| matches!(&one.hears, Hears::Custom { path, .. } if here(path)))
        || listening.awaited.iter().any(|one| here(&one.path));
    if !known {
        return Err(Refusal::nobody("no recipe listens at this address"));
    }
    let heard_by = heard_by(
        listening,
        |hears| matches!(hears, Hears::Custom { path, proof } if here(path) && proof.is_shown(arrival)),
    );
    let marks: Vec<String> = listening
        .awaited
        .iter()
        .filter(|one| here(&one.path) && one.proof.is_shown(arrival))
        .map(|one| one.mark.clone())
        .collect();
    if heard_by.is_empty() && marks.is_empty() {
        return Err(Refusal::unproven(
            "the token, password or signature is missing or wrong",
        ));
    }
    let body = body::read(&arrival.headers, &arrival.body)?;
    let key = DELIVERY_HEADERS.iter().find_map(|name| {
        let id = arrival.headers.text(name)?;
        (id.len() <= LONGEST_ID).then(|| format!("{name}:{id}"))
    });
    Ok(Delivery {
        source: format!("custom/{path}"),
        accounts: None,
        waited_for_by: None,
        key,
        event: "custom".to_owned(),
        path: Some(path.to_owned()),
        marks,
        body,
        sent: None,
        heard_by,
    })
}

fn heard_by(listening: &Listening, hears: impl Fn(&Hears) -> bool) -> Vec<usize> {
    listening
        .listeners
        .iter()
        .enumerate()
        .filter(|(_, listener)| hears(&listener.hears))
        .map(|(index, _)| index)
        .collect()
}

/// When a delivery was sent. One without a time is taken: not all have one.
fn sent(written: Option<&Value>, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    let sent = match written {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text
            .parse::<Timestamp>()
            .ok()
            .or_else(|| text.parse::<i64>().ok().and_then(epoch)),
        Some(Value::Number(number)) => number.as_i64().and_then(epoch),
        Some(_) => None,
    };
    let Some(sent) = sent else {
        return Err(Refusal::unreadable("the body's time can't be read"));
    };
    let age = now.duration_since(sent);
    let limit = |length: Duration| SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
    if age > limit(WINDOW) {
        return Err(Refusal::not_ours("the event was sent more than two hours ago"));
    }
    if age < -limit(AHEAD) {
        return Err(Refusal::not_ours("the event was sent in the future"));
    }
    Ok(Some(sent))
}

/// Seconds or milliseconds since 1970.
fn epoch(number: i64) -> Option<Timestamp> {
    // The year 5138 in seconds, 1973 in milliseconds.
    if number.abs() < 100_000_000_000 {
        Timestamp::from_second(number).ok()
    } else {
        Timestamp::from_millisecond(number).ok()
    }
}

fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
