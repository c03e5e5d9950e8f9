//! The project's schedules and where each stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use souschef_expr::moment::stamp;
use souschef_journal::{EventId, Fired, JournalError, NewEvent, ScheduleFire};
use souschef_plan::{Plan, TriggerPlanKind};
use souschef_recipe::CatchUp;

use super::catch_up::{MOST, due, horizon};
use super::instants::Instants;
use crate::trigger::host::TriggerContext;

/// What is done with so far ahead of the clock was done with by a clock that was wrong.
const FAR_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The schedules.
#[derive(Debug, Default)]
pub struct Schedules {
    kept: BTreeMap<String, Kept>,
    trouble: Vec<(String, String)>,
}

#[derive(Debug)]
struct Kept {
    plan: Arc<Plan>,
    trigger: String,
    connection: String,
    instants: Instants,
    catch_up: CatchUp,
    /// The last instant that is done with; none before the journal was asked.
    last: Option<Timestamp>,
    next: Option<Timestamp>,
    /// The last instant, where it was told that it lies far ahead.
    ahead: Option<Timestamp>,
    trouble: Option<String>,
}

/// How a schedule stands, for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScheduleHealth {
    /// Its name in the journal, under which missed instants are listed.
    pub schedule: String,
    /// The recipe.
    pub recipe: String,
    /// When it fires next.
    pub next_at: Option<Timestamp>,
    /// What is wrong.
    pub trouble: Option<String>,
}

impl Schedules {
    /// Takes the project's schedules as they are now.
    pub fn renew(&mut self, context: &TriggerContext) {
        let mut before = std::mem::take(&mut self.kept);
        self.trouble.clear();
        for plan in context.host.plans() {
            for trigger in &plan.triggers {
                let TriggerPlanKind::Schedule {
                    cron,
                    time_zone,
                    catch_up,
                } = &trigger.kind
                else {
                    continue;
                };
                let name = format!("{}/{}", plan.recipe, trigger.id);
                let instants = Instants::read(cron, time_zone).map_err(|error| error.to_string());
                let connections = context.host.connections_of(&plan);
                let (instants, connections) = match (instants, connections) {
                    (Ok(instants), Ok(connections)) => (instants, connections),
                    (Err(why), _) | (_, Err(why)) => {
                        tracing::warn!(schedule = name, %why, "a schedule can't be kept");
                        self.trouble.push((name, why));
                        continue;
                    }
                };
                for connection in connections {
                    let key = format!("{name}@{connection} {cron} {time_zone}");
                    let old = before.remove(&key);
                    let kept = Kept {
                        plan: Arc::clone(&plan),
                        trigger: trigger.id.clone(),
                        connection,
                        instants: instants.clone(),
                        catch_up: *catch_up,
                        last: old.as_ref().and_then(|old| old.last),
                        next: old.as_ref().and_then(|old| old.next),
                        ahead: old.as_ref().and_then(|old| old.ahead),
                        trouble: old.and_then(|old| old.trouble),
                    };
                    self.kept.insert(key, kept);
                }
            }
        }
    }

    /// Fires what is due. The journal decides whether an instant is new, so that a clock that goes back, or a second
    /// process, fires nothing again.
    ///
    /// # Errors
    /// The journal can't keep it now; it is tried again with the next call.
    pub async fn fire(&mut self, context: &TriggerContext, now: Timestamp) -> Result<u64, JournalError> {
        let mut fired = 0;
        for (key, kept) in &mut self.kept {
            let last = match kept.last {
                Some(last) => last,
                None => {
                    let last = kept.begin(context, key, now).await?;
                    kept.last = Some(last);
                    kept.next = kept.instants.next(last);
                    last
                }
            };
            kept.look_ahead(key, last, now);
            if kept.next.is_none_or(|next| next > now) {
                continue;
            }
            let last = kept.pass_over(context, key, last, now).await?;
            fired += kept.fire(context, key, last, now).await?;
        }
        Ok(fired)
    }

    /// The next instant of any schedule; now where one was not begun yet.
    pub fn next(&self) -> Option<Timestamp> {
        self.kept
            .values()
            .filter_map(|kept| match kept.last {
                None => Some(Timestamp::MIN),
                Some(_) => kept.next,
            })
            .min()
    }

    /// How all schedules stand.
    pub fn health(&self) -> Vec<ScheduleHealth> {
        let kept = self.kept.iter().map(|(key, kept)| ScheduleHealth {
            schedule: key.clone(),
            recipe: kept.plan.recipe.clone(),
            next_at: kept.next,
            trouble: kept.trouble.clone(),
        });
        let trouble = self.trouble.iter().map(|(name, why)| ScheduleHealth {
            schedule: name.clone(),
            recipe: name.split('/').next().unwrap_or_default().to_owned(),
            next_at: None,
            trouble: Some(why.clone()),
        });
        kept.chain(trouble).collect()
    }
}

impl Kept {
    /// Where it stands. A new schedule begins now, and the journal is told so: what is missed from now on is missed.
    async fn begin(
        &self,
        context: &TriggerContext,
        key: &str,
        now: Timestamp,
    ) -> Result<Timestamp, JournalError> {
        if let Some(state) = context.journal.look().schedule(key).await? {
            return Ok(state.instant);
        }
        let begun = ScheduleFire {
            schedule: key.to_owned(),
            instant: now,
            event: None,
            missed: Vec::new(),
            at: now,
        };
        context.journal.fire(begun).await?;
        Ok(now)
    }

    /// A clock that was far ahead has left instants done with that are to come yet. They can't come twice, so it is told.
    fn look_ahead(&mut self, key: &str, last: Timestamp, now: Timestamp) {
        let far = now.checked_add(FAR_AHEAD).unwrap_or(Timestamp::MAX);
        if last <= far || self.ahead == Some(last) {
            return;
        }
        self.ahead = Some(last);
        let why = format!(
            "the clock was ahead: everything up to {last:.0} is done with, and nothing starts before; write its cron line \
             another way to begin it anew"
        );
        tracing::error!(schedule = key, why, "a schedule rests");
        self.trouble = Some(why);
    }

    /// Passes over what is too long ago to be dealt with singly, and says so. Answers up to when all is done with.
    async fn pass_over(
        &mut self,
        context: &TriggerContext,
        key: &str,
        last: Timestamp,
        now: Timestamp,
    ) -> Result<Timestamp, JournalError> {
        let from = horizon(&self.instants, last, now);
        if from == last {
            return Ok(last);
        }
        let detail = format!(
            "more than {MOST} instants were missed; those from {last:.0} to {from:.0} are passed over"
        );
        tracing::warn!(
            schedule = key,
            detail,
            "a schedule was away for long, or the clock jumped ahead"
        );
        let passed = ScheduleFire {
            schedule: key.to_owned(),
            instant: from,
            event: None,
            missed: Vec::new(),
            at: now,
        };
        context.journal.fire(passed).await?;
        let note = context
            .journal
            .note("souschef", "schedule.passed_over", key, Some(&detail), now);
        note.await?;
        self.last = Some(from);
        Ok(from)
    }

    async fn fire(
        &mut self,
        context: &TriggerContext,
        key: &str,
        last: Timestamp,
        now: Timestamp,
    ) -> Result<u64, JournalError> {
        let mut fired = 0;
        let mut missed = Vec::new();
        let come = due(&self.instants, last, now, self.catch_up);
        for (index, one) in come.iter().enumerate() {
            let event = one
                .starts
                .then(|| self.event(context, one.instant, now))
                .flatten();
            if !one.starts {
                missed.push(one.instant);
                if index + 1 < come.len() {
                    continue;
                }
            }
            if !missed.is_empty() {
                tracing::warn!(
                    schedule = key,
                    count = missed.len(),
                    "instants came while souschef was not running and are not made up for"
                );
            }
            let starts = event.is_some();
            let outcome = context
                .journal
                .fire(ScheduleFire {
                    schedule: key.to_owned(),
                    instant: one.instant,
                    event,
                    missed: std::mem::take(&mut missed),
                    at: now,
                })
                .await?;
            self.last = Some(one.instant);
            if let Fired::New(Some(accepted)) = &outcome {
                context.host.accepted(accepted);
            }
            if starts && matches!(outcome, Fired::New(_)) {
                fired += 1;
            }
        }
        self.next = self.instants.next(self.last.unwrap_or(last));
        Ok(fired)
    }

    fn event(&mut self, context: &TriggerContext, instant: Timestamp, now: Timestamp) -> Option<NewEvent> {
        let local = instant.to_zoned_datetime(self.instants.zone().clone());
        let body = json!({ "scheduled_at": stamp(&local) });
        match context
            .host
            .new_run(&self.plan, &self.trigger, &self.connection, &body)
        {
            Ok(run) => {
                self.trouble = None;
                Some(NewEvent {
                    id: EventId::new(),
                    connection: Some(self.connection.clone()),
                    source: format!("schedule {}/{}", self.plan.recipe, self.trigger),
                    key: None,
                    strict: false,
                    body,
                    runs: vec![run],
                    signal: None,
                    at: now,
                })
            }
            Err(why) => {
                tracing::error!(recipe = self.plan.recipe, trigger = self.trigger, %why, "a schedule can't start a run");
                self.trouble = Some(why);
                None
            }
        }
    }
}
