//! Requests and answers in full, as a person reads them.

use serde_json::Value;
use souschef_connect::Attempt;

use super::terminal::{self, AnsiColor, ink};

/// A request as lines: method and address, perhaps the headers, and the body.
pub(crate) fn request(request: &Value, headers: bool) -> Vec<String> {
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
    // Parentheses need no code in an address, and a dry run's stand-ins read better with them.
    let url = text("url").replace("%28", "(").replace("%29", ")");
    let mut lines = vec![format!(
        "{} {url}",
        terminal::out(text("method"), ink(AnsiColor::Cyan))
    )];
    if let Some(Value::Object(list)) = request.get("headers").filter(|_| headers) {
        for (name, value) in list {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            lines.push(terminal::faint(&format!("{name}: {value}")));
        }
    }
    if let Some(body) = request.get("body").filter(|body| !body.is_null()) {
        lines.extend(pretty(body));
    }
    lines
}

/// An answer as lines: the status and how long it took, and the body or what went wrong.
pub(crate) fn answer(attempt: &Attempt) -> Vec<String> {
    let status = match attempt.status {
        Some(status) => terminal::out(&format!("← {status}"), ink(colour_of(status))),
        None => terminal::out("← no answer", ink(AnsiColor::Red)),
    };
    let looking = if attempt.looking {
        ", looking whether it had happened"
    } else {
        ""
    };
    let mut lines = vec![format!(
        "{status} {}",
        terminal::faint(&format!("in {}{looking}", time(attempt.ms)))
    )];
    lines.extend(
        attempt
            .error
            .iter()
            .flat_map(|error| pretty(&Value::String(error.clone()))),
    );
    lines.extend(attempt.response.iter().flat_map(pretty));
    lines
}

/// The colour of a status.
pub(crate) fn colour_of(status: u16) -> AnsiColor {
    match status {
        200..300 => AnsiColor::Green,
        429 => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    }
}

/// A length of time in short.
pub(crate) fn time(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// JSON as indented lines; text as it is, with nothing in it that a terminal would obey.
fn pretty(value: &Value) -> Vec<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    text.lines()
        .map(|line| line.chars().map(terminal::visible).collect())
        .collect()
}
