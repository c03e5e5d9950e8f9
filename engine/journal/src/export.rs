//! A run as one JSON value: to be sent to somebody, or kept elsewhere.

use serde_json::{Value, json};

use crate::error::{JournalError, Refusal};
use crate::id::RunId;
use crate::look::Look;
use crate::{event, question, recipe, replay, run, step, wait};

impl Look {
    /// All that is kept of a run: the recipe's text, the event, what it was fed, its steps, requests, waits and questions,
    /// of one moment.
    pub async fn export(&self, id: &RunId) -> Result<Value, JournalError> {
        let id = id.clone();
        self.read(move |db| {
            let run = run::find(db, &id)?.ok_or_else(|| Refusal::NoRun(id.clone()))?;
            let event = match &run.event {
                Some(event) => event::find(db, event)?,
                None => None,
            };
            Ok(json!({
                "format": "souschef.run/1",
                "recipe": recipe::find(db, &run.hash)?,
                "event": event,
                "steps": step::of_run(db, run.seq)?,
                "attempts": step::attempts(db, run.seq)?,
                "effects": replay::beyond_place(db, run.seq, 0)?,
                "waits": wait::of_run(db, run.seq)?,
                "questions": question::of_run(db, run.seq)?,
                "run": run,
            }))
        })
        .await
    }
}
