//! Five cron fields: read strictly, with a word for every mistake.
//!
//! The `cron` crate counts the days of the week from 1 for Sunday; crontab counts from 0. [`Timetable::seconds_form`]
//! writes days by name and puts a seconds field first, so that both mean the same.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

/// A timetable that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timetable {
    /// The form that the `cron` crate takes: seconds first, days of the week by name.
    pub seconds_form: String,
    /// The minutes of an hour.
    pub minutes: BTreeSet<u32>,
    /// The hours of a day.
    pub hours: BTreeSet<u32>,
    days: BTreeSet<u32>,
    months: BTreeSet<u32>,
    /// From 0 for Sunday.
    weekdays: BTreeSet<u32>,
    /// Both kinds of days are named, and a day of either kind will do: so crontab has always meant it.
    either: bool,
}

/// Why a timetable can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TimetableError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Where in the text, in bytes.
    pub range: Range<usize>,
}

const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

struct Kind {
    name: &'static str,
    bounds: RangeInclusive<u32>,
    names: &'static [&'static str],
    first: u32,
    hint: &'static str,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "the minute",
        bounds: 0..=59,
        names: &[],
        first: 0,
        hint: "the first field is the minute: `0 9 * * *` is nine o'clock",
    },
    Kind {
        name: "the hour",
        bounds: 0..=23,
        names: &[],
        first: 0,
        hint: "hours go from 0 (midnight) to 23",
    },
    Kind {
        name: "the day of the month",
        bounds: 1..=31,
        names: &[],
        first: 1,
        hint: "days go from 1 to 31; * is every day",
    },
    Kind {
        name: "the month",
        bounds: 1..=12,
        names: &MONTHS,
        first: 1,
        hint: "months go from 1 to 12, or JAN to DEC",
    },
    Kind {
        name: "the day of the week",
        bounds: 0..=7,
        names: &DAYS,
        first: 0,
        hint: "days go from 0 (Sunday) to 6 (Saturday), or SUN to SAT",
    },
];

impl Timetable {
    /// Reads five fields: minute, hour, day of the month, month, day of the week.
    ///
    /// # Errors
    /// What is wrong with them, and where.
    pub fn parse(text: &str) -> Result<Self, TimetableError> {
        let fields = split(text);
        let whole = 0..text.len();
        let fail = |message: String, help: &str, range: Range<usize>| TimetableError {
            message,
            help: Some(help.to_owned()),
            range,
        };
        if let Some(meant) = named(text.trim()) {
            return Err(fail(
                format!("\"{}\" is no timetable of five fields", text.trim()),
                meant,
                whole,
            ));
        }
        let form = "write minute, hour, day of the month, month, day of the week: `0 9 * * MON-FRI` is nine o'clock on working days";
        let cron_like = |(part, _): &(&str, Range<usize>)| {
            part.chars().all(|c| c.is_ascii_digit() || "*/,-?LW#".contains(c))
                || part.split(['-', ',']).all(is_name)
        };
        if !fields.iter().all(cron_like) {
            let odd = fields.iter().filter(|field| cron_like(field)).count();
            if fields.len() != 5 || odd < 3 {
                return Err(fail(
                    format!("\"{}\" is no timetable", short(text.trim())),
                    form,
                    whole,
                ));
            }
        }
        match fields.len() {
            5 => {}
            6 | 7 => {
                return Err(fail(
                    format!("a timetable has five fields, and this has {}", fields.len()),
                    "leave out the seconds at the beginning and the year at the end: minute hour day month weekday",
                    whole,
                ));
            }
            count => {
                return Err(fail(
                    format!("a timetable has five fields, and this has {count}"),
                    form,
                    whole,
                ));
            }
        }
        let mut sets: Vec<BTreeSet<u32>> = Vec::new();
        for ((part, range), kind) in fields.iter().zip(&KINDS) {
            sets.push(field(part, range, kind)?);
        }
        // Where days of the week are named too, one of them will come.
        if let [_, _, days, months, _] = sets.as_slice()
            && fields.last().is_some_and(|(part, _)| part.starts_with('*'))
        {
            possible(
                days,
                months,
                fields.get(2).map_or(whole.clone(), |(_, range)| range.clone()),
            )?;
        }
        let mut parts: Vec<String> = fields.iter().map(|(part, _)| part.to_ascii_uppercase()).collect();
        if let (Some(last), Some(days)) = (parts.last_mut(), sets.last())
            && last != "*"
        {
            let days: BTreeSet<u32> = days.iter().map(|day| day % 7).collect();
            *last = days
                .iter()
                .filter_map(|day| DAYS.get(*day as usize))
                .copied()
                .collect::<Vec<_>>()
                .join(",");
        }
        let seconds_form = format!("0 {}", parts.join(" "));
        let unread = || {
            fail(
                format!("\"{}\" is no timetable", short(text.trim())),
                form,
                whole.clone(),
            )
        };
        cron::Schedule::from_str(&seconds_form).map_err(|_| unread())?;
        let [minutes, hours, days, months, weekdays] =
            <[BTreeSet<u32>; 5]>::try_from(sets).map_err(|_| unread())?;
        let named = |index: usize| fields.get(index).is_some_and(|(part, _)| !part.starts_with('*'));
        Ok(Self {
            seconds_form,
            minutes,
            hours,
            days,
            months,
            weekdays: weekdays.iter().map(|day| day % 7).collect(),
            either: named(2) && named(4),
        })
    }

    /// Whether a day is in it: month from 1, day from 1, day of the week from 0 for Sunday.
    pub fn has_day(&self, month: u32, day: u32, weekday: u32) -> bool {
        let (by_month, by_week) = (self.days.contains(&day), self.weekdays.contains(&weekday));
        let days = if self.either {
            by_month || by_week
        } else {
            by_month && by_week
        };
        self.months.contains(&month) && days
    }
}

fn short(text: &str) -> String {
    if text.chars().count() > 40 {
        format!("{}…", text.chars().take(39).collect::<String>())
    } else {
        text.to_owned()
    }
}

fn is_name(text: &str) -> bool {
    let name = text.to_ascii_uppercase();
    DAYS.contains(&name.as_str()) || MONTHS.contains(&name.as_str())
}

fn split(text: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    for part in text.split(char::is_whitespace) {
        if !part.is_empty() {
            found.push((part, at..at + part.len()));
        }
        // Whitespace may take several bytes.
        let after = at + part.len();
        at = after
            + text
                .get(after..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
    }
    found
}

/// What other tools write for a whole timetable.
fn named(text: &str) -> Option<&'static str> {
    Some(match text.to_lowercase().trim_start_matches('@') {
        "hourly" | "every hour" => "write `0 * * * *` for the beginning of every hour",
        "daily" | "midnight" | "every day" => "write `0 9 * * *` for nine o'clock every day",
        "weekly" | "every week" => "write `0 9 * * MON` for nine o'clock on Mondays",
        "monthly" | "every month" => "write `0 9 1 * *` for nine o'clock on the first of each month",
        "yearly" | "annually" => "write `0 9 1 1 *` for nine o'clock on the first of January",
        "every minute" => "write `* * * * *`",
        _ => return None,
    })
}

/// The numbers that a field stands for.
fn field(text: &str, range: &Range<usize>, kind: &Kind) -> Result<BTreeSet<u32>, TimetableError> {
    let fail = |message: String, help: Option<&str>| TimetableError {
        message,
        help: Some(help.unwrap_or(kind.hint).to_owned()),
        range: range.clone(),
    };
    if text == "?" {
        return Err(fail(
            format!("{} can't be ?", kind.name),
            Some("write * for every one"),
        ));
    }
    let mut found = BTreeSet::new();
    for part in text.split(',') {
        if part.is_empty() {
            return Err(fail(
                format!("{} has a comma with nothing beside it", kind.name),
                Some("write 1,15 for two of them"),
            ));
        }
        let (span, step) = match part.split_once('/') {
            None => (part, None),
            Some((span, step)) => match step.parse::<u32>() {
                Ok(step) if step > 0 && step <= *kind.bounds.end() => (span, Some(step)),
                _ => {
                    return Err(fail(
                        format!("{} can't go in steps of \"{}\"", kind.name, short(step)),
                        Some("write */5 for every fifth"),
                    ));
                }
            },
        };
        let (low, high) = if span == "*" {
            (
                *kind.bounds.start(),
                if kind.names.len() == 7 {
                    6
                } else {
                    *kind.bounds.end()
                },
            )
        } else if let Some((low, high)) = span.split_once('-') {
            (number(low, kind, &fail)?, number(high, kind, &fail)?)
        } else {
            let one = number(span, kind, &fail)?;
            if step.is_some() {
                let help = format!(
                    "write {one}-{}/{} to begin at {one}, or */{}",
                    kind.bounds.end(),
                    step.unwrap_or(1),
                    step.unwrap_or(1)
                );
                return Err(fail(
                    format!("{} has a step without a range", kind.name),
                    Some(&help),
                ));
            }
            (one, one)
        };
        let step = step.unwrap_or(1) as usize;
        if low <= high {
            found.extend((low..=high).step_by(step));
        } else if kind.names.len() == 7 {
            // FRI-MON goes over the end of the week.
            found.extend((low..=high + 7).step_by(step).map(|day| day % 7));
        } else {
            return Err(fail(
                format!("{} goes from {low} back to {high}", kind.name),
                Some("write the smaller number first"),
            ));
        }
    }
    Ok(found)
}

fn number(
    text: &str,
    kind: &Kind,
    fail: &dyn Fn(String, Option<&str>) -> TimetableError,
) -> Result<u32, TimetableError> {
    let name = text.to_ascii_uppercase();
    if let Some(index) = kind.names.iter().position(|own| *own == name) {
        return Ok(index as u32 + kind.first);
    }
    match text.parse::<u32>() {
        Ok(number) if kind.bounds.contains(&number) => Ok(number),
        Ok(number) => {
            let help = if kind.name == "the hour" && number == 24 {
                Some("write 0 for midnight")
            } else {
                None
            };
            Err(fail(format!("{} can't be {number}", kind.name), help))
        }
        Err(_) if text.ends_with(['L', 'W']) || text.contains('#') => Err(fail(
            format!("{} can't be \"{}\"", kind.name, short(text)),
            Some("L, W and # of other tools are not known here"),
        )),
        Err(_) => Err(fail(format!("{} can't be \"{}\"", kind.name, short(text)), None)),
    }
}

/// Whether there is a month with such a day.
fn possible(days: &BTreeSet<u32>, months: &BTreeSet<u32>, range: Range<usize>) -> Result<(), TimetableError> {
    let length = |month: u32| match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let least = days.first().copied().unwrap_or(1);
    if months.iter().any(|month| least <= length(*month)) {
        return Ok(());
    }
    let names: Vec<&str> = months
        .iter()
        .filter_map(|month| MONTHS.get((*month as usize).checked_sub(1)?))
        .copied()
        .collect();
    let message = match names.as_slice() {
        [only] => format!("this time never comes: {only} has no day {least}"),
        names => format!(
            "this time never comes: none of {} has a day {least}",
            names.join(", ")
        ),
    };
    Err(TimetableError {
        message,
        help: Some("choose another day or month".to_owned()),
        range,
    })
}

#[cfg(test)]
mod tests {
    use super::Timetable;

    #[test]
    fn days_of_the_week_mean_what_crontab_means() {
        for (text, form) in [
            ("0 9 * * 1-5", "0 0 9 * * MON,TUE,WED,THU,FRI"),
            ("0 9 * * 0", "0 0 9 * * SUN"),
            ("0 9 * * 7", "0 0 9 * * SUN"),
            ("0 9 * * FRI-MON", "0 0 9 * * SUN,MON,FRI,SAT"),
            ("*/15 8-18 1,15 jan-mar *", "0 */15 8-18 1,15 JAN-MAR *"),
        ] {
            assert_eq!(
                Timetable::parse(text).map(|one| one.seconds_form),
                Ok(form.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn mistakes_are_told_in_words() {
        for (text, part) in [
            ("0 24 * * *", "the hour can't be 24"),
            ("60 9 * * *", "the minute can't be 60"),
            ("0 0 9 * * *", "five fields, and this has 6"),
            ("9am daily", "is no timetable"),
            ("@daily", "no timetable of five fields"),
            ("0 9 31 2 *", "FEB has no day 31"),
            ("0 9 * * MONDAY", "the day of the week can't be \"MONDAY\""),
            ("0 18-9 * * *", "goes from 18 back to 9"),
            ("5/15 * * * *", "a step without a range"),
            ("0 9 ? * MON", "can't be ?"),
            ("", "five fields, and this has 0"),
        ] {
            let told = Timetable::parse(text).map_err(|error| error.message);
            assert!(
                told.as_ref().is_err_and(|message| message.contains(part)),
                "{text}: {told:?}"
            );
        }
    }
}
