//! Calls held back: their account has no token that works, or the other side has failed too often. They have not failed;
//! they rest in the journal, and are made again when the account is connected, or after a while.

use std::time::Duration;

use souschef_journal::{NewWait, Outcome, WaitKind};

use super::carry::{Carrier, Pending};
use super::flight::Flying;
use super::outcome::failed;
use super::wanted::Before;
use super::{CONNECTED, Held, Waits, mark};
use crate::report::RunEvent;

/// From so long a wait between two tries on, a run rests meanwhile.
const LONG: Duration = Duration::from_secs(30);
/// No call is tried more often than that for a token.
const SHORTEST: Duration = Duration::from_secs(1);

impl Carrier<'_> {
    /// Lets a call rest until its account may have a token again.
    pub(super) fn hold(&mut self, path: String, held: Held) {
        let Some(Pending::Flying(flying)) = self.pending.remove(&path) else {
            return;
        };
        if self.means.waits != Waits::Kept {
            return self.foresee(path, failed(&held.failure));
        }
        let now = self.now();
        let soon = now.checked_add(SHORTEST).unwrap_or(now);
        let until = held.until.max(soon);
        self.say(RunEvent::Retrying {
            path: path.clone(),
            wait: Duration::try_from(until.duration_since(now)).unwrap_or_default(),
            why: held.failure.message.clone(),
        });
        let kind = WaitKind::Event {
            event: CONNECTED.to_owned(),
            path: Some(held.connection),
            condition: None,
            until: Some(until),
        };
        self.lay_down(path, flying, kind, held.failure.message);
    }

    /// A call waits before its next try. Where that is long, the run rests meanwhile and leaves its place to others.
    pub(super) fn put_off(&mut self, path: String, wait: Duration, why: String) {
        self.say(RunEvent::Retrying {
            path: path.clone(),
            wait,
            why: why.clone(),
        });
        if wait < LONG || self.means.waits != Waits::Kept {
            return;
        }
        // A call that keeps a limit of time, that may have happened already, or that is not to be tried again, sees to
        // that itself.
        let rests = matches!(
            self.pending.get(&path),
            Some(Pending::Flying(flying))
                if flying.unsettled.is_none() && flying.call.timeout.is_none() && !flying.is_called_off()
        );
        let until = self.now().checked_add(wait).ok().filter(|_| rests);
        if let Some(until) = until
            && let Some(Pending::Flying(flying)) = self.pending.remove(&path)
        {
            flying.abort();
            self.lay_down(path, flying, WaitKind::Sleep { until }, why);
        }
    }

    /// Lets a call rest in the journal until a wait of its own is over.
    fn lay_down(&mut self, path: String, flying: Flying, kind: WaitKind, why: String) {
        if let Some(step) = self.steps.reason(&path, why) {
            self.draft.steps.insert(path.clone(), step);
        }
        let number = self.holds.entry(path.clone()).or_default();
        *number += 1;
        let wait = mark::held(&path, *number);
        self.draft.progress.waits.push(NewWait {
            path: wait.clone(),
            kind,
        });
        self.pending.insert(wait, Pending::Wait);
        let held = Pending::Held {
            call: flying.call,
            before: Before {
                last: flying.last,
                tried: flying.tried,
                limited: flying.limited,
                unsettled: flying.unsettled,
            },
            ready: false,
        };
        self.pending.insert(path, held);
    }

    /// Whether a call that was held back can be made again.
    pub(super) fn has_ready(&self) -> bool {
        self.pending
            .values()
            .any(|pending| matches!(pending, Pending::Held { ready: true, .. }))
    }

    /// Makes calls again that were held back long enough.
    pub(super) async fn go_on_with_held(&mut self) {
        let ready: Vec<String> = self
            .pending
            .iter()
            .filter(|(_, pending)| matches!(pending, Pending::Held { ready: true, .. }))
            .map(|(path, _)| path.clone())
            .collect();
        for path in ready {
            if let Some(Pending::Held { call, before, .. }) = self.pending.remove(&path) {
                self.start_call(path, call, before, false).await;
            }
        }
    }

    /// A call that is held back is called off.
    pub(super) fn hold_no_longer(&mut self, path: &str) {
        let Some(Pending::Held { call, before, .. }) = self.pending.remove(path) else {
            return;
        };
        let number = self.holds.get(path).copied().unwrap_or_default();
        self.call_off(&mark::held(path, number));
        match before.unsettled {
            None => self.foresee(path.to_owned(), Outcome::Cancelled),
            // It may have happened, and nobody can look: a person is asked.
            Some(_) => self.ask(
                path.to_owned(),
                call,
                before.last,
                souschef_flow::Failure {
                    message: "it was called off before it could be found out whether an earlier try happened"
                        .to_owned(),
                    ..souschef_flow::Failure::default()
                },
            ),
        }
    }
}
