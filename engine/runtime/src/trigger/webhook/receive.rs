//! A request is heard, kept, and answered.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use serde_json::{Value, json};
use souschef_connect::Secret;
use souschef_connect::poll::key;
use souschef_journal::{Accepted, EventId, JournalError, NewEvent, NewRun, Once, RunId, Signal, Verdict};
use souschef_plan::PollPlan;
use souschef_recipe::FireOn;

use super::arrival::Arrival;
use super::hear::{Delivery, hear};
use super::listening::{Account, Hears, Listener, Listening, plain_path};
use super::refusal::Refusal;
use crate::trigger::host::TriggerContext;
use crate::trigger::poll::ledger::reconciled;
use crate::trigger::poll::sight::id_of;

/// After so many seconds a sender is to try again when nothing can be kept.
const TRY_AGAIN: u32 = 30;

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// For the header `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// The body, JSON.
    pub body: Value,
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            retry_after: refusal.retry_after,
            body: refusal.body(),
        }
    }
}

/// The webhooks of a project.
pub struct Hooks {
    context: TriggerContext,
    listening: RwLock<Arc<Listening>>,
}

impl Hooks {
    /// The webhooks of the project as it is now.
    pub fn new(context: TriggerContext) -> Self {
        let hooks = Self {
            context,
            listening: RwLock::default(),
        };
        hooks.renew();
        hooks
    }

    /// Takes the project as it is now.
    pub fn renew(&self) {
        let now = Arc::new(listening(&self.context));
        let before = self.listening();
        for deaf in now.deaf.iter().filter(|deaf| !before.deaf.contains(deaf)) {
            tracing::warn!(
                recipe = deaf.recipe,
                trigger = deaf.trigger,
                why = deaf.why,
                "a webhook is not taken"
            );
        }
        *self.listening.write().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Who listens, and which triggers do not.
    pub fn listening(&self) -> Arc<Listening> {
        Arc::clone(&self.listening.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a request. When it answers 2xx, the event is kept.
    pub async fn receive(&self, arrival: &Arrival) -> Answer {
        match self.keep(arrival).await {
            Ok(answer) => answer,
            Err(refusal) => {
                tracing::info!(
                    path = arrival.path,
                    status = refusal.status,
                    why = refusal.message,
                    "a webhook was refused"
                );
                refusal.into()
            }
        }
    }

    async fn keep(&self, arrival: &Arrival) -> Result<Answer, Refusal> {
        let mut listening = self.listening();
        let delivery = match hear(&listening, arrival) {
            // A run may wait for it whose recipe has changed since.
            Err(refusal) if self.may_be_waited_for(arrival, &refusal).await? => {
                listening = Arc::new(self.with_older(&listening).await);
                hear(&listening, arrival)?
            }
            heard => heard?,
        };
        let runs = self.runs(&listening, &delivery, delivery.sent.unwrap_or(arrival.at));
        let event = NewEvent {
            id: EventId::new(),
            connection: None,
            signal: Some(signal(&delivery)),
            source: delivery.source,
            strict: true,
            key: delivery.key,
            body: delivery.body,
            runs,
            at: arrival.at,
        };
        let accepted = self.context.host.accept(event).await.map_err(not_now)?;
        Ok(answer(accepted))
    }

    async fn may_be_waited_for(&self, arrival: &Arrival, refusal: &Refusal) -> Result<bool, Refusal> {
        let path = plain_path(&arrival.path);
        match path.strip_prefix("custom/") {
            Some(own) if matches!(refusal.status, 401 | 404) => self
                .context
                .journal
                .look()
                .is_waited_for("custom", Some(own))
                .await
                .map_err(not_now),
            _ => Ok(false),
        }
    }

    async fn with_older(&self, listening: &Listening) -> Listening {
        let mut listening = listening.clone();
        for plan in self.context.host.older().await {
            listening.add_waits(&plan, &secrets(&self.context));
        }
        listening
    }

    fn runs(&self, listening: &Listening, delivery: &Delivery, told_at: Timestamp) -> Vec<NewRun> {
        let mut runs = Vec::new();
        for listener in delivery
            .heard_by
            .iter()
            .filter_map(|index| listening.listeners.get(*index))
        {
            let ours = |name: &&String| {
                delivery
                    .accounts
                    .as_ref()
                    .is_none_or(|accounts| accounts.contains(name) || is_elsewhere(listening, listener, name))
            };
            for connection in listener.connections.iter().filter(ours) {
                let made =
                    self.context
                        .host
                        .new_run(&listener.plan, &listener.trigger, connection, &delivery.body);
                match made {
                    Ok(run) => runs.push(NewRun {
                        once: once(listener, &delivery.body, told_at),
                        ..run
                    }),
                    Err(why) => tracing::error!(
                        recipe = listener.plan.recipe,
                        trigger = listener.trigger,
                        %why,
                        "an event can't start a run"
                    ),
                }
            }
        }
        runs
    }
}

/// Whether a listener runs for an account of another system than the event is of: such an event (a booking that starts a
/// recipe for the CRM) starts it all the same.
fn is_elsewhere(listening: &Listening, listener: &Listener, name: &str) -> bool {
    let Hears::Event { id, .. } = &listener.hears else {
        return false;
    };
    let connector = id.split('.').next().unwrap_or_default();
    listening
        .accounts
        .iter()
        .any(|account| account.name == name && account.connector.name != connector)
}

/// What the thing that an event tells of is called by the poll that makes up for missed events.
fn once(listener: &Listener, body: &Value, told_at: Timestamp) -> Option<Once> {
    let Hears::Event {
        reconcile: Some(poll),
        ..
    } = &listener.hears
    else {
        return None;
    };
    let item = item_in(body, poll)?;
    let id = id_of(item, poll.id.as_deref());
    let changed = poll.changed.as_deref().unwrap_or_default();
    Some(Once {
        key: reconciled(poll.fire_on, changed, &id, item)?,
        // Several events may tell of one item; but of one change of it, one.
        told_at: (poll.fire_on == FireOn::New).then_some(told_at),
    })
}

/// The item in an event's body: the body itself, or the one map in it that has an id (`appointment`).
fn item_in<'a>(body: &'a Value, poll: &PollPlan) -> Option<&'a Value> {
    let id = poll.id.as_deref()?;
    if key(body, id).is_some() {
        return Some(body);
    }
    let mut inner = body
        .as_object()?
        .values()
        .filter(|value| value.is_object() && key(value, id).is_some());
    inner.next().filter(|_| inner.next().is_none())
}

/// Which waits the event may end: those for its name; of a custom webhook, those whose proof its sender has shown. Whether
/// the wait's own condition holds, the run knows.
fn signal(delivery: &Delivery) -> Signal {
    let marks = delivery.marks.clone();
    let custom = delivery.path.is_some();
    Signal {
        event: delivery.event.clone(),
        path: delivery.path.clone(),
        connections: delivery.waited_for_by.clone(),
        verdict: Arc::new(move |wait| {
            let mark = wait.condition.as_ref().and_then(|mark| mark.get("proof"));
            match mark.and_then(Value::as_str) {
                Some(mark) if custom && !marks.iter().any(|shown| shown == mark) => Verdict::Leaves,
                None if custom && marks.is_empty() => Verdict::Leaves,
                _ => Verdict::AsksTheRun,
            }
        }),
    }
}

fn answer(accepted: Accepted) -> Answer {
    let (status, body) = match accepted {
        Accepted::New { event, runs, .. } => {
            let runs: Vec<&RunId> = runs.iter().map(|(run, _)| run).collect();
            (202, json!({ "event": event, "runs": runs }))
        }
        Accepted::Duplicate { event } => (200, json!({ "event": event, "duplicate": true })),
        Accepted::Differs { event, first } => {
            tracing::warn!(%event, %first, "a delivery came again with another body; it is kept and starts nothing");
            (
                200,
                json!({ "event": first, "duplicate": true, "differs": event }),
            )
        }
    };
    Answer {
        status,
        retry_after: None,
        body,
    }
}

fn not_now(error: JournalError) -> Refusal {
    tracing::error!(%error, "an event can't be kept; its sender is told to try again");
    let why = match error {
        JournalError::DiskFull => "there is no room to keep it just now",
        JournalError::Busy => "too many events are waiting just now",
        _ => "it can't be kept just now",
    };
    Refusal::later(why, TRY_AGAIN)
}

fn secrets(context: &TriggerContext) -> impl Fn(&str) -> Result<Secret, String> + use<> {
    let accounts = context.host.accounts();
    move |name| accounts.secret(name).map_err(|error| error.message)
}

fn listening(context: &TriggerContext) -> Listening {
    let accounts = context.host.accounts();
    let catalog = context.host.catalog();
    let mut listening = Listening {
        connectors: catalog.connectors(),
        ..Listening::default()
    };
    for (name, connector) in accounts.connectors() {
        let Some(connector) = catalog.connector(&connector) else {
            continue;
        };
        let scope = accounts.scope_of(&name);
        let id = |field: &str| scope.get(field).and_then(Value::as_str).map(str::to_owned);
        // Only where it is compared with what senders show.
        let by_token = connector
            .webhooks
            .signatures
            .iter()
            .any(|one| matches!(one, souschef_catalog::Signature::Token { .. }));
        let token = if by_token {
            match accounts.webhook_token(&name) {
                Ok(token) => token,
                Err(error) => {
                    tracing::warn!(
                        connection = name,
                        why = error.message,
                        "its events can't be proven"
                    );
                    None
                }
            }
        } else {
            None
        };
        listening.accounts.push(Account {
            location_id: id("location_id"),
            company_id: id("company_id"),
            name,
            connector,
            token,
        });
    }
    let secret = secrets(context);
    for plan in context.host.plans() {
        listening.add(&plan, context.host.connections_of(&plan), &secret);
    }
    listening
}
