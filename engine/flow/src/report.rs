//! What reporters are told of a step.

use serde_json::Value;
use souschef_plan::{StepPlan, StepPlanKind};

use crate::effect::{Failure, StepOutcome, StepReport};
use crate::lane::Lane;

/// What is to be said of a step besides its outcome.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) reason: Option<String>,
    pub(crate) result: Option<Value>,
    pub(crate) failure: Option<Failure>,
    pub(crate) handled: bool,
}

impl Said {
    pub(crate) fn why(reason: Option<String>) -> Self {
        Self {
            reason,
            ..Self::default()
        }
    }
}

/// The report on a lane's step.
pub(crate) fn report(lane: &Lane, step: &StepPlan, outcome: StepOutcome, said: Said) -> StepReport {
    StepReport {
        path: lane.path(),
        id: step.id.clone(),
        title: step.title.clone(),
        step: step.kind.word(),
        operation: match &step.kind {
            StepPlanKind::Action { operation, .. } => Some(operation.id.clone()),
            _ => None,
        },
        depth: lane.depth,
        label: lane.label.as_deref().map(str::to_owned),
        outcome,
        reason: said.reason,
        result: said.result,
        failure: said.failure,
        handled: said.handled,
    }
}
