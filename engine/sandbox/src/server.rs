//! The server.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use souschef_catalog::Catalog;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::fault::Fault;
use crate::ledger::LedgerEntry;
use crate::serve;
use crate::state::State;
use crate::world::World;

/// How the sandbox behaves.
#[derive(Clone, Debug, Default)]
pub struct SandboxOptions {
    /// For ids, names and faults; the same seed and requests give the same answers.
    pub seed: u64,
    /// Added to each answer.
    pub latency: Duration,
    /// Faults.
    pub faults: Vec<Fault>,
    /// Requests allowed in the connector's shortest window (GHL: 10 s), per token; the connector's own limit (GHL: 100) where
    /// absent. With a fixed time nothing is refused where absent, since no window would ever pass.
    pub rate_limit: Option<u64>,
    /// The clock stands still at this moment (for tests).
    pub fixed_time: Option<Timestamp>,
    /// What is there at the start: collection name to a list of objects, beside the seeded sample account. Collections of
    /// another connector than the first are written `timerex.tasks`.
    pub given: serde_json::Map<String, Value>,
    /// What operations answer instead of what they would, by operation id: in turn, the last one again and again.
    pub answers: indexmap::IndexMap<String, Vec<Answer>>,
    /// Start without the sample account: only the location and the company are there.
    pub empty: bool,
    /// Tokens taken; any non-empty one where empty. Those that it gave itself are taken while they live.
    pub tokens: Vec<String>,
    /// How long a token lives that it gives; a day where absent, and for ever with a fixed time.
    pub token_life: Option<Duration>,
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
pub struct Sandbox {
    catalog: Arc<Catalog>,
    options: SandboxOptions,
}

impl Sandbox {
    /// Made from a catalog.
    pub fn new(catalog: Arc<Catalog>, options: SandboxOptions) -> Self {
        Self { catalog, options }
    }

    /// Listens; `127.0.0.1:0` takes a free port.
    ///
    /// # Errors
    /// The address can't be had, or (`InvalidInput`) the options give what there is no collection for, or a connector file of
    /// the user's own has a hint that the sandbox does not understand.
    pub async fn listen(self, address: SocketAddr) -> std::io::Result<Running> {
        let worlds = World::all(&self.catalog);
        let names = worlds.iter().map(|world| world.connector.name.clone()).collect();
        let latency = self.options.latency;
        let state = State::new(worlds, self.options)
            .map_err(|why| std::io::Error::new(std::io::ErrorKind::InvalidInput, why))?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(state));
        let task = tokio::spawn(serve::accept(listener, Arc::clone(&state), latency));
        Ok(Running {
            address,
            names,
            state,
            task,
        })
    }
}

/// A sandbox that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    names: Vec<String>,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Running {
    /// `http://127.0.0.1:40123`; every connector is served here, the first (GHL) at the root and others under `/NAME`.
    pub fn base_url(&self, connector: &str) -> String {
        match self.names.first() {
            Some(first) if first == connector => format!("http://{}", self.address),
            _ => format!("http://{}/{connector}", self.address),
        }
    }

    /// Everything received so far.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        lock(&self.state).ledger()
    }

    /// Ids of the sample account: location, company, a contact, a user, a calendar … by name (`location_id` …).
    pub fn sample(&self) -> serde_json::Map<String, Value> {
        lock(&self.state).names()
    }

    /// Ends every token that it gave.
    pub fn expire_tokens(&self) {
        lock(&self.state).expire_tokens();
    }

    /// Takes back what was allowed: no token that it gave is good any more.
    pub fn revoke_tokens(&self) {
        lock(&self.state).revoke_tokens();
    }

    /// Stops: no new connection is taken, and the open ones are closed.
    pub async fn stop(mut self) {
        self.task.abort();
        // The task ends by being aborted, which is no error here.
        let _ended = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The state, also after a panic elsewhere: a request is taken whole or not at all.
pub(crate) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
