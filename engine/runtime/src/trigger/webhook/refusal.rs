//! Why a request is not taken, as it is told to the sender.

use serde_json::{Value, json};
use souschef_journal::fault::bug;

/// A request that is not taken: nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// A word for programs.
    pub error: &'static str,
    /// A sentence for people. It says nothing of what would have been right.
    pub message: String,
    /// After how many seconds to try again, where that helps.
    pub retry_after: Option<u32>,
}

impl Refusal {
    fn new(status: u16, error: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            message: message.into(),
            retry_after: None,
        }
    }

    /// The body can't be read.
    pub(super) fn unreadable(why: impl Into<String>) -> Self {
        Self::new(400, "bad_body", why)
    }

    /// Nothing proves who sent it.
    pub(super) fn unproven(why: impl Into<String>) -> Self {
        Self::new(401, "not_proven", why)
    }

    /// It is from whom it says, but not for us, or not of now.
    pub(super) fn not_ours(why: impl Into<String>) -> Self {
        Self::new(403, "not_for_us", why)
    }

    /// Nobody listens there.
    pub(super) fn nobody(why: impl Into<String>) -> Self {
        Self::new(404, "no_such_hook", why)
    }

    /// More bytes than a body may have.
    pub fn too_large() -> Self {
        Self::new(413, "too_large", "the body is larger than 1 MiB")
    }

    /// Of no kind that is read here.
    pub(super) fn kind(why: impl Into<String>) -> Self {
        Self::new(415, "wrong_kind", why)
    }

    /// It can't be kept now. 429 and never 503: senders that give up on everything else try again after that.
    pub fn later(why: impl Into<String>, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(if bug("answer_503") { 503 } else { 429 }, "try_later", why)
        }
    }

    /// The answer's body.
    pub fn body(&self) -> Value {
        json!({ "error": self.error, "message": self.message })
    }
}
