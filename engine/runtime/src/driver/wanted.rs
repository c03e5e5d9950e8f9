//! Effects that the interpreter wants, begun.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use souschef_connect::TOO_MANY;
use souschef_flow::{Call, Effect, EffectKind, EffectOutcome, Failure};
use souschef_journal::fault::bug;
use souschef_journal::{Attempt, JournalError, NewWait, Outcome, WaitKind};
use souschef_plan::TriggerPlanKind;

use super::carry::{Carrier, Pending};
use super::outcome::{failed, kept, sentence};
use super::{DEEPEST, Order, Waits, mark};
use crate::report::RunEvent;
use crate::start::{Start, new_run};
use crate::trigger::webhook::{mark, plain_path};
use crate::waits;

/// What is known of the requests of a call that was begun before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    pub(super) last: u32,
    pub(super) tried: u32,
    pub(super) limited: u32,
    pub(super) unsettled: Option<Timestamp>,
}

impl Before {
    /// Reads it of the requests of one step. Those up to `settled` are no longer wondered about: a person has said so.
    pub(super) fn of<'a>(attempts: impl Iterator<Item = &'a Attempt>, settled: u32, repeats: bool) -> Self {
        let mut before = Self {
            last: settled,
            ..Self::default()
        };
        for attempt in attempts {
            before.last = before.last.max(attempt.number);
            if bug("forget_attempts") || attempt.number <= settled || attempt.looking {
                continue;
            }
            before.tried += 1;
            before.limited += u32::from(attempt.status == Some(TOO_MANY));
            let open = attempt.ended_at.is_none() || attempt.late;
            // One that has ended, and after which the call was to be tried again, may still have happened.
            if open || (repeats && doubtful(attempt.status)) {
                before.unsettled = before
                    .unsettled
                    .map_or(Some(attempt.began_at), |at| Some(at.min(attempt.began_at)));
            }
        }
        before
    }
}

impl Carrier<'_> {
    /// Begins what is wanted; tells whether anything was.
    pub(super) async fn begin_wanted(&mut self) -> Result<bool, JournalError> {
        self.pass_reports();
        let mut effects = if self.known.is_none() {
            std::mem::take(&mut self.held)
        } else {
            Vec::new()
        };
        effects.extend(self.machine.effects());
        let ahead = self.known.is_some();
        let any = !effects.is_empty() || self.has_ready();
        self.go_on_with_held().await;
        for effect in effects {
            if !ahead && self.known.is_some() {
                self.passed.push(effect.clone());
            }
            self.begin(effect).await?;
        }
        self.pass_reports();
        Ok(any)
    }

    pub(super) async fn begin(&mut self, Effect { path, kind }: Effect) -> Result<(), JournalError> {
        match kind {
            EffectKind::Call(call) => self.begin_call(path, call).await,
            EffectKind::Sleep { until } => self.begin_sleep(path, until),
            EffectKind::Signal {
                event,
                path: at,
                auth,
                until,
                ..
            } => {
                let proof = auth.as_ref().map(|auth| json!({ "proof": mark(auth) }));
                self.begin_signal(path, event, at, proof, until);
            }
            kind if self.known.is_some() => self.held.push(Effect { path, kind }),
            EffectKind::Run { recipe, inputs } => self.begin_run(path, &recipe, inputs).await?,
            EffectKind::Cancel => self.call_off(&path),
        }
        Ok(())
    }

    async fn begin_call(&mut self, path: String, call: Arc<Call>) {
        let mut before = Before::default();
        if let Some(Pending::Flying(flying)) = self.pending.get_mut(&path) {
            // What was begun in foresight is wanted all the same.
            if flying.foreseen && same(&flying.call, &call) {
                flying.foreseen = self.known.is_some();
                return;
            }
            before.last = flying.last;
            self.discard(&path);
        }
        self.start_call(path, call, before, false).await;
    }

    /// Starts a call, or goes on with one.
    pub(super) async fn start_call(
        &mut self,
        path: String,
        call: Arc<Call>,
        before: Before,
        called_off: bool,
    ) {
        if self.stopping {
            self.withheld = true;
            return;
        }
        let order = Order {
            run: self.ticket.run.clone(),
            path: path.clone(),
            connection: self.run.connection.clone(),
            redact: Arc::clone(&self.redact),
            call,
            made_before: before.last,
            tried: before.tried,
            limited: before.limited,
            unsettled: before.unsettled,
            held: self.holds.contains_key(&path),
        };
        let mut flying = self
            .flight
            .start(&self.means.caller, &path, order, called_off)
            .await;
        flying.foreseen = self.known.is_some();
        self.pending.insert(path, Pending::Flying(flying));
    }

    /// A call has come to its end.
    pub(super) fn call_over(&mut self, path: String, outcome: EffectOutcome) {
        let Some(Pending::Flying(flying)) = self.pending.remove(&path) else {
            return;
        };
        match kept(outcome) {
            Ok(outcome) => self.foresee(path, outcome),
            Err(failure) => self.ask(path, flying.call, flying.last, *failure),
        }
    }

    /// Nobody knows whether a call happened: a person is asked.
    pub(super) fn ask(&mut self, path: String, call: Arc<Call>, last: u32, failure: Failure) {
        let asked = self.asked.entry(path.clone()).or_default();
        *asked += 1;
        let mark = mark::asked(&path, *asked);
        self.draft.progress.asks.push((path.clone(), json!(failure)));
        self.pending.insert(path, Pending::Asked { call, last });
        self.foresee(mark, failed(&failure));
    }

    fn begin_sleep(&mut self, path: String, until: Timestamp) {
        let until = if bug("wait_ends_early") { self.now() } else { until };
        let limit = mark::is_limit(&path);
        if !limit {
            let skipped = self.means.waits == Waits::Skipped;
            self.say(RunEvent::Waiting {
                path: path.clone(),
                until: Some(until),
                skipped,
            });
            if skipped {
                return self.foresee(path, Outcome::Done(Value::Null));
            }
            let left = until.duration_since(self.now());
            if self.means.waits == Waits::Watched
                && std::time::Duration::try_from(left).is_ok_and(|left| left > waits::LONGEST)
            {
                return self.foresee(path, failed(&waits::past_bearing(until)));
            }
        }
        self.set_wait(path, WaitKind::Sleep { until });
    }

    /// `proof`: what a custom webhook's sender must have shown; the row tells it to whoever takes webhooks.
    fn begin_signal(
        &mut self,
        path: String,
        event: String,
        at: Option<String>,
        proof: Option<Value>,
        until: Option<Timestamp>,
    ) {
        let skipped = self.means.waits == Waits::Skipped;
        self.say(RunEvent::Waiting {
            path: path.clone(),
            until,
            skipped,
        });
        match self.means.waits {
            Waits::Skipped => self.foresee(path, Outcome::Done(Value::Object(Map::new()))),
            Waits::Watched => self.foresee(path, failed(&waits::never_heard(&event))),
            Waits::Kept => self.set_wait(
                path,
                WaitKind::Event {
                    event,
                    path: at.map(|at| plain_path(&at)),
                    condition: proof,
                    until,
                },
            ),
        }
    }

    fn set_wait(&mut self, path: String, kind: WaitKind) {
        self.pending.insert(path.clone(), Pending::Wait);
        self.draft.progress.drops.retain(|dropped| *dropped != path);
        if self.known.is_some() {
            self.draft.waits.push(path.clone());
        }
        self.draft.progress.waits.push(NewWait { path, kind });
    }

    async fn begin_run(
        &mut self,
        path: String,
        recipe: &str,
        inputs: Map<String, Value>,
    ) -> Result<(), JournalError> {
        match self.called_run(recipe, inputs).await? {
            Ok(new) => {
                self.pending.insert(path.clone(), Pending::Run);
                self.draft.progress.calls.push((path, new));
            }
            Err(failure) => self.foresee(path, failed(&failure)),
        }
        Ok(())
    }

    async fn called_run(
        &self,
        recipe: &str,
        inputs: Map<String, Value>,
    ) -> Result<Result<souschef_journal::NewRun, Box<Failure>>, JournalError> {
        let mut deep = 1;
        let mut above = self.run.parent.clone();
        while let Some((run, _)) = above {
            deep += 1;
            if deep >= DEEPEST {
                return Ok(Err(Box::new(Failure {
                    code: Some("SC482".to_owned()),
                    message: format!("recipes call each other more than {DEEPEST} deep"),
                    ..Failure::default()
                })));
            }
            above = self.means.journal.run(run).await?.and_then(|run| run.parent);
        }
        let plan = match self.means.plans.current(recipe) {
            Ok(plan) => plan,
            Err(message) => return Ok(Err(Box::new(sentence(message)))),
        };
        let trigger = plan
            .triggers
            .iter()
            .find(|trigger| matches!(trigger.kind, TriggerPlanKind::Manual))
            .or_else(|| plan.triggers.first())
            .map_or_else(String::new, |trigger| trigger.id.clone());
        let event = Value::Object(inputs.clone());
        let scope = self.means.caller.scope_of(&self.run.connection);
        Ok(new_run(
            &plan,
            Start {
                trigger: &trigger,
                event: &event,
                inputs,
                connection: &self.run.connection,
                scope,
            },
            self.now(),
        ))
    }

    /// Passes the interpreter's reports on to what is written and told.
    pub(super) fn pass_reports(&mut self) {
        let now = self.draft.at.unwrap_or_else(|| self.now());
        for report in self.machine.reports() {
            if let Some(step) = self.steps.report(&report, now) {
                self.draft.steps.insert(step.path.clone(), step);
                self.say(RunEvent::Step(Box::new(report)));
            }
        }
    }
}

/// Whether a request with this answer may have happened, though it is no success.
pub(super) fn doubtful(status: Option<u16>) -> bool {
    status.is_none_or(|status| !(300..500).contains(&status))
}

/// Whether two calls are one and the same.
fn same(one: &Call, two: &Call) -> bool {
    one.operation.id == two.operation.id && one.inputs == two.inputs && one.connection == two.connection
}
