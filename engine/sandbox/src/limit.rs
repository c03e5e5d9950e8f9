//! The rate limits of a connector, per token, told with every answer.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use souschef_catalog::Limits;

/// So many tokens are remembered; beyond, all windows begin anew.
const MOST_TOKENS: usize = 1000;

/// What a request's limits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Requests in the short window.
    pub(crate) most: u64,
    /// How many are left of them; none where this request is one too many.
    pub(crate) left: Option<u64>,
    /// The short window.
    pub(crate) window: Duration,
    /// Requests in a day, and how many are left.
    pub(crate) day: Option<(u64, u64)>,
}

/// What was sent with a token.
#[derive(Clone, Debug, Default)]
struct Sent {
    lately: VecDeque<Instant>,
    today: u64,
}

/// Counts requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limiter {
    sent: HashMap<String, Sent>,
}

impl Limiter {
    /// Counts a request, or says that it is one too many. Where the clock stands still no window ever passes: then nothing
    /// is refused unless `most` was asked for, and each request counts as the first.
    pub(crate) fn count(
        &mut self,
        account: &str,
        limits: &[Limits],
        most: Option<u64>,
        stands_still: bool,
        now: Instant,
    ) -> Option<Budget> {
        let short = limits.iter().min_by_key(|limit| limit.per)?;
        let day = limits
            .iter()
            .max_by_key(|limit| limit.per)
            .filter(|limit| limit.per > short.per);
        let allowed = most.unwrap_or(short.requests);
        if self.sent.len() >= MOST_TOKENS && !self.sent.contains_key(account) {
            self.sent.clear();
        }
        let sent = self.sent.entry(account.to_owned()).or_default();
        let per = short.per;
        if !stands_still {
            while sent
                .lately
                .front()
                .is_some_and(|first| now.duration_since(*first) >= per)
            {
                sent.lately.pop_front();
            }
        } else if most.is_none() {
            sent.lately.clear();
        }
        let used = u64::try_from(sent.lately.len()).unwrap_or(u64::MAX);
        let left = allowed.checked_sub(used).and_then(|left| left.checked_sub(1));
        if left.is_some() {
            sent.lately.push_back(now);
            sent.today += 1;
        }
        Some(Budget {
            most: allowed,
            left,
            window: per,
            day: day.map(|day| (day.requests, day.requests.saturating_sub(sent.today))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: [Limits; 2] = [
        Limits {
            requests: 3,
            per: Duration::from_secs(10),
        },
        Limits {
            requests: 1000,
            per: Duration::from_secs(86_400),
        },
    ];

    #[test]
    fn the_window_moves_on_and_refused_requests_do_not_count() {
        let begin = Instant::now();
        let mut limiter = Limiter::default();
        let mut left = |account: &str, second: u64| {
            let now = begin + Duration::from_secs(second);
            limiter
                .count(account, &LIMITS, None, false, now)
                .and_then(|budget| budget.left)
        };
        assert_eq!(
            [left("a", 0), left("a", 1), left("a", 2)],
            [Some(2), Some(1), Some(0)]
        );
        assert_eq!([left("a", 3), left("a", 9)], [None, None]);
        assert_eq!(left("b", 9), Some(2), "another account has its own");
        assert_eq!(left("a", 10), Some(0), "the first one has left the window");
        assert_eq!(left("a", 30), Some(2));
    }

    #[test]
    fn a_clock_that_stands_still_refuses_only_what_was_asked_for() {
        let now = Instant::now();
        let mut limiter = Limiter::default();
        let mut left = |most| {
            let budget = limiter.count("a", &LIMITS, most, true, now);
            budget.and_then(|budget| budget.left)
        };
        assert!((0..10).all(|_| left(None) == Some(2)));
        assert_eq!([left(Some(2)), left(Some(2))], [Some(0), None]);
    }
}
