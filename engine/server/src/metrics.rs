//! What is counted, in the OpenMetrics text that Prometheus reads.
//!
//! Things that happen are counted as they do; how things stand is looked up when the page is asked for. No value of a run,
//! no name of a contact stands in a label.

use axum::http::StatusCode;
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use souschef_runtime::accounts::TokenState;
use souschef_runtime::journal::{Health, RunState};
use souschef_runtime::service::Told;
use souschef_runtime::trigger::TriggerHealth;
use souschef_runtime::{RunEvent, Service};
use tokio::sync::broadcast::error::RecvError;

use crate::answer::Problem;

/// One label.
type Label<V> = [(&'static str, V); 1];

/// Upper ends of the classes of a request's time, in seconds.
const SECONDS: [f64; 10] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// The states of runs, each shown even where there is none.
const STATES: [RunState; 8] = [
    RunState::Queued,
    RunState::Running,
    RunState::Waiting,
    RunState::NeedsAttention,
    RunState::Succeeded,
    RunState::Failed,
    RunState::Stopped,
    RunState::Cancelled,
];

/// The counters and gauges.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    webhooks: Family<Label<u16>, Counter>,
    ended: Family<Label<&'static str>, Counter>,
    attempts: Family<Label<&'static str>, Counter>,
    attempt_seconds: Histogram,
    retries: Counter,
    missed: Counter,
    spans: Family<Label<&'static str>, Counter>,
    runs: Family<Label<&'static str>, Gauge>,
    kept: Family<Label<String>, Gauge>,
    at_work: Gauge,
    at_once: Gauge,
    journal_well: Gauge,
    journal_bytes: Gauge,
    commits: Gauge,
    writes: Gauge,
    waiting: Family<Label<&'static str>, Gauge>,
    recipes: Gauge,
    mistakes: Gauge,
    tokens: Family<[(&'static str, String); 2], Gauge>,
    poll_lag: Family<[(&'static str, String); 2], Gauge>,
    poll_failures: Family<[(&'static str, String); 2], Gauge>,
    resting: Gauge,
    left_alone: Family<[(&'static str, String); 2], Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut all = Self {
            registry: Registry::with_prefix("souschef"),
            webhooks: Family::default(),
            ended: Family::default(),
            attempts: Family::default(),
            attempt_seconds: Histogram::new(SECONDS),
            retries: Counter::default(),
            missed: Counter::default(),
            spans: Family::default(),
            runs: Family::default(),
            kept: Family::default(),
            at_work: Gauge::default(),
            at_once: Gauge::default(),
            journal_well: Gauge::default(),
            journal_bytes: Gauge::default(),
            commits: Gauge::default(),
            writes: Gauge::default(),
            waiting: Family::default(),
            recipes: Gauge::default(),
            mistakes: Gauge::default(),
            tokens: Family::default(),
            poll_lag: Family::default(),
            poll_failures: Family::default(),
            resting: Gauge::default(),
            left_alone: Family::default(),
        };
        all.register();
        all
    }
}

impl Metrics {
    fn register(&mut self) {
        let to = &mut self.registry;
        to.register(
            "webhook_answers",
            "Webhooks by the status they were answered with",
            self.webhooks.clone(),
        );
        to.register("runs_ended", "Runs that ended, by outcome", self.ended.clone());
        to.register(
            "attempts",
            "Requests to other systems, by the class of the answer",
            self.attempts.clone(),
        );
        to.register(
            "attempt_seconds",
            "How long requests to other systems took",
            self.attempt_seconds.clone(),
        );
        to.register(
            "retries",
            "Calls that wait before they are tried again",
            self.retries.clone(),
        );
        to.register(
            "events_missed",
            "Things that happened and were not counted here, for want of time",
            self.missed.clone(),
        );
        to.register(
            "trace_spans",
            "Spans for OpenTelemetry, by whether they were taken",
            self.spans.clone(),
        );
        to.register(
            "runs",
            "Runs that are kept, by where they stand",
            self.runs.clone(),
        );
        to.register(
            "journal_count",
            "What the journal has counted since it was made",
            self.kept.clone(),
        );
        to.register(
            "runs_at_work",
            "Runs that are being carried on",
            self.at_work.clone(),
        );
        to.register(
            "runs_at_once",
            "So many runs are carried on at once at most",
            self.at_once.clone(),
        );
        to.register(
            "journal_well",
            "1 while the journal keeps what it is given",
            self.journal_well.clone(),
        );
        to.register(
            "journal_bytes",
            "Size of the journal with its log",
            self.journal_bytes.clone(),
        );
        to.register(
            "journal_commits",
            "Transactions of the journal since the start",
            self.commits.clone(),
        );
        to.register(
            "journal_writes",
            "Writes in them; by the commits, how many share one",
            self.writes.clone(),
        );
        to.register(
            "journal_waiting",
            "Writes that wait, of new work and of work under way",
            self.waiting.clone(),
        );
        to.register("recipes", "Recipes that can run", self.recipes.clone());
        to.register(
            "files_with_mistakes",
            "Files of the project with mistakes",
            self.mistakes.clone(),
        );
        to.register(
            "poll_lag_seconds",
            "How long ago a poll was due that has not begun",
            self.poll_lag.clone(),
        );
        to.register(
            "poll_failures",
            "Times in a row that a poll has failed",
            self.poll_failures.clone(),
        );
        to.register(
            "triggers_resting",
            "1 while polls and schedules rest because nothing can be kept",
            self.resting.clone(),
        );
        to.register(
            "connection_token",
            "1 for each connection, with the state of its token",
            self.tokens.clone(),
        );
        to.register(
            "operation_left_alone",
            "1 while calls are held back because the other side fails, 0 where some have failed and are sent still",
            self.left_alone.clone(),
        );
    }

    /// A webhook was answered.
    pub(crate) fn webhook(&self, status: StatusCode) {
        self.webhooks.get_or_create(&[("status", status.as_u16())]).inc();
    }

    /// Spans were taken by whoever gets them.
    pub(crate) fn spans_sent(&self, count: u64) {
        self.spans.get_or_create(&[("result", "sent")]).inc_by(count);
    }

    /// Spans, or runs whose spans were not made, that nobody will get.
    pub(crate) fn spans_lost(&self, count: u64) {
        self.spans.get_or_create(&[("result", "lost")]).inc_by(count);
    }

    /// Counts what happens in runs, until the service is gone.
    pub(crate) async fn count(&self, mut events: tokio::sync::broadcast::Receiver<std::sync::Arc<Told>>) {
        loop {
            match events.recv().await {
                Ok(told) => self.told(&told.event),
                Err(RecvError::Lagged(missed)) => {
                    self.missed.inc_by(missed);
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn told(&self, event: &RunEvent) {
        match event {
            RunEvent::Sent { attempt, .. } => {
                let class = class(attempt.status);
                self.attempts.get_or_create(&[("answer", class)]).inc();
                // Exact up to 285,000 years.
                self.attempt_seconds
                    .observe(std::time::Duration::from_millis(attempt.ms).as_secs_f64());
            }
            RunEvent::Retrying { .. } => {
                self.retries.inc();
            }
            RunEvent::Left(state) if state.ended() => {
                self.ended.get_or_create(&[("outcome", state.word())]).inc();
            }
            _ => {}
        }
    }

    /// The page.
    pub(crate) async fn page(&self, service: &Service, triggers: &TriggerHealth) -> Result<String, Problem> {
        self.look(service).await?;
        self.look_at(triggers);
        let mut text = String::new();
        encode(&mut text, &self.registry)
            .map_err(|why| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "own_fault", why.to_string()))?;
        Ok(text)
    }

    async fn look(&self, service: &Service) -> Result<(), Problem> {
        let tally = service.look().tally().await?;
        for state in STATES {
            let count = tally
                .iter()
                .find(|(of, _)| *of == state)
                .map_or(0, |(_, count)| *count);
            self.runs
                .get_or_create(&[("state", state.word())])
                .set(number(count));
        }
        for counter in service.look().counters().await? {
            self.kept
                .get_or_create(&[("what", counter.name)])
                .set(counter.value);
        }
        let status = service.status();
        self.at_work.set(number(status.at_work as u64));
        self.at_once.set(number(status.at_once as u64));
        self.journal_well.set(i64::from(status.journal == Health::Well));
        let traffic = service.journal().traffic();
        self.commits.set(number(traffic.commits));
        self.writes.set(number(traffic.writes));
        self.waiting
            .get_or_create(&[("lane", "intake")])
            .set(number(traffic.intake_waiting));
        self.waiting
            .get_or_create(&[("lane", "state")])
            .set(number(traffic.state_waiting));
        self.journal_bytes.set(number(size(service.look().folder())));
        let snapshot = service.snapshot();
        self.recipes.set(number(snapshot.plans.len() as u64));
        self.mistakes.set(number(snapshot.problems.len() as u64));
        self.tokens.clear();
        for standing in service.accounts().standings().await {
            let labels = [
                ("connection", standing.connection),
                ("state", word(standing.state)),
            ];
            self.tokens.get_or_create(&labels).set(1);
        }
        self.left_alone.clear();
        for circuit in service.client().circuits() {
            let open = i64::from(circuit.is_open());
            let labels = [
                ("connection", circuit.connection),
                ("operation", circuit.operation),
            ];
            self.left_alone.get_or_create(&labels).set(open);
        }
        Ok(())
    }
}

impl Metrics {
    fn look_at(&self, triggers: &TriggerHealth) {
        self.poll_lag.clear();
        self.poll_failures.clear();
        let now = Timestamp::now();
        for poll in &triggers.polls {
            let labels = [
                ("connection", poll.connection.clone()),
                ("operation", poll.operation.clone()),
            ];
            let late = poll
                .next_at
                .map_or(0, |due| now.duration_since(due).as_secs())
                .max(0);
            self.poll_lag.get_or_create(&labels).set(late);
            self.poll_failures
                .get_or_create(&labels)
                .set(i64::from(poll.failures));
        }
        self.resting.set(i64::from(triggers.resting));
    }
}

/// A state's word, as JSON has it.
fn word(state: TokenState) -> String {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn size(folder: &std::path::Path) -> u64 {
    ["journal.db", "journal.db-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(folder.join(name)).ok())
        .map(|found| found.len())
        .sum()
}

/// A status as its class; the ones that are looked for by themselves stand alone.
fn class(status: Option<u16>) -> &'static str {
    match status {
        None => "none",
        Some(401) => "401",
        Some(429) => "429",
        Some(200..=299) => "2xx",
        Some(300..=399) => "3xx",
        Some(400..=499) => "4xx",
        Some(500..=599) => "5xx",
        Some(_) => "other",
    }
}
