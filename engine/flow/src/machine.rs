//! The machine itself: what drivers see of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_expr::Scope;
use souschef_expr::condition::Verdict;
use souschef_plan::{Plan, StepPlan, StepPlanKind};

use crate::begin::{self, Beginnings};
use crate::effect::{Effect, EffectOutcome, RunEnd, RunOutcome, StepReport};
use crate::failure::Failed;
use crate::lane::{Lane, LaneEnd, LaneId, Lanes, State, name};

/// What a run begins with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The checked recipe.
    pub plan: Arc<Plan>,
    /// The run's id.
    pub run_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Which trigger fired.
    pub trigger: String,
    /// The event.
    pub event: Value,
    /// The recipe's settings as given; defaults and conversions are the machine's work.
    pub inputs: Map<String, Value>,
    /// `connection` in scope: `{ name, location_id, company_id }`.
    pub connection: Value,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(crate) plan: Arc<Plan>,
    pub(crate) phase: Phase,
    /// The latest moment that the machine was told of.
    pub(crate) now: Timestamp,
    pub(crate) lanes: Lanes,
    pub(crate) next_lane: LaneId,
    /// Lanes whose next step is to begin; the last one is the next.
    pub(crate) agenda: Vec<LaneId>,
    /// Effects whose outcome is awaited, by path.
    pub(crate) awaited: BTreeMap<String, Awaited>,
    /// How often the machine has worked: once when it began, and once for each thing that it was told.
    pub(crate) round: u64,
    /// Effects that were not handed out yet.
    pub(crate) wanted: Vec<Effect>,
    /// Reports that were not handed out yet.
    pub(crate) told: Vec<StepReport>,
    fields: Map<String, Value>,
    /// Why the run was cancelled.
    pub(crate) cancelled: Option<String>,
    end: Option<RunEnd>,
}

/// What the recipe is at.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    /// Its `actions:`.
    Actions,
    /// Its `on_failure:`, because of this.
    OnFailure(Failed),
    /// Nothing more.
    Over,
}

/// An effect whose outcome is awaited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Awaited {
    /// Whose.
    pub(crate) lane: LaneId,
    /// Whether it is the step's limit of time, and not what the step asked for.
    pub(crate) timer: bool,
    /// In which round of work it was asked for: in that round, nobody can have begun it.
    pub(crate) round: u64,
    /// Whether a person is to decide.
    pub(crate) resting: bool,
}

impl Machine {
    /// Begins a run: inputs, `if`, mappings and the first steps are evaluated here.
    pub fn start(start: Start) -> Self {
        let plan = Arc::clone(&start.plan);
        let now = start.started_at;
        let beginning = begin::begin(start);
        let mut machine = Self {
            plan,
            phase: Phase::Actions,
            now,
            lanes: Lanes::new(),
            next_lane: 0,
            agenda: Vec::new(),
            awaited: BTreeMap::new(),
            round: 0,
            wanted: Vec::new(),
            told: Vec::new(),
            fields: beginning.fields,
            cancelled: None,
            end: None,
        };
        let scope = Arc::new(beginning.scope);
        match beginning.verdict {
            Beginnings::Runs => machine.open_root(Arc::clone(&machine.plan.steps), scope),
            Beginnings::Stopped(line) => machine.root_ended(scope, LaneEnd::Stopped(Some(line))),
            Beginnings::Failed(failed) => machine.root_ended(scope, LaneEnd::Failed(failed)),
        }
        machine.work();
        machine
    }

    /// The effects wanted that were not handed out before. Several may be wanted at once.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.wanted)
    }

    /// Feeds an outcome back, with the moment it became known. A path that is not wanted (any more) is ignored.
    ///
    /// Outcomes may be fed before their effects were handed out: then these are not handed out any more, and nothing else
    /// changes. So a replay feeds a fresh machine the recorded outcomes, in the order in which they were fed first, and
    /// then asks for the effects that are left.
    pub fn feed(&mut self, path: &str, outcome: EffectOutcome, at: Timestamp) {
        let Some(awaited) = self.awaited.get(path).copied() else {
            return;
        };
        self.now = self.now.max(at);
        self.wanted.retain(|effect| effect.path != path);
        if awaited.timer {
            self.awaited.remove(path);
            self.expired(awaited.lane, outcome);
        } else {
            self.answered(awaited.lane, path, outcome);
        }
        self.work();
    }

    /// Ends the run as cancelled; effects under way are cancelled. Calls under way are let finish: the run ends with them.
    pub fn cancel(&mut self, reason: &str, at: Timestamp) {
        if matches!(self.phase, Phase::Over) || self.cancelled.is_some() {
            return;
        }
        self.now = self.now.max(at);
        self.cancelled = Some(reason.to_owned());
        let why: Arc<str> = reason.into();
        let roots: Vec<LaneId> = self
            .lanes
            .iter()
            .filter(|(_, lane)| lane.parent.is_none())
            .map(|(id, _)| *id)
            .collect();
        for root in roots {
            self.halt(root, &why);
        }
        self.work();
    }

    /// What reporters have not been told yet, in order: each step when it begins and when it ends.
    pub fn reports(&mut self) -> Vec<StepReport> {
        std::mem::take(&mut self.told)
    }

    /// The end, once there is one. A run that needs attention stands here until a person's decision is fed; then it goes on.
    pub fn end(&self) -> Option<&RunEnd> {
        self.end.as_ref()
    }

    /// What the mappings made.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Whether an event is what the wait of this path waits for.
    pub fn matches(&self, path: &str, event: &Value) -> bool {
        let Some(lane) = self
            .awaited
            .get(path)
            .filter(|awaited| !awaited.timer)
            .and_then(|awaited| self.lanes.get(&awaited.lane))
        else {
            return false;
        };
        match lane.step().map(|step| &step.kind) {
            Some(StepPlanKind::WaitFor {
                condition: Some(condition),
                ..
            }) => {
                let mut scope = Scope::inside(Arc::clone(&lane.scope));
                scope.set("event", event.clone());
                // An event that can't be compared is not the one that is waited for.
                condition.test(&scope) == Ok(Verdict::Holds)
            }
            Some(StepPlanKind::WaitFor { condition: None, .. }) => true,
            _ => false,
        }
    }

    /// Opens the recipe's own lane.
    pub(crate) fn open_root(&mut self, steps: Arc<[StepPlan]>, scope: Arc<Scope>) {
        let id = self.new_lane();
        self.lanes.insert(
            id,
            Lane {
                parent: None,
                place: 0,
                steps,
                at: 0,
                scope,
                items: "".into(),
                depth: 0,
                label: None,
                halting: None,
                timer: false,
                state: State::Ready,
            },
        );
        self.agenda.push(id);
    }

    /// The recipe's own lane has ended.
    pub(crate) fn root_ended(&mut self, mut scope: Arc<Scope>, end: LaneEnd) {
        let phase = std::mem::replace(&mut self.phase, Phase::Over);
        let (outcome, reason) = match (&self.cancelled, phase, end) {
            (Some(reason), ..) => (RunOutcome::Cancelled, Some(reason.clone())),
            (None, Phase::OnFailure(failed), end) => {
                let reason = match end {
                    LaneEnd::Failed(second) => {
                        format!("{}; then on_failure failed: {}", failed.reason(), second.reason())
                    }
                    LaneEnd::Ran | LaneEnd::Stopped(_) | LaneEnd::Halted => failed.reason(),
                };
                (RunOutcome::Failed, Some(reason))
            }
            (None, _, LaneEnd::Failed(failed)) if !self.plan.on_failure.is_empty() => {
                Arc::make_mut(&mut scope).set("error", failed.scope());
                self.phase = Phase::OnFailure(failed);
                return self.open_root(Arc::clone(&self.plan.on_failure), scope);
            }
            (None, _, LaneEnd::Failed(failed)) => (RunOutcome::Failed, Some(failed.reason())),
            (None, _, LaneEnd::Stopped(reason)) => (RunOutcome::Stopped, reason),
            (None, _, LaneEnd::Ran) => (RunOutcome::Succeeded, None),
            (None, _, LaneEnd::Halted) => (RunOutcome::Cancelled, None),
        };
        self.end = Some(RunEnd { outcome, reason });
    }

    /// Begins steps until all lanes wait for something, and settles where the run stands.
    fn work(&mut self) {
        while let Some(lane) = self.agenda.pop() {
            self.go(lane);
        }
        self.round += 1;
        if !matches!(self.phase, Phase::Over) {
            self.end = self.rests();
        }
    }

    /// The run's end for now, where all that is left to do waits for a person.
    fn rests(&self) -> Option<RunEnd> {
        if self
            .awaited
            .values()
            .any(|awaited| !awaited.timer && !awaited.resting)
        {
            return None;
        }
        let mut resting = self.lanes.values().filter_map(|lane| match &lane.state {
            State::Resting { why } => Some((name(lane.step()?), why)),
            _ => None,
        });
        let (first, why) = resting.next()?;
        let more = match resting.count() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let reason = format!("nobody knows whether {first} happened{more}: {why}");
        Some(RunEnd {
            outcome: RunOutcome::NeedsAttention,
            reason: Some(reason),
        })
    }

    pub(crate) fn new_lane(&mut self) -> LaneId {
        let id = self.next_lane;
        self.next_lane += 1;
        id
    }
}
