//! The spans of a run that has ended: the run, its steps, their requests. Pure. Ids, words of the recipe and statuses; no
//! value of a run, no body, no address beyond its host.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::SystemTime;

use jiff::Timestamp;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use serde_json::Value;
use sha2::{Digest, Sha256};
use souschef_runtime::journal::{Attempt, Run, RunId, RunState, Step};

/// The spans of a run. `root`: the run at the head of those that called each other.
pub(super) fn of(root: &RunId, run: &Run, steps: &[Step], attempts: &[Attempt]) -> Vec<SpanData> {
    let trace = Trace {
        id: TraceId::from_bytes(short(&[root.as_str()])),
        scope: InstrumentationScope::builder("souschef")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build(),
    };
    let began = run.started_at.unwrap_or(run.accepted_at);
    let ended = run.ended_at.unwrap_or(began);
    let operations: HashMap<&str, &str> = steps
        .iter()
        .filter_map(|step| Some((step.path.as_str(), step.operation.as_deref()?)))
        .collect();
    let mut spans = vec![trace.of_run(run, began, ended)];
    spans.extend(
        steps
            .iter()
            .map(|step| trace.of_step(run, step, above(&step.path, steps), ended)),
    );
    spans.extend(attempts.iter().map(|attempt| {
        let operation = operations.get(attempt.path.as_str()).copied();
        trace.of_attempt(run, attempt, operation)
    }));
    spans
}

struct Trace {
    id: TraceId,
    scope: InstrumentationScope,
}

impl Trace {
    fn of_run(&self, run: &Run, began: Timestamp, ended: Timestamp) -> SpanData {
        let parent = run
            .parent
            .as_ref()
            .map_or(SpanId::INVALID, |(parent, step)| id(parent, step));
        let mut attributes = vec![
            KeyValue::new("souschef.run.id", run.id.as_str().to_owned()),
            KeyValue::new("souschef.recipe", run.recipe.clone()),
            KeyValue::new("souschef.trigger", run.trigger.clone()),
            KeyValue::new("souschef.connection", run.connection.clone()),
            KeyValue::new("souschef.outcome", run.state.word()),
        ];
        if let Some(event) = &run.event {
            attributes.push(KeyValue::new("souschef.event.id", event.as_str().to_owned()));
        }
        let status = match run.state {
            RunState::Failed => Status::error(""),
            _ => Status::Unset,
        };
        let name = format!("recipe {}", run.recipe);
        self.span(
            id(&run.id, ""),
            parent,
            SpanKind::Internal,
            name,
            (began, ended),
            attributes,
            status,
        )
    }

    fn of_step(&self, run: &Run, step: &Step, above: &str, run_ended: Timestamp) -> SpanData {
        let mut attributes = vec![
            KeyValue::new("souschef.run.id", run.id.as_str().to_owned()),
            KeyValue::new("souschef.step.path", step.path.clone()),
            KeyValue::new("souschef.step", step.word.clone()),
            KeyValue::new("souschef.outcome", step.outcome.clone()),
        ];
        for (name, value) in [
            ("souschef.step.id", &step.id),
            ("souschef.operation", &step.operation),
        ] {
            if let Some(value) = value {
                attributes.push(KeyValue::new(name, value.clone()));
            }
        }
        let code = step.failure.as_ref().and_then(|failure| failure.get("code"));
        let status = match &step.failure {
            Some(_) => Status::error(""),
            None => Status::Unset,
        };
        if let Some(code) = code.and_then(Value::as_str) {
            attributes.push(KeyValue::new("error.type", code.to_owned()));
        }
        let name = step.id.clone().unwrap_or_else(|| step.path.clone());
        let times = (step.began_at, step.ended_at.unwrap_or(run_ended));
        let span = id(&run.id, &step.path);
        self.span(
            span,
            id(&run.id, above),
            SpanKind::Internal,
            name,
            times,
            attributes,
            status,
        )
    }

    fn of_attempt(&self, run: &Run, attempt: &Attempt, operation: Option<&str>) -> SpanData {
        let shown = |name: &str| attempt.request.get(name).and_then(Value::as_str);
        let method = shown("method").unwrap_or_default();
        let mut attributes = vec![
            KeyValue::new("souschef.run.id", run.id.as_str().to_owned()),
            KeyValue::new("souschef.step.path", attempt.path.clone()),
            KeyValue::new("souschef.attempt", i64::from(attempt.number)),
            KeyValue::new("http.request.method", method.to_owned()),
        ];
        let host = shown("url").and_then(|url| url::Url::parse(url).ok());
        if let Some(host) = host.as_ref().and_then(url::Url::host_str) {
            attributes.push(KeyValue::new("server.address", host.to_owned()));
        }
        if let Some(operation) = operation {
            attributes.push(KeyValue::new("souschef.operation", operation.to_owned()));
        }
        if let Some(status) = attempt.status {
            attributes.push(KeyValue::new("http.response.status_code", i64::from(status)));
        }
        if attempt.looking {
            attributes.push(KeyValue::new("souschef.looking", true));
        }
        let ended = match attempt.ms {
            Some(ms) => later(attempt.began_at, ms),
            // Nobody knows what became of it, nor when.
            None => attempt.ended_at.unwrap_or(attempt.began_at),
        };
        let failed = attempt.error.is_some() || attempt.ended_at.is_none();
        let status = if failed { Status::error("") } else { Status::Unset };
        if failed {
            let kind = attempt
                .status
                .map_or_else(|| "no_answer".to_owned(), |status| status.to_string());
            attributes.push(KeyValue::new("error.type", kind));
        }
        let span = id(&run.id, &format!("{}!{}", attempt.path, attempt.number));
        let name = format!("{method} {}", operation.unwrap_or("request"));
        let times = (attempt.began_at, ended);
        self.span(
            span,
            id(&run.id, &attempt.path),
            SpanKind::Client,
            name,
            times,
            attributes,
            status,
        )
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "they are a span's parts, each given once"
    )]
    fn span(
        &self,
        span: SpanId,
        parent: SpanId,
        kind: SpanKind,
        name: String,
        (began, ended): (Timestamp, Timestamp),
        attributes: Vec<KeyValue>,
        status: Status,
    ) -> SpanData {
        SpanData {
            span_context: SpanContext::new(self.id, span, TraceFlags::SAMPLED, false, TraceState::default()),
            parent_span_id: parent,
            parent_span_is_remote: false,
            span_kind: kind,
            name: Cow::Owned(name),
            start_time: clock(began),
            end_time: clock(ended.max(began)),
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status,
            instrumentation_scope: self.scope.clone(),
        }
    }
}

/// The id of a run's or step's span: always the same, so that what is told of at different times fits together.
fn id(run: &RunId, path: &str) -> SpanId {
    SpanId::from_bytes(short(&[run.as_str(), path]))
}

fn short<const N: usize>(parts: &[&str]) -> [u8; N] {
    let hash = Sha256::digest(parts.join("\n").as_bytes());
    let mut bytes = [0; N];
    for (byte, hashed) in bytes.iter_mut().zip(hash) {
        *byte = hashed;
    }
    bytes
}

/// The step that a step stands in; empty where it stands in the run itself.
fn above<'a>(path: &str, steps: &'a [Step]) -> &'a str {
    let holds = |other: &&str| {
        path.strip_prefix(other)
            .is_some_and(|rest| rest.starts_with('.') || rest.starts_with('#'))
    };
    let paths = steps.iter().map(|step| step.path.as_str());
    paths
        .filter(holds)
        .max_by_key(|path| path.len())
        .unwrap_or_default()
}

/// A moment as the library has it.
fn clock(at: Timestamp) -> SystemTime {
    let since = std::time::Duration::try_from(at.as_duration()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + since
}

fn later(at: Timestamp, ms: u64) -> Timestamp {
    at.checked_add(std::time::Duration::from_millis(ms)).unwrap_or(at)
}
