//! The server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use souschef_catalog::Catalog;

use crate::fault::Fault;
use crate::ledger::LedgerEntry;

/// How the sandbox behaves.
#[derive(Clone, Debug, Default)]
pub struct SandboxOptions {
    /// For ids, names and faults; the same seed and requests give the same answers.
    pub seed: u64,
    /// Added to each answer.
    pub latency: Duration,
    /// Faults.
    pub faults: Vec<Fault>,
    /// Requests allowed in 10 s (100 where absent).
    pub rate_limit: Option<u64>,
    /// The clock stands still at this moment (for tests).
    pub fixed_time: Option<Timestamp>,
    /// What is there at the start: collection name to a list of objects, beside the seeded sample account.
    pub given: serde_json::Map<String, Value>,
    /// What operations answer instead of what they would, by operation id: in turn, the last one again and again.
    pub answers: indexmap::IndexMap<String, Vec<Answer>>,
    /// Start without the sample account.
    pub empty: bool,
    /// Tokens taken; any non-empty one where empty.
    pub tokens: Vec<String>,
}

/// An answer given instead of the sandbox's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The JSON body.
    pub body: Value,
}

/// The stand-in, not yet listening.
#[derive(Clone, Debug)]
pub struct Sandbox {}

impl Sandbox {
    /// Made from a catalog.
    pub fn new(_catalog: Arc<Catalog>, _options: SandboxOptions) -> Self {
        todo!()
    }

    /// Listens; `127.0.0.1:0` takes a free port.
    pub async fn listen(self, _address: SocketAddr) -> std::io::Result<Running> {
        todo!()
    }
}

/// A sandbox that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Running {}

impl Running {
    /// `http://127.0.0.1:40123`; every connector is served here, GHL at the root and others under `/NAME`.
    pub fn base_url(&self, _connector: &str) -> String {
        todo!()
    }

    /// Everything received so far.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        todo!()
    }

    /// Ids of the sample account: location, company, a contact, a user, a calendar … by name (`location_id` …).
    pub fn sample(&self) -> serde_json::Map<String, Value> {
        todo!()
    }

    /// Runs until it is told to stop.
    pub async fn stop(self) {
        todo!()
    }
}
