//! Whether an account answers: one harmless read with it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Map;
use souschef_catalog::{Catalog, Effect, Fill, Input, InputPlace, Operation};
use souschef_connect::{CallOptions, CallOutcome, Client, Connection, Quiet};

use super::Accounts;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The connection.
    pub connection: String,
    /// The read that was made; none where its connector has none that needs no input.
    pub operation: Option<String>,
    /// What is in the way.
    pub trouble: Option<Trouble>,
    /// What there is to say though nothing is in the way.
    #[serde(default)]
    pub note: Option<String>,
}

/// Why an account does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Whether it lies with the other side: the request went out.
    pub outside: bool,
}

impl Accounts {
    /// Makes one harmless read with a connection.
    pub async fn reach(&self, client: &Client, name: &str) -> Reached {
        let config = self.project.connections.get(name);
        let connector = config.map_or("ghl", |config| config.connector.as_str());
        let mut reached = Reached {
            connection: name.to_owned(),
            operation: None,
            trouble: None,
            note: None,
        };
        let connection = match self.for_connector(connector, Some(name)) {
            Ok(connection) => connection,
            Err(error) => {
                reached.trouble = Some(Trouble {
                    message: error.message,
                    help: error.help,
                    outside: false,
                });
                return reached;
            }
        };
        let standing = self.standing(name).await.ok();
        let scopes = standing.and_then(|standing| standing.scopes).unwrap_or_default();
        let Some(probe) = probe(&self.catalog, &connection, &scopes) else {
            return reached;
        };
        let options = CallOptions {
            times: 0,
            ..CallOptions::default()
        };
        reached.operation = Some(probe.id.clone());
        let made = client
            .call(&probe, &Map::new(), &connection, &options, &Quiet)
            .await;
        reached.trouble = match made.map(|report| report.outcome) {
            Ok(CallOutcome::Done(_)) => None,
            // Who knows what a token may not do knows the token. Tokens are made with few rights, and should be.
            Ok(CallOutcome::NotDone(refusal)) if only_lacks_a_scope(&connection, &refusal.message) => {
                let needs = probe.scopes.join(", ");
                reached.note = Some(format!(
                    "the token is good; it has not the scope for {} ({needs}), which only matters to recipes that need it",
                    probe.id
                ));
                None
            }
            Ok(CallOutcome::NotDone(refusal) | CallOutcome::Unknown(refusal)) => Some(Trouble {
                message: refusal.message,
                help: refusal.help,
                outside: true,
            }),
            Ok(CallOutcome::Held(held)) => Some(Trouble {
                message: held.message,
                help: held.help,
                outside: held.outage,
            }),
            Err(errors) => {
                let told: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
                Some(Trouble {
                    message: told.join("; "),
                    help: None,
                    outside: false,
                })
            }
        };
        reached
    }
}

/// Whether a call was refused for nothing but a right that the token has not.
pub(super) fn only_lacks_a_scope(connection: &Connection, message: &str) -> bool {
    let message = message.to_lowercase();
    let oauth = connection.connector.oauth.as_ref();
    oauth.is_some_and(|oauth| {
        oauth
            .not_expired
            .iter()
            .any(|words| message.contains(&words.to_lowercase()))
    })
}

/// A read whose inputs the connection fills: one that the token may make, as far as its scopes are known, and of those the
/// one about the account itself where there is one.
pub(super) fn probe(catalog: &Catalog, connection: &Connection, scopes: &[String]) -> Option<Arc<Operation>> {
    let filled = |input: &Input| match input.fill {
        Some(Fill::LocationId) => connection.location_id.is_some(),
        Some(Fill::CompanyId) => connection.company_id.is_some(),
        None => false,
    };
    let fits = |operation: &&Arc<Operation>| {
        operation.connector == connection.connector.name
            && operation.effect == Effect::Read
            && operation.deprecated.is_none()
            && operation.call().is_some_and(|call| call.needs.is_empty())
            && operation
                .inputs
                .values()
                .filter(|input| input.required)
                .all(filled)
    };
    let operations = catalog.operations();
    let about = |operation: &&Arc<Operation>| {
        let in_path = |fill: Fill| {
            operation
                .inputs
                .values()
                .any(|input| input.place == InputPlace::Path && input.fill == Some(fill))
        };
        let of_agency = operation
            .inputs
            .values()
            .any(|input| input.fill == Some(Fill::CompanyId));
        let about = if in_path(Fill::LocationId) {
            0
        } else if of_agency && connection.location_id.is_some() {
            // A location's token knows nothing of its agency.
            2
        } else if in_path(Fill::CompanyId) {
            0
        } else {
            1
        };
        let needs = &operation.scopes;
        let allowed =
            scopes.is_empty() || (!needs.is_empty() && needs.iter().all(|scope| scopes.contains(scope)));
        // The shortest path is the account itself.
        (
            !allowed,
            about,
            operation.call().map_or(0, |call| call.path.len()),
        )
    };
    operations.iter().filter(fits).min_by_key(about).cloned()
}
