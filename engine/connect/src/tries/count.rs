//! How often a call was tried, and whether it may be tried again.

use crate::backoff::TOO_MANY;
use crate::call::CallOptions;

/// The tries of one call. Those that were too many requests are counted apart, where the call is to outlast them: they did
/// not happen, and say nothing against the call.
#[derive(Debug)]
pub(super) struct Count<'a> {
    options: &'a CallOptions,
    /// Of an earlier process: those that were too many requests, and the others.
    limited_before: u32,
    tried_before: u32,
    tries: u32,
    limited: u32,
}

impl<'a> Count<'a> {
    /// None yet, beside those of an earlier process.
    pub(super) const fn new(options: &'a CallOptions) -> Self {
        Self {
            limited_before: options.limited,
            tried_before: options.tried,
            ..Self::anew(options)
        }
    }

    /// None yet, of a request that an earlier process has not made.
    pub(super) const fn anew(options: &'a CallOptions) -> Self {
        Self {
            options,
            limited_before: 0,
            tried_before: 0,
            tries: 0,
            limited: 0,
        }
    }

    /// One more, answered with this status.
    pub(super) fn add(&mut self, status: Option<u16>) {
        if status == Some(TOO_MANY) && self.options.times_limited > 0 {
            self.limited += 1;
        } else {
            self.tries += 1;
        }
    }

    /// Whether there is to be no other.
    pub(super) const fn is_used_up(&self) -> bool {
        self.tries > self.options.times
            || (self.limited > 0
                && self.limited_before.saturating_add(self.limited) > self.options.times_limited)
    }

    /// All of them, those of an earlier process too: the next wait is as long as it is after so many.
    pub(super) const fn all(&self) -> u32 {
        self.tried_before
            .saturating_add(self.limited_before)
            .saturating_add(self.tries)
            .saturating_add(self.limited)
    }
}
