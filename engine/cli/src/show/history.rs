//! A run as the journal has it, as the tree that a run in the foreground draws.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use souschef_connect::Attempt;
use souschef_flow::{StepOutcome, StepReport};
use souschef_runtime::RunEvent;
use souschef_runtime::driver::{CONNECTED, failure_of};
use souschef_runtime::history::Story;
use souschef_runtime::journal::Step;

use super::run_tree::RunTree;

impl RunTree {
    /// The tree of a kept run.
    pub(crate) fn of(story: &Story) -> Self {
        let mut tree = Self::default();
        tree.title.clone_from(&story.run.recipe);
        tree.recipe = story.run.id.to_string();
        tree.connection.clone_from(&story.run.connection);
        tree.kept = Some(story.run.id.to_string());
        if let Some(Value::Object(fields)) = &story.run.fields {
            tree.take(&RunEvent::Fields(fields.clone()));
        }
        for step in &story.steps {
            tree.take(&RunEvent::Step(Box::new(report(step))));
        }
        for attempt in &story.attempts {
            let path = attempt.path.clone();
            let request = Arc::new(attempt.request.clone());
            tree.take(&RunEvent::Sending {
                path: path.clone(),
                number: attempt.number,
                request: Arc::clone(&request),
                looking: attempt.looking,
            });
            let unknown = attempt.ended_at.is_none() && story.run.state.ended();
            tree.take(&RunEvent::Sent {
                path,
                attempt: Arc::new(Attempt {
                    number: attempt.number,
                    request,
                    status: attempt.status,
                    response: attempt.response.clone(),
                    error: attempt
                        .error
                        .clone()
                        .or_else(|| unknown.then(|| "what became of it is not known".to_owned())),
                    ms: attempt.ms.unwrap_or_default(),
                    looking: attempt.looking,
                }),
            });
        }
        for wait in &story.waits {
            tree.take(&RunEvent::Waiting {
                path: wait.path.clone(),
                until: wait.until,
                skipped: false,
            });
            let event = match (&wait.event, &wait.event_path) {
                // The account's token is no event that anybody sends.
                (Some(event), _) if event == CONNECTED => None,
                (Some(_), Some(path)) => Some(format!("/hooks/custom/{path}")),
                (event, _) => event.clone(),
            };
            tree.awaits(&wait.path, event);
        }
        for (path, run) in &story.called {
            tree.called(path, run.as_str());
        }
        for question in &story.questions {
            tree.asked(question);
        }
        tree
    }
}

/// How long a run has taken, or takes so far.
pub(crate) fn took(story: &Story) -> Duration {
    let began = story.run.started_at.unwrap_or(story.run.accepted_at);
    let end = story.run.ended_at.unwrap_or_else(Timestamp::now);
    Duration::try_from(end.duration_since(began)).unwrap_or_default()
}

fn report(step: &Step) -> StepReport {
    StepReport {
        path: step.path.clone(),
        id: step.id.clone(),
        title: step.title.clone(),
        step: souschef_recipe::step_words()
            .find(|word| *word == step.word)
            .unwrap_or("action"),
        operation: step.operation.clone(),
        depth: usize::try_from(step.depth).unwrap_or_default(),
        label: step.label.clone(),
        outcome: serde_json::from_value(Value::String(step.outcome.clone())).unwrap_or(StepOutcome::Failed),
        reason: step.reason.clone(),
        result: step.result.clone(),
        failure: step.failure.clone().map(failure_of),
        handled: step.handled,
    }
}
