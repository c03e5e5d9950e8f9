//! Dates and times as a recipe meets them: ISO 8601 text with or without an offset, days, epoch numbers.

use jiff::civil::Time;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde_json::Value;

/// A moment, and how it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// The moment, in the offset or zone in which it was written.
    pub at: ZonedDateTime,
    /// Whether only a day was written.
    pub day_only: bool,
}

impl Moment {
    /// Reads a value: text, or a number of seconds or milliseconds since 1970.
    ///
    /// # Errors
    /// Why it is no moment, in words that go after "because".
    pub fn read(value: &Value, zone: Option<&str>) -> Result<Self, String> {
        match value {
            Value::String(text) => Self::read_text(text, zone),
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or_default();
                // Milliseconds from 1973 on; smaller numbers are seconds.
                let milliseconds = if number.abs() >= 1e11 {
                    number
                } else {
                    number * 1000.0
                };
                let stamp = Timestamp::from_millisecond(milliseconds as i64)
                    .map_err(|_| "the number is too large for a moment".to_owned())?;
                Ok(Self {
                    at: stamp.to_zoned_datetime(zone_of(zone)?),
                    day_only: false,
                })
            }
            other => Err(format!("it is {}, and no date", crate::error::glimpse(other))),
        }
    }

    /// Reads a text; a zone is taken where the text has no offset of its own (UTC where there is none).
    ///
    /// # Errors
    /// Why it is no moment.
    pub fn read_text(text: &str, zone: Option<&str>) -> Result<Self, String> {
        let text = text.trim();
        let no_date = || {
            format!(
                "\"{}\" is no date; dates look like 2026-12-01 or 2026-12-01T09:00:00Z",
                crate::error::short(text)
            )
        };
        let pieces = Pieces::parse(text).map_err(|_| no_date())?;
        let zone = match pieces.to_numeric_offset() {
            Some(offset) => TimeZone::fixed(offset),
            None => zone_of(zone)?,
        };
        let time = pieces.time();
        let at = pieces
            .date()
            .to_datetime(time.unwrap_or(Time::midnight()))
            .to_zoned_datetime(zone)
            .map_err(|_| no_date())?;
        Ok(Self {
            at,
            day_only: time.is_none(),
        })
    }

    /// ISO 8601 with offset; `Z` for UTC.
    pub fn to_text(&self) -> String {
        stamp(&self.at)
    }

    /// The day: `2026-12-01`.
    pub fn day(&self) -> String {
        self.at.date().to_string()
    }
}

/// ISO 8601 with offset; `Z` for UTC.
pub fn stamp(at: &ZonedDateTime) -> String {
    let fraction = if at.subsec_nanosecond() == 0 { "" } else { "%.3f" };
    let offset = if at.offset().seconds() == 0 { "Z" } else { "%:z" };
    at.strftime(&format!("%Y-%m-%dT%H:%M:%S{fraction}{offset}"))
        .to_string()
}

/// What a text is that reads as a moment and is none by itself, and how the moment without its zone is written: a day
/// alone, or a time of which nobody knows the zone.
pub fn vague(text: &str) -> Option<(&'static str, String)> {
    let pieces = Pieces::parse(text.trim()).ok()?;
    let date = pieces.date();
    match (pieces.time(), pieces.to_numeric_offset()) {
        (None, _) => Some(("a day without a time", format!("{date}T09:00:00"))),
        (Some(time), None) if pieces.time_zone_annotation().is_none() => {
            Some(("a time without a zone", format!("{date}T{time}")))
        }
        _ => None,
    }
}

/// A time zone by its IANA name; UTC where none is named.
///
/// # Errors
/// There is none of that name.
pub fn zone_of(name: Option<&str>) -> Result<TimeZone, String> {
    match name {
        None => Ok(TimeZone::UTC),
        Some(name) => TimeZone::get(name).map_err(|_| {
            format!(
                "there is no time zone \"{}\"; names look like Europe/Vienna",
                crate::error::short(name)
            )
        }),
    }
}
