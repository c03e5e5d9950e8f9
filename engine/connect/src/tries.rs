//! The attempts of one call: sent, judged, and sent again where that does no harm.

use std::sync::PoisonError;
use std::time::{Duration, Instant, SystemTime};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use souschef_catalog::{Auth, Connector, Effect, LookFor, Method, Operation};
use souschef_recipe::IfUnknown;
use url::Url;

use crate::backoff::{Pace, ceiling};
use crate::call::{CallOptions, Observer};
use crate::client::Client;
use crate::connection::Connection;
use crate::exchange::{Answer, Exchange, base64};
use crate::judge::{Verdict, judge};
use crate::look::{self, Found};
use crate::outcome::{Attempt, CallOutcome, Refusal};
use crate::poll;
use crate::redact::Redaction;
use crate::request::{Request, build};
use crate::words;

/// Pages that a look turns; a thing made moments ago is not farther back.
const LOOK_PAGES: usize = 10;
/// Times that a read follows the API to another address.
const REDIRECTS: usize = 3;

/// A call under way.
pub(crate) struct Tries<'a> {
    client: &'a Client,
    connection: &'a Connection,
    options: &'a CallOptions,
    observer: &'a dyn Observer,
    deadline: Option<Instant>,
    attempts: Vec<Attempt>,
    ahead: SignedDuration,
}

/// What became of one request.
struct Sent {
    verdict: Verdict,
    pace: Pace,
    /// Where a read is to be sent instead.
    elsewhere: Option<Url>,
}

impl Sent {
    fn not(operation: &Operation, connector: &Connector, why: &str) -> Self {
        Self {
            verdict: Verdict::NotDone {
                refusal: words::not_sent(operation, connector, why),
                again: false,
            },
            pace: Pace::default(),
            elsewhere: None,
        }
    }
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
        let (mut verdict, mut pace) = match open {
            Some(_) => {
                let why = "souschef was stopped before the answer came";
                let refusal = words::broken(operation, &self.connection.connector, why, None);
                (Verdict::Unknown { refusal, again: true }, Pace::default())
            }
            None => self.attempt(operation, request, false, &mut open).await,
        };
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

    /// One attempt, and those that a read needs to follow the API to another of its own addresses.
    async fn attempt(
        &mut self,
        operation: &Operation,
        request: &Request,
        looking: bool,
        open: &mut Option<Timestamp>,
    ) -> (Verdict, Pace) {
        let mut sent = self.send(operation, request, looking, open).await;
        for _ in 0..REDIRECTS {
            let Some(url) = sent.elsewhere.take() else { break };
            let request = Request {
                url,
                ..request.clone()
            };
            sent = self.send(operation, &request, looking, open).await;
        }
        (sent.verdict, sent.pace)
    }

    /// One request: the budget is waited for, the observer told, the request sent, the answer judged. `open` is set where an
    /// outcome stays unknown.
    async fn send(
        &mut self,
        operation: &Operation,
        request: &Request,
        looking: bool,
        open: &mut Option<Timestamp>,
    ) -> Sent {
        let connection = self.connection;
        let connector = &connection.connector;
        if !self.take_budget().await {
            let why = "the account's rate limit left no room for it in the time it has";
            return Sent::not(operation, connector, why);
        }
        let number = self.options.made_before + u32::try_from(self.attempts.len()).unwrap_or(u32::MAX) + 1;
        let credentials = self.credentials();
        let redaction =
            Redaction::new(&self.options.redact).and_values_of(&request.url, request.body.as_ref());
        let shown = request.shown(&self.options.redact);
        if let Err(why) = self.observer.begins(number, &shown, looking).await {
            return Sent::not(operation, connector, &format!("it could not be noted ({why})"));
        }
        tracing::debug!(operation = operation.id, number, looking, "sending");
        let (sent, began) = (Timestamp::now(), Instant::now());
        let token = connection.token.as_ref();
        let exchange = self.client.exchange(request, token, self.left()).await;
        let exchange = match exchange {
            Exchange::Answered(answer) => Exchange::Answered(Answer {
                content: answer.content.without(&credentials),
                ..answer
            }),
            other => other,
        };
        let elsewhere = redirected_to(operation, request, &exchange);
        let verdict = hidden(judge(operation, connector, &exchange), &redaction);
        let (status, response, pace) = match &exchange {
            Exchange::NotSent(_) => (None, None, Pace::default()),
            Exchange::Broken { status, .. } => (*status, None, Pace::default()),
            Exchange::Answered(answer) => {
                (Some(answer.status), answer.content.shown(&redaction), answer.pace)
            }
        };
        self.note_pace(status, pace);
        if let Exchange::Answered(Answer { date: Some(date), .. }) = &exchange {
            self.note_clock(*date);
        }
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
        Sent {
            verdict,
            pace,
            elsewhere,
        }
    }

    /// What stands for the token in a request, so that it can be hidden.
    fn credentials(&self) -> Vec<String> {
        let Some(token) = &self.connection.token else {
            return Vec::new();
        };
        let mut texts = vec![token.reveal().to_owned()];
        if self.connection.connector.auth == Auth::Basic {
            texts.push(base64(token.reveal().as_bytes()));
        }
        texts.retain(|text| !text.is_empty());
        texts
    }

    /// Notes how far our clock is ahead of the server's.
    fn note_clock(&mut self, date: SystemTime) {
        if let Ok(date) = Timestamp::try_from(date) {
            self.ahead = Timestamp::now().duration_since(date);
        }
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
            Ok(things) => {
                let since = since.saturating_sub(self.ahead).unwrap_or(since);
                look::compare(operation, facts, inputs, &things, since)
            }
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

/// Where an answer sends a read: only to another address of the same host, since the credentials go along.
fn redirected_to(operation: &Operation, request: &Request, exchange: &Exchange) -> Option<Url> {
    let Exchange::Answered(answer) = exchange else {
        return None;
    };
    let followed = operation.effect == Effect::Read && request.method == Method::Get;
    if !followed || !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let url = request.url.join(answer.location.as_deref()?).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && url.origin() == request.url.origin()).then_some(url)
}

/// A verdict whose words and answer show nothing that is hidden.
fn hidden(verdict: Verdict, redaction: &Redaction) -> Verdict {
    let hide = |refusal: Refusal| Refusal {
        message: redaction.text(&refusal.message),
        answer: refusal.answer.map(|answer| redaction.value(&answer)),
        ..refusal
    };
    match verdict {
        Verdict::Done(answer) => Verdict::Done(answer),
        Verdict::NotDone { refusal, again } => Verdict::NotDone {
            refusal: hide(refusal),
            again,
        },
        Verdict::Unknown { refusal, again } => Verdict::Unknown {
            refusal: hide(refusal),
            again,
        },
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
