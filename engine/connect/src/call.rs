//! What a call is made with, and who is told.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use souschef_recipe::IfUnknown;

use crate::outcome::Attempt;

/// How a call is made.
#[derive(Clone, Debug)]
pub struct CallOptions {
    /// Further tries at most (4).
    pub times: u32,
    /// Further tries after answers that say too many requests: those did not happen, and use up none of `times`. For a
    /// service, whose calls wait for others; where 0, they count like any other (0).
    pub times_limited: u32,
    /// The first wait (1 s).
    pub first_wait: Duration,
    /// The longest (15 min).
    pub longest_wait: Duration,
    /// Tries and waits together.
    pub timeout: Option<Duration>,
    /// What an unknown outcome leads to; the operation's effect class decides where absent. A read has no unknown outcome.
    pub if_unknown: Option<IfUnknown>,
    /// Field names hidden in what is shown.
    pub redact: Vec<String>,
    /// Attempts that an earlier process made for this call: numbers go on from here.
    pub made_before: u32,
    /// How many of those were tries: the next wait is as long as it is after so many.
    pub tried: u32,
    /// How many of the tries were too many requests.
    pub limited: u32,
    /// Leaves a part of the account's budget to other calls: what looks for work gives way to the work.
    pub gives_way: bool,
    /// When an earlier process sent an attempt whose outcome is not known; that is settled first, by the effect class.
    pub unsettled: Option<Timestamp>,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            times: 4,
            times_limited: 0,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(15 * 60),
            timeout: None,
            if_unknown: None,
            redact: Vec::new(),
            made_before: 0,
            tried: 0,
            limited: 0,
            gives_way: false,
            unsettled: None,
        }
    }
}

/// An answer to [`Observer::begins`] that may take a while, such as a commit.
pub type Noting<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// An answer to [`Observer::called_off`].
pub type CalledOff<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Told of each attempt before its first byte leaves, and of its end. A refusal to note the beginning stops the call.
pub trait Observer: Send + Sync {
    /// An attempt is about to be sent; nothing leaves before this has come to its end. `looking`: it only looks whether
    /// an earlier one has happened.
    fn begins<'a>(&'a self, _number: u32, _request: &'a Arc<Value>, _looking: bool) -> Noting<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
    /// An attempt has ended.
    fn ended(&self, _attempt: &Arc<Attempt>) {}
    /// The next try waits so long.
    fn waits(&self, _wait: Duration, _why: &str) {}
    /// Comes to its end once the call is called off: it is not tried again then. What is under way is let finish.
    fn called_off(&self) -> CalledOff<'_> {
        Box::pin(std::future::pending())
    }
}

/// An observer that notes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Observer for Quiet {}
