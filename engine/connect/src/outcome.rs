//! What became of a call.

use std::sync::Arc;

use serde_json::Value;

use crate::token::Held;

/// One HTTP request of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// The request as shown, secrets hidden.
    pub request: Arc<Value>,
    /// The status, where an answer came.
    pub status: Option<u16>,
    /// The answer as shown: JSON, or text cut short.
    pub response: Option<Value>,
    /// What went wrong, in words.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Whether this attempt only looked whether an earlier one had happened.
    pub looking: bool,
}

/// Why the other side, or we, did not do it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// `SC5xx`.
    pub code: &'static str,
    /// One sentence with the API's own words.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The status, where there was one.
    pub status: Option<u16>,
    /// The answer's body.
    pub answer: Option<Value>,
    /// The API's trace id.
    pub trace: Option<String>,
}

impl From<Held> for Refusal {
    fn from(held: Held) -> Self {
        Self {
            code: held.code,
            message: held.message,
            help: held.help,
            status: None,
            answer: None,
            trace: None,
        }
    }
}

/// The outcome classes of promises.md.
#[derive(Clone, Debug, PartialEq)]
pub enum CallOutcome {
    /// It happened; the answer.
    Done(Value),
    /// It did not happen.
    NotDone(Refusal),
    /// Nobody knows.
    Unknown(Refusal),
    /// It is to be made again later: the account has no token that works now, or the other side fails. Attempts of this call whose outcome is not
    /// known stay so ([`crate::CallOptions::unsettled`]).
    Held(Held),
}

/// A call's end.
#[derive(Clone, Debug, PartialEq)]
pub struct CallReport {
    /// What became of it.
    pub outcome: CallOutcome,
    /// Every request that was sent for it.
    pub attempts: Vec<Arc<Attempt>>,
}
