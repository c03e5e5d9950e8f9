//! What is no longer wanted.

use souschef_journal::AttemptEnd;

use super::carry::{Carrier, Pending, end_of};

impl Carrier<'_> {
    /// Calls off what a path asked for. A call under way is let finish, so that its outcome is known; it is not tried again.
    pub(super) fn call_off(&mut self, path: &str) {
        match self.pending.get(path) {
            Some(Pending::Flying(flying)) => flying.call_off(),
            Some(Pending::Held { .. }) => self.hold_no_longer(path),
            Some(Pending::Wait) => {
                self.pending.remove(path);
                let set = self.draft.progress.waits.len();
                self.draft.progress.waits.retain(|wait| wait.path != path);
                // One that was not written yet needs no taking back.
                if self.draft.progress.waits.len() == set {
                    self.draft.progress.drops.push(path.to_owned());
                }
            }
            Some(Pending::Run) => {
                self.pending.remove(path);
                self.draft.progress.drops.push(path.to_owned());
            }
            // A person is still asked: what stands beside a call does not settle whether it happened.
            Some(Pending::Asked { .. }) | None => {}
        }
    }

    /// Discards a call that was begun in foresight, and of which nothing has left.
    pub(super) fn discard(&mut self, path: &str) {
        let Some(Pending::Flying(flying)) = self.pending.remove(path) else {
            return;
        };
        flying.abort();
        let begun = self.draft.progress.begins.len();
        self.draft.progress.begins.retain(|begin| begin.path != path);
        self.draft.leaving.retain(|leaving| leaving.path != path);
        if flying.out && self.draft.progress.begins.len() == begun {
            self.draft
                .progress
                .ends
                .push(never_sent(path.to_owned(), flying.last));
        }
    }

    /// Another has the run: what calls under way still bring is kept as evidence.
    pub(super) fn leave_late_answers(&mut self) {
        let mut flight = std::mem::replace(&mut self.flight, super::flight::Flight::new());
        let (journal, clock) = (self.means.journal.clone(), self.means.clock.clone());
        let run = self.ticket.run.clone();
        let mut out: Vec<(String, u32)> = Vec::new();
        let mut ends: Vec<AttemptEnd> = std::mem::take(&mut self.draft.progress.ends);
        for (path, pending) in std::mem::take(&mut self.pending) {
            if let Pending::Flying(flying) = pending {
                flying.call_off();
                ends.extend(flying.ended.as_ref().map(|attempt| end_of(&path, attempt)));
                if flying.out {
                    out.push((path, flying.last));
                }
            }
        }
        tokio::spawn(async move {
            loop {
                for end in ends.drain(..) {
                    if let Err(error) = journal.late_answer(run.clone(), end, clock.now()).await {
                        tracing::warn!(run = run.as_str(), %error, "a late answer could not be kept");
                    }
                }
                if out.is_empty() {
                    return;
                }
                // Further requests are refused, since their replies are dropped here.
                if let (path, _, super::flight::Note::Ended(attempt)) = flight.next().await {
                    out.retain(|(other, number)| *other != path || *number != attempt.number);
                    ends.push(end_of(&path, &attempt));
                }
            }
        });
    }
}

/// The end of a request that was written down in foresight and never left.
pub(super) fn never_sent(path: String, number: u32) -> AttemptEnd {
    AttemptEnd {
        path,
        number,
        status: None,
        response: None,
        error: Some("it was not sent: the run went another way".to_owned()),
        ms: 0,
    }
}
