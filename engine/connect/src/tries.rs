//! The attempts of one call: sent, judged, and sent again where that does no harm.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_catalog::{Effect, LookFor, Method, Operation};
use souschef_recipe::IfUnknown;

use crate::backoff::{Pace, ceiling};
use crate::call::{CallOptions, Observer};
use crate::client::Client;
use crate::connection::Connection;
use crate::exchange::{Answer, Exchange};
use crate::judge::{Verdict, judge};
use crate::look::{self, Found};
use crate::outcome::{Attempt, CallOutcome, Refusal};
use crate::poll;
use crate::redact::Redaction;
use crate::request::{Request, build};
use crate::words;

/// Pages that a look turns; a thing made moments ago is not farther back.
const LOOK_PAGES: usize = 10;

/// A call under way.
pub(crate) struct Tries<'a> {
    client: &'a Client,
    connection: &'a Connection,
    options: &'a CallOptions,
    observer: &'a dyn Observer,
    deadline: Option<Instant>,
    attempts: Vec<Attempt>,
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
        }
    }

    pub(crate) fn into_attempts(self) -> Vec<Attempt> {
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
        let mut verdict = match open {
            Some(_) => Verdict::Unknown {
                refusal: words::broken(
                    operation,
                    &self.connection.connector,
                    "souschef was stopped before the answer came",
                    None,
                ),
                again: true,
            },
            None => self.attempt(operation, request, false, &mut open).await.0,
        };
        let mut pace = Pace::default();
        let mut tries = 0;
        loop {
            let (refusal, again) = match verdict {
                Verdict::Done(answer) => return CallOutcome::Done(answer),
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
            tries += 1;
            if !again || tries > self.options.times {
                return end(refusal, open);
            }
            let wait = self.wait_before(tries, pace);
            if self.left().is_some_and(|left| left <= wait) {
                return end(out_of_time(refusal, self.options.timeout), open);
            }
            self.observer.waits(wait, &refusal.message);
            tokio::time::sleep(wait).await;
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

    /// What is left of the call's own time.
    fn left(&self) -> Option<Duration> {
        self.deadline
            .map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// One attempt: the budget is waited for, the observer told, the request sent, the answer judged. `open` is set where an
    /// outcome stays unknown.
    async fn attempt(
        &mut self,
        operation: &Operation,
        request: &Request,
        looking: bool,
        open: &mut Option<Timestamp>,
    ) -> (Verdict, Pace) {
        let connector = &self.connection.connector;
        let not_sent = |why: &str, again| Verdict::NotDone {
            refusal: words::not_sent(operation, connector, why),
            again,
        };
        if !self.take_budget().await {
            return (
                not_sent(
                    "the account's rate limit left no room for it in the time it has",
                    false,
                ),
                Pace::default(),
            );
        }
        let number = self.options.made_before + u32::try_from(self.attempts.len()).unwrap_or(u32::MAX) + 1;
        let redaction = Redaction::new(&self.options.redact);
        let shown = request.shown(&self.options.redact);
        if let Err(why) = self.observer.begins(number, &shown, looking).await {
            return (
                not_sent(&format!("it could not be noted ({why})"), false),
                Pace::default(),
            );
        }
        tracing::debug!(operation = operation.id, number, looking, "sending");
        let (sent, began) = (Timestamp::now(), Instant::now());
        let token = self.connection.token.as_ref();
        let exchange = self.client.exchange(request, token, self.left()).await;
        let exchange = match exchange {
            Exchange::Answered(answer) => Exchange::Answered(Answer {
                content: answer.content.without(token.map(|token| token.reveal())),
                ..answer
            }),
            other => other,
        };
        let verdict = judge(operation, connector, &exchange);
        let (status, response, pace) = match &exchange {
            Exchange::NotSent(_) => (None, None, Pace::default()),
            Exchange::Broken { status, .. } => (*status, None, Pace::default()),
            Exchange::Answered(answer) => {
                (Some(answer.status), answer.content.shown(&redaction), answer.pace)
            }
        };
        self.note_pace(status, pace);
        let error = match &verdict {
            Verdict::Done(_) => None,
            Verdict::NotDone { refusal, .. } => Some(refusal.message.clone()),
            Verdict::Unknown { refusal, .. } => {
                open.get_or_insert(sent);
                Some(refusal.message.clone())
            }
        };
        let attempt = Attempt {
            number,
            request: shown,
            status,
            response,
            error,
            ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            looking,
        };
        self.observer.ended(&attempt);
        self.attempts.push(attempt);
        (verdict, pace)
    }

    /// Waits until the account has a request left; false where the call's time ends before.
    async fn take_budget(&self) -> bool {
        let budget = self.client.budget(self.connection);
        loop {
            let taken = budget
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(Instant::now());
            let Err(wait) = taken else { return true };
            if self.left().is_some_and(|left| left <= wait) {
                return false;
            }
            self.observer.waits(wait, "the account's rate limit is used up");
            tokio::time::sleep(wait).await;
        }
    }

    /// What an answer says of the account's budget holds for all its calls.
    fn note_pace(&self, status: Option<u16>, pace: Pace) {
        let wait = if status == Some(429) {
            pace.wait()
        } else {
            pace.used_up
        };
        if let Some(wait) = wait {
            let budget = self.client.budget(self.connection);
            budget
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .close(Instant::now(), wait);
        }
    }

    /// Whether a checkable call has happened.
    async fn look(
        &mut self,
        operation: &Operation,
        inputs: &Map<String, Value>,
        open: Option<Timestamp>,
    ) -> Found {
        let Some(facts) = &operation.look_for else {
            return Found::Unclear("there is no way to look".to_owned());
        };
        let Some(read) = self.client.catalog().operation(&facts.operation) else {
            return Found::Unclear(format!("there is no operation {}", facts.operation));
        };
        let since = open.unwrap_or_else(Timestamp::now);
        let lag = self.client.options().index_lag;
        if self.left().is_some_and(|left| left <= lag) {
            return Found::Unclear("there was no time left to look".to_owned());
        }
        self.observer
            .waits(lag, "what was sent may take a moment to show up");
        tokio::time::sleep(lag).await;
        match self.read_all(&read, facts, inputs).await {
            Ok(things) => look::compare(operation, facts, inputs, &things, since),
            Err(why) => Found::Unclear(why),
        }
    }

    /// Everything that the look's read gives; the words why not, where it gives nothing that can be relied on.
    async fn read_all(
        &mut self,
        read: &Operation,
        facts: &LookFor,
        inputs: &Map<String, Value>,
    ) -> Result<Vec<Value>, String> {
        let paging = read.poll.as_ref().and_then(|poll| poll.paging.as_ref());
        let mut page = look::inputs(facts, inputs);
        if let Some(paging) = paging {
            page = poll::first_page(paging, &page);
        }
        let mut all = Vec::new();
        for _ in 0..LOOK_PAGES {
            let Some(answer) = self.read(read, &page).await? else {
                return Ok(all);
            };
            let things = look::things(facts, &answer)
                .ok_or_else(|| format!("the answer of {} does not say", read.id))?;
            let next = paging.and_then(|paging| poll::next_page(paging, &page, &answer, &things));
            all.extend(things);
            match next {
                Some(next) if next != page => page = next,
                _ => return Ok(all),
            }
        }
        Err(format!("{} lists more than could be looked through", read.id))
    }

    /// One page of the look; none where what it asks for is not there at all.
    async fn read(&mut self, read: &Operation, inputs: &Map<String, Value>) -> Result<Option<Value>, String> {
        let request = build(read, inputs, self.connection).map_err(|faults| {
            faults
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; ")
        })?;
        let mut tries = 0;
        loop {
            let (verdict, pace) = self.attempt(read, &request, true, &mut None).await;
            let (refusal, again) = match verdict {
                Verdict::Done(answer) => return Ok(Some(answer)),
                Verdict::NotDone { refusal, .. } if refusal.status == Some(404) => return Ok(None),
                Verdict::NotDone { refusal, again } | Verdict::Unknown { refusal, again } => (refusal, again),
            };
            tries += 1;
            let wait = self.wait_before(tries, pace);
            if !again || tries > self.options.times || self.left().is_some_and(|left| left <= wait) {
                return Err(refusal.message);
            }
            self.observer.waits(wait, &refusal.message);
            tokio::time::sleep(wait).await;
        }
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
