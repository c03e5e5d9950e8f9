//! Lanes: lists of steps that are walked through one after another. The recipe's own steps are one; so are each item of
//! a loop, each branch, and the steps that handle a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use souschef_expr::Scope;
use souschef_plan::StepPlan;

use crate::failure::Failed;
use crate::kind::Block;

/// A lane's number; never given twice in a run.
pub(crate) type LaneId = u64;

/// One lane.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// The lane whose step opened this one; none for the recipe's own.
    pub(crate) parent: Option<LaneId>,
    /// Which of the opening step's lanes this is, from 0.
    pub(crate) place: usize,
    pub(crate) steps: Arc<[StepPlan]>,
    /// Where it stands in its steps.
    pub(crate) at: usize,
    /// Shared with the lanes that the step opened, and not changed while there are any.
    pub(crate) scope: Arc<Scope>,
    /// Which items of the loops around it: `#4#0`.
    pub(crate) items: Arc<str>,
    pub(crate) depth: usize,
    pub(crate) label: Option<Arc<str>>,
    /// Why nothing more is begun in it, where that is so.
    pub(crate) halting: Option<Arc<str>>,
    /// Whether the step's limit of time runs.
    pub(crate) timer: bool,
    pub(crate) state: State,
}

/// Where a lane's current step stands.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// It has not begun.
    Ready,
    /// It waits for the outcome of its effect.
    Asked {
        /// Whether that is a call: a call under way is let finish, come what may, so that the run shows all that happened.
        call: bool,
    },
    /// Nobody knows whether its effect happened: a person decides.
    Resting {
        /// What is known.
        why: String,
    },
    /// Lanes of its own are under way.
    Inside(Box<Block>),
    /// It failed, and the steps of its `on_error` are under way.
    Handling {
        /// Their lane.
        handler: LaneId,
        /// What they handle.
        failed: Failed,
    },
}

/// How a lane ended.
#[derive(Clone, Debug)]
pub(crate) enum LaneEnd {
    /// All its steps are through.
    Ran,
    /// A step failed, and nothing in the lane handled it.
    Failed(Failed),
    /// A `stop:` ends the run.
    Stopped(Option<String>),
    /// It was told to begin nothing more.
    Halted,
}

/// How a step ended.
#[derive(Clone, Debug)]
pub(crate) enum StepEnd {
    /// Well.
    Done {
        /// What `steps.ID` holds from now on.
        value: Value,
        /// What there is to say.
        reason: Option<String>,
    },
    /// A person went past it.
    Skipped(String),
    Failed(Failed),
    Stopped(Option<String>),
    /// It was called off.
    Halted,
}

impl Lane {
    /// The step it stands at.
    pub(crate) fn step(&self) -> Option<&StepPlan> {
        self.steps.get(self.at)
    }

    /// The step's path in this run.
    pub(crate) fn path(&self) -> String {
        self.step()
            .map_or_else(String::new, |step| format!("{}{}", step.path, self.items))
    }

    /// The path of the step's limit of time.
    pub(crate) fn timer_path(&self) -> String {
        format!("{}!timeout", self.path())
    }

    /// The results that steps of this lane, and of lanes that became part of it, have set.
    pub(crate) fn made(&self) -> impl Iterator<Item = (String, Arc<Value>)> {
        self.scope
            .own_parts("steps")
            .map(|(id, value)| (id.to_owned(), Arc::clone(value)))
    }
}

/// What a failed step is called in messages.
pub(crate) fn name(step: &StepPlan) -> &str {
    step.id.as_deref().unwrap_or(&step.title)
}

/// The lanes of a run, by number.
pub(crate) type Lanes = BTreeMap<LaneId, Lane>;

/// Numbers of lanes.
pub(crate) type LaneIds = BTreeSet<LaneId>;
