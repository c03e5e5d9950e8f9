//! A step's life: begun, answered, ended, its failure handled.

use std::sync::Arc;

use serde_json::Value;
use souschef_expr::condition::Verdict;
use souschef_plan::{OnErrorPlan, StepPlan, StepPlanKind};
use souschef_recipe::{Code, duration};

use crate::effect::{EffectKind, EffectOutcome, Failure, StepOutcome};
use crate::failure::{Failed, failure, helped, of_expression, too_long};
use crate::kind::{self, Begun};
use crate::lane::{LaneEnd, LaneId, State, StepEnd, name};
use crate::machine::Machine;
use crate::report::{Said, report};

impl Machine {
    /// Begins the lane's next step, or ends the lane.
    pub(crate) fn go(&mut self, id: LaneId) {
        let now = self.now;
        let Some(lane) = self.lanes.get_mut(&id) else {
            return;
        };
        if !matches!(lane.state, State::Ready) {
            return;
        }
        let steps = Arc::clone(&lane.steps);
        let Some(step) = steps.get(lane.at) else {
            return self.lane_ended(id, LaneEnd::Ran);
        };
        if lane.halting.is_some() {
            return self.lane_ended(id, LaneEnd::Halted);
        }
        Arc::make_mut(&mut lane.scope).set_now(now);
        let verdict = step
            .condition
            .as_ref()
            .map_or(Ok(Verdict::Holds), |condition| condition.test(&lane.scope));
        match verdict {
            Ok(Verdict::Holds) => {}
            Ok(Verdict::Fails(line)) => {
                self.tell(id, StepOutcome::Skipped, Said::why(Some(line)));
                return self.go_on(id);
            }
            Err(error) => return self.failed(id, step, of_expression(error, Some("if"))),
        }
        let begun = kind::begin(step, &lane.scope);
        self.tell(id, StepOutcome::Running, Said::default());
        match begun {
            Err(failure) => self.failed(id, step, failure),
            Ok(Begun::Ended(end)) => self.step_ended(id, end),
            Ok(Begun::Asks(effect)) => {
                let call = matches!(effect, EffectKind::Call(_));
                self.set_state(id, State::Asked { call });
                self.ask(id, effect);
                self.set_timer(id, step);
            }
            Ok(Begun::Opens(block)) => {
                self.set_state(id, State::Inside(Box::new(block)));
                self.set_timer(id, step);
                self.open(id);
            }
        }
    }

    /// The outcome of what the lane's step asked for.
    pub(crate) fn answered(&mut self, id: LaneId, path: &str, outcome: EffectOutcome) {
        let Some(lane) = self.lanes.get(&id) else {
            return;
        };
        let steps = Arc::clone(&lane.steps);
        let Some(step) = steps.get(lane.at) else {
            return;
        };
        let halting = lane.halting.is_some();
        if let EffectOutcome::Unknown(failure) = outcome {
            return self.rest(id, path, failure);
        }
        self.awaited.remove(path);
        match outcome {
            EffectOutcome::Done(value) => self.step_ended(id, StepEnd::Done { value, reason: None }),
            EffectOutcome::Skipped(reason) => self.step_ended(id, StepEnd::Skipped(reason)),
            EffectOutcome::Cancelled if halting => self.step_ended(id, StepEnd::Halted),
            EffectOutcome::Cancelled => {
                let message = "it was cancelled".to_owned();
                let failure = Failure {
                    message,
                    ..Failure::default()
                };
                self.failed(id, step, Box::new(failure));
            }
            EffectOutcome::TimedOut => self.failed(id, step, not_in_time(step)),
            EffectOutcome::Failed(failure) | EffectOutcome::Unknown(failure) => {
                self.failed(id, step, Box::new(failure));
            }
        }
    }

    /// Nobody knows whether the effect happened: the step waits for a person, and the limits of time around it are
    /// lifted, for a person's time is not the recipe's.
    fn rest(&mut self, id: LaneId, path: &str, failure: Failure) {
        let why = failure.message.clone();
        let said = Said {
            reason: Some(why.clone()),
            failure: Some(failure),
            ..Said::default()
        };
        self.tell(id, StepOutcome::NeedsAttention, said);
        self.set_state(id, State::Resting { why });
        if self.cancelled.is_some() {
            self.awaited.remove(path);
            return self.lane_ended(id, LaneEnd::Halted);
        }
        if let Some(awaited) = self.awaited.get_mut(path) {
            awaited.resting = true;
        }
        let mut around = Some(id);
        while let Some(lane) = around {
            self.lift_timer(lane);
            around = self.lanes.get(&lane).and_then(|lane| lane.parent);
        }
    }

    /// The step's limit of time is up.
    pub(crate) fn expired(&mut self, id: LaneId, outcome: EffectOutcome) {
        let Some(lane) = self.lanes.get_mut(&id) else {
            return;
        };
        lane.timer = false;
        let Some(step) = lane.step() else { return };
        let failure = match outcome {
            EffectOutcome::Done(_) | EffectOutcome::TimedOut => too_long(step.timeout),
            // A limit that can't be kept fails the step, as if it were up.
            EffectOutcome::Failed(failure) | EffectOutcome::Unknown(failure) => Box::new(failure),
            EffectOutcome::Skipped(_) | EffectOutcome::Cancelled => return,
        };
        let failed = Failed::new(failure, name(step));
        match &mut lane.state {
            State::Asked { .. } => {
                let path = lane.path();
                self.withdraw(&path);
                self.step_ended(id, StepEnd::Failed(failed));
            }
            State::Inside(_) => self.settle(id, StepEnd::Failed(failed), &"its step took too long".into()),
            State::Ready | State::Resting { .. } | State::Handling { .. } => {}
        }
    }

    fn failed(&mut self, id: LaneId, step: &StepPlan, failure: Box<Failure>) {
        self.step_ended(id, StepEnd::Failed(Failed::new(failure, name(step))));
    }

    /// The lane's step has ended: its result is kept, its failure handled, and the lane goes on or ends.
    pub(crate) fn step_ended(&mut self, id: LaneId, end: StepEnd) {
        self.lift_timer(id);
        let Some(lane) = self.lanes.get_mut(&id) else {
            return;
        };
        let steps = Arc::clone(&lane.steps);
        let Some(step) = steps.get(lane.at) else {
            return;
        };
        match end {
            StepEnd::Done { value, reason } => {
                // A block's own result is made only where it can be asked for.
                let shown = step.id.is_some() || !is_block(step);
                let said = Said {
                    reason,
                    result: shown.then(|| value.clone()),
                    ..Said::default()
                };
                self.keep(id, step, value);
                self.tell(id, StepOutcome::Succeeded, said);
                self.go_on(id);
            }
            StepEnd::Skipped(reason) => {
                self.keep(id, step, Value::Null);
                self.tell(id, StepOutcome::Skipped, Said::why(Some(reason)));
                self.go_on(id);
            }
            StepEnd::Failed(failed) => self.handle(id, step, failed),
            StepEnd::Stopped(reason) => {
                self.tell(id, StepOutcome::Stopped, Said::why(reason.clone()));
                self.lane_ended(id, LaneEnd::Stopped(reason));
            }
            StepEnd::Halted => {
                let why = lane.halting.as_deref().map(str::to_owned);
                self.tell(id, StepOutcome::Cancelled, Said::why(why));
                self.lane_ended(id, LaneEnd::Halted);
            }
        }
    }

    /// The step has failed for good: `on_error` says what happens. A lane that begins nothing more handles nothing.
    fn handle(&mut self, id: LaneId, step: &StepPlan, failed: Failed) {
        let halting = self.lanes.get(&id).is_some_and(|lane| lane.halting.is_some());
        let handled = !halting && !matches!(step.on_error, OnErrorPlan::Stop);
        self.tell_failed(id, step, &failed, handled);
        match &step.on_error {
            _ if halting => self.lane_ended(id, LaneEnd::Halted),
            OnErrorPlan::Stop => self.lane_ended(id, LaneEnd::Failed(failed)),
            OnErrorPlan::Continue => self.go_on(id),
            OnErrorPlan::Handle(steps) => self.open_handler(id, Arc::clone(steps), failed),
        }
    }

    /// Tells that a step has failed; once more where the steps that handle it failed too.
    pub(crate) fn tell_failed(&mut self, id: LaneId, step: &StepPlan, failed: &Failed, handled: bool) {
        // A block says which of its steps it was.
        let reason = if failed.step == name(step) {
            failed.failure.message.clone()
        } else {
            failed.reason()
        };
        let said = Said {
            reason: Some(reason),
            failure: Some(failed.failure.as_ref().clone()),
            handled,
            ..Said::default()
        };
        self.tell(id, StepOutcome::Failed, said);
    }

    /// Keeps a step's result for what follows.
    fn keep(&mut self, id: LaneId, step: &StepPlan, value: Value) {
        if let (Some(name), Some(lane)) = (&step.id, self.lanes.get_mut(&id)) {
            Arc::make_mut(&mut lane.scope).set_part("steps", name.clone(), value);
        }
    }

    /// Goes on to the lane's next step.
    pub(crate) fn go_on(&mut self, id: LaneId) {
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.at += 1;
            lane.state = State::Ready;
            self.agenda.push(id);
        }
    }

    fn set_state(&mut self, id: LaneId, state: State) {
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.state = state;
        }
    }

    /// Reports on the lane's step.
    fn tell(&mut self, id: LaneId, outcome: StepOutcome, said: Said) {
        if let Some(lane) = self.lanes.get(&id)
            && let Some(step) = lane.step()
        {
            self.told.push(report(lane, step, outcome, said));
        }
    }
}

fn is_block(step: &StepPlan) -> bool {
    matches!(
        step.kind,
        StepPlanKind::Choose { .. } | StepPlanKind::ForEach { .. } | StepPlanKind::Parallel { .. }
    )
}

/// What the step waited for did not come in time.
fn not_in_time(step: &StepPlan) -> Box<Failure> {
    match &step.kind {
        StepPlanKind::WaitFor { event, timeout, .. } => {
            let message = match kind::limit(*timeout, step.timeout) {
                Some(limit) => format!("no {event} came within {}", duration::format(limit)),
                None => format!("no {event} came in time"),
            };
            helped(
                failure(Code::TIMED_OUT, message),
                "on_error: says what to do when it does not come",
            )
        }
        _ => too_long(step.timeout),
    }
}
