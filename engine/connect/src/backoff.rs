//! How long to wait before the next try.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The status of an answer that says too many requests: what was asked for did not happen.
pub const TOO_MANY: u16 = 429;

/// No server makes us wait longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What an answer says about when to come again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// `Retry-After`.
    pub(crate) retry_after: Option<Duration>,
    /// The account's budget is used up for so long.
    pub(crate) used_up: Option<Duration>,
    /// What the account may, as its own answers say.
    pub(crate) told: Option<Told>,
}

/// A limit, as an answer tells it: the catalog may know of a larger one, and others may use the same account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// So many requests …
    pub(crate) most: u64,
    /// … in so long.
    pub(crate) per: Duration,
    /// And so many are left of them.
    pub(crate) left: Option<u64>,
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
        let told = interval
            .zip(number("x-ratelimit-max").filter(|most| *most > 0))
            .map(|(per, most)| Told {
                most,
                per,
                left: number("x-ratelimit-remaining"),
            });
        let used_up = if number("x-ratelimit-daily-remaining") == Some(0) {
            Some(LONGEST)
        } else if number("x-ratelimit-remaining") == Some(0) {
            interval.map(|interval| interval.min(LONGEST))
        } else {
            None
        };
        Self {
            retry_after,
            used_up,
            told,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_read_where_all_of_it_is_told() {
        let read = |most: &'static str| {
            let headers = [
                ("x-ratelimit-max", most),
                ("x-ratelimit-interval-milliseconds", "10000"),
                ("x-ratelimit-remaining", "7"),
            ];
            let map = headers
                .into_iter()
                .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)));
            Pace::read(&map.collect(), SystemTime::now()).told
        };
        let told = Told {
            most: 60,
            per: Duration::from_secs(10),
            left: Some(7),
        };
        assert_eq!(read("60"), Some(told));
        for odd in ["0", "-1", "many", ""] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_longest() {
        let ceilings: Vec<u64> = (1..=6)
            .map(|number| ceiling(number, Duration::from_secs(2), Duration::from_secs(20)).as_secs())
            .collect();
        assert_eq!(ceilings, [2, 4, 8, 16, 20, 20]);
        assert_eq!(ceiling(u32::MAX, Duration::MAX, LONGEST), LONGEST);
    }

    #[test]
    fn headers_say_when_to_come_again() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        type Case = (&'static [(&'static str, &'static str)], Option<u64>);
        let cases: [Case; 17] = [
            (&[], None),
            (&[("retry-after", "7")], Some(7)),
            (&[("retry-after", " 0 ")], Some(0)),
            (&[("retry-after", "315360000")], Some(900)),
            (&[("retry-after", "99999999999999999999999999")], Some(900)),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "+5")], None),
            (&[("retry-after", "1.5")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "")], None),
            (&[("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")], Some(60)),
            (&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")], Some(0)),
            (&[("retry-after", "Fri, 06 Nov 2037 08:49:37 GMT")], Some(900)),
            (
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-interval-milliseconds", "10000"),
                ],
                Some(10),
            ),
            (
                &[
                    ("x-ratelimit-remaining", "1"),
                    ("x-ratelimit-interval-milliseconds", "10000"),
                ],
                None,
            ),
            (&[("x-ratelimit-daily-remaining", "0")], Some(900)),
            (
                &[
                    ("retry-after", "3"),
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-interval-milliseconds", "10000"),
                ],
                Some(10),
            ),
        ];
        for (headers, seconds) in cases {
            let map: HeaderMap = headers
                .iter()
                .filter_map(|(name, value)| {
                    let name = reqwest::header::HeaderName::from_bytes(name.as_bytes()).ok()?;
                    Some((name, reqwest::header::HeaderValue::from_str(value).ok()?))
                })
                .collect();
            assert_eq!(map.len(), headers.len());
            assert_eq!(
                Pace::read(&map, now).told,
                None,
                "nothing says how much may be sent"
            );
            assert_eq!(
                Pace::read(&map, now).wait(),
                seconds.map(Duration::from_secs),
                "{headers:?}"
            );
        }
    }
}
