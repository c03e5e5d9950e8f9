//! How many requests an account still has: its limits, counted over sliding windows, and what its answers say.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use souschef_catalog::Limits;

/// A window is counted in this many slices; a request counts until its slice has left the window.
const SLICES: u32 = 100;

/// An account's budget. It knows no clock: now is told.
#[derive(Debug)]
pub(crate) struct Budget {
    windows: Vec<Window>,
    closed_until: Option<Instant>,
}

#[derive(Debug)]
struct Window {
    limit: Limits,
    slice: Duration,
    /// When a slice began, and how many requests it holds.
    slices: VecDeque<(Instant, u64)>,
    used: u64,
}

impl Budget {
    pub(crate) fn new(limits: &[Limits]) -> Self {
        let windows = limits
            .iter()
            .filter(|limit| limit.requests > 0)
            .map(|limit| Window {
                limit: *limit,
                slice: limit.per / SLICES,
                slices: VecDeque::new(),
                used: 0,
            })
            .collect();
        Self {
            windows,
            closed_until: None,
        }
    }

    /// Takes one request out of the budget, or tells how long there is none.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let closed = self
            .closed_until
            .and_then(|until| until.checked_duration_since(now));
        let full = self.windows.iter_mut().filter_map(|window| window.wait(now));
        let wait = full.chain(closed).max().unwrap_or_default();
        if wait > Duration::ZERO {
            return Err(wait);
        }
        for window in &mut self.windows {
            window.count(now);
        }
        Ok(())
    }

    /// The account says that it takes nothing for so long.
    pub(crate) fn close(&mut self, now: Instant, wait: Duration) {
        let until = now + wait;
        self.closed_until = Some(self.closed_until.map_or(until, |other| other.max(until)));
    }
}

impl Window {
    /// How long the window stays full; none where it has room.
    fn wait(&mut self, now: Instant) -> Option<Duration> {
        let whole = self.limit.per + self.slice;
        while let Some((began, count)) = self.slices.front().copied() {
            if now.saturating_duration_since(began) < whole {
                break;
            }
            self.slices.pop_front();
            self.used -= count;
        }
        let (oldest, _) = self.slices.front()?;
        let room = self.used < self.limit.requests;
        (!room).then(|| (*oldest + whole).saturating_duration_since(now))
    }

    fn count(&mut self, now: Instant) {
        self.used += 1;
        match self.slices.back_mut() {
            Some((began, count)) if now.saturating_duration_since(*began) < self.slice => *count += 1,
            _ => self.slices.push_back((now, 1)),
        }
    }
}
