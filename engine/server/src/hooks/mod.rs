//! The webhook listener: `POST /hooks/…` and `/health`, nothing else.
//!
//! What a request means is the trigger room's verdict, over the raw bytes; here they are only read, within limits. Senders
//! like GHL try again only after a 429, so whatever can't be taken *now* is answered by that, never by a 5xx.

mod body;
mod intake;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONNECTION, RETRY_AFTER, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::answer::Problem;
use crate::gate::{Gate, Stage};
use crate::metrics::Metrics;

pub(crate) use intake::Room;

/// So many are judged and kept at once; more wait a little, then are told to come again.
const AT_ONCE: usize = 64;
/// So long they wait.
const PATIENCE: Duration = Duration::from_secs(2);
/// A body must be whole after so long.
const LONGEST: Duration = Duration::from_secs(10);
/// When to come again where the service can't take anything now.
const COME_AGAIN: u32 = 30;

/// The answer to a webhook.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// After how many seconds to try again, where that helps.
    pub retry_after: Option<u32>,
    /// The body.
    pub body: Value,
}

/// An answer that takes a while.
pub type Receiving<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// What judges webhooks, and keeps their events before it answers.
pub trait Intake: Send + Sync {
    /// One request, read whole.
    fn receive(&self, head: Parts, body: Vec<u8>) -> Receiving<'_>;
}

/// What the webhook listener works with.
#[derive(Clone)]
pub(crate) struct Hooks {
    gate: Gate,
    intake: Arc<OnceLock<Arc<dyn Intake>>>,
    metrics: Arc<Metrics>,
    room: Arc<Semaphore>,
    large: body::Large,
}

/// The listener's routes. `intake` is there once the service is open.
pub(crate) fn router(gate: Gate, intake: Arc<OnceLock<Arc<dyn Intake>>>, metrics: Arc<Metrics>) -> Router {
    let hooks = Hooks {
        gate,
        intake,
        metrics,
        room: Arc::new(Semaphore::new(AT_ONCE)),
        large: body::Large::default(),
    };
    Router::new()
        .route("/health", get(health))
        .route("/hooks/{*path}", any(receive))
        .fallback(nothing)
        .with_state(hooks)
}

async fn health(State(hooks): State<Hooks>) -> Response {
    Json(json!({ "status": hooks.gate.stage().word() })).into_response()
}

async fn nothing() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_such_hook",
        "webhooks are taken at /hooks/ghl, /hooks/timerex and /hooks/custom/PATH",
    )
}

async fn receive(State(hooks): State<Hooks>, request: Request) -> Response {
    let answer = hooks.taken(request).await.unwrap_or_else(|refused| refused);
    hooks.metrics.webhook(answer.status());
    answer
}

impl Hooks {
    async fn taken(&self, request: Request) -> Result<Response, Response> {
        let (head, body) = request.into_parts();
        if head.method != axum::http::Method::POST {
            let problem = Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "post_only",
                "webhooks are sent by POST",
            );
            let mut response = problem.into_response();
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("POST"));
            return Err(response);
        }
        let (Stage::Open, Some(intake)) = (self.gate.stage(), self.intake.get()) else {
            let message = format!("the service is {}; send it again later", self.gate.stage().word());
            return Err(closing(Problem::later(message, COME_AGAIN)));
        };
        let mut codings = head.headers.get_all(TRANSFER_ENCODING).iter();
        let coding = codings.next();
        let plain = coding.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
        if !plain || codings.next().is_some() {
            return Err(closing(Problem::bad("a body comes by its length or in chunks")));
        }
        let bytes = tokio::time::timeout(LONGEST, body::read(body, &self.large))
            .await
            .unwrap_or_else(|_| {
                Err(Problem::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "too_slow",
                    "the body did not come within 10 s",
                ))
            })
            .map_err(closing)?;
        let _place = match tokio::time::timeout(PATIENCE, self.room.acquire()).await {
            Ok(Ok(place)) => place,
            _ => {
                let problem = Problem::later(
                    "too many webhooks are being taken; send it again later",
                    COME_AGAIN,
                );
                return Err(problem.into_response());
            }
        };
        let chunked = head.headers.contains_key(TRANSFER_ENCODING);
        let answer = intake.receive(head, bytes).await;
        // What stands in front of us may have gone by a length that was told beside the chunks, and take what follows on
        // this connection for somebody else's request: nothing follows.
        Ok(if chunked {
            closing(answer)
        } else {
            answer.into_response()
        })
    }
}

/// The rest of the body is not waited for: the connection ends with the answer.
fn closing(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
