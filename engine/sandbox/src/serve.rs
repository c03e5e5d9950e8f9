//! Connections: bytes to requests, answers to bytes, and the faults that only a connection can show.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use futures_util::{StreamExt, stream};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::fault::FaultKind;
use crate::reply::Reply;
use crate::request::{Received, Sent, decode};
use crate::server::lock;
use crate::state::State;

/// The largest body taken.
const LARGEST_BODY: usize = 1024 * 1024;
/// How long a body may take to come.
const LONGEST_BODY: Duration = Duration::from_secs(30);
/// How long to wait where no connection can be taken (too many files are open).
const PAUSE: Duration = Duration::from_millis(50);
/// Between the half of an answer and its end, so that the half leaves the machine.
const HALF_PAUSE: Duration = Duration::from_millis(20);

/// How late a slow answer comes.
const LATE: Duration = Duration::from_secs(2);

/// The connection ends without an answer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection was cut on request")]
struct Cut;

/// Takes connections until it is dropped; those open end with it.
pub(crate) async fn accept(listener: TcpListener, state: Arc<Mutex<State>>, latency: Duration) {
    let mut open = JoinSet::new();
    loop {
        // Ended connections are forgotten.
        while open.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                open.spawn(connection(stream, Arc::clone(&state), latency));
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, state: Arc<Mutex<State>>, latency: Duration) {
    // Small answers must not wait for each other.
    let _set = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { handle(request, &state, latency).await }
    });
    // A date that runs would make equal answers differ.
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // A connection that breaks is the other side's wish, or the fault's.
    drop(served);
}

async fn handle(
    request: Request<Incoming>,
    state: &Mutex<State>,
    latency: Duration,
) -> Result<Response<Body>, Cut> {
    let (head, body) = request.into_parts();
    let body = tokio::time::timeout(LONGEST_BODY, to_bytes(Body::new(body), LARGEST_BODY)).await;
    let body = match body {
        Ok(body) => read_body(&head.headers, body.ok()),
        Err(_) => return Err(Cut),
    };
    let path = head.uri.path();
    if let Some(reply) = control(head.method.as_str(), path, state) {
        return Ok(response(&reply, Body::from(reply.body.clone()), None));
    }
    let received = Received {
        method: head.method,
        segments: path
            .trim_start_matches('/')
            .split('/')
            .map(|segment| decode(segment, false))
            .collect(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    let outcome = lock(state).take(received);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let reply = outcome.reply;
    let date = lock(state).date();
    let answer = |reply: &Reply, body| response(reply, body, date.as_deref());
    match outcome.fault.map(|fault| fault.kind) {
        Some(FaultKind::Reset | FaultKind::Lost) => Err(Cut),
        Some(FaultKind::Hang) => std::future::pending().await,
        Some(FaultKind::Half) => Ok(half(&reply, answer)),
        Some(FaultKind::Slow) => {
            tokio::time::sleep(LATE).await;
            Ok(answer(&reply, Body::from(reply.body.clone())))
        }
        Some(FaultKind::Status(_) | FaultKind::Html | FaultKind::InvalidGrant | FaultKind::NoRefresh)
        | None => Ok(answer(&reply, Body::from(reply.body.clone()))),
    }
}

fn read_body(headers: &HeaderMap, body: Option<Bytes>) -> Sent {
    let Some(body) = body else { return Sent::TooLarge };
    if body.is_empty() {
        return Sent::Nothing;
    }
    let text = || String::from_utf8_lossy(&body).into_owned();
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if !kind.to_lowercase().contains("json") {
        return Sent::Other(text(), "the content type should be application/json".to_owned());
    }
    match serde_json::from_slice(&body) {
        Ok(value) => Sent::Json(value),
        Err(why) => Sent::Other(text(), format!("the body is no JSON: {why}")),
    }
}

/// The sandbox's own pages: what it received, what it holds, and a way to begin anew.
fn control(method: &str, path: &str, state: &Mutex<State>) -> Option<Reply> {
    let page = path.strip_prefix("/_")?;
    let mut state = lock(state);
    let body = match (method, page) {
        ("GET", "ledger") => serde_json::to_value(state.ledger()).unwrap_or(Value::Null),
        ("DELETE", "ledger") => {
            state.clear_ledger();
            json!({ "cleared": true })
        }
        ("GET", "state") => state.collections(),
        ("POST", "expire") => {
            state.expire_tokens();
            json!({ "expired": true })
        }
        ("POST", "revoke") => {
            state.revoke_tokens();
            json!({ "revoked": true })
        }
        ("POST", "reset") => match state.reset() {
            Ok(()) => json!({ "reset": true }),
            Err(why) => return Some(Reply::json(500, &json!({ "message": why }))),
        },
        _ => {
            let message = "there are GET and DELETE /_ledger, GET /_state, POST /_reset, POST /_expire and POST /_revoke";
            return Some(Reply::json(404, &json!({ "message": message })));
        }
    };
    Some(Reply::json(200, &body))
}

fn response(reply: &Reply, body: Body, date: Option<&str>) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&reply.content_type) {
        headers.insert(CONTENT_TYPE, kind);
    }
    if let Some(Ok(to)) = reply.location.as_deref().map(HeaderValue::from_str) {
        headers.insert(LOCATION, to);
    }
    // Who calls can tell by it how old a thing is, however far its own clock is from this one.
    if let Some(date) = date.and_then(|date| HeaderValue::from_str(date).ok()) {
        headers.insert(DATE, date);
    }
    if let Some(budget) = &reply.budget {
        let mut tell = |name: &'static str, number: u64| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
        };
        if let Some((most, left)) = budget.day {
            tell("x-ratelimit-limit-daily", most);
            tell("x-ratelimit-daily-remaining", left);
        }
        let window = u64::try_from(budget.window.as_millis()).unwrap_or(u64::MAX);
        tell("x-ratelimit-interval-milliseconds", window);
        tell("x-ratelimit-max", budget.most);
        tell("x-ratelimit-remaining", budget.left.unwrap_or(0));
    }
    response
}

/// The whole length is promised and half of it comes.
fn half(reply: &Reply, answer: impl Fn(&Reply, Body) -> Response<Body>) -> Response<Body> {
    let bytes = Bytes::from(reply.body.clone());
    let half = bytes.slice(..bytes.len() / 2);
    let end = stream::once(async {
        tokio::time::sleep(HALF_PAUSE).await;
        Err(Cut)
    });
    let body = Body::from_stream(stream::once(async move { Ok(half) }).chain(end));
    let mut response = answer(reply, body);
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    response
}
