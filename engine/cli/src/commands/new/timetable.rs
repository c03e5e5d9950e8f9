//! A timetable in a person's words, as five cron fields.

const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// `weekdays 9:00`, `monday 8:30`, `every day 17:00`, `hourly`; five fields of cron stay as they are.
pub(super) fn cron(words: &str) -> Option<String> {
    let parts: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    // A time of day makes it words, however many there are.
    if parts.len() == 5 && !words.contains(':') {
        return Some(words.to_uppercase());
    }
    let parts: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|word| !matches!(*word, "every" | "at" | "on"))
        .collect();
    if matches!(parts.as_slice(), ["hour"] | ["hourly"]) {
        return Some("0 * * * *".to_owned());
    }
    let (last, head) = parts.split_last()?;
    let (hour, minute) = last.split_once(':')?;
    let (hour, minute) = (hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?);
    if hour > 23 || minute > 59 {
        return None;
    }
    let days = match head {
        [] | ["day"] | ["daily"] => "*".to_owned(),
        ["weekday"] | ["weekdays"] => "MON-FRI".to_owned(),
        ["weekend"] | ["weekends"] => "SAT,SUN".to_owned(),
        some => {
            let named: Option<Vec<&str>> = some
                .iter()
                .map(|word| word.trim_end_matches(','))
                .filter(|word| *word != "and")
                .map(|word| {
                    let start = word.get(..3)?.to_uppercase();
                    DAYS.into_iter().find(|day| *day == start)
                })
                .collect();
            named.filter(|days| !days.is_empty())?.join(",")
        }
    };
    Some(format!("{minute} {hour} * * {days}"))
}

#[cfg(test)]
mod tests {
    use super::cron;

    #[test]
    fn words_become_cron() {
        for (words, fields) in [
            ("every day 9:00", Some("0 9 * * *")),
            ("17:30", Some("30 17 * * *")),
            ("weekdays at 9:05", Some("5 9 * * MON-FRI")),
            ("Monday, Thursday and Sunday 8:00", Some("0 8 * * MON,THU,SUN")),
            ("hourly", Some("0 * * * *")),
            ("*/15 8-18 * * mon-fri", Some("*/15 8-18 * * MON-FRI")),
            ("25:00", None),
            ("someday 9:00", None),
            ("", None),
        ] {
            assert_eq!(cron(words).as_deref(), fields, "{words}");
        }
    }
}
