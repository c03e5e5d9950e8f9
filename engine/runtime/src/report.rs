//! What happens in a run, as events. Reporters render them; they decide nothing.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_connect::Attempt;
use souschef_flow::StepReport;
use souschef_journal::RunState;

use crate::record::RunRecord;

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// It began.
    Began {
        /// The run's id.
        id: String,
        /// The recipe's name.
        recipe: String,
        /// The recipe's title.
        title: String,
        /// The account's name.
        connection: String,
    },
    /// What the mappings made.
    Fields(Map<String, Value>),
    /// A step began or ended.
    Step(Box<StepReport>),
    /// A request is about to be sent (or, in a dry run, would be).
    Sending {
        /// The step's path.
        path: String,
        /// From 1.
        number: u32,
        /// The request as shown.
        request: Arc<Value>,
        /// Whether it only looks whether an earlier one was carried out.
        looking: bool,
    },
    /// A request has ended.
    Sent {
        /// The step's path.
        path: String,
        /// How.
        attempt: Arc<Attempt>,
    },
    /// The next try waits.
    Retrying {
        /// The step's path.
        path: String,
        /// So long.
        wait: Duration,
        /// Why.
        why: String,
    },
    /// A wait began.
    Waiting {
        /// The step's path.
        path: String,
        /// Until when.
        until: Option<Timestamp>,
        /// Whether it is passed over (`--skip-waits`, dry runs, tests).
        skipped: bool,
    },
    /// It ended.
    Ended(Box<RunRecord>),
    /// Its driver has left it: it has ended, or rests until something comes. The service tells this, and keeps the rest.
    Left(RunState),
}

impl RunEvent {
    /// The event of a run that a step of another called: its steps stand under that step, and its own beginning and end
    /// are that step's.
    pub(crate) fn under(self, step: &str, depth: usize) -> Option<Self> {
        let inner = |path: String| format!("{step}{path}");
        Some(match self {
            Self::Began { .. } | Self::Fields(_) | Self::Ended(_) | Self::Left(_) => return None,
            Self::Step(mut report) => {
                report.path = inner(report.path);
                report.depth += depth;
                Self::Step(report)
            }
            Self::Sending {
                path,
                number,
                request,
                looking,
            } => Self::Sending {
                path: inner(path),
                number,
                request,
                looking,
            },
            Self::Sent { path, attempt } => Self::Sent {
                path: inner(path),
                attempt,
            },
            Self::Retrying { path, wait, why } => Self::Retrying {
                path: inner(path),
                wait,
                why,
            },
            Self::Waiting { path, until, skipped } => Self::Waiting {
                path: inner(path),
                until,
                skipped,
            },
        })
    }
}

/// Is told of a run's events, as they happen.
pub trait Reporter: Send + Sync {
    /// One event.
    fn event(&self, event: &RunEvent);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn event(&self, _event: &RunEvent) {}
}
