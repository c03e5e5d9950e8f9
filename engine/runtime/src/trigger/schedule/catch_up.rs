//! What is done about the instants that have come: those in time, and those that were missed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use souschef_recipe::CatchUp;

use super::instants::Instants;

/// An instant that is met so late still counts as met in time: a restart takes a few seconds.
pub const GRACE: Duration = Duration::from_secs(60);
/// So many instants are dealt with at once.
const BATCH: usize = 500;

/// So many missed instants are dealt with singly, started or listed. A clock that jumps ahead by months, or a service that
/// comes back after a year, must not flood the journal with what nobody wants any more.
pub const MOST: usize = 1000;
/// The first stretch that is looked back over; each further one is twice as long.
const STRETCH: SignedDuration = SignedDuration::from_hours(1);

/// From when on the instants up to now are dealt with singly: the last one dealt with, or, where more than [`MOST`] have
/// come since, a later moment with fewer after it. What lies between is passed over.
pub fn horizon(instants: &Instants, last: Timestamp, now: Timestamp) -> Timestamp {
    let mut stretch = STRETCH;
    let mut horizon = now.checked_sub(stretch).unwrap_or(last);
    loop {
        let from = now.checked_sub(stretch).unwrap_or(last).max(last);
        if instants.between(from, now, MOST + 1).len() > MOST {
            return horizon.max(last);
        }
        if from == last {
            return last;
        }
        horizon = from;
        stretch = stretch.saturating_mul(2);
    }
}

/// An instant that has come, and whether it starts runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub instant: Timestamp,
    /// Whether it starts runs; otherwise it is listed as missed.
    pub starts: bool,
}

/// The instants after the last one dealt with up to now, oldest first; there may be more than are given at once.
pub fn due(instants: &Instants, last: Timestamp, now: Timestamp, catch_up: CatchUp) -> Vec<Due> {
    let missed_before = now.checked_sub(GRACE).unwrap_or(Timestamp::MIN);
    let come = instants.between(last, now, BATCH);
    let is_last_missed = |index: usize, instant: Timestamp| {
        let next = come.get(index + 1).copied().or_else(|| instants.next(instant));
        next.is_none_or(|next| next >= missed_before)
    };
    come.iter()
        .enumerate()
        .map(|(index, instant)| {
            let starts = *instant >= missed_before
                || match catch_up {
                    CatchUp::None => false,
                    CatchUp::Last => is_last_missed(index, *instant),
                    CatchUp::All => true,
                };
            Due {
                instant: *instant,
                starts,
            }
        })
        .collect()
}
