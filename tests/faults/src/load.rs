//! Events as senders bring them: each as often as it takes until it is taken, some several times at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::service::CANARIES;
use crate::wire;

/// So long a sender keeps trying.
const PERSISTENCE: Duration = Duration::from_secs(120);
/// Before it tries again.
const PAUSE: Duration = Duration::from_millis(50);

/// Between a recipe's name and that of the account that a copy of it is for.
const OF: &str = "-of-";

/// The recipes that webhooks start.
pub const KINDS: [&str; 5] = ["lead", "later", "mishap", "queued", "asked"];

/// What a load is.
#[derive(Clone, Debug)]
pub struct Load {
    /// Events from this number on.
    pub first: u64,
    /// So many.
    pub count: u64,
    /// Over so long.
    pub over: Duration,
    /// The recipes that they start, in turn.
    pub kinds: Vec<&'static str>,
    /// The accounts whose copies of the recipes they start, in turn; none for the trial's own.
    pub accounts: Vec<Option<String>>,
    /// Each is sent so many times at once.
    pub times: u64,
    /// Decides when each comes.
    pub chance: Chance,
}

/// An event that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its number.
    pub number: u64,
    /// The recipe that it starts.
    pub recipe: String,
    /// The ids that were answered with 2xx, and when: one, where all is well.
    pub taken: BTreeMap<String, SystemTime>,
    /// Answers that should not have been.
    pub wrong: Vec<String>,
    /// How often it was told to come again.
    pub deferred: u64,
}

impl Load {
    /// Sends all of it.
    pub async fn send(mut self, address: String) -> Vec<Sent> {
        let mut senders = JoinSet::new();
        let address = Arc::new(address);
        for number in self.first..self.first + self.count {
            let span = u64::try_from(self.over.as_millis()).unwrap_or(u64::MAX);
            let wait = Duration::from_millis(self.chance.between(0, span.max(1)));
            let turn = usize::try_from(number).unwrap_or_default() % self.kinds.len().max(1);
            let kind = self.kinds.get(turn).copied().unwrap_or("lead");
            let round = usize::try_from(number).unwrap_or_default() / self.kinds.len().max(1);
            let account = self
                .accounts
                .get(round % self.accounts.len().max(1))
                .cloned()
                .flatten();
            let (address, times) = (Arc::clone(&address), self.times);
            senders.spawn(async move {
                tokio::time::sleep(wait).await;
                send_event(&address, number, kind, account.as_deref(), times).await
            });
        }
        let mut sent = Vec::new();
        while let Some(one) = senders.join_next().await {
            sent.extend(one);
        }
        sent.sort_by_key(|one| one.number);
        sent
    }
}

async fn send_event(
    address: &Arc<String>,
    number: u64,
    kind: &'static str,
    account: Option<&str>,
    times: u64,
) -> Sent {
    let recipe = name_of(kind, account);
    let mut copies = JoinSet::new();
    for _ in 0..times.max(1) {
        let (address, recipe) = (Arc::clone(address), recipe.clone());
        copies.spawn(async move {
            deliver(
                &address,
                &recipe,
                &format!("event-{number}"),
                &body_of(kind, number),
            )
            .await
        });
    }
    let mut sent = Sent {
        number,
        recipe,
        taken: BTreeMap::new(),
        wrong: Vec::new(),
        deferred: 0,
    };
    while let Some(copy) = copies.join_next().await {
        match copy {
            Ok((taken, wrong, deferred)) => {
                if let Some((id, at)) = taken {
                    let first = sent.taken.entry(id).or_insert(at);
                    *first = at.min(*first);
                }
                sent.wrong.extend(wrong);
                sent.deferred += deferred;
            }
            Err(why) => sent.wrong.push(why.to_string()),
        }
    }
    if kind == "asked" {
        answer_it(address, &name_of("answer", account), number).await;
    }
    sent
}

/// An account's copy of a recipe, or of the path that one listens on.
pub fn name_of(kind: &str, account: Option<&str>) -> String {
    match account {
        Some(account) => format!("{kind}{OF}{account}"),
        None => kind.to_owned(),
    }
}

/// What a recipe is a copy of.
pub fn kind_of(recipe: &str) -> &str {
    recipe.split_once(OF).map_or(recipe, |(kind, _)| kind)
}

/// What an event says. A cancellation is that of the booking before it.
fn body_of(kind: &str, number: u64) -> Value {
    let Some(what) = kind.strip_prefix("booking-") else {
        return json!({ "n": number.to_string(), "key": (number % 2).to_string() });
    };
    let guest = if what == "cancelled" {
        number.saturating_sub(1)
    } else {
        number
    };
    let (day, month) = (1 + guest % 28, 1 + guest / 28 % 12);
    let at = |minute: u8| format!("2031-{month:02}-{day:02}T09:{minute:02}:00+01:00");
    json!({
        "n": number.to_string(),
        "webhook_type": format!("event_{what}"),
        "webhook_id": format!("booking-event-{number}"),
        "calendar_url_path": "first-call",
        "calendar_name": "First call",
        "event": {
            "id": format!("tr_{guest}"),
            "start_datetime": at(0),
            "end_datetime": at(30),
            "form": [{ "field_type": "guest_email", "label": "E-mail", "value": format!("booking-{guest}@example.com") }],
        },
    })
}

/// The answer that a run waits for: more than once, since it may not be waiting yet.
async fn answer_it(address: &str, path: &str, number: u64) {
    for (turn, pause) in [1, 4, 8].into_iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        let body = json!({ "n": number.to_string() });
        // Where it is not taken the run goes on by itself.
        drop(deliver(address, path, &format!("answer-{number}-{turn}"), &body).await);
    }
}

/// Tries until it is taken. Answers its id, what was wrong, and how often it was told to come again.
async fn deliver(
    address: &str,
    kind: &str,
    delivery: &str,
    body: &Value,
) -> (Option<(String, SystemTime)>, Option<String>, u64) {
    let path = match kind.starts_with("booking-") {
        true => "/hooks/timerex".to_owned(),
        false => format!("/hooks/custom/{kind}"),
    };
    let token = CANARIES
        .iter()
        .find(|(name, _)| *name == "HOOK_TOKEN")
        .map_or("", |(_, token)| token);
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Webhook-Token", token),
        ("Authorization", token),
        ("X-Webhook-Id", delivery),
    ];
    let (until, mut deferred) = (Instant::now() + PERSISTENCE, 0);
    while Instant::now() < until {
        match wire::ask(address, "POST", &path, &headers, Some(body)).await {
            Ok(answer) if (200..300).contains(&answer.status) => {
                let id = answer.body.get("event").and_then(Value::as_str);
                let wrong = id
                    .is_none()
                    .then(|| format!("{delivery}: taken without an id: {}", answer.body));
                return (id.map(|id| (id.to_owned(), SystemTime::now())), wrong, deferred);
            }
            Ok(answer) if answer.status == 429 => {
                deferred += 1;
                if !answer.head.to_lowercase().contains("retry-after:") {
                    return (
                        None,
                        Some(format!("{delivery}: 429 without Retry-After")),
                        deferred,
                    );
                }
            }
            // GHL would never send it again.
            Ok(answer) => {
                let told = format!("{delivery}: answered {} {}", answer.status, answer.body);
                return (None, Some(told), deferred);
            }
            // Nobody listens: it has been killed.
            Err(_) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
    (
        None,
        Some(format!("{delivery}: not taken within {PERSISTENCE:?}")),
        deferred,
    )
}
