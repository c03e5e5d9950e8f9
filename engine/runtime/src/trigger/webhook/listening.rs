//! Who listens: accounts, recipes and waiting runs, made from the project once for each of its forms.

use std::sync::Arc;

use serde::Serialize;
use souschef_catalog::Connector;
use souschef_connect::Secret;
use souschef_plan::{OnErrorPlan, Plan, PollPlan, StepPlan, StepPlanKind, TriggerPlanKind};
use souschef_recipe::WebhookAuth;

use super::proof::Proof;

/// An account that events can belong to.
#[derive(Clone, Debug)]
pub struct Account {
    /// The connection's name.
    pub name: String,
    /// Its connector.
    pub connector: Arc<Connector>,
    /// The location.
    pub location_id: Option<String>,
    /// The company.
    pub company_id: Option<String>,
    /// What its events' tokens are compared with, where the connector signs by token.
    pub token: Option<Secret>,
}

/// A recipe that an event starts.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The recipe.
    pub plan: Arc<Plan>,
    /// Which of its triggers.
    pub trigger: String,
    /// The accounts that it runs for.
    pub connections: Vec<String>,
    /// What it hears.
    pub hears: Hears,
}

/// What a listener hears.
#[derive(Clone, Debug)]
pub enum Hears {
    /// A connector's event, and the poll that makes up for those that were missed.
    Event {
        /// `ghl.ContactCreate`.
        id: String,
        /// The poll.
        reconcile: Option<PollPlan>,
    },
    /// A custom webhook's path.
    Custom {
        /// What stands after `/hooks/custom/`.
        path: String,
        /// What its sender must show.
        proof: Proof,
    },
}

/// A custom webhook that runs may wait for.
#[derive(Clone, Debug)]
pub struct Awaited {
    /// What stands after `/hooks/custom/`.
    pub path: String,
    /// Names the proof in a wait's row.
    pub mark: String,
    /// What its sender must show.
    pub proof: Proof,
}

/// A trigger that does not listen, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deaf {
    /// The recipe.
    pub recipe: String,
    /// Its trigger.
    pub trigger: String,
    /// Why, in a sentence.
    pub why: String,
}

/// Everyone who listens.
#[derive(Clone, Debug, Default)]
pub struct Listening {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The connectors.
    pub connectors: Vec<Arc<Connector>>,
    /// Recipes.
    pub listeners: Vec<Listener>,
    /// Custom webhooks that runs may wait for.
    pub awaited: Vec<Awaited>,
    /// Triggers that do not listen.
    pub deaf: Vec<Deaf>,
}

impl Listening {
    /// Adds the triggers and waits of a recipe. `connections`: what it runs for. `secret` reads one of the project's secrets;
    /// a trigger whose secret is not there does not listen.
    pub fn add(
        &mut self,
        plan: &Arc<Plan>,
        connections: Result<Vec<String>, String>,
        secret: &dyn Fn(&str) -> Result<Secret, String>,
    ) {
        for trigger in &plan.triggers {
            let hears = match &trigger.kind {
                TriggerPlanKind::Webhook { event, reconcile } => Ok(Hears::Event {
                    id: event.id.clone(),
                    reconcile: reconcile.clone(),
                }),
                TriggerPlanKind::Custom { path, auth } => {
                    Proof::of(auth, secret).map(|proof| Hears::Custom {
                        path: plain_path(path),
                        proof,
                    })
                }
                TriggerPlanKind::Poll(_) | TriggerPlanKind::Schedule { .. } | TriggerPlanKind::Manual => {
                    continue;
                }
            };
            match hears.and_then(|hears| Ok((hears, connections.clone()?))) {
                Ok((hears, connections)) => self.listeners.push(Listener {
                    plan: Arc::clone(plan),
                    trigger: trigger.id.clone(),
                    connections,
                    hears,
                }),
                Err(why) => self.deaf.push(Deaf {
                    recipe: plan.recipe.clone(),
                    trigger: trigger.id.clone(),
                    why,
                }),
            }
        }
        self.add_waits(plan, secret);
    }

    /// Adds the custom webhooks that runs of a recipe may wait for.
    pub fn add_waits(&mut self, plan: &Plan, secret: &dyn Fn(&str) -> Result<Secret, String>) {
        let mut waits = Vec::new();
        waits_of(&plan.steps, &mut waits);
        waits_of(&plan.on_failure, &mut waits);
        for (path, auth) in waits {
            match Proof::of(auth, secret) {
                Ok(proof) => self.awaited.push(Awaited {
                    path: plain_path(path),
                    mark: mark(auth),
                    proof,
                }),
                Err(why) => self.deaf.push(Deaf {
                    recipe: plan.recipe.clone(),
                    trigger: format!("wait_for {path}"),
                    why,
                }),
            }
        }
    }
}

/// What a wait for a custom webhook is marked with in the journal, so that only a sender that showed this proof ends it.
pub fn mark(auth: &WebhookAuth) -> String {
    match auth {
        WebhookAuth::None => "none".to_owned(),
        WebhookAuth::Token { secret, in_query } => format!("token {} {in_query}", secret.value),
        WebhookAuth::Basic { secret } => format!("basic {}", secret.value),
        WebhookAuth::Hmac {
            secret,
            header,
            algorithm,
        } => format!("hmac {} {} {}", secret.value, header.value, algorithm.value),
    }
}

/// A path as it is compared: without slashes at its ends.
pub fn plain_path(path: &str) -> String {
    path.trim_matches('/').to_owned()
}

fn waits_of<'a>(steps: &'a [StepPlan], found: &mut Vec<(&'a str, &'a WebhookAuth)>) {
    for step in steps {
        match &step.kind {
            StepPlanKind::WaitFor {
                path: Some(path),
                auth: Some(auth),
                ..
            } => found.push((path, auth)),
            StepPlanKind::Choose { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| waits_of(body, found));
                waits_of(otherwise, found);
            }
            StepPlanKind::ForEach { body, .. } => waits_of(body, found),
            StepPlanKind::Parallel { branches } => branches.iter().for_each(|body| waits_of(body, found)),
            _ => {}
        }
        if let OnErrorPlan::Handle(body) = &step.on_error {
            waits_of(body, found);
        }
    }
}
