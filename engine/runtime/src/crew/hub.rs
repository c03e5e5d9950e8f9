//! The drivers at work, as others reach them; and the room for more, so that a run can be claimed as it is accepted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use souschef_journal::{Claim, RunId, Ticket};
use tokio::sync::Notify;

/// The drivers at work, as others reach them.
#[derive(Debug, Default)]
pub struct Hub {
    running: Mutex<HashMap<RunId, (i64, Arc<Notify>)>>,
    /// There may be runs to be taken.
    pub ready: Notify,
    due: Mutex<Option<Timestamp>>,
    seats: Mutex<Seats>,
}

/// The room for drivers.
#[derive(Debug)]
struct Seats {
    /// Room for runs that are claimed as they are accepted. None while older ones may wait in the journal: they go before.
    free: usize,
    /// Seats of runs that are being accepted.
    lent: usize,
    /// Runs claimed as they were accepted, whose drivers are to be set to work.
    handed: Vec<Claim>,
    /// Whether runs may wait in the journal.
    waiting: bool,
}

impl Default for Seats {
    fn default() -> Self {
        Self {
            free: 0,
            lent: 0,
            handed: Vec::new(),
            waiting: true,
        }
    }
}

impl Hub {
    /// These runs have something to look at: their drivers are told, and those without one are to be taken.
    pub fn wake(&self, runs: &[RunId]) {
        if runs.is_empty() {
            return;
        }
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for run in runs {
            if let Some((_, wake)) = running.get(run) {
                wake.notify_one();
            }
        }
        drop(running);
        // A run that has just been left may still stand among those at work.
        self.look();
    }

    /// There may be runs in the journal to be taken.
    pub fn look(&self) {
        self.seats().waiting = true;
        self.ready.notify_one();
    }

    /// A wait ends at this moment.
    pub fn due(&self, at: Timestamp) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if due.is_none_or(|due| at < due) {
            *due = Some(at);
            drop(due);
            self.ready.notify_one();
        }
    }

    /// The first moment that was told of since this was asked last.
    pub(super) fn take_due(&self) -> Option<Timestamp> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn enter(&self, ticket: &Ticket) -> Arc<Notify> {
        let wake = Arc::new(Notify::new());
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(ticket.run.clone(), (ticket.claim(), Arc::clone(&wake)));
        wake
    }

    pub(super) fn leave(&self, ticket: &Ticket) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running
            .get(&ticket.run)
            .is_some_and(|(claim, _)| *claim == ticket.claim())
        {
            running.remove(&ticket.run);
        }
    }

    /// How many drivers are at work.
    pub fn at_work(&self) -> usize {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lends seats to runs that are about to be accepted: so many at most, and none where there is no room.
    pub fn lend(self: &Arc<Self>, most: usize) -> Option<Lent> {
        let mut seats = self.seats();
        let number = seats.free.min(most);
        seats.free -= number;
        seats.lent += number;
        (number > 0).then(|| Lent {
            hub: Arc::clone(self),
            number,
        })
    }

    /// The runs that were claimed as they were accepted.
    pub(super) fn take_handed(&self) -> Vec<Claim> {
        std::mem::take(&mut self.seats().handed)
    }

    /// How many runs to claim in the journal, of a crew with so much room; none where none may wait there. Until
    /// [`Hub::claimed`] is told, no seats are lent.
    pub(super) fn room(&self, room: usize) -> usize {
        let mut seats = self.seats();
        let room = room.saturating_sub(seats.lent + seats.handed.len());
        if seats.waiting && room > 0 {
            seats.waiting = false;
            seats.free = 0;
            return room;
        }
        seats.free = if seats.waiting { 0 } else { room };
        0
    }

    /// So many were claimed, of those that there was room for.
    pub(super) fn claimed(&self, claimed: usize, room: usize) {
        let mut seats = self.seats();
        seats.waiting |= claimed >= room;
        seats.free = if seats.waiting { 0 } else { room - claimed };
    }

    /// Lends no more seats. Answers whether some are still lent.
    pub(super) fn close(&self) -> bool {
        let mut seats = self.seats();
        seats.free = 0;
        seats.waiting = true;
        seats.lent > 0
    }
}

/// Seats lent to runs that are about to be accepted; given back where none of them comes.
#[derive(Debug)]
pub struct Lent {
    hub: Arc<Hub>,
    number: usize,
}

impl Lent {
    /// How many.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Hands the runs over that were claimed.
    pub fn hand_over(mut self, claims: Vec<Claim>) {
        let left = self.number.saturating_sub(claims.len());
        let mut seats = self.hub.seats();
        seats.lent -= self.number;
        seats.handed.extend(claims);
        if !seats.waiting {
            seats.free += left;
        }
        drop(seats);
        self.number = 0;
        self.hub.ready.notify_one();
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.number > 0 {
            let mut seats = self.hub.seats();
            seats.lent -= self.number;
            drop(seats);
            // Whoever counts the room is to count it anew.
            self.hub.ready.notify_one();
        }
    }
}
