//! How many requests an account still has: its limits, counted over sliding windows, and what its answers say.
//!
//! The other side counts a request when it arrives, which is some time between our sending it and its answer. So a request
//! stands in each window from before it is sent until a whole window after its answer.

mod place;
#[cfg(test)]
mod tests;
mod window;

use std::time::{Duration, Instant};

use souschef_catalog::Limits;

pub(crate) use self::place::Place;
use self::window::{Class, UnderWay, Window};
use crate::backoff::Told;

/// A request without an answer has arrived after so long.
const ARRIVES: Duration = Duration::from_secs(1);
/// Until an account has answered once, nobody knows what others, or this service before it was started again, have used of
/// its limits: so many are sent.
const FIRST: usize = 5;
/// Who waits for what will soon be known, that answer or requests that are not sent yet, looks again after so long.
const LOOK: Duration = Duration::from_millis(20);

/// An account's budget. It knows no clock: now is told.
#[derive(Debug)]
pub(crate) struct Budget {
    windows: Vec<Window>,
    under_way: Vec<Request>,
    /// The next request's number.
    next: u64,
    has_answered: bool,
    closed_until: Option<Instant>,
    /// Until when the others leave a share to those that give way: one of them was told to wait.
    shared_until: Option<Instant>,
}

/// One that has neither ended nor surely arrived.
#[derive(Debug)]
struct Request {
    number: u64,
    gives_way: bool,
    sent: Option<Instant>,
}

/// There is no request left at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The limit is used up for so long.
    UsedUp(Duration),
    /// The account's first answer is waited for; it is worth a look again after so long.
    NoAnswerYet(Duration),
}

impl Full {
    /// When to ask again.
    pub(crate) fn wait(self) -> Duration {
        match self {
            Self::UsedUp(wait) | Self::NoAnswerYet(wait) => wait,
        }
    }
}

impl Budget {
    pub(crate) fn new(limits: &[Limits]) -> Self {
        Self {
            windows: limits
                .iter()
                .filter(|limit| limit.requests > 0)
                .map(|limit| Window::new(*limit))
                .collect(),
            under_way: Vec::new(),
            next: 0,
            has_answered: false,
            closed_until: None,
            shared_until: None,
        }
    }

    /// Takes one request out of the budget and gives its number, or tells how long there is none. A call that gives way
    /// leaves others what they may need; but where it has to wait, the others leave it a share from then on.
    pub(crate) fn take(&mut self, now: Instant, gives_way: bool) -> Result<u64, Full> {
        self.count_arrived(now);
        let closed = self
            .closed_until
            .and_then(|until| until.checked_duration_since(now));
        let class = if gives_way {
            Class::GivesWay
        } else if self.shared_until.is_some_and(|until| now < until) {
            Class::Shares
        } else {
            Class::Alone
        };
        let under_way = self.count_under_way();
        let full = self
            .windows
            .iter_mut()
            .filter_map(|window| window.wait(now, class, under_way));
        let wait = full.chain(closed).max().unwrap_or_default();
        if wait > Duration::ZERO {
            if gives_way {
                // It comes again after the wait; the next one may come a window later.
                let shortest = self.windows.iter().map(|window| window.limit.per).min();
                let until = now + wait + shortest.unwrap_or_default();
                self.shared_until = Some(self.shared_until.map_or(until, |other| other.max(until)));
            }
            return Err(Full::UsedUp(wait));
        }
        let number = self.next;
        if self.windows.is_empty() {
            return Ok(number);
        }
        if !self.has_answered && self.under_way.len() >= FIRST {
            return Err(Full::NoAnswerYet(LOOK));
        }
        self.next += 1;
        self.under_way.push(Request {
            number,
            gives_way,
            sent: None,
        });
        Ok(number)
    }

    /// The request is sent.
    pub(crate) fn sends(&mut self, now: Instant, number: u64) {
        let mut under_way = self.under_way.iter_mut();
        if let Some(request) = under_way.find(|request| request.number == number) {
            request.sent = Some(now);
        }
    }

    /// The request has ended: it is counted from now on, but for one that was never sent.
    pub(crate) fn ends(&mut self, now: Instant, number: u64) {
        let mut under_way = self.under_way.iter();
        let Some(place) = under_way.position(|request| request.number == number) else {
            return;
        };
        let request = self.under_way.swap_remove(place);
        if request.sent.is_some() {
            for window in &mut self.windows {
                window.count(now, 1, request.gives_way);
            }
        }
    }

    /// The account has answered, and may say what it allows, and what of that is left: where it allows less than is
    /// published, or others have used some of it, there is so much less to take.
    pub(crate) fn hears(&mut self, now: Instant, told: Option<Told>) {
        self.has_answered = true;
        let Some(told) = told else { return };
        let under_way = self.count_under_way().all;
        for window in self
            .windows
            .iter_mut()
            .filter(|window| window.limit.per == told.per)
        {
            window.hears(now, told, under_way);
        }
    }

    /// The account says that it takes nothing for so long.
    pub(crate) fn close(&mut self, now: Instant, wait: Duration) {
        let until = now + wait;
        self.closed_until = Some(self.closed_until.map_or(until, |other| other.max(until)));
    }

    /// What was sent long ago has arrived, whatever its answer will be.
    fn count_arrived(&mut self, now: Instant) {
        let windows = &mut self.windows;
        self.under_way.retain(|request| {
            let arrived = request.sent.and_then(|sent| sent.checked_add(ARRIVES));
            let arrived = arrived.filter(|at| *at <= now);
            if let Some(at) = arrived {
                for window in windows.iter_mut() {
                    window.count(at, 1, request.gives_way);
                }
            }
            arrived.is_none()
        });
    }

    fn count_under_way(&self) -> UnderWay {
        let count = |requests: usize| u64::try_from(requests).unwrap_or(u64::MAX);
        UnderWay {
            all: count(self.under_way.len()),
            giving_way: count(self.under_way.iter().filter(|request| request.gives_way).count()),
            first: self.under_way.iter().filter_map(|request| request.sent).min(),
        }
    }
}
