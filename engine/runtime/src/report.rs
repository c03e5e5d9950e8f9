//! What happens in a run, as events. Reporters render them; they decide nothing.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_connect::Attempt;
use souschef_flow::StepReport;

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
        /// How many runs stand above it (`run_recipe`).
        depth: usize,
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
        request: Value,
    },
    /// A request has ended.
    Sent {
        /// The step's path.
        path: String,
        /// How.
        attempt: Box<Attempt>,
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
