//! One request of a call: the budget waited for, the observer told, the answer judged.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use jiff::Timestamp;
use souschef_catalog::{Auth, Connector, Effect, Method, Operation};
use url::Url;

use super::Tries;
use crate::backoff::{Pace, TOO_MANY};
use crate::budget::{Full, Place};
use crate::exchange::{Answer, Exchange, base64};
use crate::judge::{Verdict, is_well, judge};
use crate::outcome::{Attempt, Refusal};
use crate::redact::Redaction;
use crate::request::Request;
use crate::secret::Secret;
use crate::token::Held;
use crate::words;

/// A shorter token is not looked for in answers: real ones are longer, and a trial's `x` or `test` stands in what people
/// write, which must reach the next step as it is.
const SHORTEST_TOKEN: usize = 12;

/// Times that a read follows the API to another address.
const REDIRECTS: usize = 3;

/// What became of one request.
struct Sent {
    verdict: Verdict,
    pace: Pace,
    /// Where a read is to be sent instead.
    elsewhere: Option<Url>,
    /// The token was refused, and another may be had: it was not done.
    stale: bool,
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
            stale: false,
        }
    }

    fn held(held: Held) -> Self {
        Self {
            verdict: Verdict::Held(held),
            pace: Pace::default(),
            elsewhere: None,
            stale: false,
        }
    }
}

impl Tries<'_> {
    /// One attempt, and those that a read needs to follow the API to another of its own addresses.
    pub(super) async fn attempt(
        &mut self,
        operation: &Operation,
        request: &Request,
        looking: bool,
        open: &mut Option<Timestamp>,
    ) -> (Verdict, Pace) {
        let mut sent = self.send(operation, request, looking, open).await;
        if sent.stale {
            sent = self.send(operation, request, looking, open).await;
        }
        for _ in 0..REDIRECTS {
            let Some(url) = sent.elsewhere.take() else { break };
            let request = request.to(url);
            sent = self.send(operation, &request, looking, open).await;
        }
        (sent.verdict, sent.pace)
    }

    /// One request, where the other side is not left alone at the moment.
    async fn send(
        &mut self,
        operation: &Operation,
        request: &Request,
        looking: bool,
        open: &mut Option<Timestamp>,
    ) -> Sent {
        let probe = match self.client.pass(self.connection, operation) {
            Ok(probe) => probe,
            Err(held) => return Sent::held(held),
        };
        match self.send_now(operation, request, looking, open, probe).await {
            Ok(sent) => sent,
            Err(unsent) => {
                if probe {
                    self.client.put_back(self.connection, operation);
                }
                unsent
            }
        }
    }

    /// One request: the budget is waited for, the observer told, the request sent, the answer judged. `open` is set where an
    /// outcome stays unknown.
    ///
    /// # Errors
    /// The other side was not asked.
    async fn send_now(
        &mut self,
        operation: &Operation,
        request: &Request,
        looking: bool,
        open: &mut Option<Timestamp>,
        probe: bool,
    ) -> Result<Sent, Sent> {
        let connection = self.connection;
        let connector = &connection.connector;
        let Some(place) = self.take_place().await else {
            let why = "the account's rate limit left no room for it in the time it has";
            return Err(Sent::not(operation, connector, why));
        };
        let token = match &connection.token {
            None => None,
            Some(kept) => match kept.ask(self.client, self.refused.as_ref()).await {
                Ok(token) => token,
                Err(held) => return Err(Sent::held(held)),
            },
        };
        let number = self.options.made_before + u32::try_from(self.attempts.len()).unwrap_or(u32::MAX) + 1;
        let credentials = self.credentials(token.as_ref());
        let redaction = request.redaction(&self.options.redact);
        let shown = Arc::new(request.shown(&self.options.redact));
        if let Err(why) = self.observer.begins(number, &shown, looking).await {
            return Err(Sent::not(
                operation,
                connector,
                &format!("it could not be noted ({why})"),
            ));
        }
        tracing::debug!(operation = operation.id, number, looking, "sending");
        let (sent, began) = (Timestamp::now(), Instant::now());
        place.sends();
        let exchange = self.client.exchange(request, token.as_ref(), self.left()).await;
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
            Exchange::Unfit(_) | Exchange::NotSent(_) => (None, None, Pace::default()),
            Exchange::Broken { status, .. } => (*status, None, Pace::default()),
            Exchange::Answered(answer) => {
                note_pace(place, answer.status, answer.pace);
                (Some(answer.status), answer.content.shown(&redaction), answer.pace)
            }
        };
        if let Exchange::Answered(Answer { date: Some(date), .. }) = &exchange {
            self.note_clock(*date);
        }
        let error = match &verdict {
            Verdict::Done(_) | Verdict::Held(_) => None,
            Verdict::NotDone { refusal, .. } => Some(refusal.message.clone()),
            Verdict::Unknown { refusal, .. } => {
                open.get_or_insert(sent);
                Some(refusal.message.clone())
            }
        };
        match is_well(&exchange) {
            Some(true) => self.client.note_answer(connection, operation),
            Some(false) => {
                let why = error.as_deref().unwrap_or_default();
                self.client.note_failure(connection, operation, probe, why);
            }
            None if probe => self.client.put_back(connection, operation),
            None => {}
        }
        let attempt = Arc::new(Attempt {
            number,
            request: shown,
            status,
            response,
            error,
            ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            looking,
        });
        self.observer.ended(&attempt);
        self.attempts.push(attempt);
        let stale = self.note_token(status, token, &verdict).await;
        Ok(Sent {
            verdict,
            pace,
            elsewhere,
            stale,
        })
    }

    /// Notes how a token fared; true where it was refused and the request is worth another one. A second refusal in a row
    /// is not about the token.
    async fn note_token(&mut self, status: Option<u16>, token: Option<Secret>, verdict: &Verdict) -> bool {
        let connection = self.connection;
        let (Some(kept), Some(token), Some(status)) = (&connection.token, token, status) else {
            return false;
        };
        if status != 401 {
            self.refused = None;
            if status < 500 && status != 403 {
                kept.worked(&token).await;
            }
            return false;
        }
        let told = match verdict {
            Verdict::NotDone { refusal, .. } => refusal.message.to_lowercase(),
            _ => return false,
        };
        let oauth = connection.connector.oauth.as_ref();
        let mut others = oauth.iter().flat_map(|oauth| &oauth.not_expired);
        if !kept.is_renewed()
            || self.refused.is_some()
            || others.any(|words| told.contains(&words.to_lowercase()))
        {
            return false;
        }
        self.refused = Some(token);
        true
    }

    /// What stands for the token in a request, so that it can be hidden.
    fn credentials(&self, token: Option<&Secret>) -> Vec<String> {
        let Some(token) = token else {
            return Vec::new();
        };
        let mut texts = vec![token.reveal().to_owned()];
        if self.connection.connector.auth == Auth::Basic {
            texts.push(base64(token.reveal().as_bytes()));
        }
        texts.retain(|text| text.len() >= SHORTEST_TOKEN);
        texts
    }

    /// Notes how far our clock is ahead of the server's.
    fn note_clock(&mut self, date: SystemTime) {
        if let Ok(date) = Timestamp::try_from(date) {
            self.ahead = Timestamp::now().duration_since(date);
        }
    }

    /// Waits until the account has a request left; none where the call's time ends before.
    async fn take_place(&self) -> Option<Place> {
        let budget = self.client.budget(self.connection);
        loop {
            let full = match Place::take(&budget, self.options.gives_way) {
                Ok(place) => return Some(place),
                Err(full) => full,
            };
            let wait = full.wait();
            if self.left().is_some_and(|left| left <= wait) {
                return None;
            }
            if let Full::UsedUp(wait) = full {
                self.observer.waits(wait, "the account's rate limit is used up");
            }
            if self.called_off_within(wait).await {
                return None;
            }
        }
    }
}

/// What an answer says of the account's budget holds for all its calls.
fn note_pace(place: Place, status: u16, pace: Pace) {
    let closed = if status == TOO_MANY {
        pace.wait()
    } else {
        pace.used_up
    };
    place.answered(pace.told, closed);
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
        Verdict::Held(held) => Verdict::Held(held),
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
