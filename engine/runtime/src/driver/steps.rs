//! The steps of a run as they are shown: from the interpreter's reports to the journal's rows, each told once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use souschef_flow::{StepOutcome, StepReport};
use souschef_journal::{Step, Told};

/// What was told of the steps so far.
#[derive(Debug, Default)]
pub(super) struct Steps {
    told: BTreeMap<String, Told>,
    /// The rows of steps under way, as they are kept.
    open: BTreeMap<String, Step>,
    /// The results of the recipe's own steps, by id, where the run that called this one is to be told them.
    pub(super) results: Option<Map<String, Value>>,
    /// Those of them that the interpreter has not spoken of since.
    unheard: BTreeSet<String>,
    /// How to go back to what was kept, while what is told is only foreseen.
    back: Option<Back>,
}

#[derive(Debug, Default)]
struct Back {
    told: Vec<(String, Option<Told>)>,
    open: Vec<(String, Option<Step>)>,
    results: Option<Map<String, Value>>,
}

impl Steps {
    /// What the journal has been told. `called`: another run is to be told the results.
    pub(super) fn new(told: Vec<Told>, called: bool) -> Self {
        Self {
            results: called.then(Map::new),
            unheard: told.iter().map(|one| one.path.clone()).collect(),
            told: told.into_iter().map(|one| (one.path.clone(), one)).collect(),
            ..Self::default()
        }
    }

    /// Takes a report; a row where it tells something new.
    pub(super) fn report(&mut self, report: &StepReport, now: Timestamp) -> Option<Step> {
        if let (Some(results), Some(id), Some(result)) = (&mut self.results, &report.id, &report.result)
            && !report.path.contains('.')
        {
            results.insert(id.clone(), result.clone());
        }
        self.unheard.remove(&report.path);
        let outcome = word(report.outcome);
        let known = self.told.get(&report.path);
        if known.is_some_and(|known| known.outcome == outcome && known.handled == report.handled) {
            return None;
        }
        let told = Told {
            path: report.path.clone(),
            outcome: outcome.clone(),
            handled: report.handled,
            began_at: known.map_or(now, |known| known.began_at),
        };
        let under_way = matches!(report.outcome, StepOutcome::Running | StepOutcome::NeedsAttention);
        let step = Step {
            path: report.path.clone(),
            id: report.id.clone(),
            title: report.title.clone(),
            word: report.step.to_owned(),
            operation: report.operation.clone(),
            depth: u32::try_from(report.depth).unwrap_or(u32::MAX),
            label: report.label.clone(),
            outcome,
            reason: report.reason.clone(),
            result: report.result.clone(),
            failure: report.failure.as_ref().map(|failure| json!(failure)),
            handled: report.handled,
            began_at: told.began_at,
            ended_at: (!under_way).then_some(now),
        };
        let row = if under_way {
            self.open.insert(step.path.clone(), step.clone())
        } else {
            self.open.remove(&step.path)
        };
        let before = self.told.insert(told.path.clone(), told);
        if let Some(back) = &mut self.back {
            back.told.push((step.path.clone(), before));
            back.open.push((step.path.clone(), row));
        }
        Some(step)
    }

    /// Steps that were told of and that the interpreter, fed what is recorded, knows nothing of: they were foreseen.
    pub(super) fn take_unheard(&mut self) -> BTreeSet<String> {
        let unheard = std::mem::take(&mut self.unheard);
        self.told.retain(|path, _| !unheard.contains(path));
        unheard
    }

    /// The row of a step under way, with what there is to say of it meanwhile.
    pub(super) fn reason(&self, path: &str, reason: String) -> Option<Step> {
        let row = self.open.get(path)?;
        Some(Step {
            reason: Some(reason),
            ..row.clone()
        })
    }

    /// From here on, what is told is only foreseen.
    pub(super) fn foresee(&mut self) {
        if self.back.is_none() {
            self.back = Some(Back {
                results: self.results.clone(),
                ..Back::default()
            });
        }
    }

    /// What was foreseen has come.
    pub(super) fn confirm(&mut self) {
        self.back = None;
    }

    /// What was foreseen has not come. Answers the paths whose rows may be wrong.
    pub(super) fn go_back(&mut self) -> Vec<String> {
        let Some(back) = self.back.take() else {
            return Vec::new();
        };
        self.results = back.results;
        for (path, row) in back.open.into_iter().rev() {
            match row {
                Some(row) => self.open.insert(path, row),
                None => self.open.remove(&path),
            };
        }
        let mut wrong: Vec<String> = Vec::new();
        for (path, told) in back.told.into_iter().rev() {
            match told {
                Some(told) => self.told.insert(path.clone(), told),
                None => self.told.remove(&path),
            };
            if !wrong.contains(&path) {
                wrong.push(path);
            }
        }
        wrong
    }

    /// The row that takes a wrong one's place: the one of before, or, for a step that never began, one that says so.
    pub(super) fn mended(&self, wrong: Step, now: Timestamp) -> Step {
        match self.open.get(&wrong.path) {
            Some(row) => row.clone(),
            None => Step {
                outcome: word(StepOutcome::Cancelled),
                reason: Some("the run went another way before it began".to_owned()),
                result: None,
                failure: None,
                handled: false,
                ended_at: Some(now),
                ..wrong
            },
        }
    }
}

/// A step's outcome in the word that programs rely on.
fn word(outcome: StepOutcome) -> String {
    match outcome {
        StepOutcome::Running => "running",
        StepOutcome::Succeeded => "succeeded",
        StepOutcome::Skipped => "skipped",
        StepOutcome::Failed => "failed",
        StepOutcome::Stopped => "stopped",
        StepOutcome::NeedsAttention => "needs_attention",
        StepOutcome::Cancelled => "cancelled",
    }
    .to_owned()
}
