//! The durable service: what `serve` runs, and what everything beside it (triggers, listeners, commands) talks to.
//!
//! ```text
//! Service::open      the project, its recipes and its journal; nothing runs yet
//! Service::run       sets drivers to work until told to stop, or until the journal breaks
//!   submit           an event with the recipes that it starts and the waits that it may end, kept before it returns
//!   new_runs         the same runs for those who commit them themselves (polls with their cursor, schedules)
//!   wake             tells the drivers of what such a commit has answered
//!   cancel, resume, replay, list, show, export, questions
//!   snapshot         the project and its recipes as they are now; `changes` tells of each new one
//!   triggers         polls, schedules and webhooks
//!   events           what happens in runs, as it happens
//!   journal, health, status
//! ```
//!
//! A [`Service`] is cheap to clone: each clone is the same service. Without [`Service::run`] it answers and keeps, and what
//! it keeps is carried on when a service runs on the same data folder.

mod book;
mod host;
mod reload;
mod runs;
mod submit;
mod supervise;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use souschef_connect::{CallOptions, Client, ClientOptions};
use souschef_flow::Failure;
use souschef_journal::{Health, Journal, JournalError, Key, Look, Options, Retention, RunId, RunState};
use tokio::sync::{broadcast, watch};

pub use book::Snapshot;
pub use host::TriggerParts;
pub use runs::{Filter, Repeated, Resumed};
pub use submit::{Begin, Submission, Submitted, WaitedFor};
pub use supervise::Status;

use crate::accounts::{Accounts, AccountsError};
use crate::caller::{HttpCaller, Mode};
use crate::clock::Clock;
use crate::crew::Hub;
use crate::driver::{Left, Means, Teller, Waits};
use crate::project::{OpenProject, ProjectError};
use crate::report::RunEvent;
use book::Book;

/// How a service works.
#[derive(Clone, Debug)]
pub struct ServiceOptions {
    /// So many runs are carried on at once; more wait their turn in the journal.
    pub at_once: usize,
    /// How calls are made where the step says nothing.
    pub call: CallOptions,
    /// The HTTP client's own settings.
    pub client: ClientOptions,
    /// The journal's.
    pub journal: Options,
    /// So long runs may finish their requests when the service is told to stop.
    pub drain: Duration,
    /// How long things are kept. A recipe's own `keep_runs:` goes before it.
    pub retention: Retention,
    /// How often files are looked at for changes; never where absent.
    pub look_at_files: Option<Duration>,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            at_once: 256,
            call: CallOptions {
                // Others use the account's limit too; a day's limit that is used up comes back within a day.
                times_limited: 100,
                ..CallOptions::default()
            },
            client: ClientOptions {
                circuits: true,
                ..ClientOptions::default()
            },
            journal: Options::default(),
            drain: Duration::from_secs(30),
            retention: Retention::default(),
            look_at_files: Some(Duration::from_secs(1)),
        }
    }
}

/// Why the service can't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A file of the project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// An account.
    #[error(transparent)]
    Account(#[from] AccountsError),
    /// There is no recipe of this name that can run.
    #[error("the project has no recipe {0} that can run; see `souschef check`")]
    NoRecipe(String),
    /// The recipe has no such trigger.
    #[error("the recipe {recipe} has no trigger {trigger}")]
    NoTrigger {
        /// Which recipe.
        recipe: String,
        /// As it was asked for.
        trigger: String,
    },
    /// The run has no such step.
    #[error("run {run} has no step {step}{}", listed("; it has done ", .known))]
    NoStep {
        /// Which run.
        run: RunId,
        /// As it was asked for.
        step: String,
        /// Those that it has, as they can be named.
        known: Vec<String>,
    },
    /// The run asks nothing about a step.
    #[error("run {run} asks nothing about {step}{}", listed("; it asks about ", .open))]
    NotAsked {
        /// Which run.
        run: RunId,
        /// As it was asked for.
        step: String,
        /// Those that it asks about.
        open: Vec<String>,
    },
    /// The run can't be started so.
    #[error("{}", .0.message)]
    Start(Box<Failure>),
    /// No client can be made.
    #[error("{0}")]
    Client(String),
}

/// Names after some words; nothing where there are none. Long lists are cut short.
fn listed(before: &str, names: &[String]) -> String {
    const MOST: usize = 20;
    if names.is_empty() {
        return String::new();
    }
    let more = if names.len() > MOST { ", …" } else { "" };
    let shown = names.get(..MOST).unwrap_or(names).join(", ");
    format!("{before}{shown}{more}")
}

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub struct Told {
    /// The run.
    pub run: RunId,
    /// What.
    pub event: RunEvent,
}

/// The durable service.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Arc<Journal>,
    book: Arc<Book>,
    caller: Arc<HttpCaller>,
    hub: Arc<Hub>,
    means: Arc<Means>,
    clock: Clock,
    options: ServiceOptions,
    events: broadcast::Sender<Arc<Told>>,
    changes: watch::Sender<Arc<Snapshot>>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

/// The data folder of a project: `data:`, beside the project file.
pub fn data_folder(project: &OpenProject) -> PathBuf {
    let data = match project.config.data.as_str() {
        "" => ".souschef",
        data => data,
    };
    project.root.join(data)
}

impl Service {
    /// Opens the project's journal and reads its recipes, whose texts are kept from then on. One whose file has mistakes goes
    /// on as it was last right. The data folder is this process's until the last clone is dropped.
    ///
    /// # Errors
    /// The journal can't be opened (another process may have it), or a file can't be read. Recipes with mistakes are no
    /// error: see [`Snapshot::problems`].
    pub async fn open(
        project: OpenProject,
        accounts: Accounts,
        key: Key,
        options: ServiceOptions,
    ) -> Result<Self, ServiceError> {
        let clock = Clock::System;
        let folder = data_folder(&project);
        let journal = open_journal(folder, key, options.journal, clock.clone()).await?;
        let client = Client::new(Arc::clone(&project.catalog), options.client.clone())
            .map_err(ServiceError::Client)?;
        let accounts = accounts.kept_in(&journal);
        let book = Arc::new(Book::open(project)?);
        let mut right = Vec::new();
        for name in book.unserved()? {
            right.extend(journal.look().newest_recipe(&name).await?);
        }
        book.bring_back(right)?;
        for text in book::texts(&book.now()) {
            journal.keep_recipe(text, clock.now()).await?;
        }
        let caller = Arc::new(HttpCaller::new(
            client,
            accounts,
            options.call.clone(),
            Mode::Send,
        ));
        let hub = Arc::new(Hub::default());
        let (events, _) = broadcast::channel(1024);
        let teller = Announcer {
            hub: Arc::clone(&hub),
            events: events.clone(),
        };
        let means = Means {
            journal: Arc::clone(&journal) as _,
            caller: Arc::clone(&caller) as _,
            plans: Arc::clone(&book) as _,
            clock: clock.clone(),
            teller: Arc::new(teller),
            waits: Waits::Kept,
        };
        let (changes, _) = watch::channel(book.now());
        Ok(Self {
            inner: Arc::new(Inner {
                journal,
                book,
                caller,
                hub,
                means: Arc::new(means),
                clock,
                options,
                events,
                changes,
            }),
        })
    }

    /// The journal, for what has no method here: what polls have seen, schedules, secrets, the audit log, copies.
    pub fn journal(&self) -> &Arc<Journal> {
        &self.inner.journal
    }

    /// What the journal holds, to be looked at.
    pub fn look(&self) -> &Look {
        self.inner.journal.look()
    }

    /// How the journal stands.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.inner.journal.health()
    }

    /// The project and its recipes as they are now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.inner.book.now()
    }

    /// The project and its recipes, and every change of them: for triggers, which set themselves up anew then.
    pub fn changes(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.inner.changes.subscribe()
    }

    /// The accounts as they are now.
    pub fn accounts(&self) -> Arc<Accounts> {
        self.inner.caller.accounts()
    }

    /// The client that calls go through, with its rate budgets: polls share them with runs.
    pub fn client(&self) -> &Client {
        self.inner.caller.client()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// What happens in runs from now on. A receiver that falls behind misses some of it and is told so; the journal has
    /// all of it.
    pub fn events(&self) -> broadcast::Receiver<Arc<Told>> {
        self.inner.events.subscribe()
    }

    /// Tells the drivers of runs that have something to look at: what the journal answered as woken, and new runs, after a
    /// commit that was not made through this service's own methods.
    pub fn wake(&self, runs: &[RunId]) {
        self.inner.hub.wake(runs);
    }
}

/// Opening blocks for as long as the file is looked through. A process that has just been killed may still hold the folder
/// for a moment.
async fn open_journal(
    folder: PathBuf,
    key: Key,
    options: Options,
    clock: Clock,
) -> Result<Arc<Journal>, JournalError> {
    const PATIENCE: u32 = 20;
    let opened = tokio::task::spawn_blocking(move || {
        let open = |folder: &Path| Journal::open(folder, key.clone(), options, clock.now());
        let mut tries = 0;
        loop {
            match open(&folder) {
                Err(JournalError::Locked { .. }) if tries < PATIENCE => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(50));
                }
                opened => return opened,
            }
        }
    });
    match opened.await {
        Ok(opened) => Ok(Arc::new(opened?)),
        Err(error) => Err(JournalError::Broken(format!(
            "the journal could not be opened: {error}"
        ))),
    }
}

/// Passes on what drivers tell.
struct Announcer {
    hub: Arc<Hub>,
    events: broadcast::Sender<Arc<Told>>,
}

impl Teller for Announcer {
    fn tell(&self, run: &RunId, event: RunEvent) {
        log(run, &event);
        self.pass_on(run, event);
    }

    fn woken(&self, runs: &[RunId]) {
        self.hub.wake(runs);
    }

    fn due(&self, at: jiff::Timestamp) {
        self.hub.due(at);
    }

    fn left(&self, run: &RunId, recipe: &str, left: Left) {
        let id = run.as_str();
        let state = match left {
            Left::Ended(state @ RunState::Failed) => {
                tracing::warn!(run = id, recipe, outcome = state.word(), "run ended");
                state
            }
            Left::Ended(state) => {
                tracing::info!(run = id, recipe, outcome = state.word(), "run ended");
                state
            }
            Left::Rested(state @ RunState::NeedsAttention) => {
                tracing::warn!(run = id, recipe, state = state.word(), "run rests");
                state
            }
            Left::Rested(state) => {
                tracing::info!(run = id, recipe, state = state.word(), "run rests");
                state
            }
            Left::Stopped | Left::Lost => return,
        };
        self.pass_on(run, RunEvent::Left(state));
    }
}

impl Announcer {
    fn pass_on(&self, run: &RunId, event: RunEvent) {
        if self.events.receiver_count() > 0 {
            // Nobody may be left to hear it.
            let _ = self.events.send(Arc::new(Told {
                run: run.clone(),
                event,
            }));
        }
    }
}

/// The log's line for an event. No value of a run stands in it.
fn log(run: &RunId, event: &RunEvent) {
    let run = run.as_str();
    match event {
        RunEvent::Began {
            recipe, connection, ..
        } => tracing::debug!(run, recipe, connection, "run began"),
        RunEvent::Step(report) => tracing::debug!(
            run,
            step = report.path,
            id = report.id.as_deref(),
            outcome = ?report.outcome,
            "step"
        ),
        RunEvent::Sending { path, number, .. } => tracing::debug!(run, step = path, number, "sending"),
        RunEvent::Sent { path, attempt } => tracing::debug!(
            run,
            step = path,
            number = attempt.number,
            status = attempt.status,
            ms = attempt.ms,
            "sent"
        ),
        RunEvent::Retrying { path, wait, .. } => {
            tracing::info!(
                run,
                step = path,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "waits before the next try"
            );
        }
        RunEvent::Waiting { path, until, .. } => {
            tracing::debug!(run, step = path, until = until.map(|at| at.to_string()), "waits");
        }
        RunEvent::Fields(_) | RunEvent::Ended(_) | RunEvent::Left(_) => {}
    }
}
