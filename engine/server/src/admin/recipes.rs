//! Recipes: where each stands, what is wrong with its file, and the start of one by hand.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use souschef_plan::{ConnectionPlan, TriggerPlan, TriggerPlanKind};
use souschef_recipe::Severity;
use souschef_runtime::journal::Page;
use souschef_runtime::service::{Begin, Snapshot, Submission};
use souschef_runtime::trigger::TriggerHealth;

use super::AdminState;
use super::auth::{Admin, Operator, Viewer};
use super::input::Body;
use crate::answer::Problem;

/// So many missed instants of a schedule are listed with it.
const MISSED: u32 = 20;

pub(crate) async fn list(_: Viewer, State(state): State<AdminState>) -> Result<Json<Value>, Problem> {
    let mut all = described(&state.service()?.snapshot(), &state.triggers());
    // What a schedule missed is listed with it, the newest first.
    let schedules = all.get_mut("schedules").and_then(Value::as_array_mut);
    for schedule in schedules.into_iter().flatten().filter_map(Value::as_object_mut) {
        let name = schedule
            .get("schedule")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let page = Page {
            limit: MISSED,
            below: None,
        };
        let missed = state.service()?.look().missed(name, page).await?;
        schedule.insert("missed".to_owned(), json!(missed));
    }
    Ok(Json(all))
}

/// The recipes and what is wrong with files, as the API tells it.
fn described(snapshot: &Snapshot, health: &TriggerHealth) -> Value {
    let recipes: Vec<Value> = snapshot
        .plans
        .values()
        .map(|plan| {
            json!({
                "recipe": plan.recipe,
                "title": plan.title,
                "description": plan.description,
                "enabled": plan.enabled,
                "hash": plan.hash,
                "connection": match &plan.connection {
                    ConnectionPlan::Default => json!(null),
                    ConnectionPlan::Named(name) => json!(name),
                    ConnectionPlan::Tagged(tag) => json!({ "tagged": tag }),
                },
                "triggers": plan.triggers.iter().map(trigger).collect::<Vec<_>>(),
            })
        })
        .collect();
    let problems: Vec<Value> = snapshot
        .problems
        .iter()
        .flat_map(|(source, list)| {
            list.iter()
                .filter(|one| one.severity() == Severity::Error)
                .map(|one| {
                    let place = source.place(one.span.start);
                    json!({
                        "path": source.name(),
                        "line": place.line,
                        "column": place.column,
                        "code": one.code.id(),
                        "message": one.message,
                        "help": one.help(),
                    })
                })
        })
        .collect();
    json!({
        "recipes": recipes,
        "problems": problems,
        "polls": health.polls,
        "schedules": health.schedules,
        "not_taken": health.not_taken,
        "resting": health.resting,
    })
}

fn trigger(trigger: &TriggerPlan) -> Value {
    let kind = match &trigger.kind {
        TriggerPlanKind::Poll(poll) => json!({
            "kind": "poll",
            "operation": poll.operation.id.as_str(),
            "every_seconds": poll.every.as_secs(),
        }),
        TriggerPlanKind::Webhook { event, reconcile } => json!({
            "kind": "webhook",
            "event": event.id,
            "reconcile": reconcile.as_ref().map(|poll| poll.operation.id.as_str()),
        }),
        TriggerPlanKind::Custom { path, auth } => json!({
            "kind": "webhook",
            "event": "custom",
            "path": path,
            "open_to_all": matches!(auth, souschef_recipe::WebhookAuth::None),
        }),
        TriggerPlanKind::Schedule { cron, time_zone, .. } => json!({
            "kind": "schedule",
            "cron": cron,
            "time_zone": time_zone,
        }),
        TriggerPlanKind::Manual => json!({ "kind": "manual" }),
    };
    let mut all = Map::new();
    all.insert("id".to_owned(), json!(trigger.id));
    if let Value::Object(kind) = kind {
        all.extend(kind);
    }
    Value::Object(all)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Start {
    #[serde(default)]
    trigger: String,
    #[serde(default)]
    event: Value,
    connection: Option<String>,
    #[serde(default)]
    inputs: Map<String, Value>,
}

/// Starts a recipe by hand: durable, like any other start.
pub(crate) async fn start(
    Operator(caller): Operator,
    State(state): State<AdminState>,
    Path(recipe): Path<String>,
    Body(asked): Body<Start>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let submission = Submission {
        source: "manual".to_owned(),
        connection: None,
        key: None,
        strict: false,
        body: asked.event,
        begins: vec![Begin {
            recipe: recipe.clone(),
            trigger: asked.trigger,
            connection: asked.connection,
            inputs: asked.inputs,
            once: None,
        }],
        signal: None,
    };
    let submitted = state.service()?.submit(submission).await?;
    state
        .note(&caller, "recipe.start", &recipe, Some(submitted.event.as_str()))
        .await?;
    let answer = json!({ "event": submitted.event, "runs": submitted.runs });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

pub(crate) async fn reload(
    Admin(caller): Admin,
    State(state): State<AdminState>,
) -> Result<Json<Value>, Problem> {
    let snapshot = state.service()?.reload().await?;
    state.note(&caller, "recipes.reload", "", None).await?;
    Ok(Json(described(&snapshot, &state.triggers())))
}
