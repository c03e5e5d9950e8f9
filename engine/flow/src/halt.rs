//! Effects asked for and withdrawn, limits of time, and lanes that are called off.

use std::sync::Arc;

use souschef_plan::StepPlan;

use crate::effect::{Effect, EffectKind};
use crate::kind;
use crate::lane::{LaneEnd, LaneId, State, StepEnd};
use crate::machine::{Awaited, Machine};

impl Machine {
    /// Asks for what the lane's step wants.
    pub(crate) fn ask(&mut self, id: LaneId, effect: EffectKind) {
        if let Some(lane) = self.lanes.get(&id) {
            let path = lane.path();
            self.await_effect(id, path, effect, false);
        }
    }

    fn await_effect(&mut self, lane: LaneId, path: String, kind: EffectKind, timer: bool) {
        self.awaited.insert(
            path.clone(),
            Awaited {
                lane,
                timer,
                round: self.round,
                resting: false,
            },
        );
        self.wanted.push(Effect { path, kind });
    }

    /// Wants no outcome of this path any more.
    pub(crate) fn withdraw(&mut self, path: &str) {
        if self.awaited.remove(path).is_none() {
            return;
        }
        let asked = self.wanted.len();
        self.wanted.retain(|effect| effect.path != path);
        // What was not handed out yet needs no calling off.
        if self.wanted.len() == asked {
            self.wanted.push(Effect {
                path: path.to_owned(),
                kind: EffectKind::Cancel,
            });
        }
    }

    /// Starts the step's limit of time, where the interpreter keeps one.
    pub(crate) fn set_timer(&mut self, id: LaneId, step: &StepPlan) {
        let Some(limit) = step.timeout.filter(|_| kind::is_timed(step)) else {
            return;
        };
        let until = kind::after(self.now, limit);
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.timer = true;
            let path = lane.timer_path();
            self.await_effect(id, path, EffectKind::Sleep { until }, true);
        }
    }

    /// Lifts the limit of time of the lane's step.
    pub(crate) fn lift_timer(&mut self, id: LaneId) {
        if let Some(lane) = self.lanes.get_mut(&id)
            && std::mem::take(&mut lane.timer)
        {
            let path = lane.timer_path();
            self.withdraw(&path);
        }
    }

    /// Begins nothing more in a lane and below it, and calls off what is under way: waits end at once, calls are let
    /// finish, and what waits for a person goes on waiting unless the whole run is cancelled.
    pub(crate) fn halt(&mut self, id: LaneId, why: &Arc<str>) {
        let Some(lane) = self.lanes.get_mut(&id) else {
            return;
        };
        let first = lane.halting.is_none();
        lane.halting.get_or_insert_with(|| Arc::clone(why));
        let path = lane.path();
        match &mut lane.state {
            State::Ready => {}
            State::Asked { call: true } => {
                let round = self.round;
                if self
                    .awaited
                    .get(&path)
                    .is_none_or(|awaited| awaited.round == round)
                {
                    self.withdraw(&path);
                    self.step_ended(id, StepEnd::Halted);
                } else if first {
                    self.wanted.push(Effect {
                        path,
                        kind: EffectKind::Cancel,
                    });
                }
            }
            State::Asked { call: false } => {
                self.withdraw(&path);
                self.step_ended(id, StepEnd::Halted);
            }
            State::Resting { .. } if self.cancelled.is_some() => {
                self.awaited.remove(&path);
                self.lane_ended(id, LaneEnd::Halted);
            }
            State::Resting { .. } => {}
            State::Inside(_) => {
                self.lift_timer(id);
                self.settle(id, StepEnd::Halted, why);
            }
            State::Handling { handler, .. } => {
                let handler = *handler;
                self.halt(handler, why);
            }
        }
    }
}
