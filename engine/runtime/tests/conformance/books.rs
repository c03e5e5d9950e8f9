//! What must hold of the journal and the other side's ledger when all is over.

use std::collections::BTreeMap;

use jiff::Timestamp;
use souschef_catalog::Effect as Class;
use souschef_runtime::journal::{Attempt, Effect, Outcome, Run, RunState, Step};

use crate::world::Entry;

/// All that is known of one run.
pub(crate) struct Book {
    pub(crate) name: String,
    pub(crate) run: Run,
    pub(crate) steps: Vec<Step>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) effects: Vec<Effect>,
}

/// Checks one run's book; a line for each thing that is wrong.
pub(crate) fn faults(
    book: &Book,
    ledger: &BTreeMap<(String, String), Entry>,
    due: &BTreeMap<(String, String), Timestamp>,
) -> Vec<String> {
    let mut wrong = Vec::new();
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
