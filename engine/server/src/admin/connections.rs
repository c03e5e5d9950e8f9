//! Connections: which there are, and whether they can be used.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::AdminState;
use super::auth::Viewer;
use crate::answer::Problem;

pub(crate) async fn list(_: Viewer, State(state): State<AdminState>) -> Result<Json<Value>, Problem> {
    let snapshot = state.service()?.snapshot();
    let accounts = state.service()?.accounts();
    let list: Vec<Value> = snapshot
        .project
        .config
        .connections
        .iter()
        .map(|(name, config)| {
            let problem = accounts.check(name).err();
            json!({
                "connection": name,
                "connector": config.connector,
                "location_id": config.location_id,
                "company_id": config.company_id,
                "tags": config.tags,
                "usable": problem.is_none(),
                "problem": problem.as_ref().map(|problem| &problem.message),
                "help": problem.as_ref().and_then(|problem| problem.help.as_ref()),
            })
        })
        .collect();
    Ok(Json(json!({ "connections": list })))
}
