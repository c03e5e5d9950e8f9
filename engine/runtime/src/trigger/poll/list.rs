//! Which lists are looked at, and who looks at each: recipes that ask the same of the same account share one walk.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use souschef_catalog::{Advance, Operation};
use souschef_expr::Scope;
use souschef_plan::{Plan, PollPlan, TriggerPlanKind};

use super::ledger::Hearer;
use super::sight::{hash, hash_text};
use crate::start::with_defaults;
use crate::trigger::host::Host;

/// Inputs are evaluated at these moments to tell whether two lists are the same: what depends on now gives the same for
/// the same expression, and other things for others.
const MOMENTS: [i64; 2] = [951_782_400, 1_709_210_096];

/// A list that is looked at.
#[derive(Clone, Debug)]
pub struct List {
    /// Names it in the journal, together with the items' id: the account, the operation and its inputs. It stays the same
    /// when a page's size, the timetable, or what starts a run is changed.
    pub key: String,
    /// The read.
    pub operation: Arc<Operation>,
    /// A JSONPath to the items.
    pub items: String,
    /// The connection whose account it is of.
    pub account: String,
    /// Who looks at it.
    pub watchers: Vec<Watcher>,
}

/// One who looks at a list.
#[derive(Clone, Debug)]
pub struct Watcher {
    /// The recipe.
    pub plan: Arc<Plan>,
    /// Which of its triggers.
    pub trigger: String,
    /// The account that its runs are for.
    pub connection: String,
    /// What it looks for.
    pub poll: PollPlan,
    /// As the ledger knows it.
    pub hearer: Hearer,
}

/// A poll that can't be made, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoList {
    /// The recipe.
    pub recipe: String,
    /// Its trigger.
    pub trigger: String,
    /// The account.
    pub connection: Option<String>,
    /// Why, in a sentence.
    pub why: String,
}

impl List {
    /// The memory that a watcher shares with those whose items have the same id.
    pub fn memory(&self, watcher: &Watcher) -> String {
        format!(
            "{} by {}",
            self.key,
            watcher.poll.id.as_deref().unwrap_or("content")
        )
    }

    /// How often somebody looks at it.
    pub fn every(&self) -> Duration {
        self.watchers
            .iter()
            .map(|watcher| watcher.poll.every)
            .min()
            .unwrap_or(Duration::from_secs(300))
    }

    /// The names of all who look at it.
    pub fn names(&self) -> HashSet<String> {
        self.watchers
            .iter()
            .map(|watcher| watcher.hearer.name.clone())
            .collect()
    }
}

/// The lists of all recipes, and the polls that can't be made.
pub fn lists(host: &dyn Host) -> (Vec<List>, Vec<NoList>) {
    let mut lists: BTreeMap<String, List> = BTreeMap::new();
    let mut none = Vec::new();
    for plan in host.plans() {
        for trigger in &plan.triggers {
            let (poll, reconciles) = match &trigger.kind {
                TriggerPlanKind::Poll(poll) => (poll, false),
                TriggerPlanKind::Webhook {
                    reconcile: Some(poll),
                    ..
                } => (poll, true),
                TriggerPlanKind::Webhook { .. }
                | TriggerPlanKind::Custom { .. }
                | TriggerPlanKind::Schedule { .. }
                | TriggerPlanKind::Manual => continue,
            };
            let mut refuse = |connection: Option<&str>, why: String| {
                none.push(NoList {
                    recipe: plan.recipe.clone(),
                    trigger: trigger.id.clone(),
                    connection: connection.map(str::to_owned),
                    why,
                });
            };
            let connections = match host.connections_of(&plan) {
                Ok(connections) => connections,
                Err(why) => {
                    refuse(None, why);
                    continue;
                }
            };
            for connection in connections {
                match list(host, &plan, &trigger.id, &connection, poll, reconciles) {
                    Ok(one) => match lists.get_mut(&one.key) {
                        Some(list) => list.watchers.extend(one.watchers),
                        None => {
                            lists.insert(one.key.clone(), one);
                        }
                    },
                    Err(why) => refuse(Some(&connection), why),
                }
            }
        }
    }
    (lists.into_values().collect(), none)
}

fn list(
    host: &dyn Host,
    plan: &Arc<Plan>,
    trigger: &str,
    connection: &str,
    poll: &PollPlan,
    reconciles: bool,
) -> Result<List, String> {
    let opened = host
        .accounts()
        .open(&poll.operation.connector, None, connection)
        .map_err(|error| error.message)?;
    let account = opened
        .location_id
        .as_deref()
        .or(opened.company_id.as_deref())
        .unwrap_or(&opened.name);
    let mut asked = Vec::new();
    for second in MOMENTS {
        let at = Timestamp::from_second(second).map_err(|why| why.to_string())?;
        let mut inputs = inputs(host, plan, trigger, connection, poll, at)?;
        without_pages(&mut inputs, &poll.operation);
        asked.push(Value::Object(inputs));
    }
    let what = json!([asked, poll.items, opened.base_url.as_str()]);
    let short = hash(&what).chars().take(16).collect::<String>();
    let tail = format!("{trigger}@{connection}");
    Ok(List {
        key: format!("{} {account} {short}", poll.operation.id),
        operation: Arc::clone(&poll.operation),
        items: poll.items.clone(),
        account: opened.name.clone(),
        watchers: vec![Watcher {
            plan: Arc::clone(plan),
            trigger: trigger.to_owned(),
            connection: connection.to_owned(),
            hearer: Hearer {
                name: format!("{}/{tail}", plan.recipe),
                hash: plan
                    .hash
                    .get(..16)
                    .map_or_else(|| hash_text(&plan.hash), str::to_owned),
                tail,
                fire_on: poll.fire_on,
                changed: poll.changed.clone().unwrap_or_default(),
                backfill: poll.backfill,
                reconciles,
            },
            poll: poll.clone(),
        }],
    })
}

/// A page's size and place make no other list.
fn without_pages(inputs: &mut Map<String, Value>, operation: &Operation) {
    let Some(paging) = operation.poll.as_ref().and_then(|poll| poll.paging.as_ref()) else {
        return;
    };
    if let Some((name, _)) = &paging.size {
        inputs.shift_remove(name);
    }
    if let Advance::Page { input, .. } | Advance::Skip { input } = &paging.advance {
        inputs.shift_remove(input);
    }
}

/// The read's inputs at a moment.
///
/// # Errors
/// In a sentence, which of them can't be evaluated.
pub fn inputs(
    host: &dyn Host,
    plan: &Plan,
    trigger: &str,
    connection: &str,
    poll: &PollPlan,
    now: Timestamp,
) -> Result<Map<String, Value>, String> {
    let mut scope = Scope::new(now);
    scope.set(
        "inputs",
        Value::Object(with_defaults(plan, &host.inputs_of(&plan.recipe))),
    );
    scope.set("connection", host.accounts().scope_of(connection));
    scope.set(
        "run",
        json!({ "started_at": now.to_string(), "recipe": plan.recipe, "trigger": trigger }),
    );
    let mut inputs = Map::new();
    for (name, value) in &poll.with {
        let value = value
            .eval(&scope)
            .map_err(|error| format!("the poll's input {name}: {}", error.message))?;
        inputs.insert(name.clone(), value);
    }
    Ok(inputs)
}
