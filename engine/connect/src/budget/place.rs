//! A request's place in its account's budget, from before it is sent until its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Budget, Full};
use crate::backoff::Told;

/// It is counted once it ends, however it does; one that was not sent is given back.
#[derive(Debug)]
pub(crate) struct Place {
    budget: Arc<Mutex<Budget>>,
    number: u64,
}

impl Place {
    /// Takes a place, or tells how long there is none.
    pub(crate) fn take(budget: &Arc<Mutex<Budget>>, gives_way: bool) -> Result<Self, Full> {
        let number = lock(budget).take(Instant::now(), gives_way)?;
        Ok(Self {
            budget: Arc::clone(budget),
            number,
        })
    }

    /// Its request is sent now.
    pub(crate) fn sends(&self) {
        lock(&self.budget).sends(Instant::now(), self.number);
    }

    /// Its request was answered: what the answer says of the budget holds for all calls, and from no later than this
    /// request is counted. `closed`: the account takes nothing for so long.
    pub(crate) fn answered(self, told: Option<Told>, closed: Option<Duration>) {
        let mut budget = lock(&self.budget);
        let now = Instant::now();
        budget.ends(now, self.number);
        budget.hears(now, told);
        if let Some(wait) = closed {
            budget.close(now, wait);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.budget).ends(Instant::now(), self.number);
    }
}

fn lock(budget: &Mutex<Budget>) -> MutexGuard<'_, Budget> {
    budget.lock().unwrap_or_else(PoisonError::into_inner)
}
