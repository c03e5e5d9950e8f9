//! The admin listener: what the commands and programs of the person who runs the service talk to. Loopback, a token always,
//! and no page of another site gets a word in.

mod audit;
pub(crate) mod auth;
mod connections;
mod door;
mod events;
pub(crate) mod failures;
mod guard;
mod health;
mod input;
mod questions;
mod recipes;
mod runs;
pub(crate) mod token;
mod tokens;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use jiff::Timestamp;
use souschef_runtime::Service;
use souschef_runtime::journal::{JournalError, Refusal};
use souschef_runtime::service::ServiceError;
use souschef_runtime::trigger::{Health, TriggerHealth};
use tokio::sync::watch;

pub use door::Route;
pub use token::{Caller, Role, Token, TokenError, Tokens};

use crate::answer::Problem;
use crate::gate::Gate;
use crate::metrics::Metrics;
use door::Door;
pub(crate) use failures::Failures;
use guard::Hosts;
pub(crate) use questions::Questions;

/// The most bytes of a request's body.
const LARGEST_BODY: usize = 1024 * 1024;

/// What the handlers work with.
#[derive(Clone)]
pub(crate) struct AdminState {
    pub(crate) service: Arc<OnceLock<Service>>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) gate: Gate,
    pub(crate) metrics: Arc<Metrics>,
    /// How polls and schedules stand, once they are at work.
    pub(crate) triggers: Arc<OnceLock<Health>>,
    /// Requests without a good token.
    pub(crate) failures: Arc<Failures>,
    /// Accounts that are being connected.
    pub(crate) questions: Arc<Questions>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl AdminState {
    /// The service, once it is open.
    fn service(&self) -> Result<&Service, Problem> {
        self.service.get().ok_or_else(|| {
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "starting",
                "the service is starting: the journal is being opened",
            )
        })
    }

    /// How polls and schedules stand.
    fn triggers(&self) -> TriggerHealth {
        self.triggers.get().map_or_else(TriggerHealth::default, |health| {
            health.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }

    /// Notes who did what in the audit log.
    async fn note(
        &self,
        caller: &Caller,
        what: &str,
        target: &str,
        detail: Option<&str>,
    ) -> Result<(), Problem> {
        let journal = self.service()?.journal();
        journal
            .note(&caller.name, what, target, detail, Timestamp::now())
            .await?;
        Ok(())
    }
}

/// Every route of the admin listener.
fn door() -> Door {
    Door::new()
        .get("/healthz", health::alive)
        .get("/readyz", health::ready)
        .get("/metrics", health::metrics)
        .get("/api/v1/health", health::details)
        .get("/api/v1/runs", runs::list)
        .get("/api/v1/runs/{id}", runs::show)
        .get("/api/v1/runs/{id}/export", runs::export)
        .post("/api/v1/runs/{id}/cancel", runs::cancel)
        .post("/api/v1/runs/{id}/resume", runs::resume)
        .post("/api/v1/runs/{id}/replay", runs::replay)
        .post("/api/v1/resume", runs::resume_all)
        .get("/api/v1/questions", runs::questions)
        .get("/api/v1/recipes", recipes::list)
        .post("/api/v1/recipes/{name}/start", recipes::start)
        .post("/api/v1/reload", recipes::reload)
        .get("/api/v1/connections", connections::list)
        .delete("/api/v1/connections/{name}", connections::forget)
        .post("/api/v1/connections/{name}/test", connections::test)
        .post("/api/v1/connections/{name}/token", connections::give)
        .post("/api/v1/connections/{name}/ask", connections::ask)
        .post("/api/v1/connections/{name}/answer", connections::answer)
        .get("/api/v1/events", events::stream)
        .get("/api/v1/audit", audit::list)
        .get("/api/v1/tokens", tokens::list)
        .post("/api/v1/tokens", tokens::add)
        .delete("/api/v1/tokens/{name}", tokens::remove)
        .post("/api/v1/backup", health::backup)
}

/// Every route, with who may use it.
pub fn routes() -> Vec<Route> {
    door().routes()
}

/// The listener's router. `address`: where it listens; `hosts`: further names under which it is asked.
pub(crate) fn router(state: AdminState, address: SocketAddr, hosts: &[String]) -> Router {
    door()
        .router()
        .with_state(state)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(Hosts::of(address, hosts), guard::guard))
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let message = error.to_string();
        match error {
            ServiceError::Journal(error) => error.into(),
            ServiceError::NoRecipe(_) | ServiceError::NoTrigger { .. } | ServiceError::NoStep { .. } => {
                Self::missing(message)
            }
            ServiceError::NotAsked { .. } => Self::new(StatusCode::CONFLICT, "not_possible", message),
            ServiceError::Start(_) | ServiceError::Account(_) | ServiceError::Project(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not_possible", message)
            }
            ServiceError::Client(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "own_fault", message),
        }
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        let message = error.to_string();
        match error {
            JournalError::Refused(Refusal::NoRun(_) | Refusal::NoEvent(_)) => Self::missing(message),
            JournalError::Refused(_) => Self::new(StatusCode::CONFLICT, "not_possible", message),
            JournalError::Busy | JournalError::DiskFull | JournalError::Blocked => Self::later(message, 5),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "journal", message),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let message = error.to_string();
        match error {
            TokenError::Name => Self::bad(message),
            TokenError::Taken(_) => Self::new(StatusCode::CONFLICT, "taken", message),
            TokenError::Unknown(_) => Self::missing(message),
            TokenError::File { .. } | TokenError::Open { .. } => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "tokens", message)
            }
        }
    }
}
