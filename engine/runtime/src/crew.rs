//! Sets drivers to work: takes runs that can go on, one task each, so that a mistake in one takes no other down, and sets
//! aside those that get nowhere.

mod hub;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use souschef_journal::{Claim, JournalError, RunId, RunState, Ticket};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::Instrument;

pub use hub::{Hub, Lent};

use crate::driver::{DriveError, Ears, Left, Means, drive, park};

/// How often a run may be taken up without getting anywhere.
const STUMBLES: u32 = 5;
/// The first pause after a stumble; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// What a task has come to; a driver says which recipe its run is of.
enum Done {
    Drove(Result<Left, DriveError>, String),
    Parked(Result<RunState, JournalError>),
    /// The pause after a stumble is over.
    Paused,
}

/// Drivers at work.
pub struct Crew {
    means: Arc<Means>,
    hub: Arc<Hub>,
    at_once: usize,
    stop: watch::Receiver<bool>,
    tasks: JoinSet<Done>,
    tickets: HashMap<Id, Ticket>,
    /// How often a driver failed in this process, by run; the journal counts only those that got nowhere.
    failures: HashMap<RunId, u32>,
    next_due: Option<Timestamp>,
}

impl Crew {
    /// So many drivers at most. When `stop` turns true, they leave their runs as soon as no request is out.
    pub fn new(means: Arc<Means>, hub: Arc<Hub>, at_once: usize, stop: watch::Receiver<bool>) -> Self {
        Self {
            means,
            hub,
            at_once: at_once.max(1),
            stop,
            tasks: JoinSet::new(),
            tickets: HashMap::new(),
            failures: HashMap::new(),
            next_due: None,
        }
    }

    /// Takes runs that can go on, as many as there is room for; tells how many that were.
    ///
    /// # Errors
    /// The journal failed.
    pub async fn take(&mut self) -> Result<usize, JournalError> {
        let handed = self.hub.take_handed();
        let mut taken = handed.len();
        for claim in handed {
            self.set_to_work(claim);
        }
        let room = self.hub.room(self.at_once.saturating_sub(self.tasks.len()));
        if room > 0 {
            let limit = u32::try_from(room).unwrap_or(u32::MAX);
            let claims = match self.means.journal.claim(limit, self.means.clock.now()).await {
                Err(JournalError::DiskFull | JournalError::Busy | JournalError::Blocked) => {
                    self.hub.claimed(room, room);
                    return Ok(taken);
                }
                claims => claims?,
            };
            self.hub.claimed(claims.len(), room);
            taken += claims.len();
            for claim in claims {
                self.set_to_work(claim);
            }
        }
        Ok(taken)
    }

    fn set_to_work(&mut self, claim: Claim) {
        let failures = self.failures.get(&claim.ticket.run).copied().unwrap_or_default();
        if claim.stumbles.max(failures) >= STUMBLES {
            let why = format!("it was taken up {STUMBLES} times and got nowhere");
            return self.set_aside(claim.ticket, why);
        }
        let ears = Ears {
            wake: self.hub.enter(&claim.ticket),
            stop: self.stop.clone(),
        };
        let (means, ticket) = (Arc::clone(&self.means), claim.ticket.clone());
        let span = tracing::info_span!("run", id = ticket.run.as_str(), recipe = claim.recipe);
        let recipe = claim.recipe.clone();
        self.spawn(
            ticket,
            async move { Done::Drove(drive(&means, claim, ears).await, recipe) }.instrument(span),
        );
    }

    fn set_aside(&mut self, ticket: Ticket, why: String) {
        let (means, parked) = (Arc::clone(&self.means), ticket.clone());
        self.spawn(
            ticket,
            async move { Done::Parked(park(&means, parked, &why).await) },
        );
    }

    fn spawn(&mut self, ticket: Ticket, work: impl Future<Output = Done> + Send + 'static) {
        let id = self.tasks.spawn(work).id();
        self.tickets.insert(id, ticket);
    }

    /// How many tasks are at work.
    #[allow(clippy::len_without_is_empty, reason = "it is a count, not a collection")]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Waits until a driver is done with its run, and sees to what follows. None: none is at work, or it came to nothing.
    ///
    /// # Errors
    /// The journal can keep nothing any more.
    pub async fn join(&mut self) -> Result<Option<Left>, JournalError> {
        match self.tasks.join_next_with_id().await {
            Some(joined) => self.joined(joined).await,
            None => Ok(None),
        }
    }

    /// Sees to drivers that are done already.
    ///
    /// # Errors
    /// The journal can keep nothing any more.
    pub async fn join_ready(&mut self) -> Result<(), JournalError> {
        while let Some(joined) = self.tasks.try_join_next_with_id() {
            self.joined(joined).await?;
        }
        Ok(())
    }

    async fn joined(&mut self, joined: Result<(Id, Done), JoinError>) -> Result<Option<Left>, JournalError> {
        let id = match &joined {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(ticket) = self.tickets.remove(&id) else {
            return Ok(None);
        };
        self.hub.leave(&ticket);
        match joined {
            Ok((_, Done::Drove(Ok(left), recipe))) => {
                match left {
                    Left::Ended(_) | Left::Rested(_) => {
                        self.failures.remove(&ticket.run);
                    }
                    Left::Stopped => self.give_back(&ticket, false).await?,
                    Left::Lost => {}
                }
                self.means.teller.left(&ticket.run, &recipe, left);
                return Ok(Some(left));
            }
            Ok((_, Done::Drove(Err(DriveError::NoPlan(why)), _))) => self.set_aside(ticket, why),
            Ok((_, Done::Drove(Err(DriveError::Journal(error)), _))) => self.stumbled(ticket, error)?,
            Ok((_, Done::Parked(parked))) => {
                match parked {
                    Err(error) => self.stumbled(ticket, error)?,
                    // It is to be taken up afresh when a person says so.
                    Ok(_) => {
                        self.failures.remove(&ticket.run);
                    }
                }
            }
            Ok((_, Done::Paused)) => {
                self.give_back(&ticket, true).await?;
                self.hub.look();
            }
            Err(error) if error.is_panic() => {
                let why = words_of(error);
                tracing::error!(
                    run = ticket.run.as_str(),
                    why,
                    "a driver stumbled over a mistake of souschef's"
                );
                self.pause(ticket, &format!("souschef made a mistake: {why}"));
            }
            Err(_) => self.give_back(&ticket, false).await?,
        }
        Ok(None)
    }

    /// The journal refused a driver. What means that nothing can be kept any more ends the service.
    fn stumbled(&mut self, ticket: Ticket, error: JournalError) -> Result<(), JournalError> {
        match error {
            JournalError::Broken(_) | JournalError::Closed | JournalError::Damaged { .. } => Err(error),
            error => {
                tracing::error!(run = ticket.run.as_str(), %error, "a run could not be carried on");
                self.pause(ticket, &error.to_string());
                Ok(())
            }
        }
    }

    /// Lets a run be for a while, and sets it aside after too many stumbles.
    fn pause(&mut self, ticket: Ticket, why: &str) {
        let failures = self.failures.entry(ticket.run.clone()).or_default();
        *failures += 1;
        let failures = *failures;
        if failures == STUMBLES {
            return self.set_aside(ticket, why.to_owned());
        }
        let pause = PAUSE * 2_u32.saturating_pow(failures.min(10));
        self.spawn(ticket, async move {
            tokio::time::sleep(pause).await;
            Done::Paused
        });
    }

    async fn give_back(&self, ticket: &Ticket, stumbled: bool) -> Result<(), JournalError> {
        match self.means.journal.release(ticket.clone(), stumbled).await {
            // It was ended or taken by another meanwhile.
            Err(JournalError::Refused(_)) => Ok(()),
            given => given,
        }
    }

    /// Ends waits whose moment has come. Answers until when nothing more is due.
    ///
    /// # Errors
    /// The journal failed.
    pub async fn settle(&mut self) -> Result<Option<Timestamp>, JournalError> {
        const BATCH: u32 = 256;
        let now = self.means.clock.now();
        if let Some(told) = self.hub.take_due() {
            self.next_due = Some(self.next_due.map_or(told, |due| due.min(told)));
        }
        if self.next_due.is_some_and(|due| due <= now) {
            loop {
                let woken = match self.means.journal.settle(now, BATCH).await {
                    Err(JournalError::DiskFull | JournalError::Busy | JournalError::Blocked) => break,
                    woken => woken?,
                };
                let runs: Vec<RunId> = woken.into_iter().map(|woken| woken.run).collect();
                self.hub.wake(&runs);
                if runs.len() < BATCH as usize {
                    break;
                }
            }
            self.look_for_due().await?;
        }
        Ok(self.next_due)
    }

    /// Asks the journal for the next moment at which a wait is due.
    ///
    /// # Errors
    /// The journal failed.
    pub async fn look_for_due(&mut self) -> Result<(), JournalError> {
        self.next_due = self.means.journal.next_due().await?;
        Ok(())
    }

    /// Takes no more runs: gives those back that were claimed as they were accepted and have no driver yet.
    ///
    /// # Errors
    /// The journal failed.
    pub async fn close(&mut self) -> Result<(), JournalError> {
        loop {
            let lent = self.hub.close();
            for claim in self.hub.take_handed() {
                self.give_back(&claim.ticket, false).await?;
            }
            if !lent {
                return Ok(());
            }
            self.hub.ready.notified().await;
        }
    }

    /// Ends all tasks at once and gives their runs back; what was under way is then as after a crash.
    ///
    /// # Errors
    /// The journal failed.
    pub async fn break_off(&mut self) -> Result<(), JournalError> {
        self.tasks.abort_all();
        while let Some(joined) = self.tasks.join_next_with_id().await {
            self.joined(joined).await?;
        }
        Ok(())
    }
}

/// What a panic said.
fn words_of(error: JoinError) -> String {
    let said = error.into_panic();
    said.downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| said.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no words were left".to_owned())
}
