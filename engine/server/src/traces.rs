//! Traces for OpenTelemetry, where the environment names a receiver (`OTEL_EXPORTER_OTLP_ENDPOINT`).
//!
//! Spans are made of the journal when a run has ended, not while it works: a run that waits for days across three starts is
//! one trace with its true times, and what carries runs on does no work for it. [`mod@spans`] makes them, [`mod@wire`] sends.

mod spans;
mod wire;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use souschef_runtime::history::{Story, story};
use souschef_runtime::journal::{JournalError, RunId};
use souschef_runtime::service::Told;
use souschef_runtime::{RunEvent, Service};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};

use crate::listen;
use crate::metrics::Metrics;
use wire::Wire;

/// Where the environment names the receiver of everything, and of traces alone.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];
/// Where it says in which form.
const PROTOCOLS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
/// So many runs that have ended may wait to be told of; more are not told of, and counted.
const WAITING: usize = 10_000;
/// So many spans in one post.
const BATCH: usize = 512;
/// How long spans wait for others to go with.
const PAUSE: Duration = Duration::from_secs(1);
/// Recipes that call recipes: as deep as they may.
const DEEPEST: usize = 16;

/// Why there can be no traces.
#[derive(Debug, thiserror::Error)]
#[error("traces can't be sent: {0}; see the OTEL_ variables of the environment")]
pub struct TracesError(String);

/// Sends the traces of runs that have ended.
pub(crate) struct Traces {
    service: Service,
    exporter: SpanExporter,
    metrics: Arc<Metrics>,
    /// Whether the last post came to nothing.
    silent: bool,
}

/// Whether the environment wants traces.
fn wanted() -> bool {
    let says =
        |name: &str, word: &str| env::var(name).is_ok_and(|value| value.trim().eq_ignore_ascii_case(word));
    let named = |name: &&str| env::var(name).is_ok_and(|value| !value.trim().is_empty());
    ENDPOINTS.iter().any(named) && !says("OTEL_SDK_DISABLED", "true") && !says("OTEL_TRACES_EXPORTER", "none")
}

/// The form that the environment wants; the variable that is about traces alone goes first.
fn protocol() -> Result<Protocol, TracesError> {
    let said = PROTOCOLS
        .iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.trim().is_empty()));
    match said.as_deref().map(str::trim) {
        None | Some("http/protobuf") => Ok(Protocol::HttpBinary),
        Some("http/json") => Ok(Protocol::HttpJson),
        Some(other) => Err(TracesError(format!(
            "{other} is not spoken; http/protobuf and http/json are"
        ))),
    }
}

impl Traces {
    /// What sends traces; none where the environment does not want them.
    ///
    /// # Errors
    /// The environment wants what can't be done.
    pub(crate) fn by_environment(
        service: &Service,
        metrics: &Arc<Metrics>,
    ) -> Result<Option<Self>, TracesError> {
        if !wanted() {
            return Ok(None);
        }
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(protocol()?)
            .with_http_client(Wire(service.client().clone()))
            .build()
            .map_err(|why| TracesError(why.to_string()))?;
        // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what is said here.
        let named = env::var("OTEL_SERVICE_NAME").is_ok()
            || env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|value| value.contains("service.name="));
        let mut resource =
            Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        if !named {
            resource = resource.with_service_name("souschef");
        }
        exporter.set_resource(&resource.build());
        Ok(Some(Self {
            service: service.clone(),
            exporter,
            metrics: Arc::clone(metrics),
            silent: false,
        }))
    }

    /// Sends, until `stop` turns true; what has been told of by then is sent yet.
    pub(crate) async fn send(mut self, events: Receiver<Arc<Told>>, mut stop: watch::Receiver<bool>) {
        let (ended, mut runs) = mpsc::channel(WAITING);
        let listening = tokio::spawn(hear(events, ended, Arc::clone(&self.metrics)));
        let mut batch = Vec::new();
        loop {
            let run = tokio::select! {
                run = runs.recv() => run,
                () = listen::told(&mut stop) => None,
            };
            let Some(run) = run else { break };
            self.add(&run, &mut batch).await;
            let until = tokio::time::Instant::now() + PAUSE;
            while batch.len() < BATCH {
                match tokio::time::timeout_at(until, runs.recv()).await {
                    Ok(Some(run)) => self.add(&run, &mut batch).await,
                    Ok(None) | Err(_) => break,
                }
            }
            self.post(&mut batch).await;
        }
        // Those who told of them are done by now.
        tokio::task::yield_now().await;
        while let Ok(run) = runs.try_recv() {
            self.add(&run, &mut batch).await;
        }
        self.post(&mut batch).await;
        listening.abort();
    }

    async fn add(&self, run: &RunId, batch: &mut Vec<SpanData>) {
        match self.spans(run).await {
            Ok(spans) => batch.extend(spans),
            Err(error) => {
                tracing::warn!(run = run.as_str(), %error, "a run can't be read for its trace");
                self.metrics.spans_lost(1);
            }
        }
    }

    async fn spans(&self, run: &RunId) -> Result<Vec<SpanData>, JournalError> {
        let look = self.service.look();
        let Story {
            run, steps, attempts, ..
        } = story(look, run).await?;
        // A run that another called stands in that one's trace.
        let mut root = run.id.clone();
        let mut above = run.parent.clone();
        for _ in 0..DEEPEST {
            let Some((parent, _)) = above else { break };
            above = look.run(&parent).await?.and_then(|run| run.parent);
            root = parent;
        }
        Ok(spans::of(&root, &run, &steps, &attempts))
    }

    async fn post(&mut self, batch: &mut Vec<SpanData>) {
        while !batch.is_empty() {
            let rest = batch.split_off(batch.len().min(BATCH));
            let spans = std::mem::replace(batch, rest);
            let count = spans.len() as u64;
            match self.exporter.export(spans).await {
                Ok(()) => {
                    self.metrics.spans_sent(count);
                    if std::mem::take(&mut self.silent) {
                        tracing::info!("traces are taken again");
                    }
                }
                Err(error) => {
                    self.metrics.spans_lost(count);
                    if !std::mem::replace(&mut self.silent, true) {
                        tracing::warn!(%error, "traces can't be sent; those of meanwhile are lost");
                    }
                }
            }
        }
    }
}

/// Hears of runs that end. It is quick, so that none is missed while a post takes its time.
async fn hear(mut events: Receiver<Arc<Told>>, ended: mpsc::Sender<RunId>, metrics: Arc<Metrics>) {
    loop {
        match events.recv().await {
            Ok(told) => {
                if matches!(told.event, RunEvent::Left(state) if state.ended())
                    && ended.try_send(told.run.clone()).is_err()
                {
                    metrics.spans_lost(1);
                }
            }
            Err(RecvError::Lagged(missed)) => metrics.spans_lost(missed),
            Err(RecvError::Closed) => return,
        }
    }
}
