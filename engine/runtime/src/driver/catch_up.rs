//! Bringing a run to where it stood: the interpreter is fed what is recorded, and what is left of what it wants is
//! compared with what the journal knows to be under way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};
use souschef_catalog::Effect as EffectClass;
use souschef_flow::{EffectKind, Machine, Start};
use souschef_journal::{Claim, JournalError, Outcome, Replay};

use super::call_off::never_sent;
use super::carry::{Carrier, Pending};
use super::draft::Draft;
use super::flight::Flight;
use super::steps::Steps;
use super::wanted::Before;
use super::{DriveError, Ears, Means, mark};
use crate::report::RunEvent;

/// What the interpreter wants, while it is fed what is recorded.
#[derive(Default)]
struct Pool {
    wanted: IndexMap<String, EffectKind>,
    /// Paths that are no longer wanted.
    off: BTreeSet<String>,
}

impl Pool {
    fn take(&mut self, machine: &mut Machine) {
        for effect in machine.effects() {
            match effect.kind {
                EffectKind::Cancel => {
                    let call = matches!(self.wanted.get(&effect.path), Some(EffectKind::Call(_)));
                    if !call {
                        self.wanted.shift_remove(&effect.path);
                    }
                    self.off.insert(effect.path);
                }
                kind => {
                    self.wanted.insert(effect.path, kind);
                }
            }
        }
    }
}

impl<'m> Carrier<'m> {
    /// Takes up a claimed run.
    pub(super) async fn catch_up(means: &'m Means, claim: Claim, ears: Ears) -> Result<Self, DriveError> {
        let Claim { ticket, first, .. } = claim;
        // Whatever has happened since it was claimed, the first write answers.
        let mut replay = match first {
            Some(first) => *first,
            None => means.journal.replay(ticket.run.clone()).await?,
        };
        let run = replay.run.clone();
        // Two recipes may have one text; the kept one bears the name of the last.
        replay.recipe.name.clone_from(&run.recipe);
        let plan = means.plans.of(&replay.recipe).map_err(DriveError::NoPlan)?;
        let inputs = match &run.inputs {
            Value::Object(inputs) => inputs.clone(),
            _ => Map::new(),
        };
        let event = match replay.event.take() {
            Some(event) => event.body,
            None => run.inputs.clone(),
        };
        let machine = Machine::start(Start {
            plan: Arc::clone(&plan),
            run_id: run.id.to_string(),
            started_at: run.started_at.unwrap_or(run.accepted_at),
            trigger: run.trigger.clone(),
            event,
            inputs,
            connection: means.caller.scope_of(&run.connection),
        });
        let fresh = replay.told.is_empty() && replay.effects.is_empty();
        let mut carrier = Self {
            means,
            ticket,
            ears,
            redact: plan.redact.clone().into(),
            machine,
            known: None,
            heard: 0,
            pending: BTreeMap::new(),
            held: Vec::new(),
            passed: Vec::new(),
            draft: Draft::default(),
            steps: Steps::new(replay.told.clone(), run.parent.is_some()),
            flight: Flight::new(),
            asked: BTreeMap::new(),
            holds: BTreeMap::new(),
            cancelled: false,
            stopping: false,
            held_back: Vec::new(),
            withheld: false,
            run,
            plan,
        };
        if fresh {
            carrier.begun();
        }
        carrier.note_fields();
        let pool = carrier.feed_recorded(&replay);
        carrier.mend_foreseen(&pool, &replay).await?;
        carrier.go_on_with(pool, &replay).await;
        // An answer counts once: not for a question that was asked after it, nor where it was followed already.
        replay.again.retain(|(path, after)| {
            !replay.asked.contains(path)
                && !replay
                    .attempts
                    .iter()
                    .any(|attempt| attempt.path == *path && attempt.number > *after)
        });
        carrier
            .consider(replay.offers, replay.again, carrier.run.cancel.clone())
            .await;
        Ok(carrier)
    }

    fn begun(&mut self) {
        let event = RunEvent::Began {
            id: self.run.id.to_string(),
            recipe: self.plan.recipe.clone(),
            title: self.plan.title.clone(),
            connection: self.run.connection.clone(),
        };
        self.say(event);
    }

    fn note_fields(&mut self) {
        if self.run.fields.is_none() && !self.machine.fields().is_empty() {
            let fields = self.machine.fields().clone();
            self.say(RunEvent::Fields(fields.clone()));
            self.draft.progress.fields = Some(Value::Object(fields));
        }
    }

    /// Feeds what is recorded. Answers what is still wanted.
    fn feed_recorded(&mut self, replay: &Replay) -> Pool {
        let mut pool = Pool::default();
        pool.take(&mut self.machine);
        self.pass_reports();
        for effect in &replay.effects {
            self.heard = effect.seq;
            if let Some(step) = mark::step_asked(&effect.path) {
                *self.asked.entry(step.to_owned()).or_default() += 1;
            } else if let Some(step) = mark::step_held(&effect.path) {
                *self.holds.entry(step.to_owned()).or_default() += 1;
            } else {
                pool.wanted.shift_remove(&effect.path);
            }
            self.feed(&effect.path, effect.outcome.clone(), effect.at);
            pool.take(&mut self.machine);
            self.pass_reports();
        }
        pool
    }

    /// The driver before had foreseen what did not come, and died before it could mend what it had written of that.
    async fn mend_foreseen(&mut self, pool: &Pool, replay: &Replay) -> Result<(), JournalError> {
        let unheard = self.steps.take_unheard();
        if !unheard.is_empty() {
            let now = self.now();
            let rows = self.means.journal.steps(self.ticket.run.clone()).await?;
            for row in rows.into_iter().filter(|row| unheard.contains(&row.path)) {
                let row = self.steps.mended(row, now);
                self.draft.steps.insert(row.path.clone(), row);
            }
        }
        for attempt in &replay.attempts {
            if attempt.ended_at.is_none() && !pool.wanted.contains_key(&attempt.path) {
                let end = never_sent(attempt.path.clone(), attempt.number);
                self.draft.progress.ends.push(end);
            }
        }
        Ok(())
    }

    /// Takes up what is under way, and leaves to be begun what is not.
    async fn go_on_with(&mut self, pool: Pool, replay: &Replay) {
        let stands = |path: &str| replay.waits.iter().any(|wait| wait.path == path);
        let held: Vec<&str> = replay
            .waits
            .iter()
            .map(|wait| wait.path.as_str())
            .filter(|path| mark::step_held(path).is_some())
            .collect();
        let called = |path: &str| replay.called.iter().any(|(other, _)| other == path);
        for path in &pool.off {
            if !pool.wanted.contains_key(path) && (stands(path) || called(path)) {
                self.draft.progress.drops.push(path.clone());
            }
        }
        let mut off = Vec::new();
        for (path, kind) in pool.wanted {
            match kind {
                EffectKind::Call(call) => {
                    let again = replay.again.iter().find(|(other, _)| *other == path);
                    let settled = again.map_or(0, |(_, after)| *after);
                    let repeats = call.operation.effect != EffectClass::Unsafe || call.if_unknown.is_some();
                    let attempts = replay.attempts.iter().filter(|attempt| attempt.path == path);
                    let before = Before::of(attempts, settled, repeats);
                    let asked = replay.asked.contains(&path);
                    if asked || (again.is_some() && before.last == settled) {
                        let asked = Pending::Asked {
                            call,
                            last: before.last,
                        };
                        self.pending.insert(path, asked);
                    } else if let Some(wait) = held.iter().find(|wait| mark::step_held(wait) == Some(&path)) {
                        *self.holds.entry(path.clone()).or_default() += 1;
                        self.pending.insert((*wait).to_owned(), Pending::Wait);
                        let held = Pending::Held {
                            call,
                            before,
                            ready: false,
                        };
                        self.pending.insert(path.clone(), held);
                        if pool.off.contains(&path) {
                            off.push(path);
                        }
                    } else if pool.off.contains(&path) && before.unsettled.is_none() {
                        off.push(path);
                    } else {
                        let off = pool.off.contains(&path);
                        self.start_call(path, call, before, off).await;
                    }
                }
                EffectKind::Sleep { .. } | EffectKind::Signal { .. } if stands(&path) => {
                    self.pending.insert(path, Pending::Wait);
                }
                EffectKind::Run { .. } if called(&path) => {
                    self.pending.insert(path, Pending::Run);
                }
                kind => self.held.push(souschef_flow::Effect { path, kind }),
            }
        }
        // Last, since from here on things are only foreseen, and all of the above is wanted whatever comes.
        for path in off {
            match self.pending.get(&path) {
                Some(Pending::Held { .. }) => self.call_off(&path),
                _ => self.foresee(path, Outcome::Cancelled),
            }
        }
    }
}
