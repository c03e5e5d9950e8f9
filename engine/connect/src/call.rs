//! What a call is made with, and who is told.

use std::time::Duration;

use serde_json::Value;
use souschef_recipe::IfUnknown;

use crate::outcome::Attempt;

/// How a call is made.
#[derive(Clone, Debug)]
pub struct CallOptions {
    /// Further tries at most (4).
    pub times: u32,
    /// The first wait (1 s).
    pub first_wait: Duration,
    /// The longest (15 min).
    pub longest_wait: Duration,
    /// Tries and waits together.
    pub timeout: Option<Duration>,
    /// What an unknown outcome leads to; the operation's effect class decides where absent.
    pub if_unknown: Option<IfUnknown>,
    /// Field names hidden in what is shown.
    pub redact: Vec<String>,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            times: 4,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(15 * 60),
            timeout: None,
            if_unknown: None,
            redact: Vec::new(),
        }
    }
}

/// Told of each attempt before its first byte leaves, and of its end. A refusal to note the beginning stops the call.
pub trait Observer: Send + Sync {
    /// An attempt is about to be sent.
    fn begins(&self, _number: u32, _request: &Value) -> Result<(), String> {
        Ok(())
    }
    /// An attempt has ended.
    fn ended(&self, _attempt: &Attempt) {}
    /// The next try waits so long.
    fn waits(&self, _wait: Duration, _why: &str) {}
}

/// An observer that notes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {}
