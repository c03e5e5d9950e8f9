//! Runs: looked at by viewers; answered, cancelled, repeated and taken along by operators.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use souschef_runtime::RunSummary;
use souschef_runtime::journal::{Answer, Page, Question, Reply, RunFilter, RunId, RunState};
use souschef_runtime::service::Filter;

use super::AdminState;
use super::auth::{Operator, Viewer};
use super::input::{Asked, Body};
use crate::answer::Problem;

/// Which runs, and how many of them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    recipe: Option<String>,
    connection: Option<String>,
    outcome: Option<RunState>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: Option<u32>,
    below: Option<i64>,
}

impl Which {
    fn page(&self) -> Page {
        Page {
            limit: self.limit.unwrap_or(50),
            below: self.below,
        }
    }
}

pub(crate) async fn list(
    _: Viewer,
    State(state): State<AdminState>,
    Asked(which): Asked<Which>,
) -> Result<Json<Vec<RunSummary>>, Problem> {
    let page = which.page();
    let filter = RunFilter {
        recipe: which.recipe,
        connection: which.connection,
        state: which.outcome,
        since: which.since,
        until: which.until,
    };
    Ok(Json(state.service()?.list(filter, page).await?))
}

pub(crate) async fn show(
    _: Viewer,
    State(state): State<AdminState>,
    Path(run): Path<String>,
) -> Result<Json<Value>, Problem> {
    let run = state.service()?.show(&RunId::from(run)).await?;
    Ok(Json(json!({ "run": run })))
}

/// More than looking: what is taken along holds the account's data in full.
pub(crate) async fn export(
    Operator(caller): Operator,
    State(state): State<AdminState>,
    Path(run): Path<String>,
) -> Result<Json<Value>, Problem> {
    let exported = state.service()?.export(&RunId::from(run.as_str())).await?;
    state.note(&caller, "run.export", &run, None).await?;
    Ok(Json(exported))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancel {
    reason: Option<String>,
}

pub(crate) async fn cancel(
    Operator(caller): Operator,
    State(state): State<AdminState>,
    Path(run): Path<String>,
    Body(asked): Body<Cancel>,
) -> Result<Json<Value>, Problem> {
    let reason = asked
        .reason
        .unwrap_or_else(|| format!("cancelled by {}", caller.name));
    state
        .service()?
        .cancel(&RunId::from(run.as_str()), &reason, &caller.name)
        .await?;
    Ok(Json(json!({ "run": run, "cancelled": true })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resume {
    answer: Answer,
    step: Option<String>,
    #[serde(default)]
    value: Value,
}

pub(crate) async fn resume(
    Operator(caller): Operator,
    State(state): State<AdminState>,
    Path(run): Path<String>,
    Body(asked): Body<Resume>,
) -> Result<Json<Value>, Problem> {
    let reply = Reply {
        answer: asked.answer,
        value: asked.value,
        who: caller.name,
    };
    let resumed = state
        .service()?
        .resume(&RunId::from(run), asked.step.as_deref(), reply)
        .await?;
    Ok(Json(json!({ "runs": resumed.runs })))
}

/// An answer to everything that is asked and fits. Without anything that narrows it, `all` must be said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResumeAll {
    answer: Answer,
    recipe: Option<String>,
    connection: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    #[serde(default)]
    all: bool,
}

pub(crate) async fn resume_all(
    Operator(caller): Operator,
    State(state): State<AdminState>,
    Body(asked): Body<ResumeAll>,
) -> Result<Json<Value>, Problem> {
    let narrowed = asked.recipe.is_some()
        || asked.connection.is_some()
        || asked.since.is_some()
        || asked.until.is_some();
    if !narrowed && !asked.all {
        return Err(Problem::bad(
            "say which: recipe, connection, since or until; or all: true for every open question",
        ));
    }
    let filter = Filter {
        recipe: asked.recipe,
        connection: asked.connection,
        since: asked.since,
        until: asked.until,
    };
    let reply = Reply {
        answer: asked.answer,
        value: Value::Null,
        who: caller.name,
    };
    let resumed = state.service()?.resume_all(filter, reply).await?;
    Ok(Json(json!({ "runs": resumed.runs })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    from: Option<String>,
    #[serde(default)]
    current: bool,
}

pub(crate) async fn replay(
    Operator(caller): Operator,
    State(state): State<AdminState>,
    Path(run): Path<String>,
    Body(asked): Body<Replay>,
) -> Result<Json<Value>, Problem> {
    let repeated = state
        .service()?
        .replay(
            &RunId::from(run),
            asked.from.as_deref(),
            asked.current,
            &caller.name,
        )
        .await?;
    Ok(Json(json!({ "run": repeated.run, "kept": repeated.kept })))
}

pub(crate) async fn questions(
    _: Viewer,
    State(state): State<AdminState>,
    Asked(which): Asked<Which>,
) -> Result<Json<Vec<Question>>, Problem> {
    Ok(Json(state.service()?.questions(which.page()).await?))
}
