//! What is known of a run while it goes on: its steps as a tree, with what was sent for each.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value};
use souschef_connect::Attempt;
use souschef_flow::{StepOutcome, StepReport};
use souschef_runtime::journal::Question;
use souschef_runtime::{RunEvent, RunRecord};

/// One step and what happened for it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The last that was told of it.
    pub(crate) report: StepReport,
    /// The last request that was sent, or in a dry run would be.
    pub(crate) request: Option<Arc<Value>>,
    /// The requests that have ended.
    pub(crate) attempts: Vec<Attempt>,
    /// The waits between them: how long and why.
    pub(crate) retries: Vec<(Duration, String)>,
    /// The wait that it is, or was, in.
    pub(crate) wait: Option<Wait>,
    /// The run that it has called, where that has an id.
    pub(crate) called: Option<String>,
    /// What a person was asked about it, in the order of asking.
    pub(crate) questions: Vec<Question>,
    /// The step that it stands in.
    parent: Option<String>,
}

/// A wait for a moment or an event.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// Until when.
    pub(crate) until: Option<jiff::Timestamp>,
    /// Whether it is passed over.
    pub(crate) skipped: bool,
    /// The event that it is for, where that is known.
    pub(crate) event: Option<String>,
}

/// A run as far as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunTree {
    /// The recipe's title, its name and the account's.
    pub(crate) title: String,
    pub(crate) recipe: String,
    pub(crate) connection: String,
    /// Its id, where it is kept in a journal and can be answered.
    pub(crate) kept: Option<String>,
    /// What the mappings made.
    pub(crate) fields: Map<String, Value>,
    /// The end.
    pub(crate) ended: Option<Box<RunRecord>>,
    /// What a person was asked about the run itself.
    pub(crate) questions: Vec<Question>,
    nodes: IndexMap<String, Node>,
}

impl RunTree {
    /// Takes in something that happened.
    pub(crate) fn take(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Began {
                recipe,
                title,
                connection,
                ..
            } => {
                self.title.clone_from(title);
                self.recipe.clone_from(recipe);
                self.connection.clone_from(connection);
            }
            RunEvent::Fields(fields) => self.fields.clone_from(fields),
            RunEvent::Step(report) => self.told(report),
            // A look whether something happened is not what the step sends.
            RunEvent::Sending { looking: true, .. } => {}
            RunEvent::Sending { path, request, .. } => {
                if let Some(node) = self.nodes.get_mut(path) {
                    node.request = Some(Arc::clone(request));
                }
            }
            RunEvent::Sent { path, attempt } => {
                if let Some(node) = self.nodes.get_mut(path) {
                    node.attempts.push(attempt.as_ref().clone());
                }
            }
            RunEvent::Retrying { path, wait, why } => {
                if let Some(node) = self.nodes.get_mut(path) {
                    node.retries.push((*wait, why.clone()));
                }
            }
            RunEvent::Waiting { path, until, skipped } => {
                if let Some(node) = self.nodes.get_mut(path) {
                    node.wait = Some(Wait {
                        until: *until,
                        skipped: *skipped,
                        event: None,
                    });
                }
            }
            // The screen shows one run, which its driver does not leave before it ends.
            RunEvent::Left(_) => {}
            RunEvent::Ended(record) => self.ended = Some(record.clone()),
        }
    }

    /// Says for which event a step waits.
    pub(crate) fn awaits(&mut self, path: &str, event: Option<String>) {
        if let Some(wait) = self.nodes.get_mut(path).and_then(|node| node.wait.as_mut()) {
            wait.event = event;
        }
    }

    /// Says which run a step has called.
    pub(crate) fn called(&mut self, path: &str, run: &str) {
        if let Some(node) = self.nodes.get_mut(path) {
            node.called = Some(run.to_owned());
        }
    }

    /// Takes in what a person was asked.
    pub(crate) fn asked(&mut self, question: &Question) {
        let asked = match self.nodes.get_mut(&question.path) {
            Some(node) => &mut node.questions,
            None => &mut self.questions,
        };
        asked.push(question.clone());
    }

    fn told(&mut self, report: &StepReport) {
        if let Some(node) = self.nodes.get_mut(&report.path) {
            node.report = report.clone();
            return;
        }
        let parent = self
            .nodes
            .keys()
            .filter(|path| {
                report
                    .path
                    .strip_prefix(path.as_str())
                    .is_some_and(|rest| rest.starts_with(['.', '#', '/']))
            })
            .max_by_key(|path| path.len())
            .cloned();
        let node = Node {
            report: report.clone(),
            request: None,
            attempts: Vec::new(),
            retries: Vec::new(),
            wait: None,
            called: None,
            questions: Vec::new(),
            parent,
        };
        self.nodes.insert(report.path.clone(), node);
    }

    /// The steps directly inside a step, or the recipe's own; the items of a loop in their order, however they overlap.
    pub(crate) fn children(&self, of: Option<&str>) -> Vec<&Node> {
        let mut found: Vec<&Node> = self
            .nodes
            .values()
            .filter(|node| node.parent.as_deref() == of)
            .collect();
        let own = of.map_or(0, str::len);
        found.sort_by_key(|node| item(node.report.path.get(own..).unwrap_or_default()));
        found
    }

    /// How many calls and requests there were.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let called = self.nodes.values().filter(|node| node.request.is_some());
        (
            called.clone().count(),
            called.map(|node| node.attempts.len()).sum(),
        )
    }

    /// The steps of which nobody knows whether they happened, and nobody has said it.
    pub(crate) fn unsure(&self) -> Vec<&Node> {
        let answered = |node: &Node| node.questions.last().is_some_and(|last| last.answer.is_some());
        self.nodes
            .values()
            .filter(|node| node.report.outcome == StepOutcome::NeedsAttention)
            .filter(|node| self.is_leaf(node) && !answered(node))
            .collect()
    }

    fn is_leaf(&self, node: &Node) -> bool {
        !self
            .nodes
            .values()
            .any(|other| other.parent.as_deref() == Some(node.report.path.as_str()))
    }
}

/// The number after `#` in a path: which item of its loop a step belongs to.
fn item(path: &str) -> u64 {
    let digits = path.split_once('#').map_or("", |(_, rest)| rest);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits
        .get(..end)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}
