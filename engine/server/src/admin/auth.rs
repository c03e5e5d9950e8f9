//! Who may ask for what, as types: a handler's first argument says it, and the [router](super::door) takes no handler
//! without one.

use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::AdminState;
use super::failures::{Noted, Peer};
use super::token::{Caller, Role};
use crate::answer::Problem;

/// Somebody who may look.
#[derive(Clone, Debug)]
pub(crate) struct Viewer;

/// Somebody who may answer, cancel, repeat and export runs.
#[derive(Clone, Debug)]
pub(crate) struct Operator(pub(crate) Caller);

/// Somebody who may do everything.
#[derive(Clone, Debug)]
pub(crate) struct Admin(pub(crate) Caller);

/// Anybody: for health, which tells nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anybody;

/// A way in.
pub(crate) trait Access: FromRequestParts<AdminState> {
    /// The least role that it takes; none where it is open to all.
    const ROLE: Option<Role>;
}

impl Access for Viewer {
    const ROLE: Option<Role> = Some(Role::Viewer);
}

impl Access for Operator {
    const ROLE: Option<Role> = Some(Role::Operator);
}

impl Access for Admin {
    const ROLE: Option<Role> = Some(Role::Admin);
}

impl Access for Anybody {
    const ROLE: Option<Role> = None;
}

impl FromRequestParts<AdminState> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AdminState) -> Result<Self, Problem> {
        at_least(Role::Viewer, parts, state).map(|_| Self)
    }
}

impl FromRequestParts<AdminState> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AdminState) -> Result<Self, Problem> {
        at_least(Role::Operator, parts, state).map(Self)
    }
}

impl FromRequestParts<AdminState> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AdminState) -> Result<Self, Problem> {
        at_least(Role::Admin, parts, state).map(Self)
    }
}

impl FromRequestParts<AdminState> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(_parts: &mut Parts, _state: &AdminState) -> Result<Self, Problem> {
        Ok(Self)
    }
}

fn at_least(role: Role, parts: &Parts, state: &AdminState) -> Result<Caller, Problem> {
    let caller = caller(parts, state)?;
    if caller.role >= role {
        return Ok(caller);
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "not_allowed",
        format!(
            "this needs the role {}, and the token {} has the role {}",
            role.word(),
            caller.name,
            caller.role.word()
        ),
    ))
}

fn caller(parts: &Parts, state: &AdminState) -> Result<Caller, Problem> {
    known(parts, state).map_err(|problem| {
        // A service without a wire is asked by nobody else.
        let Some(peer) = parts.extensions.get::<Peer>() else {
            return problem;
        };
        match state.failures.note(*peer, Instant::now()) {
            Noted::Few => problem,
            Noted::Many { wait, first } => {
                if first {
                    tracing::warn!(address = %peer.0, "requests without a good token come again and again");
                }
                Problem::later(
                    "too many requests without a good token come from this address",
                    wait,
                )
            }
        }
    })
}

fn known(parts: &Parts, state: &AdminState) -> Result<Caller, Problem> {
    let mut shown = parts.headers.get_all(AUTHORIZATION).iter();
    let token = match (shown.next(), shown.next()) {
        (Some(header), None) => header.to_str().ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        }),
        _ => None,
    };
    let Some(token) = token else {
        return Err(unknown(
            "send a token as `Authorization: Bearer …`; `souschef tokens add` makes one",
        ));
    };
    match state.tokens.caller(token, jiff::Timestamp::now()) {
        Ok(Some(caller)) => Ok(caller),
        Ok(None) => Err(unknown("this token opens nothing here")),
        Err(error) => {
            tracing::error!(%error, "tokens can't be read: nobody is let in");
            Err(unknown("tokens can't be read at the moment; the log says why"))
        }
    }
}

fn unknown(message: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
}
