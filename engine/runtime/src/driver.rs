//! The foreground driver: the interpreter's effects are carried out here and now, and nothing is kept.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_connect::{CallOptions, CallOutcome, Client, Refusal, build};
use souschef_flow::{Call, EffectKind, EffectOutcome, Failure, Machine, RunEnd, RunOutcome, Start};
use souschef_plan::Plan;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::accounts::{Accounts, AccountsError};
use crate::clock::Clock;
use crate::project::OpenProject;
use crate::record::{RunRecord, StepLog};
use crate::report::{Reporter, RunEvent};
use crate::{ids, placeholder, waits};

/// How deep recipes may call recipes.
const DEEPEST: usize = 8;

/// Whether requests are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are.
    #[default]
    Send,
    /// They are built and shown; answers are placeholders.
    DryRun,
}

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
pub type Plans = dyn Fn(&str) -> Result<Arc<Plan>, String> + Send + Sync;

/// Runs recipes in the foreground.
#[derive(Clone)]
pub struct Driver {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    accounts: Accounts,
    clock: Clock,
    reporter: Arc<dyn Reporter>,
    plans: Box<Plans>,
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
        plans: Box<Plans>,
        options: DriverOptions,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let events = Mutex::new(options.events.iter().cloned().collect());
        Self {
            inner: Arc::new(Inner {
                client,
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

    /// Makes one call outside a run: to find the event of a polled recipe.
    pub async fn call(&self, call: Call, connection: &str) -> EffectOutcome {
        let run = Run {
            driver: self.clone(),
            depth: 0,
            connection: connection.to_owned(),
            ..Run::default_for(self)
        };
        run.call(String::new(), call).await
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Runs a recipe to its end.
    pub async fn run(&self, request: RunRequest) -> Finished {
        self.run_at(request, 0, String::new()).await
    }

    /// `under`: the path of the step that this run stands under, with a slash; empty for a run of its own.
    fn run_at(
        &self,
        request: RunRequest,
        depth: usize,
        under: String,
    ) -> Pin<Box<dyn Future<Output = Finished> + Send + '_>> {
        Box::pin(async move {
            let run = Run {
                driver: self.clone(),
                depth,
                under: under.into(),
                connection: request.connection.clone(),
                redact: Arc::new(request.plan.redact.clone()),
                ..Run::default_for(self)
            };
            run.carry_out(request).await
        })
    }
}

/// One run under way.
#[derive(Clone)]
struct Run {
    driver: Driver,
    depth: usize,
    /// What stands before the paths of its steps in what is reported: the path of the step that called it, and a slash.
    under: Arc<str>,
    connection: String,
    redact: Arc<Vec<String>>,
    log: Arc<Mutex<StepLog>>,
}

/// An effect that has ended, or a wait that was given up.
type Outcomes = JoinSet<(String, EffectOutcome)>;

impl Run {
    fn default_for(driver: &Driver) -> Self {
        Self {
            driver: driver.clone(),
            depth: 0,
            under: Arc::from(""),
            connection: String::new(),
            redact: Arc::default(),
            log: Arc::default(),
        }
    }

    /// Tells the reporter. Of a run that another recipe called, only the steps are told, under the step that called it.
    fn say(&self, event: RunEvent) {
        let told = if self.depth == 0 {
            Some(event)
        } else {
            event.under(&self.under, self.depth)
        };
        if let Some(event) = told {
            self.driver.inner.reporter.event(&event);
        }
    }

    fn now(&self) -> Timestamp {
        self.driver.inner.clock.now()
    }

    async fn carry_out(self, request: RunRequest) -> Finished {
        let id = ids::run_id();
        self.say(RunEvent::Began {
            id: id.clone(),
            recipe: request.plan.recipe.clone(),
            title: request.plan.title.clone(),
            connection: request.connection.clone(),
        });
        let mut machine = Machine::start(Start {
            plan: Arc::clone(&request.plan),
            run_id: id.clone(),
            started_at: self.now(),
            trigger: request.trigger,
            event: request.event,
            inputs: request.inputs,
            connection: self.driver.inner.accounts.scope_of(&request.connection),
        });
        if !machine.fields().is_empty() {
            self.say(RunEvent::Fields(machine.fields().clone()));
        }
        let mut calls = Vec::new();
        let mut under_way = Outcomes::new();
        let mut waits = std::collections::HashMap::new();
        let mut stop = self.driver.inner.stop.clone();
        let mut stopping = false;
        loop {
            self.pass_on(&mut machine);
            for effect in machine.effects() {
                if let EffectKind::Call(call) = &effect.kind {
                    calls.push((call.operation.id.clone(), call.inputs.clone()));
                }
                self.start(&machine, effect.path, effect.kind, &mut under_way, &mut waits);
            }
            self.pass_on(&mut machine);
            if under_way.is_empty() {
                break;
            }
            tokio::select! {
                ended = under_way.join_next() => match ended {
                    Some(Ok((path, outcome))) => {
                        waits.remove(&path);
                        machine.feed(&path, outcome, self.now());
                    }
                    // A mistake of ours is not to be taken for the end of a step.
                    Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                    // A wait that was given up: nobody waits for its outcome.
                    Some(Err(_)) | None => {}
                },
                changed = stop.changed(), if !stopping => {
                    stopping = true;
                    if changed.is_ok() && *stop.borrow() {
                        machine.cancel("interrupted", self.now());
                    }
                }
            }
        }
        self.pass_on(&mut machine);
        let end = machine.end().cloned().unwrap_or_else(|| RunEnd {
            outcome: RunOutcome::Failed,
            reason: Some("the run came to no end; please report this".to_owned()),
        });
        let steps =
            std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner)).into_steps();
        let record = RunRecord {
            id,
            recipe: request.plan.recipe.clone(),
            outcome: end.outcome,
            reason: end.reason,
            fields: machine.fields().clone(),
            steps,
        };
        self.say(RunEvent::Ended(Box::new(record.clone())));
        Finished { record, calls }
    }

    /// Passes the machine's reports on to the log and the reporter.
    fn pass_on(&self, machine: &mut Machine) {
        for report in machine.reports() {
            self.log
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .report(&report);
            self.say(RunEvent::Step(Box::new(report)));
        }
    }

    fn start(
        &self,
        machine: &Machine,
        path: String,
        kind: EffectKind,
        under_way: &mut Outcomes,
        waits: &mut std::collections::HashMap<String, tokio::task::AbortHandle>,
    ) {
        let run = self.clone();
        match kind {
            EffectKind::Call(call) => {
                under_way.spawn(async move { (path.clone(), run.call(path, *call).await) });
            }
            EffectKind::Sleep { until } => {
                let key = path.clone();
                let handle = under_way.spawn(async move { (path.clone(), run.sleep(path, until).await) });
                waits.insert(key, handle);
            }
            EffectKind::Signal { event, until, .. } => {
                let outcome = run.signal(machine, &path, &event, until);
                under_way.spawn(async move { (path, outcome) });
            }
            EffectKind::Run { recipe, inputs } => {
                let key = path.clone();
                let handle = under_way.spawn(async move {
                    {
                        let outcome = run.other(&path, &recipe, inputs).await;
                        (path, outcome)
                    }
                });
                waits.insert(key, handle);
            }
            EffectKind::Cancel => {
                // A call in flight is let finish, so that its outcome is known; waits are given up.
                if let Some(handle) = waits.remove(&path) {
                    handle.abort();
                }
            }
        }
    }

    async fn call(&self, path: String, call: Call) -> EffectOutcome {
        let inner = &self.driver.inner;
        let connection = match inner.accounts.open(
            &call.operation.connector,
            call.connection.as_deref(),
            &self.connection,
        ) {
            Ok(connection) => connection,
            Err(AccountsError { message, help }) => {
                return EffectOutcome::Failed(Failure {
                    message,
                    help,
                    ..Failure::default()
                });
            }
        };
        let mut options = inner.options.call.clone();
        options.redact.extend(self.redact.iter().cloned());
        options.times = call.retry.times.unwrap_or(options.times);
        options.first_wait = call.retry.first_wait.unwrap_or(options.first_wait);
        options.longest_wait = call.retry.longest_wait.unwrap_or(options.longest_wait);
        options.timeout = call.timeout.or(options.timeout);
        options.if_unknown = call.if_unknown.or(options.if_unknown);
        let watcher = Watcher {
            run: self,
            path: &path,
        };
        if inner.options.mode == Mode::DryRun {
            return match build(&call.operation, &call.inputs, &connection) {
                Ok(request) => {
                    watcher.would_send(&request.shown(&options.redact));
                    EffectOutcome::Done(placeholder::of(&call.operation.output, ""))
                }
                Err(errors) => EffectOutcome::Failed(failure_of_build(&call, &errors)),
            };
        }
        match inner
            .client
            .call(&call.operation, &call.inputs, &connection, &options, &watcher)
            .await
        {
            Err(errors) => EffectOutcome::Failed(failure_of_build(&call, &errors)),
            Ok(report) => match report.outcome {
                CallOutcome::Done(answer) => EffectOutcome::Done(answer),
                CallOutcome::NotDone(refusal) => EffectOutcome::Failed(failure(refusal)),
                CallOutcome::Unknown(refusal) => EffectOutcome::Unknown(failure(refusal)),
            },
        }
    }

    async fn sleep(&self, path: String, until: Timestamp) -> EffectOutcome {
        let inner = &self.driver.inner;
        let left = Duration::try_from(until.duration_since(self.now())).unwrap_or_default();
        let skipped = inner.options.skip_waits || inner.options.mode == Mode::DryRun;
        let limited = matches!(inner.clock, Clock::System) && !path.ends_with("!timeout");
        if limited {
            self.say(RunEvent::Waiting {
                path: path.clone(),
                until: Some(until),
                skipped,
            });
        }
        if skipped && limited {
            return EffectOutcome::Done(Value::Null);
        }
        if limited && left > waits::LONGEST {
            return EffectOutcome::Failed(Failure {
                code: Some("SC480".to_owned()),
                message: format!(
                    "this wait would last until {until}, longer than a run in the foreground sits through"
                ),
                help: Some("pass over waits with --skip-waits".to_owned()),
                ..Failure::default()
            });
        }
        inner.clock.sleep_until(until).await;
        EffectOutcome::Done(Value::Null)
    }

    fn signal(&self, machine: &Machine, path: &str, event: &str, until: Option<Timestamp>) -> EffectOutcome {
        let inner = &self.driver.inner;
        let mut events = inner.events.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |(id, body): &(String, Value)| id == event && machine.matches(path, body);
        if let Some(index) = events.iter().position(fits)
            && let Some((_, body)) = events.remove(index)
        {
            return EffectOutcome::Done(body);
        }
        let skipped = inner.options.skip_waits || inner.options.mode == Mode::DryRun;
        self.say(RunEvent::Waiting {
            path: path.to_owned(),
            until,
            skipped,
        });
        if skipped {
            return EffectOutcome::Done(Value::Object(Map::new()));
        }
        if let (Clock::Fixed(_), Some(until)) = (&inner.clock, until) {
            inner.clock.advance_to(until);
            return EffectOutcome::TimedOut;
        }
        EffectOutcome::Failed(Failure {
            code: Some("SC481".to_owned()),
            message: format!("a run in the foreground hears no events, so {event} can't come"),
            help: Some("pass over waits with --skip-waits".to_owned()),
            ..Failure::default()
        })
    }

    async fn other(&self, path: &str, recipe: &str, inputs: Map<String, Value>) -> EffectOutcome {
        if self.depth + 1 >= DEEPEST {
            return EffectOutcome::Failed(Failure {
                code: Some("SC482".to_owned()),
                message: format!("recipes call each other more than {DEEPEST} deep"),
                ..Failure::default()
            });
        }
        let plan = match (self.driver.inner.plans)(recipe) {
            Ok(plan) => plan,
            Err(message) => {
                return EffectOutcome::Failed(Failure {
                    message,
                    ..Failure::default()
                });
            }
        };
        let trigger = plan
            .triggers
            .iter()
            .find(|trigger| matches!(trigger.kind, souschef_plan::TriggerPlanKind::Manual))
            .or_else(|| plan.triggers.first())
            .map_or_else(String::new, |trigger| trigger.id.clone());
        let request = RunRequest {
            plan,
            trigger,
            event: Value::Object(inputs.clone()),
            inputs,
            connection: self.connection.clone(),
        };
        let finished = self
            .driver
            .run_at(request, self.depth + 1, format!("{}{path}/", self.under))
            .await;
        let reason = finished.record.reason.clone().unwrap_or_default();
        let failure = |message: String| Failure {
            message,
            ..Failure::default()
        };
        match finished.record.outcome {
            RunOutcome::Succeeded | RunOutcome::Stopped => EffectOutcome::Done(result_of(&finished.record)),
            RunOutcome::Failed => EffectOutcome::Failed(failure(format!("recipe {recipe} failed: {reason}"))),
            RunOutcome::NeedsAttention => {
                EffectOutcome::Unknown(failure(format!("recipe {recipe} needs attention: {reason}")))
            }
            RunOutcome::Cancelled => EffectOutcome::Cancelled,
        }
    }
}

/// What `steps.ID` holds of another recipe's run: its outcome, its fields, and the results of its own steps by id.
fn result_of(record: &RunRecord) -> Value {
    let steps: Map<String, Value> = record
        .steps
        .iter()
        .filter(|step| !step.path.contains('.'))
        .filter_map(|step| Some((step.id.clone()?, step.result.clone()?)))
        .collect();
    serde_json::json!({ "outcome": record.outcome, "fields": record.fields, "steps": steps })
}

/// Notes each request of a call in the log and tells the reporter.
struct Watcher<'a> {
    run: &'a Run,
    path: &'a str,
}

impl Watcher<'_> {
    fn would_send(&self, request: &Value) {
        self.run.say(RunEvent::Sending {
            path: self.path.to_owned(),
            number: 1,
            request: request.clone(),
            looking: false,
        });
        let attempt = souschef_connect::Attempt {
            number: 1,
            request: request.clone(),
            status: None,
            response: None,
            error: None,
            ms: 0,
            looking: false,
        };
        self.run
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .attempt(self.path, &attempt);
    }
}

impl souschef_connect::Observer for Watcher<'_> {
    fn begins<'a>(&'a self, number: u32, request: &'a Value, looking: bool) -> souschef_connect::Noting<'a> {
        self.run.say(RunEvent::Sending {
            path: self.path.to_owned(),
            number,
            request: request.clone(),
            looking,
        });
        Box::pin(std::future::ready(Ok(())))
    }

    fn ended(&self, attempt: &souschef_connect::Attempt) {
        self.run
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .attempt(self.path, attempt);
        self.run.say(RunEvent::Sent {
            path: self.path.to_owned(),
            attempt: Box::new(attempt.clone()),
        });
    }

    fn waits(&self, wait: Duration, why: &str) {
        self.run.say(RunEvent::Retrying {
            path: self.path.to_owned(),
            wait,
            why: why.to_owned(),
        });
    }
}

fn failure(refusal: Refusal) -> Failure {
    let message = match &refusal.trace {
        Some(trace) => format!("{} (trace {trace})", refusal.message),
        None => refusal.message,
    };
    Failure {
        code: Some(refusal.code.to_owned()),
        message,
        help: refusal.help,
        status: refusal.status,
        answer: refusal.answer,
    }
}

fn failure_of_build(call: &Call, errors: &[souschef_connect::BuildError]) -> Failure {
    let lines: Vec<String> = errors.iter().map(|error| error.message.clone()).collect();
    Failure {
        code: errors.first().map(|error| error.code.to_owned()),
        message: format!("{} was not sent: {}", call.operation.id, lines.join("; ")),
        help: errors.iter().find_map(|error| error.help.clone()),
        ..Failure::default()
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
