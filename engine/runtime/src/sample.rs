//! The event of a run that was given none: the newest item of a poll, or the published sample of an event.

use std::sync::Arc;

use serde_json::{Map, Value};
use souschef_catalog::Event;
use souschef_expr::Scope;
use souschef_flow::{Call, EffectOutcome, Failure};
use souschef_plan::{Plan, PollPlan, RetryPlan, TriggerPlan, TriggerPlanKind};

use crate::caller::Mode;
use crate::foreground::Driver;
use crate::placeholder;
use crate::start::with_defaults;

/// An event, and a sentence on where it is from.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The event.
    pub event: Value,
    /// Where it is from: "the newest item of contacts.search".
    pub from: String,
}

/// The trigger that a person means: the one they name, or the recipe's first.
///
/// # Errors
/// There is none of that name; the sentence says which there are.
pub fn trigger<'a>(plan: &'a Plan, wanted: Option<&str>) -> Result<Option<&'a TriggerPlan>, String> {
    match wanted {
        None => Ok(plan.triggers.first()),
        Some(id) => plan
            .triggers
            .iter()
            .find(|trigger| trigger.id == id)
            .map(Some)
            .ok_or_else(|| {
                let ids: Vec<&str> = plan.triggers.iter().map(|trigger| trigger.id.as_str()).collect();
                format!("the recipe has no trigger {id}; it has: {}", ids.join(", "))
            }),
    }
}

/// Finds an event for a run of this recipe.
///
/// # Errors
/// The poll failed, or found nothing.
pub async fn find(
    driver: &Driver,
    mode: Mode,
    trigger: Option<&TriggerPlan>,
    plan: &Plan,
    inputs: &Map<String, Value>,
    connection: &str,
) -> Result<Found, Failure> {
    let now = driver.clock().now();
    let Some(trigger) = trigger else {
        return Ok(Found {
            event: Value::Object(Map::new()),
            from: "an empty event".to_owned(),
        });
    };
    match &trigger.kind {
        TriggerPlanKind::Poll(poll) if mode == Mode::DryRun => {
            let answer = placeholder::of(&poll.operation.output, "");
            let item = souschef_connect::poll::items(&answer, &poll.items)
                .into_iter()
                .next();
            let from = format!(
                "a made-up item of {} (a dry run sends nothing)",
                poll.operation.id
            );
            Ok(Found {
                event: wrap(poll, item.into_iter().collect()),
                from,
            })
        }
        TriggerPlanKind::Poll(poll) => newest(driver, poll, &with_defaults(plan, inputs), connection).await,
        TriggerPlanKind::Webhook { event, .. } => Ok(published(event, driver.accounts().sample_ids())),
        TriggerPlanKind::Schedule { .. } => Ok(Found {
            event: serde_json::json!({ "scheduled_at": now.to_string() }),
            from: "this moment, as if it were due".to_owned(),
        }),
        TriggerPlanKind::Custom { .. } | TriggerPlanKind::Manual => Ok(Found {
            event: Value::Object(Map::new()),
            from: "an empty event".to_owned(),
        }),
    }
}

/// An event's published sample. In a sandbox it speaks of things that are there.
fn published(event: &Event, ids: Option<&Map<String, Value>>) -> Found {
    let from = format!("the published sample of {}", event.id);
    match ids {
        None => Found {
            event: event.example.clone(),
            from,
        },
        Some(ids) => {
            let mut example = event.example.clone();
            at_home(&mut example, &snake(&event.name), ids);
            Found {
                event: example,
                from: format!("{from}, with ids of the sandbox"),
            }
        }
    }
}

/// Puts the account's own ids where a sample has others: `contactId` is the account's `contact_id`, and so is the `id` of a
/// contact.
fn at_home(value: &mut Value, what: &str, ids: &Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let name = match key.as_str() {
                    // `contactDetails` are those of the contact.
                    "id" => format!("{}_id", what.split('_').next().unwrap_or_default()),
                    _ => snake(key),
                };
                match ids.get(&name) {
                    Some(id) if inner.is_string() => *inner = id.clone(),
                    _ => at_home(inner, &snake(key), ids),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| at_home(item, what, ids)),
        _ => {}
    }
}

/// `contactId` as `contact_id`.
fn snake(word: &str) -> String {
    let mut text = String::new();
    for c in word.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    text
}

async fn newest(
    driver: &Driver,
    poll: &PollPlan,
    inputs: &Map<String, Value>,
    connection: &str,
) -> Result<Found, Failure> {
    let mut scope = Scope::new(driver.clock().now());
    scope.set("inputs", Value::Object(inputs.clone()));
    scope.set("connection", driver.accounts().scope_of(connection));
    scope.set(
        "run",
        serde_json::json!({ "started_at": driver.clock().now().to_string() }),
    );
    let mut with = Map::new();
    for (name, value) in &poll.with {
        let value = value.eval(&scope).map_err(|error| Failure {
            code: Some(error.code.to_owned()),
            message: format!("the trigger's input {name}: {}", error.message),
            help: error.help,
            ..Failure::default()
        })?;
        with.insert(name.clone(), value);
    }
    if let Some(paging) = poll
        .operation
        .poll
        .as_ref()
        .and_then(|facts| facts.paging.as_ref())
    {
        with = souschef_connect::poll::first_page(paging, &with);
    }
    let call = Call {
        operation: Arc::clone(&poll.operation),
        inputs: with,
        connection: None,
        retry: RetryPlan::default(),
        timeout: None,
        if_unknown: None,
    };
    let answer = match driver.call(call, connection).await {
        EffectOutcome::Done(answer) => answer,
        EffectOutcome::Failed(failure) | EffectOutcome::Unknown(failure) => return Err(failure),
        EffectOutcome::Skipped(_) | EffectOutcome::TimedOut | EffectOutcome::Cancelled => Value::Null,
    };
    let items = souschef_connect::poll::items(&answer, &poll.items);
    let found = items.len();
    if poll.fire_on == souschef_recipe::FireOn::EveryPoll {
        return Ok(Found {
            event: wrap(poll, items),
            from: format!("a poll of {}", poll.operation.id),
        });
    }
    let item = items
        .into_iter()
        .max_by_key(|item| moment(item, poll.changed.as_deref()))
        .ok_or_else(|| Failure {
            message: format!("{} found no item to run for", poll.operation.id),
            help: Some("give an event of your own with --event FILE".to_owned()),
            ..Failure::default()
        })?;
    Ok(Found {
        event: item,
        from: format!(
            "the newest item of {} ({found} on its first page)",
            poll.operation.id
        ),
    })
}

/// What an `every_poll` run gets: all items; any other: the item.
fn wrap(poll: &PollPlan, mut items: Vec<Value>) -> Value {
    if poll.fire_on == souschef_recipe::FireOn::EveryPoll {
        serde_json::json!({ "items": items })
    } else {
        items.pop().unwrap_or(Value::Null)
    }
}

/// When an item came to be or changed, as text that sorts; items without any such field are equal.
fn moment(item: &Value, changed: Option<&str>) -> String {
    ["dateAdded", "createdAt", "dateCreated"]
        .into_iter()
        .chain(changed)
        .find_map(|field| souschef_connect::poll::key(item, field))
        .unwrap_or_default()
}
