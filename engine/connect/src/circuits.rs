//! The circuits of one process: which operations are left alone now, and who may try them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use souschef_catalog::Operation;

use crate::circuit::{Circuit, Gate, Pass};
use crate::client::Client;
use crate::connection::Connection;
use crate::token::Held;

/// How a connection and an operation stand whose requests have failed of late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CircuitStanding {
    /// The connection.
    pub connection: String,
    /// The operation.
    pub operation: String,
    /// How many requests in a row have failed.
    pub failures: u32,
    /// When the first of them did.
    pub since: Timestamp,
    /// Until when calls are held back; none while they are let through still.
    pub held_until: Option<Timestamp>,
    /// Whether a call is out that tries whether the other side works again.
    pub trying: bool,
    /// What was said of the last failure.
    pub why: String,
}

impl CircuitStanding {
    /// Whether calls are held back.
    pub const fn is_open(&self) -> bool {
        self.held_until.is_some() || self.trying
    }
}

/// Which circuit: the connection, where its calls go, and the operation.
type Name = (String, String, String);

/// All that are not well. An operation that answers has none.
#[derive(Debug, Default)]
pub(crate) struct Circuits {
    all: Mutex<HashMap<Name, Circuit>>,
}

impl Circuits {
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Circuit>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(connection: &Connection, operation: &Operation) -> Name {
    (
        connection.name.clone(),
        connection.base_url.to_string(),
        operation.id.clone(),
    )
}

impl Client {
    /// The operations whose requests have failed of late, by connection.
    pub fn circuits(&self) -> Vec<CircuitStanding> {
        let (now, clock) = (Instant::now(), Timestamp::now());
        let mut all: Vec<CircuitStanding> = self
            .kept_circuits()
            .lock()
            .iter()
            .map(|((connection, _, operation), circuit)| CircuitStanding {
                connection: connection.clone(),
                operation: operation.clone(),
                failures: circuit.failures,
                since: clock
                    .checked_sub(now.saturating_duration_since(circuit.since))
                    .unwrap_or(clock),
                held_until: match circuit.gate {
                    Gate::Open { until, .. } => Some(after(clock, until.saturating_duration_since(now))),
                    Gate::Closed | Gate::Probing { .. } => None,
                },
                trying: matches!(circuit.gate, Gate::Probing { .. }),
                why: circuit.why.clone(),
            })
            .collect();
        all.sort_by(|one, other| {
            (&one.connection, &one.operation).cmp(&(&other.connection, &other.operation))
        });
        all
    }

    /// Whether a call may be sent now; answers whether it is to find out if the other side works again.
    pub(crate) fn pass(&self, connection: &Connection, operation: &Operation) -> Result<bool, Held> {
        if !self.options().circuits {
            return Ok(false);
        }
        let rule = &connection.connector.circuit;
        let mut all = self.kept_circuits().lock();
        let Some(circuit) = all.get_mut(&name(connection, operation)) else {
            return Ok(false);
        };
        // What a request may take, and a little for what is written down before and after it.
        let longest = self.options().connect + self.options().request + Duration::from_secs(30);
        match circuit.ask(Instant::now(), rule, longest, |most| self.up_to(most)) {
            Pass::Go { probe } => {
                if probe {
                    tracing::info!(
                        connection = connection.name,
                        operation = operation.id,
                        failures = circuit.failures,
                        "one call tries whether the other side works again"
                    );
                }
                Ok(probe)
            }
            Pass::Wait(wait) => Err(Held {
                connection: connection.name.clone(),
                code: "SC533",
                message: format!(
                    "{} has failed {} times in a row for {}, so it is left alone for a while; last: {}",
                    operation.id, circuit.failures, connection.name, circuit.why
                ),
                help: Some(format!(
                    "nothing is to be done: it is tried again by itself; `souschef connections test {}` tells how it stands",
                    connection.name
                )),
                until: after(Timestamp::now(), wait),
                outage: true,
            }),
        }
    }

    /// The call that was to try whether the other side works again asked nothing of it: another one may.
    pub(crate) fn put_back(&self, connection: &Connection, operation: &Operation) {
        if let Some(circuit) = self.kept_circuits().lock().get_mut(&name(connection, operation))
            && let Gate::Probing { round, .. } = circuit.gate
        {
            circuit.gate = Gate::Open {
                until: Instant::now(),
                round,
            };
        }
    }

    /// The other side failed at a request.
    pub(crate) fn note_failure(
        &self,
        connection: &Connection,
        operation: &Operation,
        probe: bool,
        why: &str,
    ) {
        if !self.options().circuits {
            return;
        }
        let now = Instant::now();
        let rule = &connection.connector.circuit;
        let mut all = self.kept_circuits().lock();
        let circuit = all
            .entry(name(connection, operation))
            .or_insert_with(|| Circuit::new(now));
        why.clone_into(&mut circuit.why);
        if let Some(wait) = circuit.failed(now, probe, rule, |most| self.up_to(most)) {
            tracing::warn!(
                connection = connection.name,
                operation = operation.id,
                failures = circuit.failures,
                seconds = wait.as_secs(),
                why,
                "the other side fails: calls are held back"
            );
        }
    }

    /// The other side gave a proper answer, be it a refusal.
    pub(crate) fn note_answer(&self, connection: &Connection, operation: &Operation) {
        if !self.options().circuits {
            return;
        }
        let gone = self.kept_circuits().lock().remove(&name(connection, operation));
        if let Some(circuit) = gone.filter(|circuit| circuit.gate != Gate::Closed) {
            tracing::info!(
                connection = connection.name,
                operation = operation.id,
                failures = circuit.failures,
                "the other side works again"
            );
        }
    }

    /// Whether a call that has used up its tries waits all the same: the other side fails as a whole.
    pub(crate) fn bears(&self, connection: &Connection, operation: &Operation) -> bool {
        let all = self.kept_circuits().lock();
        all.get(&name(connection, operation))
            .is_some_and(|circuit| circuit.bears(Instant::now(), &connection.connector.circuit))
    }
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
