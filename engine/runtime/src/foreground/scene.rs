//! One run in the foreground and those that it calls: drivers set to work, and what comes next when all of them rest.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_connect::Observer;
use souschef_flow::Failure;
use souschef_journal::{Event, EventId, JournalError, NewEvent, NewRun, RecipeText, RunId, RunState, Wait};
use souschef_plan::Plan;
use tokio::sync::watch;

use super::{Inner, RunRequest};
use crate::caller::Mode;
use crate::clock::Clock;
use crate::crew::{Crew, Hub};
use crate::driver::{Caller, Calling, Left, Means, Order, Plans, Teller, Waits};
use crate::memory::Memory;
use crate::port::RunJournal;
use crate::record::{RunRecord, doubt};
use crate::report::RunEvent;
use crate::waits;

/// How many runs are carried on at once.
const AT_ONCE: usize = 256;

/// One run in the foreground, and those that it calls.
pub(super) struct Scene {
    inner: Arc<Inner>,
    memory: Arc<Memory>,
    hub: Arc<Hub>,
    root: RunId,
    plans: Mutex<HashMap<String, Arc<Plan>>>,
    calls: Mutex<Vec<(String, Map<String, Value>)>>,
    /// Under which step a called run is shown, and how deep.
    places: Mutex<HashMap<RunId, (String, usize)>>,
}

/// An event that was put before a run: its place in the queue.
struct Trial {
    index: usize,
    run: RunId,
    path: String,
}

impl Scene {
    pub(super) fn new(inner: Arc<Inner>) -> Self {
        Self {
            inner,
            memory: Arc::new(Memory::new()),
            hub: Arc::new(Hub::default()),
            root: RunId::new(),
            plans: Mutex::default(),
            calls: Mutex::default(),
            places: Mutex::default(),
        }
    }

    /// The run's id.
    pub(super) fn root(&self) -> &RunId {
        &self.root
    }

    /// Every call that the run asked for, in order.
    pub(super) fn take_calls(&self) -> Vec<(String, Map<String, Value>)> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs it to where nothing more can come.
    pub(super) async fn carry_out(self: Arc<Self>, request: RunRequest) -> Result<RunRecord, JournalError> {
        let clock = self.inner.clock.clone();
        self.know(&request.plan);
        let new = NewRun {
            id: self.root.clone(),
            recipe: request.plan.recipe.clone(),
            hash: request.plan.hash.clone(),
            trigger: request.trigger,
            connection: request.connection,
            inputs: Value::Object(request.inputs),
            concurrency: souschef_journal::Concurrency::default(),
            once: None,
        };
        let event = NewEvent {
            id: EventId::new(),
            connection: None,
            source: "manual".to_owned(),
            key: None,
            strict: false,
            body: request.event,
            runs: vec![new],
            signal: None,
            at: clock.now(),
        };
        RunJournal::accept(self.memory.as_ref(), event).await?;
        let options = &self.inner.options;
        let waits = match clock {
            _ if options.skip_waits || options.mode == Mode::DryRun => Waits::Skipped,
            Clock::System | Clock::Runtime(..) => Waits::Watched,
            Clock::Fixed(_) => Waits::Kept,
        };
        let means = Means {
            journal: Arc::clone(&self.memory) as _,
            caller: Arc::clone(&self) as _,
            plans: Arc::clone(&self) as _,
            clock,
            teller: Arc::clone(&self) as _,
            waits,
        };
        let mut crew = Crew::new(
            Arc::new(means),
            Arc::clone(&self.hub),
            AT_ONCE,
            watch::channel(false).1,
        );
        self.carry(&mut crew).await?;
        self.record().await
    }

    async fn carry(&self, crew: &mut Crew) -> Result<(), JournalError> {
        let mut stop = self.inner.stop.clone();
        let mut stopping = false;
        let mut tried: Vec<Trial> = Vec::new();
        loop {
            crew.join_ready().await?;
            while crew.take().await? > 0 {}
            let due = match self.inner.clock {
                Clock::System | Clock::Runtime(..) => crew.settle().await?,
                // It moves on only when nothing else can.
                Clock::Fixed(_) => None,
            };
            if crew.len() == 0
                && !self.memory.is_ready()
                && !self.go_on_from_rest(crew, &mut tried, due).await?
            {
                return Ok(());
            }
            let asleep = async {
                match due {
                    Some(due) => self.inner.clock.sleep_until(due).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                () = self.hub.ready.notified() => {}
                joined = crew.join(), if crew.len() > 0 => { joined?; }
                changed = stop.changed(), if !stopping => {
                    stopping = true;
                    if changed.is_ok() && *stop.borrow() {
                        let woken = self.memory.cancel(&self.root, "interrupted", self.inner.clock.now());
                        self.hub.wake(&woken.unwrap_or_default());
                    }
                }
                () = asleep => {}
            }
        }
    }

    /// No driver is at work: what may come next is brought about. False: nothing is left to come.
    async fn go_on_from_rest(
        &self,
        crew: &mut Crew,
        tried: &mut Vec<Trial>,
        due: Option<Timestamp>,
    ) -> Result<bool, JournalError> {
        let root = self.memory.run(self.root.clone()).await?;
        if root.is_none_or(|root| root.state.ended()) {
            return Ok(false);
        }
        if self.offer_event(tried)? {
            self.hub.look();
            return Ok(true);
        }
        if due.is_some() {
            return Ok(true);
        }
        crew.look_for_due().await?;
        let next = self.memory.next_due().await?;
        if let Some(next) = next {
            self.inner.clock.advance_to(next);
            crew.settle().await?;
            return Ok(true);
        }
        let unheard = self
            .memory
            .waits()
            .into_iter()
            .find_map(|wait| Some((wait.event.clone()?, wait)));
        if let Some((event, wait)) = unheard {
            let failure = crate::driver::failed(&waits::never_heard(&event));
            self.memory
                .record(&wait.run, &wait.path, failure, self.inner.clock.now())?;
            self.hub.look();
            return Ok(true);
        }
        self.pass_on_doubt().await
    }

    /// Puts the next event of the queue before a run that waits for its name.
    fn offer_event(&self, tried: &mut Vec<Trial>) -> Result<bool, JournalError> {
        let mut events = self.inner.events.lock().unwrap_or_else(PoisonError::into_inner);
        let waits: Vec<Wait> = self.memory.waits();
        // The last one was taken if its wait has ended with it.
        if let Some(last) = tried.last() {
            let stands = waits
                .iter()
                .any(|wait| wait.run == last.run && wait.path == last.path);
            if !stands {
                events.remove(last.index);
                tried.clear();
            }
        }
        for wait in &waits {
            for (index, (id, body)) in events.iter().enumerate() {
                let known =
                    |trial: &Trial| trial.index == index && trial.run == wait.run && trial.path == wait.path;
                if wait.event.as_ref() != Some(id) || tried.iter().any(known) {
                    continue;
                }
                let event = Event {
                    id: EventId::new(),
                    connection: None,
                    source: id.clone(),
                    key: None,
                    body: body.clone(),
                    received_at: self.inner.clock.now(),
                    differs_from: None,
                };
                self.memory.offer(&wait.run, &wait.path, event)?;
                tried.push(Trial {
                    index,
                    run: wait.run.clone(),
                    path: wait.path.clone(),
                });
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A run that another has called needs attention, and nobody is there to give it: then the one that called it needs
    /// attention too.
    async fn pass_on_doubt(&self) -> Result<bool, JournalError> {
        for run in self.memory.open_runs() {
            let Some((parent, path)) = run.parent.clone() else {
                continue;
            };
            if run.state != RunState::NeedsAttention || self.memory.asks_at(&parent, &path) {
                continue;
            }
            let why = self.doubt_of(&run.id).await?;
            let failure = Failure {
                message: format!("recipe {} needs attention: {why}", run.recipe),
                ..Failure::default()
            };
            self.memory.ask(
                &parent,
                &path,
                crate::driver::asked_first(&path),
                &failure,
                self.inner.clock.now(),
            )?;
            self.hub.look();
            return Ok(true);
        }
        Ok(false)
    }

    async fn doubt_of(&self, run: &RunId) -> Result<String, JournalError> {
        let steps = self.memory.steps(run.clone()).await?;
        Ok(doubt(&self.memory.questions(run), &steps).unwrap_or_default())
    }

    async fn record(&self) -> Result<RunRecord, JournalError> {
        let root = self.root.clone();
        let run = self
            .memory
            .run(root.clone())
            .await?
            .ok_or_else(|| souschef_journal::Refusal::NoRun(root.clone()))?;
        let open = match run.state {
            RunState::NeedsAttention => Some(self.doubt_of(&root).await?),
            _ => None,
        };
        let steps = self.memory.steps(root.clone()).await?;
        let attempts = self.memory.attempts(root).await?;
        let record = RunRecord::of(run, open, steps, attempts);
        // Nothing of it is kept, so there is nothing to look up.
        Ok(RunRecord {
            event: None,
            started_at: None,
            ended_at: None,
            ..record
        })
    }

    /// A plan that runs may be of.
    fn know(&self, plan: &Arc<Plan>) {
        self.memory.keep(RecipeText {
            hash: plan.hash.clone(),
            name: plan.recipe.clone(),
            text: plan.text.to_string(),
        });
        self.plans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(plan.recipe.clone(), Arc::clone(plan));
    }

    /// Under which step a run is shown, and how deep; none for the run itself.
    fn place_of(&self, run: &RunId) -> Option<(String, usize)> {
        if *run == self.root {
            return None;
        }
        let known = self
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(run)
            .cloned();
        if known.is_some() {
            return known;
        }
        let (parent, path) = self.memory.parent_of(run)?;
        let (under, depth) = self.place_of(&parent).unwrap_or_default();
        let place = (format!("{under}{path}/"), depth + 1);
        self.places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run.clone(), place.clone());
        Some(place)
    }
}

impl Teller for Scene {
    /// Of a run that another recipe called, only the steps are told, under the step that called it.
    fn tell(&self, run: &RunId, event: RunEvent) {
        let told = match self.place_of(run) {
            None => Some(event),
            Some((under, depth)) => event.under(&under, depth),
        };
        if let Some(event) = told {
            self.inner.reporter.event(&event);
        }
    }

    fn woken(&self, runs: &[RunId]) {
        self.hub.wake(runs);
    }

    fn due(&self, at: Timestamp) {
        self.hub.due(at);
    }

    fn left(&self, _run: &RunId, _recipe: &str, _left: Left) {}
}

impl Caller for Scene {
    fn scope_of(&self, connection: &str) -> Value {
        self.inner.accounts.scope_of(connection)
    }

    fn call<'a>(&'a self, order: Order, observer: &'a dyn Observer) -> Calling<'a> {
        if order.run == self.root && order.made_before == 0 {
            let call = (order.call.operation.id.clone(), order.call.inputs.clone());
            self.calls
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(call);
        }
        self.inner.caller.call(order, observer)
    }
}

impl Plans for Scene {
    fn of(&self, recipe: &RecipeText) -> Result<Arc<Plan>, String> {
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans
            .get(&recipe.name)
            .cloned()
            .ok_or_else(|| format!("there is no plan of {}", recipe.name))
    }

    fn current(&self, recipe: &str) -> Result<Arc<Plan>, String> {
        let plan = (self.inner.plans)(recipe)?;
        self.know(&plan);
        Ok(plan)
    }
}
