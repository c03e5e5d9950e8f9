//! Connections: which there are, how their tokens stand, and which of their operations are left alone because the other
//! side fails. No secret is among what is told.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::AdminState;
use super::auth::Viewer;
use crate::answer::Problem;

pub(crate) async fn list(_: Viewer, State(state): State<AdminState>) -> Result<Json<Value>, Problem> {
    let service = state.service()?;
    let standings = service.accounts().standings().await;
    let mut circuits = service.client().circuits();
    circuits.retain(|circuit| circuit.is_open());
    Ok(Json(json!({ "connections": standings, "left_alone": circuits })))
}
