//! Connections: which there are, and how their tokens stand. No secret is among what is told.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::AdminState;
use super::auth::Viewer;
use crate::answer::Problem;

pub(crate) async fn list(_: Viewer, State(state): State<AdminState>) -> Result<Json<Value>, Problem> {
    let standings = state.service()?.accounts().standings().await;
    Ok(Json(json!({ "connections": standings })))
}
