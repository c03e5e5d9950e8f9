//! Whether the service lives, takes work, and how it is.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use souschef_runtime::journal::Health;

use super::AdminState;
use super::auth::{Admin, Anybody, Viewer};
use crate::answer::Problem;
use crate::gate::Stage;

/// It answers: it lives.
pub(crate) async fn alive(_: Anybody) -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// Whether work is taken. (Here 503 is right: this is asked by what routes and watches, not by senders of webhooks.)
pub(crate) async fn ready(_: Anybody, State(state): State<AdminState>) -> Response {
    let stage = state.gate.stage();
    let journal = match state.service() {
        Ok(service) => service.status().journal,
        Err(starting) => return starting.into_response(),
    };
    let (status, word) = match (stage, &journal) {
        (Stage::Open, Health::Well) => (StatusCode::OK, stage.word()),
        (Stage::Open, journal) => (StatusCode::SERVICE_UNAVAILABLE, word(journal)),
        (stage, _) => (StatusCode::SERVICE_UNAVAILABLE, stage.word()),
    };
    (status, Json(json!({ "status": word }))).into_response()
}

fn word(journal: &Health) -> &'static str {
    match journal {
        Health::Well => "well",
        Health::Full => "disk full",
        Health::Broken(_) => "journal broken",
        Health::Closed => "journal closed",
    }
}

pub(crate) async fn details(_: Viewer, State(state): State<AdminState>) -> Result<Json<Value>, Problem> {
    let status = state.service()?.status();
    let snapshot = state.service()?.snapshot();
    let runs: serde_json::Map<String, Value> = state
        .service()?
        .look()
        .tally()
        .await?
        .into_iter()
        .map(|(state, count)| (state.word().to_owned(), json!(count)))
        .collect();
    let why = match &status.journal {
        Health::Broken(why) => Some(why),
        _ => None,
    };
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "stage": state.gate.stage().word(),
        "journal": word(&status.journal),
        "why": why,
        "at_work": status.at_work,
        "at_once": status.at_once,
        "runs": runs,
        "recipes": snapshot.plans.len(),
        "files_with_mistakes": snapshot.problems.len(),
        "polls_failing": state.triggers().polls.iter().filter(|poll| poll.failures > 0).count(),
    })))
}

pub(crate) async fn metrics(_: Viewer, State(state): State<AdminState>) -> Result<Response, Problem> {
    let text = state.metrics.page(state.service()?, &state.triggers()).await?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}

/// Makes a copy of the journal in the data folder's `copies`, while everything goes on.
pub(crate) async fn backup(
    Admin(caller): Admin,
    State(state): State<AdminState>,
) -> Result<Json<Value>, Problem> {
    let journal = std::sync::Arc::clone(state.service()?.journal());
    let now = Timestamp::now();
    let copying = tokio::task::spawn_blocking(move || journal.copy(None, now));
    let copy = copying.await.map_err(|why| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "own_fault",
            format!("the copy broke off: {why}"),
        )
    })??;
    let path = copy.path.display().to_string();
    state.note(&caller, "journal.backup", &path, None).await?;
    Ok(Json(json!({ "path": path, "bytes": copy.bytes })))
}
