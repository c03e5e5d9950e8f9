//! What must hold of the journal and the other side's ledger when all is over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use souschef_catalog::Effect as Class;
use souschef_flow::{EffectOutcome, Machine, Start};
use souschef_plan::Plan;
use souschef_runtime::journal::{Attempt, Effect, Outcome, Run, RunState, Step};

use crate::world::Entry;

/// All that is known of one run.
pub(crate) struct Book {
    pub(crate) name: String,
    pub(crate) run: Run,
    pub(crate) steps: Vec<Step>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) effects: Vec<Effect>,
    /// The event's body.
    pub(crate) event: Value,
    pub(crate) plan: Arc<Plan>,
    /// The paths whose outcomes its drivers were given.
    pub(crate) heard: BTreeSet<String>,
}

/// Checks one run's book; a line for each thing that is wrong.
pub(crate) fn faults(
    book: &Book,
    ledger: &BTreeMap<(String, String), Entry>,
    due: &BTreeMap<(String, String), Timestamp>,
) -> Vec<String> {
    let mut wrong = story(book);
    let name = &book.name;
    if !book.run.state.ended() {
        wrong.push(format!("{name} has not ended: {:?}", book.run.state));
    }
    for step in &book.steps {
        if matches!(step.outcome.as_str(), "running" | "needs_attention")
            && book.run.state != RunState::Cancelled
        {
            wrong.push(format!(
                "{name} {} is shown as {} after the end",
                step.path, step.outcome
            ));
        }
    }
    for ((_, path), entry) in ledger.iter().filter(|((run, _), _)| run == name) {
        let rows: Vec<&Attempt> = book
            .attempts
            .iter()
            .filter(|attempt| attempt.path == *path)
            .collect();
        for request in &entry.requests {
            if !rows
                .iter()
                .any(|row| row.number == request.number && !row.looking)
            {
                wrong.push(format!("{name} {path}: request {} is in no row", request.number));
            }
        }
        let known = book.effects.iter().find(|effect| effect.path == *path);
        if let Some(effect) = known
            && entry.requests.iter().any(|request| request.at > effect.at)
        {
            wrong.push(format!(
                "{name} {path}: a request came after its outcome was recorded"
            ));
        }
        let acts = entry.requests.iter().filter(|request| request.acted).count();
        if acts > 1 && matches!(entry.class, Class::Checkable | Class::Unsafe) {
            wrong.push(format!("{name} {path}: {} was done {acts} times", entry.result));
        }
        if let Some(Effect {
            outcome: Outcome::Done(value),
            ..
        }) = known
            && (*value != entry.result || acts == 0)
        {
            wrong.push(format!(
                "{name} {path}: {value} is recorded, and it answered {}",
                entry.result
            ));
        }
    }
    for effect in &book.effects {
        let until = due.get(&(name.clone(), effect.path.clone()));
        let by_time = match effect.outcome {
            Outcome::TimedOut => true,
            Outcome::Done(ref value) => value.is_null(),
            _ => false,
        };
        if by_time && until.is_some_and(|until| effect.at < *until) {
            wrong.push(format!("{name} {}: the wait ended early", effect.path));
        }
    }
    wrong
}

/// The interpreter, fed what the drivers were given in the journal's order, must tell the same story as the journal shows.
fn story(book: &Book) -> Vec<String> {
    let inputs = match &book.run.inputs {
        Value::Object(inputs) => inputs.clone(),
        _ => Map::new(),
    };
    let Some(started_at) = book.run.started_at else {
        return Vec::new();
    };
    let mut machine = Machine::start(Start {
        plan: Arc::clone(&book.plan),
        run_id: book.run.id.to_string(),
        started_at,
        trigger: book.run.trigger.clone(),
        event: book.event.clone(),
        inputs,
        connection: json!({ "name": book.run.connection }),
    });
    for effect in book
        .effects
        .iter()
        .filter(|effect| book.heard.contains(&effect.path))
    {
        let failure = |value: &Value| serde_json::from_value(value.clone()).unwrap();
        let (path, outcome) = match (effect.path.split_once('!'), &effect.outcome) {
            (Some((_, "cancel")), Outcome::Skipped(reason)) => {
                machine.cancel(reason, effect.at);
                continue;
            }
            (Some((step, mark)), Outcome::Failed(value)) if mark.starts_with("asked") => {
                (step, EffectOutcome::Unknown(failure(value)))
            }
            (_, Outcome::Done(value)) => (effect.path.as_str(), EffectOutcome::Done(value.clone())),
            (_, Outcome::Failed(value)) => (effect.path.as_str(), EffectOutcome::Failed(failure(value))),
            (_, Outcome::Skipped(why)) => (effect.path.as_str(), EffectOutcome::Skipped(why.clone())),
            (_, Outcome::TimedOut) => (effect.path.as_str(), EffectOutcome::TimedOut),
            (_, Outcome::Cancelled) => (effect.path.as_str(), EffectOutcome::Cancelled),
        };
        machine.feed(path, outcome, effect.at);
    }
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for report in machine.reports() {
        let word = json!(report.outcome).as_str().unwrap().to_owned();
        told.insert(report.path, word);
    }
    let mut wrong = Vec::new();
    let name = &book.name;
    match machine.end() {
        Some(end) if json!(end.outcome) == json!(book.run.state) && end.reason == book.run.reason => {}
        end => wrong.push(format!(
            "{name} is shown as {:?}, and what it was fed leads to {end:?}",
            book.run.state
        )),
    }
    for step in &book.steps {
        match told.remove(&step.path) {
            Some(outcome) if outcome == step.outcome => {}
            // Foreseen, and it never began.
            None if step.outcome == "cancelled" => {}
            other => wrong.push(format!(
                "{name} {} is shown as {}, and it was {other:?}",
                step.path, step.outcome
            )),
        }
    }
    for (path, outcome) in told {
        wrong.push(format!("{name} {path} was {outcome} and is not shown"));
    }
    wrong
}
