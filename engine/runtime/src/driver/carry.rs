//! The driver's loop: begin what is wanted, write down what has come, feed what the journal gives back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use souschef_connect::TOO_MANY;
use souschef_flow::{Call, Effect, Machine, RunEnd, RunOutcome};
use souschef_journal::fault::{bug, point};
use souschef_journal::{
    AttemptBegin, AttemptEnd, End, JournalError, NewWait, Next, Outcome, Progress, Refusal, Run, RunState,
    Standing, Ticket, WaitKind,
};
use souschef_plan::Plan;
use tokio::sync::watch;

use super::draft::{Draft, Leaving};
use super::flight::{Flight, Flying, Note, Noted};
use super::steps::Steps;
use super::wanted::{Before, doubtful};
use super::{Called, Ears, Left, Means, outcome};
use crate::report::RunEvent;

/// How long a write is put off that the journal can't take at the moment.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// A run under way.
pub(super) struct Carrier<'m> {
    pub(super) means: &'m Means,
    pub(super) ticket: Ticket,
    pub(super) ears: Ears,
    pub(super) run: Run,
    pub(super) plan: Arc<Plan>,
    pub(super) redact: Arc<[String]>,
    /// The interpreter, fed what is recorded and what is foreseen.
    pub(super) machine: Machine,
    /// The interpreter without what is foreseen, while anything is.
    pub(super) known: Option<Machine>,
    /// The place of the last outcome that was fed.
    pub(super) heard: i64,
    /// What is awaited, by path.
    pub(super) pending: BTreeMap<String, Pending>,
    /// Effects that wait until what is foreseen has been written.
    pub(super) held: Vec<Effect>,
    /// Effects that the interpreter without foresight has handed out, and that were begun in foresight: another of the
    /// same batch was foreseen before their turn came.
    pub(super) passed: Vec<Effect>,
    pub(super) draft: Draft,
    pub(super) steps: Steps,
    pub(super) flight: Flight,
    /// How often each step was asked about.
    pub(super) asked: BTreeMap<String, u32>,
    /// How often each step's call was held back.
    pub(super) holds: BTreeMap<String, u32>,
    /// Whether its cancelling was recorded.
    pub(super) cancelled: bool,
    /// Whether it was asked to stop.
    pub(super) stopping: bool,
    /// Requests that were held back since it was.
    pub(super) held_back: Vec<Leaving>,
    /// Whether a call was not begun since it was.
    pub(super) withheld: bool,
}

/// Something that is awaited.
#[derive(Debug)]
pub(super) enum Pending {
    /// A call under way.
    Flying(Flying),
    /// A call that a person is asked about.
    Asked {
        /// What is called.
        call: Arc<Call>,
        /// The last request's number.
        last: u32,
    },
    /// A call held back, until a wait of its own is over.
    Held {
        /// What is called.
        call: Arc<Call>,
        /// What is known of its requests.
        before: Before,
        /// Whether that wait is over.
        ready: bool,
    },
    /// A wait that stands in the journal.
    Wait,
    /// Another recipe's run.
    Run,
}

/// Whether the run is no longer the driver's.
pub(super) fn lost(error: &JournalError) -> bool {
    matches!(
        error,
        JournalError::Refused(Refusal::NotYours(_) | Refusal::Ended { .. } | Refusal::NoRun(_))
    )
}

impl Carrier<'_> {
    /// Carries the run on.
    pub(super) async fn carry(&mut self) -> Result<Left, JournalError> {
        loop {
            while self.begin_wanted().await? || self.take_notes() {}
            let next = self.next();
            if next == Next::GoOn && self.draft.is_empty() {
                if self.stopping && !self.is_sending() {
                    return Ok(Left::Stopped);
                }
                self.wait().await;
                continue;
            }
            let (standing, sent) = self.commit(next.clone()).await?;
            if standing.state.ended() {
                point("driver.run.ended");
                self.tell(sent.events);
                return Ok(Left::Ended(standing.state));
            }
            let rests = standing.state != RunState::Running;
            let state = standing.state;
            self.hear(standing, sent).await?;
            if rests {
                return Ok(Left::Rested(state));
            }
        }
    }

    /// What comes next, as far as this driver sees.
    fn next(&self) -> Next {
        let flies = self
            .pending
            .values()
            .any(|pending| matches!(pending, Pending::Flying(_)));
        match self.machine.end() {
            Some(end) if end.outcome != RunOutcome::NeedsAttention && !flies => Next::End(self.end(end)),
            // What can't be taken back waits for this write; there is more to do then.
            _ if flies || self.withheld || !self.held.is_empty() => Next::GoOn,
            None if self.pending.is_empty() => Next::End(self.end(&RunEnd {
                outcome: RunOutcome::Failed,
                reason: Some("the run came to no end; please report this".to_owned()),
            })),
            _ => Next::Rest,
        }
    }

    fn end(&self, end: &RunEnd) -> End {
        End {
            state: outcome::state(end.outcome),
            reason: end.reason.clone(),
            told: match &self.steps.results {
                Some(results) => {
                    outcome::told_to_caller(&self.plan.recipe, end, self.machine.fields(), results)
                }
                // Nobody has called it.
                None => Outcome::Cancelled,
            },
        }
    }

    /// Waits until something happens.
    async fn wait(&mut self) {
        enum Heard {
            Note(Box<Noted>),
            Wake,
            Stop(bool),
        }
        let heard = {
            let (flight, ears) = (&mut self.flight, &mut self.ears);
            tokio::select! {
                biased;
                noted = flight.next() => Heard::Note(Box::new(noted)),
                () = ears.wake.notified() => Heard::Wake,
                told = ears.stop.wait_for(|stop| *stop), if !self.stopping => Heard::Stop(told.is_ok()),
            }
        };
        match heard {
            Heard::Note(noted) => self.take_note(*noted),
            Heard::Wake => self.draft.ask = true,
            Heard::Stop(true) => self.stopping = true,
            // Nobody can ask it to stop any more: it goes on.
            Heard::Stop(false) => self.ears.stop = never(),
        }
    }

    /// Whether a request is out of which nobody knows yet what became of it.
    fn is_sending(&self) -> bool {
        self.pending
            .values()
            .any(|pending| matches!(pending, Pending::Flying(flying) if flying.out || flying.ended.is_some()))
    }

    /// Takes what the calls have said already; tells whether that was anything.
    fn take_notes(&mut self) -> bool {
        let mut any = false;
        while let Some(noted) = self.flight.ready() {
            any = true;
            self.take_note(noted);
        }
        any
    }

    fn take_note(&mut self, (path, start, note): Noted) {
        let Some(Pending::Flying(flying)) = self.pending.get_mut(&path) else {
            return;
        };
        // An earlier start of the same step: its request was refused, and nobody waits for it.
        if flying.start != start {
            return;
        }
        if let Some(ended) = flying.ended.take() {
            self.draft.progress.ends.push(end_of(&path, &ended));
        }
        match note {
            Note::Begins {
                number,
                looking,
                request,
                reply,
            } => {
                point("driver.call.begun");
                let reply = if bug("attempt_row_after_send") {
                    let _ = reply.send(Ok(()));
                    tokio::sync::oneshot::channel().0
                } else {
                    reply
                };
                let leaving = Leaving {
                    path: path.clone(),
                    number,
                    reply,
                };
                if self.stopping {
                    self.held_back.push(leaving);
                    return;
                }
                flying.last = number;
                flying.out = true;
                flying.began = (!looking).then(|| self.means.clock.now());
                flying.tried += u32::from(!looking);
                self.draft.leaving.push(leaving);
                self.draft.progress.begins.push(AttemptBegin {
                    path: path.clone(),
                    number,
                    looking,
                    request: Arc::clone(&request),
                });
                self.say(RunEvent::Sending {
                    path,
                    number,
                    request,
                    looking,
                });
            }
            Note::Ended(attempt) => {
                point("driver.call.ended");
                flying.out = false;
                flying.limited += u32::from(!attempt.looking && attempt.status == Some(TOO_MANY));
                let doubtful = attempt.error.is_some() && doubtful(attempt.status);
                if let Some(began) = flying.began.take().filter(|_| doubtful) {
                    flying.unsettled.get_or_insert(began);
                }
                flying.ended = Some(Arc::clone(&attempt));
                self.say(RunEvent::Sent { path, attempt });
            }
            Note::Waits { wait, why } => self.put_off(path, wait, why),
            Note::Over(Called::Over(outcome)) => {
                point("driver.call.over");
                self.call_over(path, outcome);
            }
            Note::Over(Called::Held(held)) => self.hold(path, held),
        }
    }

    /// Writes the draft down. Answers how the run stands, and what was written.
    async fn commit(&mut self, next: Next) -> Result<(Standing, Sent), JournalError> {
        let draft = std::mem::take(&mut self.draft);
        let now = draft.at.unwrap_or_else(|| self.now());
        let progress = Arc::new(Progress {
            heard: self.heard,
            steps: draft.steps.into_values().collect(),
            next,
            ..draft.progress
        });
        let sent = Sent {
            progress: Arc::clone(&progress),
            waits: draft.waits,
            leaving: draft.leaving,
            events: draft.events,
            at: now,
        };
        let standing = loop {
            let written = self
                .means
                .journal
                .progress(self.ticket.clone(), Arc::clone(&progress), now)
                .await;
            match written {
                Ok(standing) => break standing,
                // Nothing is lost: what is under way waits, and so does what follows from it.
                Err(error @ (JournalError::DiskFull | JournalError::Busy | JournalError::Blocked)) => {
                    tracing::warn!(run = self.ticket.run.as_str(), %error, "the run waits for the journal");
                    tokio::time::sleep(TRY_AGAIN).await;
                }
                Err(error) => return Err(error),
            }
        };
        for wait in &progress.waits {
            if let Some(due) = due(wait) {
                self.means.teller.due(due);
            }
        }
        if !standing.woken.is_empty() {
            self.means.teller.woken(&standing.woken);
        }
        Ok((standing, sent))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.means.clock.now()
    }

    /// Tells of something: at once, or, where it follows from what is not written yet, after that.
    pub(super) fn say(&mut self, event: RunEvent) {
        if self.draft.is_empty() && self.known.is_none() {
            self.means.teller.tell(&self.ticket.run, event);
        } else {
            self.draft.events.push(event);
        }
    }

    pub(super) fn tell(&self, events: Vec<RunEvent>) {
        for event in events {
            self.means.teller.tell(&self.ticket.run, event);
        }
    }
}

/// What was written.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) progress: Arc<Progress>,
    /// Waits that were set in foresight.
    pub(super) waits: Vec<String>,
    pub(super) leaving: Vec<Leaving>,
    pub(super) events: Vec<RunEvent>,
    pub(super) at: Timestamp,
}

/// A wish to stop that never comes.
fn never() -> watch::Receiver<bool> {
    static NEVER: std::sync::LazyLock<watch::Sender<bool>> =
        std::sync::LazyLock::new(|| watch::Sender::new(false));
    NEVER.subscribe()
}

fn due(wait: &NewWait) -> Option<Timestamp> {
    match &wait.kind {
        WaitKind::Sleep { until } => Some(*until),
        WaitKind::Event { until, .. } => *until,
    }
}

pub(super) fn end_of(path: &str, attempt: &souschef_connect::Attempt) -> AttemptEnd {
    AttemptEnd {
        path: path.to_owned(),
        number: attempt.number,
        status: attempt.status,
        response: attempt.response.clone(),
        error: attempt.error.clone(),
        ms: attempt.ms,
    }
}
