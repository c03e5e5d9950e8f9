//! Showing a run as it goes on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use souschef_flow::StepOutcome;
use souschef_runtime::{Reporter, RunEvent, RunRecord};
use tokio::task::JoinHandle;

use super::run_lines::Detail;
use super::run_tree::RunTree;
use super::terminal;

/// How often the screen is drawn anew.
const EVERY: Duration = Duration::from_millis(80);

/// How a run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// At a terminal: the tree changes in place.
    Live,
    /// In a pipe: each of the recipe's own steps when it has ended.
    Lines,
    /// Not at all: something else is printed in the end.
    Hidden,
}

/// Shows a run as it goes on.
pub(crate) struct Screen {
    state: Arc<Mutex<State>>,
    drawing: Option<JoinHandle<()>>,
}

struct State {
    tree: RunTree,
    view: View,
    detail: Detail,
    event_from: Option<String>,
    began: Instant,
    /// Whether the head was printed, and how many of the recipe's own steps.
    head_printed: bool,
    printed: usize,
}

impl Screen {
    /// A screen; `event_from` says where the event is from.
    pub(crate) fn new(view: View, detail: Detail, event_from: Option<String>) -> Self {
        let state = Arc::new(Mutex::new(State {
            tree: RunTree::default(),
            view,
            detail,
            event_from,
            began: Instant::now(),
            head_printed: false,
            printed: 0,
        }));
        let drawing = (view == View::Live).then(|| {
            let state = Arc::clone(&state);
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(EVERY).await;
                    state.lock().unwrap_or_else(PoisonError::into_inner).draw();
                }
            })
        });
        Self { state, drawing }
    }

    /// What is to be told of the run's events.
    pub(crate) fn reporter(&self) -> Arc<dyn Reporter> {
        Arc::new(Teller(Arc::clone(&self.state)))
    }

    /// Says where the event is from; known only after it was looked for.
    pub(crate) fn event_from(&self, from: Option<String>) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .event_from = from;
    }

    /// Prints what is not printed yet, and how the run ended.
    pub(crate) fn finish(mut self, record: &RunRecord) {
        if let Some(drawing) = self.drawing.take() {
            drawing.abort();
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.view != View::Hidden {
            terminal::erase();
            state.print_ended(true);
            let lines = state.tree.end(record, state.began.elapsed(), state.detail);
            terminal::print(&format!("{}\n", lines.join("\n")));
        }
    }
}

struct Teller(Arc<Mutex<State>>);

impl Reporter for Teller {
    fn event(&self, event: &RunEvent) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.tree.take(event);
        if state.view == View::Lines {
            state.print_ended(false);
        }
    }
}

impl State {
    /// Prints the recipe's own steps that have ended, in their order; all of them where the run has.
    fn print_ended(&mut self, all: bool) {
        let mut lines = Vec::new();
        let steps = self.tree.children(None);
        if !self.head_printed && (all || !steps.is_empty()) {
            lines.extend(self.tree.head(self.event_from.as_deref(), self.detail));
            self.head_printed = true;
        }
        if self.printed == 0
            && !steps.is_empty()
            && (all
                || steps
                    .first()
                    .is_some_and(|node| node.report.outcome != StepOutcome::Running))
        {
            lines.push(String::new());
        }
        for node in steps.into_iter().skip(self.printed) {
            if !all && node.report.outcome == StepOutcome::Running {
                break;
            }
            lines.extend(self.tree.step(node, self.detail));
            self.printed += 1;
        }
        if !lines.is_empty() {
            terminal::print(&format!("{}\n", lines.join("\n")));
        }
    }

    /// Draws the tree over what was drawn before; as much of its end as the terminal is high.
    fn draw(&mut self) {
        self.detail.frame += 1;
        // Only lines that fit can be drawn over; requests and answers in full come when the run has ended.
        let short = Detail {
            verbose: false,
            ..self.detail
        };
        let mut lines = self.tree.head(self.event_from.as_deref(), short);
        lines.push(String::new());
        lines.extend(self.tree.body(short));
        lines.extend(terminal::stopping().map(str::to_owned));
        let most = terminal::height().saturating_sub(1).max(1);
        let from = lines.len().saturating_sub(most);
        terminal::draw(lines.get(from..).unwrap_or_default());
    }
}
