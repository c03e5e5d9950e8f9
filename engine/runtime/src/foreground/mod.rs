//! Runs in the foreground: the one driver over a journal in memory, one run and what it calls, until all of it has come to
//! rest.

mod scene;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use souschef_connect::{CallOptions, Client, Quiet};
use souschef_flow::{Call, EffectOutcome};
use souschef_journal::RunId;
use souschef_plan::Plan;
use tokio::sync::watch;

use crate::accounts::Accounts;
use crate::caller::{HttpCaller, Mode};
use crate::clock::Clock;
use crate::driver::{Called, Caller, Order};
use crate::project::OpenProject;
use crate::record::RunRecord;
use crate::report::{Reporter, RunEvent};
use scene::Scene;

/// How a driver works.
#[derive(Clone, Debug)]
pub struct DriverOptions {
    /// Whether requests are sent.
    pub mode: Mode,
    /// Waits end at once.
    pub skip_waits: bool,
    /// How calls are made where the step says nothing.
    pub call: CallOptions,
    /// Events for `wait_for` steps, in order: the event's id and body.
    pub events: Vec<(String, Value)>,
}

/// Where other recipes' plans come from (`run_recipe`).
pub type OtherPlans = dyn Fn(&str) -> Result<Arc<Plan>, String> + Send + Sync;

/// Runs recipes in the foreground.
#[derive(Clone)]
pub struct Driver {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) caller: HttpCaller,
    pub(super) accounts: Accounts,
    pub(super) clock: Clock,
    pub(super) reporter: Arc<dyn Reporter>,
    pub(super) plans: Box<OtherPlans>,
    pub(super) options: DriverOptions,
    pub(super) events: Mutex<VecDeque<(String, Value)>>,
    pub(super) stop: watch::Receiver<bool>,
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The recipe.
    pub plan: Arc<Plan>,
    /// Which of its triggers fired.
    pub trigger: String,
    /// The event.
    pub event: Value,
    /// Its settings.
    pub inputs: Map<String, Value>,
    /// The account's name.
    pub connection: String,
}

/// A run's end, with the calls that it asked for.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The run.
    pub record: RunRecord,
    /// Every call asked for, in order: operation and inputs.
    pub calls: Vec<(String, Map<String, Value>)>,
}

impl Driver {
    /// A driver. When `stop` turns true, runs end as cancelled.
    pub fn new(
        client: Client,
        accounts: Accounts,
        clock: Clock,
        reporter: Arc<dyn Reporter>,
        plans: Box<OtherPlans>,
        options: DriverOptions,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let events = Mutex::new(options.events.iter().cloned().collect());
        Self {
            inner: Arc::new(Inner {
                caller: HttpCaller::new(client, accounts.clone(), options.call.clone(), options.mode),
                accounts,
                clock,
                reporter,
                plans,
                options,
                events,
                stop,
            }),
        }
    }

    /// The accounts that it uses.
    pub fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Makes one call outside a run: to find the event of a polled recipe.
    pub async fn call(&self, call: Call, connection: &str) -> EffectOutcome {
        let order = Order {
            run: RunId::new(),
            path: String::new(),
            connection: connection.to_owned(),
            redact: Arc::default(),
            call: Arc::new(call),
            made_before: 0,
            tried: 0,
            limited: 0,
            unsettled: None,
            held: false,
        };
        match self.inner.caller.call(order, &Quiet).await {
            Called::Over(outcome) => outcome,
            // Nobody waits in the foreground for an account to be connected again.
            Called::Held(held) => EffectOutcome::Failed(held.failure),
        }
    }

    /// Runs a recipe to its end.
    pub async fn run(&self, request: RunRequest) -> Finished {
        let scene = Arc::new(Scene::new(Arc::clone(&self.inner)));
        let recipe = request.plan.recipe.clone();
        let record = match Arc::clone(&scene).carry_out(request).await {
            Ok(record) => record,
            // A journal in memory fails only by a mistake of ours.
            Err(error) => RunRecord::broken(scene.root(), recipe, &error.to_string()),
        };
        self.inner
            .reporter
            .event(&RunEvent::Ended(Box::new(record.clone())));
        Finished {
            record,
            calls: scene.take_calls(),
        }
    }
}

/// Another recipe's plan, for `run_recipe`.
///
/// # Errors
/// It is not there, or has mistakes.
pub fn plan_of(project: &OpenProject, name: &str) -> Result<Arc<Plan>, String> {
    let file = project.recipe(name).map_err(|error| error.to_string())?;
    let (_, checked) = project.check_alone(&file).map_err(|error| error.to_string())?;
    checked
        .plan
        .ok_or_else(|| format!("recipe {name} has errors; see `souschef check`"))
}
