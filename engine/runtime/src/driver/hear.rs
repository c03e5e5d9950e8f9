//! What the journal gives back, fed; what was foreseen, confirmed or taken back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use souschef_flow::EffectOutcome;
use souschef_journal::{Effect, JournalError, Offered, Outcome, RunState, Standing};

use super::carry::{Carrier, Pending, Sent};
use super::draft::Leaving;
use super::mark;
use super::outcome::fed;
use super::wanted::Before;

impl Carrier<'_> {
    /// An outcome that is going to be recorded. The interpreter is fed it ahead of that.
    pub(super) fn foresee(&mut self, path: String, outcome: Outcome) {
        if self.known.is_none() {
            self.known = Some(self.machine.clone());
            self.steps.foresee();
            // What is not begun yet is wanted without foresight too.
            self.passed.extend(self.held.iter().cloned());
        }
        let now = self.now();
        let at = *self.draft.at.get_or_insert(now);
        self.feed(&path, outcome.clone(), at);
        self.draft.outcome(path, outcome);
    }

    /// Feeds the interpreter one outcome.
    pub(super) fn feed(&mut self, path: &str, outcome: Outcome, at: Timestamp) {
        if path == mark::CANCEL {
            self.cancelled = true;
            let reason = match outcome {
                Outcome::Skipped(reason) => reason,
                _ => "cancelled".to_owned(),
            };
            return self.machine.cancel(&reason, at);
        }
        if mark::is_parked(path) {
            // It was to be tried again, and it is.
            if outcome != Outcome::Cancelled {
                self.machine.cancel("a person gave the run up", at);
            }
            return;
        }
        if let Some(step) = mark::step_held(path) {
            if let Some(Pending::Held { ready, .. }) = self.pending.get_mut(step) {
                *ready = true;
            }
            return;
        }
        match mark::step_asked(path) {
            Some(step) => {
                let outcome = match fed(outcome) {
                    EffectOutcome::Failed(failure) => EffectOutcome::Unknown(failure),
                    other => other,
                };
                self.machine.feed(step, outcome, at);
            }
            None => self.machine.feed(path, fed(outcome), at),
        }
    }

    /// Takes in how the run stands after a write.
    pub(super) async fn hear(&mut self, standing: Standing, sent: Sent) -> Result<(), JournalError> {
        let foreseen = self.known.is_some();
        if !foreseen {
            self.feed_all(standing.news);
        } else if as_foreseen(&standing.news, &sent) {
            self.known = None;
            self.passed.clear();
            self.heard = standing.news.last().map_or(self.heard, |effect| effect.seq);
            self.steps.confirm();
            for pending in self.pending.values_mut() {
                if let Pending::Flying(flying) = pending {
                    flying.foreseen = false;
                }
            }
        } else {
            self.go_another_way(standing.news, &sent).await?;
            self.let_leave(sent.leaving);
            self.consider(standing.offers, standing.again, standing.cancel)
                .await;
            return Ok(());
        }
        self.tell(sent.events);
        self.let_leave(sent.leaving);
        if standing.state == RunState::Running {
            self.consider(standing.offers, standing.again, standing.cancel)
                .await;
        }
        Ok(())
    }

    /// Lets requests leave whose begin is written. Those of calls that are not wanted any more never do.
    fn let_leave(&mut self, leaving: Vec<Leaving>) {
        for leaving in leaving {
            match self.pending.get(&leaving.path) {
                Some(Pending::Flying(flying)) if flying.last == leaving.number => {
                    if flying.foreseen {
                        self.draft.leaving.push(leaving);
                    } else {
                        souschef_journal::fault::point("driver.call.leaves");
                        // A call that has gone meanwhile needs no leave.
                        let _ = leaving.reply.send(Ok(()));
                    }
                }
                _ => drop(leaving),
            }
        }
    }

    /// Feeds what is recorded, in its order.
    fn feed_all(&mut self, news: Vec<Effect>) {
        for effect in news {
            self.heard = effect.seq;
            // Its wait, its question or its run has ended with it.
            if let Some(Pending::Wait | Pending::Run | Pending::Asked { .. }) = self.pending.get(&effect.path)
            {
                self.pending.remove(&effect.path);
            }
            self.feed(&effect.path, effect.outcome, effect.at);
        }
    }

    /// The journal's order is not what was foreseen: the interpreter goes back to where it stood and is fed that order.
    async fn go_another_way(&mut self, news: Vec<Effect>, sent: &Sent) -> Result<(), JournalError> {
        tracing::debug!(
            run = self.ticket.run.as_str(),
            "the run went another way than was foreseen"
        );
        if let Some(machine) = self.known.take() {
            self.machine = machine;
        }
        self.held.clear();
        if sent
            .progress
            .outcomes
            .iter()
            .any(|(path, _)| path == mark::CANCEL)
        {
            self.cancelled = false;
        }
        let wrong = self.steps.go_back();
        // Waits that were set in foresight are dropped, unless they are wanted again below.
        for path in &sent.waits {
            if mark::step_held(path).is_none() && self.pending.remove(path).is_some() {
                self.draft.progress.drops.push(path.clone());
            }
        }
        let settled: BTreeSet<String> = news.iter().map(|effect| effect.path.clone()).collect();
        self.feed_all(news);
        // The interpreter does not ask for these again.
        for effect in std::mem::take(&mut self.passed) {
            if !settled.contains(&effect.path) {
                self.begin(effect).await?;
            }
        }
        self.begin_wanted().await?;
        let unwanted: Vec<String> = self
            .pending
            .iter()
            .filter(|(_, pending)| matches!(pending, Pending::Flying(flying) if flying.foreseen))
            .map(|(path, _)| path.clone())
            .collect();
        if self.known.is_none() {
            for path in unwanted {
                self.discard(&path);
            }
        }
        let now = self.now();
        for step in &sent.progress.steps {
            if wrong.contains(&step.path) && !self.draft.steps.contains_key(&step.path) {
                let step = self.steps.mended(step.clone(), now);
                self.draft.steps.insert(step.path.clone(), step);
            }
        }
        Ok(())
    }

    /// What lies before the run: events, answers, the wish that it end.
    pub(super) async fn consider(
        &mut self,
        offers: Vec<Offered>,
        again: Vec<(String, u32)>,
        cancel: Option<String>,
    ) {
        let mut taken = BTreeSet::new();
        for offered in offers {
            let waits = matches!(self.pending.get(&offered.path), Some(Pending::Wait));
            if waits
                && !taken.contains(&offered.path)
                && self.machine.matches(&offered.path, &offered.event.body)
            {
                self.draft.progress.takes.push(offered.offer);
                taken.insert(offered.path);
            } else {
                self.draft.progress.leaves.push(offered.offer);
            }
        }
        for (path, after) in again {
            if mark::is_parked(&path) {
                self.foresee(path, Outcome::Cancelled);
            } else if let Some(Pending::Asked { .. }) = self.pending.get(&path)
                && let Some(Pending::Asked { call, last }) = self.pending.remove(&path)
            {
                let before = Before {
                    last: last.max(after),
                    ..Before::default()
                };
                self.start_call(path, call, before, false).await;
            }
        }
        if let Some(reason) = cancel
            && !self.cancelled
        {
            self.foresee(mark::CANCEL.to_owned(), Outcome::Skipped(reason));
        }
    }
}

/// Whether the journal recorded what was foreseen, and nothing else.
fn as_foreseen(news: &[Effect], sent: &Sent) -> bool {
    news.len() == sent.progress.outcomes.len()
        && news
            .iter()
            .zip(&sent.progress.outcomes)
            .all(|(effect, (path, outcome))| {
                effect.path == *path && effect.outcome == *outcome && effect.at == sent.at
            })
}
