//! Looks for what needs a person, and tells.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use souschef_journal::{JournalError, Page, RunFilter, RunState};
use souschef_plan::{AlertKind, Alerts};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch as stops;

use super::{Alert, in_the_way};
use crate::report::RunEvent;
use crate::service::{Begin, Service, ServiceError, Submission, Submitted, Told};
use crate::trigger::Health;

/// How often questions, tokens and polls are looked at.
const EVERY: Duration = Duration::from_secs(10);
/// Runs that failed so long before the start are told of, where they were not yet.
const BACK: SignedDuration = SignedDuration::from_hours(24);
/// Where alerts come from, as their events say.
const SOURCE: &str = "alert";
/// Tries of a post, and the wait before the second; each further one is twice as long.
const TRIES: u32 = 6;
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Tells of what needs a person, until `stop` turns true.
pub async fn watch(service: Service, health: Health, mut stop: stops::Receiver<bool>) {
    let mut events = service.events();
    let mut watcher = Watcher {
        service,
        health,
        asked: None,
    };
    watcher.look_whether_told();
    watcher.look_back().await;
    let mut changes = watcher.service.changes();
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            heard = events.recv() => watcher.heard(heard).await,
            _ = tick.tick() => watcher.look().await,
            Ok(()) = changes.changed() => watcher.look_whether_told(),
            () = stopped(&mut stop) => return,
        }
    }
}

/// Returns once it is time to stop; also where nobody is left to tell.
async fn stopped(stop: &mut stops::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

struct Watcher {
    service: Service,
    health: Health,
    /// The newest question that was told of.
    asked: Option<i64>,
}

impl Watcher {
    fn alerts(&self) -> Alerts {
        self.service.snapshot().project.config.alerts.clone()
    }

    /// Says what would keep an alert from being told, before there is one.
    fn look_whether_told(&self) {
        let snapshot = self.service.snapshot();
        let can_run = |recipe: &str| snapshot.plans.contains_key(recipe);
        let accounts = self.service.accounts();
        for why in in_the_way(&snapshot.project.config.alerts, can_run, &accounts) {
            tracing::error!("nobody will be told: {why}");
        }
    }

    async fn heard(&mut self, heard: Result<Arc<Told>, RecvError>) {
        match heard {
            Ok(told) => match told.event {
                RunEvent::Left(RunState::Failed) => self.failed_since(Some(told.run.as_str())).await,
                RunEvent::Left(RunState::NeedsAttention) => self.look().await,
                _ => {}
            },
            Err(RecvError::Lagged(_)) => self.look_back().await,
            // The service is gone; the loop is told to stop.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    /// Runs that failed while nobody looked.
    async fn look_back(&mut self) {
        self.failed_since(None).await;
    }

    async fn failed_since(&mut self, run: Option<&str>) {
        if !self.alerts().want(AlertKind::RunFailed) {
            return;
        }
        if let Err(error) = self.tell_of_failed(run).await {
            tracing::warn!(%error, "which runs failed can't be read");
        }
    }

    async fn tell_of_failed(&self, run: Option<&str>) -> Result<(), JournalError> {
        let look = self.service.look();
        let runs = match run {
            Some(run) => look.run(&run.into()).await?.into_iter().collect(),
            None => {
                let filter = RunFilter {
                    state: Some(RunState::Failed),
                    since: self.service.clock().now().checked_sub(BACK).ok(),
                    ..RunFilter::default()
                };
                let page = Page {
                    limit: 1000,
                    below: None,
                };
                look.runs(filter, page).await?
            }
        };
        for run in runs {
            let at = run.ended_at.unwrap_or(run.accepted_at);
            let alert = Alert::run_failed(
                run.id.as_str(),
                &run.recipe,
                &run.connection,
                run.reason.as_deref(),
                at,
            );
            self.tell(alert, Some(&run.recipe)).await;
        }
        Ok(())
    }

    /// What stands: questions, tokens, polls.
    async fn look(&mut self) {
        let alerts = self.alerts();
        let now = self.service.clock().now();
        if alerts.want(AlertKind::NeedsAttention)
            && let Err(error) = self.tell_of_questions().await
        {
            tracing::warn!(%error, "what runs ask can't be read");
        }
        if alerts.want(AlertKind::TokenDead) {
            self.tell_of_tokens(now).await;
        }
        if alerts.want(AlertKind::PollFailing) {
            let polls = self
                .health
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .polls
                .clone();
            for alert in polls.iter().filter_map(|poll| Alert::poll_failing(poll, now)) {
                self.tell(alert, None).await;
            }
        }
    }

    async fn tell_of_tokens(&self, now: Timestamp) {
        for standing in self.service.accounts().standings().await {
            if let Some(alert) = Alert::token_dead(&standing, now) {
                self.tell(alert, None).await;
            }
        }
    }

    async fn tell_of_questions(&mut self) -> Result<(), JournalError> {
        let mut below = None;
        let mut newest = self.asked;
        'pages: loop {
            let page = Page { limit: 200, below };
            let questions = self.service.look().questions(page).await?;
            let Some(last) = questions.last() else { break };
            below = Some(last.seq);
            for question in &questions {
                if self.asked.is_some_and(|asked| question.seq <= asked) {
                    break 'pages;
                }
                newest = newest.max(Some(question.seq));
                self.tell(Alert::needs_attention(question), Some(&question.recipe))
                    .await;
            }
        }
        self.asked = newest;
        Ok(())
    }

    /// Keeps an alert and, where it is new, posts it. `recipe`: whose run it is about.
    async fn tell(&self, alert: Alert, recipe: Option<&str>) {
        let alerts = self.alerts();
        if recipe.is_some() && recipe == alerts.recipe.as_deref() {
            // Telling of it would begin it anew.
            tracing::error!(recipe, "the recipe that tells of alerts has a problem of its own");
            return;
        }
        let begins = alerts.recipe.iter().map(|recipe| Begin {
            recipe: recipe.clone(),
            ..Begin::default()
        });
        let mut kept = self.keep(&alert, begins.collect()).await;
        if let Err(error) = &kept
            && !matches!(error, ServiceError::Journal(_))
        {
            tracing::error!(%error, "the recipe that tells of alerts can't be started");
            // Whoever is told otherwise is told all the same.
            kept = self.keep(&alert, Vec::new()).await;
        }
        match kept {
            Ok(kept) if kept.duplicate => {}
            Ok(_) => {
                tracing::warn!(alert = alert.kind.word(), about = alert.key, "somebody is told");
                self.post(alert);
            }
            Err(error) => tracing::error!(%error, alert = alert.kind.word(), "nobody could be told"),
        }
    }

    async fn keep(&self, alert: &Alert, begins: Vec<Begin>) -> Result<Submitted, ServiceError> {
        let submission = Submission {
            source: SOURCE.to_owned(),
            connection: None,
            key: Some(alert.key.clone()),
            strict: false,
            body: alert.body.clone(),
            begins,
            signal: None,
        };
        self.service.submit(submission).await
    }

    /// Posts an alert beside everything else.
    fn post(&self, alert: Alert) {
        let address = match self.service.accounts().alert_address() {
            None => return,
            Some(Ok(address)) => address,
            Some(Err(error)) => {
                tracing::error!(%error, "where alerts are posted to can't be read");
                return;
            }
        };
        let client = self.service.client().clone();
        tokio::spawn(async move {
            let mut wait = FIRST_WAIT;
            for left in (0..TRIES).rev() {
                let Err(why) = client.post(&address, &alert.body).await else {
                    return;
                };
                if left == 0 {
                    tracing::error!(why, alert = alert.kind.word(), "an alert could not be posted");
                } else {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
            }
        });
    }
}
