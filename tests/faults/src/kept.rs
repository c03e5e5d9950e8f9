//! What the journal holds, read beside the service or after it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use souschef_journal::{Attempt, Event, EventId, Look, Page, Question, Run, RunFilter, RunState, Step};

use crate::error::Error;
use crate::load::kind_of;

/// A run with all that is kept of it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The run.
    pub run: Run,
    /// The event that started it.
    pub event: Option<Event>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Its requests.
    pub attempts: Vec<Attempt>,
    /// What was asked about it.
    pub questions: Vec<Question>,
}

impl Kept {
    /// What its recipe is a copy of.
    pub fn kind(&self) -> &str {
        kind_of(&self.run.recipe)
    }
}

/// The data folder of a project.
pub fn data_folder(project: &Path) -> PathBuf {
    project.join(".souschef")
}

/// Every run, the oldest first.
///
/// # Errors
/// The journal can't be read.
pub async fn runs(look: &Look) -> Result<Vec<Run>, Error> {
    let (mut all, mut below) = (Vec::new(), None);
    loop {
        let page = Page { limit: 1000, below };
        let runs = look.runs(RunFilter::default(), page).await?;
        let Some(last) = runs.last() else { break };
        below = Some(last.seq);
        all.extend(runs);
    }
    all.reverse();
    Ok(all)
}

/// How many runs stand how.
///
/// # Errors
/// The journal can't be read.
pub async fn tally(look: &Look) -> Result<BTreeMap<&'static str, u64>, Error> {
    let tally = look.tally().await?;
    Ok(tally
        .into_iter()
        .map(|(state, count)| (state.word(), count))
        .collect())
}

/// Everything.
///
/// # Errors
/// The journal can't be read.
pub async fn all(look: &Look) -> Result<Vec<Kept>, Error> {
    let mut all = Vec::new();
    for run in runs(look).await? {
        let event = match &run.event {
            Some(id) => look.event(id).await?,
            None => None,
        };
        all.push(Kept {
            event,
            steps: look.steps(&run.id).await?,
            attempts: look.attempts(&run.id).await?,
            questions: look.questions_of(&run.id).await?,
            run,
        });
    }
    Ok(all)
}

/// Whether an event is kept.
///
/// # Errors
/// The journal can't be read.
pub async fn has_event(look: &Look, id: &str) -> Result<bool, Error> {
    Ok(look.event(&EventId::from(id)).await?.is_some())
}

/// What is asked and has no answer.
pub fn is_open(question: &Question) -> bool {
    question.answer.is_none()
}

/// Whether a run has come to an end, or waits for a person.
pub fn is_settled(state: RunState) -> bool {
    state.ended() || state == RunState::NeedsAttention
}
