//! How long to wait before the next try.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// No server makes us wait longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What an answer says about when to come again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// `Retry-After`.
    pub(crate) retry_after: Option<Duration>,
    /// The account's budget is used up for so long.
    pub(crate) used_up: Option<Duration>,
}

impl Pace {
    /// Reads the headers. What can't be read says nothing; what is absurd is cut to 15 minutes.
    pub(crate) fn read(headers: &HeaderMap, now: SystemTime) -> Self {
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::trim)
        };
        let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok());
        let retry_after = text(RETRY_AFTER.as_str()).and_then(|text| retry_after(text, now));
        let interval = number("x-ratelimit-interval-milliseconds").map(Duration::from_millis);
        let used_up = if number("x-ratelimit-daily-remaining") == Some(0) {
            Some(LONGEST)
        } else if number("x-ratelimit-remaining") == Some(0) {
            interval.map(|interval| interval.min(LONGEST))
        } else {
            None
        };
        Self { retry_after, used_up }
    }

    /// The longer of what it says.
    pub(crate) fn wait(self) -> Option<Duration> {
        self.retry_after.max(self.used_up)
    }
}

/// Seconds or an HTTP date.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds: as long as may be.
        let seconds = text.parse::<u64>().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default().min(LONGEST))
}

/// The longest that try `number` (from 1) may wait: doubled each time; the wait itself is random below it (full jitter).
pub(crate) fn ceiling(number: u32, first: Duration, longest: Duration) -> Duration {
    let doubled = 1u32.checked_shl(number.saturating_sub(1)).unwrap_or(u32::MAX);
    first.checked_mul(doubled).unwrap_or(longest).min(longest)
}
