//! How much is written, for those who watch.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was written since the journal was opened, and what waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Transactions that were committed.
    pub commits: u64,
    /// Writes in them: divided by the commits, how many share one.
    pub writes: u64,
    /// New work that waits to be written.
    pub intake_waiting: u64,
    /// Of work under way, the same.
    pub state_waiting: u64,
}

/// The writer's own counters.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    commits: AtomicU64,
    writes: AtomicU64,
}

impl Counted {
    /// A group of so many writes was committed.
    pub(crate) fn group(&self, writes: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(writes as u64, Ordering::Relaxed);
    }

    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            commits: self.commits.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            ..Traffic::default()
        }
    }
}
