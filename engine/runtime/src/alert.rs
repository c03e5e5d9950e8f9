//! What needs a person, told to one: by a recipe of the project, by a webhook, or both.
//!
//! An alert is an event like any other. It is kept in the journal under a key of its own, so that it is told once, however
//! often its cause is met, and what its recipe does is a durable run. Only the post to a webhook is not: it is tried a few
//! times after the alert was kept.

mod watch;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use souschef_journal::Question;
use souschef_plan::{AlertKind, Alerts};

use crate::accounts::{Accounts, Standing, TokenState};
use crate::trigger::poll::PollHealth;

pub use watch::watch;

/// A poll that has failed so often in a row needs somebody.
const FAILURES: u32 = 3;

/// What keeps alerts from being told, of those that the project wants, each in a sentence.
pub fn in_the_way(alerts: &Alerts, can_run: impl Fn(&str) -> bool, accounts: &Accounts) -> Vec<String> {
    let recipe = alerts.recipe.as_deref().filter(|recipe| !can_run(recipe));
    let recipe = recipe.map(|name| format!("alerts: the recipe {name} can't run; see `souschef check`"));
    let address = match accounts.alert_address() {
        None => None,
        Some(Err(error)) => Some(error.message),
        Some(Ok(address)) => (!is_address(address.reveal()))
            .then(|| "alerts: webhook: what it names is no web address (https://…)".to_owned()),
    };
    recipe.into_iter().chain(address).collect()
}

fn is_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Something that needs a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// What it is about.
    pub kind: AlertKind,
    /// What makes it the same alert as another.
    pub key: String,
    /// The event of the recipe that tells of it, and the body of the post.
    pub body: Value,
}

/// What stands in an alert.
#[derive(Debug, Default, Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
}

impl Alert {
    fn new(kind: AlertKind, key: String, text: &str, about: &Body<'_>, at: Timestamp) -> Self {
        // `text` is what chat systems show of a post.
        let mut body = json!({ "alert": kind.word(), "text": text, "at": at });
        if let (Some(all), Ok(Value::Object(about))) = (body.as_object_mut(), serde_json::to_value(about)) {
            all.extend(about);
        }
        Self { kind, key, body }
    }

    /// A run failed.
    pub fn run_failed(
        run: &str,
        recipe: &str,
        connection: &str,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Self {
        let why = reason.unwrap_or("no reason was given");
        Self::new(
            AlertKind::RunFailed,
            format!("run_failed {run}"),
            &format!("The recipe {recipe} failed for {connection}: {why} (souschef runs show {run})"),
            &Body {
                run: Some(run),
                recipe: Some(recipe),
                connection: Some(connection),
                ..Body::default()
            },
            at,
        )
    }

    /// A run asks something.
    pub fn needs_attention(question: &Question) -> Self {
        let (run, recipe) = (question.run.as_str(), question.recipe.as_str());
        let why = question
            .failure
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or("nobody knows whether a call happened");
        Self::new(
            AlertKind::NeedsAttention,
            format!("needs_attention {}", question.seq),
            &format!(
                "The recipe {recipe} needs attention for {}: {why} (souschef runs show {run})",
                question.connection
            ),
            &Body {
                run: Some(run),
                recipe: Some(recipe),
                connection: Some(&question.connection),
                ..Body::default()
            },
            question.asked_at,
        )
    }

    /// An account's token can't be used; told once a day for as long as that lasts.
    pub fn token_dead(standing: &Standing, now: Timestamp) -> Option<Self> {
        let dead = matches!(
            standing.state,
            TokenState::Reconnect | TokenState::Missing | TokenState::Unreadable
        );
        let name = &standing.connection;
        let why = standing.detail.as_deref().unwrap_or("its token can't be used");
        let why = why.strip_prefix(&format!("connection {name}: ")).unwrap_or(why);
        let help = standing
            .help
            .as_ref()
            .map_or_else(String::new, |help| format!("; {help}"));
        dead.then(|| {
            Self::new(
                AlertKind::TokenDead,
                format!("token_dead {name} {}", day(now)),
                &format!("The connection {name} can't be used: {why}{help}. Its runs wait."),
                &Body {
                    connection: Some(name),
                    ..Body::default()
                },
                now,
            )
        })
    }

    /// A poll fails again and again; told once a day for as long as that lasts.
    pub fn poll_failing(poll: &PollHealth, now: Timestamp) -> Option<Self> {
        let why = poll.trouble.as_deref().unwrap_or("it gives no reason");
        (poll.failures >= FAILURES).then(|| {
            Self::new(
                AlertKind::PollFailing,
                format!("poll_failing {} {}", poll.list, day(now)),
                &format!(
                    "The poll {} for {} has failed {} times in a row: {why}",
                    poll.operation, poll.connection, poll.failures
                ),
                &Body {
                    connection: Some(&poll.connection),
                    operation: Some(&poll.operation),
                    ..Body::default()
                },
                now,
            )
        })
    }
}

fn day(now: Timestamp) -> String {
    now.strftime("%F").to_string()
}
