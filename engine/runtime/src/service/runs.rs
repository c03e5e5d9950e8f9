//! What people do with runs: look at them, answer, cancel, repeat, take one along.

use jiff::Timestamp;
use serde_json::{Map, Value};
use souschef_flow::Failure;
use souschef_journal::{Effect, Page, Question, Reply, RunFilter, RunId, Step};
use souschef_plan::{Plan, StepPlanKind};

use super::{Service, ServiceError};
use crate::driver::Plans;
use crate::history;
use crate::record::{RunRecord, RunSummary};
use crate::start::{Start, new_run};

/// Which open questions are answered at once.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this recipe's runs.
    pub recipe: Option<String>,
    /// Of this account's runs.
    pub connection: Option<String>,
    /// Asked at or after.
    pub since: Option<Timestamp>,
    /// Asked before.
    pub until: Option<Timestamp>,
}

/// Runs that were answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Which, each once.
    pub runs: Vec<RunId>,
}

/// A run that was repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The new run.
    pub run: RunId,
    /// How many outcomes it took over from the old one.
    pub kept: usize,
}

impl Service {
    /// Runs, newest first.
    ///
    /// # Errors
    /// The journal can't be read.
    pub async fn list(&self, filter: RunFilter, page: Page) -> Result<Vec<RunSummary>, ServiceError> {
        Ok(history::list(self.look(), filter, page).await?)
    }

    /// A run as it stands, with its steps and requests.
    ///
    /// # Errors
    /// There is no such run.
    pub async fn show(&self, run: &RunId) -> Result<RunRecord, ServiceError> {
        Ok(history::story(self.look(), run).await?.record())
    }

    /// All that is kept of a run, as one JSON value.
    ///
    /// # Errors
    /// There is no such run.
    pub async fn export(&self, run: &RunId) -> Result<Value, ServiceError> {
        Ok(self.look().export(run).await?)
    }

    /// Open questions, newest first.
    ///
    /// # Errors
    /// The journal can't be read.
    pub async fn questions(&self, page: Page) -> Result<Vec<Question>, ServiceError> {
        Ok(self.look().questions(page).await?)
    }

    /// Asks for a run's end.
    ///
    /// # Errors
    /// There is no such run, or it has ended.
    pub async fn cancel(&self, run: &RunId, reason: &str, who: &str) -> Result<(), ServiceError> {
        let woken = self
            .inner
            .journal
            .cancel(run, reason, who, self.inner.clock.now())
            .await?;
        self.wake(&woken);
        Ok(())
    }

    /// Answers what a run asks. `step`: the step's id or path, where it asks more than one thing; all of them without it.
    ///
    /// # Errors
    /// The run asks nothing there.
    pub async fn resume(
        &self,
        run: &RunId,
        step: Option<&str>,
        reply: Reply,
    ) -> Result<Resumed, ServiceError> {
        let path = match step {
            None => None,
            Some(step) => Some(self.path_of(run, step).await?),
        };
        self.answer(vec![(run.clone(), path)], reply).await
    }

    /// Answers everything that is asked and fits, at once: all or nothing.
    ///
    /// # Errors
    /// The journal failed, or one of them was answered meanwhile.
    pub async fn resume_all(&self, filter: Filter, reply: Reply) -> Result<Resumed, ServiceError> {
        let fits = |question: &Question| {
            filter
                .recipe
                .as_ref()
                .is_none_or(|recipe| *recipe == question.recipe)
                && filter
                    .connection
                    .as_ref()
                    .is_none_or(|connection| *connection == question.connection)
                && filter.since.is_none_or(|since| question.asked_at >= since)
                && filter.until.is_none_or(|until| question.asked_at < until)
        };
        let mut asked = Vec::new();
        let mut page = Page {
            limit: 1000,
            below: None,
        };
        loop {
            let questions = self.look().questions(page.clone()).await?;
            let Some(last) = questions.last() else { break };
            page.below = Some(last.seq);
            asked.extend(
                questions
                    .into_iter()
                    .filter(|question| fits(question))
                    .map(|question| (question.run, Some(question.path))),
            );
        }
        if asked.is_empty() {
            return Ok(Resumed { runs: Vec::new() });
        }
        self.answer(asked, reply).await
    }

    async fn answer(
        &self,
        asked: Vec<(RunId, Option<String>)>,
        reply: Reply,
    ) -> Result<Resumed, ServiceError> {
        let woken = self
            .inner
            .journal
            .answer(asked.clone(), reply, self.inner.clock.now())
            .await?;
        self.wake(&woken);
        let mut runs: Vec<RunId> = asked.into_iter().map(|(run, _)| run).collect();
        runs.dedup();
        Ok(Resumed { runs })
    }

    /// Repeats a run as a new one: of the same event, account and settings, with the recipe as it was or (`current`) as it
    /// is now. `from`: a step's id or path; what steps before it gave is taken over, and it and the rest are done anew.
    ///
    /// # Errors
    /// There is no such run or step, the recipe can't run, or, with the recipe as it is now, its steps before `from` are
    /// others than they were.
    pub async fn replay(
        &self,
        run: &RunId,
        from: Option<&str>,
        current: bool,
        who: &str,
    ) -> Result<Repeated, ServiceError> {
        let old = self.look().replay(run).await?;
        let plan = if current {
            self.snapshot()
                .plans
                .get(&old.run.recipe)
                .cloned()
                .ok_or_else(|| ServiceError::NoRecipe(old.run.recipe.clone()))?
        } else {
            self.inner.book.of(&old.recipe).map_err(|message| {
                ServiceError::Start(Box::new(Failure {
                    message,
                    ..Failure::default()
                }))
            })?
        };
        let keep = match from {
            None => Vec::new(),
            Some(step) => {
                let steps = self.look().steps(run).await?;
                kept_before(&old.effects, &steps, run, step, &plan)?
            }
        };
        let event = old
            .event
            .map_or_else(|| old.run.inputs.clone(), |event| event.body);
        let inputs = match &old.run.inputs {
            Value::Object(inputs) => inputs.clone(),
            _ => Map::new(),
        };
        let start = Start {
            trigger: &old.run.trigger,
            event: &event,
            inputs,
            connection: &old.run.connection,
            scope: self.accounts().scope_of(&old.run.connection),
        };
        let now = self.inner.clock.now();
        let new = new_run(&plan, start, now).map_err(ServiceError::Start)?;
        let (id, kept) = (new.id.clone(), keep.len());
        let woken = self.inner.journal.repeat(run, new, keep, who, now).await?;
        self.wake(&woken);
        self.wake(std::slice::from_ref(&id));
        Ok(Repeated { run: id, kept })
    }

    async fn path_of(&self, run: &RunId, step: &str) -> Result<String, ServiceError> {
        let questions = self.look().questions_of(run).await?;
        let open: Vec<&str> = questions
            .iter()
            .filter(|question| question.answer.is_none())
            .map(|question| question.path.as_str())
            .collect();
        if open.contains(&step) {
            return Ok(step.to_owned());
        }
        let steps = self.look().steps(run).await?;
        let named: Vec<&Step> = steps.iter().filter(|row| is_named(row, step)).collect();
        if named.is_empty() {
            return Err(no_step(run, step, &steps));
        }
        let asked = named.iter().find(|row| open.contains(&row.path.as_str()));
        asked
            .map(|row| row.path.clone())
            .ok_or_else(|| ServiceError::NotAsked {
                run: run.clone(),
                step: step.to_owned(),
                open: steps
                    .iter()
                    .filter(|row| open.contains(&row.path.as_str()))
                    .map(name_of)
                    .collect(),
            })
    }
}

/// Whether a person means this step.
fn is_named(row: &Step, by: &str) -> bool {
    row.path == by || row.id.as_deref() == Some(by)
}

/// How a person names a step.
fn name_of(row: &Step) -> String {
    row.id.clone().unwrap_or_else(|| row.path.clone())
}

fn no_step(run: &RunId, step: &str, steps: &[Step]) -> ServiceError {
    let mut known: Vec<String> = steps.iter().map(name_of).collect();
    known.dedup();
    ServiceError::NoStep {
        run: run.clone(),
        step: step.to_owned(),
        known,
    }
}

/// The paths whose outcomes a repeated run takes over: those of the steps that began before the given one.
fn kept_before(
    effects: &[Effect],
    steps: &[Step],
    run: &RunId,
    from: &str,
    plan: &Plan,
) -> Result<Vec<String>, ServiceError> {
    let place = steps
        .iter()
        .position(|step| is_named(step, from))
        .ok_or_else(|| no_step(run, from, steps))?;
    let before = steps.get(..place).unwrap_or_default();
    for step in before {
        if !still_there(plan, step) {
            let name = step.id.as_deref().unwrap_or(&step.title);
            return Err(ServiceError::Start(Box::new(Failure {
                message: format!(
                    "the recipe has changed: {name} at {} is another step now, so what it gave can't be taken over",
                    step.path
                ),
                help: Some("repeat the whole run, or repeat it with the recipe as it was".to_owned()),
                ..Failure::default()
            })));
        }
    }
    Ok(effects
        .iter()
        .filter(|effect| {
            let step = effect.path.split('!').next().unwrap_or_default();
            // That a person was asked is the old run's story; the answer is kept as the step's outcome.
            let asked = effect.path.contains("!asked");
            !asked && before.iter().any(|row| row.path == step)
        })
        .map(|effect| effect.path.clone())
        .collect())
}

/// Whether a plan has the step where it was.
fn still_there(plan: &Plan, row: &Step) -> bool {
    let place = row.path.split('#').next().unwrap_or_default();
    plan.all_steps().into_iter().any(|step| {
        let operation = match &step.kind {
            StepPlanKind::Action { operation, .. } => Some(operation.id.as_str()),
            _ => None,
        };
        step.path == place
            && step.id == row.id
            && step.kind.word() == row.word
            && operation == row.operation.as_deref()
    })
}
