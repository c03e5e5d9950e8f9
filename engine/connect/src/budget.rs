//! How many requests an account still has: its limits, counted over sliding windows, and what its answers say.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use souschef_catalog::Limits;

use crate::backoff::Told;

/// A window is counted in this many slices; a request counts until its slice has left the window.
const SLICES: u32 = 100;

/// Of each window, calls that give way leave a quarter to the others.
const GIVES_WAY_AT: (u64, u64) = (3, 4);
/// Of each window, a tenth is for those that give way while one of them waits: runs never starve polls.
const SHARE: u64 = 10;

/// An account's budget. It knows no clock: now is told.
#[derive(Debug)]
pub(crate) struct Budget {
    windows: Vec<Window>,
    closed_until: Option<Instant>,
    /// Until when the others leave a share to those that give way: one of them was told to wait.
    shared_until: Option<Instant>,
}

#[derive(Debug)]
struct Window {
    limit: Limits,
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

impl Budget {
    pub(crate) fn new(limits: &[Limits]) -> Self {
        let windows = limits
            .iter()
            .filter(|limit| limit.requests > 0)
            .map(|limit| Window {
                limit: *limit,
                published: limit.requests,
                slice: limit.per / SLICES,
                slices: VecDeque::new(),
                used: 0,
                gave_way: 0,
            })
            .collect();
        Self {
            windows,
            closed_until: None,
            shared_until: None,
        }
    }

    /// Takes one request out of the budget, or tells how long there is none. A call that gives way leaves others what they
    /// may need; but where it has to wait, the others leave it a share from then on.
    pub(crate) fn take(&mut self, now: Instant, gives_way: bool) -> Result<(), Duration> {
        let closed = self
            .closed_until
            .and_then(|until| until.checked_duration_since(now));
        let class = if gives_way {
            Class::GivesWay
        } else if self.shared_until.is_some_and(|until| now < until) {
            Class::Shares
        } else {
            Class::Alone
        };
        let full = self
            .windows
            .iter_mut()
            .filter_map(|window| window.wait(now, class));
        let wait = full.chain(closed).max().unwrap_or_default();
        if wait > Duration::ZERO {
            if gives_way {
                // It comes again after the wait; the next one may come a window later.
                let shortest = self.windows.iter().map(|window| window.limit.per).min();
                let until = now + wait + shortest.unwrap_or_default();
                self.shared_until = Some(self.shared_until.map_or(until, |other| other.max(until)));
            }
            return Err(wait);
        }
        for window in &mut self.windows {
            window.count(now, 1, gives_way);
        }
        Ok(())
    }

    /// The account says what it allows, and what of that is left: where it allows less than is published, or others have
    /// used some of it, there is so much less to take.
    pub(crate) fn heard(&mut self, now: Instant, told: Told) {
        for window in self
            .windows
            .iter_mut()
            .filter(|window| window.limit.per == told.per)
        {
            window.limit.requests = window.published.min(told.most);
            if let Some(left) = told.left {
                let used = told.most.saturating_sub(left);
                window.count(now, used.saturating_sub(window.used), false);
            }
        }
    }

    /// The account says that it takes nothing for so long.
    pub(crate) fn close(&mut self, now: Instant, wait: Duration) {
        let until = now + wait;
        self.closed_until = Some(self.closed_until.map_or(until, |other| other.max(until)));
    }
}

/// How a call stands to the others of its account.
#[derive(Clone, Copy, Debug)]
enum Class {
    /// It leaves room to the others, but for its share.
    GivesWay,
    /// It leaves their share to those that give way.
    Shares,
    /// Nobody else waits.
    Alone,
}

impl Window {
    /// How long the window stays full for this class of calls; none where it has room.
    fn wait(&mut self, now: Instant, class: Class) -> Option<Duration> {
        let whole = self.limit.per + self.slice;
        while let Some(slice) = self.slices.front() {
            if now.saturating_duration_since(slice.began) < whole {
                break;
            }
            self.used -= slice.used;
            self.gave_way -= slice.gave_way;
            self.slices.pop_front();
        }
        let oldest = self.slices.front()?.began;
        let all = self.limit.requests;
        let share = all / SHARE;
        let limit = match class {
            Class::Alone => all,
            Class::Shares => all - share.saturating_sub(self.gave_way),
            Class::GivesWay if self.gave_way < share => all,
            Class::GivesWay => {
                let (part, whole) = GIVES_WAY_AT;
                (all.saturating_mul(part) / whole).max(1)
            }
        };
        let room = self.used < limit;
        (!room).then(|| (oldest + whole).saturating_duration_since(now))
    }

    fn count(&mut self, now: Instant, requests: u64, gives_way: bool) {
        if requests == 0 {
            return;
        }
        let gave_way = if gives_way { requests } else { 0 };
        self.used += requests;
        self.gave_way += gave_way;
        match self.slices.back_mut() {
            Some(slice) if now.saturating_duration_since(slice.began) < self.slice => {
                slice.used += requests;
                slice.gave_way += gave_way;
            }
            _ => self.slices.push_back(Slice {
                began: now,
                used: requests,
                gave_way,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(requests: u64, per: u64) -> Limits {
        Limits {
            requests,
            per: Duration::from_secs(per),
        }
    }

    /// Sends as fast as the budget lets it, and gives the moments.
    fn rush(budget: &mut Budget, count: usize, gap: Duration) -> Vec<Duration> {
        let start = Instant::now();
        let mut now = start;
        let mut sent = Vec::new();
        while sent.len() < count {
            match budget.take(now, false) {
                Ok(()) => {
                    sent.push(now - start);
                    now += gap;
                }
                Err(wait) => {
                    assert!(wait > Duration::ZERO, "a wait of nothing would spin");
                    now += wait;
                }
            }
        }
        sent
    }

    #[test]
    fn what_the_account_says_of_its_limit_holds() {
        let told = |most, left| Told {
            most,
            per: Duration::from_secs(10),
            left,
        };
        let now = Instant::now();
        let rush = |budget: &mut Budget, now| (0..200).filter(|_| budget.take(now, false).is_ok()).count();
        let mut budget = Budget::new(&[limit(100, 10), limit(2000, 60)]);
        assert_eq!(budget.take(now, false), Ok(()));
        // Less than is published, and somebody else has used nine.
        budget.heard(now, told(60, Some(50)));
        assert_eq!(rush(&mut budget, now), 50);
        // Never more than is published.
        let later = now + Duration::from_secs(11);
        budget.heard(later, told(5000, None));
        assert_eq!(rush(&mut budget, later), 100);
        // Another window's limit says nothing of this one.
        let later = later + Duration::from_secs(11);
        budget.heard(
            later,
            Told {
                per: Duration::from_secs(7),
                ..told(1, Some(0))
            },
        );
        assert_eq!(rush(&mut budget, later), 100);
    }

    #[test]
    fn no_window_ever_holds_more_than_its_limit() {
        for gap in [0, 7, 60, 130] {
            let mut budget = Budget::new(&[limit(100, 10), limit(350, 60)]);
            let sent = rush(&mut budget, 1000, Duration::from_millis(gap));
            for (per, most) in [(10, 100), (60, 350)] {
                for (index, from) in sent.iter().enumerate() {
                    let inside = sent
                        .iter()
                        .skip(index)
                        .filter(|at| **at - *from <= Duration::from_secs(per));
                    assert!(
                        inside.count() <= most,
                        "more than {most} in {per} s from {from:?}, gap {gap}"
                    );
                }
            }
            // And what is allowed is nearly used up: the third minute of 350 begins at 121.2 s; its 300 take twice ten
            // seconds or as long as their gaps, and the last hundred of them their gaps.
            let most = Duration::from_millis(121_500 + (20_500).max(300 * gap) + 100 * gap);
            let last = sent.last().copied().unwrap_or_default();
            assert!(last <= most, "{last:?}, gap {gap}");
        }
    }

    #[test]
    fn what_gives_way_leaves_room_for_the_rest() {
        let mut budget = Budget::new(&[limit(100, 10)]);
        let now = Instant::now();
        let polls = (0..200).filter(|_| budget.take(now, true).is_ok()).count();
        let runs = (0..200).filter(|_| budget.take(now, false).is_ok()).count();
        assert_eq!((polls, runs), (75, 25));
        let wait = budget.take(now, true).err().unwrap_or_default();
        assert_eq!(budget.take(now + wait, true), Ok(()), "and it is not starved");
        let mut small = Budget::new(&[limit(1, 10)]);
        assert_eq!(small.take(now, true), Ok(()));
    }

    #[test]
    fn what_gives_way_is_not_starved() {
        // Forty runs want a request at every moment, and one poll does: each comes again when it was told to.
        let start = Instant::now();
        let mut budget = Budget::new(&[limit(100, 10)]);
        let mut due = vec![(start, false); 40];
        due.push((start + Duration::from_millis(1), true));
        let (mut polls, mut runs) = (0, 0);
        for _ in 0..2_000_000 {
            // Of those that are due at one moment, the runs come first.
            let (now, gives_way) = due.iter().copied().min().unwrap();
            if now > start + Duration::from_secs(100) {
                break;
            }
            let mine = due.iter_mut().find(|one| **one == (now, gives_way)).unwrap();
            match budget.take(now, gives_way) {
                Ok(()) => {
                    *(if gives_way { &mut polls } else { &mut runs }) += 1;
                    mine.0 = now + Duration::from_millis(20);
                }
                Err(wait) => mine.0 = now + wait,
            }
        }
        assert!((70..=110).contains(&polls), "{polls} polls, {runs} runs");
        assert!(runs >= 850, "{polls} polls, {runs} runs");
    }

    #[test]
    fn a_share_that_nobody_wants_is_not_kept_free() {
        let mut budget = Budget::new(&[limit(100, 10)]);
        let now = Instant::now();
        let rush = |budget: &mut Budget, now| (0..200).filter(|_| budget.take(now, false).is_ok()).count();
        assert_eq!(rush(&mut budget, now), 100);
        assert!(budget.take(now, true).is_err());
        let later = now + Duration::from_secs(11);
        assert_eq!(rush(&mut budget, later), 90, "one waits");
        let later = later + Duration::from_secs(22);
        assert_eq!(rush(&mut budget, later), 100, "it never came");
    }

    #[test]
    fn a_closed_account_opens_again() {
        let mut budget = Budget::new(&[]);
        let now = Instant::now();
        budget.close(now, Duration::from_secs(60));
        budget.close(now, Duration::from_secs(5));
        assert_eq!(budget.take(now, false), Err(Duration::from_secs(60)));
        assert_eq!(budget.take(now + Duration::from_secs(61), false), Ok(()));
    }
}
