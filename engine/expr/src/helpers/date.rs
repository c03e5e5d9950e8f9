//! Helpers for dates and times. `zone="Europe/Vienna"` says in which zone a day begins or a text without offset is meant.

use jiff::{Span, ToSpan, Unit, ZonedDateTime};
use serde_json::Value;

use super::{Arguments, Helper, Returns};
use crate::moment::{Moment, stamp, zone_of};

macro_rules! helper {
    ($name:literal, $signature:literal, $help:literal, [$($example:expr => $gives:expr),*], $least:literal..=$most:literal, $returns:ident, $run:expr) => {
        Helper {
            name: $name, group: "date", signature: $signature, help: $help, examples: &[$(($example, $gives)),*],
            least: $least, most: $most, options: &["zone"], absent_ok: false, returns: Returns::$returns, run: $run,
        }
    };
}

pub(super) const HELPERS: &[Helper] = &[
    helper!("now", "now [zone=\"…\"]", "The moment of the run.", ["{{ now }}" => "\"2026-01-15T09:00:00Z\"", "{{ now zone=\"Europe/Vienna\" }}" => "\"2026-01-15T10:00:00+01:00\""], 0..=0, Datetime, |a| {
        Ok(stamp(&a.now.to_zoned_datetime(zone_of(a.zone())?)).into())
    }),
    helper!("today", "today [zone=\"…\"]", "The day of the run.", ["{{ today }}" => "\"2026-01-15\""], 0..=0, Date, |a| {
        Ok(a.now.to_zoned_datetime(zone_of(a.zone())?).date().to_string().into())
    }),
    helper!("date_add", "date_add MOMENT DURATION [zone=\"…\"]", "The moment so much later; whole days keep the clock time of the zone.", ["{{ date_add \"2026-01-15T09:00:00Z\" \"2d\" }}" => "\"2026-01-17T09:00:00Z\"", "{{ date_add \"2026-03-28T09:00:00+01:00\" \"1d\" zone=\"Europe/Vienna\" }}" => "\"2026-03-29T09:00:00+02:00\""], 2..=2, Shifted, |a| shift(a, false)),
    helper!("date_sub", "date_sub MOMENT DURATION [zone=\"…\"]", "The moment so much earlier.", ["{{ date_sub \"2026-01-15\" \"1d\" }}" => "\"2026-01-14\""], 2..=2, Shifted, |a| shift(a, true)),
    helper!("date_format", "date_format MOMENT PATTERN [zone=\"…\"]", "The moment as text: %Y year, %m month, %d day, %H:%M time, %A weekday, %B month's name.", ["{{ date_format \"2026-01-15T09:00:00Z\" \"%d.%m.%Y %H:%M\" }}" => "\"15.01.2026 09:00\"", "{{ date_format \"2026-01-15T09:00:00Z\" \"%A\" }}" => "\"Thursday\""], 2..=2, Text, |a| {
        let at = moment(a, 0)?.at;
        let pattern = a.text(1)?;
        if pattern.len() > 200 {
            return Err("the pattern is longer than 200 characters".to_owned());
        }
        jiff::fmt::strtime::format(&pattern, &at).map(Value::from).map_err(|_| format!("the pattern {pattern} can't be read"))
    }),
    helper!("date_diff", "date_diff FROM TO [UNIT] [zone=\"…\"]", "The whole days (or hours, minutes, seconds, weeks) from one moment to another.", ["{{ date_diff \"2026-01-01\" \"2026-01-15\" }}" => "14", "{{ date_diff \"2026-01-15T09:00:00Z\" \"2026-01-15T12:30:00Z\" \"hours\" }}" => "3"], 2..=3, Integer, |a| {
        let (from, to) = (moment(a, 0)?.at, moment(a, 1)?.at);
        let unit = if a.given(2).is_some() { a.text(2)? } else { "days".to_owned() };
        difference(&from, &to, &unit).map(Value::from)
    }),
    helper!("date_parse", "date_parse TEXT PATTERN [zone=\"…\"]", "A text in a form of its own as a moment.", ["{{ date_parse \"15/01/2026\" \"%d/%m/%Y\" }}" => "\"2026-01-15\"", "{{ date_parse \"15.01.2026 09:30\" \"%d.%m.%Y %H:%M\" }}" => "\"2026-01-15T09:30:00Z\""], 2..=2, Datetime, |a| parse(a)),
    helper!("start_of", "start_of UNIT MOMENT [zone=\"…\"]", "The beginning of the moment's day, week (Monday), month or year.", ["{{ start_of \"month\" \"2026-01-15T09:00:00Z\" }}" => "\"2026-01-01T00:00:00Z\""], 2..=2, Datetime, |a| start_of(a)),
    helper!("day_of_week", "day_of_week MOMENT [zone=\"…\"]", "The moment's weekday: Monday to Sunday.", ["{{ day_of_week \"2026-01-15\" }}" => "\"Thursday\""], 1..=1, Text, |a| {
        Ok(moment(a, 0)?.at.strftime("%A").to_string().into())
    }),
    helper!("in_zone", "in_zone MOMENT ZONE", "The same moment on the clocks of a zone.", ["{{ in_zone \"2026-01-15T09:00:00Z\" \"America/New_York\" }}" => "\"2026-01-15T04:00:00-05:00\""], 2..=2, Datetime, |a| {
        let zone = zone_of(Some(&a.text(1)?))?;
        Ok(stamp(&moment(a, 0)?.at.with_time_zone(zone)).into())
    }),
    helper!("to_epoch_ms", "to_epoch_ms MOMENT", "The moment in milliseconds since 1970, as calendars' queries take it.", ["{{ to_epoch_ms \"2026-01-15T09:00:00Z\" }}" => "1768467600000"], 1..=1, Integer, |a| Ok(moment(a, 0)?.at.timestamp().as_millisecond().into())),
    helper!("from_epoch_ms", "from_epoch_ms NUMBER [zone=\"…\"]", "Milliseconds since 1970 as a moment.", ["{{ from_epoch_ms 1768467600000 }}" => "\"2026-01-15T09:00:00Z\""], 1..=1, Datetime, |a| {
        let stamped = jiff::Timestamp::from_millisecond(a.number(0)? as i64).map_err(|_| "the number is too large".to_owned())?;
        Ok(stamp(&stamped.to_zoned_datetime(zone_of(a.zone())?)).into())
    }),
    helper!("is_before", "is_before A B", "Whether moment A comes before moment B.", ["{{ is_before \"2026-01-14\" \"2026-01-15\" }}" => "true"], 2..=2, Boolean, |a| Ok((moment(a, 0)?.at.timestamp() < moment(a, 1)?.at.timestamp()).into())),
    helper!("is_after", "is_after A B", "Whether moment A comes after moment B.", ["{{ is_after \"2026-01-14\" \"2026-01-15\" }}" => "false"], 2..=2, Boolean, |a| Ok((moment(a, 0)?.at.timestamp() > moment(a, 1)?.at.timestamp()).into())),
];

fn moment(arguments: &Arguments<'_>, index: usize) -> Result<Moment, String> {
    let mut moment = Moment::read(arguments.value(index), arguments.zone())?;
    if let Some(zone) = arguments.zone() {
        moment.at = moment.at.with_time_zone(zone_of(Some(zone))?);
    }
    Ok(moment)
}

fn shift(arguments: &Arguments<'_>, back: bool) -> Result<Value, String> {
    let moment = moment(arguments, 0)?;
    let text = arguments.text(1)?;
    let length = souschef_recipe::duration::parse(&text)
        .map_err(|why| format!("\"{text}\" is no length of time: {why}"))?;
    let seconds = i64::try_from(length.as_secs()).map_err(|_| "that is too long".to_owned())?;
    let mut span = Span::new().days(seconds / 86_400).seconds(seconds % 86_400);
    if back {
        span = span.negate();
    }
    let at = moment
        .at
        .checked_add(span)
        .map_err(|_| "the result is no date".to_owned())?;
    Ok(if moment.day_only && seconds % 86_400 == 0 {
        at.date().to_string().into()
    } else {
        stamp(&at).into()
    })
}

/// Whole units from one moment to another. A day of a zone may have 23 or 25 hours, and is a day all the same.
fn difference(from: &ZonedDateTime, to: &ZonedDateTime, unit: &str) -> Result<i64, String> {
    let seconds = to.timestamp().as_second() - from.timestamp().as_second();
    let days = || {
        let zoned = to.with_time_zone(from.time_zone().clone());
        let span = from.until((Unit::Day, &zoned));
        span.map(|span| i64::from(span.get_days()))
            .map_err(|_| "the two are too far apart".to_owned())
    };
    match unit.trim_end_matches('s') {
        "second" => Ok(seconds),
        "minute" => Ok(seconds / 60),
        "hour" => Ok(seconds / 3_600),
        "day" => days(),
        "week" => Ok(days()? / 7),
        _ => Err(format!(
            "{unit} is no unit; units are seconds, minutes, hours, days and weeks"
        )),
    }
}

fn parse(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (text, pattern) = (arguments.text(0)?, arguments.text(1)?);
    let wrong = || {
        format!(
            "\"{}\" does not have the form {pattern}",
            crate::error::short(&text)
        )
    };
    let parsed = jiff::fmt::strtime::parse(&pattern, &text).map_err(|_| wrong())?;
    if let Ok(at) = parsed.to_zoned_datetime() {
        return Ok(stamp(&at).into());
    }
    if let Ok(at) = parsed.to_timestamp() {
        return Ok(stamp(&at.to_zoned_datetime(zone_of(arguments.zone())?)).into());
    }
    match parsed.to_datetime() {
        Ok(at) if pattern.contains("%H") || pattern.contains("%I") || pattern.contains("%T") => {
            let at = at
                .to_zoned_datetime(zone_of(arguments.zone())?)
                .map_err(|_| wrong())?;
            Ok(stamp(&at).into())
        }
        _ => parsed
            .to_date()
            .map(|day| day.to_string().into())
            .map_err(|_| wrong()),
    }
}

fn start_of(arguments: &Arguments<'_>) -> Result<Value, String> {
    let unit = arguments.text(0)?;
    let at: ZonedDateTime = moment(arguments, 1)?.at;
    let day = at
        .start_of_day()
        .map_err(|_| "the result is no date".to_owned())?;
    let back = match unit.as_str() {
        "day" => 0,
        "week" => i64::from(day.weekday().to_monday_zero_offset()),
        "month" => i64::from(day.day()) - 1,
        "year" => i64::from(day.day_of_year()) - 1,
        "hour" => {
            let round = jiff::ZonedDateTimeRound::new()
                .smallest(Unit::Hour)
                .mode(jiff::RoundMode::Trunc);
            return Ok(stamp(&at.round(round).map_err(|_| "the result is no date".to_owned())?).into());
        }
        _ => {
            return Err(format!(
                "{unit} is no unit; units are hour, day, week, month and year"
            ));
        }
    };
    let begin = day
        .checked_sub(back.days())
        .map_err(|_| "the result is no date".to_owned())?;
    Ok(stamp(&begin).into())
}
