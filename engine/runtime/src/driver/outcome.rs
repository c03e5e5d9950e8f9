//! Outcomes between those who make them, the journal that keeps them and the interpreter that is fed them.

use serde_json::{Map, Value, json};
use souschef_flow::{EffectOutcome, Failure, RunEnd, RunOutcome};
use souschef_journal::{Outcome, RunState};

/// An outcome as the journal keeps it. One that nobody knows is none: a person is asked.
pub(super) fn kept(outcome: EffectOutcome) -> Result<Outcome, Box<Failure>> {
    Ok(match outcome {
        EffectOutcome::Done(value) => Outcome::Done(value),
        EffectOutcome::Failed(failure) => failed(&failure),
        EffectOutcome::Unknown(failure) => return Err(Box::new(failure)),
        EffectOutcome::Skipped(why) => Outcome::Skipped(why),
        EffectOutcome::TimedOut => Outcome::TimedOut,
        EffectOutcome::Cancelled => Outcome::Cancelled,
    })
}

/// An outcome as the interpreter is fed it.
pub(super) fn fed(outcome: Outcome) -> EffectOutcome {
    match outcome {
        Outcome::Done(value) => EffectOutcome::Done(value),
        Outcome::Failed(value) => EffectOutcome::Failed(failure_of(value)),
        Outcome::Skipped(why) => EffectOutcome::Skipped(why),
        Outcome::TimedOut => EffectOutcome::TimedOut,
        Outcome::Cancelled => EffectOutcome::Cancelled,
    }
}

/// A failure, kept.
pub(crate) fn failed(failure: &Failure) -> Outcome {
    Outcome::Failed(json!(failure))
}

/// A failure as it was kept.
pub fn failure_of(value: Value) -> Failure {
    match serde_json::from_value(value) {
        Ok(failure) => failure,
        Err(error) => Failure {
            message: format!("what is kept of the failure can't be read: {error}"),
            ..Failure::default()
        },
    }
}

/// A failure that is one sentence.
pub(crate) fn sentence(message: impl Into<String>) -> Failure {
    Failure {
        message: message.into(),
        ..Failure::default()
    }
}

/// A run's end as the journal names it.
pub(super) fn state(outcome: RunOutcome) -> RunState {
    match outcome {
        RunOutcome::Succeeded => RunState::Succeeded,
        RunOutcome::Failed => RunState::Failed,
        RunOutcome::Stopped => RunState::Stopped,
        RunOutcome::NeedsAttention => RunState::NeedsAttention,
        RunOutcome::Cancelled => RunState::Cancelled,
    }
}

/// What the run that called this one is fed: the outcome, the fields and the results of its own steps by id.
pub(super) fn told_to_caller(
    recipe: &str,
    end: &RunEnd,
    fields: &Map<String, Value>,
    results: &Map<String, Value>,
) -> Outcome {
    match end.outcome {
        RunOutcome::Succeeded | RunOutcome::Stopped => Outcome::Done(json!({
            "outcome": end.outcome,
            "fields": fields,
            "steps": results,
        })),
        RunOutcome::Failed | RunOutcome::NeedsAttention => {
            let reason = end.reason.as_deref().unwrap_or_default();
            failed(&sentence(format!("recipe {recipe} failed: {reason}")))
        }
        RunOutcome::Cancelled => Outcome::Cancelled,
    }
}
