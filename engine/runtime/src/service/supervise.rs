//! The service at work: drivers set to work, waits ended when they are due, old things let go, files looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use souschef_journal::{Health, JournalError, Retention};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Service, ServiceError, book};
use crate::crew::Crew;

/// The longest time for which the clock is not looked at: it may be set, and a laptop may sleep.
const GLANCE: Duration = Duration::from_secs(1);
/// How often old things are let go.
const TIDY: Duration = Duration::from_secs(60 * 60);
/// The pause between two batches of that, so that others have their turn.
const BREATH: Duration = Duration::from_millis(200);

/// How the service stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Drivers at work.
    pub at_work: usize,
    /// So many at most.
    pub at_once: usize,
    /// How the journal stands.
    pub journal: Health,
}

impl Service {
    /// How the service stands.
    pub fn status(&self) -> Status {
        Status {
            at_work: self.inner.hub.at_work(),
            at_once: self.inner.options.at_once,
            journal: self.inner.journal.health().borrow().clone(),
        }
    }

    /// Carries runs on until `stop` turns true: then no request begins any more, those under way are let finish for a
    /// while, and what has not ended is given back for the next start.
    ///
    /// # Errors
    /// The journal broke: nothing can be kept any more, and the process must end.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) -> Result<(), ServiceError> {
        let inner = &self.inner;
        let mut crew = Crew::new(
            Arc::clone(&inner.means),
            Arc::clone(&inner.hub),
            inner.options.at_once,
            stop.clone(),
        );
        crew.look_for_due().await?;
        // They end with it, however it ends.
        let mut chores = JoinSet::new();
        chores.spawn(tidy(self.clone()));
        chores.spawn(super::reload::look_at_files(self.clone()));
        self.carry(&mut crew, &mut stop).await?;
        drop(chores);
        self.drain(&mut crew).await
    }

    async fn carry(&self, crew: &mut Crew, stop: &mut watch::Receiver<bool>) -> Result<(), ServiceError> {
        let mut health = self.inner.journal.health();
        loop {
            if let Health::Broken(why) = health.borrow_and_update().clone() {
                return Err(JournalError::Broken(why).into());
            }
            if *stop.borrow() {
                return Ok(());
            }
            crew.join_ready().await?;
            let due = crew.settle().await?;
            crew.take().await?;
            let glance = due.map_or(GLANCE, |due| left_until(due, self.inner.clock.now()).min(GLANCE));
            tokio::select! {
                () = self.inner.hub.ready.notified() => {}
                joined = crew.join(), if crew.len() > 0 => { joined?; }
                // What nobody has told of is found all the same.
                () = tokio::time::sleep(glance) => self.inner.hub.look(),
                _ = health.changed() => {}
                changed = stop.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn drain(&self, crew: &mut Crew) -> Result<(), ServiceError> {
        crew.close().await?;
        let end = Instant::now() + self.inner.options.drain;
        while crew.len() > 0 {
            let left = end.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, crew.join()).await {
                Ok(joined) => {
                    joined?;
                }
                Err(_) => {
                    tracing::warn!(
                        runs = crew.len(),
                        "runs were still waiting for answers; what became of those requests is found out at the next start"
                    );
                    crew.break_off().await?;
                }
            }
        }
        Ok(())
    }
}

fn left_until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(due.duration_since(now)).unwrap_or_default()
}

/// Lets old things go, and keeps the current recipes' texts from being among them.
async fn tidy(service: Service) {
    loop {
        if let Err(error) = tidy_once(&service).await {
            tracing::warn!(%error, "old runs could not be let go");
        }
        tokio::time::sleep(TIDY).await;
    }
}

async fn tidy_once(service: &Service) -> Result<(), JournalError> {
    let (journal, now) = (service.journal(), service.clock().now());
    let snapshot = service.snapshot();
    for text in book::texts(&snapshot) {
        journal.keep_recipe(text, now).await?;
    }
    let own = snapshot
        .plans
        .values()
        .filter_map(|plan| Some((plan.recipe.clone(), plan.keep_runs?)))
        .collect();
    let retention = Retention {
        runs_of: own,
        ..service.inner.options.retention.clone()
    };
    loop {
        let removed = journal.retain(retention.clone(), now).await?;
        if removed.runs > 0 {
            tracing::info!(runs = removed.runs, "old runs were let go");
        }
        if !removed.more {
            return Ok(());
        }
        tokio::time::sleep(BREATH).await;
    }
}
