//! What is known of a run: the JSON that programs rely on.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use souschef_flow::{Failure, StepOutcome};
use souschef_journal::{Attempt, Run, RunId, RunState, Step};

use crate::driver::failure_of;

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The run's id.
    pub id: String,
    /// The recipe's name: its file name without `.yaml`.
    pub recipe: String,
    /// How it ended, or where it stands.
    pub outcome: RunState,
    /// Why, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the mappings made.
    pub fields: Map<String, Value>,
    /// The event that started it, where it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Every step that began, in the order in which they did.
    pub steps: Vec<StepRecord>,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// `id:`, null where it has none.
    pub id: Option<String>,
    /// Where it stands in this run: `actions[3].do[0]#2`.
    pub path: String,
    /// The language's word: `action`, `for_each` …
    pub step: String,
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
    /// What the tree calls it.
    #[serde(skip)]
    pub title: String,
    /// How deep it stands.
    #[serde(skip)]
    pub depth: u32,
    /// What stands for it in a loop or branch.
    #[serde(skip)]
    pub label: Option<String>,
    /// Whether the run went on in spite of the failure.
    #[serde(skip)]
    pub handled: bool,
}

/// One request of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// A run without its steps, as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run's id.
    pub id: String,
    /// The recipe's name.
    pub recipe: String,
    /// How it ended, or where it stands.
    pub outcome: RunState,
    /// Why, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the mappings made.
    pub fields: Map<String, Value>,
    /// The event that started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Which trigger fired.
    pub trigger: String,
    /// The account.
    pub connection: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The run that called it, and the step there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<(String, String)>,
    /// The run that it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<String>,
    /// Its place in the order of acceptance: the next page of a list begins below the last one's.
    pub seq: i64,
}

impl RunSummary {
    /// As the journal has it; `open`: what a person is asked about it.
    pub fn of(run: Run, open: Option<String>) -> Self {
        Self {
            id: run.id.to_string(),
            recipe: run.recipe,
            outcome: run.state,
            reason: run.reason.or(open),
            fields: fields_of(run.fields),
            event: run.event.map(|event| event.to_string()),
            trigger: run.trigger,
            connection: run.connection,
            accepted_at: run.accepted_at,
            started_at: run.started_at,
            ended_at: run.ended_at,
            parent: run.parent.map(|(run, path)| (run.to_string(), path)),
            replay_of: run.replay_of.map(|run| run.to_string()),
            seq: run.seq,
        }
    }
}

impl RunRecord {
    /// A run that could not be carried out at all.
    pub(crate) fn broken(run: &RunId, recipe: String, why: &str) -> Self {
        Self {
            id: run.to_string(),
            recipe,
            outcome: RunState::Failed,
            reason: Some(format!("the run could not be carried on: {why}")),
            fields: Map::new(),
            event: None,
            started_at: None,
            ended_at: None,
            steps: Vec::new(),
        }
    }

    /// As the journal has it; `open`: what a person is asked about it.
    pub fn of(run: Run, open: Option<String>, steps: Vec<Step>, attempts: Vec<Attempt>) -> Self {
        let mut by_step: HashMap<String, Vec<AttemptRecord>> = HashMap::new();
        for attempt in attempts {
            by_step
                .entry(attempt.path.clone())
                .or_default()
                .push(attempt.into());
        }
        let steps = steps
            .into_iter()
            .map(|step| {
                let attempts = by_step.remove(&step.path).unwrap_or_default();
                StepRecord::of(step, attempts)
            })
            .collect();
        Self {
            id: run.id.to_string(),
            recipe: run.recipe,
            outcome: run.state,
            reason: run.reason.or(open),
            fields: fields_of(run.fields),
            event: run.event.map(|event| event.to_string()),
            started_at: run.started_at,
            ended_at: run.ended_at,
            steps,
        }
    }
}

impl StepRecord {
    fn of(step: Step, attempts: Vec<AttemptRecord>) -> Self {
        Self {
            id: step.id,
            path: step.path,
            step: step.word,
            operation: step.operation,
            // The words are this type's own.
            outcome: serde_json::from_value(Value::String(step.outcome)).unwrap_or(StepOutcome::Failed),
            reason: step.reason,
            attempts,
            result: step.result,
            error: step.failure.map(failure_of),
            title: step.title,
            depth: step.depth,
            label: step.label,
            handled: step.handled,
        }
    }
}

impl From<Attempt> for AttemptRecord {
    fn from(attempt: Attempt) -> Self {
        Self {
            request: attempt.request,
            status: attempt.status,
            ms: attempt.ms.unwrap_or_default(),
            error: attempt.error,
        }
    }
}

fn fields_of(fields: Option<Value>) -> Map<String, Value> {
    match fields {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// What a person is asked about a run, in a sentence; none where nothing is. The questions: the step's path, and what is
/// known.
pub(crate) fn doubt(questions: &[(String, Value)], steps: &[Step]) -> Option<String> {
    let ((path, failure), more) = questions.split_first()?;
    let why = failure_of(failure.clone()).message;
    // A run that was set aside asks for itself, not for a step.
    if path.starts_with('!') {
        return Some(why);
    }
    let name = steps
        .iter()
        .find(|step| step.path == *path)
        .map_or(path.as_str(), |step| step.id.as_deref().unwrap_or(&step.title));
    let more = match more.len() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(format!("nobody knows whether {name} happened{more}: {why}"))
}
