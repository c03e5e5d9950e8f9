//! The free times of a calendar.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value};

use super::{Play, Played};
use crate::clock;
use crate::request::Refusal;
use crate::store::Record;

/// How many days may be asked for at once.
const LONGEST_DAYS: i64 = 31;
/// How long a slot is where the calendar does not say.
const USUAL_MINUTES: i64 = 30;
/// No slot is shorter: a calendar of the user's own making must not ask for millions.
const SHORTEST_MINUTES: i64 = 5;
const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

impl Play<'_> {
    pub(super) fn slots(&self) -> Result<Played, Refusal> {
        let calendar = self.named()?;
        let moment = |name: &str| {
            self.given
                .inputs
                .get(name)
                .and_then(clock::milliseconds)
                .unwrap_or_default()
        };
        let (from, until) = (moment("startDate"), moment("endDate"));
        if until < from {
            return Err(Refusal::new(422, "endDate should not be before startDate"));
        }
        if until.saturating_sub(from) > LONGEST_DAYS * DAY {
            return Err(Refusal::new(
                422,
                format!("endDate should be {LONGEST_DAYS} days after startDate at the most"),
            ));
        }
        let own = self.zone_of(calendar);
        let shown = match self.given.text("timezone") {
            Some(name) => {
                TimeZone::get(name).map_err(|_| Refusal::new(422, format!("timezone: there is no {name}")))?
            }
            None => own.clone(),
        };
        let taken = self.taken(calendar);
        let length = minutes(calendar, "slotDuration").unwrap_or(USUAL_MINUTES);
        let step = minutes(calendar, "slotInterval").unwrap_or(length);
        let mut days: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let first = Timestamp::from_millisecond(from)
            .unwrap_or_default()
            .to_zoned_datetime(own.clone())
            .date();
        for offset in 0..=LONGEST_DAYS {
            let Ok(day) = first.checked_add(offset.days()) else {
                break;
            };
            for (open, close) in opening(calendar, day, &own) {
                let mut start = open;
                while start + length * MINUTE <= close {
                    let end = start + length * MINUTE;
                    let wanted = start >= from && start < until && start >= self.now;
                    if wanted && !taken.iter().any(|(busy, free)| start < *free && end > *busy) {
                        let moment = Timestamp::from_millisecond(start)
                            .unwrap_or_default()
                            .to_zoned_datetime(shown.clone());
                        let text = moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
                        days.entry(moment.date().to_string())
                            .or_default()
                            .push(Value::from(text));
                    }
                    start += step * MINUTE;
                }
            }
        }
        let mut body: Map<String, Value> = days
            .into_iter()
            .map(|(day, slots)| {
                (
                    day,
                    Value::Object(Map::from_iter([("slots".to_owned(), Value::Array(slots))])),
                )
            })
            .collect();
        body.insert("traceId".to_owned(), Value::from(self.trace));
        Ok(Played::Json(200, Value::Object(body)))
    }

    /// The calendar's time zone: its own, else that of the place it belongs to, else UTC.
    fn zone_of(&self, calendar: &Record) -> TimeZone {
        let place = self.part.settings.zone.as_ref().and_then(|zone| {
            let id = calendar.get(&zone.by)?.as_str()?;
            self.store.collection(&zone.from).get(id)
        });
        let known = [Some(calendar), place];
        let mut names = known
            .into_iter()
            .flatten()
            .filter_map(|thing| thing.get("timezone")?.as_str());
        names
            .find_map(|name| TimeZone::get(name).ok())
            .unwrap_or(TimeZone::UTC)
    }

    /// The times that something takes, in milliseconds.
    fn taken(&self, calendar: &Record) -> Vec<(i64, i64)> {
        let booked = self.part.settings.booked.as_deref().unwrap_or_default();
        let events = self.store.collection(booked).iter();
        events
            .filter(|event| event.get("calendarId") == calendar.get("id"))
            .filter(|event| event.get("appointmentStatus").and_then(Value::as_str) != Some("cancelled"))
            .filter_map(|event| {
                let start = clock::milliseconds(event.get("startTime")?)?;
                let end = event.get("endTime").and_then(clock::milliseconds);
                Some((start, end.unwrap_or(start.saturating_add(USUAL_MINUTES * MINUTE))))
            })
            .collect()
    }
}

/// A length of the calendar in minutes, by its unit.
fn minutes(calendar: &Record, field: &str) -> Option<i64> {
    let number = calendar.get(field)?.as_f64()?;
    let hours = calendar.get(&format!("{field}Unit")).and_then(Value::as_str) == Some("hours");
    let minutes = if hours { number * 60.0 } else { number };
    // A float becomes the nearest whole number that there is: nothing overflows here.
    Some((minutes as i64).clamp(SHORTEST_MINUTES, 24 * 60))
}

/// When the calendar is open on a day: starts and ends in milliseconds.
fn opening(calendar: &Record, day: Date, zone: &TimeZone) -> Vec<(i64, i64)> {
    let weekday = i64::from(day.weekday().to_sunday_zero_offset());
    let rules = calendar
        .get("openHours")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    rules
        .filter(|rule| {
            let days = rule
                .get("daysOfTheWeek")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            days.filter_map(Value::as_f64).any(|open| open as i64 == weekday)
        })
        .flat_map(|rule| rule.get("hours").and_then(Value::as_array).into_iter().flatten())
        .filter_map(|hours| {
            let number = |name: &str| hours.get(name)?.as_f64().map(|number| number as i8);
            let moment = |hour: &str, minute: &str| {
                let time = Time::new(number(hour)?, number(minute)?, 0, 0).ok()?;
                let zoned = day.to_datetime(time).to_zoned_datetime(zone.clone()).ok()?;
                Some(zoned.timestamp().as_millisecond())
            };
            Some((
                moment("openHour", "openMinute")?,
                moment("closeHour", "closeMinute")?,
            ))
        })
        .collect()
}
