//! What the sandbox received, kept for `/_ledger` and for tests.

use serde::Serialize;
use serde_json::Value;

/// One request received.
#[derive(Clone, Debug, Serialize)]
pub struct LedgerEntry {
    /// From 1.
    pub number: u64,
    /// `POST`.
    pub method: String,
    /// Path, decoded segments joined by `/`.
    pub path: String,
    /// The query as received.
    pub query: String,
    /// Headers but for the credentials.
    pub headers: indexmap::IndexMap<String, String>,
    /// The JSON body, or text.
    pub body: Option<Value>,
    /// The operation it was taken for.
    pub operation: Option<String>,
    /// The status answered; none where no answer was given.
    pub status: Option<u16>,
    /// The fault played.
    pub fault: Option<String>,
    /// What was wrong with the request (wrong header, type, missing field …); empty where it was right.
    pub problems: Vec<String>,
}
