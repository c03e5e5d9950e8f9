//! Runs in the foreground: the one driver over a journal in memory, one run and what it calls, until all of it has come to
//! rest.

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_connect::{CallOptions, Client, Observer, Quiet};
use souschef_flow::{Call, EffectOutcome, Failure};
use souschef_journal::{Event, EventId, JournalError, NewEvent, NewRun, RecipeText, RunId, RunState, Wait};
use souschef_plan::Plan;
use tokio::sync::watch;

use crate::accounts::Accounts;
use crate::caller::{HttpCaller, Mode};
use crate::clock::Clock;
use crate::crew::{Crew, Hub};
use crate::driver::{Called, Caller, Calling, Left, Means, Order, Plans, Teller, Waits};
use crate::memory::Memory;
use crate::port::RunJournal;
use crate::project::OpenProject;
use crate::record::{RunRecord, doubt};
use crate::report::{Reporter, RunEvent};
use crate::waits;

/// How many runs are carried on at once.
const AT_ONCE: usize = 256;

/// How a driver works.
#[derive(Clone, Debug)]
pub struct DriverOptions {
    /// Whether requests are sent.
    pub mode: Mode,
    /// Waits end at once.
    pub skip_waits: bool,
    /// How calls are made where the step says nothing.
    pub call: CallOptions,
    /// Events for `wait_for` steps, in order: the event's id and body.
    pub events: Vec<(String, Value)>,
}

/// Where other recipes' plans come from (`run_recipe`).
pub type OtherPlans = dyn Fn(&str) -> Result<Arc<Plan>, String> + Send + Sync;

/// Runs recipes in the foreground.
#[derive(Clone)]
pub struct Driver {
    inner: Arc<Inner>,
}

struct Inner {
    caller: HttpCaller,
    accounts: Accounts,
    clock: Clock,
    reporter: Arc<dyn Reporter>,
    plans: Box<OtherPlans>,
    options: DriverOptions,
    events: Mutex<VecDeque<(String, Value)>>,
    stop: watch::Receiver<bool>,
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// The recipe.
    pub plan: Arc<Plan>,
    /// Which of its triggers fired.
    pub trigger: String,
    /// The event.
    pub event: Value,
    /// Its settings.
    pub inputs: Map<String, Value>,
    /// The account's name.
    pub connection: String,
}

/// A run's end, with the calls that it asked for.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The run.
    pub record: RunRecord,
    /// Every call asked for, in order: operation and inputs.
    pub calls: Vec<(String, Map<String, Value>)>,
}

impl Driver {
    /// A driver. When `stop` turns true, runs end as cancelled.
    pub fn new(
        client: Client,
        accounts: Accounts,
        clock: Clock,
        reporter: Arc<dyn Reporter>,
        plans: Box<OtherPlans>,
        options: DriverOptions,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let events = Mutex::new(options.events.iter().cloned().collect());
        Self {
            inner: Arc::new(Inner {
                caller: HttpCaller::new(client, accounts.clone(), options.call.clone(), options.mode),
                accounts,
                clock,
                reporter,
                plans,
                options,
                events,
                stop,
            }),
        }
    }

    /// The accounts that it uses.
    pub fn accounts(&self) -> &Accounts {
        &self.inner.accounts
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Makes one call outside a run: to find the event of a polled recipe.
    pub async fn call(&self, call: Call, connection: &str) -> EffectOutcome {
        let order = Order {
            run: RunId::new(),
            path: String::new(),
            connection: connection.to_owned(),
            redact: Arc::default(),
            call,
            made_before: 0,
            tried: 0,
            unsettled: None,
        };
        match self.inner.caller.call(order, &Quiet).await {
            Called::Over(outcome) => outcome,
            // Nobody waits in the foreground for an account to be connected again.
            Called::Held(held) => EffectOutcome::Failed(held.failure),
        }
    }

    /// Runs a recipe to its end.
    pub async fn run(&self, request: RunRequest) -> Finished {
        let run = RunId::new();
        let scene = Arc::new(Scene {
            inner: Arc::clone(&self.inner),
            memory: Arc::new(Memory::new()),
            hub: Arc::new(Hub::default()),
            root: run.clone(),
            plans: Mutex::default(),
            calls: Mutex::default(),
            places: Mutex::default(),
        });
        let recipe = request.plan.recipe.clone();
        let record = match Arc::clone(&scene).carry_out(request).await {
            Ok(record) => record,
            // A journal in memory fails only by a mistake of ours.
            Err(error) => RunRecord::broken(&run, recipe, &error.to_string()),
        };
        self.inner
            .reporter
            .event(&RunEvent::Ended(Box::new(record.clone())));
        let calls = std::mem::take(&mut *scene.calls.lock().unwrap_or_else(PoisonError::into_inner));
        Finished { record, calls }
    }
}

/// One run in the foreground, and those that it calls.
struct Scene {
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
    async fn carry_out(self: Arc<Self>, request: RunRequest) -> Result<RunRecord, JournalError> {
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
            self.hub.ready.notify_one();
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
            self.hub.ready.notify_one();
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
            self.hub.ready.notify_one();
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

    fn left(&self, _run: &RunId, _left: Left) {}
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

/// Another recipe's plan, for `run_recipe`.
///
/// # Errors
/// It is not there, or has mistakes.
pub fn plan_of(project: &OpenProject, name: &str) -> Result<Arc<Plan>, String> {
    let file = project.recipe(name).map_err(|error| error.to_string())?;
    let (_, checked) = project.check_alone(&file).map_err(|error| error.to_string())?;
    checked
        .plan
        .ok_or_else(|| format!("recipe {name} has errors; see `souschef check`"))
}
