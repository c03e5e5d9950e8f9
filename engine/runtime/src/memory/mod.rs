//! A journal in memory: for runs in the foreground, recipe tests, and as the ground of the simulator. It goes by the rules of
//! the one on disk, but forgets everything with the process, and runs do not wait for each other (`concurrency:` is a
//! matter of many events, and here there is one).

mod event;
mod life;
mod progress;
mod replay;
mod row;

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};
use souschef_flow::Failure;
use souschef_journal::{
    Accepted, Answer, Attempt, AttemptEnd, Claim, Effect, Event, EventId, JournalError, NewEvent, Offered,
    Outcome, Progress, RecipeText, Refusal, Replay, Reply, Run, RunId, RunState, Standing, Step, Ticket,
    Wait, Woken,
};

use crate::port::{Kept, RunJournal};

/// A journal in memory.
#[derive(Debug, Default)]
pub struct Memory {
    store: Mutex<Store>,
}

#[derive(Debug, Default)]
struct Store {
    runs: Vec<Row>,
    places: HashMap<RunId, usize>,
    events: HashMap<EventId, Event>,
    keys: HashMap<(String, String, String), EventId>,
    recipes: HashMap<String, RecipeText>,
    effects: i64,
    offers: i64,
}

/// A run and all that belongs to it.
#[derive(Debug)]
struct Row {
    run: Run,
    ready: bool,
    claim: i64,
    stumbles: u32,
    effects: Vec<Effect>,
    steps: IndexMap<String, Step>,
    attempts: Vec<Attempt>,
    waits: Vec<Wait>,
    offers: Vec<Offered>,
    asked: Vec<Asked>,
}

#[derive(Debug)]
struct Asked {
    path: String,
    failure: Value,
    answer: Option<(Answer, u32)>,
}

impl Store {
    fn place(&self, run: &RunId) -> Result<usize, JournalError> {
        self.places
            .get(run)
            .copied()
            .ok_or_else(|| Refusal::NoRun(run.clone()).into())
    }

    fn row(&self, run: &RunId) -> Result<&Row, JournalError> {
        let place = self.place(run)?;
        self.runs
            .get(place)
            .ok_or_else(|| Refusal::NoRun(run.clone()).into())
    }

    fn row_mut(&mut self, run: &RunId) -> Result<&mut Row, JournalError> {
        let place = self.place(run)?;
        self.runs
            .get_mut(place)
            .ok_or_else(|| Refusal::NoRun(run.clone()).into())
    }

    /// Records an outcome; the first of a path stands.
    fn record(
        &mut self,
        run: &RunId,
        path: &str,
        outcome: Outcome,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let seq = self.effects + 1;
        let row = self.row_mut(run)?;
        if row.is_recorded(path) {
            return Ok(());
        }
        row.effects.push(Effect {
            seq,
            path: path.to_owned(),
            outcome,
            at,
        });
        self.effects = seq;
        Ok(())
    }
}

impl Memory {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a recipe's text.
    pub fn keep(&self, recipe: RecipeText) {
        self.store().recipes.insert(recipe.hash.clone(), recipe);
    }

    /// The runs that have not ended.
    pub(crate) fn open_runs(&self) -> Vec<Run> {
        let store = self.store();
        let open = store.runs.iter().filter(|row| !row.run.state.ended());
        open.map(|row| row.run.clone()).collect()
    }

    /// The waits that stand.
    pub(crate) fn waits(&self) -> Vec<Wait> {
        let store = self.store();
        store
            .runs
            .iter()
            .flat_map(|row| row.waits.iter().cloned())
            .collect()
    }

    /// Whether a run is to be taken up.
    pub(crate) fn is_ready(&self) -> bool {
        self.store().runs.iter().any(|row| row.ready)
    }

    /// The run that has called this one, and the step there.
    pub(crate) fn parent_of(&self, run: &RunId) -> Option<(RunId, String)> {
        self.store().row(run).ok()?.run.parent.clone()
    }

    /// What a person is asked about a run: the steps' paths, and what is known.
    pub fn questions(&self, run: &RunId) -> Vec<(String, Value)> {
        let store = self.store();
        let Ok(row) = store.row(run) else {
            return Vec::new();
        };
        row.open_questions()
            .map(|asked| (asked.path.clone(), asked.failure.clone()))
            .collect()
    }

    /// Whether a person is asked about this step.
    pub(crate) fn asks_at(&self, run: &RunId, path: &str) -> bool {
        self.questions(run).iter().any(|(asked, _)| asked == path)
    }

    /// Asks about a step that waits for a run which will not end by itself.
    pub(crate) fn ask(
        &self,
        run: &RunId,
        path: &str,
        mark: String,
        failure: &Failure,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let mut store = self.store();
        let failure = json!(failure);
        store.record(run, &mark, Outcome::Failed(failure.clone()), now)?;
        store.row_mut(run)?.asked.push(Asked {
            path: path.to_owned(),
            failure,
            answer: None,
        });
        store.wake(run, &mut Vec::new());
        Ok(())
    }

    /// Puts an event before a run that waits for its name.
    pub(crate) fn offer(&self, run: &RunId, path: &str, event: Event) -> Result<(), JournalError> {
        let mut store = self.store();
        store.offer(run, path, event)?;
        store.wake(run, &mut Vec::new());
        Ok(())
    }

    /// Records what became of something that a run waits for.
    pub(crate) fn record(
        &self,
        run: &RunId,
        path: &str,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let mut store = self.store();
        store.record(run, path, outcome, now)?;
        store.row_mut(run)?.clear_wait(path);
        store.wake(run, &mut Vec::new());
        Ok(())
    }

    /// Asks for a run's end. Answers the runs that have something to look at now.
    ///
    /// # Errors
    /// There is no such run, or it has ended.
    pub fn cancel(&self, run: &RunId, reason: &str, now: Timestamp) -> Result<Vec<RunId>, JournalError> {
        let mut store = self.store();
        let state = store.row(run)?.run.state;
        if state.ended() {
            return Err(Refusal::Ended {
                run: run.clone(),
                state,
            }
            .into());
        }
        let mut woken = Vec::new();
        store.cancel(run, reason, now, &mut woken)?;
        Ok(woken)
    }

    /// Answers what a run asks. Answers the runs that go on.
    ///
    /// # Errors
    /// It asks nothing there.
    pub fn answer(
        &self,
        run: &RunId,
        path: Option<&str>,
        reply: &Reply,
        now: Timestamp,
    ) -> Result<Vec<RunId>, JournalError> {
        self.store().answer(run, path, reply, now)
    }

    /// What has to be remembered when the process stops: runs that a driver had go to whoever claims next.
    pub fn recover(&self) {
        for row in &mut self.store().runs {
            if row.run.state == RunState::Running {
                row.run.state = RunState::Queued;
                row.ready = true;
            }
        }
    }
}

impl RunJournal for Memory {
    fn keep_recipe(&self, recipe: RecipeText, _now: Timestamp) -> Kept<'_, ()> {
        self.keep(recipe);
        Box::pin(ready(Ok(())))
    }

    fn accept(&self, event: NewEvent) -> Kept<'_, Accepted> {
        Box::pin(ready(self.store().accept(event)))
    }

    fn claim(&self, limit: u32, now: Timestamp) -> Kept<'_, Vec<Claim>> {
        Box::pin(ready(Ok(self.store().claim(limit, now))))
    }

    fn release(&self, ticket: Ticket, stumbled: bool) -> Kept<'_, ()> {
        Box::pin(ready(self.store().release(&ticket, stumbled)))
    }

    fn replay(&self, run: RunId) -> Kept<'_, Replay> {
        Box::pin(ready(self.store().replay(&run)))
    }

    fn progress(&self, ticket: Ticket, progress: Arc<Progress>, now: Timestamp) -> Kept<'_, Standing> {
        let progress = Arc::unwrap_or_clone(progress);
        Box::pin(ready(self.store().progress(&ticket, progress, now)))
    }

    fn late_answer(&self, run: RunId, end: AttemptEnd, now: Timestamp) -> Kept<'_, ()> {
        Box::pin(ready(self.store().finish_attempt(&run, end, true, now)))
    }

    fn settle(&self, now: Timestamp, limit: u32) -> Kept<'_, Vec<Woken>> {
        Box::pin(ready(self.store().settle(now, limit)))
    }

    fn next_due(&self) -> Kept<'_, Option<Timestamp>> {
        let store = self.store();
        let due = store
            .runs
            .iter()
            .flat_map(|row| &row.waits)
            .filter_map(|wait| wait.until);
        Box::pin(ready(Ok(due.min())))
    }

    fn run(&self, run: RunId) -> Kept<'_, Option<Run>> {
        Box::pin(ready(Ok(self.store().row(&run).ok().map(|row| row.run.clone()))))
    }

    fn steps(&self, run: RunId) -> Kept<'_, Vec<Step>> {
        let steps = self
            .store()
            .row(&run)
            .map(|row| row.steps.values().cloned().collect());
        Box::pin(ready(steps))
    }

    fn attempts(&self, run: RunId) -> Kept<'_, Vec<Attempt>> {
        Box::pin(ready(self.store().row(&run).map(|row| row.attempts.clone())))
    }
}
