//! A run's progress in memory: all of it at once, as the journal on disk takes it.

use std::sync::Arc;

use jiff::Timestamp;
use souschef_journal::{
    Attempt, AttemptBegin, AttemptEnd, JournalError, Next, Outcome, Progress, Refusal, RunId, RunState,
    Standing, Step, Ticket, Wait, WaitKind,
};

use super::{Asked, Store};

impl Store {
    pub(super) fn progress(
        &mut self,
        ticket: &Ticket,
        progress: Progress,
        now: Timestamp,
    ) -> Result<Standing, JournalError> {
        let run = &ticket.run;
        self.held(ticket)?;
        let mut woken = Vec::new();
        for begin in progress.begins {
            self.begin_attempt(run, begin, now)?;
        }
        for end in progress.ends {
            let late = self.row(run)?.is_recorded(&end.path);
            self.finish_attempt(run, end, late, now)?;
        }
        for step in progress.steps {
            self.keep_step(run, step)?;
        }
        for (path, outcome) in progress.outcomes {
            self.record(run, &path, outcome, now)?;
        }
        for (path, failure) in progress.asks {
            let row = self.row_mut(run)?;
            if !row.open_questions().any(|asked| asked.path == path) {
                row.asked.push(Asked {
                    path,
                    failure,
                    answer: None,
                });
            }
        }
        for wait in progress.waits {
            self.set_wait(run, wait.path, wait.kind, now)?;
        }
        for path in &progress.drops {
            let row = self.row_mut(run)?;
            row.clear_wait(path);
            row.asked
                .retain(|asked| asked.path != *path || asked.answer.is_some());
            for called in self.called_by(run, Some(path)) {
                self.cancel(&called, "the step that called it has gone on", now, &mut woken)?;
            }
        }
        for offer in progress.takes {
            let row = self.row_mut(run)?;
            if let Some(place) = row.offers.iter().position(|offered| offered.offer == offer) {
                let offered = row.offers.remove(place);
                row.clear_wait(&offered.path);
                self.record(run, &offered.path, Outcome::Done(offered.event.body), now)?;
            }
        }
        let row = self.row_mut(run)?;
        row.offers
            .retain(|offered| !progress.leaves.contains(&offered.offer));
        for (path, new) in progress.calls {
            let there = self.runs.iter().any(|row| {
                row.run
                    .parent
                    .as_ref()
                    .is_some_and(|(parent, at)| parent == run && *at == path)
            });
            if !there && !self.row(run)?.is_recorded(&path) {
                woken.push(new.id.clone());
                self.insert(new, None, Some((run.clone(), path)), now)?;
            }
        }
        let row = self.row_mut(run)?;
        row.stumbles = 0;
        if progress.fields.is_some() {
            row.run.fields = progress.fields;
        }
        let mut standing = Standing {
            state: RunState::Running,
            news: row.beyond(progress.heard),
            offers: row.offers.clone(),
            again: row.again_unheard(),
            cancel: row.run.cancel.clone(),
            woken: Vec::new(),
        };
        let nothing_new = standing.news.is_empty()
            && standing.again.is_empty()
            && standing.offers.is_empty()
            && standing.cancel.is_none();
        match progress.next {
            Next::Rest if nothing_new => standing.state = self.rest(run)?,
            Next::GoOn | Next::Rest => {}
            Next::End(end) => {
                self.end(run, end.state, end.reason, end.told, now, &mut woken)?;
                standing.state = end.state;
            }
        }
        woken.retain(|other| other != run);
        standing.woken = woken;
        Ok(standing)
    }

    fn begin_attempt(
        &mut self,
        run: &RunId,
        begin: AttemptBegin,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let row = self.row_mut(run)?;
        let taken = row
            .attempts
            .iter()
            .any(|attempt| attempt.path == begin.path && attempt.number == begin.number);
        if taken {
            return Err(JournalError::Database(format!(
                "attempt {} at {} was begun before",
                begin.number, begin.path
            )));
        }
        row.attempts.push(Attempt {
            path: begin.path,
            number: begin.number,
            looking: begin.looking,
            request: Arc::unwrap_or_clone(begin.request),
            began_at: now,
            status: None,
            response: None,
            error: None,
            ms: None,
            ended_at: None,
            late: false,
        });
        Ok(())
    }

    pub(super) fn finish_attempt(
        &mut self,
        run: &RunId,
        end: AttemptEnd,
        late: bool,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let row = self.row_mut(run)?;
        let attempt = row
            .attempts
            .iter_mut()
            .find(|attempt| attempt.path == end.path && attempt.number == end.number)
            .ok_or_else(|| Refusal::NoAttempt {
                run: run.clone(),
                path: end.path.clone(),
                number: end.number,
            })?;
        // An end that was written stands.
        if attempt.ended_at.is_none() {
            attempt.status = end.status;
            attempt.response = end.response;
            attempt.error = end.error;
            attempt.ms = Some(end.ms);
            attempt.late = late;
            attempt.ended_at = Some(now);
        }
        Ok(())
    }

    fn keep_step(&mut self, run: &RunId, step: Step) -> Result<(), JournalError> {
        let row = self.row_mut(run)?;
        match row.steps.get_mut(&step.path) {
            Some(kept) => {
                *kept = Step {
                    began_at: kept.began_at,
                    ..step
                }
            }
            None => {
                row.steps.insert(step.path.clone(), step);
            }
        }
        Ok(())
    }

    fn set_wait(
        &mut self,
        run: &RunId,
        path: String,
        kind: WaitKind,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let row = self.row_mut(run)?;
        if row.is_recorded(&path) || row.waits.iter().any(|wait| wait.path == path) {
            return Ok(());
        }
        let (until, event, event_path, condition) = match kind {
            WaitKind::Sleep { until } => (Some(until), None, None, None),
            WaitKind::Event {
                event,
                path,
                condition,
                until,
            } => (until, Some(event), path, condition),
        };
        row.waits.push(Wait {
            run: run.clone(),
            path,
            until,
            event,
            event_path,
            condition,
            since: now,
        });
        Ok(())
    }

    /// Lets a run rest, if something will wake it.
    fn rest(&mut self, run: &RunId) -> Result<RunState, JournalError> {
        let calls = !self.called_by(run, None).is_empty();
        let row = self.row_mut(run)?;
        let state = if row.open_questions().next().is_some() {
            RunState::NeedsAttention
        } else if calls || !row.waits.is_empty() {
            RunState::Waiting
        } else {
            return Err(Refusal::NothingToWaitFor(run.clone()).into());
        };
        row.run.state = state;
        row.ready = false;
        Ok(state)
    }
}
