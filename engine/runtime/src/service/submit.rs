//! Events handed in: kept with the runs that they start and the waits that they may end, before anybody is answered.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use souschef_journal::{
    Accepted, EventId, JournalError, NewEvent, NewRun, Once, RunId, RunState, Signal, Verdict,
};

use super::{Service, ServiceError};
use crate::driver::CONNECTED;
use crate::start::{Start, new_run};

/// An event, handed in.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Where it came from; with the account and the key it decides what is the same event. A webhook and the poll that
    /// reconciles it name the same.
    pub source: String,
    /// The account that it belongs to, where one is known. Of recipes that run for several accounts, only this one's runs
    /// are started.
    pub connection: Option<String>,
    /// What makes it the same event: the sender's delivery id, the item's id. None: each is new.
    pub key: Option<String>,
    /// Whether another body under the same key is kept and told of.
    pub strict: bool,
    /// The body.
    pub body: Value,
    /// The recipes that it starts.
    pub begins: Vec<Begin>,
    /// The waits that it may end.
    pub signal: Option<WaitedFor>,
}

/// A recipe that an event starts.
#[derive(Clone, Debug, Default)]
pub struct Begin {
    /// Its name.
    pub recipe: String,
    /// Which of its triggers fired.
    pub trigger: String,
    /// The account; the recipe's own where absent, or each of its accounts.
    pub connection: Option<String>,
    /// Settings that go before those of the project file.
    pub inputs: Map<String, Value>,
    /// What makes it the same cause, where a run of this trigger and account may be started in several ways: only one is.
    pub once: Option<Once>,
}

/// What waits call an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitedFor {
    /// `ghl.ContactReply` or `custom`.
    pub event: String,
    /// A custom webhook's path.
    pub path: Option<String>,
}

/// What became of an event.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// Its id, or that of the one it repeats.
    pub event: EventId,
    /// The runs that it started.
    pub runs: Vec<RunId>,
    /// Whether it was there before; then nothing was changed.
    pub duplicate: bool,
    /// The first event of its key, where this one differs from it. It was kept and started nothing.
    pub differs_from: Option<EventId>,
}

impl Service {
    /// Hands an event in. When this returns, it is kept, with its runs.
    ///
    /// A recipe whose account can't be told is passed over where others can start.
    ///
    /// # Errors
    /// The journal can't keep it now (then the sender is to try again later), or none of its recipes can be started.
    pub async fn submit(&self, submission: Submission) -> Result<Submitted, ServiceError> {
        let mut runs = Vec::new();
        let mut refused = None;
        for begin in &submission.begins {
            match self.new_runs(begin, submission.connection.as_deref(), &submission.body) {
                Ok(new) => runs.extend(new),
                Err(error) => {
                    tracing::warn!(recipe = begin.recipe, trigger = begin.trigger, %error, "an event can't start a recipe");
                    refused = Some(error);
                }
            }
        }
        if let Some(error) = refused
            && runs.is_empty()
            && submission.signal.is_none()
        {
            return Err(error);
        }
        let accepted = self
            .accept(NewEvent {
                id: EventId::new(),
                connection: submission.connection.clone(),
                source: submission.source,
                key: submission.key,
                strict: submission.strict,
                body: submission.body,
                runs,
                signal: submission.signal.map(|signal| {
                    let own = submission.connection.map(|own| vec![own]);
                    Signal::for_the_run(&signal.event, signal.path.as_deref(), own)
                }),
                at: self.inner.clock.now(),
            })
            .await?;
        Ok(self.submitted(accepted))
    }

    /// Accepts an event. Where there is room for their drivers, its runs are claimed with it, in one write.
    pub(crate) async fn accept(&self, event: NewEvent) -> Result<Accepted, JournalError> {
        let journal = &self.inner.journal;
        match self.inner.hub.lend(event.runs.len()) {
            None => journal.accept(event).await,
            Some(lent) => {
                let number = lent.number();
                journal
                    .accept_and_claim(event, number, |claims| lent.hand_over(claims))
                    .await
            }
        }
    }

    /// An account has a token that works again: the calls that were held back for it are made.
    ///
    /// # Errors
    /// The journal can't keep it now; the calls are made after a while all the same.
    pub async fn connected(&self, connection: &str) -> Result<(), ServiceError> {
        let signal = Signal {
            event: CONNECTED.to_owned(),
            path: Some(connection.to_owned()),
            connections: None,
            verdict: Arc::new(|_| Verdict::Takes),
        };
        let accepted = self
            .inner
            .journal
            .accept(NewEvent {
                id: EventId::new(),
                connection: None,
                source: "connections".to_owned(),
                key: None,
                strict: false,
                body: json!({ "connection": connection }),
                runs: Vec::new(),
                signal: Some(signal),
                at: self.inner.clock.now(),
            })
            .await?;
        self.submitted(accepted);
        Ok(())
    }

    /// Sees to it that what an accepted event has started goes on.
    pub fn submitted(&self, accepted: Accepted) -> Submitted {
        match accepted {
            Accepted::New { event, runs, woken } => {
                self.wake(&woken);
                // The others have their drivers already.
                if runs.iter().any(|(_, state)| *state == RunState::Queued) {
                    self.inner.hub.look();
                }
                let runs: Vec<RunId> = runs.into_iter().map(|(run, _)| run).collect();
                Submitted {
                    event,
                    runs,
                    duplicate: false,
                    differs_from: None,
                }
            }
            Accepted::Duplicate { event } => Submitted {
                event,
                runs: Vec::new(),
                duplicate: true,
                differs_from: None,
            },
            Accepted::Differs { event, first } => Submitted {
                event,
                runs: Vec::new(),
                duplicate: false,
                differs_from: Some(first),
            },
        }
    }

    /// The runs that an event starts of a recipe: one for each of its accounts; of the given one only, where the event
    /// belongs to one.
    ///
    /// # Errors
    /// There is no such recipe or trigger, or its account can't be told.
    pub fn new_runs(
        &self,
        begin: &Begin,
        event_of: Option<&str>,
        event: &Value,
    ) -> Result<Vec<NewRun>, ServiceError> {
        let snapshot = self.snapshot();
        let plan = snapshot
            .plans
            .get(&begin.recipe)
            .ok_or_else(|| ServiceError::NoRecipe(begin.recipe.clone()))?;
        if !begin.trigger.is_empty() && !plan.triggers.iter().any(|trigger| trigger.id == begin.trigger) {
            return Err(ServiceError::NoTrigger {
                recipe: begin.recipe.clone(),
                trigger: begin.trigger.clone(),
            });
        }
        let accounts = self.accounts();
        let names = match &begin.connection {
            Some(name) => vec![accounts.name_for(plan, Some(name))?],
            None => {
                let mut names = accounts.names_for(plan)?;
                names.retain(|name| event_of.is_none_or(|event_of| event_of == name));
                names
            }
        };
        let mut inputs = snapshot.project.inputs_of(&begin.recipe);
        inputs.extend(begin.inputs.clone());
        names
            .iter()
            .map(|name| {
                let start = Start {
                    trigger: &begin.trigger,
                    event,
                    inputs: inputs.clone(),
                    connection: name,
                    scope: accounts.scope_of(name),
                };
                let mut new = new_run(plan, start, self.inner.clock.now()).map_err(ServiceError::Start)?;
                new.once = begin.once.clone();
                Ok(new)
            })
            .collect()
    }
}
