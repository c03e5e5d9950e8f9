//! What triggers ask of the service.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use souschef_catalog::Catalog;
use souschef_journal::{Accepted, NewEvent, NewRun, RunFilter, RunState};
use souschef_plan::Plan;
use tokio::sync::watch;

use super::{Begin, Service};
use crate::accounts::Accounts;
use crate::trigger::host::{Accepting, Host, Plans, TriggerContext};
use crate::trigger::webhook::Hooks;
use crate::trigger::{Health, Triggers};

/// Runs looked through at once for the recipes that they wait with.
const PAGE: u32 = 1000;

/// The triggers of a service, ready to be set to work.
pub struct TriggerParts {
    /// What webhooks are handed to.
    pub hooks: Arc<Hooks>,
    /// How polls and schedules stand, kept up to date.
    pub health: Health,
    triggers: Triggers,
    service: Service,
}

impl TriggerParts {
    /// Looks at lists and keeps schedules until `stop` turns true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        self.triggers.run(self.service.changes(), stop).await;
    }
}

impl Service {
    /// The service's triggers. Nothing is looked at, and no schedule fires, before [`TriggerParts::run`].
    pub fn triggers(&self) -> TriggerParts {
        let context = TriggerContext {
            journal: Arc::clone(self.journal()),
            client: self.client().clone(),
            clock: self.clock().clone(),
            host: Arc::new(self.clone()),
        };
        let hooks = Arc::new(Hooks::new(context.clone()));
        let triggers = Triggers::new(context, Arc::clone(&hooks));
        TriggerParts {
            hooks,
            health: triggers.health(),
            triggers,
            service: self.clone(),
        }
    }

    async fn waiting(&self) -> Vec<Arc<Plan>> {
        let mut found: HashMap<String, Option<Arc<Plan>>> = HashMap::new();
        let filter = RunFilter {
            state: Some(RunState::Waiting),
            ..RunFilter::default()
        };
        let mut page = souschef_journal::Page {
            limit: PAGE,
            below: None,
        };
        loop {
            let runs = match self.look().runs(filter.clone(), page.clone()).await {
                Ok(runs) => runs,
                Err(error) => {
                    tracing::warn!(%error, "which runs wait can't be read");
                    break;
                }
            };
            for run in &runs {
                if !found.contains_key(&run.hash) {
                    let plan = self.kept(&run.hash).await;
                    found.insert(run.hash.clone(), plan);
                }
            }
            match runs.last() {
                Some(last) if runs.len() >= PAGE as usize => page.below = Some(last.seq),
                _ => break,
            }
        }
        found.into_values().flatten().collect()
    }

    async fn kept(&self, hash: &str) -> Option<Arc<Plan>> {
        let text = self.look().recipe(hash).await;
        let plan = match text {
            Ok(Some(text)) => self.inner.means.plans.of(&text),
            Ok(None) => return None,
            Err(error) => Err(error.to_string()),
        };
        plan.map_err(|why| tracing::warn!(hash, why, "a waiting run's recipe can't be read"))
            .ok()
    }
}

impl Host for Service {
    fn plans(&self) -> Vec<Arc<Plan>> {
        let snapshot = self.snapshot();
        snapshot
            .plans
            .values()
            .filter(|plan| plan.enabled)
            .cloned()
            .collect()
    }

    fn older(&self) -> Plans<'_> {
        Box::pin(self.waiting())
    }

    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.snapshot().project.catalog)
    }

    fn accounts(&self) -> Arc<Accounts> {
        Service::accounts(self)
    }

    fn connections_of(&self, plan: &Plan) -> Result<Vec<String>, String> {
        Service::accounts(self)
            .names_for(plan)
            .map_err(|error| error.to_string())
    }

    fn inputs_of(&self, recipe: &str) -> Map<String, Value> {
        self.snapshot().project.inputs_of(recipe)
    }

    fn new_run(&self, plan: &Plan, trigger: &str, connection: &str, event: &Value) -> Result<NewRun, String> {
        let begin = Begin {
            recipe: plan.recipe.clone(),
            trigger: trigger.to_owned(),
            connection: Some(connection.to_owned()),
            ..Begin::default()
        };
        let mut runs = self
            .new_runs(&begin, None, event)
            .map_err(|error| error.to_string())?;
        runs.pop()
            .ok_or_else(|| format!("the recipe {} runs for no account", plan.recipe))
    }

    fn accept(&self, event: NewEvent) -> Accepting<'_> {
        Box::pin(async move {
            let accepted = Service::accept(self, event).await?;
            self.submitted(accepted.clone());
            Ok(accepted)
        })
    }

    fn accepted(&self, accepted: &Accepted) {
        self.submitted(accepted.clone());
    }
}
