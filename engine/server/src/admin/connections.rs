//! Connections: which there are, how their tokens stand, and which of their operations are left alone because the other
//! side fails; and their tokens, given, taken away and tried while the service runs. No secret is among what is told.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use souschef_connect::Secret;
use souschef_runtime::Service;
use souschef_runtime::accounts::{AccountsError, Permission, Standing};

use super::AdminState;
use super::auth::{Admin, Operator, Viewer};
use super::input::Body;
use crate::answer::Problem;

impl From<AccountsError> for Problem {
    fn from(error: AccountsError) -> Self {
        let message = match error.help {
            Some(help) => format!("{}; {help}", error.message),
            None => error.message,
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_possible", message)
    }
}

pub(crate) async fn list(_: Viewer, State(state): State<AdminState>) -> Result<Json<Value>, Problem> {
    let service = state.service()?;
    let standings = service.accounts().standings().await;
    let mut circuits = service.client().circuits();
    circuits.retain(|circuit| circuit.is_open());
    Ok(Json(json!({ "connections": standings, "left_alone": circuits })))
}

/// Makes one harmless read.
pub(crate) async fn test(
    Operator(_): Operator,
    State(state): State<AdminState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    let service = state.service()?;
    known(service, &name)?;
    let reached = service.accounts().reach(service.client(), &name).await;
    Ok(Json(json!({ "reached": reached })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    token: String,
}

/// Keeps a token that a person gives.
pub(crate) async fn give(
    Admin(caller): Admin,
    State(state): State<AdminState>,
    Path(name): Path<String>,
    Body(given): Body<Given>,
) -> Result<Json<Value>, Problem> {
    let service = state.service()?;
    known(service, &name)?;
    let token = Secret::new(given.token);
    let standing = service
        .accounts()
        .connect_by_token(&name, token, &caller.name)
        .await?;
    connected(service, standing).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    scopes: Vec<String>,
    redirect: String,
    #[serde(default)]
    white_label: bool,
}

/// Begins to connect an account in the browser: the page to open, and what the answer must repeat.
pub(crate) async fn ask(
    Admin(_): Admin,
    State(state): State<AdminState>,
    Path(name): Path<String>,
    Body(question): Body<Question>,
) -> Result<Json<Value>, Problem> {
    let service = state.service()?;
    known(service, &name)?;
    let asked = service.accounts().ask(Permission {
        connection: &name,
        scopes: question.scopes,
        redirect: &question.redirect,
        white_label: question.white_label,
    })?;
    let answer = json!({ "page": asked.page.as_str(), "state": asked.state.reveal() });
    state.questions.put(asked);
    Ok(Json(answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    state: String,
    code: String,
}

/// Ends it: the code that the browser came back with becomes a token.
pub(crate) async fn answer(
    Admin(caller): Admin,
    State(state): State<AdminState>,
    Path(name): Path<String>,
    Body(answered): Body<Answered>,
) -> Result<Json<Value>, Problem> {
    let service = state.service()?;
    let asked = state.questions.take(&answered.state, &name).ok_or_else(|| {
        Problem::missing("nothing was asked that this would answer, or too long ago; begin anew")
    })?;
    let code = Secret::new(answered.code);
    let standing = service
        .accounts()
        .connect(service.client(), asked, &code, &caller.name)
        .await?;
    connected(service, standing).await
}

/// Forgets the token that is kept of a connection, which may be gone from the project.
pub(crate) async fn forget(
    Admin(caller): Admin,
    State(state): State<AdminState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    if state
        .service()?
        .accounts()
        .disconnect(&name, &caller.name)
        .await?
    {
        Ok(Json(json!({ "removed": name })))
    } else {
        Err(Problem::missing(format!("no token of {name} is kept here")))
    }
}

fn known(service: &Service, name: &str) -> Result<(), Problem> {
    if service.accounts().names().contains(&name) {
        return Ok(());
    }
    Err(Problem::missing(format!("the project has no connection {name}")))
}

/// Runs that wait for the account go on.
async fn connected(service: &Service, standing: Standing) -> Result<Json<Value>, Problem> {
    service.connected(&standing.connection).await?;
    Ok(Json(json!({ "connection": standing })))
}
