//! What an answer to a request for a token says.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use souschef_catalog::Connector;

use crate::answer::{Content, cut};
use crate::exchange::{Answer, Exchange};
use crate::judge::said;
use crate::secret::Secret;

/// The longest token that is taken.
const LONGEST: usize = 16 * 1024;
/// The longest life that is believed.
const LONGEST_LIFE: i64 = 10 * 366 * 24 * 3600;

/// What was given.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The token that calls are made with.
    pub access: Secret,
    /// The token that the next pair is had for; none where the answer gives none: then the one before stays good.
    pub refresh: Option<Secret>,
    /// When it was given.
    pub at: Timestamp,
    /// When it ends; none where the answer does not say.
    pub expires: Option<Timestamp>,
    /// What it allows, where the answer says so.
    pub scopes: Vec<String>,
    /// The account that it is for.
    pub account: Option<String>,
    /// The agency that it is for.
    pub company: Option<String>,
}

/// Why nothing was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// One sentence, with the provider's own words where there are any; no tokens.
    pub message: String,
    /// The answer's status, where one came.
    pub status: Option<u16>,
    /// How long the provider asks to be left alone.
    pub wait: Option<std::time::Duration>,
}

/// What became of a request for a token.
#[derive(Clone, Debug)]
pub enum Judged {
    /// Here it is.
    Issued(Box<Issued>),
    /// What it was asked for with (a code, a refresh token) is no longer good. Asking again changes nothing.
    Void(Denied),
    /// Not given, and nothing has happened: it may be asked for again.
    NotNow(Denied),
    /// Nobody knows: the provider may have given out a pair that never arrived here.
    Unknown(Denied),
}

/// Judges an exchange. `now` is when the request was sent: a token lives no longer than it says from then on.
pub(crate) fn judge_exchange(connector: &Connector, exchange: &Exchange, now: Timestamp) -> Judged {
    let denied = |message: String| Denied {
        message,
        status: None,
        wait: None,
    };
    match exchange {
        Exchange::Unfit(why) | Exchange::NotSent(why) => Judged::NotNow(denied(format!(
            "{} could not be asked for a token: {why}",
            connector.title
        ))),
        Exchange::Broken { why, .. } => Judged::Unknown(denied(format!(
            "{} was asked for a token, and {why}",
            connector.title
        ))),
        Exchange::Answered(answer) => answered(connector, answer, now),
    }
}

/// Judges a whole answer: its status and its JSON body.
pub fn judge(connector: &Connector, status: u16, body: &Value, now: Timestamp) -> Judged {
    let answer = Answer {
        status,
        content: Content::Json(body.clone()),
        pace: crate::backoff::Pace::default(),
        location: None,
        date: None,
    };
    answered(connector, &answer, now)
}

fn answered(connector: &Connector, answer: &Answer, now: Timestamp) -> Judged {
    let status = answer.status;
    let denied = |message: String| Denied {
        message,
        status: Some(status),
        wait: answer.pace.wait(),
    };
    let title = &connector.title;
    match (status, &answer.content) {
        (200..300, Content::Json(body)) => match issued(connector, body, now) {
            Ok(issued) => Judged::Issued(Box::new(issued)),
            Err(why) => Judged::Unknown(denied(format!(
                "{title} gave a token ({status}), but its answer can't be used: {why}"
            ))),
        },
        (200..300, _) => Judged::Unknown(denied(format!(
            "{title} gave a token ({status}), but its answer can't be read"
        ))),
        (300..400, _) => Judged::NotNow(denied(format!(
            "{title} answered with another address ({status}); it was not followed"
        ))),
        (408 | 499 | 500.., _) => Judged::Unknown(denied(format!(
            "{title} failed when it was asked for a token ({status})"
        ))),
        (_, content) => {
            let body = content.json();
            let error = body
                .and_then(|body| body.get("error"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            let words = body.and_then(|body| said(connector, body));
            let message = match words.or_else(|| (!error.is_empty()).then(|| cut(error))) {
                Some(words) => format!("{title} gave no token ({status}): {words}"),
                None => format!("{title} gave no token ({status})"),
            };
            if error == "invalid_grant" {
                Judged::Void(denied(message))
            } else {
                Judged::NotNow(denied(message))
            }
        }
    }
}

/// Reads a token's answer; why not, in words that hold nothing of it.
fn issued(connector: &Connector, body: &Value, now: Timestamp) -> Result<Issued, String> {
    let access = token(body, "access_token")?.ok_or("there is no access_token in it")?;
    let refresh = token(body, "refresh_token")?;
    match body.get("token_type") {
        None | Some(Value::Null) => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(_) => return Err("its token_type is not Bearer".to_owned()),
    }
    let expires = match body.get("expires_in") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let seconds = value
                .as_i64()
                .filter(|seconds| (1..=LONGEST_LIFE).contains(seconds))
                .ok_or("its expires_in is no number of seconds")?;
            Some(
                now.checked_add(SignedDuration::from_secs(seconds))
                    .map_err(|_| "its expires_in is no number of seconds")?,
            )
        }
    };
    let scopes = match body.get("scope") {
        Some(Value::String(scopes)) => scopes.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let fields = connector.oauth.as_ref().map(|oauth| oauth.answer.clone());
    let fields = fields.unwrap_or_default();
    Ok(Issued {
        access,
        refresh,
        at: now,
        expires,
        scopes,
        account: id(body, fields.account.as_deref())?,
        company: id(body, fields.company.as_deref())?,
    })
}

fn token(body: &Value, name: &str) -> Result<Option<Secret>, String> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        // What a header can carry (RFC 6750, RFC 6749 A.12 and A.17).
        Some(Value::String(text))
            if !text.is_empty()
                && text.len() <= LONGEST
                && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) =>
        {
            Ok(Some(Secret::new(text)))
        }
        Some(_) => Err(format!("its {name} is no token")),
    }
}

fn id(body: &Value, name: Option<&str>) -> Result<Option<String>, String> {
    let Some(name) = name else { return Ok(None) };
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text))
            if text.len() <= 256
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') =>
        {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(format!("its {name} is no id")),
    }
}
