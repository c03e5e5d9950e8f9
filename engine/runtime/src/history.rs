//! What a journal tells of runs, put together for those who look: lists, single runs, what is asked. Only reading, so it
//! works beside a service that runs as well as without one.

use serde_json::Value;
use souschef_journal::{
    Attempt, JournalError, Look, Page, Question, Refusal, Run, RunFilter, RunId, RunState, Step, Wait,
};

use crate::record::{RunRecord, RunSummary, doubt};

/// All there is to show of a run.
#[derive(Clone, Debug)]
pub struct Story {
    /// The run.
    pub run: Run,
    /// What a person is asked about it.
    pub asked: Option<String>,
    /// What was asked about it and what was answered, in the order of asking.
    pub questions: Vec<Question>,
    /// Its steps, in the order in which they began.
    pub steps: Vec<Step>,
    /// Its requests, in the order in which they began.
    pub attempts: Vec<Attempt>,
    /// What it waits for.
    pub waits: Vec<Wait>,
    /// The run that it waits its turn for.
    pub behind: Option<RunId>,
    /// The runs that it has called, with the steps that did.
    pub called: Vec<(String, RunId)>,
}

impl Story {
    /// As the JSON that programs rely on.
    pub fn record(self) -> RunRecord {
        RunRecord::of(self.run, self.asked, self.steps, self.attempts)
    }
}

/// Runs, newest first.
///
/// # Errors
/// The journal can't be read.
pub async fn list(look: &Look, filter: RunFilter, page: Page) -> Result<Vec<RunSummary>, JournalError> {
    let mut list = Vec::new();
    for run in look.runs(filter, page).await? {
        let asked = match run.state {
            RunState::NeedsAttention => {
                asked(&look.questions_of(&run.id).await?, &look.steps(&run.id).await?)
            }
            _ => None,
        };
        list.push(RunSummary::of(run, asked));
    }
    Ok(list)
}

/// A run as it stands.
///
/// # Errors
/// There is no such run.
pub async fn story(look: &Look, run: &RunId) -> Result<Story, JournalError> {
    let found = look.run(run).await?.ok_or_else(|| Refusal::NoRun(run.clone()))?;
    let (questions, steps) = (look.questions_of(run).await?, look.steps(run).await?);
    Ok(Story {
        asked: match found.state {
            RunState::NeedsAttention => asked(&questions, &steps),
            _ => None,
        },
        questions,
        steps,
        attempts: look.attempts(run).await?,
        waits: look.waits(run).await?,
        behind: match found.state {
            RunState::Queued => look.before(run).await?,
            _ => None,
        },
        called: look.called_by(run).await?,
        run: found,
    })
}

/// What a person is asked about a run, in a sentence.
fn asked(questions: &[Question], steps: &[Step]) -> Option<String> {
    let open: Vec<(String, Value)> = questions
        .iter()
        .filter(|question| question.answer.is_none())
        .map(|question| (question.path.clone(), question.failure.clone()))
        .collect();
    doubt(&open, steps)
}
