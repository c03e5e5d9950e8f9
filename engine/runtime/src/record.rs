//! What is known of a run: the JSON that programs rely on.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};
use souschef_connect::Attempt;
use souschef_flow::{Failure, RunOutcome, StepOutcome, StepReport};

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRecord {
    /// The run's id.
    pub id: String,
    /// The recipe's name: its file name without `.yaml`.
    pub recipe: String,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Why, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the mappings made.
    pub fields: Map<String, Value>,
    /// Every step that began, in the order in which they did.
    pub steps: Vec<StepRecord>,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepRecord {
    /// `id:`, null where it has none.
    pub id: Option<String>,
    /// Where it stands in this run: `actions[3].do[0]#2`.
    pub path: String,
    /// The language's word: `action`, `for_each` …
    pub step: &'static str,
    /// The operation's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How it ended.
    pub outcome: StepOutcome,
    /// Why it was skipped or how it ended, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Every request sent for it.
    pub attempts: Vec<AttemptRecord>,
    /// What it returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// One request of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttemptRecord {
    /// The request as shown, secrets hidden.
    pub request: Value,
    /// The answer's status; null where none came.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl From<&Attempt> for AttemptRecord {
    fn from(attempt: &Attempt) -> Self {
        Self {
            request: attempt.request.clone(),
            status: attempt.status,
            ms: attempt.ms,
            error: attempt.error.clone(),
        }
    }
}

/// Steps as they come in, by path.
#[derive(Debug, Default)]
pub struct StepLog {
    steps: IndexMap<String, StepRecord>,
}

impl StepLog {
    /// Takes a report: the first of a path begins it, later ones change it.
    pub fn report(&mut self, report: &StepReport) {
        let record = self
            .steps
            .entry(report.path.clone())
            .or_insert_with(|| StepRecord {
                id: report.id.clone(),
                path: report.path.clone(),
                step: report.step,
                operation: report.operation.clone(),
                outcome: report.outcome,
                reason: None,
                attempts: Vec::new(),
                result: None,
                error: None,
            });
        record.outcome = report.outcome;
        record.reason = report.reason.clone();
        record.result = report.result.clone();
        record.error = report.failure.clone();
    }

    /// Takes a request that was sent for a step.
    pub fn attempt(&mut self, path: &str, attempt: &Attempt) {
        if let Some(step) = self.steps.get_mut(path) {
            step.attempts.push(attempt.into());
        }
    }

    /// The steps, in the order in which they began.
    pub fn into_steps(self) -> Vec<StepRecord> {
        self.steps.into_values().collect()
    }
}
