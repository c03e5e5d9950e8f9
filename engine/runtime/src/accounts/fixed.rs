//! A token that stands in the environment or a file, as the service uses it: read as a call begins, and where it is missing
//! or the other side takes it no more, calls wait for a better one. They have not failed: whoever changes a token for a new
//! one at the provider first leaves the service without one for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Map;
use souschef_catalog::Catalog;
use souschef_connect::{
    Asking, CallOptions, CallOutcome, Client, Connection, Held, Quiet, Secret, Token, TokenSource,
};
use souschef_plan::SecretSource;

use super::reach::{only_lacks_a_scope, probe};
use super::secrets::Shelf;

/// Between two tries of a token that was not taken.
const AGAIN: Duration = Duration::from_secs(30);
/// What a refused token is answered with.
const UNAUTHORIZED: u16 = 401;

/// Tokens that were not taken, by connection.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<String, Refused>>);

#[derive(Debug)]
struct Refused {
    token: Secret,
    since: Timestamp,
    /// Nobody sends it before this moment, and then one call does.
    until: Timestamp,
}

fn soon() -> Timestamp {
    Timestamp::now().checked_add(AGAIN).unwrap_or(Timestamp::MAX)
}

impl Refusals {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since when a connection's token is not taken, where it is still this one.
    pub(super) fn since(&self, connection: &str, token: &Secret) -> Option<Timestamp> {
        let all = self.all();
        let refused = all.get(connection).filter(|refused| refused.token == *token)?;
        Some(refused.since)
    }

    fn note(&self, connection: &str, token: &Secret) {
        let mut all = self.all();
        let since = match all.get(connection) {
            Some(before) if before.token == *token => before.since,
            _ => Timestamp::now(),
        };
        let refused = Refused {
            token: token.clone(),
            since,
            until: soon(),
        };
        all.insert(connection.to_owned(), refused);
    }

    /// Until when a token is not to be sent. The call that comes after that tries it for all.
    fn holds(&self, connection: &str, token: &Secret) -> Option<Timestamp> {
        let mut all = self.all();
        let refused = all.get_mut(connection)?;
        if refused.token != *token {
            all.remove(connection);
            return None;
        }
        if Timestamp::now() < refused.until {
            return Some(refused.until);
        }
        refused.until = soon();
        None
    }

    fn forget(&self, connection: &str) {
        self.all().remove(connection);
    }
}

/// The token of one connection.
#[derive(Debug)]
pub(super) struct FixedToken {
    /// The account, without it.
    pub(super) connection: Connection,
    pub(super) source: SecretSource,
    pub(super) shelf: Shelf,
    pub(super) scopes: Vec<String>,
    pub(super) catalog: Arc<Catalog>,
    pub(super) refusals: Arc<Refusals>,
}

impl FixedToken {
    async fn give(&self, client: &Client, refused: Option<&Secret>) -> Result<Option<Secret>, Held> {
        let name = &self.connection.name;
        let token = match self.shelf.read(&self.source) {
            Ok(token) => token,
            Err((message, help)) => {
                return Err(self.held(format!("connection {name}: {message}"), help, soon()));
            }
        };
        if refused == Some(&token) {
            if self.is_void(client, &token).await {
                if self.refusals.since(name, &token).is_none() {
                    tracing::error!(
                        connection = name,
                        "the account takes the token no more; its calls wait"
                    );
                }
                self.refusals.note(name, &token);
                return Err(self.not_taken(soon()));
            }
            return Ok(Some(token));
        }
        match self.refusals.holds(name, &token) {
            Some(until) => Err(self.not_taken(until)),
            None => Ok(Some(token)),
        }
    }

    /// Whether a refused token opens nothing at all: some APIs say of one call that it is not allowed as they say of a token
    /// that it is none.
    async fn is_void(&self, client: &Client, token: &Secret) -> bool {
        let Some(probe) = probe(&self.catalog, &self.connection, &self.scopes) else {
            return true;
        };
        let connection = Connection {
            token: Some(Token::Fixed(token.clone())),
            ..self.connection.clone()
        };
        let options = CallOptions {
            times: 0,
            ..CallOptions::default()
        };
        let nothing = Map::new();
        let made = client.call(&probe, &nothing, &connection, &options, &Quiet);
        match made.await.map(|report| report.outcome) {
            Ok(CallOutcome::NotDone(refusal)) => {
                refusal.status == Some(UNAUTHORIZED) && !only_lacks_a_scope(&connection, &refusal.message)
            }
            _ => false,
        }
    }

    fn not_taken(&self, until: Timestamp) -> Held {
        let connection = &self.connection;
        let message = not_taken(&connection.connector.title, &connection.name);
        self.held(message, replace(&self.source), until)
    }

    fn held(&self, message: String, help: String, until: Timestamp) -> Held {
        Held {
            connection: self.connection.name.clone(),
            code: "SC530",
            message,
            help: Some(help),
            until,
            outage: false,
        }
    }
}

/// That a token is not taken.
pub(super) fn not_taken(title: &str, connection: &str) -> String {
    format!("{title} does not take the token of {connection} any more (401)")
}

/// Where a good token is to be put.
pub(super) fn replace(source: &SecretSource) -> String {
    match source {
        SecretSource::Env(variable) => {
            format!("put one that is good into {variable}, and start the service anew")
        }
        SecretSource::File(file) => {
            format!("put one that is good into {file}; calls read it as they begin")
        }
    }
}

impl TokenSource for FixedToken {
    fn token<'a>(
        &'a self,
        client: &'a Client,
        refused: Option<&'a Secret>,
    ) -> Asking<'a, Result<Option<Secret>, Held>> {
        Box::pin(self.give(client, refused))
    }

    fn worked<'a>(&'a self, _token: &'a Secret) -> Asking<'a, ()> {
        self.refusals.forget(&self.connection.name);
        Box::pin(std::future::ready(()))
    }
}
