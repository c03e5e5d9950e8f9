//! Values of arguments that are more than a text.

use std::time::Duration;

use souschef_runtime::journal::RunState;

/// Where a run stands, by its word.
pub(super) fn outcome(text: &str) -> Result<RunState, String> {
    serde_json::from_value(serde_json::Value::String(text.replace('-', "_"))).map_err(|_| {
        "one of queued, running, waiting, needs_attention, succeeded, failed, stopped, cancelled".to_owned()
    })
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    souschef_recipe::duration::parse(text).map_err(|why| why.to_string())
}

/// A moment, or so long ago. A day, or a time of day without its zone, is of UTC, as everything is that is shown.
pub(super) fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let bare = text.strip_suffix(" UTC").unwrap_or(text);
    if let Ok(at) = bare.parse::<jiff::civil::DateTime>() {
        return jiff::tz::TimeZone::UTC
            .to_timestamp(at)
            .map_err(|why| why.to_string());
    }
    let ago = duration(text).map_err(|_| {
        format!(
            "{text} is no moment (2026-11-24, 2026-11-24T14:00Z, \"2026-11-24 14:00 UTC\") and no time ago (2h)"
        )
    })?;
    jiff::Timestamp::now()
        .checked_sub(ago)
        .map_err(|_| format!("{text} ago is before all time"))
}

/// `30ms`, or a duration of the recipe language.
pub(super) fn latency(text: &str) -> Result<Duration, String> {
    if let Some(number) = text.strip_suffix("ms") {
        return number
            .trim()
            .parse()
            .map(Duration::from_millis)
            .map_err(|_| "write it like 30ms or 2s".to_owned());
    }
    souschef_recipe::duration::parse(text).map_err(|_| "write it like 30ms or 2s".to_owned())
}

/// An address with its port.
pub(super) fn address(text: &str) -> Result<std::net::SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an address and a port, like 127.0.0.1:4010".to_owned())
}
