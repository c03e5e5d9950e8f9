//! What triggers need of the service around them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
use souschef_catalog::Catalog;
use souschef_connect::Client;
use souschef_journal::{Accepted, Journal, JournalError, NewEvent, NewRun};
use souschef_plan::Plan;

use crate::accounts::Accounts;
use crate::clock::Clock;

/// Plans that take a moment to be found.
pub type Plans<'a> = Pin<Box<dyn Future<Output = Vec<Arc<Plan>>> + Send + 'a>>;

/// An event on its way into the journal.
pub type Accepting<'a> = Pin<Box<dyn Future<Output = Result<Accepted, JournalError>> + Send + 'a>>;

/// The project as it is now, and the one who starts runs.
pub trait Host: Send + Sync {
    /// The recipes that triggers start, each as it was last right.
    fn plans(&self) -> Vec<Arc<Plan>>;
    /// The recipes, as they once were, of runs that are still waiting.
    fn older(&self) -> Plans<'_> {
        Box::pin(std::future::ready(Vec::new()))
    }
    /// The catalog.
    fn catalog(&self) -> Arc<Catalog>;
    /// The accounts.
    fn accounts(&self) -> Arc<Accounts>;
    /// The accounts that a recipe runs for.
    ///
    /// # Errors
    /// In a sentence, why that can't be told.
    fn connections_of(&self, plan: &Plan) -> Result<Vec<String>, String>;
    /// The settings of a recipe, as the project file gives them.
    fn inputs_of(&self, recipe: &str) -> serde_json::Map<String, Value>;
    /// A run to be started of an event.
    ///
    /// # Errors
    /// In a sentence, why it can't be.
    fn new_run(&self, plan: &Plan, trigger: &str, connection: &str, event: &Value) -> Result<NewRun, String>;
    /// Accepts an event; its runs begin.
    fn accept(&self, event: NewEvent) -> Accepting<'_>;
    /// An event was accepted: its runs can be taken up.
    fn accepted(&self, accepted: &Accepted);
}

/// What triggers work with.
#[derive(Clone)]
pub struct TriggerContext {
    /// Where everything is kept.
    pub journal: Arc<Journal>,
    /// Makes the calls of polls.
    pub client: Client,
    /// The clock.
    pub clock: Clock,
    /// The service.
    pub host: Arc<dyn Host>,
}
