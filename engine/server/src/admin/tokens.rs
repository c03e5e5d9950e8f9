//! Tokens, handled by those who may do everything.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::AdminState;
use super::auth::Admin;
use super::input::Body;
use super::token::Role;
use crate::answer::Problem;

pub(crate) async fn list(_: Admin, State(state): State<AdminState>) -> Result<Json<Value>, Problem> {
    let tokens: Vec<Value> = state
        .tokens
        .list()?
        .into_iter()
        .map(|token| {
            json!({
                "name": token.name,
                "role": token.role,
                "made_at": token.made_at,
                "expires_at": token.expires_at,
            })
        })
        .collect();
    Ok(Json(json!({ "tokens": tokens })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    name: String,
    role: Role,
    expires_at: Option<Timestamp>,
}

pub(crate) async fn add(
    Admin(caller): Admin,
    State(state): State<AdminState>,
    Body(asked): Body<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let now = Timestamp::now();
    let token = state.tokens.add(&asked.name, asked.role, asked.expires_at, now)?;
    state
        .note(&caller, "token.add", &asked.name, Some(asked.role.word()))
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "name": asked.name, "role": asked.role, "token": token })),
    ))
}

pub(crate) async fn remove(
    Admin(caller): Admin,
    State(state): State<AdminState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    state.tokens.remove(&name)?;
    state.note(&caller, "token.remove", &name, None).await?;
    Ok(Json(json!({ "name": name, "removed": true })))
}
