//! One limit of an account, counted over a sliding window.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use souschef_catalog::Limits;

use super::LOOK;
use crate::backoff::Told;

/// A window is counted in this many slices; a request counts until its slice has left the window.
const SLICES: u32 = 100;

/// Of each window, calls that give way leave a quarter to the others.
const GIVES_WAY_AT: (u64, u64) = (3, 4);
/// Of each window, a tenth is for those that give way while one of them waits: runs never starve polls.
const SHARE: u64 = 10;

#[derive(Debug)]
pub(super) struct Window {
    pub(super) limit: Limits,
    /// The most that it ever allows.
    published: u64,
    slice: Duration,
    slices: VecDeque<Slice>,
    /// Of all slices.
    used: u64,
    /// The part of those that give way.
    gave_way: u64,
}

#[derive(Debug)]
struct Slice {
    began: Instant,
    /// How many requests it holds.
    used: u64,
    /// How many of these gave way.
    gave_way: u64,
}

/// How a call stands to the others of its account.
#[derive(Clone, Copy, Debug)]
pub(super) enum Class {
    /// It leaves room to the others, but for its share.
    GivesWay,
    /// It leaves their share to those that give way.
    Shares,
    /// Nobody else waits.
    Alone,
}

/// The requests that stand in no slice yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnderWay {
    pub(super) all: u64,
    /// Those of them that give way.
    pub(super) giving_way: u64,
    /// When the first of them was sent.
    pub(super) first: Option<Instant>,
}

impl Window {
    pub(super) fn new(limit: Limits) -> Self {
        Self {
            limit,
            published: limit.requests,
            slice: limit.per / SLICES,
            slices: VecDeque::new(),
            used: 0,
            gave_way: 0,
        }
    }

    /// How long the window stays full for this class of calls; none where it has room.
    pub(super) fn wait(&mut self, now: Instant, class: Class, under_way: UnderWay) -> Option<Duration> {
        let whole = self.limit.per + self.slice;
        while let Some(slice) = self.slices.front() {
            if now.saturating_duration_since(slice.began) < whole {
                break;
            }
            self.used -= slice.used;
            self.gave_way -= slice.gave_way;
            self.slices.pop_front();
        }
        let all = self.limit.requests;
        let share = all / SHARE;
        let gave_way = self.gave_way + under_way.giving_way;
        let limit = match class {
            Class::Alone => all,
            Class::Shares => all - share.saturating_sub(gave_way),
            Class::GivesWay if gave_way < share => all,
            Class::GivesWay => {
                let (part, whole) = GIVES_WAY_AT;
                (all.saturating_mul(part) / whole).max(1)
            }
        };
        if self.used + under_way.all < limit {
            return None;
        }
        let oldest = self.slices.front().map(|slice| slice.began);
        let wait = oldest
            .or(under_way.first)
            .map(|oldest| (oldest + whole).saturating_duration_since(now));
        Some(wait.unwrap_or_default().max(LOOK))
    }

    /// Counts requests from a moment on.
    pub(super) fn count(&mut self, at: Instant, requests: u64, gives_way: bool) {
        if requests == 0 {
            return;
        }
        let gave_way = if gives_way { requests } else { 0 };
        self.used += requests;
        self.gave_way += gave_way;
        match self.slices.back_mut() {
            Some(slice) if at.saturating_duration_since(slice.began) < self.slice => {
                slice.used += requests;
                slice.gave_way += gave_way;
            }
            _ => self.slices.push_back(Slice {
                began: at,
                used: requests,
                gave_way,
            }),
        }
    }

    /// What an answer says of this limit.
    pub(super) fn hears(&mut self, now: Instant, told: Told, under_way: u64) {
        self.limit.requests = self.published.min(told.most);
        if let Some(left) = told.left {
            let used = told.most.saturating_sub(left);
            self.count(now, used.saturating_sub(self.used + under_way), false);
        }
    }
}
