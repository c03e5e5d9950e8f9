//! The checked, compiled recipe.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use souschef_catalog::{Event, Operation};
use souschef_expr::{Condition, Mapping, Type, ValueExpr};
use souschef_recipe::{CatchUp, ConcurrencyMode, FireOn, IfUnknown, Span, ValueKind, WebhookAuth};

/// A recipe that is right, with every name resolved and every expression compiled.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The recipe's name in the project: its file name without `.yaml`.
    pub recipe: String,
    /// `name:`, or the file's name.
    pub title: String,
    /// `description:`.
    pub description: Option<String>,
    /// SHA-256 of the text, in hex: which recipe a run ran.
    pub hash: String,
    /// The text itself.
    pub text: Arc<str>,
    /// `enabled:`: whether its triggers start it. By hand and by other recipes it can be started all the same.
    pub enabled: bool,
    /// `inputs:`.
    pub inputs: Vec<InputPlan>,
    /// `trigger:`.
    pub triggers: Vec<TriggerPlan>,
    /// `if:`.
    pub condition: Option<Condition>,
    /// `mappings:`.
    pub mappings: Vec<MappingPlan>,
    /// `actions:`.
    pub steps: Arc<[StepPlan]>,
    /// `on_failure:`.
    pub on_failure: Arc<[StepPlan]>,
    /// `concurrency:`.
    pub concurrency: Option<ConcurrencyPlan>,
    /// Which account it runs for.
    pub connection: ConnectionPlan,
    /// `keep_runs:`.
    pub keep_runs: Option<Duration>,
    /// `redact:`.
    pub redact: Vec<String>,
    /// OAuth scopes that its calls need, sorted, without doubles.
    pub scopes: Vec<String>,
}

/// One of a recipe's settings.
#[derive(Clone, Debug)]
pub struct InputPlan {
    /// Its name.
    pub name: String,
    /// What it is made into.
    pub kind: ValueKind,
    /// For the person who fills it in.
    pub description: Option<String>,
    /// Taken where it is not given.
    pub default: Option<Value>,
    /// Whether a run fails without it.
    pub required: bool,
    /// The words it may be; any where empty.
    pub choices: Vec<Value>,
    /// For phones.
    pub region: Option<String>,
}

/// A mapping and its place.
#[derive(Clone, Debug)]
pub struct MappingPlan {
    /// The compiled mapping.
    pub mapping: Mapping,
    /// Where it stands.
    pub span: Span,
}

/// One trigger.
#[derive(Clone, Debug)]
pub struct TriggerPlan {
    /// Its id; `trigger` where there is only one and it has none.
    pub id: String,
    /// What starts a run.
    pub kind: TriggerPlanKind,
}

/// The forms of a trigger.
#[derive(Clone, Debug)]
pub enum TriggerPlanKind {
    /// A read on a timetable.
    Poll(PollPlan),
    /// An event of a connector.
    Webhook {
        /// The event.
        event: Arc<Event>,
        /// A poll that shares its dedupe keys.
        reconcile: Option<PollPlan>,
    },
    /// Any system's event.
    Custom {
        /// The path under `/hooks/custom/`.
        path: String,
        /// How it proves who sent it.
        auth: WebhookAuth,
    },
    /// A timetable.
    Schedule {
        /// Five cron fields.
        cron: String,
        /// IANA name.
        time_zone: String,
        /// After downtime.
        catch_up: CatchUp,
    },
    /// Started by a person or another recipe.
    Manual,
}

/// A poll, ready.
#[derive(Clone, Debug)]
pub struct PollPlan {
    /// The read.
    pub operation: Arc<Operation>,
    /// How often.
    pub every: Duration,
    /// Which items start a run.
    pub fire_on: FireOn,
    /// The read's inputs; they see `inputs`, `connection` and `run`.
    pub with: Vec<(String, ValueExpr)>,
    /// JSONPath to the items.
    pub items: String,
    /// Dotted path of an item's id.
    pub id: Option<String>,
    /// Dotted path of the field that tells a change.
    pub changed: Option<String>,
    /// Runs for what is already there at the first poll.
    pub backfill: bool,
}

/// Which account a recipe runs for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionPlan {
    /// The project's default.
    Default,
    /// This one.
    Named(String),
    /// Each with this tag.
    Tagged(String),
}

/// `concurrency:`.
#[derive(Clone, Debug)]
pub struct ConcurrencyPlan {
    /// The mode.
    pub mode: ConcurrencyMode,
    /// The key; one for all runs where absent.
    pub key: Option<ValueExpr>,
    /// How many at once.
    pub limit: u32,
}

/// One step.
#[derive(Clone, Debug)]
pub struct StepPlan {
    /// `id:`.
    pub id: Option<String>,
    /// What the run's tree calls it: `name:`, or the operation's title, or the kind's word.
    pub title: String,
    /// Where in the recipe it stands: `actions[3].do[0]`.
    pub path: String,
    /// Where in the file.
    pub span: Span,
    /// `if:`.
    pub condition: Option<Condition>,
    /// `retry:`.
    pub retry: RetryPlan,
    /// `timeout:`.
    pub timeout: Option<Duration>,
    /// `on_error:`.
    pub on_error: OnErrorPlan,
    /// What it does.
    pub kind: StepPlanKind,
}

/// How often and how patiently a call is tried again. `None`: the engine's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryPlan {
    /// Further tries at most.
    pub times: Option<u32>,
    /// The first wait.
    pub first_wait: Option<Duration>,
    /// The longest.
    pub longest_wait: Option<Duration>,
}

/// What happens when a step fails for good.
#[derive(Clone, Debug, Default)]
pub enum OnErrorPlan {
    /// The run fails.
    #[default]
    Stop,
    /// The run goes on.
    Continue,
    /// These steps, with `error` in scope, then the run goes on.
    Handle(Arc<[StepPlan]>),
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepPlanKind {
    /// Calls an operation.
    Action {
        /// The operation.
        operation: Arc<Operation>,
        /// Its inputs.
        with: Vec<(String, ValueExpr)>,
        /// Another account than the recipe's.
        connection: Option<String>,
        /// Where the recipe says so itself.
        if_unknown: Option<IfUnknown>,
    },
    /// The first branch whose condition holds.
    Choose {
        /// The branches: condition, steps.
        branches: Vec<(Condition, Arc<[StepPlan]>)>,
        /// Where none holds.
        otherwise: Arc<[StepPlan]>,
    },
    /// Per item.
    ForEach {
        /// The list.
        items: ValueExpr,
        /// The item's name; its position from 0 is `NAME_index`.
        name: String,
        /// The steps.
        body: Arc<[StepPlan]>,
        /// How many side by side.
        at_once: u32,
    },
    /// Side by side.
    Parallel {
        /// The branches.
        branches: Vec<Arc<[StepPlan]>>,
    },
    /// So long: a duration as text (`3d`), literal or computed.
    Wait {
        /// How long.
        duration: ValueExpr,
    },
    /// Until a moment.
    WaitUntil {
        /// Until when.
        until: ValueExpr,
    },
    /// Until an event.
    WaitFor {
        /// `ghl.ContactReply`, or `custom` with its path.
        event: String,
        /// A custom webhook's path.
        path: Option<String>,
        /// How a custom webhook proves who sent it.
        auth: Option<WebhookAuth>,
        /// Which event; `event` is in scope.
        condition: Option<Condition>,
        /// How long at most.
        timeout: Option<Duration>,
    },
    /// Another recipe.
    RunRecipe {
        /// Its name.
        recipe: String,
        /// Its inputs.
        with: Vec<(String, ValueExpr)>,
    },
    /// Names values.
    Set {
        /// Names and values.
        values: Vec<(String, ValueExpr)>,
    },
    /// Ends the run well.
    Stop {
        /// Why.
        reason: ValueExpr,
    },
    /// Ends the run as failed.
    Fail {
        /// Why.
        reason: ValueExpr,
    },
}

impl StepPlanKind {
    /// The language's word for it: `action`, `choose`, `for_each` …
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Action { .. } => "action",
            Self::Choose { .. } => "choose",
            Self::ForEach { .. } => "for_each",
            Self::Parallel { .. } => "parallel",
            Self::Wait { .. } => "wait",
            Self::WaitUntil { .. } => "wait_until",
            Self::WaitFor { .. } => "wait_for",
            Self::RunRecipe { .. } => "run_recipe",
            Self::Set { .. } => "set",
            Self::Stop { .. } => "stop",
            Self::Fail { .. } => "fail",
        }
    }
}

impl Plan {
    /// Every step, at any depth: those of `actions` first, then those of `on_failure`.
    pub fn all_steps(&self) -> Vec<&StepPlan> {
        let mut found = Vec::new();
        let mut left: Vec<&StepPlan> = self.steps.iter().chain(self.on_failure.iter()).rev().collect();
        while let Some(step) = left.pop() {
            found.push(step);
            left.extend(step.inner().into_iter().rev());
        }
        found
    }
}

impl StepPlan {
    /// The steps that stand directly in this one.
    fn inner(&self) -> Vec<&Self> {
        let mut inner: Vec<&Self> = match &self.kind {
            StepPlanKind::Choose { branches, otherwise } => {
                let branches = branches.iter().flat_map(|(_, body)| body.iter());
                branches.chain(otherwise.iter()).collect()
            }
            StepPlanKind::ForEach { body, .. } => body.iter().collect(),
            StepPlanKind::Parallel { branches } => branches.iter().flat_map(|body| body.iter()).collect(),
            _ => Vec::new(),
        };
        if let OnErrorPlan::Handle(body) = &self.on_error {
            inner.extend(body.iter());
        }
        inner
    }
}

/// What a step returns, for the names under `steps.ID`.
#[derive(Clone, Debug)]
pub struct StepType {
    /// The step's id.
    pub id: String,
    /// Its result's type.
    pub ty: Type,
}
