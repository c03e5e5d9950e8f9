//! The attempts of one call: sent, judged, and sent again where that does no harm.

mod count;
mod look;
mod send;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use souschef_catalog::{Effect, Method, Operation};
use souschef_recipe::IfUnknown;

use self::count::Count;
use crate::backoff::{Pace, ceiling};
use crate::call::{CallOptions, Observer};
use crate::client::Client;
use crate::connection::Connection;
use crate::judge::Verdict;
use crate::look::Found;
use crate::outcome::{Attempt, CallOutcome, Refusal};
use crate::request::Request;
use crate::secret::Secret;
use crate::words;

/// A call under way.
pub(crate) struct Tries<'a> {
    client: &'a Client,
    connection: &'a Connection,
    options: &'a CallOptions,
    observer: &'a dyn Observer,
    deadline: Option<Instant>,
    attempts: Vec<Arc<Attempt>>,
    /// How far our clock is ahead of the server's.
    ahead: SignedDuration,
    /// The token that was refused last, where another can be had.
    refused: Option<Secret>,
}

/// What an unknown outcome leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    Repeat,
    Look,
    Ask,
    Fail,
}

fn doubt(operation: &Operation, options: &CallOptions) -> Doubt {
    match (operation.effect, options.if_unknown) {
        (Effect::Read, _) | (_, Some(IfUnknown::Repeat)) => Doubt::Repeat,
        (_, Some(IfUnknown::Attention)) => Doubt::Ask,
        (_, Some(IfUnknown::Fail)) => Doubt::Fail,
        (Effect::Settled, None) => Doubt::Repeat,
        (Effect::Checkable, None) if operation.look_for.is_some() => Doubt::Look,
        (Effect::Checkable | Effect::Unsafe, None) => Doubt::Ask,
    }
}

impl<'a> Tries<'a> {
    pub(crate) fn new(
        client: &'a Client,
        connection: &'a Connection,
        options: &'a CallOptions,
        observer: &'a dyn Observer,
    ) -> Self {
        Self {
            client,
            connection,
            options,
            observer,
            deadline: options
                .timeout
                .and_then(|timeout| Instant::now().checked_add(timeout)),
            attempts: Vec::new(),
            ahead: SignedDuration::ZERO,
            refused: None,
        }
    }

    pub(crate) fn into_attempts(self) -> Vec<Arc<Attempt>> {
        self.attempts
    }

    /// Makes the call.
    pub(crate) async fn call(
        &mut self,
        operation: &Operation,
        inputs: &Map<String, Value>,
        request: &Request,
    ) -> CallOutcome {
        let doubt = doubt(operation, self.options);
        // When an attempt was sent of which nobody knows whether it has happened.
        let mut open = self.options.unsettled;
        let (mut verdict, mut pace) = match open {
            Some(_) => {
                let why = "what became of an earlier try is not known";
                let refusal = words::broken(operation, &self.connection.connector, why, None);
                (Verdict::Unknown { refusal, again: true }, Pace::default())
            }
            None => self.attempt(operation, request, false, &mut open).await,
        };
        let mut count = Count::new(self.options);
        loop {
            let (refusal, again) = match verdict {
                Verdict::Done(answer) => return CallOutcome::Done(answer),
                Verdict::Held(held) => return CallOutcome::Held(held),
                Verdict::NotDone { refusal, again } => {
                    if open.is_some() && gone(operation, request, &refusal) {
                        return CallOutcome::Done(refusal.answer.unwrap_or(Value::Null));
                    }
                    (refusal, again)
                }
                Verdict::Unknown { refusal, again } => {
                    match doubt {
                        Doubt::Ask => return CallOutcome::Unknown(refusal),
                        Doubt::Fail => return CallOutcome::NotDone(refusal),
                        Doubt::Repeat => {}
                        Doubt::Look => match self.look(operation, inputs, open).await {
                            Found::Adopted(answer) => return CallOutcome::Done(answer),
                            Found::Unclear(why) => return CallOutcome::Unknown(unclear(refusal, &why)),
                            // The API said that it took it.
                            Found::Absent if refusal.status.is_some_and(|status| status < 300) => {
                                return CallOutcome::Unknown(unclear(refusal, "not found"));
                            }
                            Found::Held(held) => return CallOutcome::Held(held),
                            Found::Absent => open = None,
                        },
                    }
                    (refusal, again)
                }
            };
            let end = |refusal, open: Option<Timestamp>| match open {
                Some(_) if operation.effect != Effect::Read => CallOutcome::Unknown(refusal),
                _ => CallOutcome::NotDone(refusal),
            };
            count.add(refusal.status);
            if again && count.is_used_up() && self.client.bears(self.connection, operation) {
                // The other side fails for everybody: the call waits with the rest, or tries for them.
                (verdict, pace) = self.attempt(operation, request, false, &mut open).await;
                continue;
            }
            if !again || count.is_used_up() {
                return end(refusal, open);
            }
            let wait = self.wait_before(count.all(), pace);
            if self.left().is_some_and(|left| left <= wait) {
                return end(out_of_time(refusal, self.options.timeout), open);
            }
            self.observer.waits(wait, &refusal.message);
            if self.called_off_within(wait).await {
                return end(refusal, open);
            }
            (verdict, pace) = self.attempt(operation, request, false, &mut open).await;
        }
    }

    fn wait_before(&self, number: u32, pace: Pace) -> Duration {
        let most = ceiling(number, self.options.first_wait, self.options.longest_wait);
        match pace.wait() {
            // A little more than the server asks, so that not all come at the same moment.
            Some(asked) => asked + self.client.up_to(self.options.first_wait),
            None => self.client.up_to(most),
        }
    }

    /// Waits; tells whether the call was called off before or meanwhile.
    async fn called_off_within(&self, wait: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.observer.called_off() => true,
            () = tokio::time::sleep(wait) => false,
        }
    }

    /// What is left of the call's own time.
    fn left(&self) -> Option<Duration> {
        self.deadline
            .map(|end| end.saturating_duration_since(Instant::now()))
    }
}

/// Whether this refusal says that an earlier attempt has deleted the thing.
fn gone(operation: &Operation, request: &Request, refusal: &Refusal) -> bool {
    operation.effect == Effect::Settled && request.method == Method::Delete && refusal.status == Some(404)
}

fn unclear(refusal: Refusal, why: &str) -> Refusal {
    Refusal {
        message: format!("{}; it was looked for, but {why}", refusal.message),
        ..refusal
    }
}

fn out_of_time(refusal: Refusal, timeout: Option<Duration>) -> Refusal {
    let limit = timeout.map_or_else(String::new, |timeout| format!(" of {} s", timeout.as_secs_f64()));
    Refusal {
        message: format!(
            "{}; the time limit{limit} left no room to try again",
            refusal.message
        ),
        ..refusal
    }
}
