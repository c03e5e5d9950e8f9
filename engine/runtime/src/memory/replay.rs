//! What a driver needs to take up a run.

use souschef_journal::{JournalError, Refusal, Replay, RunId, Told};

use super::Store;

impl Store {
    pub(super) fn replay(&self, run: &RunId) -> Result<Replay, JournalError> {
        let row = self.row(run)?;
        let recipe = self
            .recipes
            .get(&row.run.hash)
            .cloned()
            .ok_or_else(|| Refusal::NoRecipe(row.run.hash.clone()))?;
        let called = self
            .runs
            .iter()
            .filter_map(|other| {
                let (parent, path) = other.run.parent.as_ref()?;
                (parent == run && !row.is_recorded(path)).then(|| (path.clone(), other.run.id.clone()))
            })
            .collect();
        Ok(Replay {
            event: row
                .run
                .event
                .as_ref()
                .and_then(|event| self.events.get(event).cloned()),
            recipe,
            effects: row.effects.clone(),
            waits: row.waits.clone(),
            offers: row.offers.clone(),
            attempts: row
                .attempts
                .iter()
                .filter(|attempt| !row.is_recorded(&attempt.path))
                .cloned()
                .collect(),
            told: row
                .steps
                .values()
                .map(|step| Told {
                    path: step.path.clone(),
                    outcome: step.outcome.clone(),
                    handled: step.handled,
                    began_at: step.began_at,
                })
                .collect(),
            called,
            asked: row.open_questions().map(|asked| asked.path.clone()).collect(),
            again: row.again(),
            run: row.run.clone(),
        })
    }
}
