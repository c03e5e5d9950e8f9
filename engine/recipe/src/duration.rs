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

/// The units by every word for them, the short one first, with their seconds.
const UNITS: &[(&[&str], u64)] = &[
    (&["s", "sec", "secs", "second", "seconds"], 1),
    (&["m", "min", "mins", "minute", "minutes"], 60),
    (&["h", "hour", "hours"], 3_600),
    (&["d", "day", "days"], 86_400),
    (&["w", "week", "weeks"], 7 * 86_400),
];

/// Words of other tools and languages for a unit.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("hr", "h"),
    ("hrs", "h"),
    ("std", "h"),
    ("stunde", "h"),
    ("stunden", "h"),
    ("tag", "d"),
    ("tage", "d"),
    ("tagen", "d"),
    ("wk", "w"),
    ("wks", "w"),
    ("woche", "w"),
    ("wochen", "w"),
    ("sekunden", "s"),
    ("minuten", "m"),
];

/// The length of time that is meant by a number with a misspelt unit: `2 dayz` is 2d. None where no unit is near.
pub fn meant(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, word) = text.split_at(digits);
    let word = word.trim().trim_end_matches('.').to_lowercase();
    if number.is_empty() || word.is_empty() || !word.chars().all(char::is_alphabetic) {
        return None;
    }
    let known = OTHER_WORDS.iter().find(|(other, _)| *other == word);
    let unit = known.map(|(_, unit)| *unit).or_else(|| {
        let words = UNITS.iter().flat_map(|(words, _)| words.iter().copied());
        // Of one letter, any other is as near.
        let near = crate::nearest(&word, words.filter(|own| own.len() > 1 || *own == word))?;
        let (words, _) = UNITS.iter().find(|(words, _)| words.contains(&near))?;
        words.first().copied()
    })?;
    let meant = format!("{number}{unit}");
    parse(&meant).is_ok().then_some(meant)
}

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
        if unit.is_empty() {
            return fail(format!("{number} has no unit (s, m, h, d or w)"));
        }
        let Some((_, seconds)) = UNITS.iter().find(|(words, _)| words.contains(&unit)) else {
            return fail(format!(
                "\"{}\" is no unit; units are s, m, h, d and w",
                shorten(unit)
            ));
        };
        total = total.saturating_add(number.saturating_mul(*seconds));
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

    #[test]
    fn knows_the_unit_that_is_meant() {
        for (text, right) in [
            ("2 dayz", "2d"),
            ("10 minuets", "10m"),
            ("3 hrs", "3h"),
            ("2 Days", "2d"),
            ("1 Woche", "1w"),
        ] {
            assert_eq!(meant(text).as_deref(), Some(right), "{text}");
        }
        for text in ["", "5", "5x", "days", "1.5h", "2 months"] {
            assert_eq!(meant(text), None, "{text}");
        }
    }
}
