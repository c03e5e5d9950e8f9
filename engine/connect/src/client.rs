//! The one HTTP client.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use souschef_catalog::{Catalog, Operation};

use crate::call::{CallOptions, Observer};
use crate::connection::Connection;
use crate::outcome::CallReport;
use crate::request::BuildError;

/// The client's own settings.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// To connect (5 s).
    pub connect: Duration,
    /// To the answer's first byte (30 s).
    pub first_byte: Duration,
    /// One request as a whole (60 s).
    pub request: Duration,
    /// Bytes of an answer (10 MB).
    pub answer_limit: usize,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(30),
            request: Duration::from_secs(60),
            answer_limit: 10 * 1024 * 1024,
        }
    }
}

/// Sends calls. Cheap to clone; one for the whole process.
#[derive(Clone, Debug)]
pub struct Client {}

impl Client {
    /// A client. The catalog is where `look_for` operations are found.
    pub fn new(_catalog: Arc<Catalog>, _options: ClientOptions) -> Result<Self, String> {
        todo!()
    }

    /// Makes a call: builds the request, sends it, tries again where that does no harm.
    ///
    /// # Errors
    /// Inputs from which no request can be built; nothing was sent.
    pub async fn call(
        &self,
        _operation: &Operation,
        _inputs: &Map<String, Value>,
        _connection: &Connection,
        _options: &CallOptions,
        _observer: &dyn Observer,
    ) -> Result<CallReport, Vec<BuildError>> {
        todo!()
    }
}
