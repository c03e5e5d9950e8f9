//! When a list is looked at: a grid of its own for each, so that many lists are spread over time, today and after a stop.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::sight::hash_text;

/// What was due while the service was down is spread over so long.
const SPREAD: Duration = Duration::from_secs(10);
/// A list that fails is looked at after so long at the latest, or after its own time where that is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// The next time after a moment.
pub fn next(list: &str, every: Duration, after: Timestamp) -> Timestamp {
    let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
    let phase = i64::try_from(number(list) % every.unsigned_abs()).unwrap_or_default();
    let since = (after.as_millisecond() - phase).rem_euclid(every);
    later(after, Duration::from_millis((every - since).unsigned_abs()))
}

/// The first time after the service has started. `last`: when it was looked at last.
pub fn first(list: &str, every: Duration, last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    match last.map(|last| next(list, every, last)) {
        // A clock that was set back must not make it wait for longer than it ever does.
        Some(due) if due > now => due.min(later(now, every)),
        _ => {
            let part = u32::try_from(number(list) % 1000).unwrap_or_default();
            later(now, SPREAD.min(every) * part / 1000)
        }
    }
}

/// When to look again after so many failures in a row.
pub fn after_failure(list: &str, every: Duration, failures: u32, now: Timestamp) -> Timestamp {
    let pause = every
        .saturating_mul(1 << failures.saturating_sub(1).min(10))
        .min(LONGEST_PAUSE.max(every));
    // Between three quarters and the whole of it, another part each time.
    let part = u32::try_from(number(&format!("{list} {failures} {now}")) % 1000).unwrap_or_default();
    later(now, pause * (3000 + part) / 4000)
}

/// Whether a time lies further ahead than any that is set.
pub fn is_too_far(every: Duration, at: Timestamp, now: Timestamp) -> bool {
    at > later(now, LONGEST_PAUSE.max(every))
}

fn later(now: Timestamp, length: Duration) -> Timestamp {
    SignedDuration::try_from(length)
        .ok()
        .and_then(|length| now.checked_add(length).ok())
        .unwrap_or(Timestamp::MAX)
}

/// A number that seems random and is always the same for a text.
fn number(text: &str) -> u64 {
    let hash = hash_text(text);
    hash.get(..16)
        .and_then(|start| u64::from_str_radix(start, 16).ok())
        .unwrap_or_default()
}
