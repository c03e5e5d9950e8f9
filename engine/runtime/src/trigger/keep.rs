//! The loop: the next due of all polls and schedules, until told to stop.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use souschef_journal::Health as JournalHealth;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use super::host::TriggerContext;
use super::poll::keeper::Task;
use super::poll::scan::{ScanError, Scanned, scan};
use super::poll::{Keeper, PollHealth};
use super::schedule::{ScheduleHealth, Schedules};
use super::webhook::{Deaf, Hooks};

/// The longest time for which the clock is not looked at: it may be set, and a laptop may sleep.
const GLANCE: Duration = Duration::from_secs(1);
/// So many lists are looked at side by side.
const AT_ONCE: usize = 16;
/// How often polls that can't be made, and webhooks that are not taken, are tried anew.
const ONCE_MORE: Duration = Duration::from_secs(30);

/// How triggers stand, for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TriggerHealth {
    /// The lists that are looked at.
    pub polls: Vec<PollHealth>,
    /// The schedules.
    pub schedules: Vec<ScheduleHealth>,
    /// The webhooks that are not taken.
    pub not_taken: Vec<Deaf>,
    /// Whether schedules and polls rest because nothing can be kept.
    pub resting: bool,
}

/// Polls and schedules.
pub struct Triggers {
    context: TriggerContext,
    hooks: Arc<Hooks>,
    polls: Keeper,
    schedules: Schedules,
    at_work: JoinSet<Result<Scanned, ScanError>>,
    tasks: HashMap<Id, Task>,
    health: Health,
}

/// How triggers stand, kept up to date.
pub type Health = Arc<Mutex<TriggerHealth>>;

impl Triggers {
    /// The triggers of the project as it is now.
    pub fn new(context: TriggerContext, hooks: Arc<Hooks>) -> Self {
        Self {
            context,
            hooks,
            polls: Keeper::default(),
            schedules: Schedules::default(),
            at_work: JoinSet::new(),
            tasks: HashMap::new(),
            health: Arc::default(),
        }
    }

    /// How they stand; what it gives is kept up to date.
    pub fn health(&self) -> Health {
        Arc::clone(&self.health)
    }

    /// Works until `stop` turns true; `changed` tells that the project is another. Scans under way are given up at the end:
    /// what they had not committed is found again.
    pub async fn run<T>(mut self, mut changed: watch::Receiver<T>, mut stop: watch::Receiver<bool>) {
        changed.mark_changed();
        let mut renewed = Timestamp::MIN;
        loop {
            if *stop.borrow_and_update() {
                break;
            }
            let now = self.context.clock.now();
            let once_more = self.is_incomplete() && later(renewed, ONCE_MORE) <= now;
            if changed.has_changed().unwrap_or(false) || once_more {
                changed.mark_unchanged();
                self.renew().await;
                renewed = now;
            }
            self.work(now).await;
            let due = [self.polls_next(), self.schedules.next()]
                .into_iter()
                .flatten()
                .min();
            let pause = due.map_or(GLANCE, |due| left(due, self.context.clock.now()).min(GLANCE));
            tokio::select! {
                Some(joined) = self.at_work.join_next_with_id() => self.joined(joined),
                () = tokio::time::sleep(pause.max(Duration::from_millis(10))) => {}
                ended = stop.changed() => {
                    if ended.is_err() {
                        break;
                    }
                }
            }
            while let Some(joined) = self.at_work.try_join_next_with_id() {
                self.joined(joined);
            }
            self.tell();
        }
        self.at_work.shutdown().await;
    }

    /// Takes the project as it is now.
    pub async fn renew(&mut self) {
        self.hooks.renew();
        self.schedules.renew(&self.context);
        self.polls.renew(&self.context).await;
        self.tell();
    }

    /// Fires what is due and begins scans.
    async fn work(&mut self, now: Timestamp) {
        if self.rests() {
            return;
        }
        if self.schedules.next().is_some_and(|next| next <= now)
            && let Err(error) = self.schedules.fire(&self.context, now).await
        {
            tracing::warn!(%error, "a schedule can't fire now; it is tried again");
        }
        let room = AT_ONCE.saturating_sub(self.at_work.len());
        for task in self.polls.take(now, room) {
            let (context, own) = (self.context.clone(), task.clone());
            let handle = self
                .at_work
                .spawn(async move { scan(&context, &own.list, &own.due).await });
            self.tasks.insert(handle.id(), task);
        }
    }

    /// Does all that is due at this moment, and waits for it: for those who have no loop.
    pub async fn work_through(&mut self) {
        self.work(self.context.clock.now()).await;
        while let Some(joined) = self.at_work.join_next_with_id().await {
            self.joined(joined);
        }
        self.tell();
    }

    /// Whether nothing new can be kept: then nothing new is looked for.
    fn rests(&self) -> bool {
        *self.context.journal.health().borrow() != JournalHealth::Well
    }

    /// Whether something lacks what may come without the project being changed: a secret's file.
    fn is_incomplete(&self) -> bool {
        self.polls.is_incomplete() || !self.hooks.listening().deaf.is_empty()
    }

    fn polls_next(&self) -> Option<Timestamp> {
        // With all hands at work, only one that becomes free brings anything on.
        (self.at_work.len() < AT_ONCE)
            .then(|| self.polls.next())
            .flatten()
    }

    fn joined(&mut self, joined: Result<(Id, Result<Scanned, ScanError>), JoinError>) {
        let (id, outcome) = match joined {
            Ok((id, outcome)) => (id, outcome),
            // A fault of ours in one list must not stop the others, nor this one for good.
            Err(error) => (
                error.id(),
                Err(ScanError::Recipe(format!("it broke off: {error}"))),
            ),
        };
        if let Some(task) = self.tasks.remove(&id) {
            self.polls.done(&task, outcome, self.context.clock.now());
        }
    }

    fn tell(&self) {
        let health = TriggerHealth {
            polls: self.polls.health(),
            schedules: self.schedules.health(),
            not_taken: self.hooks.listening().deaf.clone(),
            resting: self.rests(),
        };
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }
}

fn left(due: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

fn later(at: Timestamp, length: Duration) -> Timestamp {
    at.checked_add(length).unwrap_or(Timestamp::MAX)
}
