//! The audit log: who did what.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use souschef_runtime::journal::Page;

use super::AdminState;
use super::auth::Admin;
use super::input::Asked;
use crate::answer::Problem;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    target: Option<String>,
    limit: Option<u32>,
    below: Option<i64>,
}

pub(crate) async fn list(
    _: Admin,
    State(state): State<AdminState>,
    Asked(which): Asked<Which>,
) -> Result<Json<Value>, Problem> {
    let page = Page {
        limit: which.limit.unwrap_or(100),
        below: which.below,
    };
    let entries = state
        .service()?
        .look()
        .audit(which.target.as_deref(), page)
        .await?;
    let entries: Vec<Value> = entries
        .into_iter()
        .map(|entry| {
            json!({
                "seq": entry.seq,
                "at": entry.at,
                "who": entry.who,
                "what": entry.what,
                "target": entry.target,
                "detail": entry.detail,
            })
        })
        .collect();
    Ok(Json(json!({ "audit": entries })))
}
