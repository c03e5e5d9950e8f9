//! A run's life in memory: started, claimed, woken, answered, cancelled, ended.

use indexmap::IndexMap;
use jiff::Timestamp;
use souschef_journal::{
    Answer, Claim, EventId, JournalError, NewRun, Outcome, Refusal, Reply, Run, RunId, RunState, Ticket,
};

use super::{Row, Store};

impl Store {
    pub(super) fn insert(
        &mut self,
        new: NewRun,
        event: Option<EventId>,
        parent: Option<(RunId, String)>,
        now: Timestamp,
    ) -> Result<RunState, JournalError> {
        if !self.recipes.contains_key(&new.hash) {
            return Err(Refusal::NoRecipe(new.hash).into());
        }
        let place = self.runs.len();
        self.places.insert(new.id.clone(), place);
        let run = Run {
            seq: i64::try_from(place).unwrap_or(i64::MAX),
            id: new.id,
            event,
            recipe: new.recipe,
            hash: new.hash,
            trigger: new.trigger,
            connection: new.connection,
            inputs: new.inputs,
            fields: None,
            state: RunState::Queued,
            reason: None,
            mode: new.concurrency.mode,
            key: new.concurrency.key,
            parent,
            replay_of: None,
            cancel: None,
            accepted_at: now,
            started_at: None,
            ended_at: None,
        };
        self.runs.push(Row {
            run,
            ready: true,
            claim: 0,
            stumbles: 0,
            effects: Vec::new(),
            steps: IndexMap::new(),
            attempts: Vec::new(),
            waits: Vec::new(),
            offers: Vec::new(),
            asked: Vec::new(),
        });
        Ok(RunState::Queued)
    }

    pub(super) fn claim(&mut self, limit: u32, now: Timestamp) -> Vec<Claim> {
        let ready = self.runs.iter_mut().filter(|row| row.ready).take(limit as usize);
        ready
            .map(|row| {
                row.ready = false;
                row.claim += 1;
                row.stumbles += 1;
                row.run.state = RunState::Running;
                row.run.started_at.get_or_insert(now);
                Claim {
                    ticket: Ticket::new(row.run.id.clone(), row.claim),
                    recipe: row.run.recipe.clone(),
                    hash: row.run.hash.clone(),
                    connection: row.run.connection.clone(),
                    stumbles: row.stumbles - 1,
                    first: None,
                }
            })
            .collect()
    }

    pub(super) fn release(&mut self, ticket: &Ticket, stumbled: bool) -> Result<(), JournalError> {
        let row = self.held(ticket)?;
        row.run.state = RunState::Queued;
        row.ready = true;
        if !stumbled {
            row.stumbles = row.stumbles.saturating_sub(1);
        }
        Ok(())
    }

    /// The run, if the ticket is still good.
    pub(super) fn held(&mut self, ticket: &Ticket) -> Result<&mut Row, JournalError> {
        let row = self.row_mut(&ticket.run)?;
        let state = row.run.state;
        if state.ended() {
            return Err(Refusal::Ended {
                run: ticket.run.clone(),
                state,
            }
            .into());
        }
        if row.claim != ticket.claim() || state != RunState::Running {
            return Err(Refusal::NotYours(ticket.run.clone()).into());
        }
        Ok(row)
    }

    pub(super) fn wake(&mut self, run: &RunId, woken: &mut Vec<RunId>) {
        if let Ok(row) = self.row_mut(run)
            && !row.run.state.ended()
        {
            row.ready = row.run.state != RunState::Running;
            if !woken.contains(run) {
                woken.push(run.clone());
            }
        }
    }

    pub(super) fn cancel(
        &mut self,
        run: &RunId,
        reason: &str,
        now: Timestamp,
        woken: &mut Vec<RunId>,
    ) -> Result<(), JournalError> {
        let row = self.row_mut(run)?;
        if row.run.state.ended() {
            return Ok(());
        }
        if row.run.started_at.is_none() {
            return self.end(
                run,
                RunState::Cancelled,
                Some(reason.to_owned()),
                Outcome::Cancelled,
                now,
                woken,
            );
        }
        row.run.cancel.get_or_insert_with(|| reason.to_owned());
        self.wake(run, woken);
        Ok(())
    }

    pub(super) fn end(
        &mut self,
        run: &RunId,
        state: RunState,
        reason: Option<String>,
        told: Outcome,
        now: Timestamp,
        woken: &mut Vec<RunId>,
    ) -> Result<(), JournalError> {
        let row = self.row_mut(run)?;
        row.run.state = state;
        row.run.reason = reason;
        row.run.ended_at = Some(now);
        row.ready = false;
        row.waits.clear();
        row.offers.clear();
        row.asked.retain(|asked| asked.answer.is_some());
        let parent = row.run.parent.clone();
        for called in self.called_by(run, None) {
            self.cancel(&called, "the run that called it has ended", now, woken)?;
        }
        if let Some((parent, path)) = parent
            && !self.row(&parent)?.run.state.ended()
        {
            self.record(&parent, &path, told, now)?;
            self.wake(&parent, woken);
        }
        Ok(())
    }

    /// The runs under way that a run has called, at one step or at any.
    pub(super) fn called_by(&self, run: &RunId, at: Option<&str>) -> Vec<RunId> {
        self.runs
            .iter()
            .filter(|row| !row.run.state.ended())
            .filter(|row| {
                row.run
                    .parent
                    .as_ref()
                    .is_some_and(|(parent, path)| parent == run && at.is_none_or(|at| at == path))
            })
            .map(|row| row.run.id.clone())
            .collect()
    }

    pub(super) fn answer(
        &mut self,
        run: &RunId,
        path: Option<&str>,
        reply: &Reply,
        now: Timestamp,
    ) -> Result<Vec<RunId>, JournalError> {
        let row = self.row_mut(run)?;
        let mut answered = Vec::new();
        for asked in &mut row.asked {
            if asked.answer.is_none() && path.is_none_or(|path| path == asked.path) {
                let own = row.attempts.iter().filter(|attempt| attempt.path == asked.path);
                let after = own.map(|attempt| attempt.number).max().unwrap_or_default();
                asked.answer = Some((reply.answer, after));
                answered.push(asked.path.clone());
            }
        }
        if answered.is_empty() {
            return Err(Refusal::NoQuestion(run.clone()).into());
        }
        for path in answered {
            match reply.answer {
                Answer::Done => self.record(run, &path, Outcome::Done(reply.value.clone()), now)?,
                Answer::Skip => {
                    self.record(
                        run,
                        &path,
                        Outcome::Skipped(format!("skipped by {}", reply.who)),
                        now,
                    )?;
                }
                Answer::Again => {}
            }
        }
        let row = self.row_mut(run)?;
        let asks = row.asked.iter().any(|asked| asked.answer.is_none());
        if !asks && row.run.state == RunState::NeedsAttention {
            row.run.state = RunState::Queued;
        }
        let mut woken = Vec::new();
        self.wake(run, &mut woken);
        Ok(woken)
    }
}
