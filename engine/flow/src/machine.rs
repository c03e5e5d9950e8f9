//! The machine itself.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_plan::Plan;

use crate::effect::{Effect, EffectOutcome, RunEnd, StepReport};

/// What a run begins with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The checked recipe.
    pub plan: Arc<Plan>,
    /// The run's id.
    pub run_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Which trigger fired.
    pub trigger: String,
    /// The event.
    pub event: Value,
    /// The recipe's settings as given; defaults and conversions are the machine's work.
    pub inputs: Map<String, Value>,
    /// `connection` in scope: `{ name, location_id, company_id }`.
    pub connection: Value,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Machine {}

impl Machine {
    /// Begins a run: inputs, `if`, mappings and the first steps are evaluated here.
    pub fn start(_start: Start) -> Self {
        todo!()
    }

    /// The effects wanted that were not handed out before. Several may be wanted at once.
    pub fn effects(&mut self) -> Vec<Effect> {
        todo!()
    }

    /// Feeds an outcome back, with the moment it became known. A path that is not wanted (any more) is ignored.
    pub fn feed(&mut self, _path: &str, _outcome: EffectOutcome, _at: Timestamp) {
        todo!()
    }

    /// Ends the run as cancelled; effects under way are cancelled.
    pub fn cancel(&mut self, _reason: &str, _at: Timestamp) {
        todo!()
    }

    /// What reporters have not been told yet, in order: each step when it begins and when it ends.
    pub fn reports(&mut self) -> Vec<StepReport> {
        todo!()
    }

    /// The end, once there is one.
    pub fn end(&self) -> Option<&RunEnd> {
        todo!()
    }

    /// What the mappings made.
    pub fn fields(&self) -> &Map<String, Value> {
        todo!()
    }

    /// Whether an event is what the wait of this path waits for.
    pub fn matches(&self, _path: &str, _event: &Value) -> bool {
        todo!()
    }
}
