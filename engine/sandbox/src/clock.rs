//! The sandbox's clock: the system's, or one that stands still.

use jiff::Timestamp;
use serde_json::Value;

/// The clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    fixed: Option<Timestamp>,
}

impl Clock {
    pub(crate) const fn new(fixed: Option<Timestamp>) -> Self {
        Self { fixed }
    }

    /// The moment, in whole milliseconds, as the API tells it.
    pub(crate) fn now(self) -> i64 {
        self.fixed.unwrap_or_else(Timestamp::now).as_millisecond()
    }

    /// The moment as the Date header tells it, where it stands still. One that runs is the caller's own.
    pub(crate) fn header(self) -> Option<String> {
        jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&self.fixed?)
            .ok()
    }

    /// Whether it stands still.
    pub(crate) const fn stands_still(self) -> bool {
        self.fixed.is_some()
    }
}

/// A moment as text: `2026-01-15T09:00:00.000Z`.
pub(crate) fn text(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).map_or_else(|_| String::new(), |moment| format!("{moment:.3}"))
}

/// The moment that a value tells, in milliseconds: a number as it is, or a date and time as text.
pub(crate) fn milliseconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|number| number as i64)),
        Value::String(text) => text
            .parse::<Timestamp>()
            .map(|moment| moment.as_millisecond())
            .or_else(|_| {
                let day: jiff::civil::Date = text.parse()?;
                day.to_zoned_datetime(jiff::tz::TimeZone::UTC)
                    .map(|moment| moment.timestamp().as_millisecond())
            })
            .ok(),
        _ => None,
    }
}
