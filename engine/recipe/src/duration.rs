//! Lengths of time as a person writes them: `30s`, `5m`, `2h`, `3d`, `1w`, `1h30m`.

use std::time::Duration;

/// The longest that a recipe can say: ten years.
const LONGEST: u64 = 10 * 366 * 86_400;

/// Why a text is no length of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError(String);

impl std::fmt::Display for DurationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DurationError {}

/// Reads a length of time.
///
/// # Errors
/// Why it is none, in words that go after "because".
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let fail = |why: String| Err(DurationError(why));
    let mut rest = text.trim();
    if rest.is_empty() {
        return fail("it is empty".to_owned());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let Ok(number) = number.parse::<u64>() else {
            return fail(format!("\"{}\" should begin with a number", shorten(rest)));
        };
        let after = after.trim_start();
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let seconds: u64 = match unit {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3_600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 7 * 86_400,
            "" => return fail(format!("{number} has no unit (s, m, h, d or w)")),
            other => {
                return fail(format!(
                    "\"{}\" is no unit; units are s, m, h, d and w",
                    shorten(other)
                ));
            }
        };
        total = total.saturating_add(number.saturating_mul(seconds));
        rest = after.trim_start();
    }
    if total > LONGEST {
        return fail("it is longer than ten years".to_owned());
    }
    Ok(Duration::from_secs(total))
}

/// Writes a length of time the short way: `1h30m`.
pub fn format(length: Duration) -> String {
    let mut left = length.as_secs();
    let mut text = String::new();
    for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if left >= seconds {
            text.push_str(&format!("{}{unit}", left / seconds));
            left %= seconds;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

fn shorten(text: &str) -> String {
    text.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, seconds) in [
            ("30s", 30),
            ("5m", 300),
            ("1h30m", 5400),
            ("2 days", 172_800),
            ("1w", 604_800),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(format(Duration::from_secs(5400)), "1h30m");
        for text in ["", "5", "m", "5x", "-3s", "99999999d", "1.5h"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
