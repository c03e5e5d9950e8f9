//! What the interpreter asks for and what it is told.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use souschef_catalog::Operation;
use souschef_expr::Condition;
use souschef_plan::RetryPlan;
use souschef_recipe::{IfUnknown, WebhookAuth};

/// Something that the interpreter wants done: data, never a closure.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Which step of this run, stable across restarts: `actions[3].do[0]#2` (`#2`: the third item of the loop). The grammar
    /// stands at the crate's head.
    pub path: String,
    /// What is wanted.
    pub kind: EffectKind,
}

/// What is wanted.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for each step under way, and never many at once"
)]
pub enum EffectKind {
    /// A call of an operation.
    Call(Arc<Call>),
    /// To be told when this moment has come.
    Sleep {
        /// The moment.
        until: Timestamp,
    },
    /// To be told of an event.
    Signal {
        /// `ghl.ContactReply` or `custom`.
        event: String,
        /// A custom webhook's path.
        path: Option<String>,
        /// How a custom webhook proves who sent it.
        auth: Option<WebhookAuth>,
        /// Which event; the driver tests it through [`crate::Machine::matches`].
        condition: Option<Condition>,
        /// When to give up.
        until: Option<Timestamp>,
    },
    /// Another recipe's run.
    Run {
        /// Its name.
        recipe: String,
        /// Its inputs.
        inputs: Map<String, Value>,
    },
    /// No longer wanted: the effect of this same path that was asked for before (its step timed out or its branch ended).
    /// A sleep, a signal or another recipe's run is given up, and its outcome ignored. A call is not tried again, and its
    /// outcome is awaited all the same.
    Cancel,
}

/// A call of an operation.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation.
    pub operation: Arc<Operation>,
    /// Its inputs, evaluated.
    pub inputs: Map<String, Value>,
    /// The account's name; the run's own where absent.
    pub connection: Option<String>,
    /// How often it is tried again.
    pub retry: RetryPlan,
    /// How long it may take, tries and waits together.
    pub timeout: Option<Duration>,
    /// What an unknown outcome leads to, where the recipe says so.
    pub if_unknown: Option<IfUnknown>,
}

/// What became of an effect.
#[derive(Clone, Debug, PartialEq)]
pub enum EffectOutcome {
    /// The call's answer, the event, the other run's result, or null for a sleep.
    Done(Value),
    /// It failed for good.
    Failed(Failure),
    /// Nobody knows whether it happened: a person is asked. The run rests.
    Unknown(Failure),
    /// A person decided to go on without it; its result is null.
    Skipped(String),
    /// A wait or event did not come in time.
    TimedOut,
    /// The run was cancelled meanwhile.
    Cancelled,
}

/// Why something failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The message's code, where it has one.
    pub code: Option<String>,
    /// One sentence in a person's words.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The other side's own answer, where there was one.
    pub answer: Option<Value>,
}

/// How a run ended, or where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is its own name")]
pub enum RunOutcome {
    Succeeded,
    Failed,
    Stopped,
    NeedsAttention,
    Cancelled,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEnd {
    /// How.
    pub outcome: RunOutcome,
    /// Why, where there is something to say.
    pub reason: Option<String>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is its own name")]
pub enum StepOutcome {
    /// Under way.
    Running,
    Succeeded,
    /// Its `if` did not hold, or the run went past it.
    Skipped,
    Failed,
    /// It ended the run (`stop`).
    Stopped,
    NeedsAttention,
    Cancelled,
}

/// What reporters are told of a step, when it begins and when it ends.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// The step's path in this run: `actions[3].do[0]#2`.
    pub path: String,
    /// `id:`.
    pub id: Option<String>,
    /// What the tree calls it.
    pub title: String,
    /// The language's word: `action`, `for_each` …
    pub step: &'static str,
    /// The operation's id.
    pub operation: Option<String>,
    /// How deep it stands: 0 for the recipe's own steps.
    pub depth: usize,
    /// For the items of a loop and the branches of parallel and choose: what stands for it in the tree ("title: Welcome call").
    pub label: Option<String>,
    /// How it stands.
    pub outcome: StepOutcome,
    /// Why: the line that did not hold, the failure, the reason.
    pub reason: Option<String>,
    /// What it returned. For blocks only where they have an id, since nothing can ask for it otherwise.
    pub result: Option<Value>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Whether the recipe goes on in spite of the failure. Where the steps that handle it fail too, the failure is reported
    /// once more, as not handled.
    pub handled: bool,
}
