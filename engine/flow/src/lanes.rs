//! Lanes as they open and end.

use std::sync::Arc;

use serde_json::Value;
use souschef_expr::Scope;
use souschef_plan::StepPlan;

use crate::failure::Failed;
use crate::kind::Opening;
use crate::lane::{Lane, LaneEnd, LaneId, State, StepEnd};
use crate::machine::Machine;

impl Machine {
    /// Opens as many lanes of the block that the lane's step is as there is room for; ends the block where none is left.
    pub(crate) fn open(&mut self, id: LaneId) {
        let Some(lane) = self.lanes.get_mut(&id) else {
            return;
        };
        let State::Inside(block) = &mut lane.state else {
            return;
        };
        let mut opened = Vec::new();
        while let Some(opening) = block.next() {
            block.live.insert(self.next_lane);
            opened.push((self.next_lane, opening));
            self.next_lane += 1;
        }
        let over = block.live.is_empty();
        let opened: Vec<(LaneId, Lane)> = opened
            .into_iter()
            .map(|(child, opening)| (child, child_of(id, lane, opening)))
            .collect();
        for (child, lane) in opened.into_iter().rev() {
            self.lanes.insert(child, lane);
            self.agenda.push(child);
        }
        if over {
            self.close(id);
        }
    }

    /// All of the block's lanes are through.
    fn close(&mut self, id: LaneId) {
        let Some(lane) = self.lanes.get_mut(&id) else {
            return;
        };
        let state = std::mem::replace(&mut lane.state, State::Ready);
        let State::Inside(block) = state else {
            lane.state = state;
            return;
        };
        let (seen, end) = block.end();
        take(lane, seen);
        self.step_ended(id, end);
    }

    /// Settles how the block ends, and calls off what is under way in it.
    pub(crate) fn settle(&mut self, id: LaneId, end: StepEnd, why: &Arc<str>) {
        let Some(State::Inside(block)) = self.lanes.get_mut(&id).map(|lane| &mut lane.state) else {
            return;
        };
        block.ending.get_or_insert(end);
        for child in block.live.clone() {
            self.halt(child, why);
        }
    }

    /// Opens the lane of the steps that handle a failure.
    pub(crate) fn open_handler(&mut self, id: LaneId, steps: Arc<[StepPlan]>, failed: Failed) {
        let handler = self.new_lane();
        let Some(lane) = self.lanes.get_mut(&id) else {
            return;
        };
        let child = child_of(
            id,
            lane,
            Opening {
                place: 0,
                steps,
                names: vec![("error".to_owned(), failed.scope())],
                item: false,
                label: None,
            },
        );
        lane.state = State::Handling { handler, failed };
        self.lanes.insert(handler, child);
        self.agenda.push(handler);
    }

    /// A lane has ended: the step that opened it takes what it leaves.
    pub(crate) fn lane_ended(&mut self, id: LaneId, end: LaneEnd) {
        let Some(lane) = self.lanes.remove(&id) else {
            return;
        };
        let Some(parent_id) = lane.parent else {
            return self.root_ended(lane.scope, end);
        };
        let Some(parent) = self.lanes.get_mut(&parent_id) else {
            return;
        };
        let wanted = parent.step().is_some_and(|step| step.id.is_some());
        match &mut parent.state {
            State::Inside(block) => {
                block.closed(id, &lane, wanted);
                drop(lane);
                match end {
                    LaneEnd::Ran | LaneEnd::Halted => {}
                    LaneEnd::Failed(failed) => self.settle(
                        parent_id,
                        StepEnd::Failed(failed),
                        &"a step beside it failed".into(),
                    ),
                    LaneEnd::Stopped(reason) => self.settle(
                        parent_id,
                        StepEnd::Stopped(reason),
                        &"a step beside it ended the run".into(),
                    ),
                }
                self.open(parent_id);
            }
            State::Handling { failed, .. } => {
                let failed = failed.clone();
                let made: Vec<_> = lane.made().collect();
                drop(lane);
                take(parent, made);
                self.handler_ended(parent_id, &failed, end);
            }
            State::Ready | State::Asked { .. } | State::Resting { .. } => {}
        }
    }

    /// The steps that handle a failure are through.
    fn handler_ended(&mut self, id: LaneId, failed: &Failed, end: LaneEnd) {
        match end {
            LaneEnd::Ran => self.go_on(id),
            LaneEnd::Failed(second) => {
                if let Some(lane) = self.lanes.get(&id) {
                    let steps = Arc::clone(&lane.steps);
                    if let Some(step) = steps.get(lane.at) {
                        self.tell_failed(id, step, failed, false);
                    }
                }
                self.lane_ended(id, LaneEnd::Failed(second));
            }
            end @ (LaneEnd::Stopped(_) | LaneEnd::Halted) => self.lane_ended(id, end),
        }
    }
}

/// Takes over results that other lanes made.
fn take(lane: &mut Lane, made: Vec<(String, Arc<Value>)>) {
    if made.is_empty() {
        return;
    }
    let scope = Arc::make_mut(&mut lane.scope);
    for (step, value) in made {
        scope.set_part("steps", step, value);
    }
}

/// A lane that a step opens.
fn child_of(id: LaneId, lane: &Lane, opening: Opening) -> Lane {
    let mut scope = Scope::inside(Arc::clone(&lane.scope));
    for (name, value) in opening.names {
        scope.set(name, value);
    }
    Lane {
        parent: Some(id),
        place: opening.place,
        steps: opening.steps,
        at: 0,
        scope: Arc::new(scope),
        items: if opening.item {
            format!("{}#{}", lane.items, opening.place).into()
        } else {
            Arc::clone(&lane.items)
        },
        depth: lane.depth + 1,
        label: opening.label.map(Into::into),
        halting: None,
        timer: false,
        state: State::Ready,
    }
}
