//! What a driver has to say and has not said yet.

use indexmap::IndexMap;
use jiff::Timestamp;
use souschef_journal::{Outcome, Progress, Step};
use tokio::sync::oneshot;

use crate::report::RunEvent;

/// The next write.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What is to be written; steps come from `steps`.
    pub(super) progress: Progress,
    /// Rows of steps, the last of each path.
    pub(super) steps: IndexMap<String, Step>,
    /// The paths of the waits in it that were set in foresight.
    pub(super) waits: Vec<String>,
    /// Requests that leave once it is written.
    pub(super) leaving: Vec<Leaving>,
    /// What happened, told once it is written.
    pub(super) events: Vec<RunEvent>,
    /// The moment that all of it is written with, once an outcome was foreseen with it.
    pub(super) at: Option<Timestamp>,
    /// Whether it is to be written though there is nothing in it: to hear what is new.
    pub(super) ask: bool,
}

/// A request that waits for its commit.
#[derive(Debug)]
pub(super) struct Leaving {
    /// The step's path.
    pub(super) path: String,
    /// Which.
    pub(super) number: u32,
    /// Lets it go.
    pub(super) reply: oneshot::Sender<Result<(), String>>,
}

impl Draft {
    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        let progress = &self.progress;
        !self.ask
            && self.steps.is_empty()
            && progress.begins.is_empty()
            && progress.ends.is_empty()
            && progress.outcomes.is_empty()
            && progress.asks.is_empty()
            && progress.waits.is_empty()
            && progress.drops.is_empty()
            && progress.takes.is_empty()
            && progress.leaves.is_empty()
            && progress.calls.is_empty()
            && progress.fields.is_none()
    }

    /// An outcome to be written.
    pub(super) fn outcome(&mut self, path: String, outcome: Outcome) {
        self.progress.outcomes.push((path, outcome));
    }
}
