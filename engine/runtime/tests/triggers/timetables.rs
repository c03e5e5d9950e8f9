//! Timetables against an oracle that knows nothing of days, gaps or folds: it walks through every minute and looks at the
//! clock on the wall.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use souschef_recipe::CatchUp;
use souschef_runtime::trigger::schedule::{Instants, MOST, due, horizon};

use crate::count;

/// One field, as its numbers: the oracle's own reading.
fn numbers(field: &str, low: u32, high: u32) -> BTreeSet<u32> {
    const NAMES: [&str; 19] = [
        "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
        "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    let number = |text: &str| -> u32 {
        match NAMES.iter().position(|name| *name == text) {
            Some(index) if index < 7 => index as u32,
            Some(index) => index as u32 - 6,
            None => text.parse().unwrap(),
        }
    };
    let mut found = BTreeSet::new();
    for part in field.split(',') {
        let (span, step) = part
            .split_once('/')
            .map_or((part, 1), |(span, step)| (span, number(step)));
        let (from, to) = match span.split_once('-') {
            _ if span == "*" => (low, high),
            Some((from, to)) => (number(from), number(to)),
            None => (number(span), number(span)),
        };
        found.extend((from..=to).step_by(step as usize));
    }
    found
}

struct Oracle {
    fields: Vec<BTreeSet<u32>>,
    either: bool,
}

impl Oracle {
    fn new(cron: &str) -> Self {
        let parts: Vec<&str> = cron.split(' ').collect();
        let bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
        Self {
            fields: parts
                .iter()
                .zip(bounds)
                .map(|(field, (low, high))| numbers(field, low, high))
                .collect(),
            either: !parts[2].starts_with('*') && !parts[4].starts_with('*'),
        }
    }

    fn names(&self, wall: DateTime) -> bool {
        let [minute, hour, day, month, weekday] = [
            wall.minute(),
            wall.hour(),
            wall.day(),
            wall.month(),
            wall.weekday().to_sunday_zero_offset(),
        ]
        .map(|number| number as u32);
        let has = |index: usize, number: u32| self.fields[index].contains(&number);
        let days = if self.either {
            has(2, day) || has(4, weekday)
        } else {
            has(2, day) && has(4, weekday)
        };
        has(0, minute) && has(1, hour) && has(3, month) && days
    }

    /// Every minute: one that the wall shows for the first time counts, and so does the first after a gap for those that
    /// the wall never shows.
    fn walk(&self, zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let minute = Span::new().minutes(1);
        // The day before shows what the wall has shown already.
        let mut at = from.checked_sub(Span::new().hours(26)).unwrap();
        let mut latest = zone.to_datetime(at).checked_sub(minute).unwrap();
        let mut found = Vec::new();
        while at <= to {
            let wall = zone.to_datetime(at);
            let mut fires = false;
            while latest < wall {
                latest = latest.checked_add(minute).unwrap();
                fires |= self.names(latest);
            }
            if fires && at > from {
                found.push(at);
            }
            at = at.checked_add(minute).unwrap();
        }
        found
    }
}

fn random_cron(random: &mut StdRng) -> String {
    let minutes = ["0", "30", "15,45", "*/15", "59", "1-3", "*/7", "0,29"];
    let hours = ["*", "0", "1", "2", "2-3", "23", "*/6", "1,2,3", "0-4/2", "22-23"];
    let days = ["*", "*", "*", "1", "28-31", "*/2", "15", "8-14"];
    let months = ["*", "*", "*", "MAR", "OCT-NOV", "3,4,9,10", "*/3"];
    let weekdays = ["*", "*", "*", "SUN", "MON-FRI", "0,6", "SUN-MON"];
    [&minutes[..], &hours, &days, &months, &weekdays]
        .map(|words| *words.choose(random).unwrap())
        .join(" ")
}

/// Around a change of the clocks where there is one, else anywhere.
fn random_moment(random: &mut StdRng, zone: &TimeZone) -> Timestamp {
    let begin: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
    let end: Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();
    let changes: Vec<Timestamp> = zone
        .following(begin)
        .map(|change| change.timestamp())
        .take_while(|at| *at < end)
        .collect();
    let minutes = random.random_range(-3000..600);
    match changes.choose(random) {
        Some(change) if random.random_bool(0.9) => change.checked_add(Span::new().minutes(minutes)).unwrap(),
        _ => begin
            .checked_add(Span::new().minutes(random.random_range(0..3_600_000_i64)))
            .unwrap(),
    }
}

fn compare(cron: &str, name: &str, zone: &TimeZone, from: Timestamp, to: Timestamp) {
    let told = Instants::read(cron, name).unwrap().between(from, to, usize::MAX);
    let walked = Oracle::new(cron).walk(zone, from, to);
    assert_eq!(told, walked, "\"{cron}\" in {name} after {from} up to {to}");
}

#[test]
fn timetables_name_the_minutes_that_a_walk_finds() {
    let seed = count("SOUSCHEF_TIMETABLE_SEED", 7);
    let pairs = count("SOUSCHEF_TIMETABLES", 400);
    let mut random = StdRng::seed_from_u64(seed);
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    assert!(names.len() > 300, "the time zones are not there");
    for _ in 0..pairs {
        let name = names.choose(&mut random).unwrap();
        let Ok(zone) = TimeZone::get(name) else { continue };
        let from = random_moment(&mut random, &zone);
        let to = from.checked_add(Span::new().hours(80)).unwrap();
        compare(&random_cron(&mut random), name, &zone, from, to);
    }
}

#[test]
fn odd_changes_of_the_clocks_are_met_once() {
    // Half an hour, midnight itself, a whole day that never was, and clocks that go back over midnight.
    for (name, at) in [
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
        ("America/Havana", "2026-03-08T05:00:00Z"),
        ("Africa/Cairo", "2026-04-23T22:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("America/Scoresbysund", "2024-03-31T01:00:00Z"),
        ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
        ("Antarctica/Troll", "2026-03-29T01:00:00Z"),
    ] {
        let zone = TimeZone::get(name).unwrap();
        let change: Timestamp = at.parse().unwrap();
        let (from, to) = (
            change.checked_sub(Span::new().hours(30)).unwrap(),
            change.checked_add(Span::new().hours(50)).unwrap(),
        );
        for cron in [
            "*/10 * * * *",
            "30 0 * * *",
            "0 0 30 * *",
            "15 1,2,3 * * *",
            "0 12 * * *",
        ] {
            compare(cron, name, &zone, from, to);
        }
    }
}

#[test]
fn rare_days_are_found() {
    let instants = Instants::read("0 0 29 2 *", "UTC").unwrap();
    let after: Timestamp = "2096-03-01T00:00:00Z".parse().unwrap();
    assert_eq!(instants.next(after), "2104-02-29T00:00:00Z".parse().ok());
    // The last moment that there is.
    assert_eq!(instants.next(Timestamp::MAX), None);
}

#[test]
fn what_was_missed_is_made_up_for_as_the_recipe_says() {
    let hourly = Instants::read("0 * * * *", "UTC").unwrap();
    let at = |text: &str| -> Timestamp { format!("2026-05-01T{text}Z").parse().unwrap() };
    let told = |last: &str, now: &str, catch_up: CatchUp| -> Vec<(String, bool)> {
        due(&hourly, at(last), at(now), catch_up)
            .into_iter()
            .map(|one| (one.instant.strftime("%H").to_string(), one.starts))
            .collect()
    };
    let list = |expected: &[(&str, bool)]| -> Vec<(String, bool)> {
        expected
            .iter()
            .map(|(hour, starts)| ((*hour).to_owned(), *starts))
            .collect()
    };
    for catch_up in [CatchUp::None, CatchUp::Last, CatchUp::All] {
        assert_eq!(
            told("09:00:00", "10:00:30", catch_up),
            list(&[("10", true)]),
            "in time"
        );
        assert_eq!(told("09:00:00", "09:59:59", catch_up), list(&[]), "not yet");
        assert_eq!(
            told("11:00:00", "09:30:00", catch_up),
            list(&[]),
            "a clock that went back"
        );
    }
    let (from, now) = ("05:00:00", "08:30:00");
    assert_eq!(
        told(from, now, CatchUp::None),
        list(&[("06", false), ("07", false), ("08", false)])
    );
    assert_eq!(
        told(from, now, CatchUp::Last),
        list(&[("06", false), ("07", false), ("08", true)])
    );
    assert_eq!(
        told(from, now, CatchUp::All),
        list(&[("06", true), ("07", true), ("08", true)])
    );
    // More than is dealt with at once: the last of a part is not the last that was missed.
    let minutes = Instants::read("* * * * *", "UTC").unwrap();
    let mut last = at("00:00:00");
    let now = at("20:00:00");
    let mut started = 0;
    let mut missed = 0;
    loop {
        let part = due(&minutes, last, now, CatchUp::Last);
        let Some(end) = part.last() else { break };
        last = end.instant;
        started += part.iter().filter(|one| one.starts).count();
        missed += part.iter().filter(|one| !one.starts).count();
    }
    // The last one missed, and the two that are met in time.
    assert_eq!((started, missed), (3, 1197));
}

#[test]
fn what_is_too_long_ago_is_passed_over() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let (long_ago, now) = (at("2025-12-01T00:00:00Z"), at("2026-05-01T00:00:30Z"));
    for cron in [
        "* * * * *",
        "*/7 * * * *",
        "0 * * * *",
        "0 9 * * 1-5",
        "* 3 1 * *",
    ] {
        let instants = Instants::read(cron, "Europe/Vienna").unwrap();
        let from = horizon(&instants, long_ago, now);
        assert!(long_ago <= from && from <= now, "{cron}");
        let left = instants.between(from, now, usize::MAX).len();
        assert!(left <= MOST, "{cron}: {left} are left");
        if from > long_ago {
            // And not more than has to be.
            let longer = now
                .checked_sub(now.duration_since(from).saturating_mul(2))
                .unwrap();
            assert!(instants.between(longer, now, usize::MAX).len() > MOST, "{cron}");
        }
        let recent = at("2026-04-30T20:00:00Z");
        assert_eq!(
            horizon(&instants, recent, now),
            recent,
            "{cron}: a night is dealt with whole"
        );
    }
    let daily = Instants::read("0 9 * * *", "UTC").unwrap();
    assert_eq!(
        horizon(&daily, long_ago, now),
        long_ago,
        "so is a winter of mornings"
    );
    assert_eq!(horizon(&daily, now, long_ago), now, "a clock that went back");
}
